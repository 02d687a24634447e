//! Resistors, capacitors and inductors: models, temperatures and laws.

use ecow::eco_format;

use crate::{
    circuit::{
        AffineLaw, Control, ElementId, Kind, Law, NodeId, Quantity,
        device::{Passive, Values},
    },
    diag::{Diagnostic, Span},
    elaborate::{
        device::{find_model, read},
        flatten::{Flattener, Lookup},
        law::{self, Compiled},
        names::Names,
        scope::Env,
    },
    expr::{Binary, Tape, Tree},
    netlist::{
        ast::{self, Assignment, PassiveKind, PassiveLaw},
        expr::{Expr, ExprKind},
        shown,
        symbol::Symbol,
    },
};

/// What a card says beside its law.
struct Rating {
    /// What multiplies the value.
    factor: f64,
    /// The value, where it has no law.
    value: Option<f64>,
    initial: Option<f64>,
    kelvin: Option<f64>,
}

fn device(kind: PassiveKind) -> Passive {
    match kind {
        PassiveKind::Resistor => Passive::Resistor,
        PassiveKind::Capacitor => Passive::Capacitor,
        PassiveKind::Inductor => Passive::Inductor,
    }
}

/// The element of that value.
fn plain(kind: PassiveKind, nodes: [NodeId; 2], value: f64, rating: &Rating) -> Kind {
    let value = value * rating.factor;
    let initial = rating.initial.map(Box::new);
    match kind {
        PassiveKind::Resistor => {
            Kind::Resistor { nodes, resistance: value, kelvin: rating.kelvin.map(Box::new) }
        }
        PassiveKind::Capacitor => Kind::Capacitor { nodes, capacitance: value, initial },
        PassiveKind::Inductor => Kind::Inductor { nodes, inductance: value, initial },
    }
}

impl Flattener<'_, '_> {
    fn given(&mut self, kind: PassiveKind, params: &[Assignment], env: &Env<'_>) -> Values {
        let mut given = Values::new(device(kind).card_table());
        let owner = match kind {
            PassiveKind::Resistor => "a resistor",
            PassiveKind::Capacitor => "a capacitor",
            PassiveKind::Inductor => "an inductor",
        };
        read(params, &mut given, (owner, env), self.faults);
        given
    }

    /// The element of a card with more than a value; `None` after a fault, which is
    /// reported.
    pub(super) fn passive(
        &mut self,
        card: &ast::Passive,
        element: &ast::Element,
        env: &Env<'_>,
        names: &mut Names<'_>,
    ) -> Option<Kind> {
        let nodes = card.nodes.map(|node| self.node(node, element.span, names));
        let rating = self.rating(card, element.span, env)?;
        if let Some(value) = rating.value {
            return Some(plain(card.kind, nodes, value, &rating));
        }
        let (of, law) = card.law.as_ref()?;
        self.with_law((card, *of, law), nodes, &rating, (element, env, names))
    }

    fn rating(&mut self, card: &ast::Passive, span: Span, env: &Env<'_>) -> Option<Rating> {
        let before = self.faults.len();
        let passive = device(card.kind);
        let symbols = &self.netlist.symbols;
        let given = self.given(card.kind, &card.params, env);
        let mut model = None;
        if let Some(wanted) = card.model {
            let kinds = passive.types().map(|name| format!("`{name}`")).join(" or ");
            let (found, home) = self.passive_model((wanted, &kinds), span, env)?;
            let (kind, name) = (symbols.name(found.kind), symbols.name(found.name));
            let Some(manner) = passive.manner(kind) else {
                let message =
                    format!("the model `{name}` is of type `{kind}`, this card needs {kinds}");
                let fault = Diagnostic::error(span, message);
                self.faults.push(fault.with_related(found.span, "the model is defined here"));
                return None;
            };
            let mut values = Values::new(passive.model_table(manner));
            let owner = format!("a model of type `{kind}`");
            read(&found.params, &mut values, (&owner, home), self.faults);
            model = Some((values, manner));
        }
        let value = card.value.as_ref().map(|v| env.value(v, span, self.faults));
        let initial = card.initial.as_ref().map(|v| env.value(v, span, self.faults));
        if self.faults.len() > before {
            return None;
        }
        let values = model.as_ref().map(|(values, _)| values);
        let mut rating = Rating {
            factor: passive.factor(&given, values, self.conditions),
            value: None,
            initial,
            kelvin: passive.temperature(&given, self.conditions),
        };
        if card.law.is_some() {
            return Some(rating);
        }
        let model = model.as_ref().map(|(values, manner)| (values, *manner));
        match passive.value(&given, model, value) {
            Ok(value) => rating.value = Some(value),
            Err(reason) => {
                let message = format!("the card has no value: {reason}");
                self.faults.push(Diagnostic::error(span, message));
                return None;
            }
        }
        Some(rating)
    }

