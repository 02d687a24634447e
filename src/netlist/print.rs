//! Syntax trees as text.

mod analysis;
mod array;
mod controlled;
mod device;
mod expression;
mod measure;

use std::fmt::Write;

use crate::netlist::ast::{
    Assignment, Control, ControlKind, Data, Element, ElementKind, Netlist, NodeValue, OutputKind,
    Quantity, Scope, Source, Value, Wave,
};
use crate::netlist::directive::METHODS;
use crate::netlist::expr::{Expr, ExprKind};
use crate::netlist::symbol::{Interner, Symbol};
use crate::netlist::terminal::split;
use crate::units::format_number;

pub(super) use expression::binding;

/// Width from which on a card goes on in the next line.
const WIDTH: usize = 100;

/// Stands for a blank inside a word; no name of a file holds it.
const FIXED_BLANK: &str = "\0";

/// A deck that reads back as the same netlist, places aside.
///
/// Numbers are the shortest that read back to the same bits; expressions have
/// the parentheses they need, and nested powers and conditions theirs even
/// where the grammar does not need them, because ngspice groups these the
/// other way. Long cards go on after a `+`.
#[must_use]
pub fn print(netlist: &Netlist) -> String {
    let mut printer =
        Printer { symbols: &netlist.symbols, out: String::new(), card: String::new() };
    // A title of several lines would turn its rest into cards.
    let title = netlist.title.lines().collect::<Vec<_>>().join(" ");
    printer.out.push_str(&title);
    printer.out.push('\n');
    if !netlist.globals.is_empty() {
        printer.push(".global");
        printer.words(&netlist.globals);
        printer.end();
    }
    printer.scope(&netlist.scope);
    for control in &netlist.controls {
        printer.control(control);
    }
    printer.out.push_str(".end\n");
    printer.out
}

/// An expression of `netlist` as text.
#[must_use]
pub fn print_expression(netlist: &Netlist, expr: &Expr) -> String {
    let mut printer =
        Printer { symbols: &netlist.symbols, out: String::new(), card: String::new() };
    printer.expression(expr);
    printer.card
}

struct Printer<'n> {
    symbols: &'n Interner,
    out: String,
    /// The card being written, in one line, its words apart by single blanks.
    card: String,
}

