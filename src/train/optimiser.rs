//! From gradients to updates.

use std::ops::Range;

/// How weights follow their gradient.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Method {
    /// Adam as Keras computes it (Kingma and Ba 2015, the form with the step size
    /// `lr sqrt(1 - beta2^k) / (1 - beta1^k)` and epsilon beside the root).
    Adam {
        /// beta1.
        beta1: f64,
        /// beta2.
        beta2: f64,
        /// epsilon.
        epsilon: f64,
    },
    /// Gradient descent with momentum: `v := momentum v - lr g`, `w := w + v`.
    Sgd {
        /// 0 for plain descent.
        momentum: f64,
    },
}

impl Method {
    /// Adam with the constants of the papers.
    pub const ADAM: Self = Self::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
}

/// A bound on the length of gradients.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Clip {
    /// The gradient of all variables together is shortened to this norm: what
    /// `clipnorm` means in Keras 2.3.
    Global {
        /// Largest norm.
        norm: f64,
    },
    /// That of each variable by itself: what it means in Keras 3.
    PerVariable {
        /// Largest norm.
        norm: f64,
    },
}

/// An optimiser and what it remembers.
#[derive(Clone, Debug, PartialEq)]
pub struct Optimiser {
    method: Method,
    /// Updates so far.
    pub(super) iteration: u64,
    /// Mean gradient of Adam, velocity of descent.
    pub(super) first: Vec<f32>,
    /// Mean square of the gradient; empty for descent.
    pub(super) second: Vec<f32>,
}

impl Optimiser {
    /// At rest, for so many values.
    #[must_use]
    pub fn new(method: Method, values: usize) -> Self {
        let second = match method {
            Method::Adam { .. } => values,
            Method::Sgd { .. } => 0,
        };
        Self { method, iteration: 0, first: vec![0.0; values], second: vec![0.0; second] }
    }

    /// What is remembered of the direction of each value: its mean gradient in Adam, its
    /// velocity in descent.
    pub fn momentum_mut(&mut self) -> &mut [f32] {
        &mut self.first
    }

    /// Number of updates so far.
    #[must_use]
    pub fn iteration(&self) -> u64 {
        self.iteration
    }

    /// Forgets everything but a number of updates.
    pub(super) fn rest(&mut self, updates: u64) {
        self.iteration = updates;
        self.first.fill(0.0);
        self.second.fill(0.0);
    }

    /// Whether all that is remembered is finite.
    pub(super) fn is_finite(&self) -> bool {
        is_finite(&self.first) && is_finite(&self.second)
    }

    /// Moves values; `rate` is the learning rate of this update.
    ///
    /// # Panics
    ///
    /// Where the numbers of values differ.
    pub fn update(&mut self, values: &mut [f32], gradient: &[f32], rate: f64) {
        assert_eq!((values.len(), gradient.len()), (self.first.len(), self.first.len()));
        self.iteration += 1;
        let values = values.iter_mut().zip(gradient).zip(&mut self.first);
        match self.method {
            Method::Adam { beta1, beta2, epsilon } => {
                let k = i32::try_from(self.iteration).unwrap_or(i32::MAX);
                let rate = rate * (1.0 - beta2.powi(k)).sqrt() / (1.0 - beta1.powi(k));
                let (new1, new2) = ((1.0 - beta1) as f32, (1.0 - beta2) as f32);
                let (rate, epsilon) = (rate as f32, epsilon as f32);
                for (((weight, &g), m), v) in values.zip(&mut self.second) {
                    *m += (g - *m) * new1;
                    *v += (g * g - *v) * new2;
                    *weight -= rate * *m / (v.sqrt() + epsilon);
                }
            }
            Method::Sgd { momentum } => {
                let (momentum, rate) = (momentum as f32, rate as f32);
                for ((weight, &g), v) in values {
                    *v = momentum * *v - rate * g;
                    *weight += *v;
                }
            }
        }
    }
}

/// Whether all values are finite: by their bits, many at a time.
pub(super) fn is_finite(values: &[f32]) -> bool {
    let sizes = values.iter().map(|value| value.to_bits() & 0x7fff_ffff);
    sizes.fold(0, |most: u32, size| most.max(size)) < f32::INFINITY.to_bits()
}

