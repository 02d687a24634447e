//! Semiconductor devices and switches: laws of the voltages across their ports.
//!
//! A device has terminals: those of its card and some inside it, behind series
//! resistances. Its law reads the voltages of ports, each between two terminals,
//! and gives the currents and charges of branches between terminals, with their
//! derivatives. What leaves a branch enters another, so that Kirchhoff's laws
//! hold whatever the law says.

mod bipolar;
mod diode;
mod dual;
mod jfet;
mod junction;
mod model;
mod mosfet;
mod passive;
mod shape;
mod switch;

pub use bipolar::Bipolar;
pub use diode::Diode;
pub use jfet::Jfet;
pub use junction::{REFERENCE, thermal_voltage};
pub use model::{Conditions, Parameter, Range, Values};
pub use mosfet::Mosfet;
pub use passive::{LINE, Manner, Passive};
pub use shape::{Branch, Flow, Shape};
pub use switch::Switch;

/// Kinds of devices, as the types of models say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// D
    Diode,
    /// NPN
    Npn,
    /// PNP
    Pnp,
    /// NMOS
    Nmos,
    /// PMOS
    Pmos,
    /// NJF
    Njf,
    /// PJF
    Pjf,
    /// SW
    VoltageSwitch,
    /// CSW
    CurrentSwitch,
}

impl Family {
    /// Parameters of its models.
    #[must_use]
    pub fn model_table(self) -> &'static [Parameter] {
        match self {
            Self::Diode => diode::MODEL,
            Self::Npn | Self::Pnp => bipolar::MODEL,
            Self::Nmos | Self::Pmos => mosfet::MODEL,
            Self::Njf | Self::Pjf => jfet::MODEL,
            Self::VoltageSwitch => switch::VOLTAGE_MODEL,
            Self::CurrentSwitch => switch::CURRENT_MODEL,
        }
    }

    /// Parameters of its cards.
    #[must_use]
    pub fn card_table(self) -> &'static [Parameter] {
        match self {
            Self::Diode => diode::INSTANCE,
            Self::Npn | Self::Pnp => bipolar::INSTANCE,
            Self::Nmos | Self::Pmos => mosfet::INSTANCE,
            Self::Njf | Self::Pjf => jfet::INSTANCE,
            Self::VoltageSwitch | Self::CurrentSwitch => &[],
        }
    }

    /// The levels of its models.
    #[must_use]
    pub fn levels(self) -> &'static [f64] {
        match self {
            Self::Nmos | Self::Pmos => mosfet::LEVELS,
            Self::Diode
            | Self::Npn
            | Self::Pnp
            | Self::Njf
            | Self::Pjf
            | Self::VoltageSwitch
            | Self::CurrentSwitch => &[1.0],
        }
    }

    /// Voltages that `ic=` may give.
    #[must_use]
    pub fn initial_voltages(self) -> usize {
        match self {
            Self::Diode => 1,
            Self::Npn | Self::Pnp | Self::Njf | Self::Pjf => 2,
            Self::Nmos | Self::Pmos => 3,
            Self::VoltageSwitch | Self::CurrentSwitch => 0,
        }
    }
}

/// A device at its temperature.
#[derive(Clone, Debug, PartialEq)]
pub enum Device {
    /// D
    Diode(Diode),
    /// Q
    Bipolar(Bipolar),
    /// M
    Mosfet(Box<Mosfet>),
    /// J
    Jfet(Jfet),
    /// S or W
    Switch(Switch),
}

/// A noise current through a branch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// Which of [`Shape::branches`].
    pub branch: usize,
    /// Spectral density that does not depend on the frequency, A^2/Hz, one-sided.
    pub white: f64,
    /// Flicker noise: density times frequency, A^2.
    pub flicker: f64,
}

impl Noise {
    /// Shot noise of the current `i`, and flicker noise `factor * |i|^exponent`.
    fn junction(branch: usize, i: f64, (factor, exponent): (f64, f64)) -> Self {
        let white = 2.0 * junction::ELEMENTARY_CHARGE * i.abs();
        let flicker = if factor > 0.0 { factor * i.abs().powf(exponent) } else { 0.0 };
        Self { branch, white, flicker }
    }

    /// Thermal noise of a conductance.
    fn thermal(branch: usize, conductance: f64, kelvin: f64) -> Self {
        let energy = thermal_voltage(kelvin) * junction::ELEMENTARY_CHARGE;
        Self { branch, white: 4.0 * energy * conductance, flicker: 0.0 }
    }
}

impl Device {
    /// The device of a model and a card.
    ///
    /// # Errors
    ///
    /// Parameters that contradict each other, in words.
    pub fn new(
        family: Family,
        model: &Values,
        instance: &Values,
        conditions: Conditions,
    ) -> Result<Self, String> {
        let polarity = match family {
            Family::Pnp | Family::Pmos | Family::Pjf => -1.0,
            Family::Diode
            | Family::Npn
            | Family::Nmos
            | Family::Njf
            | Family::VoltageSwitch
            | Family::CurrentSwitch => 1.0,
        };
        Ok(match family {
            Family::Diode => Self::Diode(Diode::new(model, instance, conditions)),
            Family::Npn | Family::Pnp => {
                Self::Bipolar(Bipolar::new(polarity, model, instance, conditions))
            }
            Family::Nmos | Family::Pmos => {
                Self::Mosfet(Box::new(Mosfet::new(polarity, model, instance, conditions)?))
            }
            Family::Njf | Family::Pjf => {
                Self::Jfet(Jfet::new(polarity, model, instance, conditions))
            }
            Family::VoltageSwitch => Self::Switch(Switch::new(false, model, conditions)),
            Family::CurrentSwitch => Self::Switch(Switch::new(true, model, conditions)),
        })
    }

