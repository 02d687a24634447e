//! What weights must satisfy while they are trained.

use crate::rnn::{Direction, SignConstraint};
use crate::train::weights::{Shape, Variable, Weights};

/// Signs of weights, and what becomes of those that are wrong.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Constraints {
    /// Signs of recurrent weights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signs: Option<Signs>,
    /// Input weights are at least 0.
    pub positive_input: bool,
    /// How.
    pub enforce: Enforcement,
    /// Whether the initial weights satisfy them already. In the published code they do
    /// not: the first update makes them.
    pub at_start: bool,
}

/// How weights are kept to their signs.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Enforcement {
    /// After every update a wrong weight becomes zero, as in the published code
    /// (arXiv 2208.10304). It comes back where its gradient asks for the sign that is
    /// allowed.
    #[default]
    Project,
    /// A weight is `s |p|` with s its sign, and training moves p: none is ever wrong, and
    /// none sticks at zero. Initial weights take the modulus.
    Modulus,
    /// The loss gains `strength / 2` times the sum of the squares of all wrong weights,
    /// which may remain.
    Penalty {
        /// The factor.
        strength: f64,
    },
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

/// The rule by which recurrent weights have signs, where any has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignRuleName {
    /// Dale's law.
    Outgoing,
    /// As published.
    Incoming,
    /// No signs.
    None,
}

impl SignRuleName {
    /// Which weights share a sign.
    #[must_use]
    pub fn direction(self) -> Option<Direction> {
        match self {
            Self::Outgoing => Some(Direction::Outgoing),
            Self::Incoming => Some(Direction::Incoming),
            Self::None => None,
        }
    }
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
    /// A penalty is not positive.
    #[error("the strength of the penalty is {0}, expected a positive number")]
    Strength(f64),
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
                // Summed before they are laid out: a file may ask for any number.
                let blocks = list.iter().fold(0_usize, |sum, b| sum.saturating_add(b.units));
                if blocks != units {
                    return Err(ConstraintError::Blocks { blocks, units });
                }
                let all = list.iter().flat_map(|b| std::iter::repeat_n(b.inhibitory, b.units));
                Ok(all.collect())
            }
        }
    }
}

/// Constraints made ready for a network.
#[derive(Clone, Debug, PartialEq)]
pub struct SignRule {
    /// 1 where a value must not be negative, -1 where it must not be positive, 0 where it
    /// is free; up to the last one that is not free.
    signs: Vec<f32>,
    enforce: Enforcement,
}

impl Constraints {
    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.signs.is_none() && !self.positive_input
    }

    /// Whether initial weights satisfy them.
    #[must_use]
    pub fn starts_satisfied(&self) -> bool {
        self.at_start || self.enforce == Enforcement::Modulus
    }

    /// For a network of a shape.
    ///
    /// # Errors
    ///
    /// [`ConstraintError`] where the pattern of signs does not fit.
    pub fn rule(&self, shape: Shape) -> Result<SignRule, ConstraintError> {
        if let Enforcement::Penalty { strength } = self.enforce
            && !(strength > 0.0 && strength.is_finite())
        {
            return Err(ConstraintError::Strength(strength));
        }
        let mut signs = Vec::new();
        if let Some(Signs { direction, pattern }) = &self.signs {
            let of_unit = pattern.inhibitory(shape.units)?;
            let of_unit: Vec<f32> = of_unit.iter().map(|&i| if i { -1.0 } else { 1.0 }).collect();
            for receiver in &of_unit {
                match direction {
                    Direction::Incoming => signs.resize(signs.len() + shape.units, *receiver),
                    Direction::Outgoing => signs.extend(&of_unit),
                }
            }
        }
        if self.positive_input {
            signs.resize(shape.range(Variable::Input).start, 0.0);
            signs.resize(shape.range(Variable::Input).end, 1.0);
        }
        Ok(SignRule { signs, enforce: self.enforce })
    }
}

impl SignRule {
    /// Before training: what the initial weights become where they have to satisfy the
    /// constraints.
    pub fn start(&self, weights: &mut Weights) {
        for (weight, sign) in weights.values_mut().iter_mut().zip(&self.signs) {
            match self.enforce {
                Enforcement::Modulus if *sign != 0.0 => *weight = sign * weight.abs(),
                _ if *weight * sign < 0.0 => *weight = 0.0,
                _ => {}
            }
        }
    }

    /// Adds the gradient of the penalty, if there is one.
    pub fn penalise(&self, weights: &Weights, gradient: &mut [f32]) {
        if let Enforcement::Penalty { strength } = self.enforce {
            let strength = strength as f32;
            let all = gradient.iter_mut().zip(weights.values()).zip(&self.signs);
            for ((slope, weight), sign) in all {
                if weight * sign < 0.0 {
                    *slope += strength * weight;
                }
            }
        }
    }

