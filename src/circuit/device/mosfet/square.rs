//! Level 1: the square law of H. Shichman and D. A. Hodges (IEEE J. Solid-State
//! Circuits 3, 1968).

use super::super::dual::Dual;
use super::process::Process;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Square {
    /// Transconductance, A/V^2.
    pub(super) beta: f64,
    /// Channel length modulation, 1/V.
    pub(super) lambda: f64,
}

/// The threshold voltage.
pub(super) fn threshold<const N: usize>(process: &Process, vbs: Dual<N>) -> Dual<N> {
    let Process { threshold, body, surface, .. } = *process;
    let at_rest = surface.sqrt();
    let root = if vbs.value <= 0.0 {
        (Dual::constant(surface) - vbs).sqrt()
    } else {
        // Along the tangent, until nothing is left.
        (Dual::constant(at_rest) - vbs * (0.5 / at_rest)).at_least(0.0)
    };
    (root - at_rest) * body + threshold
}

impl Square {
    /// The current at `vds >= 0`.
    pub(super) fn current<const N: usize>(
        &self,
        process: &Process,
        [vgs, vds, vbs]: [Dual<N>; 3],
    ) -> Dual<N> {
        let over = vgs - threshold(process, vbs);
        if over.value <= 0.0 {
            return Dual::constant(0.0);
        }
        let beta = (vds * self.lambda + 1.0) * self.beta;
        if over.value <= vds.value {
            beta * over.square() * 0.5
        } else {
            beta * vds * (over - vds * 0.5)
        }
    }
}
