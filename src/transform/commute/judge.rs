//! Every identity, measured and judged.

use super::{
    Claim, Commutation, Condition, Defect, Options, Procedure, Row, Skipped, Verdict,
    leading::kappa,
    measure::{one_step, rounding, runs},
    scene::Scene,
    sides::{SAMPLING, Setting, Side, scaled_jacobian},
};
use crate::{
    dae::{System, Time},
    linalg::max_abs,
    transform::{
        Discretised, Linearised, Method, TransformError,
        error::{finite, positive},
    },
};

use Procedure::{Discretise, Linearise, Rescale};

/// F moves the state by no more than this part of its scale at an equilibrium.
pub(super) const RESTING: f64 = 1e-9;
/// A predicted defect so many times the bound cannot hide in rounding.
pub(super) const CLEAR: f64 = 100.0;
/// A sampled flow may be off by so many times the error that was asked for.
const SAMPLED: f64 = 100.0;

/// The order that the others are compared with.
const REFERENCE: [Procedure; 3] = [Linearise, Rescale, Discretise];
/// The other five.
const ORDERS: [[Procedure; 3]; 5] = [
    [Rescale, Linearise, Discretise],
    [Linearise, Discretise, Rescale],
    [Discretise, Linearise, Rescale],
    [Discretise, Rescale, Linearise],
    [Rescale, Discretise, Linearise],
];

/// See [`super::commute()`].
pub(super) fn commute(
    system: &dyn System,
    options: &Options,
    progress: &dyn Fn(f64),
) -> Result<Commutation, TransformError> {
    check(system, options)?;
    let methods: &[Method] =
        if options.methods.is_empty() { &[Method::ExplicitEuler] } else { &options.methods };
    let mut rows = Vec::new();
    let mut facts = None;
    let mut skipped = Vec::new();
    for (at, &method) in methods.iter().enumerate() {
        match rows_of(system, options, method, facts.is_none()) {
            Ok((found, drift, scales)) => {
                rows.extend(found);
                facts.get_or_insert((drift, scales));
            }
            // One method may have no value where another has one.
            Err(error @ (TransformError::System(_) | TransformError::Unsampled { .. }))
                if methods.len() > 1 =>
            {
                skipped.push(Skipped { method, reason: error.to_string() });
            }
            Err(error) => return Err(error),
        }
        progress((at + 1) as f64 / methods.len() as f64);
    }
    let Some((drift, scales)) = facts else {
        let reason = skipped.into_iter().next().map_or_else(String::new, |first| first.reason);
        return Err(TransformError::NoMethod { reason });
    };
    Ok(Commutation {
        factor: options.factor,
        step: options.step,
        rescaled_step: options.factor * options.step,
        wrong_step: options.control_step(),
        shape: system.shape(),
        affine: system.is_affine(),
        drift,
        equilibrium: drift <= RESTING,
        scales,
        holds: rows.iter().all(|row| row.verdict != Verdict::Fails),
        rows,
        skipped,
    })
}

/// The rows of one method, with that of the flows alone where it is the first,
/// the drift at the point and the scales.
fn rows_of(
    system: &dyn System,
    options: &Options,
    method: Method,
    is_first: bool,
) -> Result<(Vec<Row>, f64, super::Scales), TransformError> {
    let bench = Bench::of(system, options, method)?;
    let mut rows = Vec::new();
    if is_first {
        rows.push(bench.rescale_linearise()?);
    }
    if !options.methods.is_empty() {
        bench.rows(&mut rows)?;
    }
    Ok((rows, bench.drift, bench.scene.scales))
}

/// Fails where nothing can be compared.
pub(super) fn check(system: &dyn System, options: &Options) -> Result<(), TransformError> {
    if let Time::Discrete { step } = system.time() {
        return Err(TransformError::AlreadyDiscrete { step });
    }
    let (states, inputs, _) = system.shape();
    if states == 0 {
        return Err(TransformError::NoStates);
    }
    positive("the factor of time", options.factor)?;
    positive("the step", options.step)?;
    positive("the rescaled step", options.factor * options.step)?;
    positive("the step of the control", options.control_step())?;
    for (what, values, expected) in
        [("the state", &options.state, states), ("the input", &options.input, inputs)]
    {
        if values.len() != expected {
            return Err(TransformError::Length { what, expected, found: values.len() });
        }
        finite(what, expected, values)?;
    }
    Ok(())
}

/// One method at work.
pub(super) struct Bench<'a> {
    pub(super) system: &'a dyn System,
    pub(super) setting: Setting<'a>,
    /// The step of the control.
    pub(super) wrong: f64,
    pub(super) scene: Scene,
    /// What rounding may do in a step.
    pub(super) unit: f64,
    /// How far F moves the state in a step.
    pub(super) drift: f64,
    /// What a sampled flow may be off by.
    pub(super) sampling: f64,
}

