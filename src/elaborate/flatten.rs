//! Expansion of subcircuits into one flat list of elements and nodes.

use std::cell::{OnceCell, RefCell};

use ecow::{EcoString, eco_format};

use crate::{
    circuit::{
        Control, Element, ElementId, Kind, Node, NodeId, Parts, PlacedDevice, Quantity, Supply,
        Waveform, device::Conditions,
    },
    diag::{Diagnostic, Span},
    elaborate::{
        ammeter::Tap,
        controlled::Place,
        coupling,
        device::{self, Built},
        law::{self, Resolve},
        names::{Names, is_ground},
        scope::Env,
        wave::{self, Defaults},
    },
    maps::Map,
    netlist::{
        ast::{self, ElementKind, Netlist, StepTarget, Subckt},
        expr::Expr,
        symbol::Symbol,
    },
};

/// Subcircuits inside subcircuits deeper than this are taken for a mistake.
const MAX_DEPTH: usize = 100;
/// Elements and instances that a deck may expand to. A few nested subcircuits
/// can ask for more than any memory holds.
const MAX_CARDS: usize = 10_000_000;

/// Stands for a card with a fault.
const FAULTY: Kind = Kind::Resistor { nodes: [NodeId::GROUND; 2], resistance: 1.0, kelvin: None };

/// The flat circuit so far, and the names of the top level.
pub(super) struct Flat<'a> {
    pub(super) circuit: Parts,
    pub(super) names: Names<'a>,
    pub(super) env: Env<'a>,
    /// Of the analyses that vary more than sources: their places, and what each of
    /// their sweeps sets anew.
    pub(super) swept: Vec<(usize, Vec<Option<StepTarget>>)>,
    /// Currents that cards ask for and that are no unknowns yet.
    pub(super) taps: RefCell<Vec<Tap>>,
    /// Made when a card first asks for something inside a subcircuit.
    inside: OnceCell<Inside>,
}

/// Nodes and elements by their full names.
struct Inside {
    nodes: Map<EcoString, NodeId>,
    elements: Map<EcoString, ElementId>,
}

impl Flat<'_> {
    fn inside(&self) -> &Inside {
        self.inside.get_or_init(|| Inside {
            nodes: (0..)
                .zip(&self.circuit.nodes)
                .map(|(k, n)| (n.name.clone(), NodeId(k)))
                .collect(),
            elements: (0..)
                .zip(&self.circuit.elements)
                .map(|(k, e)| (e.name.clone(), ElementId(k)))
                .collect(),
        })
    }

    /// The node of that name, at the top level or (by its full name) inside.
    pub(super) fn node(&self, netlist: &Netlist, name: Symbol) -> Option<NodeId> {
        let inside = || self.inside().nodes.get(netlist.symbols.name(name)).copied();
        self.names.node(netlist, name).or_else(inside)
    }

    /// The element of that name, at the top level or (by its full name) inside.
    pub(super) fn element(&self, netlist: &Netlist, name: &str) -> Option<ElementId> {
        let top = netlist.symbols.get(name).and_then(|symbol| self.names.element(symbol));
        match top {
            Some((id, _)) => Some(id),
            None if name.contains(['.', '#']) => self.inside().elements.get(name).copied(),
            None => None,
        }
    }
}

/// Expands `netlist`; faults are reported and the faulty cards left out.
pub(super) fn flatten<'a>(netlist: &'a Netlist, faults: &mut Vec<Diagnostic>) -> Flat<'a> {
    let env = Env::top(netlist, faults);
    let defaults = Defaults::of(netlist, &env);
    let conditions = device::conditions(netlist, &env);
    let ground = Node { name: "0".into(), origin: Span::default() };
    let mut flattener = Flattener {
        netlist,
        defaults,
        conditions,
        nodes: vec![ground],
        elements: Vec::with_capacity(netlist.scope.elements.len()),
        extra_from: 0,
        taps: Vec::new(),
        extra: Vec::new(),
        globals: netlist.globals.iter().map(|&name| (name, None)).collect(),
        path: Vec::new(),
        cards: 0,
        faults,
    };
    let mut top = Names::top(netlist);
    flattener.expand(&env, &mut top);
    let circuit = Parts {
        title: netlist.title.clone(),
        nodes: flattener.nodes,
        elements: flattener.elements,
        params: env.own_params(),
        ..Parts::default()
    };
    Flat {
        circuit,
        names: top,
        env,
        swept: Vec::new(),
        taps: RefCell::default(),
        inside: OnceCell::new(),
    }
}

