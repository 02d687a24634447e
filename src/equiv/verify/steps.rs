//! Circuits on a clock against the discrete network, one period a step.

use rayon::prelude::*;

use crate::{
    equiv::{
        Clocked, EquivalenceReport, Extracted, Path, PeriodMap, Record, Scales, Structure, Subject,
        VerifyError, VerifyOptions,
        certainty::{Field, Steps},
        properties::Reduced,
        reference::{self, ReferenceTrajectory},
        verify::{
            blank, concluded,
            difference::{Run, differences},
            judged,
            outcome::Clockwork,
            refused, structural,
            trajectories::{bound, summarise},
            trial::{Expected, Samples, TrialError},
            walker::{RELTOL, Walker},
        },
    },
    task::Stimulus,
};

/// Largest error of a unit after one step, model units, where no other is asked for.
const ONE_STEP: f64 = 1e-9;

/// Verifies a circuit on a clock step for step.
pub(super) fn verify(
    subject: &Subject<'_>,
    options: &VerifyOptions,
    clocked: &Clocked,
    progress: &(dyn Fn(f64) + Sync),
) -> Result<EquivalenceReport, VerifyError> {
    let scales = Scales::from_params(&subject.circuit.parts().params);
    let map = clocked.map();
    let (structural, pairing) = match (&map, subject.trained_step) {
        (Err(obstacle), _) => (refused(obstacle.to_string(), options), None),
        // The map of one period is the map of step 1 and of no other.
        (Ok(_), Some(step)) if (step - 1.0).abs() > f64::EPSILON => {
            let text = format!(
                "one period of the clock is a step of 1, the network was trained with a step of {step}"
            );
            (refused(text, options), None)
        }
        (Ok(map), _) => structural(subject, Ok(&map.reduction), &scales, options),
    };
    let mut report = blank(subject, options, structural, scales);
    report.circuit.states = clocked.phases.first().map_or(0, |p| p.reduction.states.len());
    let (period, settling, droop) = (clocked.period, clocked.settling, clocked.droop);
    let reduced = map.as_ref().ok().map(|map| Reduced::Map(&map.reduction));
    report.properties = judged(subject, reduced, &scales);
    report.circuit.clockwork = Some(Clockwork { period, settling, droop });
    if let (Ok(map), Some((extracted, structure))) = (&map, &pairing) {
        let bench = Bench { subject, clocked, map, extracted, structure, options };
        bench.run(&mut report, progress)?;
    }
    Ok(concluded(report))
}

/// What all trials share.
struct Bench<'a> {
    subject: &'a Subject<'a>,
    clocked: &'a Clocked,
    map: &'a PeriodMap,
    extracted: &'a Extracted,
    structure: &'a Structure,
    options: &'a VerifyOptions,
}

/// A trial: what was expected, what came, and the largest error of one step.
struct Trial {
    expected: Expected,
    run: Run,
    one_step: f64,
}

