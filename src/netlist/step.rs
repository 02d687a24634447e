//! `.step`, `.temp` and `.data` cards.

use crate::diag::Diagnostic;
use crate::netlist::ast::{Data, Step, StepTarget, Sweep};
use crate::netlist::card::{Card, Fault};
use crate::netlist::lexer;

const FORM: &str = "the card reads `.step param NAME start stop increment`, `.step param NAME list value ...`, `.step dec param NAME start stop points`, with `temp` or the name of an element such as `V1` instead of `param NAME`, or `.step data=TABLE`";

/// How the values of a sweep are given.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Linear,
    Decade,
    Octave,
    List,
}

impl Card<'_, '_> {
    pub(super) fn step(&mut self) -> Result<Step, Fault> {
        self.step_parts().map_err(|fault| match fault.hint {
            None if !self.inside_value => Box::new(fault.with_hint(FORM)),
            _ => fault,
        })
    }

    /// `lin`, `dec`, `oct` or `list`, which may stand before or after the target.
    fn form(&mut self) -> Option<Form> {
        let forms = [
            ("lin", Form::Linear),
            ("dec", Form::Decade),
            ("oct", Form::Octave),
            ("list", Form::List),
        ];
        forms.into_iter().find(|(word, _)| self.keyword(word)).map(|(_, form)| form)
    }

    fn step_parts(&mut self) -> Result<Step, Fault> {
        let first = self.form();
        if self.keyword("data") {
            if !self.eat('=') {
                return self.expected("`=` and the name of a table");
            }
            let target = StepTarget::Data(self.symbol("the name of a table")?);
            return Ok(Step { target, sweep: Sweep::List(Vec::new()) });
        }
        let target = self.step_target("`param NAME`, `temp` or an element")?;
        let form = self.form().or(first).unwrap_or(Form::Linear);
        if form == Form::List {
            let mut values = vec![self.value("a value")?];
            while self.peek().is_some() {
                self.eat(',');
                values.push(self.value("a value")?);
            }
            return Ok(Step { target, sweep: Sweep::List(values) });
        }
        let third = if form == Form::Linear { "the increment" } else { "the number of points" };
        let three =
            [self.value("the first value")?, self.value("the last value")?, self.value(third)?];
        self.finish(third)?;
        let sweep = match form {
            Form::Decade => Sweep::Decade(three),
            Form::Octave => Sweep::Octave(three),
            Form::Linear | Form::List => Sweep::Linear(three),
        };
        Ok(Step { target, sweep })
    }

    /// `param NAME`, `temp` or the name of an element.
    pub(super) fn step_target(&mut self, what: &str) -> Result<StepTarget, Fault> {
        Ok(if self.keyword("param") {
            StepTarget::Parameter(self.symbol("a parameter")?)
        } else if self.keyword("temp") {
            StepTarget::Temperature
        } else {
            StepTarget::Element(self.symbol(what)?)
        })
    }

    /// `value ...` of `.temp`.
    pub(super) fn temperatures(&mut self) -> Result<Step, Fault> {
        let mut values = vec![self.value("a temperature, degrees Celsius")?];
        while self.peek().is_some() {
            values.push(self.value("a temperature, degrees Celsius")?);
        }
        Ok(Step { target: StepTarget::Temperature, sweep: Sweep::List(values) })
    }

    /// `NAME parameters... values...`
    pub(super) fn data(&mut self) -> Result<Data, Fault> {
        let start = self.at();
        let name = self.symbol("the name of the table")?;
        let mut columns = Vec::new();
        while let Some(word) = self.peek_word() {
            if !matches!(lexer::identifier(word.text), Ok(("", _))) {
                break;
            }
            self.word();
            columns.push(self.intern(word.text));
        }
        let mut values = Vec::new();
        while self.peek().is_some() {
            values.push(self.value("a value")?);
            self.eat(',');
        }
        if columns.is_empty() || values.is_empty() || values.len() % columns.len() != 0 {
            let (found, wanted) = (values.len(), columns.len());
            let message = format!("the table has {found} values for {wanted} parameters");
            let fault = Diagnostic::error(self.span(start), message);
            return Err(Box::new(fault.with_hint(
                "the card reads `.data NAME parameters...`, then rows of as many values, each line after a `+`",
            )));
        }
        Ok(Data { name, columns, values })
    }
}
