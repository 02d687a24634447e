//! Quantities of a result along its axis, and formulas of them.

use std::borrow::Cow;

use crate::{
    circuit::{Control, Formula, Leaf, NoiseQuantity},
    expr::{Binary, Scratch, Tree, Unary},
    linalg::Complex,
    simulate::NoiseResult,
};

/// The values of one quantity, one a place.
pub(super) enum Column<'a> {
    /// Of a transient, an operating point or a sweep.
    Real(Cow<'a, [f64]>),
    /// Of an AC analysis.
    Complex(Cow<'a, [Complex]>),
}

/// The results of one analysis.
pub(super) struct Trace<'f, 'd> {
    /// Name of the axis, for messages.
    pub(super) axis_name: &'d str,
    /// Where the quantities are known, strictly increasing.
    pub(super) axis: &'d [f64],
    /// The quantities by what they are.
    pub(super) column: &'f dyn Fn(Control) -> Option<Column<'d>>,
    /// Of an analysis of noise, its result.
    pub(super) noise: Option<&'d NoiseResult>,
}

/// The values of earlier measures; `None` for those that failed.
pub(super) type Earlier<'m> = &'m [Option<f64>];

impl<'d> Trace<'_, 'd> {
    /// The values of a formula at every place.
    ///
    /// # Errors
    ///
    /// A sentence that says why it has none.
    pub(super) fn values(
        &self,
        formula: &Formula,
        earlier: Earlier<'_>,
    ) -> Result<Vec<f64>, String> {
        let columns = formula.leaves.iter().map(|leaf| self.leaf(leaf, earlier));
        let columns: Vec<Cow<'d, [f64]>> = columns.collect::<Result<_, _>>()?;
        let (mut scratch, mut leaves) = (Scratch::default(), vec![0.0; columns.len()]);
        let mut values = Vec::with_capacity(self.axis.len());
        for (at, place) in self.axis.iter().enumerate() {
            for (leaf, column) in leaves.iter_mut().zip(&columns) {
                *leaf = column[at];
            }
            let value = formula.tape.eval(&leaves, &mut scratch);
            if !value.is_finite() {
                return Err(format!("its value is {value} at {} {place}", self.axis_name));
            }
            values.push(value);
        }
        Ok(values)
    }

    fn leaf(&self, leaf: &Leaf, earlier: Earlier<'_>) -> Result<Cow<'d, [f64]>, String> {
        Ok(match leaf {
            Leaf::Axis => Cow::Borrowed(self.axis),
            Leaf::Noise(quantity) => self.noise(*quantity)?,
            Leaf::Measure(at) => match earlier.get(*at) {
                Some(&Some(value)) => Cow::Owned(vec![value; self.axis.len()]),
                _ => return Err("it needs a measure that failed".to_owned()),
            },
            Leaf::Quantity(control) => match self.quantity(*control)? {
                Column::Real(values) => values,
                Column::Complex(_) => {
                    return Err(
                        "a quantity of an AC analysis is complex: write vm(), vp(), vdb(), vr() or vi(), or db(), ph() ... of an expression"
                            .to_owned(),
                    );
                }
            },
            Leaf::Part(part, inner) => {
                let values = self.complex(inner, earlier)?;
                Cow::Owned(values.into_iter().map(|z| part.value(z.re, z.im)).collect())
            }
        })
    }

    fn noise(&self, quantity: NoiseQuantity) -> Result<Cow<'d, [f64]>, String> {
        let Some(found) = self.noise else {
            return Err("only an analysis of noise has it".to_owned());
        };
        let spectrum = |at: usize| -> &'d [f64] {
            found.waveform.signals().get(at).map_or(&[], |signal| &signal.values)
        };
        Ok(match quantity {
            NoiseQuantity::Output => Cow::Borrowed(spectrum(0)),
            NoiseQuantity::Input => Cow::Borrowed(spectrum(1)),
            NoiseQuantity::OutputTotal => Cow::Owned(vec![found.output_total; self.axis.len()]),
            NoiseQuantity::InputTotal => Cow::Owned(vec![found.input_total; self.axis.len()]),
        })
    }

    fn quantity(&self, control: Control) -> Result<Column<'d>, String> {
        (self.column)(control).ok_or_else(|| "this analysis does not have that quantity".to_owned())
    }

    /// The complex values of a formula at every place.
    pub(super) fn complex(
        &self,
        formula: &Formula,
        earlier: Earlier<'_>,
    ) -> Result<Vec<Complex>, String> {
        let mut columns: Vec<Vec<Complex>> = Vec::with_capacity(formula.leaves.len());
        let widen = |values: &[f64]| values.iter().map(|&x| Complex::new(x, 0.0)).collect();
        for leaf in &formula.leaves {
            columns.push(match leaf {
                Leaf::Quantity(control) => match self.quantity(*control)? {
                    Column::Real(values) => widen(&values),
                    Column::Complex(values) => values.into_owned(),
                },
                Leaf::Axis | Leaf::Measure(_) | Leaf::Noise(_) | Leaf::Part(..) => {
                    widen(&self.leaf(leaf, earlier)?)
                }
            });
        }
        let at = |place: usize| complex_value(&formula.tree, &|leaf| columns[leaf][place]);
        (0..self.axis.len()).map(at).collect()
    }
}

