//! Kernels over four trials, in plain arithmetic that compilers turn into vectors: the same
//! bits on every machine. Each is a function of its own for the found machine, since in
//! large ones compilers give up on vectors.
#![expect(clippy::inline_always, reason = "only inlined code is compiled for the found machine")]

use pulp::{Simd, WithSimd};

use crate::{
    rnn::Activation,
    vectors::{dispatch, tanh},
};

/// Trials side by side.
pub(super) const LANES: usize = 4;
pub(super) type Lanes = [f64; LANES];

/// Rows that share each load of a vector.
const GROUP: usize = 4;

/// `sums[i] += sum over j of matrix[i][j] values[j]`, the matrix by rows.
pub(super) fn accumulate(matrix: &[f64], values: &[Lanes], sums: &mut [Lanes]) {
    if !values.is_empty() {
        dispatch(Products { matrix, values, sums });
    }
}

struct Products<'a> {
    matrix: &'a [f64],
    values: &'a [Lanes],
    sums: &'a mut [Lanes],
}

impl WithSimd for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let width = self.values.len();
        let mut groups = self.sums.chunks_exact_mut(GROUP);
        let mut rows = self.matrix.chunks_exact(GROUP * width);
        for (sums, rows) in groups.by_ref().zip(rows.by_ref()) {
            let (first, rest) = rows.split_at(width);
            let (second, rest) = rest.split_at(width);
            let (third, fourth) = rest.split_at(width);
            let mut all = [sums[0], sums[1], sums[2], sums[3]];
            let weights = first.iter().zip(second).zip(third.iter().zip(fourth));
            for (value, ((a, b), (c, d))) in self.values.iter().zip(weights) {
                for (sum, weight) in all.iter_mut().zip([a, b, c, d]) {
                    for lane in 0..LANES {
                        sum[lane] += weight * value[lane];
                    }
                }
            }
            sums.copy_from_slice(&all);
        }
        let rest = rows.remainder().chunks_exact(width);
        for (sum, row) in groups.into_remainder().iter_mut().zip(rest) {
            for (weight, value) in row.iter().zip(self.values) {
                for lane in 0..LANES {
                    sum[lane] += weight * value[lane];
                }
            }
        }
    }
}

/// `to += factor what`
pub(super) fn add(to: &mut [Lanes], factor: f64, what: &[Lanes]) {
    for (to, what) in to.iter_mut().zip(what) {
        for lane in 0..LANES {
            to[lane] += factor * what[lane];
        }
    }
}

/// `to = sigma(z)`
pub(super) fn activate(sigma: Activation, z: &[Lanes], to: &mut [Lanes]) {
    match sigma {
        Activation::Tanh => {
            to.copy_from_slice(z);
            tanh(to.as_flattened_mut());
        }
        Activation::Logistic
        | Activation::Relu
        | Activation::Softplus
        | Activation::HardTanh
        | Activation::Linear => {
            for (to, z) in to.iter_mut().zip(z) {
                *to = z.map(|z| sigma.value(z));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_rows() {
        for (rows, width) in [(1, 3), (4, 1), (7, 5), (9, 4), (3, 0)] {
            let matrix: Vec<f64> = (0..rows * width).map(|k| (k as f64).sin()).collect();
            let values: Vec<Lanes> =
                (0..width).map(|k| [1.0, 2.0, -1.0, 0.5].map(|x| x * (k as f64).cos())).collect();
            let mut sums = vec![[0.25; LANES]; rows];
            accumulate(&matrix, &values, &mut sums);
            for (i, sum) in sums.iter().enumerate() {
                for lane in 0..LANES {
                    let products = (0..width).map(|j| matrix[i * width + j] * values[j][lane]);
                    let wanted = 0.25 + products.sum::<f64>();
                    assert!((sum[lane] - wanted).abs() < 1e-13, "{rows} {width} {i}");
                }
            }
        }
    }
}
