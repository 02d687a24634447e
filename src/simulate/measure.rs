//! Measures of results.

use crate::{
    circuit::{Crossing, Formula, Instant, Measure, MeasureTask},
    diag::Span,
    simulate::trace::{Earlier, Trace},
    wave::Sampled,
};

/// The outcome of one `.measure` card.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasureResult {
    /// Its name.
    pub name: String,
    /// Its value, or why it has none.
    pub value: Result<f64, String>,
    /// The card.
    pub span: Span,
}

/// One measure of the results in `trace`.
///
/// # Errors
///
/// A sentence that says why there is no value.
pub(super) fn measure(
    measure: &Measure,
    trace: &Trace<'_, '_>,
    earlier: Earlier<'_>,
) -> Result<f64, String> {
    let scene = Scene { trace, earlier };
    match &measure.task {
        MeasureTask::Delay { trigger, target } => {
            let at = |what: &str, instant| {
                scene.instant(instant).map_err(|reason| format!("{what}: {reason}"))
            };
            Ok(at("TARG", target)? - at("TRIG", trigger)?)
        }
        MeasureTask::When(at) => scene.instant(at),
        MeasureTask::Find { what, at } => {
            let at = scene.instant(at)?;
            scene.figure(what, |sampled| sampled.value(at))?.ok_or_else(|| scene.outside(at))
        }
        MeasureTask::Derivative { what, at } => {
            let at = scene.instant(at)?;
            scene.figure(what, |sampled| sampled.slope(at))?.ok_or_else(|| scene.outside(at))
        }
        MeasureTask::Window { statistic, what, from, to } => {
            scene.figure(what, |sampled| sampled.statistic(*statistic, *from, *to))?
        }
        MeasureTask::Parameter(formula) => {
            let values = trace.values(formula, earlier)?;
            values.last().copied().ok_or_else(|| "the analysis has no points".to_owned())
        }
    }
}

/// Results and what was measured on them before.
struct Scene<'s, 'f, 'd> {
    trace: &'s Trace<'f, 'd>,
    earlier: Earlier<'s>,
}

impl Scene<'_, '_, '_> {
    /// What `read` makes of the samples of a formula.
    fn figure<T>(
        &self,
        formula: &Formula,
        read: impl FnOnce(Sampled<'_>) -> T,
    ) -> Result<T, String> {
        let values = self.trace.values(formula, self.earlier)?;
        Ok(read(Sampled::new(self.trace.axis, &values)))
    }

    fn outside(&self, at: f64) -> String {
        let axis = self.trace.axis;
        let (name, first, last) = (self.trace.axis_name, axis[0], axis[axis.len() - 1]);
        format!("{at} lies outside the {name} axis, from {first} to {last}")
    }

    fn instant(&self, instant: &Instant) -> Result<f64, String> {
        match instant {
            Instant::At(at) => Ok(*at),
            Instant::Crossing(crossing) => self.crossing(crossing),
        }
    }

    fn crossing(&self, crossing: &Crossing) -> Result<f64, String> {
        let Crossing { left, right, edge, count, after } = crossing;
        let mut difference = self.trace.values(left, self.earlier)?;
        for (value, right) in difference.iter_mut().zip(self.trace.values(right, self.earlier)?) {
            *value -= right;
        }
        let found = Sampled::new(self.trace.axis, &difference).crossings(*edge, *after);
        let chosen = match count {
            None => found.last(),
            Some(count) => found.get(count - 1),
        };
        chosen.copied().ok_or_else(|| {
            let word = edge.name();
            match (count, found.len()) {
                (_, 0) => format!("there is no {word} crossing"),
                (Some(count), found) => format!("there is no {word}={count}, only {found}"),
                (None, found) => format!("there is none of {found}"),
            }
        })
    }
}
