//! From magnitudes to a smooth curve at every sample.

use crate::linalg::dot;

/// The kernel reaches that many periods of its cut-off to each side.
const REACH: f64 = 2.5;
/// Points of the integral that makes the kernel, for each of its taps.
const FINE: usize = 4;

/// Magnitudes of every second sample, averaged under triangles `2 step` samples wide
/// whose tops are `step` samples apart.
#[derive(Clone)]
pub(super) struct Thinner {
    /// Half of `step`: magnitudes between two tops.
    between: usize,
    /// How high the rising side of a triangle is at each of them.
    weights: Vec<f32>,
    waiting: Vec<f32>,
    /// What the triangle of the last top holds so far.
    rising: f64,
    rising_weight: f64,
}

impl Thinner {
    pub(super) fn new(step: usize) -> Self {
        let between = step / 2;
        Self {
            between,
            weights: (0..between).map(|k| k as f32 / between as f32).collect(),
            waiting: Vec::new(),
            rising: 0.0,
            rising_weight: 0.0,
        }
    }

    /// Room for new magnitudes.
    pub(super) fn input(&mut self) -> &mut Vec<f32> {
        &mut self.waiting
    }

    /// Adds the averages that are complete.
    pub(super) fn drain(&mut self, out: &mut Vec<f64>) {
        let whole = self.waiting.len() / self.between * self.between;
        for start in (0..whole).step_by(self.between) {
            self.block(start, self.between, out);
        }
        self.waiting.drain(..whole);
    }

    /// The rest, when no more magnitudes come; `points` are the averages of them all.
    pub(super) fn finish(&mut self, points: usize, out: &mut Vec<f64>) {
        let length = self.waiting.len();
        if length > 0 {
            self.block(0, length, out);
            self.waiting.clear();
        }
        if out.len() < points && self.rising_weight > 0.0 {
            out.push(self.rising / self.rising_weight);
        }
    }

    fn block(&mut self, start: usize, length: usize, out: &mut Vec<f64>) {
        let values = &self.waiting[start..start + length];
        let weights = &self.weights[..length];
        // Eight running sums of all and of the rising side.
        let (mut all, mut rise) = ([0.0; 8], [0.0; 8]);
        let (eights, rest) = values.as_chunks::<8>();
        let (weight_eights, weight_rest) = weights.as_chunks::<8>();
        for (values, weights) in eights.iter().zip(weight_eights) {
            for k in 0..8 {
                all[k] += values[k];
                rise[k] += weights[k] * values[k];
            }
        }
        for (k, (value, weight)) in rest.iter().zip(weight_rest).enumerate() {
            all[k] += value;
            rise[k] += weight * value;
        }
        let sum = |parts: [f32; 8]| parts.iter().map(|&part| f64::from(part)).sum::<f64>();
        let (all, rise) = (sum(all), sum(rise));
        let risen = weights.iter().map(|&weight| f64::from(weight)).sum::<f64>();
        let weight = self.rising_weight + length as f64 - risen;
        out.push((self.rising + all - rise) / weight);
        (self.rising, self.rising_weight) = (rise, risen);
    }
}

/// A symmetric kernel over points `step` samples apart, and the way back to samples.
#[derive(Clone)]
pub(super) struct Smoother {
    step: usize,
    /// From `-reach` to `reach`.
    kernel: Vec<f64>,
    /// Weights of the four points around each sample between two points.
    cubic: [Vec<f64>; 4],
    /// Points that may still be needed, and the index of the first of them.
    points: Vec<f64>,
    first: usize,
    /// Smoothed points: the last ones, of which `smoothed` came in all.
    curve: Vec<f64>,
    curve_first: usize,
    /// Steps written.
    written: usize,
}

