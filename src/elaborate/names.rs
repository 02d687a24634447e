//! What the names of a scope stand for.

use std::cell::OnceCell;

use crate::{
    circuit::{ElementId, NodeId},
    maps::Map,
    netlist::{
        Netlist,
        ast::{self, ElementKind, PassiveKind, Scope},
        symbol::Symbol,
    },
};

/// What the names of one instance (or of the top level) stand for.
pub(super) struct Names<'n> {
    /// The path of the instances around, with its point.
    pub(super) prefix: String,
    nodes: Table,
    /// Where the cards of the elements stand, and the number of the first.
    cards: (Vec<&'n Scope>, u32),
    /// The elements by name, with whether they have a branch current. Made when a card
    /// first refers to one, which those of a large crossbar do not.
    elements: OnceCell<Map<Symbol, (ElementId, bool)>>,
}

impl<'n> Names<'n> {
    /// Those of the top level, which has about as many names as the deck.
    pub(super) fn top(netlist: &Netlist) -> Self {
        Self::new(String::new(), Table::Dense(vec![NONE; netlist.symbols.len()]))
    }

    /// Those of an instance, whose ports have nodes already.
    pub(super) fn inside(prefix: String, ports: impl Iterator<Item = (Symbol, NodeId)>) -> Self {
        Self::new(prefix, Table::Sparse(ports.map(|(name, id)| (name, id.0)).collect()))
    }

    fn new(prefix: String, nodes: Table) -> Self {
        Self { prefix, nodes, cards: (Vec::new(), 0), elements: OnceCell::new() }
    }

    /// Says where the cards of the elements are, which have numbers from `first` on; how
    /// many these are.
    pub(super) fn number(&mut self, scopes: &[&'n Scope], first: u32) -> usize {
        self.cards = (scopes.to_vec(), first);
        self.numbered().count()
    }

    /// The cards that are one element each.
    fn numbered(&self) -> impl Iterator<Item = &'n ast::Element> {
        let cards = self.cards.0.iter().flat_map(|scope| &scope.elements);
        cards.filter(|card| !matches!(card.kind, ElementKind::Instance(_)))
    }

    /// Where the node of that name is, if some card of the scope names it.
    pub(super) fn known_node(&self, name: Symbol) -> Option<NodeId> {
        self.nodes.get(name).map(NodeId)
    }

    pub(super) fn insert_node(&mut self, name: Symbol, id: NodeId) {
        self.nodes.insert(name, id.0);
    }

    /// The element of that name, and whether its current is an unknown.
    pub(super) fn element(&self, name: Symbol) -> Option<(ElementId, bool)> {
        let elements = self.elements.get_or_init(|| {
            let numbers = (self.cards.1..).map(ElementId);
            let entries = self.numbered().zip(numbers);
            entries.map(|(card, id)| (card.name, (id, has_branch_current(&card.kind)))).collect()
        });
        elements.get(&name).copied()
    }

    /// The node of that name, if some card of the scope names it, or it is ground.
    pub(super) fn node(&self, netlist: &Netlist, name: Symbol) -> Option<NodeId> {
        let ground = || is_ground(netlist.symbols.name(name)).then_some(NodeId::GROUND);
        self.known_node(name).or_else(ground)
    }
}

pub(super) fn is_ground(name: &str) -> bool {
    name == "0" || name == "gnd"
}

/// True for the cards whose element has a branch current.
fn has_branch_current(kind: &ElementKind) -> bool {
    match kind {
        ElementKind::Inductor { .. } | ElementKind::Line(_) => true,
        ElementKind::Passive(passive) => passive.kind == PassiveKind::Inductor,
        ElementKind::Resistor { .. }
        | ElementKind::Capacitor { .. }
        | ElementKind::Coupling(_)
        | ElementKind::Device(_)
        | ElementKind::Array(_)
        | ElementKind::Instance(_) => false,
        ElementKind::Source { quantity, .. }
        | ElementKind::VoltageControlled { quantity, .. }
        | ElementKind::CurrentControlled { quantity, .. }
        | ElementKind::Behavioural { quantity, .. }
        | ElementKind::Controlled { quantity, .. } => *quantity == ast::Quantity::Voltage,
    }
}

/// No entry; there are fewer nodes.
const NONE: u32 = u32::MAX;

/// Nodes by symbol. Symbols count up in the order of the deck, so that the entries of
/// a card are neighbours in a dense table: a deck of a million cards is read without a
/// miss of the cache a name.
enum Table {
    Dense(Vec<u32>),
    Sparse(Map<Symbol, u32>),
}

impl Table {
    fn get(&self, name: Symbol) -> Option<u32> {
        match self {
            Self::Dense(entries) => {
                entries.get(name.0 as usize).copied().filter(|entry| *entry != NONE)
            }
            Self::Sparse(entries) => entries.get(&name).copied(),
        }
    }

    fn insert(&mut self, name: Symbol, entry: u32) {
        match self {
            Self::Dense(entries) => entries[name.0 as usize] = entry,
            Self::Sparse(entries) => {
                entries.insert(name, entry);
            }
        }
    }
}
