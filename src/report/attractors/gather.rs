//! What was found, in the words of a report.

use super::{BasinReport, CycleReport, FateReport, PointReport, SlowReport};
use crate::{
    dae::System,
    dynamics::attractors::{
        AfterStimulus, AttractorError, Basin, Kind, Moving, Survey,
        fixed_points::{FixedPoint, SlowPoint},
    },
    linalg::{Complex, norm},
};

fn pair(value: &Complex) -> [f64; 2] {
    [value.re, value.im]
}

impl PointReport {
    pub(super) fn of(point: &FixedPoint) -> Self {
        let stability = &point.stability;
        Self {
            stable: stability.stable,
            unstable_dimensions: stability.unstable_dimensions,
            neutral_dimensions: stability.neutral_dimensions,
            radius: stability.radius,
            abscissa: stability.abscissa,
            residual: point.residual,
            norm: norm(&point.state),
            readout: point.readout.clone(),
            mirror: point.mirror,
            hits: point.hits,
            found_by: point.found_by,
            state: point.state.clone(),
            eigenvalues: stability.eigenvalues.iter().map(pair).collect(),
        }
    }
}

impl SlowReport {
    pub(super) fn of(point: &SlowPoint) -> Self {
        Self {
            speed: point.speed,
            readout: point.readout.clone(),
            hits: point.hits,
            state: point.state.clone(),
        }
    }
}

impl CycleReport {
    pub(super) fn of(system: &dyn System, moving: &Moving) -> Result<Self, AttractorError> {
        let (_, inputs, outputs) = system.shape();
        let rest = vec![0.0; inputs];
        let trace = moving.fate.orbit.iter().map(|state| {
            let mut y = vec![0.0; outputs];
            system.output(state, &rest, &mut y)?;
            Ok(y)
        });
        let trace = trace.collect::<Result<_, AttractorError>>()?;
        let fate = &moving.fate;
        let (stable, multipliers, exponents, output_period) = match &fate.kind {
            Kind::Cycle(orbit) => {
                let multipliers = orbit.cycle.multipliers.iter().map(pair).collect();
                (Some(orbit.cycle.stable), multipliers, Vec::new(), orbit.output_period)
            }
            Kind::QuasiPeriodic(rotation) | Kind::Chaotic(rotation) => {
                (None, Vec::new(), rotation.exponents.clone(), rotation.output_period)
            }
            Kind::Point(_) | Kind::Drift { .. } | Kind::Divergence => {
                (None, Vec::new(), Vec::new(), None)
            }
        };
        Ok(Self {
            kind: fate.kind.name(),
            period: fate.kind.period(),
            published_period: fate.kind.published_period(),
            output_period,
            stable,
            multipliers,
            exponents,
            amplitude: fate.amplitude,
            mean: fate.mean.clone(),
            deviation: fate.deviation.clone(),
            mirror: moving.mirror,
            orbit: fate.orbit.clone(),
            trace,
        })
    }
}

impl BasinReport {
    pub(super) fn of(basin: &Basin, fixed_point: Option<usize>, survey: &Survey) -> Self {
        Self {
            kind: basin.fate.kind.name(),
            fixed_point,
            cycle: survey.moving_of(&basin.fate),
            count: basin.count,
            share: basin.share,
            interval: basin.interval,
            mean: basin.fate.mean.clone(),
        }
    }
}

impl FateReport {
    pub(super) fn of(after: &AfterStimulus, fixed_point: Option<usize>, survey: &Survey) -> Self {
        let fate = &after.fate;
        let stability = match &fate.kind {
            Kind::Point(rest) => Some(&rest.point.stability),
            Kind::Cycle(_)
            | Kind::QuasiPeriodic(_)
            | Kind::Chaotic(_)
            | Kind::Drift { .. }
            | Kind::Divergence => None,
        };
        Self {
            trial: after.name.clone(),
            at: after.at,
            kind: fate.kind.name(),
            fixed_point,
            cycle: survey.moving_of(fate),
            mean: fate.mean.clone(),
            deviation: fate.deviation.clone(),
            period: fate.kind.period(),
            radius: stability.map(|stability| stability.radius),
            abscissa: stability.map(|stability| stability.abscissa),
            time: fate.time,
        }
    }
}
