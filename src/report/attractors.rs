//! What the search for attractors of a system found, as a report.

mod draw;
mod gather;
mod text;

use serde::Serialize;

use crate::{
    dae::{System, Time},
    dynamics::attractors::{
        AttractorError, Cut, Fate, Kind, Lyapunov, Survey,
        fixed_points::{Counters, FixedPoint, FoundBy, Stability, stability},
    },
};

pub use draw::attractors_figure;

/// Fixed points, cycles, what follows each stimulus, and basins.
#[derive(Clone, Debug, Serialize)]
pub struct AttractorReport {
    /// The system, in a word or two.
    pub name: String,
    /// Whether it steps or flows.
    pub time: TimeKind,
    /// The step of a map, in its unit of time.
    pub step: Option<f64>,
    /// Names of the readouts, in order.
    pub outputs: Vec<String>,
    /// The constant input under which fixed points and basins were looked for.
    pub input: Vec<f64>,
    /// What drove the system, where anything did.
    pub task: Option<String>,
    /// How the starts were chosen, in words.
    pub starts_from: String,
    /// Number of starts.
    pub starts: usize,
    /// How many of them converged to a fixed point.
    pub converged: usize,
    /// The distinct fixed points, the stable ones first.
    pub fixed_points: Vec<PointReport>,
    /// States where the system is slowest without standing still.
    pub slow_points: Vec<SlowReport>,
    /// Attractors that are no points: cycles, tori and chaos.
    pub cycles: Vec<CycleReport>,
    /// What the state came to after each stimulus.
    pub fates: Vec<FateReport>,
    /// Where sampled starts led, the largest share first.
    pub basins: Vec<BasinReport>,
    /// The largest Lyapunov exponents from the first start, where asked for.
    pub lyapunov: Option<Lyapunov>,
    /// Work done by the search for fixed points.
    pub counters: Counters,
    /// The same network in continuous time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continuous: Option<Box<AttractorReport>>,
}

/// Whether a system steps or flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeKind {
    /// `x[n+1] = F(x[n])`.
    Discrete,
    /// `dx/dt = F(x)`.
    Continuous,
}

/// A fixed point.
#[derive(Clone, Debug, Serialize)]
pub struct PointReport {
    /// True where every eigenvalue of the Jacobian leads back.
    pub stable: bool,
    /// Eigenvalues that lead away.
    pub unstable_dimensions: usize,
    /// Eigenvalues on the border, which decide nothing.
    pub neutral_dimensions: usize,
    /// Largest modulus of the eigenvalues of dF/dx.
    pub radius: f64,
    /// Largest real part of them.
    pub abscissa: f64,
    /// Largest scaled component of F.
    pub residual: f64,
    /// Length of the state.
    pub norm: f64,
    /// Outputs there.
    pub readout: Vec<f64>,
    /// Index of the mirror image -x, of an odd system.
    pub mirror: Option<usize>,
    /// Starts that ended there.
    pub hits: usize,
    /// How it was found.
    pub found_by: FoundBy,
    /// The state.
    pub state: Vec<f64>,
    /// Eigenvalues of dF/dx, real and imaginary part.
    pub eigenvalues: Vec<[f64; 2]>,
}

/// A slow point.
#[derive(Clone, Debug, Serialize)]
pub struct SlowReport {
    /// Length of F there.
    pub speed: f64,
    /// Outputs there.
    pub readout: Vec<f64>,
    /// Starts that ended there.
    pub hits: usize,
    /// The state.
    pub state: Vec<f64>,
}

/// An attractor that is no point.
#[derive(Clone, Debug, Serialize)]
pub struct CycleReport {
    /// `cycle`, `quasi-periodic` or `chaotic`.
    pub kind: &'static str,
    /// Time of a turn, in the unit of time of the system; of a cycle exactly the
    /// time after which it returns.
    pub period: Option<f64>,
    /// The largest bin of a Fourier transform over 2,001 samples, as published.
    pub published_period: Option<f64>,
    /// Period of the strongest frequency of the output that moves most.
    pub output_period: Option<f64>,
    /// True where what is near comes back; `None` where that was not computed.
    pub stable: Option<bool>,
    /// Floquet multipliers of a cycle, by falling modulus.
    pub multipliers: Vec<[f64; 2]>,
    /// The largest Lyapunov exponents of a motion that does not close.
    pub exponents: Vec<f64>,
    /// Root of the mean square distance of the state from its mean.
    pub amplitude: f64,
    /// Mean of each output.
    pub mean: Vec<f64>,
    /// Standard deviation of each output.
    pub deviation: Vec<f64>,
    /// Index of the mirror image; its own index where it is its own image.
    pub mirror: Option<usize>,
    /// States of it.
    #[serde(skip)]
    pub orbit: Vec<Vec<f64>>,
    /// Outputs at these.
    #[serde(skip)]
    pub trace: Vec<Vec<f64>>,
}

