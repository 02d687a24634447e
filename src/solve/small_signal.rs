//! A system linearised at a point: what small signals do there.
//!
//! Around a point `x` with inputs `u` a small signal `e^{st}` obeys `(G + s C) dx = r` with
//! `G = df/dx` and `C = dq/dx`. A change of the inputs is the right-hand side `-(df/du) du`;
//! the transposed system gives the effect of every right-hand side on one output at once
//! (Director and Rohrer, IEEE Trans. Circuit Theory 16 (1969) 318).

use nalgebra::{Complex, DMatrix};

use crate::{
    dae::{Dae, Eval},
    linalg::{LuError, SparseLu, Symbolic, Workspace},
    solve::SolveError,
};

/// A system linearised at a point, with the factors for one frequency.
#[derive(Debug)]
pub struct SmallSignal<'a, S> {
    system: &'a S,
    point: Vec<f64>,
    switches: Vec<bool>,
    /// df/dx and dq/dx on the system's pattern.
    conductance: Vec<f64>,
    charge: Vec<f64>,
    values: Vec<Complex<f64>>,
    lu: SparseLu<Complex<f64>>,
    work: Workspace<Complex<f64>>,
}

impl<'a, S: Dae> SmallSignal<'a, S> {
    /// Linearises `system` at the point `x`, inputs `u` and time 0, its switches in the
    /// states `switches`.
    ///
    /// # Errors
    ///
    /// A derivative that is not finite, or equations that determine nothing at any
    /// frequency.
    pub fn new(system: &'a S, x: &[f64], u: &[f64], switches: &[bool]) -> Result<Self, SolveError> {
        let mut eval = Eval::for_system(system);
        eval.switches.copy_from_slice(switches);
        system.jacobian(x, u, 0.0, &mut eval);
        let values: Vec<Complex<f64>> =
            eval.df.iter().zip(&eval.dq).map(|(&g, &c)| Complex::new(g, c)).collect();
        let unknown = |at: usize| system.unknowns()[at].name.clone();
        let symbolic = Symbolic::analyse_values(system.pattern(), &values).map_err(|fault| {
            let at = fault.unmatched_columns.first().copied().unwrap_or(0);
            SolveError::Singular { unknown: unknown(at), time: 0.0 }
        })?;
        let size = symbolic.size();
        Ok(Self {
            system,
            point: x.to_vec(),
            switches: switches.to_vec(),
            conductance: eval.df,
            charge: eval.dq,
            values,
            lu: SparseLu::new(symbolic),
            work: Workspace::new(size),
        })
    }

    /// The unknowns that belong to the solutions, in number.
    #[must_use]
    pub fn size(&self) -> usize {
        self.point.len()
    }

    /// `G` and `C` as dense matrices.
    #[must_use]
    pub fn matrices(&self) -> (DMatrix<f64>, DMatrix<f64>) {
        let size = self.size();
        let dense = |values: &[f64]| {
            let mut matrix = DMatrix::zeros(size, size);
            let pattern = self.system.pattern();
            for column in 0..size {
                for place in pattern.column(column) {
                    matrix[(pattern.row_indices()[place], column)] = values[place];
                }
            }
            matrix
        };
        (dense(&self.conductance), dense(&self.charge))
    }

    /// Factors `G + s C`, `s` in 1/s: `2 pi i` times the frequency for an analysis over
    /// frequency, 0 at rest.
    ///
    /// # Errors
    ///
    /// [`SolveError::Singular`] with the unknown that is not determined at that frequency,
    /// [`SolveError::NotFinite`].
    pub fn at(&mut self, s: Complex<f64>) -> Result<(), SolveError> {
        for ((value, g), c) in self.values.iter_mut().zip(&self.conductance).zip(&self.charge) {
            *value = Complex::new(*g, 0.0) + s * c;
        }
        for delayed in self.system.delayed() {
            self.values[delayed.place] += ((-s * delayed.delay).exp() - 1.0) * delayed.value;
        }
        self.lu.refactor(&self.values).map_err(|error| self.error(&error))?;
        Ok(())
    }

    fn error(&self, error: &LuError) -> SolveError {
        let unknown = self.system.unknowns()[error.column()].name.clone();
        match error {
            LuError::NotFinite { .. } => SolveError::NotFinite { unknown, time: 0.0 },
            LuError::Singular { .. } | LuError::Overflow { .. } => {
                SolveError::Singular { unknown, time: 0.0 }
            }
        }
    }

