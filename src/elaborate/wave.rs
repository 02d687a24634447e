//! Waves of sources, with SPICE's defaults for the arguments left out.

use crate::{
    circuit::Waveform,
    diag::{Diagnostic, Span},
    elaborate::{controls::AUTOMATIC_STEP, scope::Env},
    netlist::ast::{ControlKind, Netlist, Value, Wave},
};

/// Print step and stop time of the deck's transient analysis, which stand in for
/// absent times.
#[derive(Clone, Copy)]
pub(super) struct Defaults {
    step: f64,
    stop: f64,
}

impl Defaults {
    /// Those of the first `.tran`; without one 1 s and for ever.
    pub(super) fn of(netlist: &Netlist, env: &Env<'_>) -> Self {
        // Faults of the card are reported where the card itself is elaborated.
        let mut ignored = Vec::new();
        netlist
            .controls
            .iter()
            .find_map(|control| match &control.kind {
                ControlKind::Tran { step, stop, .. } => {
                    let stop = env.value(stop, control.span, &mut ignored);
                    let step = env.value(step, control.span, &mut ignored);
                    Some(Self { step: nonzero(step, stop * AUTOMATIC_STEP), stop })
                }
                _ => None,
            })
            .unwrap_or(Self { step: 1.0, stop: f64::INFINITY })
    }
}

/// The wave with its arguments evaluated.
pub(super) fn wave(
    wave: &Wave,
    span: Span,
    env: &Env<'_>,
    defaults: Defaults,
    faults: &mut Vec<Diagnostic>,
) -> Waveform {
    let mut numbers = |values: &[Value]| -> Vec<f64> {
        values.iter().map(|v| env.value(v, span, faults)).collect()
    };
    match wave {
        Wave::Pulse(values) => pulse(&numbers(values), defaults),
        Wave::Sin(values) => {
            let given = numbers(values);
            let get = |at: usize, default: f64| given.get(at).copied().unwrap_or(default);
            Waveform::Sine {
                offset: get(0, 0.0),
                amplitude: get(1, 0.0),
                frequency: nonzero(get(2, 0.0), 1.0 / defaults.stop),
                delay: get(3, 0.0),
                damping: get(4, 0.0),
                phase_deg: get(5, 0.0),
            }
        }
        Wave::Exp(values) => {
            let given = numbers(values);
            let get = |at: usize, default: f64| given.get(at).copied().unwrap_or(default);
            let rise_delay = get(2, 0.0);
            Waveform::Exponential {
                low: get(0, 0.0),
                high: get(1, 0.0),
                rise_delay,
                rise_tau: nonzero(get(3, 0.0), defaults.step),
                fall_delay: nonzero(get(4, 0.0), rise_delay + defaults.step),
                fall_tau: nonzero(get(5, 0.0), defaults.step),
            }
        }
        Wave::Sffm(values) => {
            let given = numbers(values);
            let get = |at: usize, default: f64| given.get(at).copied().unwrap_or(default);
            let slowest = 1.0 / defaults.stop;
            Waveform::FrequencyModulated {
                offset: get(0, 0.0),
                amplitude: get(1, 0.0),
                carrier: nonzero(get(2, 0.0), slowest),
                index: get(3, 0.0),
                signal: nonzero(get(4, 0.0), slowest),
                phases_deg: [get(5, 0.0), get(6, 0.0)],
            }
        }
        Wave::Am(values) => {
            let given = numbers(values);
            let get = |at: usize| given.get(at).copied().unwrap_or(0.0);
            let (amplitude, offset, signal, carrier) = (get(0), get(1), get(2), get(3));
            let delay = get(4);
            Waveform::AmplitudeModulated { amplitude, offset, signal, carrier, delay }
        }
        Wave::Pwl(values) => {
            let given = numbers(values);
            let (times, values): (Vec<f64>, Vec<f64>) =
                given.chunks_exact(2).map(|pair| (pair[0], pair[1])).unzip();
            Waveform::PiecewiseLinear { times, values }
        }
    }
}

fn pulse(given: &[f64], defaults: Defaults) -> Waveform {
    let get = |at: usize| given.get(at).copied().unwrap_or(0.0);
    let (low, high, delay) = (get(0), get(1), get(2));
    let (rise, fall) = (nonzero(get(3), defaults.step), nonzero(get(4), defaults.step));
    let mut width = nonzero(get(5), defaults.stop);
    let period = nonzero(get(6), f64::INFINITY);
    // A triangle is often written with a top, which may not be 0, beyond its period.
    let excess = rise + width + fall - period;
    if excess > 0.0 && excess <= LARGEST_EXCESS * period && excess <= width {
        width -= excess;
    }
    Waveform::Pulse { low, high, delay, rise, fall, width, period }
}

/// A pulse longer than its period by at most this part of it has a shorter top.
const LARGEST_EXCESS: f64 = 1e-3;

/// SPICE reads 0 as "not given" for these.
fn nonzero(value: f64, default: f64) -> f64 {
    if value == 0.0 { default } else { value }
}