    /// Terminals outside.
    #[must_use]
    pub fn terminals(&self) -> usize {
        match self {
            Self::Diode(_) => 2,
            Self::Jfet(_) => 3,
            Self::Switch(switch) => {
                if switch.is_current_controlled {
                    2
                } else {
                    4
                }
            }
            Self::Bipolar(_) | Self::Mosfet(_) => 4,
        }
    }

    /// Puts the voltages of `ic=`, in the order of the card, into the ports.
    pub fn start(&self, given: &[f64], ports: &mut [f64]) {
        match (self, given) {
            (Self::Diode(_), [v, ..]) => ports[0] = *v,
            (Self::Bipolar(_), [vbe, rest @ ..]) => {
                ports[0] = *vbe;
                ports[1] = vbe - rest.first().unwrap_or(&0.0);
                ports[3] = ports[1];
            }
            (Self::Mosfet(_) | Self::Jfet(_), [vds, rest @ ..]) => {
                ports[1] = *vds;
                ports[0] = rest.first().copied().unwrap_or(0.0);
                if let (Self::Mosfet(_), [_, vbs, ..]) = (self, rest) {
                    ports[2] = *vbs;
                }
            }
            _ => {}
        }
    }

    /// How it is connected inside.
    #[must_use]
    pub fn shape(&self) -> &'static Shape {
        match self {
            Self::Diode(_) => &diode::SHAPE,
            Self::Bipolar(_) => &bipolar::SHAPE,
            Self::Mosfet(_) => &mosfet::SHAPE,
            Self::Jfet(_) => &jfet::SHAPE,
            Self::Switch(switch) if switch.is_current_controlled => &switch::CURRENT_SHAPE,
            Self::Switch(_) => &switch::VOLTAGE_SHAPE,
        }
    }

    /// 1, or -1 where all voltages and currents have the other sign: PNP and
    /// P-channel devices. Ports and branches below are those of the device with
    /// its sign taken out.
    #[must_use]
    pub fn polarity(&self) -> f64 {
        match self {
            Self::Diode(_) | Self::Switch(_) => 1.0,
            Self::Bipolar(bipolar) => bipolar.polarity,
            Self::Mosfet(mosfet) => mosfet.polarity,
            Self::Jfet(jfet) => jfet.polarity,
        }
    }

    /// For each terminal inside, the terminal it is one with where its series
    /// resistance is 0; `None` where it is a node of its own.
    #[must_use]
    pub fn merged(&self) -> Vec<Option<u8>> {
        let unless = |conductance: f64, terminal| (conductance == 0.0).then_some(terminal);
        match self {
            Self::Diode(diode) => vec![unless(diode.series, 0)],
            Self::Bipolar(bipolar) => vec![
                unless(bipolar.collector_series, 0),
                (!bipolar.has_base()).then_some(1),
                unless(bipolar.emitter_series, 2),
            ],
            Self::Mosfet(mosfet) => {
                vec![unless(mosfet.drain_series, 0), unless(mosfet.source_series, 2)]
            }
            Self::Jfet(jfet) => vec![unless(jfet.drain_series, 0), unless(jfet.source_series, 2)],
            Self::Switch(_) => Vec::new(),
        }
    }

    /// Currents and charges at the voltages of the ports, with derivatives, into
    /// `flow`, which is zero. `is_on` is the state of a switch.
    pub fn evaluate(&self, ports: &[f64], is_on: bool, flow: &mut Flow<'_>) {
        match self {
            Self::Diode(diode) => diode.evaluate(ports, flow),
            Self::Bipolar(bipolar) => bipolar.evaluate(ports, flow),
            Self::Mosfet(mosfet) => mosfet.evaluate(ports, flow),
            Self::Jfet(jfet) => jfet.evaluate(ports, flow),
            Self::Switch(switch) => switch.evaluate(ports, is_on, flow),
        }
    }

    /// Voltages of the limited ports that a search for an operating point begins
    /// with: where currents start to flow.
    pub fn first(&self, ports: &mut [f64]) {
        match self {
            Self::Diode(diode) => ports[0] = diode.first(),
            Self::Bipolar(bipolar) => bipolar.first(ports),
            Self::Mosfet(mosfet) => mosfet.first(ports),
            Self::Jfet(_) => Jfet::first(ports),
            Self::Switch(_) => {}
        }
    }

    /// Shortens a Newton step of the limited ports from `old` to `new`; true where
    /// it was too long.
    pub fn limit(&self, old: &[f64], new: &mut [f64]) -> bool {
        match self {
            Self::Diode(diode) => diode.limit(old[0], &mut new[0]),
            Self::Bipolar(bipolar) => bipolar.limit(old, new),
            Self::Mosfet(mosfet) => mosfet.limit(old, new),
            Self::Jfet(jfet) => jfet.limit(old, new),
            Self::Switch(_) => false,
        }
    }

    /// Noise currents at the voltages of the ports.
    #[must_use]
    pub fn noise(&self, ports: &[f64], is_on: bool) -> Vec<Noise> {
        match self {
            Self::Diode(diode) => diode.noise(ports),
            Self::Bipolar(bipolar) => bipolar.noise(ports),
            Self::Mosfet(mosfet) => mosfet.noise(ports),
            Self::Jfet(jfet) => jfet.noise(ports),
            Self::Switch(switch) => switch.noise(is_on),
        }
    }

    /// The switch that it is, if it is one.
    #[must_use]
    pub fn switch(&self) -> Option<&Switch> {
        match self {
            Self::Switch(switch) => Some(switch),
            Self::Diode(_) | Self::Bipolar(_) | Self::Mosfet(_) | Self::Jfet(_) => None,
        }
    }
}
