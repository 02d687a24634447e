//! Which signs the weights of a network have: what constraints a file satisfies.

use nalgebra::DMatrix;
use serde::Serialize;

use crate::rnn::{Direction, Rnn};
use crate::train::Block;

/// What the signs of the weights of a network come to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SignReport {
    /// Recurrent weights by the unit that sends: Dale's law.
    pub outgoing: UnitSigns,
    /// Recurrent weights by the unit that receives: the constraint as published.
    pub incoming: UnitSigns,
    /// Input weights below 0.
    pub negative_inputs: usize,
    /// Input weights.
    pub inputs: usize,
    /// Readout weights of a sign other than the unit's own, where its recurrent weights
    /// have one: with Dale's law also what is read out keeps its sign.
    pub wrong_readouts: usize,
    /// Share of recurrent weights that are not 0.
    pub density: f64,
    /// Recurrent weights that are not 0, but smaller than the modulus below which the
    /// papers' analysis takes them for 0.
    pub tiny: usize,
}

/// One way to give units a sign.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnitSigns {
    /// Which weights count for a unit.
    pub direction: Direction,
    /// Units whose weights are at least 0, and not all 0.
    pub excitatory: usize,
    /// Units whose weights are at most 0, and not all 0.
    pub inhibitory: usize,
    /// Units without a weight.
    pub silent: usize,
    /// Units of both signs.
    pub mixed: usize,
    /// The fewest weights that have to become 0 for every unit to have one sign.
    pub wrong: usize,
    /// Successive units of one sign, where there are at most [`MOST_BLOCKS`] and none is
    /// mixed; units without a weight belong to the block before them.
    pub blocks: Option<Vec<Block>>,
}

/// Modulus below which a weight is taken for 0 (arXiv 2208.10304, its code).
pub const TINY: f64 = 1e-4;
/// More blocks are not shown: they are no pattern.
pub const MOST_BLOCKS: usize = 12;

impl SignReport {
    /// The signs of a network, exactly: a weight of 0 has none.
    #[must_use]
    pub fn of(network: &Rnn) -> Self {
        let parts = network.parts();
        let w = &parts.recurrent;
        let sent = UnitSigns::of(Direction::Outgoing, w);
        let sign_of = |unit: usize| {
            let column = w.column(unit);
            let (up, down) = (column.iter().any(|w| *w > 0.0), column.iter().any(|w| *w < 0.0));
            f64::from(i8::from(up) - i8::from(down))
        };
        let wrong_readouts = (0..network.units())
            .map(|unit| {
                let own = sign_of(unit);
                parts.readout.weights.column(unit).iter().filter(|v| **v * own < 0.0).count()
            })
            .sum();
        let nonzero = w.iter().filter(|w| **w != 0.0).count();
        Self {
            outgoing: sent,
            incoming: UnitSigns::of(Direction::Incoming, &w.transpose()),
            negative_inputs: parts.input.iter().filter(|w| **w < 0.0).count(),
            inputs: parts.input.len(),
            wrong_readouts,
            density: nonzero as f64 / w.len() as f64,
            tiny: w.iter().filter(|w| **w != 0.0 && w.abs() < TINY).count(),
        }
    }
}

impl UnitSigns {
    /// A column is a unit.
    fn of(direction: Direction, matrix: &DMatrix<f64>) -> Self {
        let mut all = Self {
            direction,
            excitatory: 0,
            inhibitory: 0,
            silent: 0,
            mixed: 0,
            wrong: 0,
            blocks: None,
        };
        let mut blocks: Vec<Block> = Vec::new();
        for column in matrix.column_iter() {
            let up = column.iter().filter(|w| **w > 0.0).count();
            let down = column.iter().filter(|w| **w < 0.0).count();
            let sign = match (up, down) {
                (0, 0) => {
                    all.silent += 1;
                    blocks.last().map(|block| block.inhibitory)
                }
                (_, 0) => {
                    all.excitatory += 1;
                    Some(false)
                }
                (0, _) => {
                    all.inhibitory += 1;
                    Some(true)
                }
                _ => {
                    all.mixed += 1;
                    all.wrong += if up < down { up } else { down };
                    None
                }
            };
            match (blocks.last_mut(), sign) {
                (Some(block), Some(inhibitory)) if block.inhibitory == inhibitory => {
                    block.units += 1;
                }
                (_, inhibitory) => {
                    blocks.push(Block { units: 1, inhibitory: inhibitory.unwrap_or(false) });
                }
            }
        }
        let clear = all.mixed == 0 && blocks.len() <= MOST_BLOCKS;
        all.blocks = clear.then_some(blocks);
        all
    }

    /// Whether every unit has one sign.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.mixed == 0
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::DVector;

    use super::*;
    use crate::rnn::{Activation, Form, Parts, Readout};

    fn network(w: &[f64], win: &[f64], v: &[f64]) -> Rnn {
        let units = v.len();
        Rnn::new(Parts {
            form: Form::A,
            activation: Activation::Tanh,
            recurrent: DMatrix::from_row_slice(units, units, w),
            input: DMatrix::from_row_slice(units, 1, win),
            bias: DVector::zeros(units),
            leak: DVector::from_element(units, 1.0),
            readout: Readout {
                weights: DMatrix::from_row_slice(1, units, v),
                bias: DVector::zeros(1),
            },
        })
        .unwrap()
    }

    #[test]
    fn columns_are_what_units_send() {
        let w = [0.0, -1.0, 2.0, 3.0, -1e-5, 0.0, 1.0, -2.0, 4.0];
        let report = SignReport::of(&network(&w, &[1.0, -1.0, 0.0], &[1.0, 1.0, -1.0]));
        assert!(report.outgoing.holds() && !report.incoming.holds());
        let UnitSigns { excitatory, inhibitory, mixed, .. } = report.outgoing;
        assert_eq!((excitatory, inhibitory, mixed), (2, 1, 0));
        let block = |units, inhibitory| Block { units, inhibitory };
        let blocks = vec![block(1, false), block(1, true), block(1, false)];
        assert_eq!(report.outgoing.blocks, Some(blocks));
        // All three rows have one weight of the rarer sign.
        assert_eq!((report.incoming.mixed, report.incoming.wrong), (3, 3));
        assert_eq!((report.negative_inputs, report.inputs, report.tiny), (1, 3, 1));
        // The inhibitory unit is read out with a plus, the last excitatory one with a minus.
        assert_eq!(report.wrong_readouts, 2);
        assert!((report.density - 7.0 / 9.0).abs() < 1e-15);
    }

    #[test]
    fn a_unit_without_weights_belongs_to_the_block_before() {
        let w = [-1.0, 0.0, 2.0, -1.0, 0.0, 0.0, -3.0, 0.0, 0.0];
        let report = SignReport::of(&network(&w, &[1.0, 1.0, 1.0], &[0.0, 1.0, 0.0]));
        let block = |units, inhibitory| Block { units, inhibitory };
        assert_eq!(report.outgoing.blocks, Some(vec![block(2, true), block(1, false)]));
        assert_eq!((report.outgoing.silent, report.wrong_readouts), (1, 0));
    }
}
