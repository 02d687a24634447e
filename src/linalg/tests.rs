//! Laws of the solvers, and the circuits they are for.

mod cases;
mod dense;
mod laws;

use super::{Pattern, PatternBuilder, Scalar, SparseLu, Symbolic, Workspace};

/// Places with values; values at the same place add up.
pub(super) type Triplets<S> = Vec<(usize, usize, S)>;

/// A square matrix of `size`.
pub(super) fn assemble<S: Scalar>(size: usize, triplets: &Triplets<S>) -> (Pattern, Vec<S>) {
    let mut builder = PatternBuilder::new(size, size);
    for &(row, column, _) in triplets {
        builder.add(row, column);
    }
    let (pattern, positions) = builder.build();
    let mut values = vec![S::default(); pattern.nonzeros()];
    for (&(_, _, value), &position) in triplets.iter().zip(&positions) {
        values[position] += value;
    }
    (pattern, values)
}

pub(super) fn factored<S: Scalar>(pattern: &Pattern, values: &[S]) -> SparseLu<S> {
    let mut lu = SparseLu::new(Symbolic::analyse(pattern).unwrap());
    lu.factor(values).unwrap();
    lu
}

/// The largest `|b − A x|`, row by row, relative to `|A| max|x| + |b|`; of
/// `Aᵀ` where `transposed`.
pub(super) fn row_error<S: Scalar>(
    matrix: (&Pattern, &[S]),
    x: &[S],
    b: &[S],
    transposed: bool,
) -> f64 {
    let sizes: Vec<f64> = x.iter().map(|value| value.magnitude()).collect();
    let largest = sizes.iter().copied().max_by(f64::total_cmp).unwrap_or(0.0);
    misfit(matrix, (x, &vec![largest; x.len()]), b, transposed)
}

/// The largest `|b − A x|`, row by row, relative to `|A| |x| + |b|`.
pub(super) fn component_error<S: Scalar>(matrix: (&Pattern, &[S]), x: &[S], b: &[S]) -> f64 {
    let sizes: Vec<f64> = x.iter().map(|value| value.magnitude()).collect();
    misfit(matrix, (x, &sizes), b, false)
}

fn misfit<S: Scalar>(
    (pattern, values): (&Pattern, &[S]),
    (x, sizes): (&[S], &[f64]),
    b: &[S],
    transposed: bool,
) -> f64 {
    let mut residual = b.to_vec();
    let mut scale: Vec<f64> = b.iter().map(|value| value.magnitude()).collect();
    for column in 0..pattern.columns() {
        for position in pattern.column(column) {
            let row = pattern.row_indices()[position];
            let (row, column) = if transposed { (column, row) } else { (row, column) };
            residual[row] -= values[position] * x[column];
            scale[row] += values[position].magnitude() * sizes[column];
        }
    }
    let relative = residual.iter().zip(&scale).map(|(r, &s)| match r.magnitude() {
        0.0 => 0.0,
        r => r / s,
    });
    relative.max_by(f64::total_cmp).unwrap_or(0.0)
}

/// A right-hand side without structure.
pub(super) fn some_vector(size: usize) -> Vec<f64> {
    (0..size).map(|k| ((k * 37 + 11) % 101) as f64 / 50.0 - 1.0).collect()
}

pub(super) fn solved(lu: &SparseLu<f64>, b: &[f64]) -> Vec<f64> {
    let mut x = b.to_vec();
    lu.solve(&mut x, &mut Workspace::default());
    x
}
