//! `analogon ablate`: which weights and units a network needs.

use std::io::Write;
use std::path::PathBuf;

use analogon::{
    dynamics::ablation::{
        Judge, Mode, Order, Score, Sign, UnitAblation, WeightAblation, remove_units,
        remove_weights, shares,
    },
    report::ablation_figure,
    units::count,
};
use clap::ValueEnum;
use serde::Serialize;

use crate::{
    failure::{Failure, Outcome},
    files, json,
    network::{self, StimulusArgs},
    picture::Picture,
    progress::Progress,
};

/// Remove weights and units, and see what of the task is lost
///
/// Recurrent weights below a rising threshold are set to zero: those of both signs,
/// only positive or only negative ones; or whole units are taken out. After every
/// step the task is played and judged: how far outputs are from what is right, how
/// many decisions are right, and at which threshold the first of them changes. A
/// circuit may leave out the resistors of all weights below that threshold.
///
/// Example: analogon ablate net.hdf5 --task and --plot ablation.svg
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Ablate {
    /// Network [default: the embedded 3-bit flip-flop]
    network: Option<PathBuf>,

    #[command(flatten)]
    stimuli: StimulusArgs,

    /// Which weights are removed
    #[arg(long, value_enum, default_value = "all")]
    sign: SignName,

    /// Number of steps, of equal shares of the weights (or units)
    #[arg(long, default_value_t = 25, value_name = "N")]
    steps: usize,

    /// Remove units too, in this order
    #[arg(long, value_enum, value_name = "ORDER")]
    units: Option<OrderName>,

    /// Judge the network in continuous time, as a circuit [default: as it was trained]
    #[arg(long)]
    continuous: bool,

    /// Print one JSON object instead
    #[arg(long)]
    json: bool,

    /// Draw error and right decisions over what was removed: .svg or .png
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SignName {
    /// Those of both signs, then only positive, then only negative ones
    All,
    /// Those of both signs
    Any,
    /// Only positive ones
    Positive,
    /// Only negative ones
    Negative,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OrderName {
    /// The unit whose loss alone costs least first
    Loss,
    /// The unit whose outgoing weights are smallest first
    Weight,
    /// In a random order, by the seed
    Random,
}

/// What was lost.
#[derive(Serialize)]
struct Lost<'a> {
    network: &'a str,
    task: &'a str,
    mode: Mode,
    intact: &'a Score,
    weights: &'a [WeightAblation],
    units: Option<&'a UnitAblation>,
}

impl SignName {
    fn signs(self) -> Vec<Sign> {
        match self {
            Self::All => vec![Sign::Any, Sign::Positive, Sign::Negative],
            Self::Any => vec![Sign::Any],
            Self::Positive => vec![Sign::Positive],
            Self::Negative => vec![Sign::Negative],
        }
    }
}

impl Ablate {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        let picture = self.plot.as_deref().map(Picture::of).transpose()?;
        if self.steps == 0 {
            return Err(Failure::new("--steps is 0", "at least one step is needed"));
        }
        let loaded = network::load(self.network.as_deref())?;
        let task = self.stimuli.resolve(&loaded)?;
        let mode = match loaded.trained_step {
            Some(step) if !self.continuous => Mode::Map { step },
            _ => Mode::Flow,
        };
        let judge = Judge::new(&loaded.network, &task, mode).map_err(|error| {
            Failure::new(error.to_string(), "--task NAME or --stimuli FILE says what is right")
        })?;
        let mut progress = Progress::new("removing");
        let signs = self.sign.signs();
        let mut weights = Vec::with_capacity(signs.len());
        for sign in signs {
            let thresholds = shares(&loaded.network, sign, self.steps);
            let mut tell = |fraction| progress.report(fraction);
            weights.push(
                remove_weights(&loaded.network, &judge, sign, &thresholds, &mut tell)
                    .map_err(Failure::of)?,
            );
        }
        let order = self.units.map(|order| match order {
            OrderName::Loss => Order::Loss,
            OrderName::Weight => Order::Weight,
            OrderName::Random => Order::Random { seed: self.stimuli.seed() },
        });
        let units = order.map(|order| {
            let mut tell = |fraction| progress.report(fraction);
            remove_units(&loaded.network, &judge, order, self.steps, &mut tell)
        });
        let units = units.transpose().map_err(Failure::of)?;
        drop(progress);
        let name = self.network.as_ref().and_then(|path| path.file_name());
        let name = name.map_or(network::EMBEDDED.into(), |name| name.to_string_lossy());
        let lost = Lost {
            network: &name,
            task: &task.parts().task,
            mode,
            intact: &judge.intact,
            weights: &weights,
            units: units.as_ref(),
        };
        if self.json {
            json::print(&lost, out)?;
        } else {
            show(&lost, out)?;
        }
        if let (Some(path), Some(picture)) = (&self.plot, picture) {
            let figure = ablation_figure(&weights, units.as_ref(), &name);
            files::write(path, &picture.bytes(&figure)?)?;
            if !self.json {
                writeln!(out, "\nwritten: {}", path.display())?;
            }
        }
        Ok(Outcome::Holds)
    }
}

fn show(lost: &Lost<'_>, out: &mut dyn Write) -> Result<(), Failure> {
    let time = match lost.mode {
        Mode::Map { step } => format!("as the map of step {step}"),
        Mode::Flow => "in continuous time".to_owned(),
    };
    writeln!(out, "{}, task {}, {time}", lost.network, lost.task)?;
    writeln!(out, "intact: {}", scored(lost.intact))?;
    for ablation in lost.weights {
        let of = match ablation.sign {
            Sign::Any => "weights",
            Sign::Positive => "positive weights",
            Sign::Negative => "negative weights",
        };
        let many = count(ablation.removable, "recurrent weight");
        writeln!(out, "\nsmallest {of} removed, of {many}")?;
        match &ablation.first_change {
            Some(change) => writeln!(
                out,
                "  no decision changes below |w| = {:.3e} ({:.1} % of them), the first at {:.3e}",
                change.unchanged,
                100.0 * change.share,
                change.changed
            )?,
            None => writeln!(out, "  no decision changes, whatever is removed")?,
        }
        writeln!(out, "  removed  below |w|  distance  right    decisions changed")?;
        for step in &ablation.steps {
            writeln!(
                out,
                "  {:>6.1} %  {:<9.3e}  {:<8.4}  {:<7}  {}",
                100.0 * step.share,
                step.threshold,
                step.score.error.sqrt(),
                right(&step.score),
                step.score.changed
            )?;
        }
    }
    if let Some(units) = lost.units {
        writeln!(out, "\nunits removed, of {}", units.ranking.len())?;
        match units.first_change {
            Some(removed) => writeln!(out, "  the first decision changes at {removed}")?,
            None => writeln!(out, "  no decision changes, whatever is removed")?,
        }
        writeln!(out, "  removed  distance  right    decisions changed")?;
        for step in &units.steps {
            writeln!(
                out,
                "  {:>7}  {:<8.4}  {:<7}  {}",
                step.removed,
                step.score.error.sqrt(),
                right(&step.score),
                step.score.changed
            )?;
        }
    }
    Ok(())
}

/// `distance 0.0312, 4 of 4 decisions right`
fn scored(score: &Score) -> String {
    let accuracy = &score.accuracy;
    format!(
        "distance {:.4} from what is right, {} of {} decisions right",
        score.error.sqrt(),
        accuracy.decisions_right,
        accuracy.decisions
    )
}

fn right(score: &Score) -> String {
    format!("{}/{}", score.accuracy.decisions_right, score.accuracy.decisions)
}
