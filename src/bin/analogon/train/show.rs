//! What a training prints.

use std::io::Write;
use std::path::{Path, PathBuf};

use analogon::{
    rnn::Direction,
    task::Score,
    train::{Clip, Enforcement, EpochRow, Method, TrainSpec, Training},
    units::count,
};
use serde_json::{Value, json};

use super::Ended;
use crate::failure::Failure;

/// Before the first epoch.
pub(super) fn head(spec: &TrainSpec, out: &mut dyn Write) -> Result<(), Failure> {
    let (network, data, optimiser) = (&spec.network, &spec.data, &spec.optimiser);
    writeln!(
        out,
        "{}: {} ({}), {}, {}, seed {}",
        spec.task.task(),
        count(network.units, "unit"),
        network.activation.name(),
        count(spec.task.channels().len(), "input"),
        count(spec.task.outputs().len(), "output"),
        spec.seed
    )?;
    let method = match optimiser.method {
        Method::Adam { .. } => "Adam",
        Method::Sgd { .. } => "gradient descent",
    };
    let clip = match optimiser.clip {
        None => String::new(),
        Some(Clip::Global { norm }) => format!(", gradients up to {norm} together"),
        Some(Clip::PerVariable { norm }) => format!(", gradients up to {norm} a variable"),
    };
    writeln!(
        out,
        "{} of {} steps in batches of {}; {method}, rate {:e}{clip}",
        count(data.trials - data.held_out, "trial"),
        spec.task.steps(),
        data.batch,
        optimiser.rate
    )?;
    constraints(spec, out)?;
    if let Some(prediction) = spec.prediction()
        && let Some(outlier) = prediction.outlier
    {
        writeln!(
            out,
            "warning: the mean of the initial weights predicts an eigenvalue of {outlier:.2}, far \
             outside of the others (radius {:.2}): activity saturates and gradients may explode; \
             `--initial balanced`, a smaller `--gain` or `--truncate` help",
            prediction.radius
        )?;
    }
    out.flush()?;
    Ok(())
}

/// Which signs weights are kept to.
fn constraints(spec: &TrainSpec, out: &mut dyn Write) -> Result<(), Failure> {
    let mut parts = Vec::new();
    if let Some(signs) = &spec.constraints.signs {
        let by = match signs.direction {
            Direction::Outgoing => "by the unit that sends (Dale's law)",
            Direction::Incoming => "by the unit that receives (as published)",
        };
        let inhibitory = signs.pattern.inhibitory(spec.network.units).map_err(Failure::of)?;
        let inhibitory = inhibitory.iter().filter(|&&is| is).count();
        parts.push(format!("recurrent {by}, {} inhibitory", count(inhibitory, "unit")));
    }
    if spec.constraints.positive_input {
        parts.push("input positive".to_owned());
    }
    if parts.is_empty() {
        return Ok(());
    }
    let how = match spec.constraints.enforce {
        Enforcement::Project => "wrong weights become 0".to_owned(),
        Enforcement::Modulus => "moduli are trained".to_owned(),
        Enforcement::Penalty { strength } => format!("wrong weights cost, strength {strength}"),
    };
    writeln!(out, "signs: {}; {how}", parts.join("; "))?;
    Ok(())
}

/// Above the epochs.
pub(super) fn columns(out: &mut dyn Write) -> Result<(), Failure> {
    writeln!(out, "epoch      loss  held out  right   in time  gradient  time left")?;
    out.flush()?;
    Ok(())
}

/// After an epoch.
pub(super) fn row(row: &EpochRow, left: Option<f64>, out: &mut dyn Write) -> Result<(), Failure> {
    let loss = row.held_out_loss.map_or("-".to_owned(), |loss| format!("{loss:.2e}"));
    let accuracy = row.accuracy.map_or("-".to_owned(), |accuracy| format!("{accuracy:.3}"));
    let time_right = row.time_right.map_or("-".to_owned(), |share| format!("{share:.4}"));
    let broke = if row.broke { "  broke" } else { "" };
    writeln!(
        out,
        "{:>5}  {:>8.2e}  {loss:>8}  {accuracy:>5}  {time_right:>8}  {:>8.2e}  {:>9}{broke}",
        row.epoch,
        row.loss,
        row.gradient_norm,
        left.map_or(String::new(), time)
    )?;
    Ok(())
}

/// At the end.
pub(super) fn end(
    training: &Training,
    ended: &Ended,
    score: &Score,
    written: &[PathBuf],
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let share = score.accuracy.by_time();
    let of_time = if share.is_nan() { String::new() } else { format!(", {share:.4} of the time") };
    let reason = ended.reason.as_ref().map_or("interrupted".to_owned(), ToString::to_string);
    writeln!(out, "\nstopped after {}: {reason}", time(ended.seconds))?;
    writeln!(
        out,
        "{} fresh trials: {:.4} right{}, mean square error {:.3e}",
        score.accuracy.trials,
        score.accuracy.by_trial(),
        of_time,
        score.mean_square
    )?;
    let violations = training.history().last().map_or(0, |row| row.violations);
    if violations > 0 {
        writeln!(out, "{} of the wrong sign", count(violations, "weight"))?;
    }
    for path in written {
        writeln!(out, "written: {}", path.display())?;
    }
    Ok(())
}

/// After an interruption.
pub(super) fn how_to_go_on(folder: Option<&Path>, out: &mut dyn Write) -> Result<(), Failure> {
    match folder {
        Some(path) => writeln!(out, "go on with `analogon train --resume {}`", path.display())?,
        None => writeln!(out, "nothing was saved to go on with: `--run FOLDER` does that")?,
    }
    Ok(())
}

/// All of it as one object.
pub(super) fn report(
    training: &Training,
    ended: &Ended,
    score: &Score,
    written: &[PathBuf],
) -> Value {
    let spec = training.spec();
    let last = training.history().last();
    json!({
        "task": spec.task.task(),
        "epochs": training.history().len(),
        "loss": last.map(|row| row.loss),
        "accuracy": score.accuracy.by_trial(),
        "stopped_because": ended.reason.as_ref().map_or("interrupted", |reason| reason.word()),
        "reason": ended.reason.as_ref().map_or("interrupted".to_owned(), ToString::to_string),
        "updates": last.map_or(0, |row| row.updates),
        "held_out_accuracy": last.and_then(|row| row.accuracy),
        "fresh": {
            "trials": score.accuracy.trials,
            "right": score.accuracy.trials_right,
            "time_right": score.accuracy.by_time(),
            "mean_square": score.mean_square,
        },
        "violations": last.map_or(0, |row| row.violations),
        "broke": training.history().iter().filter(|r| r.broke).map(|r| r.epoch).collect::<Vec<_>>(),
        "units": spec.network.units,
        "seed": spec.seed,
        "seconds": ended.seconds,
        "written": written,
    })
}

/// A time for a reader.
fn time(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..60 => format!("{seconds:.1} s"),
        60..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole / 60 % 60),
    }
}
