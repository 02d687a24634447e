//! What weights must satisfy after every update.

use crate::rnn::{Direction, SignConstraint};
use crate::train::weights::{Variable, Weights};

/// Hard constraints: weights of the wrong sign become zero, as in the published
/// code (arXiv 2208.10304), where they may come back when their gradient asks for
/// the sign that is allowed.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Constraints {
    /// Signs of recurrent weights.
    pub signs: Option<Signs>,
    /// Input weights are at least 0.
    pub positive_input: bool,
}

/// Which recurrent weights have which sign.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signs {
    /// Whether what a unit sends shares a sign (Dale's law) or what it receives
    /// (as published).
    pub direction: Direction,
    /// Which units are inhibitory.
    pub pattern: Pattern,
}

/// Which units are inhibitory, that is, of negative sign.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pattern {
    /// That share of all, the first ones; rounded to units.
    First(f64),
    /// Successive blocks of units.
    Blocks(Vec<Block>),
}

/// Units of one sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// How many.
    pub units: usize,
    /// Whether they are inhibitory.
    pub inhibitory: bool,
}

/// Why a constraint does not fit a network.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConstraintError {
    /// A share is not one.
    #[error("the share of inhibitory units is {0}, expected a number from 0 to 1")]
    Share(f64),
    /// The blocks do not cover all units.
    #[error("the blocks of signs have {blocks} units together, the network has {units}")]
    Blocks {
        /// Units of all blocks.
        blocks: usize,
        /// Units of the network.
        units: usize,
    },
}

impl Pattern {
    /// Whether each of `units` units is inhibitory.
    ///
    /// # Errors
    ///
    /// [`ConstraintError`] where the pattern does not fit.
    pub fn inhibitory(&self, units: usize) -> Result<Vec<bool>, ConstraintError> {
        match self {
            Self::First(share) => {
                if !(*share >= 0.0 && *share <= 1.0) {
                    return Err(ConstraintError::Share(*share));
                }
                let rule = SignConstraint { direction: Direction::Outgoing, inhibitory: *share };
                let first = rule.inhibitory_units(units);
                Ok((0..units).map(|unit| unit < first).collect())
            }
            Self::Blocks(list) => {
                let all: Vec<bool> = list
                    .iter()
                    .flat_map(|block| std::iter::repeat_n(block.inhibitory, block.units))
                    .collect();
                if all.len() == units {
                    Ok(all)
                } else {
                    Err(ConstraintError::Blocks { blocks: all.len(), units })
                }
            }
        }
    }
}

/// Constraints made ready for a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    signs: Option<(Direction, Vec<bool>)>,
    positive_input: bool,
}

impl Constraints {
    /// For a network of so many units.
    ///
    /// # Errors
    ///
    /// [`ConstraintError`] where the pattern of signs does not fit.
    pub fn projection(&self, units: usize) -> Result<Projection, ConstraintError> {
        let signs = match &self.signs {
            None => None,
            Some(signs) => Some((signs.direction, signs.pattern.inhibitory(units)?)),
        };
        Ok(Projection { signs, positive_input: self.positive_input })
    }
}

impl Projection {
    /// Sets weights of the wrong sign to zero.
    ///
    /// # Panics
    ///
    /// Where the weights have another number of units.
    pub fn apply(&self, weights: &mut Weights) {
        self.visit(weights, |weight, inhibitory| {
            if is_wrong(*weight, inhibitory) {
                *weight = 0.0;
            }
        });
    }

    /// How many weights have the wrong sign.
    ///
    /// # Panics
    ///
    /// Where the weights have another number of units.
    #[must_use]
    pub fn violations(&self, weights: &Weights) -> usize {
        let mut count = 0;
        let mut copy = weights.clone();
        self.visit(&mut copy, |weight, inhibitory| {
            count += usize::from(is_wrong(*weight, inhibitory));
        });
        count
    }

    /// Calls `visit` with every constrained weight and whether it has to be negative.
    fn visit(&self, weights: &mut Weights, mut visit: impl FnMut(&mut f32, bool)) {
        let units = weights.shape().units;
        if let Some((direction, inhibitory)) = &self.signs {
            assert_eq!(inhibitory.len(), units, "units of the constraint");
            let rows = weights.get_mut(Variable::Recurrent).chunks_exact_mut(units);
            for (row, &receives) in rows.zip(inhibitory) {
                for (weight, &sends) in row.iter_mut().zip(inhibitory) {
                    match direction {
                        Direction::Incoming => visit(weight, receives),
                        Direction::Outgoing => visit(weight, sends),
                    }
                }
            }
        }
        if self.positive_input {
            weights.get_mut(Variable::Input).iter_mut().for_each(|weight| visit(weight, false));
        }
    }
}

fn is_wrong(weight: f32, inhibitory: bool) -> bool {
    if inhibitory { weight > 0.0 } else { weight < 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::weights::Shape;

    const SHAPE: Shape = Shape { units: 4, inputs: 2, outputs: 1 };

    fn mixed() -> Weights {
        let values = (0..SHAPE.values()).map(|k| if k % 3 == 0 { -1.0 } else { 1.0 }).collect();
        Weights::from_values(SHAPE, values).unwrap()
    }

    fn projection(direction: Direction, pattern: Pattern) -> Projection {
        let signs = Some(Signs { direction, pattern });
        Constraints { signs, positive_input: true }.projection(4).unwrap()
    }

    /// Both directions against the projection of the f64 matrices.
    #[test]
    fn it_does_what_the_constraint_of_matrices_does() {
        for direction in [Direction::Incoming, Direction::Outgoing] {
            let mut weights = mixed();
            let projection = projection(direction, Pattern::First(0.5));
            assert!(projection.violations(&weights) > 0);
            projection.apply(&mut weights);
            assert_eq!(projection.violations(&weights), 0);
            let network = |w: &Weights| w.to_network(crate::train::Cell::KERAS).unwrap();
            let mut right = network(&mixed()).parts().recurrent.clone();
            SignConstraint { direction, inhibitory: 0.5 }.project(&mut right);
            assert_eq!(network(&weights).parts().recurrent, right);
            assert!(weights.get(Variable::Input).iter().all(|w| *w >= 0.0));
            assert_eq!(weights.get(Variable::Readout), mixed().get(Variable::Readout));
        }
    }

    #[test]
    fn blocks_stand_in_any_order() {
        let block = |units, inhibitory| Block { units, inhibitory };
        let pattern = Pattern::Blocks(vec![block(1, true), block(2, false), block(1, true)]);
        assert_eq!(pattern.inhibitory(4).unwrap(), [true, false, false, true]);
        assert_eq!(
            pattern.inhibitory(5).unwrap_err().to_string(),
            "the blocks of signs have 4 units together, the network has 5"
        );
        let mut weights = mixed();
        projection(Direction::Outgoing, pattern).apply(&mut weights);
        let w = weights.get(Variable::Recurrent);
        for row in w.chunks(4) {
            assert!(row[0] <= 0.0 && row[1] >= 0.0 && row[2] >= 0.0 && row[3] <= 0.0);
        }
        assert!(Pattern::First(f64::NAN).inhibitory(4).is_err());
    }
}
