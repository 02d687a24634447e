//! What a volt and a second of a circuit mean to its network.

use std::collections::BTreeMap;

/// Scales of a realisation: state `h = v / state_volts`, input
/// `x = u / input_volts`, output `y = v / output_volts`, model time
/// `s = t / time_unit`. A deck states them as parameters of these names.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scales {
    /// V per unit of state.
    pub state_volts: f64,
    /// V per unit of input.
    pub input_volts: f64,
    /// V per unit of output.
    pub output_volts: f64,
    /// Seconds per model time unit.
    pub time_unit: f64,
}

impl Default for Scales {
    /// 1 V and 1 s.
    fn default() -> Self {
        Self { state_volts: 1.0, input_volts: 1.0, output_volts: 1.0, time_unit: 1.0 }
    }
}

impl Scales {
    /// The names of the parameters, in the order of the fields.
    pub const NAMES: [&'static str; 4] =
        ["state_volts", "input_volts", "output_volts", "time_unit"];

    /// A model time in seconds. Where a time unit is one over a whole number
    /// (a millisecond) the time is divided by it, so that 43 ms are 0.043 s and
    /// not 0.043000000000000003 s.
    #[must_use]
    pub fn seconds(&self, time: f64) -> f64 {
        let per_second = (1.0 / self.time_unit).round();
        if 1.0 / per_second == self.time_unit { time / per_second } else { time * self.time_unit }
    }

    /// The scales that the parameters of a deck state; 1 V and 1 s where a deck
    /// says nothing.
    #[must_use]
    pub fn from_params(params: &BTreeMap<String, f64>) -> Self {
        let [state_volts, input_volts, output_volts, time_unit] =
            Self::NAMES.map(|name| params.get(name).copied().unwrap_or(1.0));
        Self { state_volts, input_volts, output_volts, time_unit }
    }
}
