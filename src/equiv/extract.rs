//! From a reduced circuit back to a network.

mod model;

use crate::{
    dae::{Coefficient, Lure},
    equiv::{Identified, Scales, identify},
    rnn::{Activation, Form, Rnn, RnnError},
};

use model::Model;

/// A coefficient that should be one and is not by more than this stops an
/// extraction: the circuit is then no network on its declared scales.
const GAIN_TOLERANCE: f64 = 0.5;

/// What a reduced circuit turns out to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Extracted {
    /// The network, in model units.
    pub network: Rnn,
    /// The nonlinearity of each unit.
    pub nonlinearities: Vec<Identified>,
    /// The factor in front of sigma (form A) or of u inside sigma (form B) of each
    /// unit: 1 where the circuit agrees with its scales.
    pub gains: Vec<f64>,
    /// Names of the states, in the order of the units.
    pub states: Vec<String>,
    /// Names of the nonlinear elements, in the order of the units.
    pub elements: Vec<String>,
    /// Names of the inputs.
    pub inputs: Vec<String>,
    /// Names of the outputs.
    pub outputs: Vec<String>,
    /// Which component of phi belongs to each unit.
    pub phi: Vec<usize>,
    /// The scales used.
    pub scales: Scales,
}

/// Why a reduced circuit is no network.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Obstacle {
    /// It has no states.
    #[error("it has no capacitor or inductor, so it has no state")]
    NoState,
    /// It has no nonlinearity.
    #[error("it has no nonlinear element: it is a linear system, dx/dt = A x + E u + x0")]
    Linear,
    /// States and nonlinearities cannot be paired.
    #[error("{what}")]
    Structure {
        /// What is wrong.
        what: String,
    },
    /// A nonlinearity is none of the known activations.
    #[error("the law of `{element}` is no known activation ({detail})")]
    Activation {
        /// The element.
        element: String,
        /// What is wrong.
        detail: String,
    },
    /// The units have several activations.
    #[error(
        "`{first}` is {first_activation}, `{second}` is {second_activation}: the units of a network share one activation"
    )]
    Mixed {
        /// An element.
        first: String,
        /// Its activation.
        first_activation: Activation,
        /// Another element.
        second: String,
        /// Its activation.
        second_activation: Activation,
    },
    /// The parts are no network.
    #[error("{0}")]
    Parts(#[from] RnnError),
}

/// Reads the network off `lure`, in SI units, on the given scales.
///
/// Form A needs a diagonal A with negative entries, every nonlinearity driving
/// one state of its own, and no other way into the states; form B every control
/// being one state of its own. A circuit that is both is read as form A.
///
/// # Errors
///
/// [`Obstacle`] names the first property that fails.
pub fn extract(lure: &Lure, scales: &Scales) -> Result<Extracted, Obstacle> {
    let sizes = lure.sizes();
    if sizes.states == 0 {
        return Err(Obstacle::NoState);
    }
    if sizes.nonlinearities == 0 {
        return Err(Obstacle::Linear);
    }
    let (form, phi) = pairing(lure)?;
    let found = activations(lure, &phi)?;
    let names = lure.parts();
    let kept: Vec<usize> =
        (0..names.outputs.len()).filter(|&o| !names.states.contains(&names.outputs[o])).collect();
    let model = Model::new((lure, &kept), form, &phi, found, scales);
    let gains = model.gains();
    for (unit, gain) in gains.iter().enumerate() {
        if (gain - 1.0).abs() >= GAIN_TOLERANCE || gain.is_nan() {
            return Err(structure(format!(
                "the gain of `{}` at state `{}` is {gain:.6} instead of 1: the scales of the deck do not fit",
                lure.parts().phi[phi[unit]].name,
                lure.parts().states[unit]
            )));
        }
    }
    let network = Rnn::new(model.parts())?;
    Ok(Extracted {
        network,
        nonlinearities: model.found,
        gains,
        states: names.states.clone(),
        elements: phi.iter().map(|&p| names.phi[p].name.clone()).collect(),
        inputs: names.inputs.clone(),
        outputs: kept.iter().map(|&o| names.outputs[o].clone()).collect(),
        phi,
        scales: *scales,
    })
}

/// The names and scales of a circuit without nonlinear elements, which was found
/// to be `network`, whose activation is linear.
#[must_use]
pub fn linear_extraction(lure: &Lure, scales: &Scales, network: &Rnn) -> Extracted {
    let names = lure.parts();
    Extracted {
        network: network.clone(),
        nonlinearities: Vec::new(),
        gains: vec![1.0; network.units()],
        states: names.states.clone(),
        elements: Vec::new(),
        inputs: names.inputs.clone(),
        outputs: names.outputs.clone(),
        phi: Vec::new(),
        scales: *scales,
    }
}

fn structure(what: impl Into<String>) -> Obstacle {
    Obstacle::Structure { what: what.into() }
}

