//! Units removed one by one and in growing sets.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use super::{AblationError, Judge, Score, without_units};
use crate::rnn::Rnn;

/// In which order units are removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// Those first whose own loss raises the error least; measures every unit.
    Loss,
    /// Those first that send least: by the sum of sizes of their weights to
    /// units and readout.
    Weight,
    /// As the dice fall.
    Random {
        /// Seed of the dice.
        seed: u64,
    },
}

/// What the loss of one unit does.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct UnitLoss {
    /// The unit, from 0.
    pub unit: usize,
    /// How well the rest does.
    pub score: Score,
}

/// What the loss of a set of units does.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct UnitStep {
    /// How many of the first units of the order are gone.
    pub removed: usize,
    /// How well the rest does.
    pub score: Score,
}

/// Error and decisions without units.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct UnitAblation {
    /// The intact network.
    pub intact: Score,
    /// Every unit alone, by number; empty unless the order asks for it.
    pub single: Vec<UnitLoss>,
    /// The order of removal.
    pub order: Order,
    /// All units in that order.
    pub ranking: Vec<usize>,
    /// Growing sets of its first units.
    pub steps: Vec<UnitStep>,
    /// The smallest of these sets that changes a decision.
    pub first_change: Option<usize>,
}

/// Removes units, one by one where the order needs it, then in `sets` growing
/// sets of equal steps up to all units. `tell` hears of the share of the work
/// that is done.
///
/// # Errors
///
/// [`AblationError`] where a state leaves the range of numbers.
pub fn remove_units(
    network: &Rnn,
    judge: &Judge<'_>,
    order: Order,
    sets: usize,
    tell: &mut dyn FnMut(f64),
) -> Result<UnitAblation, AblationError> {
    let units = network.units();
    let alone = if order == Order::Loss { units } else { 0 };
    let work = (alone + sets) as f64;
    let mut single = Vec::with_capacity(alone);
    for unit in 0..alone {
        let score = judge.score(&without_units(network, &[unit]))?;
        single.push(UnitLoss { unit, score });
        tell((unit + 1) as f64 / work);
    }
    let ranking = ranking(network, order, &single);
    let mut sizes: Vec<usize> =
        (1..=sets).map(|k| (units * k).div_ceil(sets.clamp(1, usize::MAX))).collect();
    sizes.dedup();
    let mut steps = Vec::with_capacity(sizes.len());
    for removed in sizes {
        let score = judge.score(&without_units(network, &ranking[..removed]))?;
        steps.push(UnitStep { removed, score });
        tell((alone + steps.len()) as f64 / work);
    }
    let first_change = steps.iter().find(|step| step.score.changed > 0).map(|step| step.removed);
    Ok(UnitAblation { intact: judge.intact.clone(), single, order, ranking, steps, first_change })
}

fn ranking(network: &Rnn, order: Order, single: &[UnitLoss]) -> Vec<usize> {
    let mut units: Vec<usize> = (0..network.units()).collect();
    match order {
        Order::Loss => {
            units.sort_by(|&a, &b| single[a].score.error.total_cmp(&single[b].score.error));
        }
        Order::Weight => {
            let parts = network.parts();
            let sent = |unit: usize| {
                let recurrent: f64 = parts.recurrent.column(unit).iter().map(|w| w.abs()).sum();
                let read: f64 = parts.readout.weights.column(unit).iter().map(|w| w.abs()).sum();
                recurrent + read
            };
            units.sort_by(|&a, &b| sent(a).total_cmp(&sent(b)));
        }
        Order::Random { seed } => shuffle(&mut units, seed),
    }
    units
}

/// Fisher and Yates' shuffle.
fn shuffle(units: &mut [usize], seed: u64) {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    let mut words = ChaCha8Rng::from_seed(key);
    for last in (1..units.len()).rev() {
        // The bias of the remainder is below 2^-40 for any number of units that fits memory.
        let other = (words.next_u64() % (last as u64 + 1)) as usize;
        units.swap(last, other);
    }
}
