//! Circuits of transistors against their network: by measurement, and through every
//! transistor.

mod rig;

use std::fmt::{self, Formatter};

use crate::{
    equiv::{
        Attempt, EquivalenceReport, Measured, Path, Scales, Structural, Structure, Subject,
        VerifyError, VerifyOptions, measure,
        verify::{
            TIGHTEST, blank, concluded, judged, refused,
            trajectories::summarise,
            trial::{Bench, Expected},
        },
    },
    solve::Counters,
};

use rig::{Prediction, Rig, apart};

/// What was measured of a circuit, and what it explains.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct MeasuredFacts {
    /// Largest modulus of `sigma(z) - tanh(z)` of any unit.
    pub mismatch: f64,
    /// Largest part of a sigma that is lost in the conductance of what drives a capacitor.
    pub conductance: f64,
    /// Largest sum of both and of the residual that is allowed.
    pub allowed: f64,
    /// Largest error of a rate at points that had no part in the measurement, model units.
    pub residual: f64,
    /// Operating points that were solved.
    pub points: usize,
    /// What the deck saves that is no output of the network.
    pub unread: Vec<String>,
    /// Largest difference that the network with the measured sigmas has from the network,
    /// model units; `None` where nothing could be compared.
    pub predicted: Option<f64>,
    /// Largest difference of the circuit from the network with the measured sigmas.
    pub unexplained: Option<f64>,
    /// How far rates that are off by the residual take the network from there, the largest
    /// of a few patterns of signs.
    pub spread: Option<f64>,
    /// What `unexplained` may be.
    pub unexplained_allowed: Option<f64>,
}

/// Largest difference of a trajectory that may be left unexplained: what nodal analysis is
/// held to anywhere, relative to full scale, and a multiple of what the residual can do,
/// since few patterns of its signs are tried.
const UNEXPLAINED: f64 = 1e-4;
const SPREADS: f64 = 2.0;
/// What is left unexplained at most, relative to full scale, whatever the residual can do.
const MOST_UNEXPLAINED: f64 = 1e-2;
/// Largest predicted difference, relative to full scale, with which a circuit is still the
/// network.
const LARGEST: f64 = 0.1;
/// A tighter tolerance that leaves more than this part of the difference is the last.
const STALLED: f64 = 0.7;

impl MeasuredFacts {
    /// What was measured.
    pub(super) fn text(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "measured    at {} operating points: sigma is tanh to {:.1e} of its height; outputs lose up to {:.1e} of it",
            self.points, self.mismatch, self.conductance
        )?;
        writeln!(
            f,
            "            ({:.0e} is allowed); leak and one sum of states and inputs explain every current to {:.1e}",
            self.allowed, self.residual
        )?;
        if !self.unread.is_empty() {
            writeln!(
                f,
                "            no sums of states and so no outputs: {}",
                self.unread.join(", ")
            )?;
        }
        Ok(())
    }

    /// What the trajectories say of it.
    pub(super) fn explanation(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (Some(predicted), Some(unexplained), Some(allowed)) =
            (self.predicted, self.unexplained, self.unexplained_allowed)
        else {
            return Ok(());
        };
        writeln!(
            f,
            "            the network with the measured sigmas differs by {predicted:.1e}; the circuit follows it to {unexplained:.1e} (tolerance {allowed:.1e})"
        )?;
        if predicted > 0.0 && !(unexplained <= allowed) {
            writeln!(f, "            what is measured at rest does not explain what moves")?;
        }
        Ok(())
    }
}

