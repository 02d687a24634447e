//! Where a state ends under constant input.

use super::{
    AttractorError, Fate, Kind, LyapunovOptions, Orbit, Rest, Rotation,
    cycle::main_direction,
    fixed_points::{End, FixedPoint, SearchOptions, search},
    frequency::{dominant, largest_bin},
    lyapunov,
    motion::{Motion, Walker, distance},
    record::{has_trend, is_recurrent, mean_and_deviation, spread},
    returns::{self, Patience},
};
use crate::{dae::System, linalg::norm};

/// How long a motion is followed, and how closely.
#[derive(Clone, Debug, PartialEq)]
pub struct SettleOptions {
    /// Samples before a motion is judged, 4,000 in the papers. One that has not
    /// settled by then is followed on.
    pub horizon: usize,
    /// Time of a sample of a flow; of a map it is a step.
    pub unit: f64,
    /// How often the horizon is doubled while the motion has not settled.
    pub patience: u32,
    /// A motion that changes by no more than this in a sample, relative to the
    /// largest state on its way, is tested for a fixed point.
    pub still: f64,
    /// Relative error of a step of the integrator of a flow.
    pub tolerance: f64,
}

impl Default for SettleOptions {
    /// For systems that do something in about one unit of time, as networks do.
    fn default() -> Self {
        Self { horizon: 4000, unit: 1.0, patience: 2, still: 1e-8, tolerance: 1e-8 }
    }
}

/// Samples that frequencies are taken from.
const RECORD: usize = 2001;
/// Beyond this, relative to 1 and the first state, a motion diverges.
const BOUND: f64 = 1e9;
/// Samples in which a frame of tangent vectors settles on an attractor.
const FRAME: usize = 300;
/// States of an orbit that are kept.
const KEPT: usize = 200;
/// Newton's method may move a state that hardly moves by this part of its size.
const CLOSE: f64 = 0.02;
/// An exponent within this, over the time of a sample, is zero if its error
/// does not say otherwise.
const ZERO_EXPONENT: f64 = 5e-4;
/// Frequencies of the halves of the record of a quasi-periodic motion agree to this.
const SAME_FREQUENCY: f64 = 2e-4;

/// What the state `x0` comes to under constant input.
///
/// The motion is followed for the horizon. Where it hardly changes, Newton's
/// method finds the fixed point and its eigenvalues say whether that attracts;
/// near a saddle the motion goes on, except exactly on it. Else the last 2,001
/// samples are judged: a motion that returns to the same state is a cycle,
/// refined by Newton's method; of what never returns the largest Lyapunov
/// exponents and the constancy of the frequencies tell quasi-periodic from
/// chaotic motion.
///
/// # Errors
///
/// [`AttractorError`]: lengths that disagree, a system without value, a flow
/// that is too stiff.
pub fn settle(
    system: &dyn System,
    x0: &[f64],
    input: &[f64],
    options: &SettleOptions,
) -> Result<Fate, AttractorError> {
    let motion = Motion::new(system, x0, input, (options.unit, options.tolerance))?;
    if options.horizon < RECORD {
        let (value, expected) = (options.horizon as f64, "at least 2001 samples");
        return Err(AttractorError::Option { what: "horizon", value, expected });
    }
    let mut course = Course::new(motion, x0, options);
    for round in 0..=options.patience {
        let samples = options.horizon << round;
        if let Some(kind) = course.follow(samples - RECORD)? {
            return course.fate(kind);
        }
        course.rows.clear();
        course.keeps = true;
        if let Some(kind) = course.follow(RECORD)? {
            return course.fate(kind);
        }
        course.keeps = false;
        if let Some(kind) = course.judge(round == options.patience)? {
            return course.fate(kind);
        }
    }
    let speed = course.change / motion.unit;
    course.fate(Kind::Drift { speed })
}

/// A motion that is being followed.
struct Course<'a> {
    motion: Motion<'a>,
    walker: Walker<'a>,
    options: &'a SettleOptions,
    x: Vec<f64>,
    /// Samples so far.
    samples: usize,
    /// Change over the last sample, and the largest state so far.
    change: f64,
    size: f64,
    start: f64,
    /// True while the motion is close to a point that does not attract.
    is_passing: bool,
    keeps: bool,
    rows: Vec<Vec<f64>>,
}

