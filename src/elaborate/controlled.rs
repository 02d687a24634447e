//! Controlled sources with a polynomial, a table or a transfer function.

use ecow::eco_format;

use crate::{
    circuit::{AffineLaw, Control, Element, Kind, NodeId, Quantity},
    diag::{Diagnostic, Span},
    elaborate::{
        flatten::{Flattener, Lookup, circuit_quantity},
        laplace::{Filter, filter},
        law::{self, Compiled, Resolve},
        names::Names,
        scope::Env,
    },
    expr::{Binary, Tree},
    netlist::{
        ast::{self, ControlLaw, Points, PolyInput, Value},
        symbol::Symbol,
    },
};

/// The card of a controlled source.
pub(super) struct Place {
    pub(super) name: Symbol,
    pub(super) span: Span,
    pub(super) nodes: [NodeId; 2],
    pub(super) quantity: ast::Quantity,
}

impl Flattener<'_, '_> {
    /// The source; `None` after a fault, which is reported.
    pub(super) fn controlled(
        &mut self,
        place: &Place,
        law: &ControlLaw,
        env: &Env<'_>,
        names: &mut Names<'_>,
    ) -> Option<Kind> {
        let quantity = circuit_quantity(place.quantity);
        let mut faults = Vec::new();
        let mut controls = Vec::new();
        let compiled = match law {
            ControlLaw::Polynomial { inputs, coefficients } => {
                let mut lookup = Lookup { flattener: self, names };
                let leaves = inputs.iter().map(|input| {
                    let control = match *input {
                        PolyInput::Voltage(a, b) => lookup.voltage(a, Some(b), place.span)?,
                        PolyInput::Current(source) => lookup.current(source, place.span)?,
                    };
                    controls.push(control);
                    Some(Tree::Leaf(controls.len() - 1))
                });
                let leaves: Option<Vec<Tree>> = leaves.collect();
                let mut value = |value: &Value| env.value(value, place.span, &mut faults);
                let coefficients: Vec<f64> = coefficients.iter().map(&mut value).collect();
                let tree = polynomial(&leaves?, &coefficients);
                law::finish(&tree, controls, place.span, &mut faults)
            }
            ControlLaw::Table { input, points } => {
                let mut lookup = Lookup { flattener: self, names };
                let input = law::lower(input, env, &mut lookup, (&mut controls, &mut faults));
                let points = pairs(points, place.span, env, &mut faults);
                let tree = input.zip(points).map(|(input, points)| table(&input, &points));
                tree.and_then(|tree| law::finish(&tree, controls, place.span, &mut faults))
            }
            ControlLaw::Laplace { input, transfer } => {
                let mut lookup = Lookup { flattener: self, names };
                let input = law::compile(input, env, &mut lookup, &mut faults);
                let filter = filter(transfer, env, &mut faults);
                let found = input.zip(filter);
                let prefix = names.prefix.clone();
                found.map(|(input, filter)| self.filtered(place, &prefix, input, &filter))
            }
        };
        self.faults.append(&mut faults);
        Some(compiled?.kind(quantity, place.nodes))
    }

    /// Adds the states of a filter in controllable form and returns its output.
    ///
    /// State k is the voltage of a node with a capacitor of 1/w0 and a resistor of
    /// 1 ohm, whose current a source delivers back, so that w0 v(k+1) is its slope;
    /// the last one sums up input and states. w0 scales all voltages alike.
    fn filtered(
        &mut self,
        place: &Place,
        prefix: &str,
        input: Compiled,
        filter: &Filter,
    ) -> Compiled {
        let name = self.full_name(place.name, prefix);
        let add = |this: &mut Self, suffix: &str, kind: Kind| {
            let name = format!("{name}#{suffix}").into();
            this.extra.push(Element { name, origin: place.span, kind });
        };
        let entry = self.new_node(eco_format!("{name}#in"), place.span);
        add(self, "in", input.kind(Quantity::Voltage, [entry, NodeId::GROUND]));
        let order = filter.poles.len();
        let states: Vec<NodeId> =
            (1..=order).map(|k| self.new_node(eco_format!("{name}#{k}"), place.span)).collect();
        let volts = |node: NodeId| Control::Voltage(node, NodeId::GROUND);
        for (k, &node) in states.iter().enumerate() {
            let nodes = [node, NodeId::GROUND];
            let capacitance = 1.0 / filter.scale;
            add(
                self,
                &format!("c{}", k + 1),
                Kind::Capacitor { nodes, capacitance, initial: None },
            );
            add(
                self,
                &format!("r{}", k + 1),
                Kind::Resistor { nodes, resistance: 1.0, kelvin: None },
            );
            let mut terms = vec![(volts(node), 1.0)];
            if let Some(&next) = states.get(k + 1) {
                terms.push((volts(next), 1.0));
            } else {
                terms.push((volts(entry), 1.0));
                for (&state, pole) in states.iter().zip(&filter.poles) {
                    match terms.iter_mut().find(|(control, _)| *control == volts(state)) {
                        Some((_, gain)) => *gain -= pole,
                        None => terms.push((volts(state), -pole)),
                    }
                }
            }
            let nodes = [NodeId::GROUND, node];
            let quantity = Quantity::Current;
            let law = Box::new(AffineLaw { terms, constant: 0.0 });
            add(self, &format!("g{}", k + 1), Kind::Affine { quantity, nodes, law });
        }
        let mut terms: Vec<(Control, f64)> =
            states.iter().map(|&state| volts(state)).zip(filter.zeros.iter().copied()).collect();
        terms.push((volts(entry), filter.direct));
        terms.retain(|(_, gain)| *gain != 0.0);
        Compiled::Affine(AffineLaw { terms, constant: 0.0 })
    }
}

