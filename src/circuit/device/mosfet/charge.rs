//! Charges of a MOS channel.

use super::super::dual::Dual;
use super::process::Process;

/// Charges of the gate, the drain and the bulk; the source has the rest.
pub(super) struct Charges<const N: usize> {
    pub(super) gate: Dual<N>,
    pub(super) drain: Dual<N>,
    pub(super) bulk: Dual<N>,
}

/// The bulk may be forward biased up to the surface potential less this, V.
const LEAST_BAND_BENDING: f64 = 0.05;

/// The charges of a channel with the capacitance `oxide` (F) at `vds >= 0`.
///
/// In strong inversion the gate charge is Meyer's (RCA Review 32, 1971), so that
/// its derivatives are the capacitances of SPICE's model; the charge of the
/// channel is divided between drain and source as D. E. Ward and R. W. Dutton do
/// (IEEE J. Solid-State Circuits 13, 1978), 40 to 60 in saturation. Below
/// threshold the gate sees the depletion layer of the bulk, and the accumulated
/// surface below the flat band. SPICE has capacitances without charges there,
/// straight lines in the gate voltage.
pub(super) fn charges<const N: usize>(
    process: &Process,
    oxide: f64,
    [vgs, vds, vbs]: [Dual<N>; 3],
) -> Charges<N> {
    let Process { threshold, body, surface, .. } = *process;
    let zero = Dual::constant(0.0);
    let most = surface - LEAST_BAND_BENDING;
    let vbs = if vbs.value > most { Dual::constant(most) } else { vbs };
    let root = (Dual::constant(surface) - vbs).sqrt();
    let over = vgs - (root - surface.sqrt()) * body - threshold;
    if over.value <= 0.0 {
        let flat_band = threshold - surface - body * surface.sqrt();
        let bend = vgs - vbs - flat_band;
        let gate = if bend.value <= 0.0 {
            bend
        } else if body == 0.0 {
            zero
        } else {
            let half = 0.5 * body * body;
            ((bend * (2.0 / half) + 1.0).sqrt() - 1.0) * half
        };
        let gate = gate * oxide;
        return Charges { gate, drain: zero, bulk: -gate };
    }
    let bulk = -(root * body);
    let (channel, drain) = if vds.value >= over.value {
        (over * (-2.0 / 3.0), over * (-4.0 / 15.0))
    } else {
        let mean = over - vds * 0.5;
        let channel = -(mean + vds.square() / (mean * 12.0));
        let moment = over.square() / 6.0 - vds * over / 8.0 + vds.square() / 40.0;
        (channel, -((over - vds) * 0.5 + vds * moment / mean.square()))
    };
    Charges { gate: -(channel + bulk) * oxide, drain: drain * oxide, bulk: bulk * oxide }
}
