//! A chain of procedures as data.

mod describe;
mod equations;
mod error;
mod file;
mod fold;
mod layout;
mod summary;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Discretised, Linearised, Method, Rescaled, Scaled, TransformError};
use crate::{
    dae::{Flow, Lure, System},
    rnn::{Rnn, Scales},
};

pub use error::RecipeError;

/// What a chain begins with.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A network in model time.
    Network(Arc<Rnn>),
    /// The normal form of a circuit, in SI units.
    NormalForm(Arc<Lure>),
}

/// Where a source comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    /// Its name, for titles.
    pub name: String,
    /// The step at which a network was trained as a map, model time units.
    pub trained_step: Option<f64>,
    /// What a volt and a second of a circuit mean to the tasks of its network; 1
    /// for a network, which counts in those units itself.
    pub scales: Scales,
}

/// One procedure with its parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// [`Rescaled`]: the time s = factor t.
    Rescale {
        /// a, positive.
        factor: f64,
    },
    /// [`Scaled`]: every state multiplied by its factor.
    Scale {
        /// One a state, positive.
        factors: Vec<f64>,
    },
    /// [`Discretised`] over a step.
    Discretise {
        /// How.
        method: Method,
        /// d, in the unit of time of the system at this place of the chain.
        step: f64,
    },
    /// [`Linearised`] at a point.
    Linearise {
        /// x*, one a state.
        state: Vec<f64>,
        /// u*, one an input.
        input: Vec<f64>,
    },
}

/// A network or a normal form with what was done to it, procedure after procedure:
/// a value that can be evaluated, written out as equations, saved and loaded.
///
/// ```
/// use analogon::expr::Notation;
/// use analogon::rnn::format::{LoadOptions, load};
/// use analogon::transform::{Method, Origin, Recipe, Source, Step};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let bytes = include_bytes!("../../../examples/flip_flop.rnn");
/// let network = load("flip_flop.rnn", bytes, &LoadOptions::default())?.network;
/// let origin = Origin { name: "flip_flop".into(), trained_step: None, scales: Default::default() };
/// let recipe = Recipe::new(Source::Network(network.into()), origin)
///     .then(Step::Rescale { factor: 2.0 })?
///     .then(Step::Discretise { method: Method::ExplicitEuler, step: 0.5 })?;
/// let text = recipe.equations(Notation::Text, 100)?;
/// assert!(text.contains("h1[n+1] = 0.75 h1[n] + 0.25 tanh(-2 h2[n] + 2 x1[n] - 2 x2[n])"));
/// assert_eq!(Recipe::from_json(recipe.to_json().as_bytes())?, recipe);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Recipe {
    source: Source,
    origin: Origin,
    steps: Vec<Step>,
    /// What they come to.
    system: Arc<dyn System>,
}

impl std::fmt::Debug for Recipe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recipe")
            .field("source", &self.source)
            .field("origin", &self.origin)
            .field("steps", &self.steps)
            .finish_non_exhaustive()
    }
}

impl PartialEq for Recipe {
    fn eq(&self, other: &Self) -> bool {
        (&self.source, &self.origin, &self.steps) == (&other.source, &other.origin, &other.steps)
    }
}

impl Source {
    /// The source as a system.
    fn system(&self) -> Arc<dyn System> {
        match self {
            Self::Network(network) => Arc::new(network.clone()),
            Self::NormalForm(lure) => Arc::new(Flow::new(Arc::clone(lure))),
        }
    }

    /// Its normal form.
    fn lure(&self) -> Lure {
        match self {
            Self::Network(network) => network.to_lure(),
            Self::NormalForm(lure) => Lure::clone(lure),
        }
    }

    /// The unit of its time: `s`, or nothing for model time.
    #[must_use]
    pub fn time_unit(&self) -> &'static str {
        match self {
            Self::Network(_) => "",
            Self::NormalForm(_) => "s",
        }
    }
}

impl Step {
    /// The system after this step.
    fn apply(&self, system: Arc<dyn System>) -> Result<Arc<dyn System>, TransformError> {
        Ok(match self {
            Self::Rescale { factor } => Arc::new(Rescaled::new(system, *factor)?),
            Self::Scale { factors } => Arc::new(Scaled::new(system, factors.clone())?),
            Self::Discretise { method, step } => {
                Arc::new(Discretised::new(system, *method, *step)?)
            }
            Self::Linearise { state, input } => Arc::new(Linearised::at(&system, state, input)?),
        })
    }
}

impl Recipe {
    /// The source itself, nothing done to it.
    #[must_use]
    pub fn new(source: Source, origin: Origin) -> Self {
        Self { system: source.system(), source, origin, steps: Vec::new() }
    }

    /// One more procedure, applied to what the chain comes to.
    ///
    /// # Errors
    ///
    /// [`TransformError`] where it makes no sense there.
    pub fn then(mut self, step: Step) -> Result<Self, TransformError> {
        self.system = step.apply(Arc::clone(&self.system))?;
        self.steps.push(step);
        Ok(self)
    }

    /// What the chain begins with.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Where that comes from.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The procedures, the first one first.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// What the chain comes to.
    #[must_use]
    pub fn system(&self) -> &Arc<dyn System> {
        &self.system
    }

    /// The product of all rescalings: the unit of time of the system is that of
    /// the source divided by it.
    #[must_use]
    pub fn time_factor(&self) -> f64 {
        let factor = |step: &Step| match step {
            Step::Rescale { factor } => *factor,
            _ => 1.0,
        };
        self.steps.iter().map(factor).product()
    }

    /// The same chain in continuous time, without its discretisation.
    ///
    /// # Errors
    ///
    /// A later step has no value in continuous time, such as a rescaling that
    /// makes a rate overflow.
    pub fn flow(&self) -> Result<Arc<dyn System>, TransformError> {
        let mut system = self.source.system();
        for step in &self.steps {
            if !matches!(step, Step::Discretise { .. }) {
                system = step.apply(system)?;
            }
        }
        Ok(system)
    }

    /// The same chain in discrete time: itself where it is discrete, else with
    /// the explicit Euler map at which its network was trained before all other
    /// steps; `None` for what was never a map.
    ///
    /// # Errors
    ///
    /// As [`Recipe::flow`].
    pub fn map(&self) -> Result<Option<Arc<dyn System>>, TransformError> {
        if self.steps.iter().any(|step| matches!(step, Step::Discretise { .. })) {
            return Ok(Some(Arc::clone(&self.system)));
        }
        let Some(step) = self.origin.trained_step else { return Ok(None) };
        let map = Step::Discretise { method: Method::ExplicitEuler, step };
        let mut system = map.apply(self.source.system())?;
        for step in &self.steps {
            system = step.apply(system)?;
        }
        Ok(Some(system))
    }
}

#[cfg(test)]
mod tests;
