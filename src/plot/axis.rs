//! From values to pixels, and the ticks of an axis.

use crate::plot::Axis;

/// An axis with its range and its place.
#[derive(Clone, Debug)]
pub(super) struct Scale {
    /// Ends in the unit of the values, or their decimal logarithms.
    low: f64,
    high: f64,
    is_log: bool,
    /// Pixels of the two ends.
    pixels: (f64, f64),
}

/// A tick: its pixel and its label.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub(super) at: f64,
    pub(super) label: String,
}

/// Where there is room beyond the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// Nowhere.
    None,
    /// At both ends.
    Both,
    /// At both ends, but at none that is 0: bars stand on their axis.
    OffZero,
}

/// Room beyond the data, relative to their span.
const MARGIN: f64 = 0.05;
/// A tick may lie this fraction of a step beyond the end that rounding moved.
const NEARLY: f64 = 1e-9;
/// Most ticks, whatever the rounding.
const MOST: f64 = 50.0;

impl Scale {
    /// The scale that holds all `values`, with `room` at its ends.
    pub(super) fn of(
        axis: &Axis,
        values: impl Iterator<Item = f64>,
        room: Room,
        pixels: (f64, f64),
    ) -> Self {
        let (room, ends) = match axis.ends {
            Some((low, high)) => (Room::None, vec![low, high]),
            None => (room, Vec::new()),
        };
        let mapped = values.chain(ends).map(|v| if axis.is_log { v.log10() } else { v });
        let range = mapped.filter(|v| v.is_finite()).fold(None, |range, v| match range {
            None => Some((v, v)),
            Some((low, high)) => {
                Some((if v < low { v } else { low }, if v > high { v } else { high }))
            }
        });
        let (mut low, mut high) = range.unwrap_or((0.0, 1.0));
        // Halves first: the span of the largest numbers overflows.
        let size = 0.5 * low.abs() + 0.5 * high.abs();
        if high <= low || 0.5 * high - 0.5 * low <= 1e-12 * size {
            let by = if size > 0.0 && !axis.is_log { 0.5 * size } else { 0.5 };
            (low, high) = (low - by, high + by);
        } else if room != Room::None {
            let by = MARGIN * high - MARGIN * low;
            let kept = |end: f64| room == Room::OffZero && end == 0.0;
            (low, high) =
                (if kept(low) { low } else { low - by }, if kept(high) { high } else { high + by });
        }
        let (low, high) = (low.clamp(f64::MIN, f64::MAX), high.clamp(f64::MIN, f64::MAX));
        Self { low, high, is_log: axis.is_log, pixels }
    }

    /// The same over other pixels.
    pub(super) fn over(&self, pixels: (f64, f64)) -> Self {
        Self { pixels, ..self.clone() }
    }

    /// The same around the same middle, spanning more.
    pub(super) fn stretched(&self, span: f64) -> Self {
        let (middle, half) = (0.5 * self.low + 0.5 * self.high, 0.5 * span);
        Self { low: middle - half, high: middle + half, ..self.clone() }
    }

    /// What the axis spans, in its unit or in decades.
    pub(super) fn span(&self) -> f64 {
        self.high - self.low
    }

    /// The pixel of a value; `None` where it has none.
    pub(super) fn pixel(&self, value: f64) -> Option<f64> {
        let mapped = if self.is_log { value.log10() } else { value };
        let pixel = self.place(mapped);
        pixel.is_finite().then_some(pixel)
    }

    fn place(&self, mapped: f64) -> f64 {
        let (from, to) = self.pixels;
        let half = 0.5 * self.high - 0.5 * self.low;
        from + (0.5 * mapped - 0.5 * self.low) / half * (to - from)
    }

