//! What the commands of dynamics are about: a network, or what a deck reduces to.

use std::path::Path;
use std::sync::Arc;

use analogon::{
    dae::{Flow, System},
    equiv::Scales,
    mna::{Reduction, reduce},
    rnn::{DiscreteRnn, format::Loaded},
};

use crate::{deck, failure::Failure, network, results::extension};

/// A network or a deck that was read.
pub(crate) struct Subject {
    /// Its file, for titles.
    pub(crate) name: String,
    /// What it is.
    pub(crate) kind: SubjectKind,
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
}

/// How decks end.
const DECKS: [&str; 5] = ["cir", "sp", "spice", "ckt", "net"];

impl Subject {
    /// Reads a network, or a deck by the end of its name; `-` is a deck on the
    /// standard input. Without a path the embedded flip-flop.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is faulty, or is a deck without a normal form.
    pub(crate) fn load(path: Option<&Path>) -> Result<Self, Failure> {
        let name = path.map_or("flip_flop.rnn".into(), |path| {
            path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
        });
        let is_deck =
            |path: &&Path| path.as_os_str() == "-" || DECKS.contains(&extension(path).as_str());
        let kind = match path.filter(is_deck) {
            None => SubjectKind::Network(Box::new(network::load(path)?)),
            Some(path) => {
                let (map, circuit) = deck::load(path)?;
                let reduction =
                    reduce(&circuit).map_err(|faults| Failure::of_deck(&map, &faults))?;
                let scales = Scales::from_params(&circuit.parts().params);
                SubjectKind::Deck { reduction: Box::new(reduction), scales }
            }
        };
        Ok(Self { name, kind })
    }

    /// The network, where it is one.
    pub(crate) fn network(&self) -> Option<&Loaded> {
        match &self.kind {
            SubjectKind::Network(loaded) => Some(loaded),
            SubjectKind::Deck { .. } => None,
        }
    }

    /// The system in continuous time: of a network in its model time, of a deck
    /// in SI units.
    pub(crate) fn flow(&self) -> Arc<dyn System> {
        match &self.kind {
            SubjectKind::Network(loaded) => Arc::new(loaded.network.clone()),
            SubjectKind::Deck { reduction, .. } => Arc::new(Flow::new(reduction.lure.clone())),
        }
    }

    /// The map that a network was trained as; `None` for a network of continuous
    /// time and for a deck.
    pub(crate) fn map(&self) -> Option<Arc<dyn System>> {
        let loaded = self.network()?;
        let step = loaded.trained_step?;
        Some(Arc::new(DiscreteRnn { network: loaded.network.clone(), step }))
    }

    /// Seconds in a unit of its task's time: 1 for a network, which counts in that
    /// unit itself.
    pub(crate) fn time_unit(&self) -> f64 {
        match &self.kind {
            SubjectKind::Network(_) => 1.0,
            SubjectKind::Deck { scales, .. } => scales.time_unit,
        }
    }
}