pub(super) struct Flattener<'a, 'f> {
    pub(super) netlist: &'a Netlist,
    defaults: Defaults,
    pub(super) conditions: Conditions,
    nodes: Vec<Node>,
    pub(super) elements: Vec<Element>,
    /// The number of the first element that no card of the present scope has.
    pub(super) extra_from: usize,
    /// Currents that laws of the scope ask for and that are no unknowns.
    pub(super) taps: Vec<Tap>,
    /// Elements that a card brings along, such as the states of a filter.
    pub(super) extra: Vec<Element>,
    /// `.global` nodes, once they are named.
    globals: Map<Symbol, Option<NodeId>>,
    /// The subcircuits around the present one: name and definition.
    path: Vec<(Symbol, Span)>,
    /// Cards expanded so far.
    cards: usize,
    pub(super) faults: &'f mut Vec<Diagnostic>,
}

impl Flattener<'_, '_> {
    /// Adds the elements of one scope: the plain ones first, in the order of the
    /// deck, then the contents of the instances.
    fn expand<'n>(&mut self, env: &Env<'n>, names: &mut Names<'n>) {
        self.cards += env.elements().count();
        // Numbered ahead, so that a control may stand before its source.
        let first = self.elements.len();
        self.extra_from = first + names.number(&env.scopes, first as u32);
        let mut instances = Vec::new();
        for element in env.elements() {
            if let ElementKind::Instance(instance) = &element.kind {
                let nodes =
                    instance.nodes.iter().map(|&n| self.node(n, element.span, names)).collect();
                instances.push((element, nodes));
            } else {
                let kind = self.kind(element, env, names);
                let name = self.full_name(element.name, &names.prefix);
                // A faulty card keeps its number; the circuit is refused anyway.
                let kind = kind.unwrap_or(FAULTY);
                self.elements.push(Element { name, origin: element.span, kind });
            }
        }
        self.measure_currents();
        // Those that have no card of their own come after the numbered ones.
        self.elements.append(&mut self.extra);
        coupling::couple(&mut self.elements, first, self.faults);
        for (element, nodes) in instances {
            self.instance(element, nodes, env, &names.prefix);
        }
    }

    /// Adds the contents of one instance.
    fn instance(
        &mut self,
        element: &ast::Element,
        nodes: Vec<NodeId>,
        env: &Env<'_>,
        prefix: &str,
    ) {
        let ElementKind::Instance(instance) = &element.kind else { return };
        let ast::Instance { subckt: wanted, params, .. } = &**instance;
        if self.cards > MAX_CARDS {
            return;
        }
        let symbols = &self.netlist.symbols;
        let name = symbols.name(*wanted);
        let Some((subckt, home)) = env.subckt(*wanted) else {
            let message = format!("the subcircuit `{name}` is not defined");
            let hint = format!("add `.subckt {name} ...` or include the file that has it");
            self.faults.push(Diagnostic::error(element.span, message).with_hint(hint));
            return;
        };
        if nodes.len() != subckt.ports.len() {
            let message = format!(
                "`{name}` has {} ports, this instance names {} nodes",
                subckt.ports.len(),
                nodes.len()
            );
            let fault = Diagnostic::error(element.span, message)
                .with_hint("an instance names one node a port, then the subcircuit");
            self.faults.push(fault.with_related(subckt.span, "the ports are listed here"));
            return;
        }
        if let Some(port) = subckt.ports.iter().find(|p| is_ground(symbols.name(**p))) {
            let port = symbols.name(*port);
            let message = format!("`{port}` is ground everywhere, it cannot be a port");
            self.faults.push(Diagnostic::error(subckt.span, message));
            return;
        }
        if !self.may_expand(subckt, element.span) {
            return;
        }
        let overrides = self.overrides(params, subckt, env);
        let inside = home.inside(subckt, overrides, self.faults);
        let path = format!("{prefix}{}.", symbols.name(element.name));
        let mut names = Names::inside(path, subckt.ports.iter().copied().zip(nodes));
        self.path.push((subckt.name, subckt.span));
        self.expand(&inside, &mut names);
        self.path.pop();
    }

    /// False, with a fault, where an instance of `subckt` would never end.
    fn may_expand(&mut self, subckt: &Subckt, span: Span) -> bool {
        let symbols = &self.netlist.symbols;
        let name = symbols.name(subckt.name);
        // By its place: an inner subcircuit may have the name of an outer one.
        let around = self.path.iter().position(|&(_, open)| open == subckt.span);
        let message = if let Some(from) = around {
            let chain: Vec<&str> =
                self.path[from..].iter().map(|&(open, _)| symbols.name(open)).collect();
            format!("the subcircuit `{name}` contains itself: {} -> {name}", chain.join(" -> "))
        } else if self.path.len() >= MAX_DEPTH {
            format!("instances nest deeper than {MAX_DEPTH} levels")
        } else if self.cards + subckt.scope.elements.len() > MAX_CARDS {
            self.cards = usize::MAX / 2;
            format!("the deck expands to more than {MAX_CARDS} elements")
        } else {
            return true;
        };
        let hint = "subcircuits may contain others, but not themselves";
        self.faults.push(Diagnostic::error(span, message).with_hint(hint));
        false
    }

    /// The parameters given on an instance, which its subcircuit must know.
    fn overrides(
        &mut self,
        params: &[ast::Assignment],
        subckt: &Subckt,
        env: &Env<'_>,
    ) -> Map<Symbol, f64> {
        let mut values = Map::default();
        for param in params {
            if !subckt.params.iter().any(|p| p.name == param.name) {
                let symbols = &self.netlist.symbols;
                let (name, owner) = (symbols.name(param.name), symbols.name(subckt.name));
                let fault =
                    Diagnostic::error(param.span, format!("`{owner}` has no parameter `{name}`"));
                self.faults.push(fault.with_related(subckt.span, "its parameters are listed here"));
            }
            values.insert(param.name, env.value(&param.value, param.span, self.faults));
        }
        values
    }

    /// The node of that name, made where it is new.
    pub(super) fn node(&mut self, name: Symbol, origin: Span, names: &mut Names<'_>) -> NodeId {
        if let Some(id) = names.known_node(name) {
            return id;
        }
        let text = self.netlist.symbols.name(name);
        let id = match self.globals.get(&name) {
            _ if is_ground(text) => NodeId::GROUND,
            Some(&Some(id)) => id,
            Some(None) => {
                let id = self.new_node(text.into(), origin);
                self.globals.insert(name, Some(id));
                id
            }
            None => self.new_node(joined(&names.prefix, text), origin),
        };
        names.insert_node(name, id);
        id
    }

    /// Adds an element that has no card; its number.
    pub(super) fn add(&mut self, name: String, origin: Span, kind: Kind) -> ElementId {
        self.extra.push(Element { name: name.into(), origin, kind });
        ElementId((self.extra_from + self.extra.len() - 1) as u32)
    }

    pub(super) fn new_node(&mut self, name: EcoString, origin: Span) -> NodeId {
        self.nodes.push(Node { name, origin });
        NodeId(self.nodes.len() as u32 - 1)
    }

    pub(super) fn full_name(&self, name: Symbol, prefix: &str) -> EcoString {
        joined(prefix, self.netlist.symbols.name(name))
    }

    /// The element of a card; `None` after a fault, which is reported.
    fn kind(
        &mut self,
        element: &ast::Element,
        env: &Env<'_>,
        names: &mut Names<'_>,
    ) -> Option<Kind> {
        let span = element.span;
        let pair = |this: &mut Self, nodes: [Symbol; 2], names: &mut Names<'_>| {
            nodes.map(|n| this.node(n, span, names))
        };
        Some(match &element.kind {
            ElementKind::Resistor { nodes, value } => {
                let (nodes, kelvin) = (pair(self, *nodes, names), None);
                Kind::Resistor { nodes, resistance: env.value(value, span, self.faults), kelvin }
            }
            ElementKind::Capacitor { nodes, value } => {
                let (nodes, initial) = (pair(self, *nodes, names), None);
                Kind::Capacitor { nodes, capacitance: env.value(value, span, self.faults), initial }
            }
            ElementKind::Inductor { nodes, value } => {
                let (nodes, initial) = (pair(self, *nodes, names), None);
                Kind::Inductor { nodes, inductance: env.value(value, span, self.faults), initial }
            }
            ElementKind::Passive(passive) => self.passive(passive, element, env, names)?,
            ElementKind::Source { quantity, nodes, source } => {
                let nodes = pair(self, *nodes, names);
                self.source(*quantity, nodes, (source, span), env)
            }
            ElementKind::VoltageControlled { quantity, nodes, control, gain } => {
                Kind::VoltageControlled {
                    quantity: circuit_quantity(*quantity),
                    nodes: pair(self, *nodes, names),
                    control: pair(self, *control, names),
                    gain: env.value(gain, span, self.faults),
                }
            }
            ElementKind::CurrentControlled { quantity, nodes, control, gain } => {
                let nodes = pair(self, *nodes, names);
                let gain = env.value(gain, span, self.faults);
                let control = self.owner(*control, span, names)?;
                Kind::CurrentControlled {
                    quantity: circuit_quantity(*quantity),
                    nodes,
                    control,
                    gain,
                }
            }
            ElementKind::Behavioural { quantity, nodes, law } => {
                let nodes = pair(self, *nodes, names);
                self.behavioural(*quantity, nodes, law, (env, names))?
            }
            ElementKind::Controlled { quantity, nodes, law } => {
                let nodes = pair(self, *nodes, names);
                let place = Place { name: element.name, span, nodes, quantity: *quantity };
                self.controlled(&place, law, env, names)?
            }
            ElementKind::Coupling(coupling) => {
                let factor = env.value(&coupling.factor, span, self.faults);
                self.coupling(element, &coupling.inductors, factor, names)?
            }
            ElementKind::Line(line) => self.line(line, element, env, names)?,
            ElementKind::Device(card) => self.device(card, element, env, names)?,
            ElementKind::Array(array) => self.array(array, element, env, names)?,
            ElementKind::Instance(_) => return None,
        })
    }

    /// The element of that name in the same scope, which has a current.
    pub(super) fn owner(
        &mut self,
        name: Symbol,
        span: Span,
        names: &Names<'_>,
    ) -> Option<ElementId> {
        match self.branch(name, span, names)? {
            Control::Current(id) => Some(id),
            Control::Voltage(..) => None,
        }
    }

    /// The device of a card, with the nodes inside it.
    fn device(
        &mut self,
        card: &ast::Device,
        element: &ast::Element,
        env: &Env<'_>,
        names: &mut Names<'_>,
    ) -> Option<Kind> {
        let span = element.span;
        let mut nodes: Vec<NodeId> =
            card.nodes.iter().map(|&n| self.node(n, span, names)).collect();
        let control = match card.control {
            Some(name) => Some(self.owner(name, span, names)?),
            None => None,
        };
        let Built { device, switched, initial } =
            device::build(card, span, env, self.conditions, self.faults)?;
        let outside = device.terminals();
        // A substrate that is not named is ground.
        nodes.resize(outside, NodeId::GROUND);
        let name = self.full_name(element.name, &names.prefix);
        for (inside, merged) in device.shape().inside.iter().zip(device.merged()) {
            nodes.push(if let Some(terminal) = merged {
                nodes[terminal as usize]
            } else {
                self.nodes.push(Node { name: eco_format!("{name}#{inside}"), origin: span });
                NodeId(self.nodes.len() as u32 - 1)
            });
        }
        Some(Kind::Device(Box::new(PlacedDevice { nodes, control, device, switched, initial })))
    }

    fn source(
        &mut self,
        quantity: ast::Quantity,
        nodes: [NodeId; 2],
        (source, span): (&ast::Source, Span),
        env: &Env<'_>,
    ) -> Kind {
        let dc = source.dc.as_ref().map(|v| env.value(v, span, self.faults));
        let wave = match &source.wave {
            Some(wave) => wave::wave(wave, span, env, self.defaults, self.faults),
            None => Waveform::Constant(dc.unwrap_or(0.0)),
        };
        let dc = dc.unwrap_or_else(|| wave.value(0.0));
        let ac = source.ac.as_ref().map_or([0.0; 2], |(magnitude, phase)| {
            let magnitude = env.value(magnitude, span, self.faults);
            let degrees = phase.as_ref().map_or(0.0, |p| env.value(p, span, self.faults));
            // Exact where it matters.
            let (sin, cos) = match degrees.rem_euclid(360.0) {
                0.0 => (0.0, 1.0),
                90.0 => (1.0, 0.0),
                180.0 => (0.0, -1.0),
                270.0 => (-1.0, 0.0),
                other => other.to_radians().sin_cos(),
            };
            [magnitude * cos, magnitude * sin]
        });
        let supply = Box::new(Supply { wave, dc, ac });
        Kind::Source { quantity: circuit_quantity(quantity), nodes, supply }
    }

    fn behavioural(
        &mut self,
        quantity: ast::Quantity,
        nodes: [NodeId; 2],
        law: &Expr,
        (env, names): (&Env<'_>, &mut Names<'_>),
    ) -> Option<Kind> {
        let mut faults = Vec::new();
        let compiled = law::compile(law, env, &mut Lookup { flattener: self, names }, &mut faults);
        self.faults.append(&mut faults);
        Some(compiled?.kind(circuit_quantity(quantity), nodes))
    }

    /// The current of the element of that name in the same scope.
    pub(super) fn branch(
        &mut self,
        name: Symbol,
        span: Span,
        names: &Names<'_>,
    ) -> Option<Control> {
        match find_branch(self.netlist, names, name, span) {
            Ok(control) => Some(control),
            Err(fault) => {
                self.faults.push(*fault);
                None
            }
        }
    }
}

