//! Arrays taken apart: every crossing an element of its own.

use std::borrow::Cow;

use crate::{
    circuit::{Array, ArrayForm, Circuit, Element, Kind, NodeId, Parts, Quantity},
    diag::Diagnostic,
};

/// Most crossings that are looked at one by one.
const MOST: usize = 1_000_000;

impl Circuit {
    /// The same circuit without arrays: the crossing of row i and column j of `y1` is the
    /// resistor or source `y1[i,j]`, counted from 1. The first of an array has its number
    /// among the elements, the others follow all elements, so that numbers stay what they
    /// are. An array whose crossings are all open stays.
    ///
    /// # Errors
    ///
    /// Names an array of more crossings than are worth it.
    pub fn without_arrays(&self) -> Result<Cow<'_, Self>, Vec<Diagnostic>> {
        if self.equations().arrays.is_empty() {
            return Ok(Cow::Borrowed(self));
        }
        let mut parts = self.parts().clone();
        for at in 0..self.elements().len() {
            let element = &self.elements()[at];
            let Kind::Array(array) = &element.kind else { continue };
            let crossings = array.matrix().nonzeros().count();
            if crossings > MOST {
                let message = format!(
                    "`{}` has {crossings} crossings, more than the {MOST} that are looked at one by one",
                    element.name
                );
                let hint = "its parts can be had in a smaller array of the same kind";
                return Err(vec![Diagnostic::error(element.origin, message).with_hint(hint)]);
            }
            take_apart(&mut parts, at, (element, array));
        }
        Self::new(parts).map(Cow::Owned)
    }
}

fn take_apart(parts: &mut Parts, at: usize, (element, array): (&Element, &Array)) {
    let single = array.crossings().map(|crossing| {
        let nodes = crossing.nodes;
        let name = format!("{}[{},{}]", element.name, crossing.row + 1, crossing.column + 1);
        let kind = match array.form() {
            ArrayForm::Resistors => {
                Kind::Resistor { nodes, resistance: 1.0 / crossing.value, kelvin: None }
            }
            ArrayForm::Vccs => Kind::VoltageControlled {
                quantity: Quantity::Current,
                nodes: [nodes[0], NodeId::GROUND],
                control: [nodes[1], NodeId::GROUND],
                gain: crossing.value,
            },
        };
        Element { name: name.into(), origin: element.origin, kind }
    });
    let mut single = single.collect::<Vec<_>>().into_iter();
    if let Some(first) = single.next() {
        parts.elements[at] = first;
        parts.elements.extend(single);
    }
}
