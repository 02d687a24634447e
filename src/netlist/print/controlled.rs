//! Controlled sources, functions and conditional blocks.

use crate::netlist::ast::{
    Conditional, ControlLaw, FunctionDefinition, PolyInput, Step, StepTarget, Sweep,
};
use crate::netlist::print::Printer;

impl Printer<'_> {
    pub(super) fn control_law(&mut self, law: &ControlLaw) {
        match law {
            ControlLaw::Polynomial { inputs, coefficients } => {
                self.push(" POLY(");
                self.push(&inputs.len().to_string());
                self.push(")");
                for input in inputs {
                    match input {
                        PolyInput::Voltage(plus, minus) => self.words(&[*plus, *minus]),
                        PolyInput::Current(source) => self.word(*source),
                    }
                }
                for coefficient in coefficients {
                    self.operand(coefficient);
                }
            }
            ControlLaw::Table { input, points } => {
                self.push(" TABLE ");
                self.braced(input);
                self.push(" =");
                for (x, y) in points {
                    self.push(" (");
                    self.value(x);
                    self.push(",");
                    self.value(y);
                    self.push(")");
                }
            }
            ControlLaw::Laplace { input, transfer } => {
                self.push(" LAPLACE ");
                self.braced(input);
                self.push(" = ");
                self.braced(transfer);
            }
        }
    }

    pub(super) fn function(&mut self, function: &FunctionDefinition) {
        self.push(".func ");
        self.name(function.name);
        self.push("(");
        for (index, argument) in function.arguments.iter().enumerate() {
            if index > 0 {
                self.push(",");
            }
            self.name(*argument);
        }
        self.push(") ");
        self.braced(&function.body);
        self.end();
    }

    pub(super) fn conditional(&mut self, conditional: &Conditional) {
        for (index, branch) in conditional.branches.iter().enumerate() {
            match &branch.condition {
                Some(condition) => {
                    self.push(if index == 0 { ".if (" } else { ".elseif (" });
                    self.expression(condition);
                    self.push(")");
                }
                None => self.push(".else"),
            }
            self.end();
            self.scope(&branch.scope);
        }
        self.push(".endif");
        self.end();
    }

    pub(super) fn step(&mut self, step: &Step) {
        if let (StepTarget::Temperature, Sweep::List(values)) = (step.target, &step.sweep) {
            self.push(".temp");
            return values.iter().for_each(|value| self.operand(value));
        }
        self.push(".step");
        let (form, values) = match &step.sweep {
            Sweep::Linear(values) => (" lin", values.as_slice()),
            Sweep::Decade(values) => (" dec", values.as_slice()),
            Sweep::Octave(values) => (" oct", values.as_slice()),
            Sweep::List(values) => (" list", values.as_slice()),
        };
        self.step_target(step.target);
        if matches!(step.target, StepTarget::Data(_)) {
            return;
        }
        self.push(form);
        for value in values {
            self.operand(value);
        }
    }

    pub(super) fn step_target(&mut self, target: StepTarget) {
        match target {
            StepTarget::Parameter(name) => {
                self.push(" param");
                self.word(name);
            }
            StepTarget::Element(name) => self.word(name),
            StepTarget::Temperature => self.push(" temp"),
            StepTarget::Data(name) => {
                self.push(" data=");
                self.name(name);
            }
        }
    }
}