    /// The right-hand side of a change of the inputs by the complex amplitudes `du`:
    /// `-(df/du) du`.
    #[must_use]
    pub fn drive(&self, du: &[Complex<f64>]) -> Vec<Complex<f64>> {
        // Inputs enter f linearly, so that a change of any size will do: one beside which
        // nothing is left of the rounding of f.
        const LARGE: f64 = (1_u64 << 40) as f64;
        let mut eval = Eval::for_system(self.system);
        eval.switches.copy_from_slice(&self.switches);
        let mut f_of = |part: fn(&Complex<f64>) -> f64| {
            let u: Vec<f64> = du.iter().map(|z| LARGE * part(z)).collect();
            self.system.residual(&self.point, &u, 0.0, &mut eval);
            eval.f.clone()
        };
        let (rest, real, imaginary) = (f_of(|_| 0.0), f_of(|z| z.re), f_of(|z| z.im));
        let change = |(rest, f): (&f64, &f64)| (rest - f) / LARGE;
        let real = rest.iter().zip(&real).map(change);
        real.zip(rest.iter().zip(&imaginary).map(change)).map(|(r, i)| Complex::new(r, i)).collect()
    }

    /// Replaces a right-hand side by the solution, with the factors of the last [`Self::at`].
    ///
    /// # Panics
    ///
    /// If it has not one entry an unknown.
    pub fn solve(&mut self, rhs: &mut [Complex<f64>]) {
        self.lu.solve_refined(&self.values, rhs, &mut self.work);
    }

    /// Replaces the weights of an output by its adjoint `y`: `y . r` is the output for any
    /// right-hand side `r`.
    ///
    /// # Panics
    ///
    /// If there is not one weight an unknown.
    pub fn solve_adjoint(&mut self, weights: &mut [Complex<f64>]) {
        self.lu.solve_transpose(weights, &mut self.work);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dae::{Quantity, Unknown};
    use crate::linalg::{Pattern, PatternBuilder};

    /// A source u behind R into C: unknowns v(in), v(out), i(v1).
    struct Rc {
        unknowns: Vec<Unknown>,
        inputs: Vec<String>,
        pattern: Pattern,
        places: Vec<usize>,
    }

    const R: f64 = 2e3;
    const C: f64 = 5e-7;

    impl Rc {
        fn new() -> Self {
            let mut builder = PatternBuilder::new(3, 3);
            for (row, column) in [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 0)] {
                builder.add(row, column);
            }
            let (pattern, places) = builder.build();
            let unknown = |name: &str, quantity| Unknown { name: name.to_owned(), quantity };
            Self {
                unknowns: vec![
                    unknown("v(in)", Quantity::Voltage),
                    unknown("v(out)", Quantity::Voltage),
                    unknown("i(v1)", Quantity::Current),
                ],
                inputs: vec!["v1".to_owned()],
                pattern,
                places,
            }
        }
    }

    impl Dae for Rc {
        fn unknowns(&self) -> &[Unknown] {
            &self.unknowns
        }
        fn inputs(&self) -> &[String] {
            &self.inputs
        }
        fn pattern(&self) -> &Pattern {
            &self.pattern
        }
        fn is_linear(&self) -> bool {
            true
        }
        fn residual(&self, x: &[f64], u: &[f64], _time: f64, out: &mut Eval) {
            let current = (x[0] - x[1]) / R;
            out.f.copy_from_slice(&[current + x[2], -current, x[0] - u[0]]);
            out.q.copy_from_slice(&[0.0, C * x[1], 0.0]);
        }
        fn jacobian(&self, _x: &[f64], _u: &[f64], _time: f64, out: &mut Eval) {
            let g = 1.0 / R;
            for (&place, value) in self.places.iter().zip([g, -g, 1.0, -g, g, 1.0]) {
                out.df[place] = value;
            }
            out.dq.fill(0.0);
            out.dq[self.places[4]] = C;
        }
    }

    #[test]
    fn a_low_pass_has_its_transfer_function() {
        let rc = Rc::new();
        let mut small = SmallSignal::new(&rc, &[0.0; 3], &[0.0], &[]).unwrap();
        let drive = small.drive(&[Complex::new(0.0, 3.0)]);
        for frequency in [0.0, 10.0, 159.154_943, 1e5] {
            let s = Complex::new(0.0, std::f64::consts::TAU * frequency);
            small.at(s).unwrap();
            let mut x = drive.clone();
            small.solve(&mut x);
            let wanted = Complex::new(0.0, 3.0) / (Complex::new(1.0, 0.0) + s * R * C);
            assert!((x[1] - wanted).norm() < 1e-14, "{frequency}: {} {wanted}", x[1]);
            assert!((x[2] + (x[0] - x[1]) / R).norm() < 1e-15);
            // The adjoint of v(out) knows the same.
            let mut y = [Complex::default(), Complex::new(1.0, 0.0), Complex::default()];
            small.solve_adjoint(&mut y);
            let other: Complex<f64> = y.iter().zip(&drive).map(|(y, r)| y * r).sum();
            assert!((other - wanted).norm() < 1e-14, "{frequency}: {other} {wanted}");
        }
    }

    #[test]
    fn a_pole_is_singular_and_the_unknown_is_named() {
        let rc = Rc::new();
        let mut small = SmallSignal::new(&rc, &[0.0; 3], &[0.0], &[]).unwrap();
        let error = small.at(Complex::new(-1.0 / (R * C), 0.0)).unwrap_err();
        assert!(
            matches!(&error, SolveError::Singular { unknown, .. } if unknown == "v(out)"),
            "{error}"
        );
    }
}
