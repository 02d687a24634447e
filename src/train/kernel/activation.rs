//! Activations and their derivatives, row by row.

use pulp::{Simd, WithSimd};

use super::row::{Row, vectors, vectors_mut};
use super::tanh::tanh;
use crate::rnn::Activation;

/// `z := sigma(z)` for every row.
pub(super) struct Activate<'a> {
    pub(super) activation: Activation,
    pub(super) rows: &'a mut [Row],
}

impl WithSimd for Activate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let splat = |value: f32| simd.splat_f32s(value);
        match self.activation {
            Activation::Tanh => each::<S>(
                self.rows,
                #[inline(always)]
                |z| tanh(simd, z),
            ),
            // sigma(z) = (1 + tanh(z / 2)) / 2.
            Activation::Logistic => each::<S>(
                self.rows,
                #[inline(always)]
                |z| {
                    let half = splat(0.5);
                    simd.mul_add_e_f32s(tanh(simd, simd.mul_f32s(z, half)), half, half)
                },
            ),
            Activation::Relu => each::<S>(
                self.rows,
                #[inline(always)]
                |z| {
                    let below = simd.less_than_f32s(z, splat(0.0));
                    simd.select_f32s(below, splat(0.0), z)
                },
            ),
            Activation::HardTanh => each::<S>(
                self.rows,
                #[inline(always)]
                |z| {
                    let below = simd.less_than_f32s(z, splat(-1.0));
                    let z = simd.select_f32s(below, splat(-1.0), z);
                    simd.select_f32s(simd.greater_than_f32s(z, splat(1.0)), splat(1.0), z)
                },
            ),
            Activation::Softplus => {
                for z in self.rows.iter_mut().flat_map(|row| &mut row.0) {
                    *z = Activation::Softplus.value(f64::from(*z)) as f32;
                }
            }
            Activation::Linear => {}
        }
    }
}

/// `delta := factor sigma'(z) delta`, with sigma' taken from the value of sigma.
pub(super) struct Slope<'a> {
    pub(super) activation: Activation,
    pub(super) factor: f32,
    /// sigma(z).
    pub(super) values: &'a [Row],
    pub(super) deltas: &'a mut [Row],
}

impl WithSimd for Slope<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let splat = |value: f32| simd.splat_f32s(value);
        let factor = splat(self.factor);
        let scaled = |value| simd.mul_f32s(value, factor);
        let (values, deltas) = (self.values, self.deltas);
        match self.activation {
            Activation::Tanh => pairs::<S>(
                values,
                deltas,
                #[inline(always)]
                |s, delta| {
                    let slope = simd.negate_mul_add_e_f32s(s, s, splat(1.0));
                    simd.mul_f32s(scaled(slope), delta)
                },
            ),
            Activation::Logistic => pairs::<S>(
                values,
                deltas,
                #[inline(always)]
                |s, delta| simd.mul_f32s(scaled(simd.negate_mul_add_e_f32s(s, s, s)), delta),
            ),
            Activation::Relu => pairs::<S>(
                values,
                deltas,
                #[inline(always)]
                |s, delta| {
                    let on = simd.greater_than_f32s(s, splat(0.0));
                    scaled(simd.select_f32s(on, delta, splat(0.0)))
                },
            ),
            Activation::HardTanh => pairs::<S>(
                values,
                deltas,
                #[inline(always)]
                |s, delta| {
                    let on = simd.less_than_f32s(simd.mul_f32s(s, s), splat(1.0));
                    scaled(simd.select_f32s(on, delta, splat(0.0)))
                },
            ),
            Activation::Softplus => {
                // ln(1 + e^z) = s gives 1 / (1 + e^-z) = 1 - e^-s.
                let pairs = values.iter().zip(deltas.iter_mut());
                for (s, delta) in pairs.flat_map(|(s, delta)| s.0.iter().zip(&mut delta.0)) {
                    *delta *= self.factor * -(-s).exp_m1();
                }
            }
            Activation::Linear => pairs::<S>(
                values,
                deltas,
                #[inline(always)]
                |_, delta| scaled(delta),
            ),
        }
    }
}

/// `state := sigma + keep previous`, after sigma was scaled by the step.
pub(super) struct Leak<'a> {
    pub(super) keep: f32,
    pub(super) step: f32,
    pub(super) previous: &'a [Row],
    /// sigma(z).
    pub(super) values: &'a [Row],
    pub(super) states: &'a mut [Row],
}

impl WithSimd for Leak<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (keep, step) = (simd.splat_f32s(self.keep), simd.splat_f32s(self.step));
        for ((state, previous), value) in self.states.iter_mut().zip(self.previous).zip(self.values)
        {
            let sources = vectors::<S>(previous).iter().zip(vectors::<S>(value));
            for (state, (previous, value)) in vectors_mut::<S>(state).iter_mut().zip(sources) {
                *state = simd.mul_add_e_f32s(keep, *previous, simd.mul_f32s(step, *value));
            }
        }
    }
}

/// `deltas := deltas + keep later`, and a copy of that into `later`.
pub(super) struct Carry<'a> {
    pub(super) keep: f32,
    pub(super) later: &'a mut [Row],
    pub(super) deltas: &'a mut [Row],
}

impl WithSimd for Carry<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let keep = simd.splat_f32s(self.keep);
        for (delta, later) in self.deltas.iter_mut().zip(self.later) {
            let later = vectors_mut::<S>(later).iter_mut();
            for (delta, later) in vectors_mut::<S>(delta).iter_mut().zip(later) {
                *later = simd.mul_add_e_f32s(keep, *later, *delta);
                *delta = *later;
            }
        }
    }
}

/// Adds the sum over lanes of every row to its sum, in f64. Rows repeat with
/// the number of sums.
pub(super) struct Totals<'a> {
    pub(super) rows: &'a [Row],
    pub(super) sums: &'a mut [f64],
}

impl WithSimd for Totals<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let stride = self.sums.len();
        for (at, sum) in self.sums.iter_mut().enumerate() {
            let mut total = simd.splat_f32s(0.0);
            for row in self.rows[at..].iter().step_by(stride) {
                for vector in vectors::<S>(row) {
                    total = simd.add_f32s(total, *vector);
                }
            }
            *sum += f64::from(simd.reduce_sum_f32s(total));
        }
    }
}

/// Applies a function to every vector.
#[inline(always)]
fn each<S: Simd>(rows: &mut [Row], change: impl Fn(S::f32s) -> S::f32s) {
    for row in rows {
        for vector in vectors_mut::<S>(row) {
            *vector = change(*vector);
        }
    }
}

/// Applies a function of a value and a delta to every delta.
#[inline(always)]
fn pairs<S: Simd>(
    values: &[Row],
    deltas: &mut [Row],
    change: impl Fn(S::f32s, S::f32s) -> S::f32s,
) {
    for (value, delta) in values.iter().zip(deltas) {
        for (delta, value) in vectors_mut::<S>(delta).iter_mut().zip(vectors::<S>(value)) {
            *delta = change(*value, *delta);
        }
    }
}
