//! What a circuit needs to be a network, and to be one when it is built: property by
//! property, with a measured value, a threshold and the elements to blame.
//!
//! Formulas and reasons: `docs/properties.md`. Some properties are those of the normal
//! form (isolation, leak, no loop), some of the resistive network behind it (stiffness,
//! sense ports), some of the list of elements alone. Each is judged where it can be:
//! a circuit without a normal form still has components.

mod coefficients;
mod display;
mod parts;
mod ports;
mod property;
mod signals;
mod stages;
mod units;

use std::borrow::Cow;

use crate::{
    circuit::{Circuit, Kind},
    equiv::{Identified, Scales, Stock, identify::nearest},
    mna::{Adjoint, Reduction},
};

pub use display::summary;
pub use property::{Bound, Judgement, Property, PropertyName};

use units::Units;

/// What a circuit was reduced to.
#[derive(Clone, Copy, Debug)]
pub enum Reduced<'a> {
    /// The normal form of a circuit of continuous time.
    Flow(&'a Reduction),
    /// The map of one period of a circuit on a clock, as
    /// [`PeriodMap`](crate::equiv::PeriodMap) has it.
    Map(&'a Reduction),
    /// Nothing.
    Refused,
}

/// What the properties are measured against.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PropertyOptions {
    /// What components there are; without rails those hold that the deck states as the
    /// parameter [`Stock::RAILS`], if it does.
    pub stock: Stock,
    /// Largest modulus of any input, V; `None` for what the deck's sources deliver.
    pub inputs: Option<f64>,
}

/// Judges every property of `circuit`, in the order of [`PropertyName::ALL`].
///
/// `scales` are those of the deck; `reduced` is the reduction of this very circuit.
#[must_use]
pub fn properties(
    circuit: &Circuit,
    reduced: Reduced<'_>,
    scales: &Scales,
    options: &PropertyOptions,
) -> Vec<Property> {
    let circuit = circuit.without_arrays().unwrap_or(Cow::Borrowed(circuit));
    let subject = Subject::new(&circuit, reduced, scales, options);
    PropertyName::ALL.into_iter().map(|name| subject.judge(name)).collect()
}

/// A circuit as the properties see it.
struct Subject<'a> {
    circuit: &'a Circuit,
    reduced: Reduced<'a>,
    scales: &'a Scales,
    options: &'a PropertyOptions,
    /// Where there is one resistive network and so one adjoint.
    adjoint: Option<Adjoint>,
    /// Where there is a normal form.
    units: Option<Units>,
    /// The nearest activation of each behavioural source, in the order of elements.
    laws: Vec<(usize, Option<Identified>)>,
}

impl<'a> Subject<'a> {
    fn new(
        circuit: &'a Circuit,
        reduced: Reduced<'a>,
        scales: &'a Scales,
        options: &'a PropertyOptions,
    ) -> Self {
        let adjoint = match reduced {
            Reduced::Flow(reduction) => Some(reduction.adjoint(circuit)),
            Reduced::Map(_) | Reduced::Refused => None,
        };
        let laws = circuit.elements().iter().enumerate().filter_map(|(at, element)| {
            let Kind::Behavioural { law, .. } = &element.kind else { return None };
            let phi = crate::dae::Phi { tree: law.tree.clone(), tape: law.tape.clone() };
            Some((at, nearest(&phi)))
        });
        let mut subject =
            Self { circuit, reduced, scales, options, adjoint, units: None, laws: laws.collect() };
        subject.units = subject.reduction().map(|r| Units::of(&r.lure));
        subject
    }

    fn reduction(&self) -> Option<&'a Reduction> {
        match self.reduced {
            Reduced::Flow(reduction) | Reduced::Map(reduction) => Some(reduction),
            Reduced::Refused => None,
        }
    }

    /// Why what needs the normal form is not judged.
    fn refusal(&self) -> String {
        match self.reduced {
            Reduced::Refused => "there is no normal form".to_owned(),
            Reduced::Flow(_) | Reduced::Map(_) => "it has no nonlinear element".to_owned(),
        }
    }

    /// Why what needs the resistive network is not judged.
    fn without_network(&self) -> String {
        match self.reduced {
            Reduced::Map(_) => {
                "on a clock there is another resistive network in every phase".to_owned()
            }
            Reduced::Flow(_) | Reduced::Refused => self.refusal(),
        }
    }

    fn name(&self, element: usize) -> String {
        self.circuit.elements()[element].name.to_string()
    }

    fn judge(&self, name: PropertyName) -> Property {
        match name {
            PropertyName::State => self.state(),
            PropertyName::Leak => self.leak(),
            PropertyName::Isolation => self.isolation(),
            PropertyName::Unilaterality => self.unilaterality(),
            PropertyName::Stiffness => self.stiffness(),
            PropertyName::SensePorts => self.sense_ports(),
            PropertyName::NoLoop => self.no_loop(),
            PropertyName::Sigma => self.sigma(),
            PropertyName::Scales => self.gain(),
            PropertyName::BothSigns => self.both_signs(),
            PropertyName::LinearRange => self.linear_range(),
            PropertyName::OnePole => self.one_pole(),
            PropertyName::Components => self.components(),
            PropertyName::Positive => self.positive(),
        }
    }
}

/// The larger of two numbers; NaN stays.
fn larger(a: f64, b: f64) -> f64 {
    if a.is_nan() || a > b { a } else { b }
}

/// The smaller of two numbers; NaN stays.
fn smaller(a: f64, b: f64) -> f64 {
    if a.is_nan() || a < b { a } else { b }
}
