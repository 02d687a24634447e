//! Netlists without places, over a given set of names.

use crate::diag::Span;
use crate::netlist::ast::{
    Analysis, Array, Assignment, ControlKind, ControlLaw, Count, ElementKind, Frequencies, Instant,
    Measure, MeasureTask, Netlist, Output, OutputKind, Passive, PolyInput, Scope, Source,
    StepTarget, Sweep, Tolerance, Value, Wave,
};
use crate::netlist::expr::{Expr, ExprKind};
use crate::netlist::symbol::{Interner, Symbol};

type Visit<'f, T> = &'f mut dyn FnMut(&mut T);

/// Calls `symbol` and `span` on everything a netlist is made of.
struct Walk<'f> {
    symbol: Visit<'f, Symbol>,
    span: Visit<'f, Span>,
}

/// The netlist with all places 0 and its symbols renumbered by first appearance.
pub(super) fn normal(netlist: &Netlist) -> Netlist {
    normal_in(netlist, Interner::default())
}

/// The same, where `names` has symbols already.
pub(super) fn normal_in(netlist: &Netlist, names: Interner) -> Netlist {
    let mut result = netlist.clone();
    let mut names = names;
    let mut symbol = |symbol: &mut Symbol| *symbol = names.intern(netlist.symbols.name(*symbol));
    let mut span = |span: &mut Span| *span = Span::default();
    Walk { symbol: &mut symbol, span: &mut span }.netlist(&mut result);
    result.symbols = names;
    result
}

/// All places.
pub(super) fn spans(netlist: &Netlist) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut note = |span: &mut Span| spans.push(*span);
    Walk { symbol: &mut |_| {}, span: &mut note }.netlist(&mut netlist.clone());
    spans
}

