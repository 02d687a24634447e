//! The rows in which nothing is to commute, and what the defect must then be.

use super::{
    Claim, Condition, Procedure, Row, Verdict,
    judge::{Bench, CLEAR, RESTING, exact, judged, scaled_rate, unit_of},
    leading::{Prediction, change_of_jacobian, most_curved},
    sides::Setting,
};
use crate::{
    dae::System,
    linalg::max_abs,
    transform::{Method, TransformError},
};

use Procedure::{Discretise, Linearise, Rescale};

/// What a wrong step does to the next state, counted in the scales.
pub(super) struct Missed {
    pub(super) measured: f64,
    /// `|d'/a - d| |F|` for explicit Euler; for the others the same difference of
    /// steps, taken without rescaling.
    pub(super) predicted: f64,
    /// What rounding may do to their difference.
    bound: f64,
}

impl Bench<'_> {
    /// `D L` against `L D` where the trajectory is most curved.
    pub(super) fn off_equilibrium(&self) -> Result<Row, TransformError> {
        let sides: [&[Procedure]; 2] = [&[Linearise, Discretise], &[Discretise, Linearise]];
        let at = most_curved(self.system, &self.scene.probes, &self.scene.scales)?;
        let probe = &self.scene.probes[at];
        let mut setting = self.setting.at((&probe.x, &probe.u));
        setting.substeps = setting.substeps_at(self.system, setting.point)?;
        let exact_here = self.is_exact();
        let condition = if exact_here { Condition::AnyPoint } else { Condition::Equilibrium };
        let [left, right] = sides.map(|order| setting.side(self.system, order));
        let (left, right) = (left?, right?);
        let mut row = self.row((Claim::OffEquilibrium, condition), sides, [left, right])?;
        if exact_here {
            row.verdict = exact(&row, Verdict::Exact);
            return Ok(row);
        }
        let drift = max_abs(&scaled_rate(self.system, setting.point, &self.scene)?);
        self.judge_point(&mut row, &setting, drift * setting.step)?;
        Ok(row)
    }

    /// Judges a row of `D L` and `L D` that holds at an equilibrium only.
    pub(super) fn judge_point(
        &self,
        row: &mut Row,
        setting: &Setting<'_>,
        drift: f64,
    ) -> Result<(), TransformError> {
        let scales = &self.scene.scales;
        let change = change_of_jacobian(self.system, setting.point, scales)?;
        let prediction = change
            .map(|change| Prediction::of(self.system, setting, scales, &change))
            .transpose()?;
        row.bound += self.sampling;
        row.run_bound *= row.bound / self.unit;
        row.condition_holds = drift <= RESTING;
        if row.condition_holds {
            // An equilibrium that is known to some digits only.
            let left_over = prediction.as_ref().map_or(drift, |prediction| {
                let (a, b) = (prediction.at_step, prediction.by_input);
                if a.total_cmp(&b).is_ge() { a } else { b }
            });
            let more = 1.0 + 2.0 * left_over / row.bound;
            row.bound *= more;
            row.run_bound *= more;
            row.verdict = exact(row, Verdict::AtEquilibrium);
            return Ok(());
        }
        // Where F is too flat, or has corners, only the direction is claimed.
        let prediction = prediction.filter(|p| p.at_step > CLEAR * row.bound);
        row.measured = Some(row.defect.a);
        row.predicted = prediction.as_ref().map(|prediction| prediction.at_step);
        row.leading = prediction.as_ref().map(|prediction| prediction.leading);
        let defect = row.defect.one_step();
        row.verdict = match prediction {
            _ if !defect.is_finite() => Verdict::Fails,
            Some(p) => {
                let checkable = p.leading.predicted > CLEAR * row.bound;
                match defect > row.bound && (!checkable || p.is_right()) {
                    true => Verdict::Differs,
                    false => Verdict::Fails,
                }
            }
            _ => judged(row, defect <= row.bound, Verdict::Exact, Verdict::Differs),
        };
        Ok(())
    }

    /// `D' R` with the wrong step against `R D`, at the probe that moves fastest;
    /// `system` is the system after `before`.
    pub(super) fn wrong_step(
        &self,
        system: &dyn System,
        before: &[Procedure],
    ) -> Result<Row, TransformError> {
        let wrong = self.setting.with_steps(self.setting.step, self.wrong);
        let [left, right] = [[Rescale, Discretise], [Discretise, Rescale]];
        let systems = [wrong.side(system, &left)?, self.setting.side(system, &right)?];
        let sides: [Vec<Procedure>; 2] = [&left, &right].map(|order| [before, order].concat());
        let what = (Claim::WrongStep, Condition::ScaledStep);
        let mut row = self.row(what, [&sides[0], &sides[1]], systems)?;
        let Missed { measured, predicted, bound } = self.missed(system)?;
        row.condition_holds = self.wrong == self.setting.rescaled_step;
        (row.measured, row.predicted) = (Some(measured), Some(predicted));
        let as_predicted = (measured - predicted).abs() <= bound;
        row.verdict = match as_predicted {
            true if predicted <= bound => judged(&row, true, Verdict::Exact, Verdict::Fails),
            true => Verdict::Differs,
            false => Verdict::Fails,
        };
        Ok(row)
    }

    /// One step of `D' R` with the wrong step, and of `R D`.
    pub(super) fn missed(&self, system: &dyn System) -> Result<Missed, TransformError> {
        let (mut fastest, mut speed) = (0, -1.0);
        for (at, probe) in self.scene.probes.iter().enumerate() {
            let rate = max_abs(&scaled_rate(system, (&probe.x, &probe.u), &self.scene)?);
            if rate > speed {
                (fastest, speed) = (at, rate);
            }
        }
        let probe = &self.scene.probes[fastest];
        let point = (probe.x.as_slice(), probe.u.as_slice());
        let wrong = self.setting.with_steps(self.setting.step, self.wrong);
        let left = wrong.side(system, &[Rescale, Discretise])?;
        let right = self.setting.side(system, &[Discretise, Rescale])?;
        let measured = self.moved(&*left, &*right, point)?;
        let effective = self.wrong / self.setting.factor;
        let predicted = if self.setting.method == Method::ExplicitEuler {
            (effective - self.setting.step).abs() * speed
        } else {
            let other = self.setting.with_steps(effective, self.wrong);
            let long = other.side(system, &[Discretise])?;
            let right = self.setting.side(system, &[Discretise])?;
            self.moved(&*long, &*right, point)?
        };
        // The difference of two states is as exact as they are large.
        let sizes: Vec<f64> =
            probe.x.iter().zip(&self.scene.scales.state).map(|(x, scale)| x / scale).collect();
        let reach = if effective > self.setting.step { effective } else { self.setting.step };
        let unit = unit_of(self.system, &self.setting, &self.scene, reach)?;
        let bound = unit * (1.0 + max_abs(&sizes) + speed * reach + measured);
        Ok(Missed { measured, predicted, bound })
    }

    /// The largest scaled difference of the next states.
    fn moved(
        &self,
        one: &dyn System,
        other: &dyn System,
        (x, u): (&[f64], &[f64]),
    ) -> Result<f64, TransformError> {
        let mut ends = [vec![0.0; x.len()], vec![0.0; x.len()]];
        one.evolve(x, u, &mut ends[0])?;
        other.evolve(x, u, &mut ends[1])?;
        let pairs = ends[0].iter().zip(&ends[1]).zip(&self.scene.scales.state);
        let differences: Vec<f64> = pairs.map(|((a, b), scale)| (a - b) / scale).collect();
        Ok(max_abs(&differences))
    }
}