/// Entries of a matrix as (row, column, value).
pub(super) fn entries(
    lure: &Lure,
    coefficient: Coefficient,
) -> impl Iterator<Item = (usize, usize, f64)> {
    lure.matrix(coefficient).iter().map(|(&value, (row, column))| (row, column, value))
}

/// The form, and the component of phi that belongs to each state.
type Pairing = (Form, Vec<usize>);

fn pairing(lure: &Lure) -> Result<Pairing, Obstacle> {
    let names = lure.parts();
    if let Some(block) = names.phi.iter().find(|b| b.controls.len() != 1) {
        return Err(structure(format!(
            "`{}` depends on {} quantities; the activation of a unit depends on one",
            block.name,
            block.controls.len()
        )));
    }
    for (row, column, _) in entries(lure, Coefficient::A) {
        if row != column {
            return Err(structure(format!(
                "states `{}` and `{}` are coupled without a nonlinearity in between",
                names.states[row], names.states[column]
            )));
        }
    }
    if let Some((row, column, _)) = entries(lure, Coefficient::D).next() {
        return Err(structure(format!(
            "`{}` acts on `{}` without a state in between",
            names.phi[column].name, names.phi[row].name
        )));
    }
    let as_a = one_to_one(lure, Coefficient::B, false);
    let as_b = one_to_one(lure, Coefficient::C, true);
    match (as_a, as_b) {
        (Ok(phi), _) if is_form(lure, Form::A) => Ok((Form::A, phi)),
        (_, Ok(phi)) if is_form(lure, Form::B) => Ok((Form::B, phi)),
        (Ok(_), _) => Err(structure(
            "an input or a constant reaches a state, or a nonlinearity or an input an output, directly",
        )),
        (_, Ok(_)) => Err(structure(
            "an input or a constant reaches a nonlinearity, or a state or an input an output, directly",
        )),
        (Err(what), Err(_)) => Err(structure(what)),
    }
}

/// True where the coefficients that the form has no use for are zero.
fn is_form(lure: &Lure, form: Form) -> bool {
    let (matrices, constant) = match form {
        Form::A => ([Coefficient::E, Coefficient::J, Coefficient::K], Coefficient::X0),
        Form::B => ([Coefficient::F, Coefficient::H, Coefficient::K], Coefficient::Z0),
    };
    // A saved state is a probe, no output of the network.
    let states = &lure.parts().states;
    let probes: Vec<bool> = lure.parts().outputs.iter().map(|o| states.contains(o)).collect();
    let clean = |c: Coefficient| {
        entries(lure, c).all(|(row, ..)| matches!(c, Coefficient::H) && probes[row])
    };
    matrices.into_iter().all(clean) && lure.constant(constant).iter().all(|v| *v == 0.0)
}

/// Pairs states (rows of B, columns of C) with nonlinearities where every one
/// has exactly one partner.
fn one_to_one(
    lure: &Lure,
    coefficient: Coefficient,
    transposed: bool,
) -> Result<Vec<usize>, String> {
    let names = lure.parts();
    let sizes = lure.sizes();
    if sizes.states != sizes.nonlinearities {
        return Err(format!(
            "there are {} states and {} nonlinear elements; a network has one of each per unit",
            sizes.states, sizes.nonlinearities
        ));
    }
    let mut partner = vec![None; sizes.states];
    let mut taken = vec![false; sizes.nonlinearities];
    for (row, column, _) in entries(lure, coefficient) {
        let (state, phi) = if transposed { (column, row) } else { (row, column) };
        if partner[state].is_some() || taken[phi] {
            return Err(format!(
                "state `{}` and the nonlinearity `{}` are not one to one",
                names.states[state], names.phi[phi].name
            ));
        }
        (partner[state], taken[phi]) = (Some(phi), true);
    }
    let missing = partner.iter().position(Option::is_none);
    match missing {
        Some(state) => Err(format!("no nonlinearity belongs to state `{}`", names.states[state])),
        None => Ok(partner.into_iter().flatten().collect()),
    }
}

/// The activations of the units, which must be one.
fn activations(lure: &Lure, phi: &[usize]) -> Result<Vec<Identified>, Obstacle> {
    let blocks = &lure.parts().phi;
    let mut found: Vec<Identified> = Vec::with_capacity(phi.len());
    for &at in phi {
        let element = blocks[at].name.clone();
        let identified = identify(&blocks[at].law).ok_or_else(|| Obstacle::Activation {
            element: element.clone(),
            detail: format!("tried {}", Activation::ALL.map(Activation::name).join(", ")),
        })?;
        if let Some(first) = found.first()
            && first.activation != identified.activation
        {
            return Err(Obstacle::Mixed {
                first: blocks[phi[0]].name.clone(),
                first_activation: first.activation,
                second: element,
                second_activation: identified.activation,
            });
        }
        found.push(identified);
    }
    Ok(found)
}