impl Printer<'_> {
    /// Ends the card: breaks it into lines.
    fn end(&mut self) {
        let mut width = 0;
        for word in self.card.split(' ') {
            if width > 0 && width + 1 + word.len() > WIDTH {
                self.out.push_str("\n+");
                width = 1;
            }
            if width > 0 {
                self.out.push(' ');
                width += 1;
            }
            match word.contains(FIXED_BLANK) {
                true => self.out.push_str(&word.replace(FIXED_BLANK, " ")),
                false => self.out.push_str(word),
            }
            width += word.len();
        }
        self.out.push('\n');
        self.card.clear();
    }

    fn push(&mut self, text: &str) {
        self.card.push_str(text);
    }

    fn name(&mut self, symbol: Symbol) {
        let symbols = self.symbols;
        self.push(symbols.name(symbol));
    }

    /// A blank and the name.
    fn word(&mut self, symbol: Symbol) {
        self.push(" ");
        self.name(symbol);
    }

    /// A blank and the value.
    fn operand(&mut self, value: &Value) {
        self.push(" ");
        self.value(value);
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Number(number) => self.push(&format_number(*number)),
            Value::Expr(expr) => self.braced(expr),
        }
    }

    fn assignments(&mut self, params: &[Assignment]) {
        for param in params {
            self.word(param.name);
            self.push("=");
            self.value(&param.value);
        }
    }

    fn scope(&mut self, scope: &Scope) {
        for function in &scope.functions {
            self.function(function);
        }
        for param in &scope.params {
            self.push(".param");
            self.assignments(std::slice::from_ref(param));
            self.end();
        }
        for model in &scope.models {
            self.push(".model");
            self.word(model.name);
            self.word(model.kind);
            self.push(" (");
            // The blank before the first parameter would be a word of its own.
            let at = self.card.len();
            self.assignments(&model.params);
            if !model.params.is_empty() {
                self.card.remove(at);
            }
            self.push(")");
            self.end();
        }
        for subckt in &scope.subckts {
            self.push(".subckt");
            self.word(subckt.name);
            for port in &subckt.ports {
                self.word(*port);
            }
            self.assignments(&subckt.params);
            self.end();
            self.scope(&subckt.scope);
            self.push(".ends");
            self.word(subckt.name);
            self.end();
        }
        for element in &scope.elements {
            self.element(element);
        }
        for conditional in &scope.conditionals {
            self.conditional(conditional);
        }
    }

    fn element(&mut self, element: &Element) {
        self.name(element.name);
        match &element.kind {
            ElementKind::Resistor { nodes, value }
            | ElementKind::Capacitor { nodes, value }
            | ElementKind::Inductor { nodes, value } => {
                self.words(nodes);
                self.operand(value);
            }
            ElementKind::Passive(passive) => self.modelled(passive),
            ElementKind::Source { quantity: _, nodes, source } => {
                self.words(nodes);
                self.source(source);
            }
            ElementKind::VoltageControlled { quantity: _, nodes, control, gain } => {
                self.words(nodes);
                self.words(control);
                self.operand(gain);
            }
            ElementKind::CurrentControlled { quantity: _, nodes, control, gain } => {
                self.words(nodes);
                self.word(*control);
                self.operand(gain);
            }
            ElementKind::Behavioural { quantity, nodes, law } => {
                self.words(nodes);
                let is_b = self.symbols.name(element.name).starts_with('b');
                match (is_b, quantity) {
                    (true, Quantity::Voltage) => self.push(" V="),
                    (true, Quantity::Current) => self.push(" I="),
                    (false, _) => {
                        self.push(" VALUE=");
                        self.braced(law);
                        return self.end();
                    }
                }
                self.expression(law);
            }
            ElementKind::Controlled { quantity: _, nodes, law } => {
                self.words(nodes);
                self.control_law(law);
            }
            ElementKind::Coupling(coupling) => {
                self.words(&coupling.inductors);
                self.operand(&coupling.factor);
            }
            ElementKind::Line(line) => self.line(line),
            ElementKind::Device(device) => self.device(device),
            ElementKind::Array(array) => self.array(array),
            ElementKind::Instance(instance) => {
                self.words(&instance.nodes);
                self.word(instance.subckt);
                self.assignments(&instance.params);
            }
        }
        self.end();
    }

    fn words(&mut self, symbols: &[Symbol]) {
        for symbol in symbols {
            self.word(*symbol);
        }
    }

    fn source(&mut self, source: &Source) {
        if let Some(dc) = &source.dc {
            self.push(" DC");
            self.operand(dc);
        }
        if let Some((magnitude, phase)) = &source.ac {
            self.push(" AC");
            self.operand(magnitude);
            if let Some(phase) = phase {
                self.operand(phase);
            }
        }
        let Some(wave) = &source.wave else { return };
        let (name, values) = match wave {
            Wave::Pulse(values) => (" PULSE(", values),
            Wave::Sin(values) => (" SIN(", values),
            Wave::Exp(values) => (" EXP(", values),
            Wave::Sffm(values) => (" SFFM(", values),
            Wave::Am(values) => (" AM(", values),
            Wave::Pwl(values) => (" PWL(", values),
        };
        self.push(name);
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                self.push(" ");
            }
            self.value(value);
        }
        self.push(")");
    }

    fn data(&mut self, data: &Data) {
        self.push(".data");
        self.word(data.name);
        self.words(&data.columns);
        for value in &data.values {
            self.operand(value);
        }
    }

    fn control(&mut self, control: &Control) {
        match &control.kind {
            ControlKind::Op => self.push(".op"),
            ControlKind::Tran { step, stop, start, max_step, uic } => {
                self.push(".tran");
                self.operand(step);
                self.operand(stop);
                // The largest step has the second place of the two.
                match (start, max_step) {
                    (None, None) => {}
                    (None, Some(max_step)) => {
                        self.push(" 0");
                        self.operand(max_step);
                    }
                    (Some(start), None) => self.operand(start),
                    (Some(start), Some(max_step)) => {
                        self.operand(start);
                        self.operand(max_step);
                    }
                }
                if *uic {
                    self.push(" uic");
                }
            }
            ControlKind::Analysis(analysis) => self.analysis(analysis),
            ControlKind::Save(outputs) => {
                self.push(".save");
                for output in outputs {
                    self.output(&output.kind);
                }
            }
            ControlKind::Ic(values) => self.node_values(".ic", values),
            ControlKind::NodeSet(values) => self.node_values(".nodeset", values),
            ControlKind::Four { frequency, outputs } => {
                self.push(".four");
                self.operand(frequency);
                for output in outputs {
                    self.output(&output.kind);
                }
            }
            ControlKind::Step(step) => self.step(step),
            ControlKind::Data(data) => self.data(data),
            ControlKind::Measure(measure) => self.measure(measure),
            ControlKind::Expect(expected) => return self.expectation(expected),
            ControlKind::Until(condition) => return self.until(condition),
            ControlKind::Options(options) => {
                self.push(".options");
                for (name, value, _) in options {
                    self.word(*name);
                    if let Some(value) = value {
                        self.push("=");
                        self.option(value);
                    }
                }
            }
        }
        self.end();
    }

    /// The value of an option; that of `method` is a bare name.
    fn option(&mut self, value: &Value) {
        if let Value::Expr(expr) = value
            && let ExprKind::Name(name) = expr.kind
            && METHODS.contains(&self.symbols.name(name))
        {
            return self.name(name);
        }
        self.value(value);
    }

    fn output(&mut self, output: &OutputKind) {
        match output {
            OutputKind::All => self.push(" all"),
            OutputKind::Voltage(plus, minus) => self.probe(" v", *plus, *minus),
            OutputKind::Current(element) => self.probe(" i", *element, None),
            OutputKind::Expression(expr) => {
                self.push(" par('");
                self.expression(expr);
                self.push("')");
            }
        }
    }

    /// `{expression}`
    fn braced(&mut self, expr: &Expr) {
        self.push("{");
        self.expression(expr);
        self.push("}");
    }

    /// `v(a)`, `v(a,b)` or `i(a)`.
    fn probe(&mut self, quantity: &str, plus: Symbol, minus: Option<Symbol>) {
        let symbols = self.symbols;
        let name = symbols.name(plus);
        // Writing to a String cannot fail.
        if let (Some((current, device)), true) = (split(name), quantity.trim() == "i") {
            let blank = if quantity == "i" { "" } else { " " };
            let _ = write!(self.card, "{blank}{current}({device})");
            return;
        }
        let _ = write!(self.card, "{quantity}({name}");
        if let Some(minus) = minus {
            let _ = write!(self.card, ",{}", symbols.name(minus));
        }
        self.push(")");
    }

    fn node_values(&mut self, card: &str, values: &[NodeValue]) {
        self.push(card);
        for (node, value, _) in values {
            self.probe(" v", *node, None);
            self.push("=");
            self.value(value);
        }
    }
}
