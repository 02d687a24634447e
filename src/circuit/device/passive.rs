//! Resistors, capacitors and inductors that have a model or depend on temperature.

use super::model::{Conditions, Parameter, Range, Values, parameter};

/// Coefficients of temperature, and what else the cards of all three have.
macro_rules! card {
    ($($more:expr),* $(,)?) => {
        const {
            &[
            parameter("tc1", 0.0, "1/K", Range::Any),
            parameter("tc2", 0.0, "1/K^2", Range::Any),
            parameter("temp", 27.0, "C", Range::Any),
            parameter("dtemp", 0.0, "K", Range::Any),
            parameter("m", 1.0, "", Range::Positive),
            parameter("scale", 1.0, "", Range::Any),
            $($more),*
            ]
        }
    };
}

/// Coefficients of temperature, and what else the models of all three have.
macro_rules! model {
    ($($more:expr),* $(,)?) => {
        const {
            &[
            parameter("tc1", 0.0, "1/K", Range::Any),
            parameter("tc2", 0.0, "1/K^2", Range::Any),
            parameter("tnom", 27.0, "C", Range::Any),
            $($more),*
            ]
        }
    };
}

const TCE: Parameter = parameter("tce", 0.0, "%/K", Range::Any);
const LENGTH: Parameter = parameter("l", 0.0, "m", Range::Positive);
const WIDTH: Parameter = parameter("w", 0.0, "m", Range::Positive);
const DEFAULT_WIDTH: Parameter = parameter("defw", 1e-5, "m", Range::Positive);
const NARROW: Parameter = parameter("narrow", 0.0, "m", Range::NotNegative);
const SHORT: Parameter = parameter("short", 0.0, "m", Range::NotNegative);

/// Parameters of the card of a lossless line.
pub const LINE: &[Parameter] = &[
    parameter("z0", 0.0, "ohm", Range::Positive),
    parameter("td", 0.0, "s", Range::Positive),
    parameter("f", 0.0, "Hz", Range::Positive),
    parameter("nl", 0.25, "", Range::Positive),
];

/// R, C or L.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passive {
    /// R
    Resistor,
    /// C
    Capacitor,
    /// L
    Inductor,
}

/// Whose words a model is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Types `r`, `c` and `l`: the model has a value of its own, or sheet values.
    Default,
    /// Types `res`, `cap` and `ind`: the model multiplies the value of the card.
    Multiplier,
}

impl Passive {
    /// The kind of model that the type `name` is for this element.
    #[must_use]
    pub fn manner(self, name: &str) -> Option<Manner> {
        let [default, multiplier] = self.types();
        match name {
            _ if name == default => Some(Manner::Default),
            _ if name == multiplier => Some(Manner::Multiplier),
            _ => None,
        }
    }

    /// The types of its models.
    #[must_use]
    pub fn types(self) -> [&'static str; 2] {
        match self {
            Self::Resistor => ["r", "res"],
            Self::Capacitor => ["c", "cap"],
            Self::Inductor => ["l", "ind"],
        }
    }

