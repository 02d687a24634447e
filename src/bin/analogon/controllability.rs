//! `analogon controllability`: what can be moved and what is seen, before and after.

use std::io::Write;
use std::path::PathBuf;

use analogon::{
    dynamics::control::{Aspect, ControlReport, LinearSystem, report},
    report::control_figure,
};
use serde::Serialize;

use crate::{
    failure::{Failure, Outcome},
    files, json,
    picture::Picture,
    point::PointArgs,
    procedure::fastest_step,
    subject::Subject,
};

/// Test controllability and observability, before and after the procedures
///
/// The test of Popov, Belevitch and Hautus with margins, Kalman's rank beside it,
/// and Gramians of stable systems, of the linearisation at a point: in continuous
/// time, by explicit Euler, sampled exactly (zoh), and rescaled. Of a saved map its
/// flow is taken; the map itself, and that which a network was trained as, is
/// tested too.
///
/// Exit code 1 where rescaling or Euler's map changes a rank, which they must not.
///
/// Example: analogon controllability net.hdf5 --at rest --step 0.1 --by 2
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Controllability {
    /// Network, deck or saved system [default: the embedded 3-bit flip-flop]
    subject: Option<PathBuf>,

    #[command(flatten)]
    point: PointArgs,

    /// Step d, in the unit of time of the system [default: 0.1 for a network, a
    /// tenth of the fastest time for a deck]
    #[arg(long, value_name = "D")]
    step: Option<f64>,

    /// Factor a of time: test the rescaled system too
    #[arg(long, value_name = "A")]
    by: Option<f64>,

    /// Print one JSON object instead
    #[arg(long)]
    json: bool,

    /// Draw margins and modes: .svg or .png
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
}

/// The report with its subject.
#[derive(Serialize)]
struct Found<'a> {
    subject: &'a str,
    state: &'a [f64],
    input: &'a [f64],
    #[serde(flatten)]
    report: &'a ControlReport,
    /// The map that was saved, or that a network was trained as.
    map: Option<Aspect>,
}

impl Controllability {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        let picture = self.plot.as_deref().map(Picture::of).transpose()?;
        let subject = Subject::load(self.subject.as_deref())?;
        let flow = subject.flow();
        let (state, input) = self.point.resolve(&*flow)?;
        let step = match (self.step, subject.network()) {
            (Some(step), _) => step,
            (None, Some(_)) => 0.1,
            (None, None) => fastest_step(&subject)?,
        };
        let linear = LinearSystem::of(&flow, &state, &input).map_err(Failure::of)?;
        let found = report(&linear, step, self.by).map_err(Failure::of)?;
        let map = match subject.map() {
            None => None,
            Some(map) => {
                let linear = LinearSystem::of(&map, &state, &input).map_err(Failure::of)?;
                Some(Aspect::of(&linear).map_err(Failure::of)?)
            }
        };
        if self.json {
            let (subject, state, input) = (subject.name.as_str(), &state[..], &input[..]);
            json::print(&Found { subject, state, input, report: &found, map }, out)?;
        } else {
            writeln!(out, "{}, {}", subject.name, place(&state))?;
            write!(out, "{found}")?;
            if let Some(Aspect { controllability, observability, .. }) = &map {
                writeln!(
                    out,
                    "the map itself: rank {} of controllability, {} of observability",
                    controllability.test.rank, observability.test.rank
                )?;
            }
        }
        if let (Some(path), Some(picture)) = (&self.plot, picture) {
            files::write(path, &picture.bytes(&control_figure(&found, &subject.name))?)?;
            if !self.json {
                writeln!(out, "\nwritten: {}", path.display())?;
            }
        }
        Ok(if found.preserved { Outcome::Holds } else { Outcome::Fails })
    }
}

/// Where it was linearised.
fn place(state: &[f64]) -> String {
    match state {
        state if state.iter().all(|&value| value == 0.0) => "linearised at the origin".to_owned(),
        state if state.len() <= 6 => {
            let values: Vec<String> = state.iter().map(|value| format!("{value:.6}")).collect();
            format!("linearised at ({})", values.join(", "))
        }
        state => format!("linearised at a state of {} values", state.len()),
    }
}
