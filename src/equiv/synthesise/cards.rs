//! Lines of a deck.

use std::fmt::Write;

use crate::{
    equiv::{SynthesisError, synthesise::arrays::ArrayDeck},
    rnn::Activation,
    units::format_number,
    wave::Array,
};

/// A deck under construction. A component value that is no finite number is
/// remembered and refused at the end.
pub(super) struct Cards {
    text: String,
    fault: Option<SynthesisError>,
    /// The file of the matrices of arrays, where weights are arrays.
    file: Option<String>,
    matrices: Vec<(String, Array)>,
}

/// Points of a PWL card before it is continued on the next line.
const POINTS_PER_LINE: usize = 8;

impl Cards {
    /// With weights as arrays of `file`, where one is given.
    pub(super) fn new(file: Option<&str>) -> Self {
        let file = file.map(str::to_owned);
        Self { text: String::new(), fault: None, file, matrices: Vec::new() }
    }

    pub(super) fn finish(self) -> Result<ArrayDeck, SynthesisError> {
        match self.fault {
            None => Ok(ArrayDeck { deck: self.text, matrices: self.matrices }),
            Some(fault) => Err(fault),
        }
    }

    /// True where weights are arrays.
    pub(super) fn has_arrays(&self) -> bool {
        self.file.is_some()
    }

    /// An array: `text` and the matrix of that name in the file.
    pub(super) fn array(&mut self, text: &str, gain: &str, matrix: (&str, Array)) {
        let Some(file) = &self.file else { return };
        let quote = if file.contains('"') { '\'' } else { '"' };
        let (name, array) = matrix;
        let _ = writeln!(self.text, "{text}\n+ file={quote}{file}{quote} array={name} gain={gain}");
        self.matrices.push((name.to_owned(), array));
    }

    /// Remembers a component that none can be.
    pub(super) fn refuse(&mut self, name: &str, value: f64) {
        let component = || SynthesisError::Component { element: name.to_owned(), value };
        self.fault.get_or_insert_with(component);
    }

    /// The first line, which must not look like anything else.
    pub(super) fn title(&mut self, title: &str) {
        let clean: String = title.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.line(&format!("* {}", clean.trim()));
    }

    pub(super) fn comment(&mut self, text: &str) {
        self.line(&format!("* {text}"));
    }

    pub(super) fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// `name rest value`
    pub(super) fn component(&mut self, name: &str, nodes: &str, value: f64) {
        if !value.is_finite() || value == 0.0 {
            self.refuse(name, value);
        }
        // Writing into a String cannot fail.
        let _ = writeln!(self.text, "{name} {nodes} {}", format_number(value));
    }

    /// A behavioural source `quantity = amplitude * sigma(v(control) / scale)`.
    #[expect(clippy::float_cmp, reason = "only a factor of exactly 1 can be left out")]
    pub(super) fn nonlinearity(
        &mut self,
        name_and_nodes: &str,
        quantity: char,
        (activation, amplitude): (Activation, f64),
        (control, scale): (&str, f64),
    ) {
        let argument = if scale == 1.0 {
            format!("v({control})")
        } else {
            format!("v({control})/{}", format_number(scale))
        };
        let law = law(activation, &argument);
        let factor =
            if amplitude == 1.0 { String::new() } else { format!("{}*", format_number(amplitude)) };
        self.line(&format!("{name_and_nodes} {quantity}={factor}{law}"));
    }

    /// The source of input `channel`.
    pub(super) fn piecewise_linear(
        &mut self,
        channel: usize,
        points: impl Iterator<Item = (f64, f64)>,
    ) {
        let _ = write!(self.text, "Vx{channel} x{channel} 0 PWL(");
        for (at, (time, value)) in points.enumerate() {
            if at > 0 {
                self.text.push_str(if at % POINTS_PER_LINE == 0 { "\n+ " } else { " " });
            }
            let _ = write!(self.text, "{} {}", format_number(time), format_number(value));
        }
        self.text.push_str(")\n");
    }
}

/// Twelve digits, which are more than a switch, a clock or a resistor has.
pub(super) fn rounded(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

/// sigma in the words of SPICE.
fn law(activation: Activation, z: &str) -> String {
    match activation {
        Activation::Tanh => format!("tanh({z})"),
        Activation::Logistic => format!("(1/(1+exp(-({z}))))"),
        Activation::Relu => format!("max({z},0)"),
        Activation::Softplus => format!("(max({z},0)+ln(1+exp(-abs({z}))))"),
        Activation::HardTanh => format!("min(max({z},-1),1)"),
        Activation::Linear => format!("({z})"),
    }
}
