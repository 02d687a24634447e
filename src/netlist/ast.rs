//! The netlist as written: names unresolved, expressions unevaluated, spans kept.

mod analysis;
mod array;
mod controlled;
mod line;
mod measure;
mod output;
mod passive;
mod step;

pub use analysis::{Analysis, DcSweep, Frequencies, Spacing, Wanted};
pub use array::{Array, ArrayForm, NodeList, WeightFile};
pub use controlled::{ControlLaw, Points, PolyInput};
pub use line::Line;
pub use measure::{Count, Crossing, Expectation, Instant, Measure, MeasureTask, Tolerance};
pub use output::{Output, OutputKind};
pub use passive::{Coupling, Passive, PassiveKind, PassiveLaw};
pub use step::{Data, Step, StepTarget, Sweep};

use crate::{
    diag::Span,
    netlist::{
        expr::Expr,
        symbol::{Interner, Symbol},
    },
};

/// A parsed deck, with the contents of its included files in place.
#[derive(Clone, Debug, Default)]
pub struct Netlist {
    /// The first line.
    pub title: String,
    /// All names, in lower case.
    pub symbols: Interner,
    /// The top level.
    pub scope: Scope,
    /// What to do with the circuit, in the order of the deck.
    pub controls: Vec<Control>,
    /// `.global` nodes, which are one node wherever they are named.
    pub globals: Vec<Symbol>,
}

/// The contents of the top level or of a subcircuit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    /// Element cards in the order of the deck.
    pub elements: Vec<Element>,
    /// `.param` assignments in the order of the deck.
    pub params: Vec<Assignment>,
    /// `.model` cards.
    pub models: Vec<Model>,
    /// `.subckt` definitions.
    pub subckts: Vec<Subckt>,
    /// `.func` definitions.
    pub functions: Vec<FunctionDefinition>,
    /// `.if` blocks.
    pub conditionals: Vec<Conditional>,
}

/// `.func NAME(arguments) {body}`.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionDefinition {
    /// Name.
    pub name: Symbol,
    /// Names of its arguments.
    pub arguments: Vec<Symbol>,
    /// Its value.
    pub body: Expr,
    /// The card.
    pub span: Span,
}

/// `.if (condition)` to `.endif`.
#[derive(Clone, Debug, PartialEq)]
pub struct Conditional {
    /// The first whose condition holds counts.
    pub branches: Vec<Branch>,
    /// The `.if` card.
    pub span: Span,
}

/// What follows `.if`, `.elseif` or `.else`.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// `None` for `.else`.
    pub condition: Option<Expr>,
    /// Its contents.
    pub scope: Scope,
    /// The card that begins it.
    pub span: Span,
}

/// `name = value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// The parameter.
    pub name: Symbol,
    /// Its value.
    pub value: Value,
    /// The whole assignment.
    pub span: Span,
}

/// A number, or an expression in braces or quotes that parameters may enter.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A literal, its scale suffix applied (`4.7u` is 4.7e-6).
    Number(f64),
    /// An expression.
    Expr(Box<Expr>),
}

/// `.model NAME TYPE (k=v ...)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Name.
    pub name: Symbol,
    /// Device type as written, lower case.
    pub kind: Symbol,
    /// Parameters.
    pub params: Vec<Assignment>,
    /// The whole card.
    pub span: Span,
}

/// `.subckt NAME ports... [params: k=v ...]` to `.ends`.
#[derive(Clone, Debug, PartialEq)]
pub struct Subckt {
    /// Name.
    pub name: Symbol,
    /// Ports by position.
    pub ports: Vec<Symbol>,
    /// Parameters with their defaults.
    pub params: Vec<Assignment>,
    /// Contents; a nested definition is visible inside only.
    pub scope: Scope,
    /// The `.subckt` card.
    pub span: Span,
}

/// One element card.
#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    /// Full name with its letter, such as `r1`.
    pub name: Symbol,
    /// What it is.
    pub kind: ElementKind,
    /// The whole card.
    pub span: Span,
}

/// What an element card says.
#[derive(Clone, Debug, PartialEq)]
pub enum ElementKind {
    /// `Rname n+ n- value`, ohm.
    Resistor {
        /// Terminals.
        nodes: [Symbol; 2],
        /// Resistance, ohm.
        value: Value,
    },
    /// `Cname n+ n- value`, farad.
    Capacitor {
        /// Terminals.
        nodes: [Symbol; 2],
        /// Capacitance, F.
        value: Value,
    },
    /// `Lname n+ n- value`, henry.
    Inductor {
        /// Terminals.
        nodes: [Symbol; 2],
        /// Inductance, H.
        value: Value,
    },
    /// R, C or L with more than a value: a model, parameters, an initial value, or a law
    /// instead of the value.
    Passive(Box<Passive>),
    /// `Vname n+ n- source` or `Iname n+ n- source`; current flows from `n+`
    /// through the source to `n-`.
    Source {
        /// Voltage or current.
        quantity: Quantity,
        /// Terminals.
        nodes: [Symbol; 2],
        /// What it delivers.
        source: Box<Source>,
    },
    /// `E` (voltage) or `G` (current) controlled by `v(c+) - v(c-)`.
    VoltageControlled {
        /// What is delivered: `Voltage` for E, `Current` for G.
        quantity: Quantity,
        /// Terminals.
        nodes: [Symbol; 2],
        /// Controlling nodes.
        control: [Symbol; 2],
        /// V/V or A/V.
        gain: Value,
    },
    /// `F` (current) or `H` (voltage) controlled by the current of a voltage source.
    CurrentControlled {
        /// What is delivered: `Voltage` for H, `Current` for F.
        quantity: Quantity,
        /// Terminals.
        nodes: [Symbol; 2],
        /// The controlling voltage source.
        control: Symbol,
        /// A/A or V/A.
        gain: Value,
    },
    /// `Bname n+ n- V=expr` or `I=expr`; also `Ename n+ n- VALUE={expr}` and G.
    Behavioural {
        /// Which side of the equation is given.
        quantity: Quantity,
        /// Terminals.
        nodes: [Symbol; 2],
        /// The law; may name `v(a)`, `v(a,b)`, `i(vsource)`, `time` and parameters.
        law: Box<Expr>,
    },
    /// E, F, G or H with a polynomial, a table or a transfer function.
    Controlled {
        /// What is delivered.
        quantity: Quantity,
        /// Terminals.
        nodes: [Symbol; 2],
        /// How it follows what controls it.
        law: Box<ControlLaw>,
    },
    /// `Kname L1 L2 ... factor`.
    Coupling(Box<Coupling>),
    /// `Tname a+ a- b+ b- Z0=... TD=...`.
    Line(Box<Line>),
    /// D, Q, J, M, S or W.
    Device(Box<Device>),
    /// `Yname resistors|vccs rows=... columns=... file=...`.
    Array(Box<Array>),
    /// `Xname nodes... subckt [k=v ...]`.
    Instance(Box<Instance>),
}