/// The Euclidean norm, summed in f64.
#[must_use]
pub fn norm(values: &[f32]) -> f64 {
    // Eight sums side by side: a chain of single additions would be what takes
    // most of the time of an update.
    let (chunks, rest) = values.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for chunk in chunks {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum += f64::from(*value) * f64::from(*value);
        }
    }
    let rest: f64 = rest.iter().map(|value| f64::from(*value) * f64::from(*value)).sum();
    (sums.iter().sum::<f64>() + rest).sqrt()
}

impl Clip {
    /// Shortens a gradient, of which every variable has a range.
    ///
    /// # Panics
    ///
    /// Where a range ends behind the gradient.
    pub fn apply(self, variables: &[Range<usize>], gradient: &mut [f32]) {
        match self {
            Self::Global { norm } => shorten(gradient, norm),
            Self::PerVariable { norm } => {
                for variable in variables {
                    shorten(&mut gradient[variable.clone()], norm);
                }
            }
        }
    }
}

fn shorten(values: &mut [f32], longest: f64) {
    let length = norm(values);
    if length > longest {
        let factor = (longest / length) as f32;
        for value in values {
            *value *= factor;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNT: usize = 5;

    /// Three steps by hand in f64: the same formula with other operations.
    #[test]
    fn adam_is_that_of_keras() {
        let mut weights = vec![1.0; COUNT];
        let mut adam = Optimiser::new(Method::ADAM, COUNT);
        let (mut m, mut v, mut w) = (0.0_f64, 0.0_f64, 1.0_f64);
        for (k, g) in [0.5_f64, -2.0, 1e-3].into_iter().enumerate() {
            adam.update(&mut weights, &[g as f32; COUNT], 0.1);
            m = 0.9 * m + 0.1 * g;
            v = 0.999 * v + 0.001 * g * g;
            let power = |beta: f64| 1.0 - beta.powi(k as i32 + 1);
            w -= 0.1 * (power(0.999).sqrt() / power(0.9)) * m / (v.sqrt() + 1e-8);
            assert!(weights.iter().all(|&found| (f64::from(found) - w).abs() < 1e-6));
        }
        // The first step is the learning rate, whatever the gradient.
        let mut weights = vec![0.0; COUNT];
        Optimiser::new(Method::ADAM, COUNT).update(&mut weights, &[7.0; COUNT], 0.1);
        assert!(weights.iter().all(|w| (w + 0.1).abs() < 1e-6));
    }

    #[test]
    fn what_is_not_finite_is_found_wherever_it_stands() {
        for wrong in [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            for at in [0, 7, 36] {
                let mut values = vec![-f32::MAX; 37];
                assert!(is_finite(&values));
                values[at] = wrong;
                assert!(!is_finite(&values), "{wrong} at {at}");
            }
        }
        assert!(is_finite(&[]));
    }

    #[test]
    fn momentum_adds_up() {
        let mut weights = vec![0.0; COUNT];
        let mut descent = Optimiser::new(Method::Sgd { momentum: 0.5 }, COUNT);
        let gradient = vec![1.0; COUNT];
        for expected in [-0.25, -0.625, -1.0625] {
            descent.update(&mut weights, &gradient, 0.25);
            assert!(weights.iter().all(|w| *w == expected));
        }
        assert_eq!(descent.iteration(), 3);
    }

    #[test]
    fn gradients_are_shortened_together_or_each_by_itself() {
        let mut together = vec![0.0; COUNT];
        together[0] = 3.0;
        let variables = [0..3, 3..COUNT];
        together[3] = 4.0;
        let mut apart = together.clone();
        let mut untouched = together.clone();
        Clip::Global { norm: 1.0 }.apply(&variables, &mut together);
        assert!((together[0] - 0.6).abs() < 1e-6 && (together[3] - 0.8).abs() < 1e-6);
        Clip::PerVariable { norm: 3.5 }.apply(&variables, &mut apart);
        assert_eq!((apart[0], apart[3]), (3.0, 3.5));
        Clip::Global { norm: 5.0 }.apply(&variables, &mut untouched);
        assert_eq!((untouched[0], untouched[3]), (3.0, 4.0));
    }
}
