//! The components of a network, and what their values come to.
//!
//! Derivations: `docs/tolerance.md`. Names are those of the deck that
//! [`synthesise`](crate::equiv::synthesise()) writes.

mod amplifier;
mod assembly;
mod chain;
mod crossbar;
mod table;

use crate::{
    equiv::{
        Scales, SynthesisOptions,
        tolerance::{Model, ROOM, ToleranceOptions, effective::Effective, influence::Gradient},
    },
    rnn::{Rnn, random::Random},
    units::{Series, nearest_of},
};

use assembly::Assembly;
use chain::Chain;

pub(super) use amplifier::OpAmp;

/// A pair of rails: a value and its negative, which an inverter makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rail {
    State(usize),
    Input(usize),
}

/// An op-amp that sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Unit(usize),
    Output(usize),
    Inverter(Rail),
}

/// What a value does; indices from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Recurrent(usize, usize),
    Input(usize, usize),
    Bias(usize),
    Readout(usize, usize),
    ReadoutBias(usize),
    Leak(usize),
    Capacitance(usize),
    /// The height of sigma, relative.
    Height(usize),
    Inverted(Rail),
    Feedback(Stage),
    Offset(Stage),
    /// The current into the inverting input.
    Current(Stage),
    /// An element of a deck by its number; true for a resistor.
    Element(u32, bool),
}

/// A component.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    /// Its name in the deck; a parameter of an instance after a point.
    pub(super) name: String,
    pub(super) role: Role,
    /// As the network wants it: ohm, F, V, A, a weight, or 1.
    pub(super) ideal: f64,
    /// As it can be bought.
    pub(super) nominal: f64,
    /// Bound of its error: relative, of an offset in V, of a current in A.
    pub(super) spread: f64,
}

/// A network as a list of components.
pub(super) struct Board<'a> {
    pub(super) network: &'a Rnn,
    pub(super) model: Model,
    pub(super) parts: Vec<Part>,
    pub(super) scales: Scales,
    pub(super) synthesis: SynthesisOptions,
    pub(super) op_amp: OpAmp,
    /// Whether the outputs of op-amps lag behind or clip.
    lags: bool,
    /// Resistance of a wire from one crossing to the next, ohm.
    pub(super) wire: f64,
    /// The absolute temperature over that of the room.
    pub(super) warmth: f64,
}

impl<'a> Board<'a> {
    pub(super) fn new(network: &'a Rnn, options: &ToleranceOptions) -> Self {
        let synthesis = SynthesisOptions::default();
        let scales = crate::equiv::synthesise::scales(network, &synthesis);
        let mut parts = match options.model {
            Model::Weights => table::weights(network),
            Model::Circuit | Model::Deck => table::circuit(network, &scales, &synthesis),
        };
        if options.bias_current > 0.0 {
            table::add_currents(&mut parts);
        }
        buy(&mut parts, options);
        Self {
            network,
            model: options.model,
            parts,
            scales,
            synthesis,
            op_amp: OpAmp::of(options),
            lags: options.lags(),
            wire: options.wire,
            warmth: options.warmth(),
        }
    }

    /// The equation of the board with these values.
    pub(super) fn effective(&self, values: &[f64]) -> Effective {
        match self.model {
            Model::Weights => self.plain(values),
            Model::Circuit | Model::Deck => Assembly::new(self, values).effective(),
        }
    }

    /// The network with other weights.
    fn plain(&self, values: &[f64]) -> Effective {
        let mut effective = Effective::of(self.network);
        for (part, &value) in self.parts.iter().zip(values) {
            match part.role {
                Role::Recurrent(i, j) => effective.recurrent[(i, j)] = value,
                Role::Input(i, k) => effective.input[(i, k)] = value,
                Role::Bias(i) => effective.bias[i] = value,
                Role::Readout(k, j) => effective.readout[(k, j)] = value,
                Role::ReadoutBias(k) => effective.readout_bias[k] = value,
                Role::Leak(_)
                | Role::Capacitance(_)
                | Role::Height(_)
                | Role::Inverted(_)
                | Role::Feedback(_)
                | Role::Offset(_)
                | Role::Current(_)
                | Role::Element(..) => {}
            }
        }
        effective
    }

    /// The derivatives of what has that gradient, by relative errors and by volts.
    pub(super) fn slopes(&self, ideal: &Effective, gradient: &Gradient) -> Vec<f64> {
        let chain = Chain::new(self, ideal, gradient);
        self.parts.iter().map(|part| chain.slope(part)).collect()
    }
}

impl Role {
    /// Whether it is a resistor with a value of its own.
    fn is_resistor(self) -> bool {
        !matches!(
            self,
            Self::Capacitance(_)
                | Self::Height(_)
                | Self::Offset(_)
                | Self::Current(_)
                | Self::Element(_, false)
        )
    }
}

/// Gives parts the values they are sold with, and the bounds of their errors.
pub(super) fn buy(parts: &mut [Part], options: &ToleranceOptions) {
    let decade = options.series.map(Series::decade);
    for part in parts {
        part.spread = match part.role {
            Role::Offset(_) => options.offset,
            Role::Current(_) => options.bias_current,
            Role::Height(_) => options.sigma,
            _ => options.tolerance,
        };
        if let (Some(decade), true) = (&decade, part.role.is_resistor()) {
            part.nominal = nearest_of(decade, part.ideal);
        }
    }
}

/// The values of one draw, which seed and number alone decide.
pub(super) fn draw(parts: &[Part], options: &ToleranceOptions, number: u64) -> Vec<f64> {
    let mut random = Random::stream(options.seed, number);
    let drift = options.drift * (options.celsius - ROOM);
    let value = |part: &Part| {
        let error = part.spread * options.distribution.sample(&mut random);
        match part.role {
            Role::Offset(_) | Role::Current(_) => part.nominal + error,
            Role::Height(_) => part.nominal * (1.0 + error),
            _ if drift == 0.0 => part.nominal * (1.0 + error),
            _ => {
                let drift = drift * options.distribution.sample(&mut random);
                part.nominal * (1.0 + error) * (1.0 + drift)
            }
        }
    };
    parts.iter().map(value).collect()
}
