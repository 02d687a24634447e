//! Weights as matrices, and biases.

use nalgebra::DMatrix;
use serde::Serialize;

use super::portrait::{FigureError, Shown};
use crate::{
    dynamics::statistics::Moments,
    plot::{Axis, Bar, Bars, Figure, HeatMap, Panel, Reference},
    rnn::Rnn,
    units::count,
};

/// The weights of one matrix.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MatrixNumbers {
    /// Which matrix.
    pub matrix: &'static str,
    /// Rows and columns.
    pub shape: (usize, usize),
    /// Largest size of an entry, at which the colours end.
    pub limit: f64,
    /// Moments of its entries.
    pub moments: Moments,
}

/// The axis of rows or columns; a few of them are all numbered.
fn side(what: &str, count: usize) -> Axis {
    const FEW: usize = 12;
    if count > FEW {
        return Axis::new(what, "");
    }
    Axis::of_names(what, (0..count).map(|k| k.to_string()).collect())
}

fn matrix(title: &str, matrix: &DMatrix<f64>, limit: Option<f64>, sides: (&str, &str)) -> Panel {
    // Row after row.
    let values = matrix.transpose().as_slice().to_vec();
    Panel {
        title: title.to_owned(),
        x: Axis::new(sides.0, ""),
        y: Axis::new(sides.1, ""),
        heat: Some(HeatMap {
            columns: matrix.ncols(),
            values,
            limit,
            label: "weight".to_owned(),
            extent: None,
        }),
        ..Panel::default()
    }
}

/// A matrix by name, with what its columns and its rows are.
struct Named<'m> {
    name: &'static str,
    entries: &'m DMatrix<f64>,
    sides: (&'static str, &'static str),
}

/// Input, recurrent and readout weights as colours. An entry stands in the row
/// of the unit it goes to and the column of the one it comes from, except that
/// V is transposed, so that rows are units in all three. Units and channels
/// count from 0.
#[must_use]
pub fn matrices_figure(network: &Rnn, name: &str) -> Shown<Vec<MatrixNumbers>> {
    let parts = network.parts();
    let turned = parts.readout.weights.transpose();
    let mut shown = vec![
        Named { name: "Win", entries: &parts.input, sides: ("from input", "to unit") },
        Named { name: "W", entries: &parts.recurrent, sides: ("from unit", "to unit") },
        Named { name: "V, transposed", entries: &turned, sides: ("to output", "from unit") },
    ];
    shown.retain(|named| named.entries.ncols() > 0);
    let numbers: Vec<MatrixNumbers> = shown
        .iter()
        .map(|named| MatrixNumbers {
            matrix: named.name,
            shape: named.entries.shape(),
            limit: named.entries.amax(),
            moments: Moments::of(named.entries.as_slice()),
        })
        .collect();
    let lines = numbers.iter().map(line).collect();
    let count = shown.len();
    let panel = |(at, named): (usize, Named<'_>)| {
        let is_square = named.name == "W";
        let mut panel = matrix(named.name, named.entries, None, named.sides);
        panel.x = side(named.sides.0, named.entries.ncols());
        panel.is_beside = at > 0;
        panel.is_equal = is_square;
        panel.share = Some(if is_square { 2.6 } else { 1.0 });
        if at + 1 < count {
            without_label(&mut panel);
        }
        panel
    };
    let panels = shown.into_iter().enumerate().map(panel).collect();
    let title = format!("{name}: connections");
    Shown { figure: Figure { title, panels, ..Figure::default() }, numbers, lines }
}

/// One label serves all bars of a row.
fn without_label(panel: &mut Panel) {
    if let Some(heat) = &mut panel.heat {
        heat.label.clear();
    }
}

fn line(found: &MatrixNumbers) -> String {
    let MatrixNumbers { matrix, shape: (rows, columns), limit, moments } = found;
    format!(
        "{matrix}: {rows} x {columns}, mean {:.4}, sd {:.4}, largest size {limit:.4}",
        moments.mean, moments.sd
    )
}

/// How many weights of W have a sign.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SignNumbers {
    /// What counts as 0 at most.
    pub threshold: f64,
    /// Weights above it.
    pub positive: usize,
    /// Weights below its negative.
    pub negative: usize,
    /// Weights between.
    pub between: usize,
}

