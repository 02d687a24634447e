//! Figures of one sampled function: values, slopes, crossings, extremes, integrals.
//!
//! Between samples the function is the straight line that joins them, as for
//! ngspice. Integrals are those of that line: the square of a piece is integrated
//! exactly, where ngspice applies the trapezoidal rule to the squares.

/// The analysis that a measure reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measured {
    /// `.op`
    OperatingPoint,
    /// `.tran`
    Transient,
    /// `.ac`
    Ac,
    /// `.dc`
    Dc,
    /// `.noise`
    Noise,
}

impl Measured {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::OperatingPoint, Self::Transient, Self::Ac, Self::Dc, Self::Noise];

    /// The name of its card, and the word on that of a measure.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OperatingPoint => "op",
            Self::Transient => "tran",
            Self::Ac => "ac",
            Self::Dc => "dc",
            Self::Noise => "noise",
        }
    }
}

/// Direction in which a function passes zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Upwards.
    Rise,
    /// Downwards.
    Fall,
    /// Either.
    Any,
}

impl Edge {
    /// The word on a `.measure` card.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rise => "RISE",
            Self::Fall => "FALL",
            Self::Any => "CROSS",
        }
    }
}

/// A figure of a function over a window of its axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// Integral over length.
    Average,
    /// Root of the average of the square.
    Rms,
    /// Smallest value.
    Minimum,
    /// Largest value.
    Maximum,
    /// Largest less smallest value.
    PeakToPeak,
    /// Integral along the axis.
    Integral,
    /// Where the smallest value is.
    MinimumAt,
    /// Where the largest value is.
    MaximumAt,
}

impl Statistic {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Average,
        Self::Rms,
        Self::Minimum,
        Self::Maximum,
        Self::PeakToPeak,
        Self::Integral,
        Self::MinimumAt,
        Self::MaximumAt,
    ];

    /// The word on a `.measure` card.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Average => "AVG",
            Self::Rms => "RMS",
            Self::Minimum => "MIN",
            Self::Maximum => "MAX",
            Self::PeakToPeak => "PP",
            Self::Integral => "INTEG",
            Self::MinimumAt => "MIN_AT",
            Self::MaximumAt => "MAX_AT",
        }
    }
}

/// Beyond the ends of the axis by this fraction of its length counts as at the end.
const SLACK: f64 = 1e-9;

/// A function sampled at increasing places.
#[derive(Clone, Copy, Debug)]
pub struct Sampled<'a> {
    /// Where, strictly increasing, at least one.
    axis: &'a [f64],
    values: &'a [f64],
}

impl<'a> Sampled<'a> {
    /// The function with `values` at `axis`.
    ///
    /// # Panics
    ///
    /// If there are no samples, or the lengths differ.
    #[must_use]
    pub fn new(axis: &'a [f64], values: &'a [f64]) -> Self {
        assert!(!axis.is_empty() && axis.len() == values.len(), "one value a place");
        Self { axis, values }
    }

    /// First and last place.
    #[must_use]
    pub fn ends(&self) -> (f64, f64) {
        (self.axis[0], self.axis[self.axis.len() - 1])
    }

    /// `x`, moved onto an end that it misses by rounding; `None` outside the axis.
    fn inside(&self, x: f64) -> Option<f64> {
        let (first, last) = self.ends();
        let slack = SLACK * (last - first);
        if !(x >= first - slack && x <= last + slack) {
            return None;
        }
        Some(x.clamp(first, last))
    }

    /// The sample at or left of `x`, such that there is one to the right where there are two.
    fn left_of(&self, x: f64) -> usize {
        let at = self.axis.partition_point(|&place| place <= x);
        at.saturating_sub(1).min(self.axis.len().saturating_sub(2))
    }

    /// The value at `x`; `None` outside the axis.
    #[must_use]
    pub fn value(&self, x: f64) -> Option<f64> {
        let x = self.inside(x)?;
        let left = self.left_of(x);
        let Some(&end) = self.axis.get(left + 1) else { return Some(self.values[left]) };
        let (start, low, high) = (self.axis[left], self.values[left], self.values[left + 1]);
        // Exact at both samples.
        Some(match x {
            x if x == start => low,
            x if x == end => high,
            x => low + (high - low) * ((x - start) / (end - start)),
        })
    }

