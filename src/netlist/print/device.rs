//! Cards of devices as text.

use super::Printer;
use crate::netlist::ast::Device;

impl Printer<'_> {
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
        for (at, value) in device.initial.iter().enumerate() {
            self.push(if at == 0 { " ic=" } else { "," });
            self.value(value);
        }
        self.assignments(&device.params);
    }
}