impl<'a> Course<'a> {
    fn new(motion: Motion<'a>, x0: &[f64], options: &'a SettleOptions) -> Self {
        Self {
            motion,
            walker: motion.walker(),
            options,
            x: x0.to_vec(),
            samples: 0,
            change: f64::INFINITY,
            size: norm(x0),
            start: norm(x0),
            is_passing: false,
            keeps: false,
            rows: Vec::new(),
        }
    }

    /// Moves on by some samples, or until the motion stands still or leaves.
    fn follow(&mut self, samples: usize) -> Result<Option<Kind>, AttractorError> {
        let mut before = self.x.clone();
        for _ in 0..samples {
            before.copy_from_slice(&self.x);
            self.walker.advance(&mut self.x)?;
            self.samples += 1;
            let now = norm(&self.x);
            if !(now <= BOUND * (1.0 + self.start)) {
                return Ok(Some(Kind::Divergence));
            }
            self.change = distance(&self.x, &before);
            self.size = if now > self.size { now } else { self.size };
            if self.keeps {
                self.rows.push(self.x.clone());
            }
            if let Some(kind) = self.stands_still()? {
                return Ok(Some(kind));
            }
        }
        Ok(None)
    }

    /// The fixed point that a motion has come to which hardly changes.
    fn stands_still(&mut self) -> Result<Option<Kind>, AttractorError> {
        let is_exact = self.change <= 1e-15 * self.size;
        if !(self.change <= self.options.still * self.size) {
            self.is_passing = false;
            return Ok(None);
        }
        if self.is_passing && !is_exact {
            return Ok(None);
        }
        let near = self.fixed_point()?.filter(|point| {
            distance(&point.state, &self.x) <= CLOSE * (self.size + f64::MIN_POSITIVE)
        });
        match near {
            Some(point) if is_exact || point.stability.unstable_dimensions == 0 => {
                let is_origin = norm(&point.state) <= 1e-6 * self.scale();
                Ok(Some(Kind::Point(Box::new(Rest { point, is_origin }))))
            }
            _ => {
                self.is_passing = true;
                Ok(None)
            }
        }
    }

    /// What counts as size where the motion came from the origin.
    fn scale(&self) -> f64 {
        if self.size > 0.0 { self.size } else { 1.0 }
    }

    /// The fixed point that Newton's method finds from here.
    fn fixed_point(&self) -> Result<Option<FixedPoint>, AttractorError> {
        let options = SearchOptions { deflation_rounds: 0, ..SearchOptions::default() };
        let starts = [self.x.clone()];
        let found = search(self.motion.system, self.motion.input, &starts, &options)?;
        Ok(match found.outcomes.first().map(|outcome| outcome.end) {
            Some(End::Point(index)) => found.points.into_iter().nth(index),
            Some(End::Slow(_) | End::Nowhere) | None => None,
        })
    }

    /// Judges the record of a motion that goes on; `None` where it has to be
    /// followed further.
    fn judge(&self, is_last: bool) -> Result<Option<Kind>, AttractorError> {
        let (amplitude, _) = spread(&self.rows);
        if !(amplitude > self.options.still * self.scale()) {
            // Slower than can be told from rounding, and no fixed point.
            return Ok(None);
        }
        if let Some(cycle) = self.cycle(amplitude, Patience::Settled)? {
            return Ok(Some(cycle));
        }
        let is_settled = !has_trend(&self.rows) && is_recurrent(&self.rows, amplitude);
        if is_settled && let Some(kind) = self.rotation()? {
            return Ok(Some(kind));
        }
        // What converges slowly is worth an expensive refinement, but what turns
        // on a circle never will.
        let patience = if is_last { Patience::Ended } else { Patience::Converging };
        self.cycle(amplitude, patience)
    }

    /// The cycle that the motion has come to.
    fn cycle(&self, amplitude: f64, patience: Patience) -> Result<Option<Kind>, AttractorError> {
        let found = if self.motion.is_map() {
            returns::of_map(self.motion, &self.rows, (amplitude, patience))?
        } else {
            returns::of_flow(self.motion, &self.rows, &self.x, (amplitude, patience))?
        };
        let Some(cycle) = found else { return Ok(None) };
        let (published_period, output_period) = self.record_periods()?;
        let orbit = Orbit { cycle, published_period, output_period };
        Ok(Some(Kind::Cycle(Box::new(orbit))))
    }