    /// The slope at `x` of the parabola through the three samples nearest to it;
    /// `None` outside the axis and for fewer than two samples.
    #[must_use]
    pub fn slope(&self, x: f64) -> Option<f64> {
        let x = self.inside(x)?;
        let (axis, values) = (self.axis, self.values);
        let left = self.left_of(x);
        if axis.len() < 2 {
            return None;
        }
        if axis.len() == 2 {
            return Some((values[1] - values[0]) / (axis[1] - axis[0]));
        }
        let nearer_left = x - axis[left] < axis[left + 1] - x;
        let first = if nearer_left { left.saturating_sub(1) } else { left };
        let first = first.min(axis.len() - 3);
        let [a, b, c] = [axis[first], axis[first + 1], axis[first + 2]];
        let one = (values[first + 1] - values[first]) / (b - a);
        let two = (values[first + 2] - values[first + 1]) / (c - b);
        Some(one + (two - one) / (c - a) * (2.0 * x - a - b))
    }

    /// Where the function passes zero in that direction, at or after `after`.
    ///
    /// A sample that is exactly zero ends a crossing and begins none: a function
    /// that starts at zero has not crossed it.
    #[must_use]
    pub fn crossings(&self, edge: Edge, after: Option<f64>) -> Vec<f64> {
        let mut found = Vec::new();
        for (place, value) in self.axis.windows(2).zip(self.values.windows(2)) {
            let rises = value[0] < 0.0 && value[1] >= 0.0;
            let falls = value[0] > 0.0 && value[1] <= 0.0;
            let meant = match edge {
                Edge::Rise => rises,
                Edge::Fall => falls,
                Edge::Any => rises || falls,
            };
            if !meant {
                continue;
            }
            let at = match value[1] {
                0.0 => place[1],
                _ => place[0] + (place[1] - place[0]) * (value[0] / (value[0] - value[1])),
            };
            if after.is_none_or(|after| at >= after) {
                found.push(at);
            }
        }
        found
    }

    /// A figure over `from..to`; an absent end is that of the axis.
    ///
    /// # Errors
    ///
    /// A sentence that says what is wrong with the window.
    pub fn statistic(
        &self,
        statistic: Statistic,
        from: Option<f64>,
        to: Option<f64>,
    ) -> Result<f64, String> {
        let (places, values) = self.window(from, to)?;
        let length = places[places.len() - 1] - places[0];
        let (lowest, highest) = extremes(&values);
        let per_length = |integral: f64| match length {
            0.0 => Err(format!("the window begins and ends at {}", places[0])),
            _ => Ok(integral / length),
        };
        match statistic {
            Statistic::Average => per_length(integral(&places, &values, f64::midpoint)),
            Statistic::Rms => {
                let square = |a: f64, b: f64| (a * a + a * b + b * b) / 3.0;
                Ok(per_length(integral(&places, &values, square))?.sqrt())
            }
            Statistic::Integral => Ok(integral(&places, &values, f64::midpoint)),
            Statistic::Minimum => Ok(values[lowest]),
            Statistic::Maximum => Ok(values[highest]),
            Statistic::PeakToPeak => Ok(values[highest] - values[lowest]),
            Statistic::MinimumAt => Ok(places[lowest]),
            Statistic::MaximumAt => Ok(places[highest]),
        }
    }

    /// Places and values of the samples from `from` to `to`, both ends included.
    ///
    /// # Errors
    ///
    /// A sentence that says what is wrong with the window.
    pub fn samples(&self, from: f64, to: f64) -> Result<Columns, String> {
        self.window(Some(from), Some(to))
    }

    /// The samples within a window, and the values at its ends.
    fn window(&self, from: Option<f64>, to: Option<f64>) -> Result<Columns, String> {
        let (first, last) = self.ends();
        let (from, to) = (from.unwrap_or(first), to.unwrap_or(last));
        if from > to {
            return Err(format!("the window ends at {to}, before it begins at {from}"));
        }
        let outside =
            |x: f64| format!("the window reaches {x}, the axis goes from {first} to {last}");
        let (Some(start), Some(begin)) = (self.inside(from), self.value(from)) else {
            return Err(outside(from));
        };
        let (Some(stop), Some(end)) = (self.inside(to), self.value(to)) else {
            return Err(outside(to));
        };
        let (mut places, mut values) = (vec![start], vec![begin]);
        let samples = self.axis.iter().zip(self.values);
        for (&place, &value) in samples.filter(|&(&place, _)| place > start && place < stop) {
            places.push(place);
            values.push(value);
        }
        if stop > start {
            places.push(stop);
            values.push(end);
        }
        Ok((places, values))
    }
}

