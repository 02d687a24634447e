//! Defects over the step.

use super::{
    Options, Procedure,
    judge::{Bench, check},
    leading::{Prediction, change_of_jacobian, most_curved},
    measure::one_step,
    scene::Scene,
    sides::{Setting, scaled_jacobian},
};
use crate::{
    dae::System,
    transform::{Method, TransformError},
};

/// Defects of one method at one step.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct SweepPoint {
    /// The method.
    pub method: Method,
    /// d
    pub step: f64,
    /// `D' R` against `R D` with d' = a d.
    pub right_step: f64,
    /// One step of `D' R` with a wrong d', which is to a d as in the options.
    pub wrong_step: f64,
    /// What that must be.
    pub predicted_wrong_step: f64,
    /// `D L` against `L D` off equilibrium: the Jacobian by the states.
    pub off_equilibrium: f64,
    /// To leading order in d; `None` where F has corners nearby.
    pub predicted_off_equilibrium: Option<f64>,
}

/// Defects of all methods over the step, on one trajectory.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Sweep {
    /// a
    pub factor: f64,
    /// Wrong step of the rescaled system over the step d.
    pub wrong: f64,
    /// By method, then by step; a step at which a method has no value is left out.
    pub points: Vec<SweepPoint>,
}

/// Measures the defects of `system` at every one of `steps`, on the trajectory of
/// Runge-Kutta steps of `options.step`.
///
/// # Errors
///
/// As [`super::commute()`].
pub fn sweep(
    system: &dyn System,
    options: &Options,
    steps: &[f64],
) -> Result<Sweep, TransformError> {
    check(system, options)?;
    let setting = Setting::of(system, options, Method::RungeKutta4)?;
    let scene = Scene::of(system, options, &setting)?;
    let wrong = options.control_step() / options.step;
    let mut points = Vec::new();
    for &method in &options.methods {
        for &step in steps {
            let at_step = Options { step, wrong_step: Some(wrong * step), ..options.clone() };
            match at(system, &at_step, method, &scene) {
                Ok(point) => points.push(point),
                Err(
                    TransformError::System(_)
                    | TransformError::Exponential(_)
                    | TransformError::Unsampled { .. },
                ) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(Sweep { factor: options.factor, wrong, points })
}

fn at(
    system: &dyn System,
    options: &Options,
    method: Method,
    scene: &Scene,
) -> Result<SweepPoint, TransformError> {
    use Procedure::{Discretise, Linearise, Rescale};
    let setting = Setting::of(system, options, method)?;
    let bench = Bench::in_scene(system, options, setting.clone(), scene.clone())?;
    let sides = [[Rescale, Discretise], [Discretise, Rescale]];
    let [one, other] = sides.map(|order| setting.side(system, &order));
    let right_step = one_step(&*one?, &*other?, scene, setting.point)?.one_step();
    let missed = bench.missed(system)?;
    let probe = &scene.probes[most_curved(system, &scene.probes, &scene.scales)?];
    let mut off = setting.at((&probe.x, &probe.u));
    off.substeps = off.substeps_at(system, off.point)?;
    let change = change_of_jacobian(system, off.point, &scene.scales)?;
    let predicted = change
        .map(|change| Prediction::of(system, &off, &scene.scales, &change))
        .transpose()?
        .map(|prediction| prediction.at_step);
    let jacobian = |order: [Procedure; 2]| {
        let side = off.side(system, &order)?;
        scaled_jacobian(&*side, off.point, &scene.scales)
    };
    let linear_first = jacobian([Linearise, Discretise])?;
    let difference = (&linear_first - jacobian([Discretise, Linearise])?).amax();
    Ok(SweepPoint {
        method,
        step: options.step,
        right_step,
        wrong_step: missed.measured,
        predicted_wrong_step: missed.predicted,
        off_equilibrium: difference / linear_first.amax(),
        predicted_off_equilibrium: predicted,
    })
}
