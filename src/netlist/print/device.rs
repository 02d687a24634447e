//! Cards of devices as text.

use super::Printer;
use crate::netlist::ast::{Device, Line, Passive, Value};

impl Printer<'_> {
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

    /// R, C or L with more than a value.
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
        if let Some(initial) = &passive.initial {
            self.push(" ic=");
            self.value(initial);
        }
        self.assignments(&passive.params);
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
