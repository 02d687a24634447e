//! Which matrix of a subject is asked for.

use std::path::Path;
use std::sync::Arc;

use analogon::{
    dae::{System, Time},
    dynamics::spectrum::{Role, jacobian},
    rnn::{DiscreteRnn, format::Loaded},
    simulate::operating_state,
};
use clap::ValueEnum;
use nalgebra::DMatrix;

use crate::{
    deck,
    failure::Failure,
    state,
    subject::{Subject, SubjectKind},
};

/// Which matrix.
#[derive(Debug, clap::Args)]
pub(super) struct MatrixArgs {
    /// W, or the derivative of the dynamics at a state [default: weights of a
    /// network; jacobian of a deck, and with --at]
    #[arg(long, value_enum, value_name = "MATRIX")]
    of: Option<Of>,

    /// State of the Jacobian: origin, operating-point (of a deck), numbers between
    /// commas, or a file of them (.npy, .json, text; FILE#K for its K-th)
    /// [default: the origin; the operating point of a deck]
    #[arg(long, value_name = "STATE", allow_hyphen_values = true)]
    at: Option<String>,

    /// Inputs at that state: numbers between commas, or a file of them
    /// [default: 0; those of the operating point of a deck]
    #[arg(long, value_name = "INPUTS", allow_hyphen_values = true)]
    input: Option<String>,

    /// Dynamics of the Jacobian [default: as trained]
    #[arg(long, value_enum, value_name = "TIME")]
    dynamics: Option<Dynamics>,

    /// Step of the map, model time units [default: as trained, else 1]
    #[arg(long, value_name = "D")]
    step: Option<f64>,

    /// Set smaller entries to zero first; 1e-4 as published
    #[arg(long, value_name = "W")]
    zero_below: Option<f64>,
}

/// Kinds of matrices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Of {
    /// The recurrent weights, W
    Weights,
    /// The derivative of the dynamics by the state
    Jacobian,
}

/// How time passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Dynamics {
    /// In steps
    Map,
    /// Continuously
    Flow,
}

/// The matrix asked for.
pub(super) struct Asked {
    /// Of which subject.
    pub(super) name: String,
    /// Which matrix, in words.
    pub(super) what: String,
    pub(super) matrix: DMatrix<f64>,
    pub(super) role: Role,
    /// The unit of the eigenvalues; may be empty.
    pub(super) unit: &'static str,
    /// Time units in a second.
    pub(super) units_per_second: f64,
    /// Entries that were set to zero.
    pub(super) zeroed: usize,
    /// How far the state is from a fixed point.
    pub(super) residual: Option<f64>,
    /// Seconds in a unit of the task's time; 1 for a network, which counts in it.
    pub(super) time_unit: f64,
    /// What reading the subject assumed.
    pub(super) notes: Vec<String>,
}

impl MatrixArgs {
    /// The matrix of a subject.
    ///
    /// # Errors
    ///
    /// It has none of that kind, or a state is none of its.
    pub(super) fn of(&self, subject: &Subject, path: Option<&Path>) -> Result<Asked, Failure> {
        let bad = |what: &str, value: f64| {
            Failure::new(format!("{what} cannot be {value}"), "give a positive number")
        };
        if let Some(step) = self.step.filter(|step| !(*step > 0.0 && step.is_finite())) {
            return Err(bad("the step", step));
        }
        if let Some(bound) = self.zero_below.filter(|b| !(*b >= 0.0 && b.is_finite())) {
            return Err(bad("the bound of --zero-below", bound));
        }
        let is_local = self.at.is_some() || self.input.is_some() || self.dynamics.is_some();
        let mut asked = match (&subject.kind, self.of) {
            (SubjectKind::Network(loaded), None) if !is_local => self.weights(subject, loaded),
            (SubjectKind::Network(loaded), Some(Of::Weights)) if !is_local => {
                self.weights(subject, loaded)
            }
            (SubjectKind::Network(_), Some(Of::Weights)) => {
                return Err(Failure::new(
                    "W is the same at every state",
                    "leave out --at, --input and --dynamics, or ask for --of jacobian",
                ));
            }
            (SubjectKind::Deck { .. }, Some(Of::Weights)) => {
                return Err(Failure::new(
                    format!("`{}` is a deck, which has no weights", subject.name),
                    "`analogon extract` reads a network out of it, where there is one",
                ));
            }
            _ => self.jacobian(subject, path)?,
        };
        if let Some(bound) = self.zero_below {
            for entry in asked.matrix.iter_mut().filter(|entry| **entry != 0.0) {
                if entry.abs() < bound {
                    *entry = 0.0;
                    asked.zeroed += 1;
                }
            }
            let zeroed = format!(", {} entries below {bound} set to zero", asked.zeroed);
            asked.what.push_str(&zeroed);
        }
        Ok(asked)
    }

