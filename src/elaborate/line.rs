//! Lossless transmission lines: two ends each.

use crate::{
    circuit::{
        ElementId, Kind, Line, NodeId,
        device::{LINE, Values},
    },
    diag::{Diagnostic, Span},
    elaborate::{device::read, flatten::Flattener, names::Names, scope::Env},
    netlist::ast,
};

impl Flattener<'_, '_> {
    /// The first end of a line, which has the number of its card; `None` after a fault,
    /// which is reported.
    pub(super) fn line(
        &mut self,
        line: &ast::Line,
        element: &ast::Element,
        env: &Env<'_>,
        names: &mut Names<'_>,
    ) -> Option<Kind> {
        let span = element.span;
        let nodes = line.nodes.map(|node| self.node(node, span, names));
        let before = self.faults.len();
        let mut given = Values::new(LINE);
        read(&line.params, &mut given, ("a line", env), self.faults);
        let initial: Vec<f64> =
            line.initial.iter().map(|value| env.value(value, span, self.faults)).collect();
        if self.faults.len() > before {
            return None;
        }
        let (impedance, delay) = match numbers(&given, initial.len(), span) {
            Ok(numbers) => numbers,
            Err(fault) => {
                self.faults.push(*fault);
                return None;
            }
        };
        let initial = |at: usize| initial.get(at).copied().unwrap_or(0.0);
        let end = |nodes: [NodeId; 2], other: ElementId, from: usize| {
            let initial = [initial(from), initial(from + 1)];
            Kind::Line { nodes, other, line: Box::new(Line { impedance, delay, initial }) }
        };
        let own = ElementId(self.elements.len() as u32);
        let name = self.full_name(element.name, &names.prefix);
        let far = self.add(format!("{name}#2"), span, end([nodes[2], nodes[3]], own, 2));
        Some(end([nodes[0], nodes[1]], far, 0))
    }
}

/// Impedance, ohm, and delay, s.
fn numbers(given: &Values, initial: usize, span: Span) -> Result<(f64, f64), Box<Diagnostic>> {
    let refuse = |message: String, hint: &'static str| {
        Err(Box::new(Diagnostic::error(span, message).with_hint(hint)))
    };
    if !given.has("z0") {
        return refuse("the line has no `z0`".to_owned(), "its characteristic impedance, ohm");
    }
    if initial != 0 && initial != 4 {
        return refuse(
            format!("`ic` has {initial} values, a line has 4"),
            "voltage and current of one end, then of the other",
        );
    }
    let delay = match (given.has("td"), given.has("f")) {
        (true, false) if !given.has("nl") => given.number("td"),
        (false, true) => given.number("nl") / given.number("f"),
        (false, false) => {
            return refuse(
                "the line has no delay".to_owned(),
                "`td=` is the delay, s; or `f=` a frequency and `nl=` the length in its wavelengths",
            );
        }
        (true, _) => {
            return refuse(
                "the delay of the line is given twice".to_owned(),
                "either `td`, or `f` with `nl`",
            );
        }
    };
    Ok((given.number("z0"), delay))
}
