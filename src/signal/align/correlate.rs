//! Shifts and stretches by correlation.

use pulp::Arch;
use rustfft::num_complex::Complex64;

use crate::signal::{
    SignalError,
    align::{Alignment, averaged, check_segments, median, outliers, prepare::thinned},
    fourier::Transform,
};

/// Rounds of template and shifts.
const ROUNDS: usize = 10;
/// Segments that are tried as the first template.
const TRIED: usize = 8;

/// The shift and the stretch of a segment: the common instant `t` shows its sample
/// `centre + stretch (t - half) + shift`, where `half` is the middle of the clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fit {
    pub(super) shift: f64,
    pub(super) stretch: f64,
    /// The correlation, at most 1.
    pub(super) score: f64,
}

/// Segments at several stretches, transformed, ready to be compared with templates.
pub(super) struct Search {
    transform: Transform,
    /// Instants of the common clock.
    length: usize,
    stretches: Vec<f64>,
    /// For each stretch and segment: its spectrum and the inverse of its size.
    spectra: Vec<Vec<(Vec<Complex64>, f64)>>,
    segments: Vec<Vec<f64>>,
}

impl Search {
    /// `segments` on a clock of `length` instants, at the given stretches.
    pub(super) fn new(segments: Vec<Vec<f64>>, length: usize, stretches: Vec<f64>) -> Self {
        let mut transform = Transform::new((2 * length).next_power_of_two());
        let mut of = |segment: &Vec<f64>, stretch: f64| {
            let shown = centred(&stretched(segment, length, stretch, 0.0));
            let size = shown.iter().map(|x| x * x).sum::<f64>().sqrt();
            let unit = if size > 0.0 { 1.0 / size } else { 0.0 };
            (transform.of(&shown), unit)
        };
        let spectra = stretches
            .iter()
            .map(|&stretch| segments.iter().map(|segment| of(segment, stretch)).collect())
            .collect();
        Self { transform, length, stretches, spectra, segments }
    }

    /// The best shift and stretch of each segment against a template on the clock.
    pub(super) fn fits(&mut self, template: &[f64]) -> Vec<Fit> {
        self.fits_at(template, 0..self.stretches.len())
    }

    /// The same with some of the stretches.
    fn fits_at(&mut self, template: &[f64], which: std::ops::Range<usize>) -> Vec<Fit> {
        let template = centred(template);
        let size = template.iter().map(|x| x * x).sum::<f64>().sqrt();
        let spectrum = self.transform.of(&template);
        let n = self.transform.len();
        let none = Fit { shift: 0.0, stretch: 1.0, score: f64::NEG_INFINITY };
        let mut best = vec![none; self.segments.len()];
        let mut product = vec![Complex64::ZERO; n];
        let norm = if size > 0.0 { 1.0 / (size * n as f64) } else { 0.0 };
        for (&stretch, spectra) in self.stretches[which.clone()].iter().zip(&self.spectra[which]) {
            // Two real correlations share one transform, as its real and imaginary parts.
            for (pair, fits) in spectra.chunks(2).zip(best.chunks_mut(2)) {
                correlate(
                    &mut product,
                    &spectrum,
                    &pair[0].0,
                    pair.get(1).map(|second| &*second.0),
                );
                self.transform.inverse(&mut product);
                for (half, (fit, (_, unit))) in fits.iter_mut().zip(pair).enumerate() {
                    let value = |z: &Complex64| if half == 0 { z.re } else { z.im };
                    let (lag, top) = highest(&product, self.length, value);
                    let score = top * unit * norm;
                    if score > fit.score {
                        *fit = Fit { shift: stretch * lag, stretch, score };
                    }
                }
            }
        }
        best
    }

    /// A first template: of some segments the one that is most like all others.
    pub(super) fn typical(&mut self) -> Vec<f64> {
        let count = self.segments.len();
        let tried = TRIED.min(count);
        // The middle stretch is 1.
        let middle = self.stretches.len() / 2;
        let mut best = (f64::NEG_INFINITY, 0);
        for k in 0..tried {
            let which = k * count / tried;
            let template = stretched(&self.segments[which], self.length, 1.0, 0.0);
            let fits = self.fits_at(&template, middle..middle + 1);
            let score = median(&fits.iter().map(|fit| fit.score).collect::<Vec<f64>>());
            if score > best.0 {
                best = (score, which);
            }
        }
        stretched(&self.segments[best.1], self.length, 1.0, 0.0)
    }

    /// Template and fits in turn, with segments that are something else left out.
    pub(super) fn run(&mut self, rounds: usize) -> Vec<Fit> {
        let mut template = self.typical();
        let mut fits = self.fits(&template);
        for _ in 1..rounds {
            centre(&mut fits);
            let scores: Vec<f64> = fits.iter().map(|fit| fit.score).collect();
            let is_other = outliers(&scores);
            let mut next = vec![0.0; self.length];
            for ((segment, fit), _) in
                self.segments.iter().zip(&fits).zip(&is_other).filter(|(_, other)| !**other)
            {
                let shown = centred(&stretched(segment, self.length, fit.stretch, fit.shift));
                let size = shown.iter().map(|x| x * x).sum::<f64>().sqrt();
                for (sum, value) in next.iter_mut().zip(shown) {
                    *sum += if size > 0.0 { value / size } else { 0.0 };
                }
            }
            let before: Vec<(f64, f64)> = fits.iter().map(|f| (f.shift, f.stretch)).collect();
            template = next;
            fits = self.fits(&template);
            let is_still = fits
                .iter()
                .zip(before)
                .all(|(f, b)| (f.shift - b.0).abs() < 1e-3 && f.stretch == b.1);
            if is_still {
                break;
            }
        }
        centre(&mut fits);
        fits
    }
}