/// An instance of a subcircuit.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    /// Nodes by position.
    pub nodes: Vec<Symbol>,
    /// The subcircuit.
    pub subckt: Symbol,
    /// Overrides of its parameters.
    pub params: Vec<Assignment>,
}

/// The card of a device with a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Device {
    /// What its letter says.
    pub family: Family,
    /// Nodes in the order of the card; Q may have a fourth, the substrate.
    pub nodes: Vec<Symbol>,
    /// The voltage source whose current controls it (W).
    pub control: Option<Symbol>,
    /// Its model.
    pub model: Symbol,
    /// The number after the model.
    pub area: Option<Value>,
    /// `on` or `off`.
    pub switched: Option<bool>,
    /// `ic=a,b,...`, V, used with `uic`.
    pub initial: Vec<Value>,
    /// Further parameters.
    pub params: Vec<Assignment>,
}

/// Kinds of devices, by letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// D
    Diode,
    /// Q
    Bipolar,
    /// J
    Jfet,
    /// M
    Mosfet,
    /// S
    VoltageSwitch,
    /// W
    CurrentSwitch,
}

/// Voltage or current.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Volt.
    Voltage,
    /// Ampere.
    Current,
}

/// What an independent source delivers.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Source {
    /// `DC value` or a bare leading value.
    pub dc: Option<Value>,
    /// `AC magnitude [phase in degrees]`.
    pub ac: Option<AcValue>,
    /// Transient wave.
    pub wave: Option<Wave>,
}

/// `AC` magnitude and phase in degrees.
pub type AcValue = (Value, Option<Value>);

/// A transient wave with its arguments as written (trailing ones may be absent).
#[derive(Clone, Debug, PartialEq)]
pub enum Wave {
    /// `PULSE(v1 v2 td tr tf pw per)`.
    Pulse(Vec<Value>),
    /// `SIN(vo va freq td theta phase)`.
    Sin(Vec<Value>),
    /// `EXP(v1 v2 td1 tau1 td2 tau2)`.
    Exp(Vec<Value>),
    /// `SFFM(vo va fc mdi fs phasec phases)`.
    Sffm(Vec<Value>),
    /// `AM(va vo fm fc td)`.
    Am(Vec<Value>),
    /// `PWL(t1 v1 t2 v2 ...)`, with an even number of values.
    Pwl(Vec<Value>),
}

/// A dot card that says what to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Control {
    /// What.
    pub kind: ControlKind,
    /// The whole card.
    pub span: Span,
}

/// Kinds of dot cards.
#[derive(Clone, Debug, PartialEq)]
pub enum ControlKind {
    /// `.op`.
    Op,
    /// `.tran tstep tstop [tstart [tmax]] [uic]`.
    Tran {
        /// Suggested print step, s.
        step: Value,
        /// Stop time, s.
        stop: Value,
        /// First time kept, s.
        start: Option<Value>,
        /// Largest step, s.
        max_step: Option<Value>,
        /// Start from the initial conditions without an operating point.
        uic: bool,
    },
    /// `.dc`, `.ac`, `.noise`, `.tf`, `.sens` and `.pz`.
    Analysis(Box<Analysis>),
    /// `.save v(a) v(a,b) i(v1) ...`.
    Save(Vec<Output>),
    /// `.ic v(a)=x ...`.
    Ic(Vec<NodeValue>),
    /// `.nodeset v(a)=x ...`.
    NodeSet(Vec<NodeValue>),
    /// `.options k=v flag ...`; a flag has no value. Unknown names are errors.
    /// The value of `method` is the name `trap` or `gear`, as an expression.
    Options(Vec<OptionSetting>),
    /// `.four frequency outputs...`.
    Four {
        /// Of the fundamental, Hz.
        frequency: Value,
        /// What is analysed.
        outputs: Vec<Output>,
    },
    /// `.step target values` and `.temp values`.
    Step(Box<Step>),
    /// `.data NAME parameters... values...`.
    Data(Box<Data>),
    /// `.measure analysis NAME ...`.
    Measure(Box<Measure>),
    /// `*! expect NAME value [tol=value]`.
    Expect(Box<Expectation>),
    /// `*! until condition`: a transient ends where it is not 0.
    Until(Box<Expr>),
}

/// Node, its voltage and the place of both.
pub type NodeValue = (Symbol, Value, Span);

/// Name, value and place of an option.
pub type OptionSetting = (Symbol, Option<Value>, Span);