    fn weights(&self, subject: &Subject, loaded: &Loaded) -> Asked {
        let step = self.step.or(loaded.trained_step).unwrap_or(1.0);
        let matrix = loaded.network.parts().recurrent.clone();
        let size = matrix.nrows();
        let trained = if loaded.trained_step.is_some() { "trained as a map" } else { "of a flow" };
        Asked {
            name: subject.name.clone(),
            what: format!("W, {size} x {size}, {trained}; step of the map {step}"),
            role: Role::of_weights(&loaded.network, step),
            matrix,
            unit: "",
            units_per_second: 1000.0,
            zeroed: 0,
            residual: None,
            time_unit: subject.time_unit(),
            notes: loaded.notes.clone(),
        }
    }

    fn jacobian(&self, subject: &Subject, path: Option<&Path>) -> Result<Asked, Failure> {
        let system = self.system(subject)?;
        let (states, inputs, _) = system.shape();
        let (place, x, mut u) = self.state(subject, path, (states, inputs))?;
        if let Some(text) = &self.input {
            u = state::read(text, inputs)?;
        }
        let failed = |error: analogon::dae::SystemError| Failure::new(error.to_string(), "");
        let matrix = jacobian(&*system, &x, &u).map_err(failed)?;
        let mut next = vec![0.0; states];
        system.evolve(&x, &u, &mut next).map_err(failed)?;
        let role = Role::of(system.time());
        let moved = next.iter().zip(&x).map(|(next, x)| match role {
            Role::Map { .. } => (next - x).abs(),
            _ => next.abs(),
        });
        let residual = moved.max_by(f64::total_cmp).unwrap_or(0.0);
        let (dynamics, moves) = match system.time() {
            Time::Continuous => ("flow".to_owned(), "dx/dt"),
            Time::Discrete { step } => (format!("map of step {step}"), "change in a step"),
        };
        let is_deck = matches!(subject.kind, SubjectKind::Deck { .. });
        let (unit, units_per_second) = if is_deck { ("1/s", 1.0) } else { ("", 1000.0) };
        let notes = subject.network().map_or_else(Vec::new, |loaded| loaded.notes.clone());
        Ok(Asked {
            name: subject.name.clone(),
            what: format!(
                "Jacobian of the {dynamics}, {states} x {states}, at {place}; largest {moves} there {residual:.1e}"
            ),
            matrix,
            role,
            unit,
            units_per_second,
            zeroed: 0,
            residual: Some(residual),
            time_unit: subject.time_unit(),
            notes,
        })
    }

    fn system(&self, subject: &Subject) -> Result<Arc<dyn System>, Failure> {
        let Some(loaded) = subject.network() else {
            if self.dynamics == Some(Dynamics::Map) || self.step.is_some() {
                return Err(Failure::new(
                    format!("`{}` is a deck, which has no map", subject.name),
                    "leave out --dynamics and --step",
                ));
            }
            return Ok(subject.flow());
        };
        let is_map = match self.dynamics {
            Some(dynamics) => dynamics == Dynamics::Map,
            None => self.step.is_some() || loaded.trained_step.is_some(),
        };
        if !is_map {
            if self.step.is_some() {
                return Err(Failure::new("a flow has no step", "leave out --step"));
            }
            return Ok(subject.flow());
        }
        match (self.step, subject.map()) {
            (None, Some(trained)) => Ok(trained),
            (step, _) => {
                let step = step.unwrap_or(1.0);
                Ok(Arc::new(DiscreteRnn { network: loaded.network.clone(), step }))
            }
        }
    }

    /// Where, in words, the state and the inputs there.
    fn state(
        &self,
        subject: &Subject,
        path: Option<&Path>,
        (states, inputs): (usize, usize),
    ) -> Result<(String, Vec<f64>, Vec<f64>), Failure> {
        let zero = vec![0.0; inputs];
        match (&subject.kind, self.at.as_deref()) {
            (SubjectKind::Deck { reduction, .. }, None | Some("operating-point")) => {
                let path = path.filter(|path| path.as_os_str() != "-").ok_or_else(|| {
                    let message = "a deck on the standard input can be read only once";
                    Failure::new(message, "save it in a file, or say --at origin")
                })?;
                let (map, circuit) = deck::load(path)?;
                let (x, u) = operating_state(&circuit, reduction)
                    .map_err(|error| Failure::of_deck(&map, &error.diagnostics()))?;
                Ok(("the operating point".to_owned(), x, u))
            }
            (_, Some("operating-point")) => Err(Failure::new(
                format!("`{}` has no operating point of its own", subject.name),
                "give a state: origin, numbers, or a file of them",
            )),
            (_, None | Some("origin")) => Ok(("the origin".to_owned(), vec![0.0; states], zero)),
            (_, Some(text)) => {
                let x = state::read(text, states)?;
                let place = match state::list(text) {
                    Some(_) => "the state given".to_owned(),
                    None => text.to_owned(),
                };
                Ok((place, x, zero))
            }
        }
    }
}
