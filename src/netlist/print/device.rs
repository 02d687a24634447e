//! Cards of devices as text.

use super::Printer;
use crate::netlist::ast::{Assignment, Device, Line, Passive, Value};
use crate::netlist::symbol::Symbol;

impl Printer<'_> {
    pub(super) fn passive(
        &mut self,
        nodes: [Symbol; 2],
        value: &Value,
        (initial, params): (Option<&Value>, &[Assignment]),
    ) {
        self.words(&nodes);
        self.operand(value);
        self.tail(initial, params);
    }

    fn tail(&mut self, initial: Option<&Value>, params: &[Assignment]) {
        if let Some(initial) = initial {
            self.push(" ic=");
            self.value(initial);
        }
        self.assignments(params);
    }

    fn initial_values(&mut self, values: &[Value]) {
        for (at, value) in values.iter().enumerate() {
            self.push(if at == 0 { " ic=" } else { "," });
            self.value(value);
        }
    }

    pub(super) fn line(&mut self, line: &Line) {
        self.words(&line.nodes);
        self.assignments(&line.params);
        self.initial_values(&line.initial);
    }

    /// R, C or L with a model or a law.
    pub(super) fn modelled(&mut self, passive: &Passive) {
        self.words(&passive.nodes);
        if let Some(value) = &passive.value {
            self.operand(value);
        }
        if let Some(model) = passive.model {
            self.word(model);
        }
        if let Some((of, law)) = &passive.law {
            self.push(" ");
            self.push(of.key());
            self.push("=");
            self.braced(law);
        }
        self.tail(passive.initial.as_ref(), &passive.params);
    }

    pub(super) fn device(&mut self, device: &Device) {
        self.words(&device.nodes);
        if let Some(control) = device.control {
            self.word(control);
        }
        self.word(device.model);
        if let Some(area) = &device.area {
            self.operand(area);
        }
        match device.switched {
            Some(true) => self.push(" on"),
            Some(false) => self.push(" off"),
            None => {}
        }
        self.initial_values(&device.initial);
        self.assignments(&device.params);
    }
}
