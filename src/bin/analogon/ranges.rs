//! Ranges of components as arguments.

use analogon::equiv::{Stock, properties::PropertyOptions};

use crate::arguments::positive;

/// Least and largest value, positive.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Range(pub(crate) [f64; 2]);

/// What components and rails there are.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct PartArgs {
    /// Resistors that there are, ohm, as 1k:10M (M is 10^6 here) [default: 1k:10M]
    #[arg(long, value_parser = range, value_name = "LOW:HIGH")]
    pub(crate) resistors: Option<Range>,

    /// Capacitors that there are, farad [default: 10p:10u]
    #[arg(long, value_parser = range, value_name = "LOW:HIGH")]
    pub(crate) capacitors: Option<Range>,

    /// Voltage that the op-amps reach in both directions
    #[arg(long, value_parser = positive, value_name = "VOLTS")]
    pub(crate) rails: Option<f64>,
}

impl PartArgs {
    /// What the properties of a circuit are judged by.
    pub(crate) fn properties(&self) -> PropertyOptions {
        PropertyOptions { stock: self.stock(), ..PropertyOptions::default() }
    }

    /// What there is to build of.
    pub(crate) fn stock(&self) -> Stock {
        let default = Stock::default();
        Stock {
            resistors: self.resistors.map_or(default.resistors, |r| r.0),
            capacitors: self.capacitors.map_or(default.capacitors, |r| r.0),
            rails: self.rails,
            ..default
        }
    }

    /// Whether anything is said.
    pub(crate) fn is_said(&self) -> bool {
        self.resistors.is_some() || self.capacitors.is_some() || self.rails.is_some()
    }
}

/// `1k:10M`. A range of components is no place for a milliohm, so M is mega, as it
/// stands on a resistor, and m is milli.
fn range(text: &str) -> Result<Range, String> {
    let (low, high) =
        text.split_once(':').ok_or("a range is two numbers with a colon, as 1k:10M")?;
    let range = [value(low)?, value(high)?];
    if !(range[0] <= range[1]) {
        return Err(format!("the range is empty: {low} is more than {high}"));
    }
    Ok(Range(range))
}

fn value(text: &str) -> Result<f64, String> {
    let text = text.trim();
    match text.strip_suffix('M') {
        Some(number) => positive(number).map(|value| value * 1e6),
        None => positive(text),
    }
}
