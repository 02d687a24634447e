//! The choices of a study.

use crate::{
    equiv::tolerance::{Distribution, Model, Time, ToleranceError},
    units::Series,
};

/// The temperature at which components have the values they are sold as, degrees Celsius.
pub const ROOM: f64 = 27.0;
/// 0 degrees Celsius, K.
const ZERO: f64 = 273.15;
/// Open-loop gain where it is not given and something else of the op-amps is.
const USUAL_GAIN: f64 = 1e5;
/// Gain-bandwidth product where it is not given and a slew rate is, Hz.
const USUAL_GBW: f64 = 1e6;

/// Choices of a study.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct ToleranceOptions {
    /// What the errors are errors of.
    pub model: Model,
    /// How time passes.
    pub time: Time,
    /// Bound of the relative error of a weight, a resistor or a capacitor, below 1.
    pub tolerance: f64,
    /// How errors are distributed.
    pub distribution: Distribution,
    /// The series that resistors are bought from; `None` for exact ones.
    pub series: Option<Series>,
    /// Bound of the offset of an op-amp, V.
    pub offset: f64,
    /// Bound of the current into the inverting input of an op-amp, A.
    pub bias_current: f64,
    /// Open-loop gain of the op-amps; `None` for ideal ones, and for 100000 where another
    /// property of them is asked for that needs one.
    pub gain: Option<f64>,
    /// Gain-bandwidth product of the op-amps, Hz; `None` for instant ones, and for 1 MHz
    /// where a slew rate is given.
    pub gbw: Option<f64>,
    /// Slew rate of the op-amps, V/s.
    pub slew: Option<f64>,
    /// Resistance inside the feedback at the output of the op-amps, ohm.
    pub output_resistance: f64,
    /// Largest voltage at the output of an op-amp, V, of either sign.
    pub rails: Option<f64>,
    /// Resistance of a wire of the crossbar from one crossing to the next, ohm.
    pub wire: f64,
    /// Temperature, degrees Celsius; that of [`ROOM`] changes nothing. Sigma is that of
    /// a differential pair: its voltage grows with the absolute temperature.
    pub celsius: f64,
    /// Bound of the temperature coefficient of a resistor or capacitor, 1/K.
    pub drift: f64,
    /// Input noise of the op-amps, V per root of Hz; `None` where noise is not asked for.
    pub noise: Option<f64>,
    /// Bound of the relative error of the height of sigma, below 1.
    pub sigma: f64,
    /// Number of draws, from 1 to a million.
    pub draws: usize,
    /// Seed of the draws: draw k depends on it and on k alone.
    pub seed: u64,
    /// Largest deviation of an output with which a draw passes; `None` where the
    /// decisions alone count.
    pub within: Option<f64>,
}

impl Default for ToleranceOptions {
    fn default() -> Self {
        Self {
            model: Model::Circuit,
            time: Time::Flow,
            tolerance: 0.01,
            distribution: Distribution::Uniform,
            series: None,
            offset: 0.0,
            bias_current: 0.0,
            gain: None,
            gbw: None,
            slew: None,
            output_resistance: 0.0,
            rails: None,
            wire: 0.0,
            celsius: ROOM,
            drift: 0.0,
            noise: None,
            sigma: 0.0,
            draws: 1000,
            seed: 1,
            within: None,
        }
    }
}

