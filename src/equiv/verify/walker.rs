//! A circuit on a clock, taken through one period.

use std::ops::ControlFlow;

use crate::{
    circuit::{Circuit, Control, Waveform},
    dae::Dae,
    equiv::{Clocked, Path, Stepper, VerifyOptions, verify::trial::TrialError},
    mna::{Mna, Sources},
    solve::{Counters, Method, SolveError, Start, TransientOptions, transient},
};

/// Largest step of nodal analysis, parts of a period.
const LARGEST_STEP: f64 = 0.02;
/// Relative tolerance of nodal analysis where none is given.
pub(super) const RELTOL: f64 = 1e-6;

/// What takes the circuit through a period.
pub(super) enum Walker<'a> {
    /// Its phases, each solved exactly.
    Phases(Stepper<'a>, u64),
    /// Nodal analysis of the circuit as it stands, clock included.
    Nodal(Box<Nodal<'a>>),
}

impl<'a> Walker<'a> {
    /// By the path of `options`; nodal analysis at its tolerance or at [`RELTOL`].
    pub(super) fn new(
        circuit: &'a Circuit,
        clocked: &'a Clocked,
        inputs: &[String],
        options: &VerifyOptions,
    ) -> Self {
        match options.path {
            Path::Reduced => Self::Phases(Stepper::new(clocked), 0),
            Path::Mna => {
                let reltol = options.reltol.unwrap_or(RELTOL);
                Self::Nodal(Box::new(Nodal::new(circuit, clocked, inputs, reltol)))
            }
        }
    }

    /// Takes the states `x`, V, through a period in which the inputs hold `u`, V.
    pub(super) fn period(&mut self, x: &mut [f64], u: &[f64]) -> Result<(), TrialError> {
        match self {
            Self::Phases(stepper, periods) => {
                *periods += 1;
                Ok(stepper.period(x, u)?)
            }
            Self::Nodal(nodal) => nodal.period(x, u),
        }
    }

    /// What the deck saves, V, after a period that ended in `x`, or at rest.
    pub(super) fn outputs(&mut self, x: &[f64], u: &[f64]) -> Result<Vec<f64>, TrialError> {
        match self {
            Self::Phases(stepper, _) => Ok(stepper.outputs(x, u)?),
            // Before the first period nothing was solved yet, but the outputs are those of
            // the first instant of any.
            Self::Nodal(nodal) => Ok(nodal.saved(x, u)?),
        }
    }

    /// Work done so far.
    pub(super) fn counters(&self) -> Counters {
        match self {
            Self::Phases(_, periods) => Counters { accepted: *periods, ..Counters::default() },
            Self::Nodal(nodal) => nodal.counters,
        }
    }
}

/// Nodal analysis, one period at a time.
pub(super) struct Nodal<'a> {
    circuit: &'a Circuit,
    clocked: &'a Clocked,
    mna: Mna,
    sources: Sources,
    /// Per input of the map, its source.
    places: Vec<usize>,
    options: TransientOptions,
    counters: Counters,
}

impl<'a> Nodal<'a> {
    fn new(circuit: &'a Circuit, clocked: &'a Clocked, inputs: &[String], reltol: f64) -> Self {
        let mna = Mna::compile(circuit);
        let names = mna.inputs();
        let place = |name: &String| names.iter().position(|n| n == name).unwrap_or(0);
        let places = inputs.iter().map(place).collect();
        let period = clocked.period;
        let mut options = TransientOptions::until(period).with_reltol(reltol);
        options.max_step = LARGEST_STEP * period;
        options.method = Method::Gear2;
        let (sources, counters) = (Sources::all(circuit), Counters::default());
        Self { circuit, clocked, mna, sources, places, options, counters }
    }

    fn period(&mut self, x: &mut [f64], u: &[f64]) -> Result<(), TrialError> {
        let last = self.run(x, u, &self.options.clone())?;
        let states = &self.clocked.phases[0].reduction.states;
        for (value, state) in x.iter_mut().zip(states) {
            let [plus, minus] = state.nodes;
            *value = self.read(&last, Control::Voltage(plus, minus));
        }
        Ok(())
    }

    /// What the deck saves at the start of a period.
    fn saved(&mut self, x: &[f64], u: &[f64]) -> Result<Vec<f64>, TrialError> {
        let mut first = self.options.clone();
        first.stop *= 1e-6;
        let unknowns = self.run(x, u, &first)?;
        let probes = &self.circuit.parts().outputs;
        Ok(probes.iter().map(|probe| self.read(&unknowns, probe.control)).collect())
    }

    fn read(&self, unknowns: &[f64], control: Control) -> f64 {
        let terms = self.circuit.equations().control(control);
        terms.into_iter().map(|(unknown, factor)| factor * unknowns[unknown]).sum()
    }

    /// The unknowns at the end of a run that starts with a period and the states `x`.
    fn run(
        &mut self,
        x: &[f64],
        u: &[f64],
        options: &TransientOptions,
    ) -> Result<Vec<f64>, TrialError> {
        for (&place, &level) in self.places.iter().zip(u) {
            self.sources.replace(place, Waveform::Constant(level));
        }
        let mut charges = vec![0.0; self.mna.unknowns().len()];
        for (value, state) in x.iter().zip(&self.clocked.phases[0].reduction.states) {
            if !state.is_capacitor {
                let text = "a circuit on a clock is stepped with its capacitors alone".to_owned();
                return Err(SolveError::Argument(text).into());
            }
            for (node, sign) in state.nodes.into_iter().zip([1.0, -1.0]) {
                if let Some(unknown) = node.unknown() {
                    charges[unknown] += sign * state.storage * value;
                }
            }
        }
        let mut last = Vec::new();
        let start = Start::Charges(charges);
        let counters = transient(&self.mna, &self.sources, &start, options, &mut |_, x| {
            last.clear();
            last.extend_from_slice(x);
            ControlFlow::Continue(())
        })?;
        self.counters += counters;
        Ok(last)
    }
}
