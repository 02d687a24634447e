//! Waves of independent sources.

use std::f64::consts::TAU;

use crate::units::{format_number, si};

/// The value of an independent source over time, continuous. Parameters are as
/// in SPICE; absent ones have been filled in by the elaboration.
#[derive(Clone, Debug, PartialEq)]
pub enum Waveform {
    /// The same at all times.
    Constant(f64),
    /// Trapezoidal pulses.
    Pulse {
        /// Initial value.
        low: f64,
        /// Pulsed value.
        high: f64,
        /// First rise, s.
        delay: f64,
        /// Rise time, s, positive.
        rise: f64,
        /// Fall time, s, positive.
        fall: f64,
        /// Width of the top, s.
        width: f64,
        /// Period, s, positive; infinite for a single pulse.
        period: f64,
    },
    /// `offset + amplitude e^{-damping (t - delay)} sin(2 pi f (t - delay) + phase)` from `delay` on.
    Sine {
        /// Mean value.
        offset: f64,
        /// Amplitude.
        amplitude: f64,
        /// Hz
        frequency: f64,
        /// s
        delay: f64,
        /// 1/s
        damping: f64,
        /// degrees
        phase_deg: f64,
    },
    /// Two exponentials.
    Exponential {
        /// Initial value.
        low: f64,
        /// Value aimed at.
        high: f64,
        /// Start of the rise, s.
        rise_delay: f64,
        /// Time constant of the rise, s, positive.
        rise_tau: f64,
        /// Start of the fall, s.
        fall_delay: f64,
        /// Time constant of the fall, s, positive.
        fall_tau: f64,
    },
    /// `offset + amplitude sin(2 pi carrier t + p + index sin(2 pi signal t + q))`, with the
    /// phases p and q.
    FrequencyModulated {
        /// Mean value.
        offset: f64,
        /// Amplitude.
        amplitude: f64,
        /// Hz
        carrier: f64,
        /// Largest change of the phase, rad.
        index: f64,
        /// Hz
        signal: f64,
        /// Of the carrier and of the signal, degrees.
        phases_deg: [f64; 2],
    },
    /// `amplitude (offset + sin(2 pi signal s)) sin(2 pi carrier s)` with `s = t - delay`,
    /// from `delay` on; 0 before.
    AmplitudeModulated {
        /// Amplitude.
        amplitude: f64,
        /// Mean value of the modulation.
        offset: f64,
        /// Hz
        signal: f64,
        /// Hz
        carrier: f64,
        /// s
        delay: f64,
    },
    /// Straight lines between points; constant before the first and after the last.
    PiecewiseLinear {
        /// s, strictly increasing.
        times: Vec<f64>,
        /// One a time.
        values: Vec<f64>,
    },
}

impl Waveform {
    /// The value at `time`, s.
    #[must_use]
    pub fn value(&self, time: f64) -> f64 {
        match *self {
            Self::Constant(value) => value,
            Self::Pulse { low, high, delay, rise, fall, width, period } => {
                let t = time - delay;
                let t = if t > 0.0 && period.is_finite() { t % period } else { t };
                if t <= 0.0 {
                    low
                } else if t < rise {
                    low + (high - low) * (t / rise)
                } else if t <= rise + width {
                    high
                } else if t < rise + width + fall {
                    high + (low - high) * ((t - rise - width) / fall)
                } else {
                    low
                }
            }
            Self::Sine { offset, amplitude, frequency, delay, damping, phase_deg } => {
                let t = if time > delay { time - delay } else { 0.0 };
                let angle = TAU * frequency * t + phase_deg.to_radians();
                offset + amplitude * (-damping * t).exp() * angle.sin()
            }
            Self::Exponential { low, high, rise_delay, rise_tau, fall_delay, fall_tau } => {
                let approach = |from: f64, tau: f64| {
                    if time > from { -((from - time) / tau).exp_m1() } else { 0.0 }
                };
                low + (high - low)
                    * (approach(rise_delay, rise_tau) - approach(fall_delay, fall_tau))
            }
            Self::FrequencyModulated {
                offset,
                amplitude,
                carrier,
                index,
                signal,
                phases_deg: [p, q],
            } => {
                let modulation = index * (TAU * signal * time + q.to_radians()).sin();
                offset + amplitude * (TAU * carrier * time + p.to_radians() + modulation).sin()
            }
            Self::AmplitudeModulated { amplitude, offset, signal, carrier, delay } => {
                let s = if time > delay { time - delay } else { 0.0 };
                amplitude * (offset + (TAU * signal * s).sin()) * (TAU * carrier * s).sin()
            }
            Self::PiecewiseLinear { ref times, ref values } => interpolate(times, values, time),
        }
    }

