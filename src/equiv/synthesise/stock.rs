//! What there is to build a circuit of.

/// Ranges of components, and what an op-amp delivers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stock {
    /// Least and largest resistance, ohm.
    pub resistors: [f64; 2],
    /// Least and largest capacitance, F.
    pub capacitors: [f64; 2],
    /// What the output of an op-amp reaches in both directions, V; `None` where nothing
    /// is said.
    pub rails: Option<f64>,
    /// What the output of an op-amp delivers, A.
    pub amperes: f64,
}

impl Stock {
    /// The parameter by which a deck states the voltage of its rails.
    pub const RAILS: &'static str = "rail_volts";
}

impl Default for Stock {
    /// Resistors of a signal circuit, capacitors without polarity, and 10 mA.
    fn default() -> Self {
        Self { resistors: [1e3, 1e7], capacitors: [1e-11, 1e-5], rails: None, amperes: 1e-2 }
    }
}
