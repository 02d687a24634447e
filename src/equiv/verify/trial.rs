//! One trial: the network and the circuit under the same stimulus.

use std::ops::ControlFlow;

use crate::{
    circuit::{Control, Waveform},
    dae::{Dae, SystemError},
    equiv::{
        Extracted, Structure,
        reference::{self, ReferenceError},
        verify::{
            Path, Record, Subject,
            difference::{Run, differences},
        },
    },
    mna::{Mna, Reduction, Sources},
    solve::{
        Counters, SolveError, Start, TransientOptions,
        reduced::{Options, integrate},
        transient,
    },
    task::{DecisionError, Stimulus, Verdict},
};

/// Why a trial failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TrialError {
    /// The reference could not be integrated.
    #[error("reference: {0}")]
    Reference(#[from] ReferenceError),
    /// The circuit could not be simulated.
    #[error("circuit: {0}")]
    Circuit(#[from] SolveError),
    /// A period of the circuit could not be solved.
    #[error("circuit: {0}")]
    Period(#[from] SystemError),
    /// The decisions could not be judged.
    #[error("decision: {0}")]
    Decision(#[from] DecisionError),
}

/// Spacing of the times compared, besides the corners, model time units.
const SPACING: f64 = 0.5;
/// Largest step of nodal analysis, model time units: what the decks say.
const LARGEST_STEP: f64 = 0.1;

/// A sum of unknowns, each with a factor.
pub(super) type Terms = Vec<(usize, f64)>;

/// What all trials share.
pub(super) struct Bench<'a> {
    pub(super) subject: &'a Subject<'a>,
    pub(super) reduction: &'a Reduction,
    pub(super) extracted: &'a Extracted,
    pub(super) structure: &'a Structure,
    pub(super) mna: Mna,
    pub(super) varying: Sources,
    pub(super) all: Sources,
    /// Per output of the network, its output in the normal form.
    outputs: Vec<usize>,
    /// End of the comparison, model time units.
    until: Option<f64>,
}

/// The network in one trial.
pub(super) struct Expected {
    pub(super) times: Vec<f64>,
    pub(super) states: Vec<Vec<f64>>,
    pub(super) outputs: Vec<Vec<f64>>,
    pub(super) edge_effect: Option<f64>,
    pub(super) discrete: Option<Verdict>,
    pub(super) continuous: Option<Verdict>,
}

impl Expected {
    /// The largest modulus of any unit or output.
    pub(super) fn full_scale(&self) -> f64 {
        let values = self.states.iter().chain(&self.outputs).flatten();
        values.map(|v| v.abs()).max_by(f64::total_cmp).unwrap_or(0.0)
    }
}

/// States and outputs of a circuit in model units, in the order of the network.
pub(super) type Samples = (Vec<Vec<f64>>, Vec<Vec<f64>>);

impl<'a> Bench<'a> {
    pub(super) fn new(
        subject: &'a Subject<'a>,
        reduction: &'a Reduction,
        (extracted, structure): (&'a Extracted, &'a Structure),
        until: Option<f64>,
    ) -> Self {
        let names = &reduction.lure.parts().outputs;
        let place = |name: &String| names.iter().position(|n| n == name).unwrap_or(0);
        Self {
            subject,
            reduction,
            extracted,
            structure,
            mna: Mna::compile(subject.circuit),
            varying: Sources::varying(subject.circuit),
            all: Sources::all(subject.circuit),
            outputs: structure
                .matching
                .outputs
                .iter()
                .map(|&o| place(&extracted.outputs[o]))
                .collect(),
            until,
        }
    }

    /// What the network does in trial `at`.
    pub(super) fn expect(
        &self,
        at: usize,
        tolerance: f64,
        with_steps: bool,
    ) -> Result<Expected, TrialError> {
        let stimuli = self.subject.stimuli;
        let stimulus = stimuli.stimulus(at);
        let times = self.times(&stimulus);
        let network = self.subject.network;
        let reference = reference::integrate(network, &stimulus, &times, tolerance)?;
        let edge_effect = match stimulus.with_edge(0.0) {
            Ok(steps) if with_steps && stimulus.edge() > 0.0 => {
                let other = reference::integrate(network, &steps, &times, tolerance)?;
                let differences = reference
                    .states
                    .iter()
                    .zip(&other.states)
                    .flat_map(|(a, b)| a.iter().zip(b).map(|(a, b)| (a - b).abs()));
                differences.max_by(f64::total_cmp)
            }
            _ => None,
        };
        let judged = self.judged(at);
        let continuous =
            judged.then(|| stimuli.judge(at, &times, &reference.outputs)).transpose()?;
        let discrete = match self.subject.trained_step {
            Some(step) if judged => {
                let steps = (stimulus.duration() / step).round() as usize;
                let times: Vec<f64> = (0..=steps).map(|k| k as f64 * step).collect();
                let map = reference::euler(network, &stimulus, step, &times)?;
                Some(stimuli.judge(at, &times, &map.outputs)?)
            }
            _ => None,
        };
        Ok(Expected {
            times,
            states: reference.states,
            outputs: reference.outputs,
            edge_effect,
            discrete,
            continuous,
        })
    }

    /// What the circuit does in trial `at`, compared with `expected`.
    pub(super) fn run(
        &self,
        at: usize,
        expected: &Expected,
        (path, reltol): (Path, f64),
    ) -> Result<Run, TrialError> {
        let stimuli = self.subject.stimuli;
        let stimulus = stimuli.stimulus(at);
        let ((states, outputs), counters) = match path {
            Path::Reduced => self.reduced(&stimulus, &expected.times, reltol)?,
            Path::Mna => self.nodal(&stimulus, &expected.times, reltol)?,
        };
        let judged = self.judged(at);
        let verdict = judged.then(|| stimuli.judge(at, &expected.times, &outputs)).transpose()?;
        let resting = expected.states.iter().flatten().all(|h| *h == 0.0);
        let named = (stimuli.trials()[at].name.clone(), resting);
        Ok(differences(named, expected, (&states, &outputs), (verdict, counters)))
    }

    /// What all units and outputs of the circuit are more than expected, on the reduced path.
    pub(super) fn residuals(
        &self,
        at: usize,
        expected: &Expected,
        reltol: f64,
    ) -> Result<Vec<f64>, TrialError> {
        let stimulus = self.subject.stimuli.stimulus(at);
        let ((states, outputs), _) = self.reduced(&stimulus, &expected.times, reltol)?;
        let found = states.iter().chain(&outputs).flatten();
        let wanted = expected.states.iter().chain(&expected.outputs).flatten();
        Ok(found.zip(wanted).map(|(found, wanted)| found - wanted).collect())
    }

    /// The trajectories of trial `at`.
    pub(super) fn record(&self, at: usize, expected: &Expected, run: &Run) -> Record {
        let stimulus = self.subject.stimuli.stimulus(at);
        let rows = expected.states.iter().zip(&expected.outputs);
        Record {
            name: run.comparison.name.clone(),
            times: expected.times.clone(),
            inputs: expected
                .times
                .iter()
                .map(|&t| (0..stimulus.channels()).map(|k| stimulus.value(k, t)).collect())
                .collect(),
            network: rows.map(|(h, y)| h.iter().chain(y).copied().collect()).collect(),
            circuit: run.trajectory.clone(),
        }
    }

    /// True where the trial asks for decisions and is run to its end.
    fn judged(&self, at: usize) -> bool {
        self.until.is_none() && !self.subject.stimuli.trials()[at].answers.is_empty()
    }

    /// A uniform grid and all corners, from 0 to the end.
    fn times(&self, stimulus: &Stimulus) -> Vec<f64> {
        let end = match self.until {
            Some(until) if until < stimulus.duration() => until,
            _ => stimulus.duration(),
        };
        let steps = (end / SPACING).floor() as usize;
        let mut times: Vec<f64> = (0..=steps).map(|k| k as f64 * SPACING).collect();
        times.extend(stimulus.corners().iter().filter(|&&t| t < end));
        times.push(end);
        times.sort_by(f64::total_cmp);
        // Corners that rounding alone keeps apart from the grid are the grid's.
        times.dedup_by(|next, kept| *next - *kept <= 1e-9 * end);
        times
    }

    fn reduced(
        &self,
        stimulus: &Stimulus,
        times: &[f64],
        reltol: f64,
    ) -> Result<(Samples, Counters), TrialError> {
        let scales = &self.extracted.scales;
        let sources = self.driven(&self.varying, stimulus, |k| k);
        let seconds: Vec<f64> = times.iter().map(|&t| scales.seconds(t)).collect();
        let mut options = Options::with_tolerance(reltol);
        options.atol = reltol / 100.0 * scales.state_volts;
        let start = vec![0.0; self.reduction.states.len()];
        let result = integrate(&self.reduction.lure, &sources, &start, &seconds, &options)?;
        let matching = &self.structure.matching;
        let states = result
            .states
            .iter()
            .map(|x| {
                let units = matching.units.iter().zip(&matching.signs);
                units.map(|(&u, sign)| sign * x[u] / scales.state_volts).collect()
            })
            .collect();
        let outputs = result
            .outputs
            .iter()
            .map(|y| self.outputs.iter().map(|&o| y[o] / scales.output_volts).collect())
            .collect();
        Ok(((states, outputs), result.counters))
    }

    fn nodal(
        &self,
        stimulus: &Stimulus,
        times: &[f64],
        reltol: f64,
    ) -> Result<(Samples, Counters), TrialError> {
        let scales = &self.extracted.scales;
        let names = self.mna.inputs();
        let place = |input: usize| {
            let name = &self.extracted.inputs[input];
            names.iter().position(|n| n == name).unwrap_or(0)
        };
        let sources = self.driven(&self.all, stimulus, place);
        let seconds: Vec<f64> = times.iter().map(|&t| scales.seconds(t)).collect();
        let stop = seconds[seconds.len() - 1];
        let mut options = TransientOptions::until(stop).with_reltol(reltol);
        options.max_step = LARGEST_STEP * scales.time_unit;
        options.landings.clone_from(&seconds);
        let start = Start::Charges(vec![0.0; self.mna.unknowns().len()]);
        let readers = self.readers();
        let (mut states, mut outputs) = (Vec::new(), Vec::new());
        let mut wanted = seconds.iter().peekable();
        let counters = transient(&self.mna, &sources, &start, &options, &mut |time, x| {
            if wanted.next_if(|&&t| t <= time).is_none() {
                return ControlFlow::Continue(());
            }
            let read = |terms: &[(usize, f64)]| terms.iter().map(|&(u, s)| s * x[u]).sum::<f64>();
            states.push(readers.0.iter().map(|t| read(t) / scales.state_volts).collect());
            outputs.push(readers.1.iter().map(|t| read(t) / scales.output_volts).collect());
            ControlFlow::Continue(())
        })?;
        Ok(((states, outputs), counters))
    }

    /// The unknowns that each unit and each output of the network is read from.
    pub(super) fn readers(&self) -> (Vec<Terms>, Vec<Terms>) {
        let equations = self.subject.circuit.equations();
        let matching = &self.structure.matching;
        let units = matching.units.iter().zip(&matching.signs).map(|(&unit, &sign)| {
            let nodes = self.reduction.states[unit].nodes;
            let terms = equations.control(Control::Voltage(nodes[0], nodes[1]));
            terms.into_iter().map(|(u, s)| (u, s * sign)).collect()
        });
        let probes = &self.subject.circuit.parts().outputs;
        let outputs = self.outputs.iter().map(|&o| equations.control(probes[o].control));
        (units.collect(), outputs.collect())
    }

    /// The sources of the circuit with the stimulus in place of its inputs;
    /// `place` says where an input of the reduction stands among `sources`.
    fn driven(
        &self,
        sources: &Sources,
        stimulus: &Stimulus,
        place: impl Fn(usize) -> usize,
    ) -> Sources {
        let scales = &self.extracted.scales;
        let mut driven = sources.clone();
        for (channel, &input) in self.structure.matching.inputs.iter().enumerate() {
            let points = stimulus.points(channel);
            driven.replace(
                place(input),
                Waveform::PiecewiseLinear {
                    times: points.iter().map(|p| scales.seconds(p.0)).collect(),
                    values: points.iter().map(|p| p.1 * scales.input_volts).collect(),
                },
            );
        }
        driven
    }
}