impl<'a> Bench<'a> {
    fn of(
        system: &'a dyn System,
        options: &'a Options,
        method: Method,
    ) -> Result<Self, TransformError> {
        let setting = Setting::of(system, options, method)?;
        let scene = Scene::of(system, options, &setting)?;
        Self::in_scene(system, options, setting, scene)
    }

    /// The same where the trajectory is known.
    pub(super) fn in_scene(
        system: &'a dyn System,
        options: &'a Options,
        setting: Setting<'a>,
        scene: Scene,
    ) -> Result<Self, TransformError> {
        let samples = setting.samples(system);
        let unit = unit_of(system, &setting, &scene, setting.step)?;
        let rate = scaled_rate(system, setting.point, &scene)?;
        Ok(Self {
            system,
            wrong: options.control_step(),
            unit,
            drift: max_abs(&rate) * setting.step,
            sampling: if samples { SAMPLED * SAMPLING } else { 0.0 },
            scene,
            setting,
        })
    }

    /// True where linearisation commutes with this discretisation at any point.
    pub(super) fn is_exact(&self) -> bool {
        self.system.is_affine() || kappa(self.setting.method) == 0.0
    }

    fn rows(&self, rows: &mut Vec<Row>) -> Result<(), TransformError> {
        rows.push(self.rescale_discretise()?);
        let pair = self.discretise_linearise()?;
        for order in ORDERS {
            let row = self.triple(order, &pair)?;
            rows.push(row);
        }
        rows.insert(rows.len() - ORDERS.len(), pair);
        rows.push(self.wrong_step(self.system, &[])?);
        let linear = Linearised::at(self.system, self.setting.point.0, self.setting.point.1)?;
        rows.push(self.wrong_step(&linear, &[Linearise])?);
        rows.push(self.off_equilibrium()?);
        Ok(())
    }

    /// A row with everything but its judgement.
    pub(super) fn row(
        &self,
        (claim, condition): (Claim, Condition),
        sides: [&[Procedure]; 2],
        systems: [Side<'_>; 2],
    ) -> Result<Row, TransformError> {
        let [one, other] = systems;
        let bound = self.unit;
        let mut defect = one_step(&*one, &*other, &self.scene, self.setting.point)?;
        let runs = runs(&*one, &*other, &self.scene, bound)?;
        (defect.run, defect.steps) = (runs.difference, runs.steps);
        Ok(Row {
            claim,
            method: Some(self.setting.method),
            left: sides[0].to_vec(),
            right: sides[1].to_vec(),
            condition,
            condition_holds: true,
            defect,
            bound,
            run_bound: bound * runs.growth,
            predicted: None,
            measured: None,
            leading: None,
            verdict: Verdict::Fails,
        })
    }

    fn pair(
        &self,
        setting: &Setting<'_>,
        what: (Claim, Condition),
        sides: [&[Procedure]; 2],
    ) -> Result<Row, TransformError> {
        let [left, right] = sides.map(|order| setting.side(self.system, order));
        self.row(what, sides, [left?, right?])
    }

    /// `R L = L R`, whose runs are those of Runge-Kutta steps.
    fn rescale_linearise(&self) -> Result<Row, TransformError> {
        let sides: [&[Procedure]; 2] = [&[Linearise, Rescale], &[Rescale, Linearise]];
        let [left, right] = sides.map(|order| self.setting.side(self.system, order));
        let (left, right) = (left?, right?);
        let jacobian = scaled_jacobian(self.system, self.setting.point, &self.scene.scales)?;
        let inputs = self.setting.point.1.len();
        let unit = rounding(None, &jacobian, self.setting.step, inputs);
        let defect = one_step(&*left, &*right, &self.scene, self.setting.point)?;
        let step = self.setting.rescaled_step;
        let stepped: Vec<Side<'_>> = [left, right]
            .into_iter()
            .map(|side| -> Result<Side<'_>, TransformError> {
                Ok(Box::new(Discretised::new(side, Method::RungeKutta4, step)?))
            })
            .collect::<Result<_, _>>()?;
        let unit_of_run = rounding(Some(Method::RungeKutta4), &jacobian, self.setting.step, inputs);
        let runs = runs(&*stepped[0], &*stepped[1], &self.scene, unit_of_run)?;
        let mut row = Row {
            claim: Claim::RescaleLinearise,
            method: None,
            left: sides[0].to_vec(),
            right: sides[1].to_vec(),
            condition: Condition::Always,
            condition_holds: true,
            defect: Defect { run: runs.difference, steps: runs.steps, ..defect },
            bound: unit,
            run_bound: unit_of_run * runs.growth,
            predicted: None,
            measured: None,
            leading: None,
            verdict: Verdict::Fails,
        };
        row.verdict = exact(&row, Verdict::Exact);
        Ok(row)
    }