impl ToleranceOptions {
    pub(super) fn check(&self) -> Result<(), ToleranceError> {
        let share = "a number from 0 to below 1";
        let positive = "a positive number";
        let at_least_zero = |value: f64| value >= 0.0 && value.is_finite();
        let above_zero = |value: Option<f64>| value.is_none_or(|v| v > 0.0 && v.is_finite());
        let in_share = |value: f64| (0.0..1.0).contains(&value);
        let number =
            |name, value: f64, expected| (name, Some(value), at_least_zero(value), expected);
        let perhaps =
            |name, value: Option<f64>, expected| (name, value, above_zero(value), expected);
        let kelvin = self.celsius + ZERO;
        let ranges = [
            ("tolerance", Some(self.tolerance), in_share(self.tolerance), share),
            ("mismatch of sigma", Some(self.sigma), in_share(self.sigma), share),
            number("offset", self.offset, "a number of volts, 0 or more"),
            number("bias current", self.bias_current, "a number of amperes, 0 or more"),
            number("output resistance", self.output_resistance, "a number of ohms, 0 or more"),
            number("wire resistance", self.wire, "a number of ohms, 0 or more"),
            perhaps("gain", self.gain, positive),
            perhaps("gain-bandwidth product", self.gbw, "a positive number of hertz"),
            perhaps("slew rate", self.slew, "a positive number of volts per second"),
            perhaps("voltage of the rails", self.rails, "a positive number of volts"),
            ("noise", self.noise, self.noise.is_none_or(at_least_zero), "0 or more"),
            (
                "temperature",
                Some(self.celsius),
                kelvin > 0.0 && kelvin.is_finite(),
                "degrees Celsius above -273.15",
            ),
            (
                "temperature coefficient",
                Some(self.drift),
                self.drift >= 0.0 && self.drift * (self.celsius - ROOM).abs() < 1.0,
                "0 or more, and less than 1 in all over the change of temperature",
            ),
            perhaps("allowed deviation", self.within, positive),
            (
                "number of draws",
                Some(self.draws as f64),
                (1..=1_000_000).contains(&self.draws),
                "1 to 1000000",
            ),
        ];
        if let Some((name, value, _, expected)) = ranges.into_iter().find(|(.., fine, _)| !fine) {
            return Err(ToleranceError::Option { name, value: value.unwrap_or(0.0), expected });
        }
        self.check_model()
    }

    /// That nothing is asked for that the model has not.
    fn check_model(&self) -> Result<(), ToleranceError> {
        let of_time = self.in_time();
        let circuit = [
            ("offset", self.offset > 0.0),
            ("bias current", self.bias_current > 0.0),
            ("gain", self.gain.is_some()),
            ("output resistance", self.output_resistance > 0.0),
            ("wire resistance", self.wire > 0.0),
            ("temperature", self.warmth() != 1.0),
            ("temperature coefficient", self.drift > 0.0),
            ("mismatch of sigma", self.sigma > 0.0),
        ];
        let asked = circuit.into_iter().chain(of_time).find(|(_, asked)| *asked);
        match (self.model, self.series, asked) {
            (Model::Weights, Some(_), _) => {
                return Err(ToleranceError::NoCircuit { name: "series" });
            }
            (Model::Weights, None, Some((name, _))) => {
                return Err(ToleranceError::NoCircuit { name });
            }
            (Model::Deck, _, Some((name, _))) => {
                return Err(ToleranceError::NoRealisation { name });
            }
            _ => {}
        }
        match of_time.into_iter().find(|(_, asked)| *asked && self.time == Time::Map) {
            Some((name, _)) => Err(ToleranceError::NoFlow { name }),
            None => Ok(()),
        }
    }

    fn in_time(&self) -> [(&'static str, bool); 4] {
        [
            ("gain-bandwidth product", self.gbw.is_some()),
            ("slew rate", self.slew.is_some()),
            ("voltage of the rails", self.rails.is_some()),
            ("noise", self.noise.is_some()),
        ]
    }

    /// Whether op-amps have outputs of their own, which lag behind or clip.
    pub(super) fn lags(&self) -> bool {
        self.gbw.is_some() || self.slew.is_some() || self.rails.is_some()
    }

    /// The open-loop gain in use.
    pub(super) fn gain_used(&self) -> Option<f64> {
        let needed = self.lags() || self.output_resistance > 0.0;
        self.gain.or(needed.then_some(USUAL_GAIN))
    }

    /// The gain-bandwidth product in use, Hz.
    pub(super) fn gbw_used(&self) -> Option<f64> {
        self.gbw.or(self.slew.map(|_| USUAL_GBW))
    }

    /// The absolute temperature over that of the room.
    pub(super) fn warmth(&self) -> f64 {
        (self.celsius + ZERO) / (ROOM + ZERO)
    }

    /// Absolute temperature, K.
    pub(super) fn kelvin(&self) -> f64 {
        self.celsius + ZERO
    }
}
