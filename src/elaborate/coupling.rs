//! Coupled inductors.

use nalgebra::DMatrix;

use crate::{
    circuit::{Element, ElementId, Kind},
    diag::Diagnostic,
    elaborate::{flatten::Flattener, names::Names},
    netlist::{ast, symbol::Symbol},
};

/// An eigenvalue of a matrix of coupling factors may be below 0 by this, for rounding.
const SLACK: f64 = 1e-9;

/// A coupling: its element, the inductors and the factor.
struct Coupled {
    element: usize,
    inductors: [ElementId; 2],
    factor: f64,
}

impl Flattener<'_, '_> {
    /// The coupling of the first two inductors; those of the other pairs are elements of
    /// their own, `k1#2` and so on.
    pub(super) fn coupling(
        &mut self,
        element: &ast::Element,
        inductors: &[Symbol],
        mutual: f64,
        names: &Names<'_>,
    ) -> Option<Kind> {
        let owner = |this: &mut Self, &name: &Symbol| this.owner(name, element.span, names);
        let owners: Option<Vec<ElementId>> =
            inductors.iter().map(|name| owner(self, name)).collect();
        let owners = owners?;
        let pairs = owners.iter().enumerate().flat_map(|(at, first)| {
            owners[at + 1..]
                .iter()
                .map(|second| Kind::Coupling { inductors: [*first, *second], mutual })
        });
        let mut pairs: Vec<Kind> = pairs.collect();
        let name = self.full_name(element.name, &names.prefix);
        for (at, kind) in pairs.drain(1..).enumerate() {
            self.add(format!("{name}#{}", at + 2), element.span, kind);
        }
        pairs.pop()
    }
}

/// Turns the factors of the couplings among the `elements` from `from` on into
/// mutual inductances.
pub(super) fn couple(elements: &mut [Element], from: usize, faults: &mut Vec<Diagnostic>) {
    let before = faults.len();
    let mut couplings = Vec::new();
    for at in from..elements.len() {
        let Kind::Coupling { inductors, mutual: factor } = elements[at].kind else { continue };
        let inductance = |id: ElementId| match elements.get(id.0 as usize)?.kind {
            Kind::Inductor { inductance, .. } => Some(inductance),
            _ => None,
        };
        let (name, origin) = (&elements[at].name, elements[at].origin);
        let mut refuse = |message: String| faults.push(Diagnostic::error(origin, message));
        match inductors.map(inductance) {
            [Some(_), Some(_)] if inductors[0] == inductors[1] => {
                refuse(format!("`{name}` couples an inductor with itself"));
            }
            [Some(_), Some(_)] if !(factor.abs() <= 1.0) => {
                refuse(format!("the coupling factor of `{name}` is {factor}, beyond -1 to 1"));
            }
            [Some(a), Some(b)] if a * b > 0.0 => {
                let mutual = factor * (a * b).sqrt();
                elements[at].kind = Kind::Coupling { inductors, mutual };
                couplings.push(Coupled { element: at, inductors, factor });
            }
            [Some(_), Some(_)] => {
                refuse(format!("`{name}` couples inductances of different signs"));
            }
            _ => refuse(format!("`{name}` names an element that is no inductor")),
        }
    }
    if faults.len() == before {
        faults.extend(impossible(elements, &couplings));
    }
}

/// Sets of inductors whose factors no coils can have: some currents would store less than
/// no energy. `L1 L2 L3` with 0.9, 0.9 and -0.9 are one.
fn impossible(elements: &[Element], couplings: &[Coupled]) -> Vec<Diagnostic> {
    let mut left: Vec<&Coupled> = couplings.iter().collect();
    let mut faults = Vec::new();
    while let Some(first) = left.pop() {
        // All that is coupled with it, directly or not.
        let mut set = vec![first];
        let mut coils = first.inductors.to_vec();
        while let Some(at) =
            left.iter().position(|k| k.inductors.iter().any(|coil| coils.contains(coil)))
        {
            let next = left.remove(at);
            coils.extend(next.inductors);
            set.push(next);
        }
        coils.sort_unstable();
        coils.dedup();
        let mut matrix = DMatrix::<f64>::identity(coils.len(), coils.len());
        for coupled in &set {
            let [a, b] = coupled.inductors.map(|coil| coils.partition_point(|other| *other < coil));
            matrix[(a, b)] += coupled.factor;
            matrix[(b, a)] += coupled.factor;
        }
        let least = matrix.symmetric_eigenvalues().iter().copied().min_by(f64::total_cmp);
        if least.is_some_and(|least| least >= -SLACK) {
            continue;
        }
        set.sort_by_key(|coupled| coupled.element);
        let names: Vec<&str> = set.iter().map(|k| &*elements[k.element].name).collect();
        let element = |k: &Coupled| &elements[k.element];
        let Some((last, others)) = set.split_last() else { continue };
        let message = format!(
            "the factors of {} contradict each other: no coils are coupled like that",
            crate::circuit::topology::list(&names)
        );
        let fault = Diagnostic::error(element(last).origin, message)
            .with_hint("some currents would store less than no energy; check signs and sizes");
        let related = others.iter().take(8);
        faults.push(
            related
                .fold(fault, |fault, k| fault.with_related(element(k).origin, "coupled with it")),
        );
    }
    faults
}