    /// About `count` ticks, and the label of the axis with the prefix of its unit.
    pub(super) fn ticks(&self, axis: &Axis, count: f64) -> (Vec<Tick>, String) {
        if !axis.names.is_empty() {
            return (self.names(axis), titled(axis, ""));
        }
        if self.is_log && self.high - self.low > 1.5 {
            return (self.decades(count), titled(axis, ""));
        }
        let (low, high) =
            if self.is_log { (power(self.low), power(self.high)) } else { (self.low, self.high) };
        let largest = if low.abs() > high.abs() { low.abs() } else { high.abs() };
        let (exponent, prefix) = if axis.unit.is_empty() { (0, "") } else { prefix(largest) };
        let step = nice_step(high / count - low / count);
        let unit = 10.0_f64.powi(exponent);
        let decimals = decimals(step / unit);
        let first = (low / step - NEARLY).ceil();
        let number = ((high / step + NEARLY).floor() - first).clamp(0.0, MOST);
        let tick = |k: i32| {
            let value = (first + f64::from(k)) * step;
            let at = self.pixel(value)?;
            Some(Tick { at, label: label(value / unit, step / unit, decimals) })
        };
        ((0..=number as i32).filter_map(tick).collect(), titled(axis, prefix))
    }

    /// A tick a name, where its value lies between the ends.
    fn names(&self, axis: &Axis) -> Vec<Tick> {
        let tick = |(at, name): (usize, &String)| {
            let value = at as f64;
            let inside = value >= self.low && value <= self.high;
            inside.then(|| Tick { at: self.place(value), label: name.clone() })
        };
        axis.names.iter().enumerate().filter_map(tick).collect()
    }

    /// Ticks at powers of ten.
    fn decades(&self, count: f64) -> Vec<Tick> {
        let every = ((self.high - self.low) / count).ceil().clamp(1.0, f64::MAX);
        let first = (self.low / every).ceil();
        let number = ((self.high / every).floor() - first).clamp(0.0, MOST);
        let tick = |k: i32| {
            let exponent = (first + f64::from(k)) * every;
            Tick { at: self.place(exponent), label: format!("1e{exponent}") }
        };
        (0..=number as i32).map(tick).collect()
    }
}

/// Ten to the power of `exponent`, within the range of numbers.
fn power(exponent: f64) -> f64 {
    10.0_f64.powf(exponent).clamp(f64::MIN_POSITIVE, f64::MAX)
}

/// `time (ms)`
fn titled(axis: &Axis, prefix: &str) -> String {
    let Axis { label, unit, .. } = axis;
    match (label.is_empty(), unit.is_empty()) {
        (_, true) => label.clone(),
        (true, false) => format!("{prefix}{unit}"),
        (false, false) => format!("{label} ({prefix}{unit})"),
    }
}

/// The SI prefix for values up to `largest`, so that labels are short: 0.5 V
/// stays in V, 0.05 V becomes mV.
fn prefix(largest: f64) -> (i32, &'static str) {
    const PREFIXES: [&str; 11] = ["a", "f", "p", "n", "µ", "m", "", "k", "M", "G", "T"];
    const LOWEST: i32 = -18;
    if !(largest > 0.0 && largest.is_finite()) {
        return (0, "");
    }
    let step = ((largest.log10() + 0.3).floor() as i32 - LOWEST).div_euclid(3);
    match usize::try_from(step).ok().and_then(|step| PREFIXES.get(step)) {
        Some(prefix) => (LOWEST + 3 * step, prefix),
        None => (0, ""),
    }
}

/// The smallest of 1, 2, 2.5, 5 and 10 times a power of ten that is not below `raw`.
fn nice_step(raw: f64) -> f64 {
    if !(raw > 0.0 && raw.is_finite()) {
        return 1.0;
    }
    let power = 10.0_f64.powf(raw.log10().floor());
    let factor = raw / power;
    let nice = [1.0, 2.0, 2.5, 5.0].into_iter().find(|nice| factor <= nice * (1.0 + 1e-9));
    nice.unwrap_or(10.0) * power
}

/// Decimals that tell multiples of `step` apart.
fn decimals(step: f64) -> usize {
    let digits = (0..=12_u8).find(|&digits| {
        let scaled = step * 10.0_f64.powi(i32::from(digits));
        (scaled - scaled.round()).abs() < 1e-6 * scaled && scaled > 0.5
    });
    usize::from(digits.unwrap_or(12))
}