impl Walk<'_> {
    fn netlist(&mut self, netlist: &mut Netlist) {
        netlist.globals.iter_mut().for_each(&mut *self.symbol);
        self.scope(&mut netlist.scope);
        for control in &mut netlist.controls {
            (self.span)(&mut control.span);
            self.control(&mut control.kind);
        }
    }

    fn scope(&mut self, scope: &mut Scope) {
        self.assignments(&mut scope.params);
        for model in &mut scope.models {
            (self.symbol)(&mut model.name);
            (self.symbol)(&mut model.kind);
            (self.span)(&mut model.span);
            self.assignments(&mut model.params);
        }
        for subckt in &mut scope.subckts {
            (self.symbol)(&mut subckt.name);
            (self.span)(&mut subckt.span);
            subckt.ports.iter_mut().for_each(&mut *self.symbol);
            self.assignments(&mut subckt.params);
            self.scope(&mut subckt.scope);
        }
        for function in &mut scope.functions {
            (self.symbol)(&mut function.name);
            (self.span)(&mut function.span);
            function.arguments.iter_mut().for_each(&mut *self.symbol);
            self.expr(&mut function.body);
        }
        for conditional in &mut scope.conditionals {
            (self.span)(&mut conditional.span);
            for branch in &mut conditional.branches {
                (self.span)(&mut branch.span);
                branch.condition.iter_mut().for_each(|condition| self.expr(condition));
                self.scope(&mut branch.scope);
            }
        }
        for element in &mut scope.elements {
            (self.symbol)(&mut element.name);
            (self.span)(&mut element.span);
            self.element(&mut element.kind);
        }
    }

    fn assignments(&mut self, params: &mut [Assignment]) {
        for param in params {
            (self.symbol)(&mut param.name);
            (self.span)(&mut param.span);
            self.value(&mut param.value);
        }
    }

    fn value(&mut self, value: &mut Value) {
        if let Value::Expr(expr) = value {
            self.expr(expr);
        }
    }

    fn values<'v>(&mut self, values: impl IntoIterator<Item = &'v mut Value>) {
        for value in values {
            self.value(value);
        }
    }

    fn expr(&mut self, expr: &mut Expr) {
        (self.span)(&mut expr.span);
        match &mut expr.kind {
            ExprKind::Number(_) => {}
            ExprKind::Name(name) | ExprKind::Current(name) => (self.symbol)(name),
            ExprKind::Voltage(plus, minus) => {
                (self.symbol)(plus);
                minus.iter_mut().for_each(&mut *self.symbol);
            }
            ExprKind::Unary(_, x) | ExprKind::Part(_, x) => self.expr(x),
            ExprKind::Binary(_, a, b) => [a, b].into_iter().for_each(|x| self.expr(x)),
            ExprKind::Call(function, operands) => {
                (self.symbol)(function);
                for x in operands {
                    self.expr(x);
                }
            }
            ExprKind::Select(c, a, b) => [c, a, b].into_iter().for_each(|x| self.expr(x)),
        }
    }

    fn element(&mut self, kind: &mut ElementKind) {
        match kind {
            ElementKind::Resistor { nodes, value }
            | ElementKind::Capacitor { nodes, value }
            | ElementKind::Inductor { nodes, value } => {
                nodes.iter_mut().for_each(&mut *self.symbol);
                self.value(value);
            }
            ElementKind::Passive(passive) => self.passive(passive),
            ElementKind::Source { quantity: _, nodes, source } => {
                nodes.iter_mut().for_each(&mut *self.symbol);
                self.source(source);
            }
            ElementKind::VoltageControlled { quantity: _, nodes, control, gain } => {
                nodes.iter_mut().chain(control).for_each(&mut *self.symbol);
                self.value(gain);
            }
            ElementKind::CurrentControlled { quantity: _, nodes, control, gain } => {
                nodes.iter_mut().for_each(&mut *self.symbol);
                (self.symbol)(control);
                self.value(gain);
            }
            ElementKind::Behavioural { quantity: _, nodes, law } => {
                nodes.iter_mut().for_each(&mut *self.symbol);
                self.expr(law);
            }
            ElementKind::Controlled { quantity: _, nodes, law } => {
                nodes.iter_mut().for_each(&mut *self.symbol);
                self.control_law(law);
            }
            ElementKind::Coupling(coupling) => {
                coupling.inductors.iter_mut().for_each(&mut *self.symbol);
                self.value(&mut coupling.factor);
            }
            ElementKind::Line(line) => {
                line.nodes.iter_mut().for_each(&mut *self.symbol);
                self.assignments(&mut line.params);
                self.values(&mut line.initial);
            }
            ElementKind::Device(device) => {
                device.nodes.iter_mut().for_each(&mut *self.symbol);
                device.control.iter_mut().for_each(|control| (self.symbol)(control));
                (self.symbol)(&mut device.model);
                self.values(&mut device.area);
                self.values(&mut device.initial);
                self.assignments(&mut device.params);
            }
            ElementKind::Array(array) => self.array(array),
            ElementKind::Instance(instance) => {
                instance.nodes.iter_mut().for_each(&mut *self.symbol);
                (self.symbol)(&mut instance.subckt);
                self.assignments(&mut instance.params);
            }
        }
    }

    fn array(&mut self, array: &mut Array) {
        let lists = [&mut array.rows, &mut array.columns].into_iter().chain(&mut array.inverted);
        for list in lists {
            list.names.iter_mut().for_each(&mut *self.symbol);
            (self.span)(&mut list.span);
        }
        (self.span)(&mut array.file.span);
        self.values(&mut array.gain);
    }

    fn passive(&mut self, passive: &mut Passive) {
        passive.nodes.iter_mut().for_each(&mut *self.symbol);
        self.values(&mut passive.value);
        passive.model.iter_mut().for_each(&mut *self.symbol);
        if let Some((_, law)) = &mut passive.law {
            self.expr(law);
        }
        self.values(&mut passive.initial);
        self.assignments(&mut passive.params);
    }

    fn source(&mut self, source: &mut Source) {
        self.values(&mut source.dc);
        if let Some((magnitude, phase)) = &mut source.ac {
            self.value(magnitude);
            self.values(phase);
        }
        if let Some(
            Wave::Pulse(values)
            | Wave::Sin(values)
            | Wave::Exp(values)
            | Wave::Sffm(values)
            | Wave::Am(values)
            | Wave::Pwl(values),
        ) = &mut source.wave
        {
            self.values(values);
        }
    }

    fn analysis(&mut self, analysis: &mut Analysis) {
        let frequencies = match analysis {
            Analysis::Dc(sweeps) => {
                for sweep in sweeps {
                    self.target(&mut sweep.target);
                    self.values([&mut sweep.start, &mut sweep.stop, &mut sweep.step]);
                }
                None
            }
            Analysis::Ac(frequencies) => Some(frequencies),
            Analysis::Noise { output, source, frequencies } => {
                self.outputs(std::slice::from_mut(output));
                (self.symbol)(source);
                Some(frequencies)
            }
            Analysis::Transfer { output, source } => {
                self.outputs(std::slice::from_mut(output));
                (self.symbol)(source);
                None
            }
            Analysis::Sensitivity { output, frequencies } => {
                self.outputs(std::slice::from_mut(output));
                frequencies.as_mut()
            }
            Analysis::PolesZeros { input, output, .. } => {
                input.iter_mut().chain(output).for_each(&mut *self.symbol);
                None
            }
        };
        if let Some(Frequencies { points, start, stop, .. }) = frequencies {
            self.values([points, start, stop]);
        }
    }

    fn control(&mut self, kind: &mut ControlKind) {
        match kind {
            ControlKind::Op => {}
            ControlKind::Tran { step, stop, start, max_step, uic: _ } => {
                self.values([step, stop]);
                self.values(start.iter_mut().chain(max_step));
            }
            ControlKind::Analysis(analysis) => self.analysis(analysis),
            ControlKind::Save(outputs) => {
                self.outputs(outputs);
            }
            ControlKind::Ic(values) | ControlKind::NodeSet(values) => {
                for (node, value, span) in values {
                    (self.symbol)(node);
                    (self.span)(span);
                    self.value(value);
                }
            }
            ControlKind::Four { frequency, outputs } => {
                self.value(frequency);
                self.outputs(outputs);
            }
            ControlKind::Step(step) => {
                self.target(&mut step.target);
                match &mut step.sweep {
                    Sweep::Linear(values) | Sweep::Decade(values) | Sweep::Octave(values) => {
                        self.values(values);
                    }
                    Sweep::List(values) => self.values(values),
                }
            }
            ControlKind::Data(data) => {
                (self.symbol)(&mut data.name);
                data.columns.iter_mut().for_each(&mut *self.symbol);
                self.values(&mut data.values);
            }
            ControlKind::Measure(measure) => self.measure(measure),
            ControlKind::Expect(expected) => {
                (self.symbol)(&mut expected.name);
                (self.span)(&mut expected.span);
                self.value(&mut expected.value);
                if let Tolerance::Absolute(value) = &mut expected.tolerance {
                    self.value(value);
                }
            }
            ControlKind::Until(condition) => self.expr(condition),
            ControlKind::Options(options) => {
                for (name, value, span) in options {
                    (self.symbol)(name);
                    (self.span)(span);
                    self.values(value);
                }
            }
        }
    }

    fn target(&mut self, target: &mut StepTarget) {
        if let StepTarget::Parameter(name) | StepTarget::Element(name) | StepTarget::Data(name) =
            target
        {
            (self.symbol)(name);
        }
    }

    fn outputs(&mut self, outputs: &mut [Output]) {
        for output in outputs {
            (self.span)(&mut output.span);
            match &mut output.kind {
                OutputKind::All => {}
                OutputKind::Expression(expr) => self.expr(expr),
                OutputKind::Current(name) => (self.symbol)(name),
                OutputKind::Voltage(plus, minus) => {
                    (self.symbol)(plus);
                    minus.iter_mut().for_each(&mut *self.symbol);
                }
            }
        }
    }

    fn control_law(&mut self, law: &mut ControlLaw) {
        match law {
            ControlLaw::Polynomial { inputs, coefficients } => {
                for input in inputs {
                    match input {
                        PolyInput::Voltage(a, b) => [a, b].into_iter().for_each(&mut *self.symbol),
                        PolyInput::Current(source) => (self.symbol)(source),
                    }
                }
                self.values(coefficients);
            }
            ControlLaw::Table { input, points } => {
                self.expr(input);
                self.values(points.iter_mut().flat_map(|(x, y)| [x, y]));
            }
            ControlLaw::Laplace { input, transfer } => {
                self.expr(input);
                self.expr(transfer);
            }
        }
    }

    fn measure(&mut self, measure: &mut Measure) {
        (self.symbol)(&mut measure.name);
        match &mut measure.task {
            MeasureTask::Delay { trigger, target } => {
                self.instant(trigger);
                self.instant(target);
            }
            MeasureTask::Find { what, at } | MeasureTask::Derivative { what, at } => {
                self.expr(what);
                self.instant(at);
            }
            MeasureTask::When(at) => self.instant(at),
            MeasureTask::Window { statistic: _, what, from, to } => {
                self.expr(what);
                self.values(from.iter_mut().chain(to));
            }
            MeasureTask::Parameter(expr) => self.expr(expr),
        }
    }

    fn instant(&mut self, instant: &mut Instant) {
        match instant {
            Instant::At(value) => self.value(value),
            Instant::Crossing(crossing) => {
                self.expr(&mut crossing.left);
                self.expr(&mut crossing.right);
                if let Count::Nth(value) = &mut crossing.count {
                    self.value(value);
                }
                self.values(&mut crossing.after);
            }
        }
    }
}
