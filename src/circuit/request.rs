//! What a deck asks to be made of its results: formulas, measures, expectations.

use crate::{
    circuit::Control,
    diag::Span,
    expr::{Part, Tape, Tree},
    wave::{Edge, Measured, Statistic},
};

/// What is made of results; nothing of it changes the circuit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Requests {
    /// Functions of quantities to keep beside the outputs.
    pub formulas: Vec<Output>,
    /// What ends a transient where it is not 0.
    pub conditions: Vec<Output>,
    /// Measures, in the order of the deck.
    pub measures: Vec<Measure>,
    /// `.four` cards.
    pub fourier: Vec<Fourier>,
    /// What measures and readings should be.
    pub expectations: Vec<Expectation>,
}

/// A formula that is kept, by its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// As written, without blanks.
    pub name: String,
    /// Its value.
    pub formula: Formula,
}

/// Fourier components of the last period of a transient.
#[derive(Clone, Debug, PartialEq)]
pub struct Fourier {
    /// Of the fundamental, Hz.
    pub frequency: f64,
    /// Of what.
    pub outputs: Vec<Output>,
    /// The card.
    pub span: Span,
}

/// A real function of quantities of a circuit.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    /// What it reads: leaf k of the function is leaf k here.
    pub leaves: Vec<Leaf>,
    /// The function.
    pub tree: Tree,
    /// The function, compiled.
    pub tape: Tape,
}

impl Formula {
    /// The formula of a tree over `leaves`.
    #[must_use]
    pub fn new(leaves: Vec<Leaf>, tree: Tree) -> Self {
        let tape = Tape::new(&tree, leaves.len());
        Self { leaves, tree, tape }
    }

    /// All quantities that it reads, in its parts too.
    pub fn controls(&self, found: &mut Vec<Control>) {
        for leaf in &self.leaves {
            match leaf {
                Leaf::Quantity(control) => found.push(*control),
                Leaf::Part(_, inner) => inner.controls(found),
                Leaf::Axis | Leaf::Measure(_) | Leaf::Noise(_) => {}
            }
        }
    }
}

/// What an analysis of noise finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoiseQuantity {
    /// Density at the output, V (or A) per root of a hertz.
    Output,
    /// The same referred to the input.
    Input,
    /// Root mean square at the output over the band, V or A.
    OutputTotal,
    /// The same referred to the input.
    InputTotal,
}

impl NoiseQuantity {
    /// Its names, the first one ngspice's.
    const NAMES: [(&str, Self); 6] = [
        ("onoise_spectrum", Self::Output),
        ("inoise_spectrum", Self::Input),
        ("onoise_total", Self::OutputTotal),
        ("inoise_total", Self::InputTotal),
        ("onoise", Self::Output),
        ("inoise", Self::Input),
    ];

    /// The quantity of that name, in lower case.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, quantity)| *quantity)
    }
}

/// What a formula reads.
#[derive(Clone, Debug, PartialEq)]
pub enum Leaf {
    /// A voltage or a current.
    Quantity(Control),
    /// The axis of the analysis: the time of a transient, s.
    Axis,
    /// An earlier measure, by its index.
    Measure(usize),
    /// A result of an analysis of noise.
    Noise(NoiseQuantity),
    /// A real figure of a formula, which is complex in an AC analysis.
    Part(Part, Box<Formula>),
}

/// A measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// Its name.
    pub name: String,
    /// Which analysis it reads.
    pub analysis: Measured,
    /// What it measures.
    pub task: MeasureTask,
    /// The card.
    pub span: Span,
}

/// What a measure does; all places are on the axis of its analysis.
#[derive(Clone, Debug, PartialEq)]
pub enum MeasureTask {
    /// From one place to another.
    Delay {
        /// Where it begins.
        trigger: Instant,
        /// Where it ends.
        target: Instant,
    },
    /// A value at a place.
    Find {
        /// What.
        what: Formula,
        /// Where.
        at: Instant,
    },
    /// A place.
    When(Instant),
    /// A slope at a place.
    Derivative {
        /// Of what.
        what: Formula,
        /// Where.
        at: Instant,
    },
    /// A figure over a window.
    Window {
        /// Which.
        statistic: Statistic,
        /// Of what.
        what: Formula,
        /// Beginning; `None` for that of the axis.
        from: Option<f64>,
        /// End; `None` for that of the axis.
        to: Option<f64>,
    },
    /// A function of earlier measures; of an operating point, of its quantities too.
    Parameter(Formula),
}

impl MeasureTask {
    /// Everything that it reads.
    #[must_use]
    pub fn formulas(&self) -> Vec<&Formula> {
        let (own, instants) = match self {
            Self::Delay { trigger, target } => (None, vec![trigger, target]),
            Self::Find { what, at } | Self::Derivative { what, at } => (Some(what), vec![at]),
            Self::When(at) => (None, vec![at]),
            Self::Window { what, .. } | Self::Parameter(what) => (Some(what), Vec::new()),
        };
        let sides = instants.into_iter().flat_map(|instant| match instant {
            Instant::At(_) => Vec::new(),
            Instant::Crossing(crossing) => vec![&crossing.left, &crossing.right],
        });
        own.into_iter().chain(sides).collect()
    }
}

/// A place on the axis.
#[derive(Clone, Debug, PartialEq)]
pub enum Instant {
    /// By its value.
    At(f64),
    /// Where two formulas are equal.
    Crossing(Box<Crossing>),
}

/// Where two formulas are equal.
#[derive(Clone, Debug, PartialEq)]
pub struct Crossing {
    /// Left side.
    pub left: Formula,
    /// Right side.
    pub right: Formula,
    /// Direction in which the left side passes the right one.
    pub edge: Edge,
    /// The n-th from 1; `None` for the last.
    pub count: Option<usize>,
    /// Earlier ones do not count.
    pub after: Option<f64>,
}

/// What a measure, or a reading of the operating point, should be.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// Name of a measure, or of a reading such as `v(out)`.
    pub name: String,
    /// What it should be.
    pub value: f64,
    /// By how much it may differ, in the unit of the value.
    pub tolerance: f64,
    /// The line.
    pub span: Span,
}