impl Bench<'_> {
    fn run(
        &self,
        report: &mut EquivalenceReport,
        progress: &(dyn Fn(f64) + Sync),
    ) -> Result<(), VerifyError> {
        let count = self.subject.stimuli.trials().len();
        let done = std::sync::atomic::AtomicUsize::new(0);
        let trials: Vec<Trial> = (0..count)
            .into_par_iter()
            .map(|at| {
                let trial = self.trial(at);
                let done = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
                progress(done as f64 / count as f64);
                let name = self.subject.stimuli.trials()[at].name.clone();
                trial.map_err(|error| VerifyError::Trial { trial: at + 1, name, error })
            })
            .collect::<Result<_, _>>()?;
        let largest =
            |values: &mut dyn Iterator<Item = f64>| values.max_by(f64::total_cmp).unwrap_or(0.0);
        let full_scale = largest(&mut trials.iter().map(|t| t.expected.full_scale()));
        let one_step = largest(&mut trials.iter().map(|t| t.one_step));
        report.records = trials
            .iter()
            .take(self.options.keep)
            .enumerate()
            .map(|(at, trial)| self.record(at, trial))
            .collect();
        if self.options.path == Path::Mna {
            report.reltol = self.options.reltol.unwrap_or(RELTOL);
        }
        let (mut expected, mut runs) = (Vec::new(), Vec::new());
        for trial in trials {
            report.counters += trial.run.counters;
            expected.push(trial.expected);
            runs.push(trial.run);
        }
        let tolerance = self.options.difference.unwrap_or(ONE_STEP);
        let mut summary = summarise(&expected, &runs, (full_scale, tolerance), report);
        summary.one_step_max = Some(one_step);
        summary.holds = one_step <= tolerance;
        report.trajectory = Some(summary);
        let structure = self.structure;
        let fields = (
            Field::of_network(self.subject.network),
            Field::of_circuit(self.extracted, &structure.matching),
            [structure.sigma_error, self.lost(full_scale)],
        );
        let computed = (expected.as_slice(), runs.as_slice());
        let sides = (&fields, Steps::Map);
        report.bound = Some(bound(sides, self.subject, computed, full_scale, self.options)?);
        Ok(())
    }

    fn trial(&self, at: usize) -> Result<Trial, TrialError> {
        let (network, stimuli) = (self.subject.network, self.subject.stimuli);
        let stimulus = stimuli.stimulus(at);
        let until = self.options.until.unwrap_or(f64::INFINITY);
        let steps = stimulus.steps();
        let steps = (1..=steps).take_while(|&n| n as f64 <= until).count();
        let times: Vec<f64> = (0..=steps).map(|n| n as f64).collect();
        let map = reference::euler(network, &stimulus, 1.0, &times)?;
        let is_judged = self.options.until.is_none() && !stimuli.trials()[at].answers.is_empty();
        let (mut discrete, mut continuous) = (None, None);
        if is_judged {
            discrete = Some(stimuli.judge(at, &times, &map.outputs)?);
            let flow = reference::integrate(network, &stimulus, &times, self.options.reference)?;
            continuous = Some(stimuli.judge(at, &times, &flow.outputs)?);
        }
        let mut walker =
            Walker::new(self.subject.circuit, self.clocked, &self.extracted.inputs, self.options);
        let one_step = self.one_step(&mut walker, &stimulus, &map)?;
        let (states, outputs) = self.free(&mut walker, &stimulus, times.len())?;
        let verdict = is_judged.then(|| stimuli.judge(at, &times, &outputs)).transpose()?;
        let ReferenceTrajectory { states: expected, outputs: answers, .. } = map;
        let resting = expected.iter().flatten().all(|h| *h == 0.0);
        let name = (stimuli.trials()[at].name.clone(), resting);
        let expected = Expected {
            times,
            states: expected,
            outputs: answers,
            edge_effect: None,
            discrete,
            continuous,
        };
        let counters = walker.counters();
        let run = differences(name, &expected, (&states, &outputs), (verdict, counters));
        Ok(Trial { expected, run, one_step })
    }

    /// The largest error of a step from a state of the network to its next, model units.
    fn one_step(
        &self,
        walker: &mut Walker<'_>,
        stimulus: &Stimulus,
        map: &ReferenceTrajectory,
    ) -> Result<f64, TrialError> {
        let mut worst = 0.0;
        let mut x = self.rest();
        for (n, pair) in map.states.windows(2).enumerate() {
            self.set(&mut x, &pair[0]);
            walker.period(&mut x, &self.inputs(stimulus, n))?;
            for (found, wanted) in self.units(&x).iter().zip(&pair[1]) {
                let error = (found - wanted).abs();
                if error.is_nan() || error > worst {
                    worst = error;
                }
            }
        }
        Ok(worst)
    }

    /// States and outputs of the circuit left to itself, in model units.
    fn free(
        &self,
        walker: &mut Walker<'_>,
        stimulus: &Stimulus,
        count: usize,
    ) -> Result<Samples, TrialError> {
        let mut x = self.rest();
        let (mut states, mut outputs) = (Vec::with_capacity(count), Vec::with_capacity(count));
        let held = self.inputs(stimulus, 0);
        states.push(self.units(&x));
        outputs.push(self.outputs(&walker.outputs(&x, &held)?));
        for n in 0..count.saturating_sub(1) {
            let held = self.inputs(stimulus, n);
            walker.period(&mut x, &held)?;
            states.push(self.units(&x));
            outputs.push(self.outputs(&walker.outputs(&x, &held)?));
        }
        Ok((states, outputs))
    }

    /// What the map does not know of a step, in every unit: what cells lose while others
    /// read them, and what does not settle.
    fn lost(&self, full_scale: f64) -> f64 {
        let parts = self.subject.network.parts();
        let rows = (0..self.subject.network.units()).map(|i| parts.recurrent.row(i).lp_norm(1));
        let heard = rows.max_by(f64::total_cmp).unwrap_or(0.0);
        (self.clocked.droop + self.clocked.settling) * (1.0 + heard) * full_scale
    }

    fn rest(&self) -> Vec<f64> {
        vec![0.0; self.clocked.phases[0].reduction.states.len()]
    }

    /// Per unit of the network, its state in the circuit and its sign there.
    fn places(&self) -> impl Iterator<Item = (usize, f64)> {
        let matching = &self.structure.matching;
        let places = matching.units.iter().zip(&matching.signs);
        places.map(|(&unit, &sign)| (self.map.kept[unit], sign))
    }

    fn set(&self, x: &mut [f64], state: &[f64]) {
        for ((place, sign), value) in self.places().zip(state) {
            x[place] = sign * value * self.extracted.scales.state_volts;
        }
    }

    fn units(&self, x: &[f64]) -> Vec<f64> {
        let volts = self.extracted.scales.state_volts;
        self.places().map(|(place, sign)| sign * x[place] / volts).collect()
    }

    /// What the deck saves, as the outputs of the network.
    fn outputs(&self, saved: &[f64]) -> Vec<f64> {
        let names = &self.map.reduction.lure.parts().outputs;
        let place = |name: &String| names.iter().position(|n| n == name).unwrap_or(0);
        let outputs = self.structure.matching.outputs.iter();
        let volts = self.extracted.scales.output_volts;
        outputs.map(|&o| saved[place(&self.extracted.outputs[o])] / volts).collect()
    }

    /// The inputs of the circuit in step `n`, V.
    fn inputs(&self, stimulus: &Stimulus, n: usize) -> Vec<f64> {
        let mut inputs = vec![0.0; self.extracted.inputs.len()];
        for (channel, &input) in self.structure.matching.inputs.iter().enumerate() {
            let level = stimulus.held(channel, n as f64 + 0.5);
            inputs[input] = level * self.extracted.scales.input_volts;
        }
        inputs
    }

    fn record(&self, at: usize, trial: &Trial) -> Record {
        let stimulus = self.subject.stimuli.stimulus(at);
        let rows = trial.expected.states.iter().zip(&trial.expected.outputs);
        let channels = 0..stimulus.channels();
        let inputs = |t: f64| channels.clone().map(|k| stimulus.value(k, t)).collect();
        Record {
            name: trial.run.comparison.name.clone(),
            times: trial.expected.times.clone(),
            inputs: trial.expected.times.iter().map(|&t| inputs(t)).collect(),
            network: rows.map(|(h, y)| h.iter().chain(y).copied().collect()).collect(),
            circuit: trial.run.trajectory.clone(),
        }
    }
}