impl Smoother {
    /// `cutoff` in Hz, `rate` of the points in Hz.
    pub(super) fn new(step: usize, cutoff: f64, rate: f64) -> Self {
        let part = |k: usize| k as f64 / step as f64;
        // Lagrange's cubic through the points at -1, 0, 1 and 2.
        let weight = |at: fn(f64) -> f64| (0..step).map(|k| at(part(k))).collect();
        let cubic = [
            weight(|u| -u * (u - 1.0) * (u - 2.0) / 6.0),
            weight(|u| (u + 1.0) * (u - 1.0) * (u - 2.0) / 2.0),
            weight(|u| -(u + 1.0) * u * (u - 2.0) / 2.0),
            weight(|u| (u + 1.0) * u * (u - 1.0) / 6.0),
        ];
        Self {
            step,
            kernel: kernel(cutoff / rate),
            cubic,
            points: Vec::new(),
            first: 0,
            curve: Vec::new(),
            curve_first: 0,
            written: 0,
        }
    }

    pub(super) fn reach(&self) -> usize {
        self.kernel.len() / 2
    }

    pub(super) fn points(&mut self) -> &mut Vec<f64> {
        &mut self.points
    }

    /// Writes what the points so far settle.
    pub(super) fn drain(&mut self, out: &mut Vec<f64>) {
        let (reach, count) = (self.reach(), self.first + self.points.len());
        // Points 1 to `reach` stand before point 0 as its mirror image.
        while self.smoothed() + reach < count {
            self.smooth(None);
        }
        while self.written + 2 < self.smoothed() {
            self.write(self.step, None, out);
        }
        self.forget();
    }

    /// Writes the rest, up to `samples` in all, of which `out` gets those still missing.
    pub(super) fn finish(&mut self, samples: usize, out: &mut Vec<f64>) {
        let count = self.first + self.points.len();
        while self.smoothed() < count {
            self.smooth(Some(count));
        }
        while self.written * self.step < samples {
            let length = self.step.min(samples - self.written * self.step);
            self.write(length, Some(count), out);
        }
    }

    fn smoothed(&self) -> usize {
        self.curve_first + self.curve.len()
    }

    fn smooth(&mut self, count: Option<usize>) {
        let (at, reach) = (self.smoothed(), self.reach());
        let is_inside = at >= reach && at + reach < self.first + self.points.len();
        let value = if is_inside {
            let start = at - reach - self.first;
            dot(&self.kernel, &self.points[start..start + self.kernel.len()])
        } else {
            let point = |k: usize| self.points[mirror(at + k, reach, count) - self.first];
            self.kernel.iter().enumerate().map(|(k, h)| h * point(k)).sum()
        };
        self.curve.push(value);
    }

    /// One step from point `written` on.
    fn write(&mut self, length: usize, count: Option<usize>, out: &mut Vec<f64>) {
        let at = self.written;
        let near = |k: usize| self.curve[mirror(at + k, 1, count) - self.curve_first];
        let [a, b, c, d] = [near(0), near(1), near(2), near(3)];
        let [wa, wb, wc, wd] = self.cubic.each_ref().map(|weights| &weights[..length]);
        let from = out.len();
        out.resize(from + length, 0.0);
        let out = &mut out[from..];
        for k in 0..length {
            let value = wa[k] * a + wb[k] * b + wc[k] * c + wd[k] * d;
            out[k] = if value > 0.0 { value } else { 0.0 };
        }
        self.written += 1;
    }

    /// Drops what no later value needs, now and then.
    fn forget(&mut self) {
        const ROOM: usize = 4096;
        let keep = self.smoothed().saturating_sub(self.reach() + 1);
        if keep > self.first + ROOM + self.reach() {
            self.points.drain(..keep - self.first);
            self.first = keep;
        }
        let keep = self.written.saturating_sub(2);
        if keep > self.curve_first + ROOM {
            self.curve.drain(..keep - self.curve_first);
            self.curve_first = keep;
        }
    }
}

