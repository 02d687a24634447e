//! Fourier components of the last period of a transient.

use crate::{
    circuit::Fourier,
    diag::Span,
    linalg::Complex,
    simulate::trace::Trace,
    wave::{Sampled, Statistic},
};

/// Harmonics that are returned, the constant part among them.
const HARMONICS: usize = 10;
/// Below this angle a step is integrated by a series.
const SMALL: f64 = 0.02;

/// What a `.four` card came to.
#[derive(Clone, Debug, PartialEq)]
pub struct FourierResult {
    /// Of the fundamental, Hz.
    pub frequency: f64,
    /// By output, in the order of the card; or why there are none.
    pub components: Result<Vec<FourierComponents>, String>,
    /// The card.
    pub span: Span,
}

/// One output as a sum of sines.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct FourierComponents {
    /// The output.
    pub name: String,
    /// The average.
    pub offset: f64,
    /// Fundamental and harmonics, from order 1.
    pub harmonics: Vec<Harmonic>,
    /// Total harmonic distortion of the harmonics above, per cent of the fundamental.
    pub thd_percent: f64,
}

/// `magnitude sin(2 pi frequency t + phase)`, where t counts from the beginning of the period.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Harmonic {
    /// 1 for the fundamental.
    pub order: usize,
    /// Hz
    pub frequency: f64,
    /// In the unit of the output.
    pub magnitude: f64,
    /// Degrees.
    pub phase_deg: f64,
}

/// The components of the last period.
pub(super) fn fourier(wanted: &Fourier, trace: &Trace<'_, '_>) -> FourierResult {
    let components = wanted.outputs.iter().map(|output| {
        let values = trace.values(&output.formula, &[])?;
        components(&output.name, Sampled::new(trace.axis, &values), wanted.frequency)
    });
    let components = components.collect();
    FourierResult { frequency: wanted.frequency, components, span: wanted.span }
}

fn components(
    name: &str,
    sampled: Sampled<'_>,
    frequency: f64,
) -> Result<FourierComponents, String> {
    let (first, last) = sampled.ends();
    let period = 1.0 / frequency;
    let start = last - period;
    if start < first - 1e-9 * period {
        return Err(format!(
            "the transient keeps {} s, a period of {frequency} Hz takes {period} s",
            last - first
        ));
    }
    let start = if start < first { first } else { start };
    let (times, values) = sampled.samples(start, last)?;
    let harmonics: Vec<Harmonic> = (1..HARMONICS)
        .map(|order| {
            let omega = std::f64::consts::TAU * frequency * order as f64;
            let component = integral(&times, &values, omega) * (2.0 / period);
            // A cosine of phase p is a sine of p + 90 degrees.
            let phase = component.arg().to_degrees() + 90.0;
            Harmonic {
                order,
                frequency: frequency * order as f64,
                magnitude: component.norm(),
                phase_deg: if phase > 180.0 { phase - 360.0 } else { phase },
            }
        })
        .collect();
    let above: f64 = harmonics[1..].iter().map(|h| h.magnitude * h.magnitude).sum();
    Ok(FourierComponents {
        name: name.to_owned(),
        offset: sampled.statistic(Statistic::Average, Some(start), Some(last))?,
        thd_percent: 100.0 * above.sqrt() / harmonics[0].magnitude,
        harmonics,
    })
}

/// The integral of `y exp(-i omega (t - t0))` over the polygon through the samples, t0
/// being the first time. Exact but for rounding.
fn integral(times: &[f64], values: &[f64], omega: f64) -> Complex {
    let pieces = times.windows(2).zip(values.windows(2));
    pieces.fold(Complex::new(0.0, 0.0), |sum, (t, y)| {
        let step = t[1] - t[0];
        let (left, right) = weights(omega * step);
        let turn = Complex::new(0.0, -omega * (t[0] - times[0])).exp();
        sum + turn * (left * y[0] + right * y[1]) * step
    })
}

/// Integrals over u from 0 to 1 of `(1 - u) exp(-i a u)` and `u exp(-i a u)`.
fn weights(a: f64) -> (Complex, Complex) {
    let (a2, a3, a4) = (a * a, a * a * a, a * a * a * a);
    if a < SMALL {
        let left = Complex::new(0.5 - a2 / 24.0 + a4 / 720.0, -a / 6.0 + a3 / 120.0);
        let right = Complex::new(0.5 - a2 / 8.0 + a4 / 144.0, -a / 3.0 + a3 / 30.0);
        return (left, right);
    }
    let turn = Complex::new(0.0, -a).exp();
    let left = (Complex::new(1.0, -a) - turn) / a2;
    let right = (turn * Complex::new(1.0, a) - 1.0) / a2;
    (left, right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_integrals() {
        for a in [0.0, 0.005, 0.019, 0.021, 1.0, 7.0] {
            let (mut left, mut right) = (Complex::new(0.0, 0.0), Complex::new(0.0, 0.0));
            let n = 4000;
            for k in 0..n {
                let u = (f64::from(k) + 0.5) / f64::from(n);
                let turn = Complex::new(0.0, -a * u).exp() / f64::from(n);
                left += turn * (1.0 - u);
                right += turn * u;
            }
            let (found_left, found_right) = weights(a);
            assert!((found_left - left).norm() < 1e-6, "{a}: {found_left} {left}");
            assert!((found_right - right).norm() < 1e-6, "{a}: {found_right} {right}");
        }
    }

    /// The square wave has 4/(pi k) of every odd k.
    #[test]
    fn a_square_wave_has_its_series() {
        let axis = [0.0, 1e-9, 0.5 - 1e-9, 0.5 + 1e-9, 1.0 - 1e-9, 1.0];
        let values = [0.0, 1.0, 1.0, -1.0, -1.0, 0.0];
        let found = components("v(a)", Sampled::new(&axis, &values), 1.0).unwrap();
        assert!(found.offset.abs() < 1e-8);
        for harmonic in &found.harmonics {
            let odd = harmonic.order % 2 == 1;
            let expected =
                if odd { 4.0 / (std::f64::consts::PI * harmonic.order as f64) } else { 0.0 };
            assert!((harmonic.magnitude - expected).abs() < 1e-7, "{harmonic:?}");
            assert!(!odd || harmonic.phase_deg.abs() < 1e-5, "{harmonic:?}");
        }
        let expected = (1.0_f64 / 9.0 + 1.0 / 25.0 + 1.0 / 49.0 + 1.0 / 81.0).sqrt() * 100.0;
        assert!((found.thd_percent - expected).abs() < 1e-4);
        assert!(components("v(a)", Sampled::new(&axis, &values), 0.5).is_err());
    }
}