fn label(value: f64, step: f64, decimals: usize) -> String {
    let value = if value.abs() < 1e-9 * step { 0.0 } else { value };
    // Too large or too fine for plain digits.
    if value != 0.0 && (value.abs() >= 1e6 || step < 1e-5) {
        let text = format!("{value:.3e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let digits = digits.trim_end_matches('0').trim_end_matches('.');
        return format!("{digits}e{exponent}");
    }
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis, values: &[f64]) -> (Vec<String>, String) {
        let scale = Scale::of(axis, values.iter().copied(), Room::None, (0.0, 100.0));
        let (ticks, title) = scale.ticks(axis, 5.0);
        (ticks.into_iter().map(|t| t.label).collect(), title)
    }

    #[test]
    fn ticks_are_round_and_carry_a_prefix() {
        let (found, title) = labels(&Axis::new("time", "s"), &[0.0, 0.008]);
        assert_eq!((found.join(" "), title.as_str()), ("0 2 4 6 8".to_owned(), "time (ms)"));
        let (found, title) = labels(&Axis::new("voltage", "V"), &[-0.6, 0.95]);
        assert_eq!((found.join(" "), title.as_str()), ("-0.5 0.0 0.5".to_owned(), "voltage (V)"));
        let (found, title) = labels(&Axis::new("", "A"), &[1e-6, 1.0001e-6]);
        assert_eq!(title, "µA");
        assert_eq!(found[0], "1.00000");
        let (found, title) = labels(&Axis::new("units", ""), &[0.0, 500.0]);
        assert_eq!(
            (found.join(" "), title.as_str()),
            ("0 100 200 300 400 500".to_owned(), "units")
        );
    }

    #[test]
    fn a_logarithmic_axis_has_powers_of_ten() {
        let axis = Axis::new("error", "").logarithmic();
        let (found, _) = labels(&axis, &[1e-12, 0.0, -1.0, f64::NAN, 1e-3]);
        assert_eq!(found.join(" "), "1e-12 1e-10 1e-8 1e-6 1e-4");
        let (found, _) = labels(&axis, &[1.0, 8.0]);
        assert_eq!(found.join(" "), "2 4 6 8");
    }

    #[test]
    fn an_axis_reaches_its_ends_and_what_lies_beyond() {
        let axis = Axis::new("", "").over(0.0, 10.0);
        let ends = |values: &[f64]| {
            let scale = Scale::of(&axis, values.iter().copied(), Room::Both, (0.0, 1.0));
            (scale.low, scale.high)
        };
        assert_eq!((ends(&[3.0]), ends(&[-5.0, 4.0])), ((0.0, 10.0), (-5.0, 10.0)));
    }

    #[test]
    fn names_stand_at_whole_numbers() {
        let axis = Axis::of_names("stimulus", vec!["a".to_owned(), "b".to_owned(), "c".to_owned()]);
        let scale = Scale::of(&axis, [0.0, 1.0].into_iter(), Room::None, (0.0, 100.0));
        let (found, title) = scale.ticks(&axis, 5.0);
        let found: Vec<(f64, &str)> = found.iter().map(|t| (t.at, t.label.as_str())).collect();
        assert_eq!((found, title.as_str()), (vec![(0.0, "a"), (100.0, "b")], "stimulus"));
    }

    #[test]
    fn any_range_has_finite_pixels() {
        let axis = Axis::default();
        for values in [
            &[][..],
            &[0.0],
            &[3.0, 3.0],
            &[f64::NAN],
            &[f64::INFINITY, 1.0],
            &[f64::MAX, f64::MIN],
            &[f64::MIN_POSITIVE, -f64::MIN_POSITIVE],
            &[1e300, 1e300 + 1e285],
        ] {
            let scale = Scale::of(&axis, values.iter().copied(), Room::Both, (0.0, 100.0));
            let (ticks, _) = scale.ticks(&axis, 5.0);
            assert!(ticks.len() < 100, "{values:?}: {}", ticks.len());
            assert!(ticks.iter().all(|tick| tick.at.is_finite()), "{values:?}: {ticks:?}");
            for value in values.iter().filter(|v| v.is_finite()) {
                let pixel = scale.pixel(*value).unwrap();
                assert!((-1e-6..=100.0 + 1e-6).contains(&pixel), "{values:?}: {pixel}");
            }
        }
    }
}