/// Verifies a circuit whose nonlinearities are many elements together.
pub(super) fn verify(
    subject: &Subject<'_>,
    options: &VerifyOptions,
    progress: &(dyn Fn(f64) + Sync),
) -> Result<EquivalenceReport, VerifyError> {
    if options.align {
        return Err(VerifyError::NoClock);
    }
    let scales = Scales::from_params(&subject.circuit.parts().params);
    let options = &VerifyOptions { path: Path::Mna, ..*options };
    let compared = measure(subject.circuit, &scales)
        .map_err(|obstacle| obstacle.to_string())
        .and_then(|found| found.compare(subject.network).map(|structure| (found, structure)));
    let (measured, structure) = match compared {
        Ok(compared) => compared,
        Err(obstacle) => {
            let mut report = blank(subject, options, refused(obstacle, options), scales);
            report.properties = judged(subject, None, &scales);
            return Ok(concluded(report));
        }
    };
    let structural = Structural {
        // What no sum of states explains is as far from a network as a wrong sigma.
        holds: structure.holds && measured.imperfection() + measured.residual <= options.mismatch,
        max_relative: Some(structure.max_relative),
        tolerance: measured.coefficient(),
        obstacle: None,
        comparison: Some(structure.clone()),
        blame: Vec::new(),
    };
    let mut report = blank(subject, options, structural, scales);
    report.properties = judged(subject, None, &scales);
    report.circuit.states = measured.sigmas.len();
    report.measured = Some(MeasuredFacts {
        mismatch: measured.mismatch,
        conductance: measured.conductance,
        allowed: options.mismatch,
        residual: measured.residual,
        points: measured.points,
        unread: measured.unread.clone(),
        predicted: None,
        unexplained: None,
        spread: None,
        unexplained_allowed: None,
    });
    trajectories(subject, (&measured, &structure), options, &mut report, progress)?;
    Ok(concluded(report))
}

/// Compares the trajectories of circuit, network and network with the measured sigmas, at
/// tighter and tighter tolerance where none is given.
fn trajectories(
    subject: &Subject<'_>,
    (measured, structure): (&Measured, &Structure),
    options: &VerifyOptions,
    report: &mut EquivalenceReport,
    progress: &(dyn Fn(f64) + Sync),
) -> Result<(), VerifyError> {
    let Some(reduction) = measured.reduction(subject.circuit) else { return Ok(()) };
    let Ok((network, deviation)) = measured.arranged(&structure.matching) else { return Ok(()) };
    let pairing = (&measured.extracted, structure);
    let bench = Bench::new(subject, &reduction, pairing, options.until);
    let residual = measured.residual;
    let rig = Rig { bench, network, deviation, residual, options, progress };
    let predictions = rig.predictions()?;
    let full_scale = largest(predictions.iter().map(|p| p.expected.full_scale()));
    let predicted = largest(predictions.iter().map(Prediction::deviation));
    let spread = largest(predictions.iter().map(|p| p.spread));
    let explained = UNEXPLAINED * full_scale + SPREADS * spread;
    let most = MOST_UNEXPLAINED * full_scale;
    let allowed = if explained < most { explained } else { most };
    let mut reltol = options.first_reltol();
    let mut before = f64::INFINITY;
    let (runs, unexplained) = loop {
        let runs = rig.runs(&predictions, reltol)?;
        let pairs = runs.iter().zip(&predictions);
        let unexplained = largest(pairs.map(|(run, p)| apart(&run.trajectory, &p.rows)));
        let relative = if full_scale > 0.0 { unexplained / full_scale } else { unexplained };
        report.attempts.push(Attempt { reltol, relative });
        report.reltol = reltol;
        let settled = unexplained <= allowed
            || options.reltol.is_some()
            || reltol <= TIGHTEST
            || !(unexplained <= STALLED * before);
        if settled {
            break (runs, unexplained);
        }
        (reltol, before) = (reltol * 0.1, unexplained);
    };
    report.counters = Counters::default();
    for run in &runs {
        report.counters += run.counters;
    }
    let kept = runs.iter().zip(&predictions).take(options.keep).enumerate();
    report.records = kept.map(|(at, (run, p))| rig.bench.record(at, &p.expected, run)).collect();
    // What is predicted and what is left bound what is seen.
    let bound = match options.difference {
        Some(difference) => difference * full_scale,
        None if predicted <= LARGEST * full_scale => predicted + allowed,
        None => LARGEST * full_scale,
    };
    let tolerance = if full_scale > 0.0 { bound / full_scale } else { 0.0 };
    let expected: Vec<Expected> = predictions.into_iter().map(|p| p.expected).collect();
    let mut summary = summarise(&expected, &runs, (full_scale, tolerance), report);
    summary.holds = unexplained <= allowed && summary.max_abs <= bound;
    report.trajectory = Some(summary);
    if let Some(facts) = &mut report.measured {
        facts.predicted = Some(predicted);
        facts.unexplained = Some(unexplained);
        facts.spread = Some(spread);
        facts.unexplained_allowed = Some(allowed);
    }
    Ok(())
}

/// The largest of some moduli, 0 of none; NaN counts as the largest.
fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.max_by(f64::total_cmp).unwrap_or(0.0)
}
