//! `analogon ensemble`: many networks.

mod show;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};

use analogon::{
    report::{SpectrumRow, henrici_figure, radii_figure, sizes_figure},
    rnn::Rnn,
    train::{
        Enforcement, Event, TrainSpec, Training,
        ensemble::{EnsembleSpec, Member, Row, summary},
    },
    units::count,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    failure::{Failure, Outcome},
    files,
    interruption::interruption,
    json,
    picture::Picture,
    train::{Folder, check_test, network_of, threads},
};

/// Train many networks and compare them
///
/// A TOML file names tasks, numbers of units, initial weights, signs and seeds; every
/// combination is trained, one network a thread, each in a folder of its own. What is
/// interrupted goes on where it stopped when the command is given again. Table
/// (table.csv), comparison (summary.json) and figures are written at the end.
///
/// Exit code 1: interrupted.
///
/// Example: analogon ensemble study.toml --out study
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Ensemble {
    /// File of the conditions
    spec: PathBuf,

    /// Folder for everything
    #[arg(short, long, value_name = "FOLDER")]
    out: PathBuf,

    /// Networks that are trained side by side [default: as many as the machine has threads]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,

    /// Fresh trials that every network is judged on
    #[arg(long, default_value_t = 1000, value_name = "N")]
    test: usize,

    /// Print one JSON object at the end instead
    #[arg(long)]
    json: bool,
}

/// File of what became of a member.
const RESULT: &str = "result.json";

/// What became of a member, and of what it did.
#[derive(Serialize, Deserialize)]
struct Known {
    spec: TrainSpec,
    test: usize,
    row: Row,
}

/// What a worker tells.
enum News {
    Done { row: Box<Row>, is_old: bool },
    Failed(Failure),
}

