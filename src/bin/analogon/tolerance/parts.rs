//! What parts are, beside their values.

use analogon::equiv::tolerance::{ROOM, ToleranceOptions};

use crate::arguments::{number, share};

/// Properties of op-amps, wires and sigma.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Parts")]
pub(super) struct NonIdeal {
    /// Largest offset of an op-amp, volt
    #[arg(long, default_value = "0", value_parser = number, value_name = "VOLT")]
    offset: f64,

    /// Largest current into the inverting input of an op-amp, ampere
    #[arg(long, default_value = "0", value_parser = number, value_name = "AMPERE")]
    bias_current: f64,

    /// Open-loop gain of the op-amps [default: ideal, or 100000 with the options below]
    #[arg(long, value_parser = number, value_name = "GAIN")]
    gain: Option<f64>,

    /// Gain-bandwidth product of the op-amps, hertz [default: instant]
    #[arg(long, value_parser = number, value_name = "HERTZ")]
    gbw: Option<f64>,

    /// Slew rate of the op-amps, volt per second [default: unlimited]
    #[arg(long, value_parser = number, value_name = "V/S")]
    slew: Option<f64>,

    /// Output resistance of the op-amps, ohm
    #[arg(long, default_value = "0", value_parser = number, value_name = "OHM")]
    output_resistance: f64,

    /// Largest voltage of the op-amps, of either sign [default: unlimited]
    #[arg(long, value_parser = number, value_name = "VOLT")]
    rails: Option<f64>,

    /// Resistance of a wire of the crossbar between two crossings, ohm
    #[arg(long, default_value = "0", value_parser = number, value_name = "OHM")]
    wire: f64,

    /// Temperature, degrees Celsius; the voltage of sigma is that of a differential pair
    #[arg(long, default_value_t = ROOM, value_name = "CELSIUS", allow_negative_numbers = true)]
    temperature: f64,

    /// Largest temperature coefficient of resistors and capacitors, per kelvin
    #[arg(long, default_value = "0", value_parser = number, value_name = "1/K")]
    drift: f64,

    /// Add up the noise of resistors and of op-amps with this one at their inputs, volt per
    /// root of hertz
    #[arg(long, value_parser = number, value_name = "V/RTHZ")]
    noise: Option<f64>,

    /// Largest relative error of the height of sigma
    #[arg(long, default_value = "0", value_parser = share, value_name = "REL")]
    sigma: f64,
}

impl NonIdeal {
    /// The usual choices with these properties.
    pub(super) fn options(&self) -> ToleranceOptions {
        ToleranceOptions {
            offset: self.offset,
            bias_current: self.bias_current,
            gain: self.gain,
            gbw: self.gbw,
            slew: self.slew,
            output_resistance: self.output_resistance,
            rails: self.rails,
            wire: self.wire,
            celsius: self.temperature,
            drift: self.drift,
            noise: self.noise,
            sigma: self.sigma,
            ..ToleranceOptions::default()
        }
    }
}
