//! One inverting op-amp.

/// An op-amp with conductances to its inverting input and a feedback resistor.
///
/// With open-loop gain A, offset e at the other input and noise gain
/// `n = 1 + Rf sum g` its output is `(n e - Rf sum g v) / (1 + n / A)`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Amplifier {
    pub(super) feedback: f64,
    pub(super) offset: f64,
    open_loop: f64,
    entering: f64,
}

impl Amplifier {
    pub(super) fn ideal(open_loop: f64) -> Self {
        Self { feedback: 0.0, offset: 0.0, open_loop, entering: 0.0 }
    }

    /// Hangs another conductance on the input.
    pub(super) fn enters(&mut self, conductance: f64) {
        self.entering += conductance;
    }

    fn noise_gain(&self) -> f64 {
        1.0 + self.feedback * self.entering
    }

    /// Volts of the output, turned round, per ampere into the input.
    pub(super) fn slope(&self) -> f64 {
        self.feedback / (1.0 + self.noise_gain() / self.open_loop)
    }

    /// Volts of the output, turned round, per volt at the only resistor.
    pub(super) fn gain(&self) -> f64 {
        self.slope() * self.entering
    }

    /// The output without any input, V.
    pub(super) fn constant(&self) -> f64 {
        self.noise_gain() * self.offset / (1.0 + self.noise_gain() / self.open_loop)
    }
}