    /// Quasi-periodic or chaotic, by exponents and frequencies.
    fn rotation(&self) -> Result<Option<Kind>, AttractorError> {
        let motion = self.motion;
        let others = usize::from(!motion.is_map());
        let options = LyapunovOptions {
            unit: motion.unit,
            tolerance: motion.tolerance,
            transient: FRAME,
            samples: RECORD,
            ..LyapunovOptions::new((2 + others).min(motion.states()))
        };
        let found = lyapunov(motion.system, &self.x, motion.input, &options)?;
        let Some((period, frequency_change)) = self.frequency() else { return Ok(None) };
        let is_zero = |k: usize| {
            let exponent = found.exponents.get(k).copied().unwrap_or(f64::NEG_INFINITY);
            let own = 4.0 * found.errors.get(k).copied().unwrap_or(0.0);
            let room = ZERO_EXPONENT / motion.unit;
            exponent.abs() <= if own > room { own } else { room }
        };
        // A flow always has one exponent 0, along its orbit.
        let is_torus = (0..=others).all(is_zero) && frequency_change <= SAME_FREQUENCY;
        let is_chaotic = !is_zero(0) && found.exponents.first().is_some_and(|first| *first > 0.0);
        let (published_period, output_period) = self.record_periods()?;
        let rotation = Rotation {
            period,
            frequency_change,
            published_period,
            output_period,
            exponents: found.exponents,
            errors: found.errors,
        };
        Ok(match (is_torus, is_chaotic) {
            (true, _) => Some(Kind::QuasiPeriodic(rotation)),
            (false, true) => Some(Kind::Chaotic(rotation)),
            (false, false) => None,
        })
    }

    /// Positions along the direction in which the state moves most.
    fn scores(&self) -> Vec<f64> {
        let (direction, mean) = main_direction(&self.rows);
        let score = |row: &Vec<f64>| -> f64 {
            direction.iter().zip(row.iter().zip(&mean)).map(|(d, (x, m))| d * (x - m)).sum()
        };
        self.rows.iter().map(score).collect()
    }

    /// Mean time of a turn, and how much the frequency of the halves differs.
    fn frequency(&self) -> Option<(f64, f64)> {
        let scores = self.scores();
        let (first, second) = scores.split_at(scores.len() / 2);
        let whole = dominant(&scores)?;
        let change = (dominant(first)? - dominant(second)?).abs() / whole;
        Some((self.motion.unit / whole, change))
    }

    /// The period of the largest bin of the state, and that of the strongest
    /// frequency of the output that moves most.
    fn record_periods(&self) -> Result<(Option<f64>, Option<f64>), AttractorError> {
        let unit = self.motion.unit;
        let published = largest_bin(&self.scores()).map(|period| period * unit);
        let outputs = self.outputs()?;
        let moves = |series: &Vec<f64>| mean_and_deviation(series).1;
        let most = outputs.iter().max_by(|a, b| moves(a).total_cmp(&moves(b)));
        let of_output = most.and_then(|series| dominant(series)).map(|frequency| unit / frequency);
        Ok((published, of_output))
    }

    /// Each output over the record.
    fn outputs(&self) -> Result<Vec<Vec<f64>>, AttractorError> {
        let mut series = vec![Vec::with_capacity(self.rows.len()); self.motion.system.shape().2];
        for row in &self.rows {
            for (series, value) in series.iter_mut().zip(self.motion.output(row)?) {
                series.push(value);
            }
        }
        Ok(series)
    }

    fn fate(self, kind: Kind) -> Result<Fate, AttractorError> {
        let time = self.samples as f64 * self.motion.unit;
        let (mean, deviation, amplitude, orbit) = match &kind {
            Kind::Point(rest) => {
                let still = vec![0.0; rest.point.readout.len()];
                (rest.point.readout.clone(), still, 0.0, vec![rest.point.state.clone()])
            }
            Kind::Divergence => (Vec::new(), Vec::new(), f64::INFINITY, Vec::new()),
            Kind::Cycle(_) | Kind::QuasiPeriodic(_) | Kind::Chaotic(_) | Kind::Drift { .. } => {
                let moments =
                    self.outputs()?.iter().map(|s| mean_and_deviation(s)).collect::<Vec<_>>();
                let every = 1 + self.rows.len() / KEPT;
                let kept = self.rows.iter().step_by(every).cloned().collect();
                let (mean, deviation) = moments.into_iter().unzip();
                (mean, deviation, spread(&self.rows).0, kept)
            }
        };
        Ok(Fate { kind, state: self.x, time, mean, deviation, amplitude, orbit })
    }
}