/// The value of a function of complex numbers.
///
/// # Errors
///
/// The function has no complex counterpart here.
fn complex_value(tree: &Tree, leaf: &dyn Fn(usize) -> Complex) -> Result<Complex, String> {
    let real = |z: Complex| (z.im == 0.0).then_some(z.re);
    let value = |tree| complex_value(tree, leaf);
    Ok(match tree {
        Tree::Constant(value) => Complex::new(*value, 0.0),
        Tree::Leaf(at) => leaf(*at),
        Tree::Unary(op, x) => match (op, value(x)?) {
            (Unary::Neg, x) => -x,
            (Unary::Abs, x) => Complex::new(x.norm(), 0.0),
            (Unary::Sqrt, x) => x.sqrt(),
            (Unary::Exp, x) => x.exp(),
            (Unary::Ln, x) => x.ln(),
            (Unary::Log10, x) => x.log10(),
            (op, x) => match real(x) {
                Some(x) => Complex::new(op.value(x), 0.0),
                None => return Err(format!("`{}` takes no complex number", op.name())),
            },
        },
        Tree::Binary(op, a, b) => match (op, value(a)?, value(b)?) {
            (Binary::Add, a, b) => a + b,
            (Binary::Sub, a, b) => a - b,
            (Binary::Mul, a, b) => a * b,
            (Binary::Div, a, b) => a / b,
            (Binary::Pow, a, b) if b.im == 0.0 && b.re.fract() == 0.0 && b.re.abs() < 1e3 => {
                a.powi(b.re as i32)
            }
            (op, a, b) => match (real(a), real(b)) {
                (Some(a), Some(b)) => Complex::new(op.value(a, b), 0.0),
                _ => return Err(format!("`{}` takes no complex number", op.name())),
            },
        },
        Tree::Select(c, a, b) => match real(value(c)?) {
            Some(0.0) => value(b)?,
            Some(c) if !c.is_nan() => value(a)?,
            _ => return Err("a condition cannot be complex".to_owned()),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::NodeId;
    use crate::expr::Part;

    const OUT: Control = Control::Voltage(NodeId(1), NodeId(0));

    /// `db(v(1)^2 / -2)` of a complex voltage.
    #[test]
    fn parts_are_those_of_the_complex_expression() {
        let leaf = || Box::new(Tree::Leaf(0));
        let square = Tree::Binary(Binary::Mul, leaf(), leaf());
        let tree = Tree::Binary(Binary::Div, Box::new(square), Box::new(Tree::Constant(-2.0)));
        let inner = Formula::new(vec![Leaf::Quantity(OUT)], tree);
        let volts = vec![Complex::new(0.0, 2.0), Complex::new(1.0, 1.0)];
        let column = |_| Some(Column::Complex(Cow::Owned(volts.clone())));
        let trace =
            Trace { axis_name: "frequency", axis: &[1.0, 2.0], column: &column, noise: None };
        let of = |part| {
            let formula =
                Formula::new(vec![Leaf::Part(part, Box::new(inner.clone()))], Tree::Leaf(0));
            trace.values(&formula, &[]).unwrap()
        };
        // (2i)^2/-2 = 2 and (1+i)^2/-2 = -i.
        assert_eq!(of(Part::Real), [2.0, 0.0]);
        assert_eq!(of(Part::Imaginary), [0.0, -1.0]);
        assert_eq!(of(Part::Magnitude), [2.0, 1.0]);
        assert_eq!(of(Part::Phase), [0.0, -90.0]);
        assert!((of(Part::Decibel)[0] - 6.0206).abs() < 1e-5);
        let bare = Formula::new(vec![Leaf::Quantity(OUT)], Tree::Leaf(0));
        assert!(trace.values(&bare, &[]).unwrap_err().contains("vm()"));
    }
}