    /// The model, with a better word where a parameter has the name.
    fn passive_model<'e, 'a>(
        &mut self,
        (wanted, kinds): (Symbol, &str),
        span: Span,
        env: &'e Env<'a>,
    ) -> Option<(&'a ast::Model, &'e Env<'a>)> {
        let before = self.faults.len();
        let found = find_model((wanted, kinds), span, env, self.faults);
        if found.is_none() && env.constant(wanted, span).is_ok() {
            self.faults.truncate(before);
            let name = shown(self.netlist.symbols.name(wanted));
            let fault = Diagnostic::error(span, format!("`{name}` is no value and no model"));
            let hint = format!("write `{{{name}}}` for the value of the parameter");
            self.faults.push(fault.with_hint(hint));
        }
        found
    }

    fn with_law(
        &mut self,
        (card, of, law): (&ast::Passive, PassiveLaw, &Expr),
        nodes: [NodeId; 2],
        rating: &Rating,
        (element, env, names): (&ast::Element, &Env<'_>, &mut Names<'_>),
    ) -> Option<Kind> {
        let span = law.span;
        let own = match card.kind {
            PassiveKind::Inductor => Control::Current(ElementId(self.elements.len() as u32)),
            PassiveKind::Resistor | PassiveKind::Capacitor => Control::Voltage(nodes[0], nodes[1]),
        };
        let law = match self.with_own_value((card, of, law), element.name, env) {
            Ok(law) => law,
            Err(fault) => {
                self.faults.push(*fault);
                return None;
            }
        };
        let (mut controls, mut faults) = (Vec::new(), Vec::new());
        let mut lookup = Lookup { flattener: self, names };
        let tree = law::lower(&law, env, &mut lookup, (&mut controls, &mut faults));
        self.faults.append(&mut faults);
        let tree = tree?.fold_constants();
        if let (Tree::Constant(value), false) =
            (&tree, matches!(of, PassiveLaw::Charge | PassiveLaw::Flux))
        {
            return Some(plain(card.kind, nodes, *value, rating));
        }
        let tree = match rating.factor {
            1.0 => tree,
            factor => Tree::Binary(Binary::Mul, Box::new(Tree::Constant(factor)), Box::new(tree)),
        };
        let place = Place { span, nodes, own, initial: rating.initial };
        let name = self.full_name(element.name, &names.prefix);
        match of {
            PassiveLaw::Resistance => {
                let at = position(&mut controls, own);
                let current = Tree::Binary(Binary::Div, Box::new(Tree::Leaf(at)), Box::new(tree));
                Some(self.finished(&current, controls, span)?.kind(Quantity::Current, nodes))
            }
            PassiveLaw::Charge => self.storage(&tree, controls, &place, Quantity::Current),
            PassiveLaw::Flux => self.storage(&tree, controls, &place, Quantity::Voltage),
            PassiveLaw::Capacitance => {
                self.density(&tree, controls, &place, (Quantity::Current, &name))
            }
            PassiveLaw::Inductance => {
                self.density(&tree, controls, &place, (Quantity::Voltage, &name))
            }
        }
    }

    /// The law with `x`, which LTspice has for the voltage across a capacitor and the
    /// current through an inductor, replaced.
    fn with_own_value(
        &self,
        (card, of, law): (&ast::Passive, PassiveLaw, &Expr),
        name: Symbol,
        env: &Env<'_>,
    ) -> Result<Expr, Box<Diagnostic>> {
        let kind = match of {
            PassiveLaw::Charge => ExprKind::Voltage(card.nodes[0], Some(card.nodes[1])),
            PassiveLaw::Flux => ExprKind::Current(name),
            PassiveLaw::Resistance | PassiveLaw::Capacitance | PassiveLaw::Inductance => {
                return Ok(law.clone());
            }
        };
        let Some(x) = self.netlist.symbols.get("x") else { return Ok(law.clone()) };
        env.bound(law, &[(x, Expr { kind, span: law.span })])
    }

    fn finished(&mut self, tree: &Tree, controls: Vec<Control>, span: Span) -> Option<Compiled> {
        let mut faults = Vec::new();
        let compiled = law::finish(tree, controls, span, &mut faults);
        self.faults.append(&mut faults);
        compiled
    }