    /// After an update: mends weights of the wrong sign. `momentum` is what the optimiser
    /// remembers of the direction of each value.
    pub fn after_update(&self, values: &mut [f32], momentum: &mut [f32]) {
        match self.enforce {
            Enforcement::Project => {
                for (value, sign) in values.iter_mut().zip(&self.signs) {
                    *value = if *value * sign < 0.0 { 0.0 } else { *value };
                }
            }
            // Where p = sign * weight * turn changes its own sign, the weight is
            // reflected, and so is every derivative with respect to it.
            Enforcement::Modulus => {
                for ((value, momentum), sign) in values.iter_mut().zip(momentum).zip(&self.signs) {
                    if *value * sign < 0.0 {
                        *value = -*value;
                        *momentum = -*momentum;
                    }
                }
            }
            Enforcement::Penalty { .. } => {}
        }
    }

    /// How many weights have the wrong sign.
    #[must_use]
    pub fn violations(&self, weights: &Weights) -> usize {
        let wrong = weights.values().iter().zip(&self.signs).filter(|(w, sign)| **w * **sign < 0.0);
        wrong.count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::{Cell, Method, Optimiser};

    const SHAPE: Shape = Shape { units: 4, inputs: 2, outputs: 1 };

    fn mixed() -> Weights {
        let values = (0..SHAPE.values()).map(|k| if k % 3 == 0 { -1.0 } else { 1.0 }).collect();
        Weights::from_values(SHAPE, values).unwrap()
    }

    fn constraints(direction: Direction, pattern: Pattern) -> Constraints {
        let signs = Some(Signs { direction, pattern });
        Constraints { signs, positive_input: true, ..Constraints::default() }
    }

    /// Both directions against the projection of the f64 matrices.
    #[test]
    fn it_does_what_the_constraint_of_matrices_does() {
        for direction in [Direction::Incoming, Direction::Outgoing] {
            let mut weights = mixed();
            let rule = constraints(direction, Pattern::First(0.5)).rule(SHAPE).unwrap();
            assert!(rule.violations(&weights) > 0);
            rule.after_update(weights.values_mut(), &mut []);
            assert_eq!(rule.violations(&weights), 0);
            let network = |w: &Weights| w.to_network(Cell::KERAS).unwrap();
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
        let huge = Pattern::Blocks(vec![block(usize::MAX, true), block(usize::MAX, false)]);
        assert!(huge.inhibitory(5).is_err());
        let mut weights = mixed();
        let rule = constraints(Direction::Outgoing, pattern).rule(SHAPE).unwrap();
        rule.after_update(weights.values_mut(), &mut []);
        let w = weights.get(Variable::Recurrent);
        for row in w.chunks(4) {
            assert!(row[0] <= 0.0 && row[1] >= 0.0 && row[2] >= 0.0 && row[3] <= 0.0);
        }
        assert!(Pattern::First(f64::NAN).inhibitory(4).is_err());
    }

    /// Against p itself, with w = s |p| and dL/dp = s sgn(p) dL/dw, under Adam.
    #[test]
    fn reflection_is_training_the_modulus() {
        let enforce = Enforcement::Modulus;
        let all = Constraints { positive_input: true, enforce, ..Constraints::default() };
        let rule = all.rule(SHAPE).unwrap();
        let (mut weights, count) = (mixed(), SHAPE.values());
        rule.start(&mut weights);
        let mut p = weights.values().to_vec();
        let inputs = SHAPE.range(Variable::Input);
        let mut own = Optimiser::new(Method::ADAM, count);
        let mut other = Optimiser::new(Method::ADAM, count);
        let mut reflections = 0;
        for k in 0..40 {
            // A quadratic loss with its minimum where weights may not go.
            let slope = |w: &[f32]| -> Vec<f32> {
                w.iter().enumerate().map(|(i, w)| w + 0.3 + 0.1 * ((i + k) as f32).sin()).collect()
            };
            let gradient = slope(weights.values());
            let before = weights.values().to_vec();
            own.update(weights.values_mut(), &gradient, 0.1);
            reflections += weights.values()[inputs.clone()].iter().filter(|w| **w < 0.0).count();
            rule.after_update(weights.values_mut(), own.momentum_mut());
            let turn = |i: usize, p: f32| if inputs.contains(&i) && p < 0.0 { -1.0 } else { 1.0 };
            let shown: Vec<f32> = p.iter().enumerate().map(|(i, p)| turn(i, *p) * p).collect();
            assert_eq!(shown, before);
            let mut gradient = slope(&shown);
            for (i, slope) in gradient.iter_mut().enumerate() {
                *slope *= turn(i, p[i]);
            }
            other.update(&mut p, &gradient, 0.1);
        }
        assert!(reflections > 10, "{reflections}");
        assert_eq!(rule.violations(&weights), 0);
    }

    #[test]
    fn a_penalty_pulls_wrong_weights_alone() {
        let enforce = Enforcement::Penalty { strength: 0.5 };
        let all = Constraints { positive_input: true, enforce, ..Constraints::default() };
        let rule = all.rule(SHAPE).unwrap();
        let mut gradient = vec![0.0; SHAPE.values()];
        rule.penalise(&mixed(), &mut gradient);
        for (k, slope) in gradient.iter().enumerate() {
            let wrong = SHAPE.range(Variable::Input).contains(&k) && k % 3 == 0;
            assert_eq!(*slope, if wrong { -0.5 } else { 0.0 });
        }
        let enforce = Enforcement::Penalty { strength: f64::NAN };
        assert!(Constraints { enforce, ..all }.rule(SHAPE).is_err());
    }
}