/// What the state came to after a stimulus.
#[derive(Clone, Debug, Serialize)]
pub struct FateReport {
    /// The trial.
    pub trial: String,
    /// When the inputs were switched off, in the time of the task.
    pub at: f64,
    /// `fixed point`, `decay`, `cycle`, `quasi-periodic`, `chaotic`, `drift` or `divergence`.
    pub kind: &'static str,
    /// Index among the fixed points, where it is one of those found.
    pub fixed_point: Option<usize>,
    /// Index among the cycles.
    pub cycle: Option<usize>,
    /// Mean of each output at the end.
    pub mean: Vec<f64>,
    /// Standard deviation of each output at the end.
    pub deviation: Vec<f64>,
    /// Time of a turn, where it turns.
    pub period: Option<f64>,
    /// Spectral radius of the Jacobian at the point.
    pub radius: Option<f64>,
    /// Largest real part of its eigenvalues.
    pub abscissa: Option<f64>,
    /// Time that passed after the inputs were switched off.
    pub time: f64,
}

/// A basin.
#[derive(Clone, Debug, Serialize)]
pub struct BasinReport {
    /// What lies in it.
    pub kind: &'static str,
    /// Index among the fixed points.
    pub fixed_point: Option<usize>,
    /// Index among the cycles.
    pub cycle: Option<usize>,
    /// Starts that led there.
    pub count: usize,
    /// Their share.
    pub share: f64,
    /// The 95 % confidence interval of the share.
    pub interval: (f64, f64),
    /// Mean of each output at the end.
    pub mean: Vec<f64>,
}

/// What a report says besides what was found.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// See [`AttractorReport::name`].
    pub name: String,
    /// See [`AttractorReport::task`].
    pub task: Option<String>,
    /// See [`AttractorReport::starts_from`].
    pub starts_from: String,
    /// See [`AttractorReport::input`].
    pub input: Vec<f64>,
    /// See [`AttractorReport::lyapunov`].
    pub lyapunov: Option<Lyapunov>,
}

impl AttractorReport {
    /// The report of a survey of `system`.
    ///
    /// A point that a stimulus led to and the search did not find is added to
    /// the fixed points.
    ///
    /// # Errors
    ///
    /// [`AttractorError`] where a readout has no value.
    pub fn new(
        system: &dyn System,
        survey: &Survey,
        context: Context,
    ) -> Result<Self, AttractorError> {
        let mut fixed_points: Vec<PointReport> =
            survey.search.points.iter().map(PointReport::of).collect();
        let mut missed: Vec<&FixedPoint> = Vec::new();
        let fates = survey.after.iter().map(|after| &after.fate);
        for fate in fates.chain(survey.basins.basins.iter().map(|basin| &basin.fate)) {
            if let Kind::Point(rest) = &fate.kind
                && survey.point_of(fate).is_none()
                && !missed.iter().any(|point| rest.is_at(&point.state))
            {
                missed.push(&rest.point);
            }
        }
        fixed_points.extend(missed.iter().map(|point| PointReport::of(point)));
        let place = |fate: &Fate| {
            survey.point_of(fate).or_else(|| {
                let Kind::Point(rest) = &fate.kind else { return None };
                let at = missed.iter().position(|point| rest.is_at(&point.state))?;
                Some(survey.search.points.len() + at)
            })
        };
        let (time, step) = match system.time() {
            Time::Continuous => (TimeKind::Continuous, None),
            Time::Discrete { step } => (TimeKind::Discrete, Some(step)),
        };
        Ok(Self {
            name: context.name,
            time,
            step,
            outputs: system.outputs(),
            input: context.input,
            task: context.task,
            starts_from: context.starts_from,
            starts: survey.search.starts,
            converged: survey.search.converged,
            slow_points: survey.search.slow.iter().map(SlowReport::of).collect(),
            cycles: survey
                .moving
                .iter()
                .map(|moving| CycleReport::of(system, moving))
                .collect::<Result<_, _>>()?,
            fates: survey
                .after
                .iter()
                .map(|after| FateReport::of(after, place(&after.fate), survey))
                .collect(),
            basins: survey
                .basins
                .basins
                .iter()
                .map(|basin| BasinReport::of(basin, place(&basin.fate), survey))
                .collect(),
            lyapunov: context.lyapunov,
            counters: survey.search.counters,
            fixed_points,
            continuous: None,
        })
    }

    /// How many fixed points are stable.
    #[must_use]
    pub fn stable(&self) -> usize {
        self.fixed_points.iter().filter(|point| point.stable).count()
    }

    /// The stability of the same points in another time: of the flow whose map
    /// this is, or the other way round.
    ///
    /// # Errors
    ///
    /// [`AttractorError`] where the eigenvalues cannot be computed.
    pub fn stability_in(
        &self,
        system: &dyn System,
        input: &[f64],
    ) -> Result<Vec<Stability>, AttractorError> {
        let points = self.fixed_points.iter();
        Ok(points.map(|point| stability(system, &point.state, input)).collect::<Result<_, _>>()?)
    }
}

/// When the inputs of a trial were switched off, in words.
#[must_use]
pub fn cut_name(cut: Cut) -> &'static str {
    match cut {
        Cut::Trial => "each trial",
        Cut::Stimulus => "each stimulus",
    }
}