/// The index `at - back` of a series of `count` points that is mirrored about its ends,
/// of which the far one matters only where it is known.
fn mirror(at: usize, back: usize, count: Option<usize>) -> usize {
    let place = at.abs_diff(back);
    let Some(last) = count.map(|count| count - 1) else { return place };
    if last == 0 {
        return 0;
    }
    let place = place % (2 * last);
    if place > last { 2 * last - place } else { place }
}

/// The gain of the smoothing at a frequency in units of its cut-off: a Butterworth filter
/// of order 4, forwards and backwards.
pub(super) fn gain(relative: f64) -> f64 {
    let square = relative * relative;
    let fourth = square * square;
    1.0 / (1.0 + fourth * fourth)
}

/// What the triangles leave of a frequency, in units of the rate of the points.
pub(super) fn droop(frequency: f64) -> f64 {
    let angle = std::f64::consts::PI * frequency;
    let part = if angle == 0.0 { 1.0 } else { angle.sin() / angle };
    part * part
}

/// The taps of the smoothing for a cut-off in units of the rate, which undo the droop of
/// the triangles too; they add up to 1.
fn kernel(cutoff: f64) -> Vec<f64> {
    let reach = (REACH / cutoff).ceil().clamp(2.0, 1e6) as usize;
    let points = FINE * (reach + 1);
    let band = 0.5;
    let step = band / points as f64;
    let tap = |k: usize| -> f64 {
        let term = |p: usize| {
            let frequency = (p as f64 + 0.5) * step;
            let phase = 2.0 * std::f64::consts::PI * frequency * k as f64;
            gain(frequency / cutoff) / droop(frequency) * phase.cos()
        };
        // Beyond four times the cut-off nothing is left.
        let last = ((4.0 * cutoff / step) as usize).min(points);
        let taper = 0.5 + 0.5 * (std::f64::consts::PI * k as f64 / (reach + 1) as f64).cos();
        (0..last).map(term).sum::<f64>() * taper.sqrt()
    };
    let half: Vec<f64> = (0..=reach).map(tap).collect();
    let whole: Vec<f64> = half[1..].iter().rev().chain(&half).copied().collect();
    let sum: f64 = whole.iter().sum();
    whole.iter().map(|tap| tap / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_has_the_gain_that_it_should() {
        for cutoff in [0.01, 0.05, 0.2] {
            let kernel = kernel(cutoff);
            let reach = kernel.len() / 2;
            for relative in [0.0, 0.5, 1.0, 2.0] {
                let turn = 2.0 * std::f64::consts::PI * relative * cutoff;
                let found: f64 = kernel
                    .iter()
                    .enumerate()
                    .map(|(k, h)| h * (turn * k.abs_diff(reach) as f64).cos())
                    .sum();
                let wanted = gain(relative) / droop(relative * cutoff);
                assert!((found - wanted).abs() < 0.05, "{cutoff} {relative}: {found} {wanted}");
            }
        }
    }

    #[test]
    fn mirrors() {
        let all: Vec<usize> = (0..9).map(|at| mirror(at, 3, Some(4))).collect();
        assert_eq!(all, [3, 2, 1, 0, 1, 2, 3, 2, 1]);
        assert_eq!(mirror(5, 2, Some(1)), 0);
        assert_eq!(mirror(0, 2, None), 2);
    }

    #[test]
    fn triangles_add_up() {
        let mut thinner = Thinner::new(8);
        thinner.input().extend((0..15).map(|k| k as f32));
        let mut out = Vec::new();
        thinner.drain(&mut out);
        assert_eq!(out.len(), 3);
        // A line is its own average where the triangle is whole.
        assert!((out[1] - 4.0).abs() < 1e-12 && (out[2] - 8.0).abs() < 1e-12, "{out:?}");
        thinner.finish(5, &mut out);
        assert_eq!(out.len(), 5);
        assert!(out[4] > 12.0 && out[4] < 15.0, "{out:?}");
    }
}
