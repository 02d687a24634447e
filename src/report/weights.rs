//! Figures of weights and biases.

use nalgebra::DMatrix;

use super::portrait::FigureError;
use crate::{
    dynamics::statistics::{
        Moments, PublishedMoments, Regression, Selection, histogram, normal_density,
    },
    plot::{Axis, Bar, Bars, Cloud, Figure, HeatMap, Line, Panel, Reference},
    rnn::Rnn,
};

const BLACK: [u8; 3] = [0, 0, 0];
/// Bins of a histogram, as published, and values a bin at least.
const BINS: usize = 200;
const EACH: usize = 6;

/// The parameters of a network by name: W, Win, b and V. Those without entries are left out.
fn parameters(network: &Rnn) -> Vec<(&'static str, &'static str, Vec<f64>)> {
    let parts = network.parts();
    let all = [
        ("W", "recurrent weight", parts.recurrent.as_slice().to_vec()),
        ("Win", "input weight", parts.input.as_slice().to_vec()),
        ("V", "readout weight", parts.readout.weights.as_slice().to_vec()),
        ("b", "bias of units", parts.bias.as_slice().to_vec()),
    ];
    all.into_iter().filter(|(.., values)| values.iter().any(|&v| v != 0.0)).collect()
}

/// Histograms of all parameters with normal fits. Moments are those of the
/// values; what the papers print as skewness and kurtosis stands beside them.
///
/// # Errors
///
/// [`FigureError::Unsuited`] where no value is left.
pub fn weights_figure(
    network: &Rnn,
    selection: Selection,
    name: &str,
) -> Result<Figure, FigureError> {
    let chosen = parameters(network).into_iter().map(|(letter, what, values)| {
        (letter, what, selection.of(&values))
    });
    let panels: Vec<Panel> = chosen
        .filter(|(.., values)| values.len() > 1)
        .map(|(letter, what, values)| distribution(letter, what, &values))
        .collect();
    if panels.is_empty() {
        return Err(FigureError::unsuited(format!("there are no {}", selection.name())));
    }
    Ok(Figure { title: format!("{name}: {}", selection.name()), panels })
}

fn distribution(letter: &str, what: &str, values: &[f64]) -> Panel {
    let (fit, published) = (Moments::of(values), PublishedMoments::of(values));
    let bins = (values.len() / EACH).clamp(5, BINS);
    let bars = histogram(values, bins).into_iter();
    let bars: Vec<Bar> =
        bars.map(|bin| Bar { from: bin.from, to: bin.to, height: bin.density }).collect();
    let (from, to) = (bars.first().map_or(0.0, |b| b.from), bars.last().map_or(1.0, |b| b.to));
    let place = |k: i32| from + (to - from) * f64::from(k) / 200.0;
    let curve = (0..=200).map(place).map(|x| (x, normal_density(x, fit.mean, fit.sd))).collect();
    Panel {
        title: format!(
            "{letter}, {} values: mean {:.4}, sd {:.4}, skewness {:.2}, excess kurtosis {:.2} (as published, of the fitted curve: {:.2}, {:.2})",
            fit.count,
            fit.mean,
            fit.sd,
            fit.skewness,
            fit.excess_kurtosis,
            published.skewness,
            published.kurtosis
        ),
        // Parameters differ in range.
        x: Axis::new(what, ""),
        y: Axis::new("density", ""),
        bars: vec![Bars::new("values", bars)],
        lines: vec![Line::new("normal fit", curve)],
        ..Panel::default()
    }
}

/// Trained against initial values of all parameters, with the line of
/// regression and that of no change.
///
/// # Errors
///
/// [`FigureError::Unsuited`] where the networks differ in shape.
pub fn regression_figure(trained: &Rnn, initial: &Rnn, name: &str) -> Result<Figure, FigureError> {
    if trained.shape() != initial.shape() {
        let (units, inputs, outputs) = trained.shape();
        let (others, other_inputs, other_outputs) = initial.shape();
        return Err(FigureError::Unsuited(format!(
            "the trained network has {units} units, {inputs} inputs and {outputs} outputs, the initial one {others}, {other_inputs} and {other_outputs}"
        )));
    }
    let (after, before) = (trained.parts(), initial.parts());
    let pairs = |after: &[f64], before: &[f64]| -> Vec<(f64, f64)> {
        before.iter().copied().zip(after.iter().copied()).collect()
    };
    let all = [
        ("W", pairs(after.recurrent.as_slice(), before.recurrent.as_slice())),
        ("Win", pairs(after.input.as_slice(), before.input.as_slice())),
        ("V", pairs(after.readout.weights.as_slice(), before.readout.weights.as_slice())),
        ("b", pairs(after.bias.as_slice(), before.bias.as_slice())),
    ];
    let shown = all.into_iter().filter(|(_, pairs)| pairs.iter().any(|p| *p != (0.0, 0.0)));
    let panels: Vec<Panel> = shown
        .enumerate()
        .map(|(place, (letter, pairs))| against(letter, pairs).in_grid(place, 2))
        .collect();
    if panels.is_empty() {
        return Err(FigureError::unsuited("all parameters of both networks are 0"));
    }
    Ok(Figure { title: format!("{name}: trained against initial values"), panels })
}

