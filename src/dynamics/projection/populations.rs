//! Excitatory and inhibitory units.

use nalgebra::DMatrix;

use crate::rnn::Rnn;

/// Units by the sign of what they send to others.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Populations {
    /// Units whose outgoing weights sum to more than 0.
    pub excitatory: Vec<usize>,
    /// Units whose outgoing weights sum to less than 0.
    pub inhibitory: Vec<usize>,
    /// Units with outgoing weights of both signs: 0 where Dale's law holds.
    pub mixed: usize,
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Population {
    /// All units.
    All,
    /// Those that excite.
    Excitatory,
    /// Those that inhibit.
    Inhibitory,
}

impl Population {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all units",
            Self::Excitatory => "excitatory units",
            Self::Inhibitory => "inhibitory units",
        }
    }
}

impl Populations {
    /// Sorts the units of a network. The outgoing weights of unit j are column
    /// j of W; the constraint of the papers acts on incoming ones, rows of W.
    #[must_use]
    pub fn of(network: &Rnn) -> Self {
        let mut sorted = Self { excitatory: Vec::new(), inhibitory: Vec::new(), mixed: 0 };
        for (unit, column) in network.parts().recurrent.column_iter().enumerate() {
            let sum: f64 = column.iter().sum();
            if sum > 0.0 {
                sorted.excitatory.push(unit);
            } else if sum < 0.0 {
                sorted.inhibitory.push(unit);
            }
            let has = |sign: f64| column.iter().any(|&weight| weight * sign > 0.0);
            sorted.mixed += usize::from(has(1.0) && has(-1.0));
        }
        sorted
    }

    /// The columns of `states`, steps x units, that belong to a population.
    #[must_use]
    pub fn select(&self, states: &DMatrix<f64>, population: Population) -> DMatrix<f64> {
        match population {
            Population::All => states.clone(),
            Population::Excitatory => states.select_columns(&self.excitatory),
            Population::Inhibitory => states.select_columns(&self.inhibitory),
        }
    }
}
