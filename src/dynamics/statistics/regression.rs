//! One quantity against another.

/// The straight line `y = intercept + slope x` with the least sum of squares.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Regression {
    /// Number of pairs.
    pub count: usize,
    /// Slope.
    pub slope: f64,
    /// Value at x = 0.
    pub intercept: f64,
    /// Pearson's coefficient of correlation.
    pub correlation: f64,
    /// Standard error of the slope, of n - 2 degrees of freedom.
    pub slope_error: f64,
}

impl Regression {
    /// The line through pairs; `None` for fewer than two different x.
    #[must_use]
    pub fn of(pairs: &[(f64, f64)]) -> Option<Self> {
        let count = pairs.len() as f64;
        let mean = |side: fn(&(f64, f64)) -> f64| pairs.iter().map(side).sum::<f64>() / count;
        let (x, y) = (mean(|pair| pair.0), mean(|pair| pair.1));
        let sum = |term: &dyn Fn(f64, f64) -> f64| {
            pairs.iter().map(|pair| term(pair.0 - x, pair.1 - y)).sum::<f64>()
        };
        let (xx, xy, yy) = (sum(&|x, _| x * x), sum(&|x, y| x * y), sum(&|_, y| y * y));
        if xx.is_nan() || xx <= 0.0 {
            return None;
        }
        let slope = xy / xx;
        let rest = (yy - slope * xy).clamp(0.0, f64::MAX);
        Some(Self {
            count: pairs.len(),
            slope,
            intercept: y - slope * x,
            correlation: xy / (xx * yy).sqrt(),
            slope_error: (rest / (count - 2.0) / xx).sqrt(),
        })
    }
}
