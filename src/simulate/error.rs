//! Why a deck cannot be simulated.

use crate::{
    circuit::{Circuit, Element, ElementId, Kind, NodeId},
    diag::{Diagnostic, Severity, Span},
    simulate::{Path, Scheme},
    solve::{OdeFault, SolveError},
    wave::WaveError,
};

/// Most elements that a failure names.
const LARGEST_LIST: usize = 3;

/// Why an analysis has no result.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SimulationError {
    /// The deck holds no analysis card.
    #[error("the deck asks for no analysis")]
    NoAnalysis,
    /// The circuit does not allow the analysis or the path asked for.
    #[error("{}", .0.first().map_or("the circuit does not allow it", |fault| &fault.message))]
    Circuit(Vec<Diagnostic>),
    /// The method asked for belongs to the other path.
    #[error("the method {scheme} belongs to the {} path, not to the {path} path", scheme.path())]
    Conflict {
        /// The path asked for.
        path: Path,
        /// The method asked for.
        scheme: Scheme,
    },
    /// A tolerance is not between 0 and 1.
    #[error("the relative tolerance is {0}, it must lie between 0 and 1")]
    Tolerance(f64),
    /// A result would not fit into memory.
    #[error("the transient asks for {values:.1e} values, more than {limit:.1e}")]
    TooLong {
        /// The `.tran` card.
        span: Span,
        /// Points times signals.
        values: f64,
        /// The most allowed.
        limit: f64,
    },
    /// A solver failed.
    #[error("{error}")]
    Solver {
        /// The card of the analysis.
        span: Span,
        /// Why.
        error: SolveError,
        /// The nonlinear elements that have to do with it, each with what that is.
        involved: Vec<(Span, String)>,
    },
    /// An operating point of a sweep failed.
    #[error("at {source_name} = {value}: {fault}")]
    At {
        /// The source that is swept.
        source_name: String,
        /// Its value, V or A.
        value: f64,
        /// Why.
        fault: Box<SimulationError>,
    },
    /// The crate `ode_solvers` gave up.
    #[error("{scheme} failed between {from:.6e} s and {to:.6e} s: {fault}")]
    OdeSolvers {
        /// The `.tran` card.
        span: Span,
        /// The method.
        scheme: Scheme,
        /// Start of the failing piece, s.
        from: f64,
        /// Its end, s.
        to: f64,
        /// Why.
        fault: OdeFault,
    },
    /// An expression that is kept has no value.
    #[error("`{name}` cannot be kept: {reason}")]
    Formula {
        /// The `.tran` card.
        span: Span,
        /// The expression.
        name: String,
        /// Why.
        reason: String,
    },
    /// It was broken off before the first point that is kept.
    #[error("interrupted before the first point that is kept")]
    Interrupted {
        /// The card of the analysis.
        span: Span,
    },
    /// What was computed is no waveform.
    #[error("{error}")]
    Waveform {
        /// The `.tran` card.
        span: Span,
        /// Why.
        error: WaveError,
    },
}

impl SimulationError {
    /// A failure of a solver, with the elements that act on the unknown it names.
    pub(super) fn solver(circuit: &Circuit, span: Span, error: SolveError) -> Self {
        let involved = error.unknown().map_or_else(Vec::new, |name| involved(circuit, name));
        Self::Solver { span, error, involved }
    }

    /// The same with places and hints.
    #[must_use]
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let (span, hint) = match self {
            Self::Circuit(faults) => return faults.clone(),
            Self::At { source_name, value, fault } => {
                let mut faults = fault.diagnostics();
                for fault in &mut faults {
                    fault.message = format!("at {source_name} = {value}: {}", fault.message);
                }
                return faults;
            }
            Self::NoAnalysis => (
                None,
                "add `.op` for an operating point, or `.tran <print step> <stop time>` such as `.tran 1u 1m` for a transient",
            ),
            Self::Conflict { .. } => (None, "leave one of the two to `auto`"),
            Self::Tolerance(_) => (None, "1e-3 is usual, 1e-6 is strict"),
            Self::TooLong { span, .. } => {
                (Some(*span), "lengthen the print step, or save fewer signals with `.save`")
            }
            Self::Solver { span, error, .. } => (Some(*span), solver_hint(error)),
            Self::OdeSolvers { span, .. } => {
                (Some(*span), "this method is for systems that are not stiff; try `implicit`")
            }
            Self::Formula { span, .. } => {
                (Some(*span), "look for a division by zero or a logarithm of zero")
            }
            Self::Interrupted { span } => (Some(*span), "let it run longer"),
            Self::Waveform { span, .. } => (
                Some(*span),
                "look for a law that grows without bounds, such as exp(v), or has no value there, such as log(0)",
            ),
        };
        let hint = Some(hint.to_owned());
        let related = match self {
            Self::Solver { involved, .. } => involved.clone(),
            _ => Vec::new(),
        };
        let message = self.to_string();
        vec![Diagnostic { severity: Severity::Error, message, span, related, hint }]
    }
}

/// The nonlinear elements, a few at most, whose currents enter or whose law is the
/// equation of the unknown called `name`.
fn involved(circuit: &Circuit, name: &str) -> Vec<(Span, String)> {
    let equations = circuit.equations();
    let node = |id: &NodeId| format!("v({})", circuit.parts().nodes[id.0 as usize].name) == name;
    let note = |(at, element): (usize, &Element)| match &element.kind {
        Kind::Behavioural { .. } | Kind::Device(_) => {
            let own = equations.branch(ElementId(at as u32)).is_some();
            if own && format!("i({})", element.name) == name {
                Some((element.origin, format!("the law of `{}` is its equation", element.name)))
            } else if element.kind.nodes().iter().any(node) {
                Some((element.origin, format!("`{}` acts on {name}", element.name)))
            } else {
                None
            }
        }
        _ => None,
    };
    circuit.elements().iter().enumerate().filter_map(note).take(LARGEST_LIST).collect()
}

fn solver_hint(error: &SolveError) -> &'static str {
    match error {
        SolveError::NoConvergence { .. } => {
            "give first guesses with `.nodeset v(node)=value`, or start the transient with `uic`"
        }
        SolveError::Singular { .. } => {
            "look for a node that only current sources, or a loop that only voltage sources, determine"
        }
        SolveError::NotFinite { .. } => {
            "look for a law that grows without bounds, such as exp(v), or has no value there, such as log(0)"
        }
        SolveError::StepTooSmall { .. } | SolveError::TooManySteps { .. } => {
            "look for a law with a jump or a loop gain without delay there, or loosen `.options reltol`"
        }
        SolveError::AlgebraicLoop { .. } => {
            "the nonlinear elements feed each other without a state in between; the MNA path may get through"
        }
        SolveError::Chatter { .. } => "give the switches hysteresis: `vh` or `ih` of their model",
        SolveError::Held { .. } => "remove it from `.ic`, or remove the source",
        SolveError::Argument(_) => "check the values of the analysis card and of `.options`",
    }
}