    /// A bound of the modulus of its value at any time from 0 on; infinite for a sine
    /// that grows.
    #[must_use]
    pub fn bound(&self) -> f64 {
        let larger =
            |a: f64, b: f64| if a.is_nan() || a.abs() > b.abs() { a.abs() } else { b.abs() };
        match *self {
            Self::Constant(value) => value.abs(),
            Self::Pulse { low, high, .. } => larger(low, high),
            Self::Sine { amplitude, damping, .. } if damping < 0.0 && amplitude != 0.0 => {
                f64::INFINITY
            }
            Self::Sine { offset, amplitude, .. }
            | Self::FrequencyModulated { offset, amplitude, .. } => offset.abs() + amplitude.abs(),
            // The fall may overtake the rise.
            Self::Exponential { low, high, .. } => low.abs() + (high - low).abs(),
            Self::AmplitudeModulated { amplitude, offset, .. } => {
                amplitude.abs() * (offset.abs() + 1.0)
            }
            Self::PiecewiseLinear { ref values, .. } => values.iter().copied().fold(0.0, larger),
        }
    }

    /// Appends the instants in (0, stop) where the wave is not smooth.
    pub fn corners(&self, stop: f64, corners: &mut Vec<f64>) {
        let mut add = |t: f64| {
            if t > 0.0 && t < stop {
                corners.push(t);
            }
        };
        match *self {
            Self::Constant(_) | Self::FrequencyModulated { .. } => {}
            Self::Pulse { delay, rise, fall, width, period, .. } => {
                // A product, not a sum, so that rounding errors do not add up. Pulses
                // before t = 0 are over but for the one that is under way.
                let before = if delay < 0.0 { (-delay / period).floor() } else { 0.0 };
                let mut count = if before > 0.0 { before } else { 0.0 };
                loop {
                    let start = if count == 0.0 { delay } else { delay + count * period };
                    if start >= stop {
                        break;
                    }
                    let top = start + rise;
                    [start, top, top + width, top + width + fall].into_iter().for_each(&mut add);
                    if period == f64::INFINITY {
                        break;
                    }
                    count += 1.0;
                }
            }
            Self::Sine { delay, .. } | Self::AmplitudeModulated { delay, .. } => add(delay),
            Self::Exponential { rise_delay, fall_delay, .. } => {
                add(rise_delay);
                add(fall_delay);
            }
            Self::PiecewiseLinear { ref times, .. } => times.iter().copied().for_each(add),
        }
    }

    /// What makes the wave no function of time, or one with jumps, with a hint.
    pub(super) fn fault(&self) -> Option<(String, &'static str)> {
        match *self {
            Self::Sine { frequency, .. } if frequency < 0.0 => Some((
                format!("the frequency of SIN is {}", si(frequency, "Hz")),
                "turn the phase instead",
            )),
            Self::FrequencyModulated { carrier, signal, .. } => negative("SFFM", carrier, signal),
            Self::AmplitudeModulated { carrier, signal, .. } => negative("AM", carrier, signal),
            Self::Constant(_) | Self::Sine { .. } => None,
            Self::Pulse { rise, fall, width, period, .. } => {
                pulse_fault([("rise time", rise), ("fall time", fall), ("width", width)], period)
            }
            Self::Exponential { rise_delay, rise_tau, fall_delay, fall_tau, .. } => {
                let positive = [("rise", rise_tau), ("fall", fall_tau)];
                if let Some((name, tau)) = positive.into_iter().find(|(_, tau)| *tau <= 0.0) {
                    let message =
                        format!("the time constant of the {name} of EXP is {}", si(tau, "s"));
                    return Some((message, "it must be positive"));
                }
                (fall_delay < rise_delay).then(|| {
                    let message = format!(
                        "EXP falls at {}, before it rises at {}",
                        si(fall_delay, "s"),
                        si(rise_delay, "s")
                    );
                    (message, "exchange the two values and the two delays")
                })
            }
            Self::PiecewiseLinear { ref times, .. } => {
                let at = times.windows(2).position(|w| w[0] >= w[1])?;
                let (before, after) = (times[at], times[at + 1]);
                let message = format!(
                    "the times of PWL must increase: {} s is followed by {} s",
                    format_number(before),
                    format_number(after)
                );
                Some((message, "give an edge a width, for example 1n"))
            }
        }
    }

