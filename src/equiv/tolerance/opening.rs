//! How small weights may be left out: open circuits instead of large resistors.

use std::fmt::{self, Display, Formatter};

use crate::{
    equiv::tolerance::{
        Model, Study, ToleranceError,
        board::{Board, Part, Role},
        subject::Subject,
    },
    rnn::Rnn,
    units::si,
};

/// Shares of the weights that are open, by row of the table.
const SHARES: [f64; 14] =
    [0.0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8];

/// A network whose smallest weights are open.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Opening {
    /// Weights of a size below it are open, biases and readout weights included.
    pub threshold: f64,
    /// The largest resistor that is left, ohm; `None` for weights without a circuit.
    pub ohms: Option<f64>,
    /// Weights that are left.
    pub left: usize,
    /// Largest difference of an output to the network with all weights.
    pub deviation: f64,
    /// Judged trials that are right.
    pub right: usize,
}

/// What opening weights does.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct OpeningReport {
    /// Name of the stimulus set.
    pub task: String,
    /// Weights of the network that are not 0.
    pub weights: usize,
    /// Trials that are judged.
    pub judged: usize,
    /// By rising threshold.
    pub steps: Vec<Opening>,
    /// The largest threshold at which as many trials are right as with all weights, where
    /// a larger one changes that: between two of the steps, found by halving the weights
    /// between them.
    pub largest: Option<Opening>,
}

impl Study<'_> {
    /// Opens the smallest weights, more and more of them; values are as bought.
    ///
    /// # Errors
    ///
    /// [`ToleranceError::NoRealisation`] for the elements of a deck, and where decisions
    /// cannot be judged.
    pub fn open(&self) -> Result<OpeningReport, ToleranceError> {
        let Subject::Board(board) = &self.subject else {
            return Err(ToleranceError::NoRealisation { name: "list of open weights" });
        };
        let mut sizes: Vec<f64> =
            board.parts.iter().filter_map(|part| size(board.network, part.role)).collect();
        sizes.sort_by(f64::total_cmp);
        let opened = |count: usize| self.opened(board, &sizes, count);
        let mut steps: Vec<(usize, Opening)> = Vec::new();
        for share in SHARES {
            let count = (share * sizes.len() as f64) as usize;
            if steps.last().is_none_or(|(last, _)| *last < count) {
                steps.push((count, opened(count)?));
            }
        }
        let all = steps[0].1.right;
        let changed = steps.iter().position(|(_, step)| step.right != all);
        let largest = match changed {
            None | Some(0) => None,
            Some(at) => {
                let (mut low, mut best) = steps[at - 1];
                let mut high = steps[at].0;
                while high - low > 1 {
                    let middle = usize::midpoint(low, high);
                    let step = opened(middle)?;
                    if step.right == all {
                        (low, best) = (middle, step);
                    } else {
                        high = middle;
                    }
                }
                Some(best)
            }
        };
        Ok(OpeningReport {
            task: self.stimuli.parts().task.clone(),
            weights: sizes.len(),
            judged: self.verdicts.iter().flatten().count(),
            steps: steps.into_iter().map(|(_, step)| step).collect(),
            largest,
        })
    }

    /// The `count` smallest weights open.
    fn opened(
        &self,
        board: &Board<'_>,
        sizes: &[f64],
        count: usize,
    ) -> Result<Opening, ToleranceError> {
        let threshold = sizes.get(count).copied().unwrap_or(f64::INFINITY);
        let is_open = |part: &Part| size(board.network, part.role).is_some_and(|s| s < threshold);
        let open = if board.model == Model::Weights { 0.0 } else { f64::INFINITY };
        let value = |part: &Part| if is_open(part) { open } else { part.nominal };
        let values: Vec<f64> = board.parts.iter().map(value).collect();
        let draw = self.look(&self.play(&values))?;
        let weights = board.parts.iter().zip(&values);
        let kept = weights.filter(|(part, _)| size(board.network, part.role).is_some());
        let kept: Vec<f64> = kept.filter(|(part, _)| !is_open(part)).map(|(_, v)| *v).collect();
        let ohms = kept.iter().copied().max_by(f64::total_cmp);
        Ok(Opening {
            threshold,
            ohms: ohms.filter(|_| board.model != Model::Weights),
            left: kept.len(),
            deviation: draw.deviation,
            right: draw.right.iter().filter(|right| **right == Some(true)).count(),
        })
    }
}

/// The size of the weight of a part, where it is that of one.
fn size(network: &Rnn, role: Role) -> Option<f64> {
    let parts = network.parts();
    let weight = match role {
        Role::Recurrent(i, j) => parts.recurrent[(i, j)],
        Role::Input(i, k) => parts.input[(i, k)],
        Role::Bias(i) => parts.bias[i],
        Role::Readout(k, j) => parts.readout.weights[(k, j)],
        Role::ReadoutBias(k) => parts.readout.bias[k],
        Role::Leak(_)
        | Role::Capacitance(_)
        | Role::Height(_)
        | Role::Inverted(_)
        | Role::Feedback(_)
        | Role::Offset(_)
        | Role::Current(_)
        | Role::Element(..) => return None,
    };
    Some(weight.abs())
}

impl Display for OpeningReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { task, weights, judged, steps, largest } = self;
        match largest {
            Some(at) => writeln!(
                f,
                "OPEN below {:.3e}: {} of {weights} weights left, {} of {judged} trials right as with all",
                at.threshold, at.left, at.right
            )?,
            None if *judged == 0 => writeln!(f, "OPEN: the stimuli `{task}` judge nothing")?,
            None => writeln!(f, "OPEN: no row of the table changes a decision")?,
        }
        writeln!(
            f,
            "\n{:<12} {:>8} {:>10} {:>14} {:>11} {:>10}",
            "open below", "left", "share", "resistors to", "deviation", "right"
        )?;
        for step in steps {
            let share = 100.0 * step.left as f64 / *weights as f64;
            let ohms = step.ohms.map_or_else(|| "-".to_owned(), |ohms| si(ohms, "ohm"));
            let right = format!("{}/{judged}", step.right);
            writeln!(
                f,
                "{:<12} {:>8} {share:>8.1} % {ohms:>14} {:>11} {right:>10}",
                format!("{:.3e}", step.threshold),
                step.left,
                format!("{:.2e}", step.deviation)
            )?;
        }
        writeln!(f, "deviation: largest difference of an output to the network with all weights")
    }
}