    /// A capacitor or an inductor whose charge or flux is `tree`.
    fn storage(
        &mut self,
        tree: &Tree,
        controls: Vec<Control>,
        place: &Place,
        quantity: Quantity,
    ) -> Option<Kind> {
        let law = self.law(tree, controls, place.span)?;
        let (nodes, initial) = (place.nodes, place.initial.map(Box::new));
        Some(Kind::Storage { quantity, nodes, law: Box::new(law), is_integrated: false, initial })
    }

    fn law(&mut self, tree: &Tree, controls: Vec<Control>, span: Span) -> Option<Law> {
        Some(match self.finished(tree, controls, span)? {
            Compiled::Law(law) => law,
            Compiled::Affine(AffineLaw { terms, constant }) => {
                let (controls, gains): (Vec<_>, Vec<_>) = terms.into_iter().unzip();
                let term = |(at, gain): (usize, f64)| {
                    let leaf = Box::new(Tree::Leaf(at));
                    Tree::Binary(Binary::Mul, Box::new(Tree::Constant(gain)), leaf)
                };
                let sum = |a: Tree, b: Tree| Tree::Binary(Binary::Add, Box::new(a), Box::new(b));
                let terms = gains.into_iter().enumerate().map(term);
                let tree = terms.fold(Tree::Constant(constant), sum);
                let tape = Tape::new(&tree, controls.len());
                Law { controls, uses_time: false, tree, tape }
            }
        })
    }

    /// A capacitor of the capacitance `tree` or an inductor of that inductance. Where it
    /// depends on the own voltage or current alone the charge is its integral, and else
    /// what is delivered is the product with the derivative of the own one.
    fn density(
        &mut self,
        tree: &Tree,
        mut controls: Vec<Control>,
        place: &Place,
        (quantity, name): (Quantity, &str),
    ) -> Option<Kind> {
        let Place { span, nodes, own, initial } = *place;
        let initial = initial.map(Box::new);
        let is_static = !tree.depends_on(law::TIME);
        if is_static && controls.iter().all(|control| *control == own) {
            let law = self.law(tree, controls, span)?;
            return Some(Kind::Storage {
                quantity,
                nodes,
                law: Box::new(law),
                is_integrated: true,
                initial,
            });
        }
        // A copy of the own voltage across 1 F, or of the own current through 1 H.
        let aux = [self.new_node(eco_format!("{name}#d"), span), NodeId::GROUND];
        let rate = match quantity {
            Quantity::Current => {
                let copy = Kind::VoltageControlled {
                    quantity: Quantity::Voltage,
                    nodes: aux,
                    control: nodes,
                    gain: 1.0,
                };
                let copy = self.add(format!("{name}#copy"), span, copy);
                let unit = Kind::Capacitor { nodes: aux, capacitance: 1.0, initial };
                self.add(format!("{name}#unit"), span, unit);
                Control::Current(copy)
            }
            Quantity::Voltage => {
                let Control::Current(control) = own else { return None };
                let copy = Kind::CurrentControlled {
                    quantity: Quantity::Current,
                    nodes: aux,
                    control,
                    gain: 1.0,
                };
                self.add(format!("{name}#copy"), span, copy);
                let unit = Kind::Inductor { nodes: [aux[1], aux[0]], inductance: 1.0, initial };
                self.add(format!("{name}#unit"), span, unit);
                Control::Voltage(aux[1], aux[0])
            }
        };
        // The current of the copy enters the unit capacitor from the other side.
        let sign = if quantity == Quantity::Current { -1.0 } else { 1.0 };
        let at = position(&mut controls, rate);
        let rate =
            Tree::Binary(Binary::Mul, Box::new(Tree::Constant(sign)), Box::new(Tree::Leaf(at)));
        let product = Tree::Binary(Binary::Mul, Box::new(rate), Box::new(tree.clone()));
        Some(self.finished(&product, controls, span)?.kind(quantity, nodes))
    }
}

/// Where the element is, what its own voltage or current is, and what it starts with.
struct Place {
    span: Span,
    nodes: [NodeId; 2],
    own: Control,
    initial: Option<f64>,
}

/// The place of `control` among `controls`, where it is added if it is new.
fn position(controls: &mut Vec<Control>, control: Control) -> usize {
    controls.iter().position(|known| *known == control).unwrap_or_else(|| {
        controls.push(control);
        controls.len() - 1
    })
}
