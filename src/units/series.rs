//! Preferred values of resistors.

/// A series of preferred values of IEC 60063.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Series {
    /// 12 values a decade, 10 % parts.
    E12,
    /// 24 values a decade, 5 % parts.
    E24,
    /// 48 values a decade, 2 % parts.
    E48,
    /// 96 values a decade, 1 % parts.
    E96,
    /// 192 values a decade, 0.5 % parts.
    E192,
}

impl Series {
    /// The values of one decade, from 1 to below 10.
    ///
    /// Value k of n is `10^(k/n)`, rounded to one decimal up to E24 and to two beyond.
    /// The standard keeps eight older values of E24 that are not those of the rule,
    /// from 2.7 to 4.7 and 8.2, and 9.20 in place of 9.19 in E192.
    #[must_use]
    pub fn decade(self) -> Vec<f64> {
        match self {
            Self::E12 => Self::E24.decade().into_iter().step_by(2).collect(),
            Self::E24 => (0..24).map(coarse).collect(),
            Self::E48 => (0..48).map(|k| fine(k, 48)).collect(),
            Self::E96 => (0..96).map(|k| fine(k, 96)).collect(),
            Self::E192 => (0..192).map(|k| fine(k, 192)).collect(),
        }
    }

    /// The preferred value nearest in ratio to a positive one.
    #[must_use]
    pub fn nearest(self, value: f64) -> f64 {
        nearest_of(&self.decade(), value)
    }
}

/// The nearest in ratio to a positive value, of all decades of `values`, which lie between
/// 1 and 10.
#[must_use]
pub fn nearest_of(values: &[f64], value: f64) -> f64 {
    let decade = value.log10().floor();
    let scale = 10f64.powf(decade);
    let mantissa = value / scale;
    let distance = |candidate: f64| (candidate / mantissa).ln().abs();
    let best = values
        .iter()
        .copied()
        .chain([10.0])
        .min_by(|a, b| distance(*a).total_cmp(&distance(*b)))
        .unwrap_or(mantissa);
    best * scale
}

fn coarse(k: i32) -> f64 {
    let tenths = (10.0 * 10f64.powf(f64::from(k) / 24.0)).round();
    let kept = match k {
        10..=16 => tenths + 1.0,
        22 => tenths - 1.0,
        _ => tenths,
    };
    kept / 10.0
}

fn fine(k: i32, count: i32) -> f64 {
    let hundredths = (100.0 * 10f64.powf(f64::from(k) / f64::from(count))).round();
    let kept = if (k, count) == (185, 192) { 920.0 } else { hundredths };
    kept / 100.0
}
