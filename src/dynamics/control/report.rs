//! Controllability and observability before and after the procedures.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;

use super::{
    ControlError, Gramian, LinearSystem, Mode, RankTest, SpaceError, controllability,
    controllability_gramian, observability, observability_gramian,
};
use crate::{dae::Time, linalg::LyapunovError, units::count};

/// One question about one system.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tested {
    /// The test of the modes.
    #[serde(flatten)]
    pub test: RankTest,
    /// The Gramian; `None` where the system is not stable.
    pub gramian: Option<Gramian>,
    /// Why there is no Gramian.
    pub no_gramian: Option<String>,
}

/// Both questions about one system.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Aspect {
    /// Whether the state flows or steps.
    pub time: Time,
    /// Can the inputs move every mode?
    pub controllability: Tested,
    /// Do the outputs show every mode?
    pub observability: Tested,
}

/// Both questions about a flow and what the procedures make of it.
///
/// Rescaling by a and explicit Euler over d keep both ranks and multiply every
/// margin of controllability by 1/a and by d; exact sampling may lose rank
/// (docs/theory.md, section 10).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ControlReport {
    /// d, in the unit of time of the flow.
    pub step: f64,
    /// a, where the flow is rescaled too.
    pub factor: Option<f64>,
    /// The flow.
    pub continuous: Aspect,
    /// The flow in the time s = a t.
    pub rescaled: Option<Aspect>,
    /// Its explicit Euler map.
    pub euler: Aspect,
    /// Its exact map under a held input.
    pub zoh: Aspect,
    /// How far a margin of the rescaled flow is from 1/a times that of the flow,
    /// relative; the largest of those that are more than rounding.
    pub rescaled_margin_error: Option<f64>,
    /// How far one of the Euler map is from d times that of the flow.
    pub euler_margin_error: f64,
    /// True where rescaling and Euler's map keep the ranks of the flow.
    pub preserved: bool,
    /// True where exact sampling keeps them too.
    pub sampling_preserves: bool,
}