impl Ensemble {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        let shown = self.spec.display();
        let text = files::read_text(&self.spec)?;
        let spec: EnsembleSpec = toml::from_str(&text)
            .map_err(|error| Failure::new(format!("{shown}: {}", error.to_string().trim()), ""))?;
        let members =
            spec.members().map_err(|error| Failure::new(format!("{shown}: {error}"), ""))?;
        let workers = self.threads.unwrap_or_else(threads);
        if workers == 0 {
            return Err(Failure::new("--threads is 0", "at least one is needed"));
        }
        check_test(self.test)?;
        let workers = if workers < members.len() { workers } else { members.len() };
        files::create_folder(&self.out)?;
        if !self.json {
            writeln!(out, "{}, {} at a time\n", count(members.len(), "network"), workers)?;
            show::head(out)?;
            out.flush()?;
        }
        let rows = self.train(&members, workers, out)?;
        let Some(rows) = rows else {
            if !self.json {
                writeln!(out, "\ninterrupted; the same command goes on")?;
            }
            return Ok(Outcome::Fails);
        };
        self.finish(&rows, out)?;
        Ok(Outcome::Holds)
    }

    /// The rows of all members; `None` where it was interrupted.
    fn train(
        &self,
        members: &[Member],
        workers: usize,
        out: &mut dyn Write,
    ) -> Result<Option<Vec<Row>>, Failure> {
        let interrupted = interruption()?;
        let next = AtomicUsize::new(0);
        let mut rows = Vec::new();
        let mut failure = None;
        std::thread::scope(|scope| {
            let (sender, news) = channel();
            for _ in 0..workers {
                let (sender, next, stop) = (sender.clone(), &next, interrupted.as_ref());
                scope.spawn(move || self.work(members, next, stop, &sender));
            }
            drop(sender);
            for news in news {
                let told = match news {
                    News::Done { row, is_old } => {
                        let told = if self.json {
                            Ok(())
                        } else {
                            show::row(&row, is_old, out).and_then(|()| Ok(out.flush()?))
                        };
                        rows.push(*row);
                        told
                    }
                    News::Failed(error) => Err(error),
                };
                if let Err(error) = told {
                    // The others stop at their next batch.
                    interrupted.store(true, Ordering::Relaxed);
                    failure.get_or_insert(error);
                }
            }
        });
        if let Some(failure) = failure {
            return Err(failure);
        }
        let place = |name: &str| members.iter().position(|member| member.name == name);
        rows.sort_by_key(|row| place(&row.name));
        Ok((rows.len() == members.len()).then_some(rows))
    }

    /// One worker: the next member, until there is none.
    fn work(
        &self,
        members: &[Member],
        next: &AtomicUsize,
        stop: &AtomicBool,
        sender: &Sender<News>,
    ) {
        while let Some(member) = members.get(next.fetch_add(1, Ordering::Relaxed)) {
            let news = match self.member(member, stop) {
                Ok(None) => return,
                Ok(Some((row, is_old))) => News::Done { row: Box::new(row), is_old },
                Err(failure) => News::Failed(failure),
            };
            if sender.send(news).is_err() || stop.load(Ordering::Relaxed) {
                return;
            }
        }
    }

    /// What became of a member, now or in an earlier run; `None` where it was interrupted.
    fn member(&self, member: &Member, stop: &AtomicBool) -> Result<Option<(Row, bool)>, Failure> {
        let path = self.out.join(&member.name);
        let result = path.join(RESULT);
        if result.exists() {
            let known: Known = serde_json::from_str(&files::read_text(&result)?).map_err(|e| {
                Failure::new(format!("{}: {e}", result.display()), "delete the file")
            })?;
            if known.spec != member.spec || known.test != self.test {
                return Err(other_specification(&path));
            }
            return Ok(Some((known.row, true)));
        }
        let (mut training, mut folder) = open(member, &path)?;
        let initial = initial(member)?;
        let stopped = loop {
            match training.advance().map_err(Failure::of)? {
                Event::Batch { .. } if stop.load(Ordering::Relaxed) => {
                    folder.checkpoint(&training)?;
                    return Ok(None);
                }
                Event::Batch { .. } => {}
                Event::Epoch(_) => folder.epoch(&training, f64::NAN)?,
                Event::Stopped(reason) => break reason,
            }
        };
        folder.finish(&training)?;
        let trained = network_of(&training)?;
        let score = training.fresh_score(self.test).map_err(Failure::of)?;
        let history = training.history().to_vec();
        let row =
            Row::of(&member.name, &member.spec, (&initial, &trained), (&history, &stopped, &score))
                .map_err(Failure::of)?;
        let known = Known { spec: member.spec.clone(), test: self.test, row };
        let text = serde_json::to_string_pretty(&known).map_err(Failure::of)?;
        files::write_atomically(&result, text.as_bytes())?;
        Ok(Some((known.row, false)))
    }

    fn finish(&self, rows: &[Row], out: &mut dyn Write) -> Result<(), Failure> {
        files::write(&self.out.join("table.csv"), show::table(rows)?.as_bytes())?;
        let (conditions, contrasts) = summary(rows);
        let all = json!({ "conditions": conditions, "contrasts": contrasts });
        let text = serde_json::to_string_pretty(&all).map_err(Failure::of)?;
        files::write(&self.out.join("summary.json"), text.as_bytes())?;
        let spectra: Vec<SpectrumRow> = rows
            .iter()
            .filter(|row| !row.diverged())
            .map(|row| SpectrumRow {
                name: row.name.clone(),
                units: row.condition.units,
                radius: row.trained.seventh,
                theory: row.predicted.map(|predicted| predicted.radius),
                henrici: row.trained.henrici,
                initial_henrici: Some(row.initial.henrici),
            })
            .collect();
        let rule = "7th largest modulus";
        for (name, figure) in [
            ("radii.svg", radii_figure(&spectra, rule)),
            ("sizes.svg", sizes_figure(&spectra, rule)),
            ("henrici.svg", henrici_figure(&spectra)),
        ] {
            files::write(&self.out.join(name), &Picture::Svg.bytes(&figure)?)?;
        }
        if self.json {
            return json::print(&all, out);
        }
        show::summary(&conditions, &contrasts, out)?;
        writeln!(out, "\nwritten: {} (table.csv, summary.json, figures)", self.out.display())?;
        Ok(())
    }
}

fn other_specification(path: &Path) -> Failure {
    let text = format!("{} holds a training of another specification", path.display());
    Failure::new(text, "name another folder, or delete that one")
}

/// A member's training, new or as it was left.
fn open(member: &Member, path: &Path) -> Result<(Training, Folder), Failure> {
    if Folder::holds_training(path) {
        let (training, folder) = Folder::resume(path, 1, false)?;
        if *training.spec() == member.spec {
            return Ok((training, folder));
        }
        return Err(other_specification(path));
    }
    let training = Training::new(member.spec.clone(), 1).map_err(Failure::of)?;
    let folder = Folder::create(path, &training, false)?;
    Ok((training, folder))
}

/// The network before its first update, with the signs that the first update gives it.
fn initial(member: &Member) -> Result<Rnn, Failure> {
    let mut spec = member.spec.clone();
    // What is only penalised stays as it is.
    let penalty = matches!(spec.constraints.enforce, Enforcement::Penalty { .. });
    spec.constraints.at_start |= !penalty;
    (spec.data.trials, spec.data.held_out) = (1, 0);
    let training = Training::new(spec, 1).map_err(Failure::of)?;
    network_of(&training)
}