/// The current of the element called `name` among `names`.
fn find_branch(
    netlist: &Netlist,
    names: &Names<'_>,
    name: Symbol,
    span: Span,
) -> Result<Control, Box<Diagnostic>> {
    branch_current(names.element(name), netlist.symbols.name(name), span)
}

/// The current of an element that may have none, or may not exist.
fn branch_current(
    found: Option<(ElementId, bool)>,
    name: &str,
    span: Span,
) -> Result<Control, Box<Diagnostic>> {
    Err(Box::new(match found {
        Some((id, true)) => return Ok(Control::Current(id)),
        Some((_, false)) => {
            Diagnostic::error(span, format!("`{name}` has no current of its own to refer to"))
                .with_hint("put a voltage source of 0 V in series and use its current")
        }
        None => Diagnostic::error(span, format!("there is no element `{name}` here"))
            .with_hint("a current belongs to a voltage source of the same (sub)circuit"),
    }))
}

/// `name` after the path of its instance.
fn joined(prefix: &str, name: &str) -> EcoString {
    let mut full = EcoString::from(prefix);
    full.push_str(name);
    full
}

pub(super) fn circuit_quantity(quantity: ast::Quantity) -> Quantity {
    match quantity {
        ast::Quantity::Voltage => Quantity::Voltage,
        ast::Quantity::Current => Quantity::Current,
    }
}

/// Resolves the quantities of a law within one scope.
pub(super) struct Lookup<'l, 'a, 'f, 'n> {
    pub(super) flattener: &'l mut Flattener<'a, 'f>,
    pub(super) names: &'l mut Names<'n>,
}

impl Resolve for Lookup<'_, '_, '_, '_> {
    fn voltage(&mut self, a: Symbol, b: Option<Symbol>, span: Span) -> Option<Control> {
        let a = self.flattener.node(a, span, self.names);
        let b = b.map_or(NodeId::GROUND, |b| self.flattener.node(b, span, self.names));
        Some(Control::Voltage(a, b))
    }

    fn current(&mut self, element: Symbol, span: Span) -> Option<Control> {
        self.flattener.measured(element, span, self.names)
    }
}