    /// `D' R = R D`
    fn rescale_discretise(&self) -> Result<Row, TransformError> {
        let what = (Claim::RescaleDiscretise, Condition::ScaledStep);
        let mut row =
            self.pair(&self.setting, what, [&[Rescale, Discretise], &[Discretise, Rescale]])?;
        row.verdict = exact(&row, Verdict::Exact);
        Ok(row)
    }

    /// `D L = L D` at (x*, u*).
    fn discretise_linearise(&self) -> Result<Row, TransformError> {
        let sides: [&[Procedure]; 2] = [&[Linearise, Discretise], &[Discretise, Linearise]];
        if self.is_exact() {
            let what = (Claim::DiscretiseLinearise, Condition::AnyPoint);
            let mut row = self.pair(&self.setting, what, sides)?;
            row.verdict = exact(&row, Verdict::Exact);
            return Ok(row);
        }
        let what = (Claim::DiscretiseLinearise, Condition::Equilibrium);
        let mut row = self.pair(&self.setting, what, sides)?;
        self.judge_point(&mut row, &self.setting, self.drift)?;
        Ok(row)
    }

    /// One order against the reference; `pair` is the row of `D L` and `L D`.
    fn triple(&self, order: [Procedure; 3], pair: &Row) -> Result<Row, TransformError> {
        let place = |wanted| order.iter().position(|procedure| *procedure == wanted);
        let linear_first = place(Linearise) < place(Discretise);
        let condition = match linear_first || self.is_exact() {
            true => Condition::ScaledStep,
            false => Condition::Equilibrium,
        };
        let what = (Claim::Triple, condition);
        let mut row = self.pair(&self.setting, what, [&order, &REFERENCE])?;
        if condition == Condition::ScaledStep {
            row.verdict = exact(&row, Verdict::Exact);
            return Ok(row);
        }
        // It differs by what the pair differs by, whatever is rescaled when.
        row.condition_holds = pair.condition_holds;
        row.run_bound *= pair.bound / row.bound;
        row.bound = pair.bound;
        if row.condition_holds {
            row.verdict = exact(&row, Verdict::AtEquilibrium);
            return Ok(row);
        }
        (row.predicted, row.measured) = (Some(pair.defect.a), Some(row.defect.a));
        let as_pair = (row.defect.a - pair.defect.a).abs() <= row.bound;
        let usable = as_pair && row.defect.one_step().is_finite();
        row.verdict = if usable { pair.verdict } else { Verdict::Fails };
        Ok(row)
    }
}

/// What rounding may do in a step of that length.
pub(super) fn unit_of(
    system: &dyn System,
    setting: &Setting<'_>,
    scene: &Scene,
    step: f64,
) -> Result<f64, TransformError> {
    let jacobian = scaled_jacobian(system, setting.point, &scene.scales)?;
    let method = if setting.samples(system) { Method::RungeKutta4 } else { setting.method };
    let substeps = setting.substeps as f64;
    let inputs = setting.point.1.len();
    Ok(rounding(Some(method), &jacobian, step / substeps, inputs) * substeps)
}

/// F at a point, counted in the scales.
pub(super) fn scaled_rate(
    system: &dyn System,
    (x, u): (&[f64], &[f64]),
    scene: &Scene,
) -> Result<Vec<f64>, TransformError> {
    let mut rate = vec![0.0; x.len()];
    system.evolve(x, u, &mut rate)?;
    Ok(rate.iter().zip(&scene.scales.state).map(|(rate, scale)| rate / scale).collect())
}

/// Rounding of this size, relative, leaves nothing to be judged.
const BLURRED: f64 = 1e-3;

/// `claimed` where the row is within its bounds; a comparison with NaN is false.
pub(super) fn exact(row: &Row, claimed: Verdict) -> Verdict {
    let holds = row.defect.one_step() <= row.bound && row.defect.run <= row.run_bound;
    judged(row, holds, claimed, Verdict::Fails)
}

/// One of two verdicts, where the bound says anything at all.
pub(super) fn judged(row: &Row, holds: bool, yes: Verdict, no: Verdict) -> Verdict {
    match holds {
        true if row.bound <= BLURRED => yes,
        true => Verdict::Blurred,
        false => no,
    }
}
