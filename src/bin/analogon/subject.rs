//! What the commands of dynamics are about: a network, what a deck reduces to, or a
//! saved system.

use std::path::Path;
use std::sync::Arc;

use analogon::{
    dae::{Flow, System},
    equiv::Scales,
    mna::{Reduction, Sources, reduce},
    rnn::{DiscreteRnn, format::Loaded},
    transform::{Origin, Recipe, Source},
};

use crate::{deck, failure::Failure, files, network, results::extension};

/// A network, a deck or a saved system that was read.
pub(crate) struct Subject {
    /// Its file, for titles.
    pub(crate) name: String,
    /// What it is.
    pub(crate) kind: SubjectKind,
    /// The sources of a deck, its own drive.
    pub(crate) sources: Option<Sources>,
}

/// What was read.
pub(crate) enum SubjectKind {
    /// A trained network.
    Network(Box<Loaded>),
    /// The normal form of a circuit, in SI units.
    Deck {
        /// The normal form and what its states are.
        reduction: Box<Reduction>,
        /// What a volt and a second mean, as the deck says.
        scales: Scales,
    },
    /// A chain of procedures over either.
    Saved(Box<Saved>),
}

/// A saved system.
pub(crate) struct Saved {
    /// The chain.
    pub(crate) recipe: Recipe,
    /// The chain in continuous time.
    flow: Arc<dyn System>,
    /// The chain in discrete time.
    map: Option<Arc<dyn System>>,
}

/// How decks end.
const DECKS: [&str; 5] = ["cir", "sp", "spice", "ckt", "net"];

impl Subject {
    /// Reads a network, or by the end of its name a deck or a saved system
    /// (`.json`); `-` is a deck on the standard input. Without a path the embedded
    /// 3-bit flip-flop.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is faulty, or is a deck without a normal form.
    pub(crate) fn load(path: Option<&Path>) -> Result<Self, Failure> {
        let name = path.map_or(network::EMBEDDED.into(), |path| {
            path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
        });
        let mut sources = None;
        let kind = match path {
            Some(path) if path.as_os_str() == "-" || DECKS.contains(&extension(path).as_str()) => {
                let (map, circuit) = deck::load(path)?;
                let reduction =
                    reduce(&circuit).map_err(|faults| Failure::of_deck(&map, &faults))?;
                let scales = Scales::from_params(&circuit.parts().params);
                sources = Some(Sources::varying(&circuit));
                SubjectKind::Deck { reduction: Box::new(reduction), scales }
            }
            Some(path) if extension(path) == "json" => {
                let recipe = Recipe::from_json(&files::read(path)?).map_err(|error| {
                    Failure::new(
                        format!("{}: {error}", path.display()),
                        "systems are saved by the -o of rescale, discretise and linearise",
                    )
                })?;
                let flow = recipe.flow().map_err(Failure::of)?;
                let map = recipe.map().map_err(Failure::of)?;
                SubjectKind::Saved(Box::new(Saved { recipe, flow, map }))
            }
            path => SubjectKind::Network(Box::new(network::load(path)?)),
        };
        Ok(Self { name, kind, sources })
    }

    /// The network, where it is one.
    pub(crate) fn network(&self) -> Option<&Loaded> {
        match &self.kind {
            SubjectKind::Network(loaded) => Some(loaded),
            SubjectKind::Deck { .. } | SubjectKind::Saved(_) => None,
        }
    }

    /// The subject as a chain of procedures, of none where it was not saved.
    pub(crate) fn recipe(&self) -> Recipe {
        let origin =
            |trained_step, scales| Origin { name: self.name.clone(), trained_step, scales };
        match &self.kind {
            SubjectKind::Network(loaded) => Recipe::new(
                Source::Network(Arc::new(loaded.network.clone())),
                origin(loaded.trained_step, Scales::default()),
            ),
            SubjectKind::Deck { reduction, scales, .. } => Recipe::new(
                Source::NormalForm(Arc::new(reduction.lure.clone())),
                origin(None, *scales),
            ),
            SubjectKind::Saved(saved) => saved.recipe.clone(),
        }
    }

    /// The system in continuous time: of a network in its model time, of a deck
    /// in SI units, of a saved chain without its discretisation.
    pub(crate) fn flow(&self) -> Arc<dyn System> {
        match &self.kind {
            SubjectKind::Network(loaded) => Arc::new(loaded.network.clone()),
            SubjectKind::Deck { reduction, .. } => Arc::new(Flow::new(reduction.lure.clone())),
            SubjectKind::Saved(saved) => Arc::clone(&saved.flow),
        }
    }

    /// The map that a network was trained as, or that a chain comes to; `None` for
    /// a network of continuous time and for a deck.
    pub(crate) fn map(&self) -> Option<Arc<dyn System>> {
        match &self.kind {
            SubjectKind::Network(loaded) => {
                let (network, step) = (loaded.network.clone(), loaded.trained_step?);
                Some(Arc::new(DiscreteRnn { network, step }))
            }
            SubjectKind::Deck { .. } => None,
            SubjectKind::Saved(saved) => saved.map.clone(),
        }
    }

    /// The subject's time in a unit of its task's time: 1 for a network, which
    /// counts in that unit itself, the seconds of a deck; a rescaling by a makes
    /// it a times as long.
    pub(crate) fn time_unit(&self) -> f64 {
        match &self.kind {
            SubjectKind::Network(_) => 1.0,
            SubjectKind::Deck { scales, .. } => scales.time_unit,
            SubjectKind::Saved(saved) => {
                saved.recipe.origin().scales.time_unit * saved.recipe.time_factor()
            }
        }
    }
}