/// The spectrum of the correlation of one signal with a template, plus i times that of
/// another.
fn correlate(
    product: &mut [Complex64],
    template: &[Complex64],
    first: &[Complex64],
    second: Option<&[Complex64]>,
) {
    let n = product.len();
    let (template, first) = (&template[..n], &first[..n]);
    Arch::new().dispatch(|| match second.map(|second| &second[..n]) {
        Some(second) => {
            for k in 0..n {
                // (x + i y) conj(t)
                let (x, y, t) = (first[k], second[k], template[k]);
                let (re, im) = (x.re - y.im, x.im + y.re);
                product[k] = Complex64::new(re * t.re + im * t.im, im * t.re - re * t.im);
            }
        }
        None => {
            for k in 0..n {
                product[k] = first[k] * template[k].conj();
            }
        }
    });
}

/// Moves all so that the middle shift is 0 and the middle stretch 1.
fn centre(fits: &mut [Fit]) {
    let shift = median(&fits.iter().map(|fit| fit.shift).collect::<Vec<f64>>());
    let stretch = median(&fits.iter().map(|fit| fit.stretch).collect::<Vec<f64>>());
    for fit in fits {
        fit.shift -= shift;
        fit.stretch /= stretch;
    }
}

/// A segment on a clock of `length` instants, its middle moved by `shift`; level beyond
/// its ends.
fn stretched(segment: &[f64], length: usize, stretch: f64, shift: f64) -> Vec<f64> {
    let last = segment.len() - 1;
    let middle = 0.5 * last as f64 + shift;
    let half = 0.5 * (length - 1) as f64;
    let value = |t: usize| {
        let place = (middle + stretch * (t as f64 - half)).clamp(0.0, last as f64);
        let left = (place as usize).min(last.saturating_sub(1));
        let part = place - left as f64;
        let right = segment[(left + 1).min(last)];
        segment[left] * (1.0 - part) + right * part
    };
    (0..length).map(value).collect()
}

/// The values without their mean.
fn centred(values: &[f64]) -> Vec<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter().map(|x| x - mean).collect()
}

/// The lag of the highest value of a circular correlation, between samples by a parabola,
/// and the value.
fn highest(values: &[Complex64], length: usize, of: impl Fn(&Complex64) -> f64) -> (f64, f64) {
    let n = values.len();
    let (mut top, mut place) = (f64::NEG_INFINITY, 0);
    for k in (0..length).chain(n + 1 - length..n) {
        let value = of(&values[k]);
        if value > top {
            (top, place) = (value, k);
        }
    }
    let (before, after) = (of(&values[(place + n - 1) % n]), of(&values[(place + 1) % n]));
    let bend = before - 2.0 * top + after;
    let part = if bend < 0.0 { (0.5 * (before - after) / bend).clamp(-0.5, 0.5) } else { 0.0 };
    let lag = if place > n / 2 { place as f64 - n as f64 } else { place as f64 };
    (lag + part, top - 0.25 * (before - after) * part)
}

/// Shifts segments to the highest correlation with their average, round after round.
///
/// The first template is the segment that is most like all others; shifts fall between
/// samples; segments that correlate far worse than the others are left out.
///
/// # Source
///
/// C. D. Woody, Med. Biol. Engng. 5 (1967) 539.
///
/// # Errors
///
/// Fewer than two segments, or one of fewer than two samples; flat segments only.
pub fn align_woody(segments: &[&[f64]]) -> Result<Alignment, SignalError> {
    check_segments(segments, 2)?;
    let length = segments.iter().map(|segment| segment.len()).max().unwrap_or(2);
    let whole: Vec<Vec<f64>> = thinned(segments, 1).into_iter().map(|thin| thin.values).collect();
    let mut search = Search::new(whole, length, vec![1.0]);
    if search.spectra[0].iter().all(|(_, unit)| *unit == 0.0) {
        return Err(SignalError::Flat);
    }
    let fits = search.run(ROUNDS);
    let half = 0.5 * (length - 1) as f64;
    let map = |(fit, segment): (&Fit, &&[f64])| -> Vec<f64> {
        let middle = 0.5 * (segment.len() - 1) as f64 + fit.shift;
        (0..length).map(|t| middle + t as f64 - half).collect()
    };
    let maps = fits.iter().zip(segments).map(map).collect();
    let scores: Vec<f64> = fits.iter().map(|fit| fit.score).collect();
    Ok(averaged(segments, maps, vec![1.0; segments.len()], outliers(&scores), 0.5))
}
