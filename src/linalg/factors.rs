//! The numbers of LU factors apart from where they are.

use super::lu::SparseLu;
use super::scalar::Scalar;

/// The values of the factors of one matrix, for a [`SparseLu`] that has gone on to another
/// one with the same pivots.
#[derive(Clone, Debug)]
pub struct Factors<S> {
    lower: Vec<S>,
    upper: Vec<S>,
    diagonal: Vec<S>,
    above: Vec<S>,
}

impl<S: Scalar> SparseLu<S> {
    /// A copy of the values that are there, in the order that refactorisations keep.
    #[must_use]
    pub fn factors(&mut self) -> Factors<S> {
        self.settle();
        Factors {
            lower: self.lower.values.clone(),
            upper: self.upper.values.clone(),
            diagonal: self.diagonal.clone(),
            above: self.above.values.clone(),
        }
    }

    /// How many numbers a copy has.
    #[must_use]
    pub fn factor_numbers(&self) -> usize {
        let triangles = self.lower.values.len() + self.upper.values.len();
        triangles + self.diagonal.len() + self.above.values.len()
    }

    /// Exchanges the values that are there for others, which were those of this
    /// factorisation since it has found its pivots.
    ///
    /// # Panics
    ///
    /// If there are not as many of them.
    pub fn exchange(&mut self, other: &mut Factors<S>) {
        let pairs = [
            (&mut self.lower.values, &mut other.lower),
            (&mut self.upper.values, &mut other.upper),
            (&mut self.diagonal, &mut other.diagonal),
            (&mut self.above.values, &mut other.above),
        ];
        for (own, other) in pairs {
            assert_eq!(own.len(), other.len(), "factors with the same pivots");
            std::mem::swap(own, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::linalg::{PatternBuilder, Refactored, SparseLu, Symbolic, Workspace};

    #[test]
    fn factors_that_were_exchanged_solve_the_matrix_they_are_of() {
        let mut builder = PatternBuilder::new(3, 3);
        for (row, column) in [(0, 0), (1, 0), (0, 1), (1, 1), (2, 1), (1, 2), (2, 2)] {
            builder.add(row, column);
        }
        let (pattern, _) = builder.build();
        let mut lu = SparseLu::new(Symbolic::analyse(&pattern).unwrap());
        let solve = |lu: &SparseLu<f64>| {
            let mut b = [1.0, -2.0, 0.5];
            lu.solve(&mut b, &mut Workspace::new(3));
            b
        };
        lu.factor(&[2.0, -1.0, -1.0, 3.0, -1.0, -1.0, 2.0]).unwrap();
        let (first, mut other) = (solve(&lu), lu.factors());
        let second_values = [4.0, -1.0, -2.0, 5.0, -1.0, -3.0, 6.0];
        assert_eq!(lu.refactor(&second_values), Ok(Refactored::Reused));
        let second = solve(&lu);
        assert_ne!(first, second);
        lu.exchange(&mut other);
        assert_eq!(solve(&lu), first);
        lu.exchange(&mut other);
        assert_eq!(solve(&lu), second);
    }

    /// Fresh pivots leave the columns of L in another order than a refactorisation does; a
    /// copy that is made between both is one of the latter.
    #[test]
    fn factors_of_a_grid_survive_the_order_of_new_pivots() {
        const EDGE: usize = 9;
        let size = EDGE * EDGE;
        let mut builder = PatternBuilder::new(size, size);
        let mut entries = Vec::new();
        for at in 0..size {
            let neighbours = [(at % EDGE + 1 < EDGE).then_some(1), Some(EDGE)];
            for other in neighbours.into_iter().flatten().map(|step| at + step) {
                if other < size {
                    entries.extend([(at, other), (other, at)]);
                }
            }
            entries.push((at, at));
        }
        for &(row, column) in &entries {
            builder.add(row, column);
        }
        let (pattern, places) = builder.build();
        let matrix = |shift: f64| {
            let mut values = vec![0.0; pattern.nonzeros()];
            for (k, (&(row, column), &place)) in entries.iter().zip(&places).enumerate() {
                let wild = (k as f64 * 1.7 + shift).sin();
                values[place] = if row == column { 0.1 * wild } else { wild };
            }
            values
        };
        let solve = |lu: &SparseLu<f64>| {
            let mut b: Vec<f64> = (0..size).map(|k| 1.0 / (k as f64 + 1.0)).collect();
            lu.solve(&mut b, &mut Workspace::new(size));
            b
        };
        let mut lu = SparseLu::new(Symbolic::analyse(&pattern).unwrap());
        lu.factor(&matrix(0.0)).unwrap();
        let (first, mut kept) = (solve(&lu), lu.factors());
        assert_eq!(lu.refactor(&matrix(1e-3)), Ok(Refactored::Reused));
        lu.exchange(&mut kept);
        assert_eq!(solve(&lu), first);
    }
}
