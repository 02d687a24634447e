//! Parameters of models: names, defaults, units and what values they may have.

use std::collections::BTreeMap;

use super::junction::{REFERENCE, ZERO_CELSIUS, thermal_voltage};

/// What values a parameter may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// Any finite number.
    Any,
    /// 0 or more.
    NotNegative,
    /// More than 0.
    Positive,
    /// 0 or more and less than 1.
    Fraction,
    /// 0 to 1.
    Share,
    /// 0: what other values mean is not supported.
    Zero,
}

/// A parameter of a kind of model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    /// Name, in lower case.
    pub name: &'static str,
    /// Value where no card gives one.
    pub default: f64,
    /// Unit, empty for none.
    pub unit: &'static str,
    /// What it may be.
    pub range: Range,
}

/// A parameter for a table.
pub(super) const fn parameter(
    name: &'static str,
    default: f64,
    unit: &'static str,
    range: Range,
) -> Parameter {
    Parameter { name, default, unit, range }
}

impl Range {
    /// What is wrong with `value`; `None` where nothing is.
    #[must_use]
    pub fn fault(self, value: f64) -> Option<&'static str> {
        let (holds, rule) = match self {
            Self::Zero => (value == 0.0, "only 0 is supported"),
            Self::Any => (value.is_finite(), "it must be a finite number"),
            Self::NotNegative => (value >= 0.0, "it must not be negative"),
            Self::Positive => (value > 0.0, "it must be positive"),
            Self::Share => ((0.0..=1.0).contains(&value), "it must lie between 0 and 1"),
            Self::Fraction => ((0.0..1.0).contains(&value), "it must be 0 or more and less than 1"),
        };
        (!holds).then_some(rule)
    }
}

/// Values given on a card, for a table of parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    table: &'static [Parameter],
    given: BTreeMap<&'static str, f64>,
}

impl Values {
    /// Nothing given.
    #[must_use]
    pub fn new(table: &'static [Parameter]) -> Self {
        Self { table, given: BTreeMap::new() }
    }

    /// The parameters there are.
    #[must_use]
    pub fn table(&self) -> &'static [Parameter] {
        self.table
    }

    /// The parameter of that name, in lower case.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        self.table.iter().find(|p| p.name == name)
    }

    /// Gives `parameter`, which is one of the table, a value.
    pub fn give(&mut self, parameter: &'static Parameter, value: f64) {
        self.given.insert(parameter.name, value);
    }

    /// True where a card gives a value.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.given.contains_key(name)
    }

    /// The value given, else the default.
    ///
    /// # Panics
    ///
    /// If the table has no such parameter.
    #[must_use]
    pub fn number(&self, name: &str) -> f64 {
        self.given.get(name).copied().unwrap_or_else(|| {
            self.parameter(name)
                .expect("invariant: laws read parameters of their own table")
                .default
        })
    }

    /// The reciprocal of a value for which 0 means infinite.
    pub(super) fn inverse(&self, name: &str) -> f64 {
        let value = self.number(name);
        if value == 0.0 { 0.0 } else { 1.0 / value }
    }
}

/// What holds for all devices of a circuit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conditions {
    /// Temperature, K.
    pub temperature: f64,
    /// Temperature that parameters hold at where their model does not say, K.
    pub nominal: f64,
    /// Conductance in parallel to each junction, S.
    pub gmin: f64,
}

impl Default for Conditions {
    fn default() -> Self {
        Self { temperature: REFERENCE, nominal: REFERENCE, gmin: 1e-12 }
    }
}

impl Conditions {
    /// Those of one device: `temp` of the card replaces the temperature, `dtemp`
    /// adds to it, `tnom` of the model replaces the nominal one. Degrees Celsius.
    pub(super) fn of(self, model: &Values, instance: &Values) -> Self {
        let mut own = self;
        if instance.has("temp") {
            own.temperature = instance.number("temp") + ZERO_CELSIUS;
        } else {
            own.temperature += instance.number("dtemp");
        }
        if model.has("tnom") {
            own.nominal = model.number("tnom") + ZERO_CELSIUS;
        }
        own
    }

    /// V
    pub(super) fn thermal_voltage(self) -> f64 {
        thermal_voltage(self.temperature)
    }
}

/// Whether a resistance is there: 0 ohm are none.
pub(super) fn conductance(ohms: f64) -> f64 {
    if ohms > 0.0 { 1.0 / ohms } else { 0.0 }
}