/// Why there is no report.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A procedure makes no sense.
    #[error(transparent)]
    Space(#[from] SpaceError),
    /// A test cannot be made.
    #[error(transparent)]
    Control(#[from] ControlError),
}

/// Margins up to so many times their floor are rounding themselves.
const CLEAR: f64 = 1e3;

/// Modes nearer to the border of stability than this part of the norm are on it.
const BORDER: f64 = 1e-12;

impl Tested {
    fn new(time: Time, test: RankTest, gramian: Result<Gramian, LyapunovError>) -> Self {
        // On the border the equation has a solution by rounding alone.
        let is_on_border = |mode: &Mode| match time {
            Time::Continuous => mode.re >= -BORDER * test.norm,
            Time::Discrete { .. } => mode.re.hypot(mode.im) >= 1.0 - BORDER,
        };
        let (gramian, no_gramian) = match gramian {
            Ok(_) if test.modes.iter().any(is_on_border) => {
                let why = "the system is not stable: a mode is on the border up to rounding";
                (None, Some(why.to_owned()))
            }
            Ok(gramian) => (Some(gramian), None),
            Err(error) => (None, Some(error.to_string())),
        };
        Self { test, gramian, no_gramian }
    }
}

impl Aspect {
    /// Asks both questions about a system.
    ///
    /// # Errors
    ///
    /// See [`ControlError`].
    pub fn of(system: &LinearSystem) -> Result<Self, ControlError> {
        let time = system.time();
        let (reach, sight) = (controllability(system)?, observability(system)?);
        Ok(Self {
            time,
            controllability: Tested::new(time, reach, controllability_gramian(system)),
            observability: Tested::new(time, sight, observability_gramian(system)),
        })
    }

    /// The ranks of both.
    fn ranks(&self) -> (usize, usize) {
        (self.controllability.test.rank, self.observability.test.rank)
    }
}

/// Asks about `flow`, its Euler map and its exact map over `step`, and the flow
/// rescaled by `factor` where there is one.
///
/// # Errors
///
/// [`ReportError`]: a step or factor that is not positive, or a system in
/// discrete time.
pub fn report(
    flow: &LinearSystem,
    step: f64,
    factor: Option<f64>,
) -> Result<ControlReport, ReportError> {
    let euler = Aspect::of(&flow.euler(step)?)?;
    let zoh = Aspect::of(&flow.hold(step)?)?;
    let rescaled = match factor {
        Some(factor) => Some(Aspect::of(&flow.rescaled(factor)?)?),
        None => None,
    };
    let continuous = Aspect::of(flow)?;
    let ranks = continuous.ranks();
    let error = |aspect: &Aspect, scale: f64| margin_error(&continuous, aspect, scale);
    Ok(ControlReport {
        step,
        factor,
        rescaled_margin_error: rescaled
            .as_ref()
            .zip(factor)
            .map(|(aspect, factor)| error(aspect, 1.0 / factor)),
        euler_margin_error: error(&euler, step),
        preserved: euler.ranks() == ranks
            && rescaled.as_ref().is_none_or(|aspect| aspect.ranks() == ranks),
        sampling_preserves: zoh.ranks() == ranks,
        continuous,
        rescaled,
        euler,
        zoh,
    })
}

/// The largest relative distance of margins of controllability from `scale` times
/// those before.
///
/// Margins of observability do not scale: both procedures multiply A and B, but
/// leave C as it is. Their ranks stay.
fn margin_error(before: &Aspect, after: &Aspect, scale: f64) -> f64 {
    let (before, after) = (&before.controllability.test, &after.controllability.test);
    let pairs = before.modes.iter().zip(&after.modes);
    let clear = pairs.filter(|(mode, _)| mode.margin > CLEAR * before.floor);
    let errors = clear.map(|(mode, other)| (other.margin / (scale * mode.margin) - 1.0).abs());
    errors.max_by(f64::total_cmp).unwrap_or(0.0)
}

/// One of the two questions, answered of one system.
type Question = fn(&Aspect) -> &Tested;

impl Display for ControlReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let test = &self.continuous.controllability.test;
        let verdict = match (self.preserved, self.sampling_preserves) {
            (false, _) => "FAILS: rescaling or Euler's map changes a rank",
            (true, true) => "PRESERVED: no procedure changes a rank",
            (true, false) => {
                "PRESERVED by rescaling and Euler's map; LOST by exact sampling with this step"
            }
        };
        writeln!(f, "{verdict}\n")?;
        let names: [(&str, Question); 2] = [
            ("controllability", |aspect| &aspect.controllability),
            ("observability", |aspect| &aspect.observability),
        ];
        for (name, of) in names {
            let channels = of(&self.continuous).test.channels;
            let noun = if name == "controllability" { "input" } else { "output" };
            writeln!(f, "{name} of {} by {}", count(test.states, "state"), count(channels, noun))?;
            writeln!(
                f,
                "  {:24}{:>6}{:>8}{:>12}{:>12}{:>12}{:>12}  Gramian",
                "", "rank", "Kalman", "margin", "relative", "distance", "floor"
            )?;
            for (label, aspect) in self.aspects() {
                line(&label, of(aspect), f)?;
            }
            writeln!(f)?;
        }
        if let (Some(error), Some(factor)) = (self.rescaled_margin_error, self.factor) {
            writeln!(
                f,
                "margins of controllability, rescaled: 1/{factor} times those of the flow up to {error:.1e}"
            )?;
        }
        writeln!(
            f,
            "margins of controllability, Euler: {} times those of the flow up to {:.1e}",
            self.step, self.euler_margin_error
        )?;
        writeln!(
            f,
            "margin: least singular value of [s I - A, B] at an eigenvalue s; relative: to |[A, B]| (|[A - I, B]| of a map);\n\
             distance: at any s, what decides the rank; floor: what counts as zero. Kalman's rank fails on scales alone."
        )
    }
}

impl ControlReport {
    /// The systems by name.
    fn aspects(&self) -> Vec<(String, &Aspect)> {
        let mut all = vec![("continuous".to_owned(), &self.continuous)];
        if let (Some(aspect), Some(factor)) = (&self.rescaled, self.factor) {
            all.push((format!("rescaled by {factor}"), aspect));
        }
        all.push((format!("Euler, d = {}", self.step), &self.euler));
        all.push((format!("exact sampling, d = {}", self.step), &self.zoh));
        all
    }
}

fn line(label: &str, tested: &Tested, f: &mut Formatter<'_>) -> fmt::Result {
    let test = &tested.test;
    let kalman = test.kalman_rank.map_or_else(|| "-".to_owned(), |rank| rank.to_string());
    write!(f, "  {label:24}{:>6}{kalman:>8}", test.rank)?;
    for value in [test.margin, test.relative_margin, test.distance, test.floor] {
        write!(f, "{value:>12.3e}")?;
    }
    match &tested.gramian {
        Some(Gramian { largest, smallest, .. }) => {
            writeln!(f, "  eigenvalues {smallest:.2e} to {largest:.2e}")
        }
        None => writeln!(f, "  none, not stable"),
    }
}