    /// Numbers that the wave consists of; a period may be infinite and is left out then.
    pub(super) fn numbers(&self) -> Vec<f64> {
        match *self {
            Self::Constant(value) => vec![value],
            Self::Pulse { low, high, delay, rise, fall, width, period } => {
                let period = if period == f64::INFINITY { 0.0 } else { period };
                vec![low, high, delay, rise, fall, width, period]
            }
            Self::Sine { offset, amplitude, frequency, delay, damping, phase_deg } => {
                vec![offset, amplitude, frequency, delay, damping, phase_deg]
            }
            Self::Exponential { low, high, rise_delay, rise_tau, fall_delay, fall_tau } => {
                vec![low, high, rise_delay, rise_tau, fall_delay, fall_tau]
            }
            Self::FrequencyModulated {
                offset,
                amplitude,
                carrier,
                index,
                signal,
                phases_deg: [p, q],
            } => vec![offset, amplitude, carrier, index, signal, p, q],
            Self::AmplitudeModulated { amplitude, offset, signal, carrier, delay } => {
                vec![amplitude, offset, signal, carrier, delay]
            }
            Self::PiecewiseLinear { ref times, ref values } => {
                times.iter().chain(values).copied().collect()
            }
        }
    }
}

/// A frequency of a modulated wave below 0.
fn negative(name: &str, carrier: f64, signal: f64) -> Option<(String, &'static str)> {
    let lower = if signal < carrier { signal } else { carrier };
    (lower < 0.0).then(|| {
        let message = format!("a frequency of {name} is {}", si(lower, "Hz"));
        (message, "turn the phase instead")
    })
}

/// A period may be shorter than its pulse by this part: rounding.
const PERIOD_ROUNDING: f64 = 1e-9;

fn pulse_fault(
    [rise, fall, width]: [(&'static str, f64); 3],
    period: f64,
) -> Option<(String, &'static str)> {
    for (name, value) in [rise, fall] {
        if value <= 0.0 {
            return Some((
                format!("the {name} of PULSE is {}", si(value, "s")),
                "it must be positive",
            ));
        }
    }
    if width.1 < 0.0 {
        return Some((
            format!("the width of PULSE is {}", si(width.1, "s")),
            "it must not be negative",
        ));
    }
    let length = rise.1 + width.1 + fall.1;
    if period < length * (1.0 - PERIOD_ROUNDING) {
        let message = format!(
            "the period of PULSE is {} s, its pulse takes {} s",
            format_number(period),
            format_number(length)
        );
        let hint =
            "the period must hold rise, width and fall; an absent width is the stop time of .tran";
        return Some((message, hint));
    }
    None
}

/// The piecewise linear function through (times, values) at `time`.
fn interpolate(times: &[f64], values: &[f64], time: f64) -> f64 {
    let after = times.partition_point(|&t| t <= time);
    if after == 0 {
        return values.first().copied().unwrap_or(0.0);
    }
    if after == times.len() {
        return values[after - 1];
    }
    let (t0, t1) = (times[after - 1], times[after]);
    let (v0, v1) = (values[after - 1], values[after]);
    v0 + (v1 - v0) * ((time - t0) / (t1 - t0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pulse_has_its_corners_where_its_slope_changes() {
        let pulse = Waveform::Pulse {
            low: -1.0,
            high: 3.0,
            delay: 1.0,
            rise: 0.5,
            fall: 0.25,
            width: 2.0,
            period: 10.0,
        };
        let at = [0.0, 1.0, 1.25, 1.5, 3.5, 3.625, 3.75, 11.25];
        let expected = [-1.0, -1.0, 1.0, 3.0, 3.0, 1.0, -1.0, 1.0];
        for (t, v) in at.into_iter().zip(expected) {
            assert_eq!(pulse.value(t), v, "at {t}");
        }
        let mut corners = Vec::new();
        pulse.corners(11.2, &mut corners);
        assert_eq!(corners, [1.0, 1.5, 3.5, 3.75, 11.0]);
    }

    #[test]
    fn an_exponential_approaches_and_returns() {
        let wave = Waveform::Exponential {
            low: 0.0,
            high: 2.0,
            rise_delay: 1.0,
            rise_tau: 0.5,
            fall_delay: 2.0,
            fall_tau: 0.25,
        };
        assert_eq!(wave.value(0.9), 0.0);
        assert!((wave.value(2.0) - 2.0 * (1.0 - (-2.0f64).exp())).abs() < 1e-15);
        assert!(
            (wave.value(2.5) - 2.0 * ((1.0 - (-3.0f64).exp()) - (1.0 - (-2.0f64).exp()))).abs()
                < 1e-15
        );
    }

    #[test]
    fn a_piecewise_linear_wave_is_flat_outside() {
        let wave =
            Waveform::PiecewiseLinear { times: vec![1.0, 2.0, 4.0], values: vec![0.0, 1.0, -1.0] };
        for (t, v) in [(0.0, 0.0), (1.5, 0.5), (2.0, 1.0), (3.0, 0.0), (4.0, -1.0), (9.0, -1.0)] {
            assert_eq!(wave.value(t), v, "at {t}");
        }
    }
}
