//! A circuit linearised at its operating point.

use std::f64::consts::TAU;

use nalgebra::{Complex, DMatrix};

use crate::{
    circuit::{Circuit, Control, ElementId, Kind},
    dae::Dae,
    diag::Span,
    mna::{Mna, Sources},
    simulate::{SimulationError, operating_point},
    solve::{Aid, Counters, SmallSignal, SolveError},
};

/// A complex amplitude.
pub(super) type Amplitude = Complex<f64>;

/// A circuit linearised at its operating point, for the card at `span`.
pub(super) struct Around<'a> {
    pub(super) circuit: &'a Circuit,
    mna: &'a Mna,
    span: Span,
    /// The operating point.
    pub(super) x: Vec<f64>,
    /// The states of its switches there.
    pub(super) switches: Vec<bool>,
    small: SmallSignal<'a, Mna>,
    pub(super) aid: Aid,
    pub(super) counters: Counters,
}

impl<'a> Around<'a> {
    /// Finds the operating point, which `.ic` helps to find and does not hold, and
    /// linearises there.
    pub(super) fn find(
        circuit: &'a Circuit,
        mna: &'a Mna,
        span: Span,
    ) -> Result<Self, SimulationError> {
        let sources = Sources::all(circuit);
        let point = operating_point::solve(circuit, mna, sources.dc(), span, false)?;
        let failed = |error| SimulationError::solver(circuit, span, error);
        let small =
            SmallSignal::new(mna, &point.x, sources.dc(), &point.switches).map_err(failed)?;
        let (aid, counters) = (point.aid, point.counters);
        let switches = point.switches;
        Ok(Self { circuit, mna, span, x: point.x, switches, small, aid, counters })
    }

    /// `G` and `C` of `(G + s C) dx = 0`.
    pub(super) fn matrices(&self) -> (DMatrix<f64>, DMatrix<f64>) {
        self.small.matrices()
    }

    fn failed(&self, error: SolveError, frequency: f64) -> SimulationError {
        let error = match error {
            SolveError::Singular { unknown, .. } => SolveError::Argument(format!(
                "the small-signal equations do not determine {unknown} at {frequency} Hz"
            )),
            other => other,
        };
        SimulationError::solver(self.circuit, self.span, error)
    }

    /// From now on at that frequency, Hz.
    pub(super) fn at(&mut self, frequency: f64) -> Result<(), SimulationError> {
        let s = Complex::new(0.0, TAU * frequency);
        self.small.at(s).map_err(|error| self.failed(error, frequency))?;
        self.counters.factorisations += 1;
        Ok(())
    }

    /// The right-hand side of amplitudes by source, V or A.
    pub(super) fn drive(&self, amplitude: impl Fn(ElementId) -> Amplitude) -> Vec<Amplitude> {
        let elements = self.circuit.elements().iter().enumerate();
        let sources = elements.filter(|(_, e)| matches!(e.kind, Kind::Source { .. }));
        let du: Vec<Amplitude> = sources.map(|(at, _)| amplitude(ElementId(at as u32))).collect();
        self.small.drive(&du)
    }

    /// The right-hand side of all sources with their AC amplitudes.
    pub(super) fn excitation(&self) -> Vec<Amplitude> {
        self.drive(|source| match &self.circuit.elements()[source.0 as usize].kind {
            Kind::Source { supply, .. } => Complex::new(supply.ac[0], supply.ac[1]),
            _ => Complex::default(),
        })
    }

    /// The right-hand side of 1 V or 1 A of one source.
    pub(super) fn unit(&self, source: ElementId) -> Vec<Amplitude> {
        self.drive(|other| Complex::new(f64::from(u8::from(other == source)), 0.0))
    }

    /// The unknowns' answer to a right-hand side.
    pub(super) fn answer(&mut self, rhs: &[Amplitude]) -> Vec<Amplitude> {
        let mut x = rhs.to_vec();
        self.small.solve(&mut x);
        x
    }

    /// The effect of each equation's right-hand side on a quantity.
    pub(super) fn adjoint(&mut self, of: Control) -> Vec<Amplitude> {
        let mut y = vec![Complex::default(); self.mna.unknowns().len()];
        for (unknown, sign) in self.circuit.equations().control(of) {
            y[unknown] += sign;
        }
        self.small.solve_adjoint(&mut y);
        y
    }

    /// A quantity of a vector of unknowns.
    pub(super) fn read(&self, of: Control, x: &[Amplitude]) -> Amplitude {
        self.circuit.equations().control(of).iter().map(|&(unknown, sign)| x[unknown] * sign).sum()
    }

    /// A quantity at the operating point.
    pub(super) fn rest(&self, of: Control) -> f64 {
        self.circuit.equations().control(of).iter().map(|&(u, sign)| self.x[u] * sign).sum()
    }
}
