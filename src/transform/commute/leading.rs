//! The defect of linearisation and discretisation off equilibrium, to leading order.

use nalgebra::DMatrix;

use super::{
    Leading, Procedure, Scales,
    scene::Probe,
    sides::{Setting, row_norm, scale, scaled_jacobian},
};
use crate::{
    dae::System,
    linalg::max_abs,
    transform::{Method, TransformError},
};

/// Where `d |J|` is this small, higher orders are a few per mille, and a few per cent
/// where F is nearly flat, so that the leading order itself is small.
const SMALL: f64 = 1e-3;
/// The two reaches of the difference that stands for a derivative, in the scales.
const REACHES: [f64; 2] = [1e-4, 1e-5];
/// They agree to this part where F is smooth.
const SMOOTH: f64 = 0.05;
/// A prediction holds where it is off by no more than this part at the small step.
const NEARLY: f64 = 0.25;

/// kappa of `kappa d^2 (dJ/dx) F`, docs/theory.md, equation 24.
pub(super) fn kappa(method: Method) -> f64 {
    match method {
        Method::ExplicitEuler | Method::ExponentialEuler => 0.0,
        Method::ImplicitEuler => 1.0,
        Method::Trapezoidal | Method::RungeKutta4 | Method::ZeroOrderHold => 0.5,
    }
}

/// How the Jacobians change along the motion, `(dJ/dx) F`, counted in the scales.
pub(super) struct Change {
    /// Of the Jacobian by the states.
    by_state: DMatrix<f64>,
    /// Largest entry of that by the inputs.
    by_input: f64,
}

impl Change {
    /// The largest entry of that by the states.
    pub(super) fn size(&self) -> f64 {
        self.by_state.amax()
    }
}

/// See [`Change`]; `None` where F has a corner nearby.
pub(super) fn change_of_jacobian(
    system: &dyn System,
    (x, u): (&[f64], &[f64]),
    scales: &Scales,
) -> Result<Option<Change>, TransformError> {
    let mut rate = vec![0.0; x.len()];
    system.evolve(x, u, &mut rate)?;
    let scaled: Vec<f64> = rate.iter().zip(&scales.state).map(|(f, s)| f / s).collect();
    let speed = max_abs(&scaled);
    let zeros = DMatrix::zeros(x.len(), x.len());
    if speed == 0.0 {
        return Ok(Some(Change { by_state: zeros, by_input: 0.0 }));
    }
    let inputs = |at: &[f64]| -> Result<DMatrix<f64>, TransformError> {
        let mut jacobian = system.input_jacobian(at, u)?;
        scale(&mut jacobian, &scales.state, &scales.input);
        Ok(jacobian)
    };
    let difference = |reach: f64| -> Result<(DMatrix<f64>, f64), TransformError> {
        let time = reach / speed;
        let moved = |sign: f64| -> Vec<f64> {
            x.iter().zip(&rate).map(|(x, f)| x + sign * time * f).collect()
        };
        let [ahead, behind] = [moved(1.0), moved(-1.0)];
        let by_state = scaled_jacobian(system, (&ahead, u), scales)?
            - scaled_jacobian(system, (&behind, u), scales)?;
        let by_input = inputs(&ahead)? - inputs(&behind)?;
        Ok((by_state / (2.0 * time), by_input.amax() / (2.0 * time)))
    };
    let [(far, by_input), (near, _)] = [difference(REACHES[0])?, difference(REACHES[1])?];
    // What rounding leaves of the difference of two Jacobians.
    let jacobian = scaled_jacobian(system, (x, u), scales)?;
    let noise = 64.0 * f64::EPSILON * row_norm(&jacobian) * speed / REACHES[1];
    let smooth = (&far - &near).amax() <= SMOOTH * far.amax() + noise;
    let by_state = if far.amax() <= noise { zeros } else { far };
    Ok(smooth.then_some(Change { by_state, by_input }))
}

/// What the prediction is at (x*, u*) of the setting.
pub(super) struct Prediction {
    /// At the step of the setting, relative to the largest entry of the map's Jacobian.
    pub(super) at_step: f64,
    /// The same of the Jacobian by the inputs.
    pub(super) by_input: f64,
    /// At a step at which it must be right.
    pub(super) leading: Leading,
}

impl Prediction {
    /// `change` is that of [`change_of_jacobian`].
    pub(super) fn of(
        system: &dyn System,
        setting: &Setting<'_>,
        scales: &Scales,
        change: &Change,
    ) -> Result<Self, TransformError> {
        use Procedure::{Discretise, Linearise};
        let factor = kappa(setting.method);
        let size = change.size() * factor;
        let relative_to = |setting: &Setting<'_>| -> Result<f64, TransformError> {
            let map = setting.side(system, &[Linearise, Discretise])?;
            Ok(scaled_jacobian(&*map, setting.point, scales)?.amax())
        };
        let square = setting.step.powi(2);
        let at_step = size * square / relative_to(setting)?;
        let by_input = {
            let map = setting.side(system, &[Linearise, Discretise])?;
            let mut whole = map.input_jacobian(setting.point.0, setting.point.1)?;
            scale(&mut whole, &scales.state, &scales.input);
            let change = factor * change.by_input * square;
            if change == 0.0 { 0.0 } else { change / whole.amax() }
        };
        let reach = row_norm(&scaled_jacobian(system, setting.point, scales)?);
        let small = if reach > 0.0 { SMALL / reach } else { setting.step };
        let step = if small < setting.step { small } else { setting.step };
        let mut near = setting.with_steps(step, setting.factor * step);
        near.substeps = near.substeps_at(system, near.point)?;
        let [one, other] = [[Linearise, Discretise], [Discretise, Linearise]].map(|order| {
            let side = near.side(system, &order)?;
            scaled_jacobian(&*side, near.point, scales)
        });
        let whole = relative_to(&near)?;
        let leading = Leading {
            step,
            measured: (one? - other?).amax() / whole,
            predicted: size * step.powi(2) / whole,
        };
        Ok(Self { at_step, by_input, leading })
    }

    /// True where the measured defect is the predicted one.
    pub(super) fn is_right(&self) -> bool {
        let Leading { measured, predicted, .. } = self.leading;
        (measured - predicted).abs() <= NEARLY * predicted
    }
}

/// The probe, among a few, at which the Jacobian changes most.
pub(super) fn most_curved(
    system: &dyn System,
    probes: &[Probe],
    scales: &Scales,
) -> Result<usize, TransformError> {
    const LOOKED_AT: usize = 4;
    let mut best = (0, -1.0);
    for (at, probe) in probes.iter().enumerate().take(LOOKED_AT) {
        let change = change_of_jacobian(system, (&probe.x, &probe.u), scales)?;
        let size = change.map_or(0.0, |change| change.size());
        if size > best.1 {
            best = (at, size);
        }
    }
    Ok(best.0)
}