    /// Parameters of its cards.
    #[must_use]
    pub fn card_table(self) -> &'static [Parameter] {
        match self {
            Self::Resistor => card![TCE, LENGTH, WIDTH],
            Self::Capacitor => card![LENGTH, WIDTH],
            Self::Inductor => card![],
        }
    }

    /// Parameters of its models.
    #[must_use]
    pub fn model_table(self, manner: Manner) -> &'static [Parameter] {
        match (self, manner) {
            (Self::Resistor, Manner::Default) => model![
                TCE,
                parameter("r", 0.0, "ohm", Range::Any),
                parameter("rsh", 0.0, "ohm", Range::Positive),
                DEFAULT_WIDTH,
                parameter("defl", 1e-5, "m", Range::Positive),
                NARROW,
                SHORT,
            ],
            (Self::Capacitor, Manner::Default) => model![
                parameter("cap", 0.0, "F", Range::Any),
                parameter("cj", 0.0, "F/m^2", Range::NotNegative),
                parameter("cjsw", 0.0, "F/m", Range::NotNegative),
                DEFAULT_WIDTH,
                parameter("defl", 0.0, "m", Range::NotNegative),
                NARROW,
                SHORT,
            ],
            (Self::Inductor, Manner::Default) => {
                model![parameter("ind", 0.0, "H", Range::Any)]
            }
            (Self::Resistor, Manner::Multiplier) => {
                model![TCE, parameter("r", 1.0, "", Range::Any)]
            }
            (Self::Capacitor, Manner::Multiplier) => model![parameter("c", 1.0, "", Range::Any)],
            (Self::Inductor, Manner::Multiplier) => model![parameter("l", 1.0, "", Range::Any)],
        }
    }

    /// The value, ohm, F or H, that card and model say beside that of the card itself,
    /// at the nominal temperature.
    ///
    /// # Errors
    ///
    /// What is missing or impossible, in words.
    pub fn value(
        self,
        card: &Values,
        model: Option<(&Values, Manner)>,
        value: Option<f64>,
    ) -> Result<f64, String> {
        let multiplier = match self {
            Self::Resistor => "r",
            Self::Capacitor => "c",
            Self::Inductor => "l",
        };
        match (value, model) {
            (Some(value), Some((model, Manner::Multiplier))) => {
                Ok(value * model.number(multiplier))
            }
            (Some(value), _) => Ok(value),
            (None, Some((model, Manner::Default))) => self.of_model(card, model),
            (None, Some((_, Manner::Multiplier))) => {
                Err("its model multiplies a value, but the card has none".to_owned())
            }
            (None, None) => Err("it has neither a value nor a model".to_owned()),
        }
    }

    /// From the geometry, else the value of the model.
    fn of_model(self, card: &Values, model: &Values) -> Result<f64, String> {
        let (name, is_layer) = match self {
            Self::Resistor => ("r", model.has("rsh")),
            // As in ngspice, the sheet goes before `r`, and `cap` before the sheet.
            Self::Capacitor => ("cap", !model.has("cap") && (model.has("cj") || model.has("cjsw"))),
            Self::Inductor => ("ind", false),
        };
        if is_layer {
            let of = |own: &str, default: &str| {
                if card.has(own) { card.number(own) } else { model.number(default) }
            };
            // ngspice takes the loss of a resistor from both of its edges.
            let edges = if self == Self::Resistor { 2.0 } else { 1.0 };
            let length = of("l", "defl") - edges * model.number("short");
            let width = of("w", "defw") - edges * model.number("narrow");
            if !(length > 0.0 && width > 0.0) {
                return Err(format!("{length} m times {width} m are left of its length and width"));
            }
            return Ok(match self {
                Self::Resistor => model.number("rsh") * length / width,
                Self::Capacitor | Self::Inductor => {
                    model.number("cj") * length * width
                        + 2.0 * model.number("cjsw") * (length + width)
                }
            });
        }
        if model.has(name) {
            return Ok(model.number(name));
        }
        Err(match self {
            Self::Resistor => "neither it nor its model says `r`, or `rsh` with `l` and `w`",
            Self::Capacitor => "neither it nor its model says `cap`, or `cj` with `l` and `w`",
            Self::Inductor => "neither it nor its model says `ind`",
        }
        .to_owned())
    }

    /// What temperature, `scale` and `m` devices in parallel make of a value. Coefficients
    /// of the card go before those of the model.
    #[must_use]
    pub fn factor(self, card: &Values, model: Option<&Values>, conditions: Conditions) -> f64 {
        let none = Values::new(self.model_table(Manner::Multiplier));
        let model = model.unwrap_or(&none);
        let own = conditions.of(model, card);
        let warmer = own.temperature - own.nominal;
        let has = |name: &str| card.has(name) || model.has(name);
        let of = |name: &str| if card.has(name) { card.number(name) } else { model.number(name) };
        let factor = if self == Self::Resistor && has("tce") {
            1.01_f64.powf(warmer * of("tce"))
        } else {
            1.0 + warmer * (of("tc1") + warmer * of("tc2"))
        };
        let m = card.number("m");
        factor * card.number("scale") * if self == Self::Capacitor { m } else { 1.0 / m }
    }

    /// The temperature of the device where its card says one, K.
    #[must_use]
    pub fn temperature(self, card: &Values, conditions: Conditions) -> Option<f64> {
        let none = Values::new(self.model_table(Manner::Multiplier));
        (card.has("temp") || card.has("dtemp")).then(|| conditions.of(&none, card).temperature)
    }
}
