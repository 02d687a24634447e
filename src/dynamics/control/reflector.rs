//! Householder reflections of real matrices.

use nalgebra::DMatrix;

use crate::linalg::norm;

/// `I - 2 v v'` on the components from `first` on; v of unit length.
pub(super) struct Reflector {
    first: usize,
    vector: Vec<f64>,
}

impl Reflector {
    /// The reflection that takes `x`, which stands from component `first` on,
    /// to a multiple of its first unit vector; `None` where it already is one.
    pub(super) fn of(first: usize, x: &[f64]) -> Option<Self> {
        if x.len() < 2 || x[1..].iter().all(|&value| value == 0.0) {
            return None;
        }
        let mut vector = x.to_vec();
        vector[0] += norm(x).copysign(x[0]);
        let length = norm(&vector);
        for value in &mut vector {
            *value /= length;
        }
        Some(Self { first, vector })
    }

    fn end(&self) -> usize {
        self.first + self.vector.len()
    }

    /// Replaces A by `H A`.
    pub(super) fn reflect_rows(&self, a: &mut DMatrix<f64>) {
        let rows = a.nrows();
        if rows == 0 {
            return;
        }
        for column in a.as_mut_slice().chunks_exact_mut(rows) {
            let part = &mut column[self.first..self.end()];
            let along: f64 = part.iter().zip(&self.vector).map(|(a, v)| a * v).sum();
            part.iter_mut().zip(&self.vector).for_each(|(a, v)| *a -= 2.0 * along * v);
        }
    }

    /// Replaces A by `A H`.
    pub(super) fn reflect_columns(&self, a: &mut DMatrix<f64>) {
        let rows = a.nrows();
        if rows == 0 {
            return;
        }
        let mut along = vec![0.0; rows];
        let part = &mut a.as_mut_slice()[rows * self.first..rows * self.end()];
        for (column, v) in part.chunks_exact(rows).zip(&self.vector) {
            along.iter_mut().zip(column).for_each(|(sum, a)| *sum += a * v);
        }
        for (column, v) in part.chunks_exact_mut(rows).zip(&self.vector) {
            column.iter_mut().zip(&along).for_each(|(a, sum)| *a -= 2.0 * v * sum);
        }
    }
}

/// L with `L L' = B B'`, no wider than high: what stands for B where only
/// singular values beside other columns matter.
pub(super) fn compressed(b: &DMatrix<f64>) -> DMatrix<f64> {
    let (rows, columns) = b.shape();
    if columns <= rows {
        return b.clone();
    }
    let mut b = b.clone();
    for row in 0..rows {
        let x: Vec<f64> = (row..columns).map(|column| b[(row, column)]).collect();
        if let Some(reflector) = Reflector::of(row, &x) {
            reflector.reflect_columns(&mut b);
        }
    }
    b.columns(0, rows).into_owned()
}