/// The points of a table, whose x must increase; `None` after a fault, which is reported.
fn pairs(
    points: &Points,
    span: Span,
    env: &Env<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<Vec<(f64, f64)>> {
    let pairs: Vec<(f64, f64)> = points
        .iter()
        .map(|(x, y)| (env.value(x, span, faults), env.value(y, span, faults)))
        .collect();
    if let Some(pair) = pairs.windows(2).find(|pair| pair[1].0 <= pair[0].0) {
        let (before, after) = (pair[0].0, pair[1].0);
        let message = format!("the x of a table must increase: {before} is followed by {after}");
        faults.push(Diagnostic::error(span, message));
        return None;
    }
    Some(pairs)
}

/// Straight lines between points, constant outside: the first y, and for every piece
/// its slope times how far the input has come into it.
fn table(input: &Tree, points: &[(f64, f64)]) -> Tree {
    let binary = |op, a: Tree, b: Tree| Tree::Binary(op, Box::new(a), Box::new(b));
    let first = Tree::Constant(points.first().map_or(0.0, |&(_, y)| y));
    points.windows(2).fold(first, |sum, pair| {
        let [(x0, y0), (x1, y1)] = [pair[0], pair[1]];
        let clipped = binary(Binary::Max, input.clone(), Tree::Constant(x0));
        let clipped = binary(Binary::Min, clipped, Tree::Constant(x1));
        let inside = binary(Binary::Sub, clipped, Tree::Constant(x0));
        let slope = Tree::Constant((y1 - y0) / (x1 - x0));
        binary(Binary::Add, sum, binary(Binary::Mul, slope, inside))
    })
}

/// SPICE's polynomial. A single coefficient of a single input is its gain.
fn polynomial(inputs: &[Tree], coefficients: &[f64]) -> Tree {
    let product = |factors: &[usize], value: f64| {
        factors.iter().fold(Tree::Constant(value), |product, &at| {
            Tree::Binary(Binary::Mul, Box::new(product), Box::new(inputs[at].clone()))
        })
    };
    if let ([_], [gain]) = (inputs, coefficients) {
        return product(&[0], *gain);
    }
    let mut sum: Option<Tree> = None;
    let mut factors: Vec<usize> = Vec::new();
    for &value in coefficients {
        if value != 0.0 || sum.is_none() {
            let term = product(&factors, value);
            sum = Some(match sum {
                None => term,
                Some(sum) => Tree::Binary(Binary::Add, Box::new(sum), Box::new(term)),
            });
        }
        next(&mut factors, inputs.len());
    }
    sum.unwrap_or(Tree::Constant(0.0))
}

/// The product that follows: the next in the order of the inputs, else the first with
/// one factor more.
fn next(factors: &mut Vec<usize>, inputs: usize) {
    if let Some(at) = factors.iter().rposition(|&factor| factor + 1 < inputs) {
        let value = factors[at] + 1;
        factors[at..].fill(value);
    } else {
        let length = factors.len() + 1;
        factors.clear();
        factors.resize(length, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_come_in_the_order_of_spice() {
        let mut factors = Vec::new();
        let mut found = Vec::new();
        for _ in 0..11 {
            found.push(factors.clone());
            next(&mut factors, 2);
        }
        let expected: [&[usize]; 11] = [
            &[],
            &[0],
            &[1],
            &[0, 0],
            &[0, 1],
            &[1, 1],
            &[0, 0, 0],
            &[0, 0, 1],
            &[0, 1, 1],
            &[1, 1, 1],
            &[0, 0, 0, 0],
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn tables_are_constant_outside() {
        let tree = table(&Tree::Leaf(0), &[(0.0, 1.0), (1.0, 3.0), (3.0, -1.0)]);
        let tape = crate::expr::Tape::new(&tree, 1);
        let mut scratch = crate::expr::Scratch::default();
        for (x, y) in [(-5.0, 1.0), (0.5, 2.0), (1.0, 3.0), (2.0, 1.0), (9.0, -1.0)] {
            assert_eq!(tape.eval(&[x], &mut scratch), y, "{x}");
        }
    }
}
