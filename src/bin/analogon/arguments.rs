//! Numbers and series as arguments.

use analogon::units::{Series, parse_number};
use clap::ValueEnum;

/// Series of preferred values.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum SeriesName {
    E12,
    E24,
    E48,
    E96,
    E192,
}

impl From<SeriesName> for Series {
    fn from(name: SeriesName) -> Self {
        match name {
            SeriesName::E12 => Self::E12,
            SeriesName::E24 => Self::E24,
            SeriesName::E48 => Self::E48,
            SeriesName::E96 => Self::E96,
            SeriesName::E192 => Self::E192,
        }
    }
}

/// A number with an optional scale, such as `10k`.
pub(crate) fn number(text: &str) -> Result<f64, String> {
    parse_number(text).map_err(|error| error.to_string())
}

/// A relative number, in percent or not.
pub(crate) fn share(text: &str) -> Result<f64, String> {
    let (text, unit) = text.strip_suffix('%').map_or((text, 1.0), |text| (text, 0.01));
    Ok(number(text.trim())? * unit)
}

/// A number that is not negative.
pub(crate) fn not_negative(text: &str) -> Result<f64, String> {
    match number(text)? {
        value if value >= 0.0 => Ok(value),
        _ => Err("it must not be negative".to_owned()),
    }
}

/// A number that is positive and finite.
pub(crate) fn positive(text: &str) -> Result<f64, String> {
    let value = number(text)?;
    if value > 0.0 && value.is_finite() {
        return Ok(value);
    }
    Err(format!("it must be positive, not {text}"))
}
