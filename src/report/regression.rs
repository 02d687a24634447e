//! Trained against initial weights.

use serde::Serialize;

use super::portrait::{BLACK, FigureError, GREY, Shown};
use crate::{
    dynamics::statistics::{Moments, PublishedMoments, Regression},
    plot::{Axis, Cloud, Figure, Key, Line, Marker, PALETTE, Panel},
    rnn::Rnn,
};

/// Room around all values, relative to their span.
const ROOM: f64 = 0.04;

/// A trained network and the one it started from, by name.
#[derive(Clone, Copy, Debug)]
pub struct TrainedPair<'a> {
    /// Name and value of the trained network.
    pub trained: (&'a str, &'a Rnn),
    /// Name and value of its start.
    pub initial: (&'a str, &'a Rnn),
}

/// One quantity, trained against initial.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RegressionNumbers {
    /// What is compared.
    pub quantity: String,
    /// The line of least squares; `None` where all initial values are the same.
    pub line: Option<Regression>,
    /// Initial and trained value of every pair of networks; empty where
    /// the entries of matrices are compared.
    pub points: Vec<(f64, f64)>,
}

/// Trained against initial values, with the line of regression and that of no
/// change: of one pair of networks every entry of W, Win, V and b; of several
/// pairs mean, standard deviation, skewness and kurtosis of their recurrent
/// weights, one point a pair, as published. Kurtosis and skewness of the
/// fitted curve, which the papers show, are among the numbers.
///
/// # Errors
///
/// [`FigureError::Shapes`] where two networks of a pair differ in shape.
pub fn regression_figure(
    pairs: &[TrainedPair<'_>],
) -> Result<Shown<Vec<RegressionNumbers>>, FigureError> {
    for TrainedPair { trained, initial } in pairs {
        let shapes = [trained.1.shape(), initial.1.shape()];
        if shapes[0] != shapes[1] {
            let (trained, initial) = (trained.0.to_owned(), initial.0.to_owned());
            return Err(FigureError::Shapes { trained, initial, shapes });
        }
    }
    let (title, compared) = match pairs {
        [] => return Err(FigureError::Nothing("there is no network to compare".to_owned())),
        [pair] => {
            let title = format!("{} against {}: entry by entry", pair.trained.0, pair.initial.0);
            (title, entries(pair))
        }
        _ => {
            let title =
                format!("recurrent weights of {} networks, trained against initial", pairs.len());
            (title, parameters(pairs))
        }
    };
    if compared.is_empty() {
        return Err(FigureError::Nothing("all parameters of both networks are 0".to_owned()));
    }
    let drawn =
        compared.iter().filter(|(numbers, _)| !numbers.quantity.ends_with("(fitted curve)"));
    let drawn: Vec<_> = drawn.collect();
    let columns = if drawn.len() == 3 { 3 } else { 2 };
    let panels: Vec<Panel> = drawn
        .into_iter()
        .enumerate()
        .map(|(place, (numbers, pairs))| against(numbers, pairs).in_grid(place, columns))
        .collect();
    let lines = compared.iter().map(|(numbers, _)| line(numbers)).collect();
    let numbers = compared.into_iter().map(|(numbers, _)| numbers).collect();
    let key = vec![
        Key::point(if pairs.len() > 1 { "network" } else { "entry" }, PALETTE[0], Marker::Disc),
        Key::line("regression", BLACK),
        Key::dashes("no change", GREY),
    ];
    Ok(Shown { figure: Figure { title, key, panels }, numbers, lines })
}

type Compared = Vec<(RegressionNumbers, Vec<(f64, f64)>)>;

/// All entries of the parameters that are not 0 throughout.
fn entries(pair: &TrainedPair<'_>) -> Compared {
    let (after, before) = (pair.trained.1.parts(), pair.initial.1.parts());
    let all = [
        ("W, recurrent", after.recurrent.as_slice(), before.recurrent.as_slice()),
        ("Win, input", after.input.as_slice(), before.input.as_slice()),
        ("V, readout", after.readout.weights.as_slice(), before.readout.weights.as_slice()),
        ("b, bias", after.bias.as_slice(), before.bias.as_slice()),
    ];
    let shown = all.into_iter().filter(|(_, a, b)| a.iter().chain(*b).any(|&value| value != 0.0));
    shown
        .map(|(quantity, after, before)| {
            let pairs: Vec<(f64, f64)> =
                before.iter().copied().zip(after.iter().copied()).collect();
            let line = Regression::of(&pairs);
            (RegressionNumbers { quantity: quantity.to_owned(), line, points: Vec::new() }, pairs)
        })
        .collect()
}

/// The parameters of the distributions of recurrent weights.
fn parameters(pairs: &[TrainedPair<'_>]) -> Compared {
    let moments = |network: &Rnn| {
        let weights = network.parts().recurrent.as_slice();
        let (own, published) = (Moments::of(weights), PublishedMoments::of(weights));
        [
            own.mean,
            own.sd,
            own.skewness,
            own.excess_kurtosis,
            published.skewness,
            published.kurtosis,
        ]
    };
    let names = [
        "mean",
        "standard deviation",
        "skewness",
        "excess kurtosis",
        "skewness as published (fitted curve)",
        "kurtosis as published (fitted curve)",
    ];
    let all: Vec<([f64; 6], [f64; 6])> =
        pairs.iter().map(|pair| (moments(pair.initial.1), moments(pair.trained.1))).collect();
    let compared = |(k, name): (usize, &str)| {
        let points: Vec<(f64, f64)> =
            all.iter().map(|(before, after)| (before[k], after[k])).collect();
        let line = Regression::of(&points);
        let quantity = name.to_owned();
        (RegressionNumbers { quantity, line, points: points.clone() }, points)
    };
    names.into_iter().enumerate().map(compared).collect()
}

fn line(numbers: &RegressionNumbers) -> String {
    let quantity = &numbers.quantity;
    match &numbers.line {
        Some(line) => format!(
            "{quantity}: slope {:.4} \u{b1} {:.4}, intercept {:.4}, r {:.4}, {} points",
            line.slope, line.slope_error, line.intercept, line.correlation, line.count
        ),
        None => format!("{quantity}: no line, all initial values are the same"),
    }
}

fn against(numbers: &RegressionNumbers, pairs: &[(f64, f64)]) -> Panel {
    let ends = |values: &mut dyn Iterator<Item = f64>| {
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (if value < low { value } else { low }, if value > high { value } else { high })
        })
    };
    let (low, high) = ends(&mut pairs.iter().map(|pair| pair.0));
    let all = ends(&mut pairs.iter().flat_map(|pair| [pair.0, pair.1]));
    let room = ROOM * (all.1 - all.0);
    // The same square for both.
    let side = |label: String| Axis::new(label, "").over(all.0 - room, all.1 + room);
    let mut lines =
        vec![Line::new("", vec![(all.0, all.0), (all.1, all.1)]).coloured(GREY).dashed()];
    let title = match numbers.line {
        Some(line) => {
            let at = |x: f64| (x, line.intercept + line.slope * x);
            lines.push(Line::new("", vec![at(low), at(high)]).coloured(BLACK));
            let error = if line.slope_error.is_finite() {
                format!(" \u{b1} {:.3}", line.slope_error)
            } else {
                String::new()
            };
            format!(
                "{}: slope {:.3}{error}, r {:.3}",
                numbers.quantity, line.slope, line.correlation
            )
        }
        None => format!("{}: one initial value", numbers.quantity),
    };
    let letter = numbers.quantity.split(',').next().unwrap_or_default();
    Panel {
        title,
        x: side(format!("initial {letter}")),
        y: side(format!("trained {letter}")),
        clouds: vec![Cloud::new("", pairs.to_vec()).coloured(PALETTE[0])],
        lines,
        is_equal: true,
        ..Panel::default()
    }
}