/// Places and values.
pub type Columns = (Vec<f64>, Vec<f64>);

/// Where the smallest and the largest value are, the first of equal ones.
fn extremes(values: &[f64]) -> (usize, usize) {
    let (mut lowest, mut highest) = (0, 0);
    for (at, &value) in values.iter().enumerate() {
        if value < values[lowest] {
            lowest = at;
        }
        if value > values[highest] {
            highest = at;
        }
    }
    (lowest, highest)
}

/// The sum over all pieces of their length times `mean` of the values at their ends.
fn integral(places: &[f64], values: &[f64], mean: impl Fn(f64, f64) -> f64) -> f64 {
    let pieces = places.windows(2).zip(values.windows(2));
    pieces.map(|(x, y)| (x[1] - x[0]) * mean(y[0], y[1])).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const AXIS: [f64; 5] = [0.0, 1.0, 3.0, 4.0, 6.0];
    const VALUES: [f64; 5] = [0.0, 2.0, -2.0, -2.0, 4.0];

    fn sampled() -> Sampled<'static> {
        Sampled::new(&AXIS, &VALUES)
    }

    #[test]
    fn values_lie_on_the_lines_between_samples() {
        for (x, value) in [(0.5, Some(1.0)), (2.0, Some(0.0)), (6.0, Some(4.0)), (6.1, None)] {
            assert_eq!(sampled().value(x), value, "{x}");
        }
        assert_eq!(sampled().value(f64::NAN), None);
        assert_eq!(sampled().value(6.0 + 1e-12), Some(4.0), "rounding of the end");
        assert_eq!(Sampled::new(&[2.0], &[7.0]).value(2.0), Some(7.0));
    }

    #[test]
    fn crossings_are_counted_by_direction() {
        let found = |edge, after| sampled().crossings(edge, after);
        assert_eq!(found(Edge::Fall, None), [2.0]);
        assert_eq!(found(Edge::Rise, None), [4.0 + 2.0 / 3.0]);
        assert_eq!(found(Edge::Any, None), [2.0, 4.0 + 2.0 / 3.0]);
        assert_eq!(found(Edge::Any, Some(2.5)), [4.0 + 2.0 / 3.0]);
        // Touching zero at a sample is one crossing, not two.
        let touching = Sampled::new(&[0.0, 1.0, 2.0], &[-1.0, 0.0, 1.0]);
        assert_eq!(touching.crossings(Edge::Any, None), [1.0]);
    }

    #[test]
    fn statistics_are_those_of_the_polygon() {
        let figure = |which, from, to| sampled().statistic(which, from, to);
        assert_eq!(figure(Statistic::Integral, None, None), Ok(1.0 + 0.0 - 2.0 + 2.0));
        assert_eq!(figure(Statistic::Average, Some(0.0), Some(2.0)), Ok(1.0));
        assert_eq!(figure(Statistic::Minimum, Some(1.0), Some(2.5)), Ok(-1.0));
        assert_eq!(figure(Statistic::Maximum, Some(0.0), Some(0.5)), Ok(1.0));
        assert_eq!(figure(Statistic::PeakToPeak, None, None), Ok(6.0));
        assert_eq!(figure(Statistic::MaximumAt, None, Some(5.0)), Ok(1.0));
        assert_eq!(figure(Statistic::MinimumAt, None, None), Ok(3.0));
        // A ramp from 0 to 2 has the mean square 4/3.
        assert_eq!(figure(Statistic::Rms, None, Some(1.0)), Ok((4.0_f64 / 3.0).sqrt()));
        assert!(figure(Statistic::Average, Some(2.0), Some(1.0)).is_err());
        assert!(figure(Statistic::Average, Some(2.0), Some(2.0)).is_err());
        assert!(figure(Statistic::Maximum, Some(2.0), Some(7.0)).is_err());
    }

    #[test]
    fn slopes_are_exact_for_parabolas() {
        let axis: Vec<f64> = [0.0, 0.3, 1.0, 1.1, 2.0].into();
        let values: Vec<f64> = axis.iter().map(|x| 1.0 - 3.0 * x + 2.0 * x * x).collect();
        let sampled = Sampled::new(&axis, &values);
        for x in [0.0, 0.2, 0.3, 0.9, 1.05, 1.9, 2.0] {
            let slope = sampled.slope(x).unwrap();
            assert!((slope - (4.0 * x - 3.0)).abs() < 1e-12, "{x}: {slope}");
        }
        assert_eq!(sampled.slope(2.5), None);
    }
}
