//! The independent sources of a circuit as the inputs of a system.

use crate::{
    circuit::{Circuit, Kind, Waveform},
    dae::Drive,
};

/// Waves of independent sources, one an input.
#[derive(Clone, Debug, PartialEq)]
pub struct Sources {
    waves: Vec<Waveform>,
    dc: Vec<f64>,
}

impl Sources {
    /// All independent sources of `circuit`, in the order of its elements: the
    /// inputs of [`Mna`](crate::mna::Mna).
    #[must_use]
    pub fn all(circuit: &Circuit) -> Self {
        Self::filtered(circuit, |_| true)
    }

    /// The sources that are no mere constants: the inputs of a reduction.
    #[must_use]
    pub fn varying(circuit: &Circuit) -> Self {
        Self::filtered(circuit, is_input)
    }

    fn filtered(circuit: &Circuit, keep: impl Fn(&Waveform) -> bool) -> Self {
        let (waves, dc) = circuit
            .elements()
            .iter()
            .filter_map(|element| match &element.kind {
                Kind::Source { supply, .. } if keep(&supply.wave) => {
                    Some((supply.wave.clone(), supply.dc))
                }
                _ => None,
            })
            .unzip();
        Self { waves, dc }
    }

    /// Lets input `at` follow `wave` from now on.
    ///
    /// # Panics
    ///
    /// If there is no such input.
    pub fn replace(&mut self, at: usize, wave: Waveform) {
        self.dc[at] = wave.value(0.0);
        self.waves[at] = wave;
    }

    /// Values at an operating point.
    #[must_use]
    pub fn dc(&self) -> &[f64] {
        &self.dc
    }
}

/// True for the waves that make a source an input, not a constant.
pub(super) fn is_input(wave: &Waveform) -> bool {
    !matches!(wave, Waveform::Constant(_))
}

impl Drive for Sources {
    fn values(&self, time: f64, u: &mut [f64]) {
        for (wave, value) in self.waves.iter().zip(u) {
            *value = wave.value(time);
        }
    }

    fn corners(&self, stop: f64) -> Vec<f64> {
        let mut corners = Vec::new();
        for wave in &self.waves {
            wave.corners(stop, &mut corners);
        }
        corners.sort_by(f64::total_cmp);
        corners.dedup();
        corners
    }
}