fn against(letter: &str, pairs: Vec<(f64, f64)>) -> Panel {
    let ends = |side: fn(&(f64, f64)) -> f64| {
        let low = pairs.iter().map(side).min_by(f64::total_cmp).unwrap_or(0.0);
        (low, pairs.iter().map(side).max_by(f64::total_cmp).unwrap_or(0.0))
    };
    let (low, high) = ends(|pair| pair.0);
    let mut lines =
        vec![Line::new("no change", vec![(low, low), (high, high)]).coloured([0x77; 3]).dashed()];
    let title = match Regression::of(&pairs) {
        Some(line) => {
            let at = |x: f64| (x, line.intercept + line.slope * x);
            lines.push(Line::new("regression", vec![at(low), at(high)]).coloured(BLACK));
            format!(
                "{letter}: slope {:.4} \u{b1} {:.4}, r {:.4}",
                line.slope, line.slope_error, line.correlation
            )
        }
        None => format!("{letter}: all initial values are the same"),
    };
    Panel {
        title,
        x: Axis::new(format!("initial {letter}"), ""),
        y: Axis::new(format!("trained {letter}"), ""),
        clouds: vec![Cloud::new("values", pairs).coloured([0, 114, 178])],
        lines,
        // In a frame that is nearly square.
        is_equal: low < high,
        ..Panel::default()
    }
}

fn matrix(title: &str, matrix: &DMatrix<f64>, limit: Option<f64>, sides: (&str, &str)) -> Panel {
    // Row after row.
    let values = matrix.transpose().as_slice().to_vec();
    Panel {
        title: title.to_owned(),
        x: Axis::new(sides.0, ""),
        y: Axis::new(sides.1, ""),
        heat: Some(HeatMap { columns: matrix.ncols(), values, limit, label: "weight".to_owned() }),
        ..Panel::default()
    }
}

/// Input, recurrent and readout weights as matrices, to rows from columns.
#[must_use]
pub fn matrices_figure(network: &Rnn, name: &str) -> Figure {
    let parts = network.parts();
    let mut panels = vec![matrix("W", &parts.recurrent, None, ("from unit", "to unit"))];
    if parts.input.ncols() > 0 {
        panels.push(matrix("Win", &parts.input, None, ("from input", "to unit")));
    }
    if parts.readout.weights.nrows() > 0 {
        let turned = parts.readout.weights.transpose();
        panels.push(matrix("V, transposed", &turned, None, ("to output", "from unit")).beside());
    }
    // A network without inputs has its readout below W, in a row of its own.
    if parts.input.ncols() == 0
        && let Some(panel) = panels.get_mut(1)
    {
        panel.is_beside = false;
    }
    Figure { title: format!("{name}: connections"), panels }
}

/// Recurrent weights above `threshold`, and below its negative, apart.
#[must_use]
pub fn signs_figure(network: &Rnn, threshold: f64, name: &str) -> Figure {
    let weights = &network.parts().recurrent;
    let limit = Some(weights.abs().max());
    let kept = |sign: f64| weights.map(|w| if w * sign > threshold { w } else { 0.0 });
    let share = |sign: f64| {
        let count = weights.iter().filter(|&&w| w * sign > threshold).count();
        100.0 * count as f64 / weights.len() as f64
    };
    let sides = ("from unit", "to unit");
    let panel = |sign: f64, word: &str| {
        let title = format!("{word} {threshold}: {:.1} % of W", share(sign));
        matrix(&title, &kept(sign), limit, sides)
    };
    let panels = vec![panel(1.0, "above"), panel(-1.0, "below \u{2212}").beside()];
    Figure { title: format!("{name}: positive and negative connections"), panels }
}

/// The bias of every unit and output.
///
/// # Errors
///
/// [`FigureError::Unsuited`] for a network without biases.
pub fn biases_figure(network: &Rnn, name: &str) -> Result<Figure, FigureError> {
    let parts = network.parts();
    let panel = |what: &str, title: &str, values: &[f64]| {
        let bar = |(k, &height): (usize, &f64)| Bar {
            from: k as f64 + 0.55,
            to: k as f64 + 1.45,
            height,
        };
        let moments = Moments::of(values);
        Panel {
            title: format!("{title}: mean {:.4}, sd {:.4}", moments.mean, moments.sd),
            x: Axis::new(what, ""),
            y: Axis::new("bias", ""),
            bars: vec![Bars::new("", values.iter().enumerate().map(bar).collect())],
            references: vec![Reference::horizontal(moments.mean, "mean")],
            ..Panel::default()
        }
    };
    let mut panels = Vec::new();
    if parts.bias.iter().any(|&bias| bias != 0.0) {
        panels.push(panel("unit", "b", parts.bias.as_slice()));
    }
    if parts.readout.bias.iter().any(|&bias| bias != 0.0) {
        panels.push(panel("output", "c", parts.readout.bias.as_slice()));
    }
    if panels.is_empty() {
        return Err(FigureError::unsuited("the network has no biases"));
    }
    Ok(Figure { title: format!("{name}: biases"), panels })
}