/// Recurrent weights above `threshold`, and below its negative, apart.
///
/// # Errors
///
/// [`FigureError::Nothing`] for a threshold that is negative or no number.
pub fn signs_figure(
    network: &Rnn,
    threshold: f64,
    name: &str,
) -> Result<Shown<SignNumbers>, FigureError> {
    if !(threshold >= 0.0 && threshold.is_finite()) {
        let text = format!("the threshold is {threshold}, it must be 0 or positive, and finite");
        return Err(FigureError::Nothing(text));
    }
    let weights = &network.parts().recurrent;
    let limit = Some(weights.amax());
    let kept = |sign: f64| weights.map(|w| if w * sign > threshold { w } else { 0.0 });
    let count = |sign: f64| weights.iter().filter(|&&w| w * sign > threshold).count();
    let (positive, negative) = (count(1.0), count(-1.0));
    let percent = |count: usize| 100.0 * count as f64 / weights.len() as f64;
    let sides = ("from unit", "to unit");
    let panel = |sign: f64, title: String| Panel {
        is_equal: true,
        ..matrix(&title, &kept(sign), limit, sides)
    };
    let mut panels = vec![
        panel(1.0, format!("W > {threshold}: {:.1} %", percent(positive))),
        panel(-1.0, format!("W < \u{2212}{threshold}: {:.1} %", percent(negative))).beside(),
    ];
    without_label(&mut panels[0]);
    let between = weights.len() - positive - negative;
    let numbers = SignNumbers { threshold, positive, negative, between };
    let lines = vec![format!(
        "{positive} weights above {threshold}, {negative} below -{threshold}, {between} between"
    )];
    let title = format!("{name}: positive and negative connections");
    Ok(Shown { figure: Figure { title, panels, ..Figure::default() }, numbers, lines })
}

/// The biases of units or outputs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BiasNumbers {
    /// Of what.
    pub of: &'static str,
    /// Their moments.
    pub moments: Moments,
    /// The biases.
    pub values: Vec<f64>,
}

/// The bias of every unit and output, counted from 0; those that are all 0 are left out.
///
/// # Errors
///
/// [`FigureError::Nothing`] for a network without biases.
pub fn biases_figure(network: &Rnn, name: &str) -> Result<Shown<Vec<BiasNumbers>>, FigureError> {
    let parts = network.parts();
    let all = [("unit", &parts.bias), ("output", &parts.readout.bias)];
    let shown = all.into_iter().filter(|(_, biases)| biases.iter().any(|&bias| bias != 0.0));
    let numbers: Vec<BiasNumbers> = shown
        .map(|(of, biases)| BiasNumbers {
            of,
            moments: Moments::of(biases.as_slice()),
            values: biases.as_slice().to_vec(),
        })
        .collect();
    if numbers.is_empty() {
        return Err(FigureError::Nothing("all biases of the network are 0".to_owned()));
    }
    let panels = numbers.iter().enumerate().map(|(at, found)| bias_panel(found, at > 0)).collect();
    let line = |BiasNumbers { of, moments, values }: &BiasNumbers| {
        format!("{}: {}", count(values.len(), of), spread(moments))
    };
    let lines = numbers.iter().map(line).collect();
    let title = format!("{name}: biases");
    Ok(Shown { figure: Figure { title, panels, ..Figure::default() }, numbers, lines })
}

fn bias_panel(BiasNumbers { of, moments, values }: &BiasNumbers, is_beside: bool) -> Panel {
    let bar =
        |(k, &height): (usize, &f64)| Bar { from: k as f64 - 0.4, to: k as f64 + 0.4, height };
    let mut references = Vec::new();
    if values.len() > 1 {
        references.push(Reference::horizontal(moments.mean, "mean"));
    }
    Panel {
        title: format!("bias of every {of}: {}", spread(moments)),
        x: side(of, values.len()).over(-1.0, values.len() as f64),
        y: Axis::new("bias", ""),
        bars: vec![Bars::new("", values.iter().enumerate().map(bar).collect())],
        references,
        // Outputs are few beside units.
        share: is_beside.then_some(0.42),
        is_beside,
        ..Panel::default()
    }
}

/// Mean and standard deviation; the latter only of several values.
fn spread(moments: &Moments) -> String {
    if moments.count > 1 {
        format!("mean {:.2e}, sd {:.2e}", moments.mean, moments.sd)
    } else {
        format!("{:.2e}", moments.mean)
    }
}
