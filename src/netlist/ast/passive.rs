//! Resistors, capacitors and inductors that are more than a value.

use crate::netlist::ast::{Assignment, Value};
use crate::netlist::expr::Expr;
use crate::netlist::symbol::Symbol;

/// The card of R, C or L with a model, C or L with parameters, or any of them with a law
/// instead of a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Passive {
    /// What its letter says.
    pub kind: PassiveKind,
    /// Terminals.
    pub nodes: [Symbol; 2],
    /// The number after the nodes.
    pub value: Option<Value>,
    /// Its model.
    pub model: Option<Symbol>,
    /// `R=...` and the like.
    pub law: Option<(PassiveLaw, Expr)>,
    /// `ic=...`: V of a capacitor, A of an inductor.
    pub initial: Option<Value>,
    /// Further parameters.
    pub params: Vec<Assignment>,
}

/// R, C or L.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassiveKind {
    /// R
    Resistor,
    /// C
    Capacitor,
    /// L
    Inductor,
}

/// What a law gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassiveLaw {
    /// `R=`, ohm.
    Resistance,
    /// `C=`, F.
    Capacitance,
    /// `Q=`, C.
    Charge,
    /// `L=`, H.
    Inductance,
    /// `Flux=`, Wb.
    Flux,
}

impl PassiveKind {
    /// The laws of its cards.
    #[must_use]
    pub fn laws(self) -> &'static [PassiveLaw] {
        match self {
            Self::Resistor => &[PassiveLaw::Resistance],
            Self::Capacitor => &[PassiveLaw::Capacitance, PassiveLaw::Charge],
            Self::Inductor => &[PassiveLaw::Inductance, PassiveLaw::Flux],
        }
    }
}

impl PassiveLaw {
    /// Its key on a card.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Resistance => "r",
            Self::Capacitance => "c",
            Self::Charge => "q",
            Self::Inductance => "l",
            Self::Flux => "flux",
        }
    }
}

/// Inductors that are coupled.
#[derive(Clone, Debug, PartialEq)]
pub struct Coupling {
    /// Two inductors or more; each is coupled with each.
    pub inductors: Vec<Symbol>,
    /// Mutual inductance over the geometric mean of both inductances.
    pub factor: Value,
}
