//! Distributions of recurrent weights.

use serde::Serialize;

use super::portrait::{BLACK, FigureError, GREY, Shown};
use crate::{
    dynamics::statistics::{Bin, Moments, PublishedMoments, Selection, histogram, normal_density},
    plot::{Axis, Bar, Bars, Figure, Line, PALETTE, Panel},
    rnn::Rnn,
};

/// Bins of a histogram, as published.
const BINS: usize = 200;
/// Points of a curve.
const FINE: i32 = 400;

/// The recurrent weights of one selection.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WeightNumbers {
    /// Which weights.
    pub selection: Selection,
    /// Their moments; mean and standard deviation are those of the normal fit.
    pub moments: Moments,
    /// What the papers print as skewness and kurtosis: those of the fitted
    /// density at the edges of the bins.
    pub as_published: PublishedMoments,
}

/// Histograms of the recurrent weights: of all, of those above 0.005 and of
/// those below it, each with the normal density of its own mean and standard
/// deviation. With all of them stands the law that the papers' random normal start draws from,
/// N(0, 1/N), which an orthogonal start has too where N is large.
///
/// # Errors
///
/// [`FigureError::Nothing`] where all weights are the same.
pub fn weights_figure(network: &Rnn, name: &str) -> Result<Shown<Vec<WeightNumbers>>, FigureError> {
    let weights = network.parts().recurrent.as_slice();
    let (mut panels, mut numbers, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    for selection in [Selection::All, Selection::Above, Selection::Below] {
        let values = selection.of(weights);
        let moments = Moments::of(&values);
        if !(moments.sd > 0.0) {
            continue;
        }
        let found =
            WeightNumbers { selection, moments, as_published: PublishedMoments::of(&values) };
        lines.push(line(&found));
        let start = (selection == Selection::All).then(|| 1.0 / (network.units() as f64).sqrt());
        panels.push(distribution(&values, &found, start));
        numbers.push(found);
    }
    if panels.is_empty() {
        let text = "the recurrent weights have no distribution: they are all the same";
        return Err(FigureError::Nothing(text.to_owned()));
    }
    let title = format!("{name}: recurrent weights of {} units", network.units());
    Ok(Shown { figure: Figure { title, panels, ..Figure::default() }, numbers, lines })
}

fn line(found: &WeightNumbers) -> String {
    let WeightNumbers { selection, moments, as_published } = found;
    format!(
        "{}: {} of mean {:.4}, sd {:.4}, skewness {:.3}, excess kurtosis {:.3} (as published, of the fitted curve: {:.3}, {:.3})",
        selection.name(),
        moments.count,
        moments.mean,
        moments.sd,
        moments.skewness,
        moments.excess_kurtosis,
        as_published.skewness,
        as_published.kurtosis
    )
}

fn distribution(values: &[f64], found: &WeightNumbers, start: Option<f64>) -> Panel {
    let WeightNumbers { selection, moments, as_published } = found;
    let bins = histogram(values, BINS);
    let (from, to) = (bins.first().map_or(0.0, |b| b.from), bins.last().map_or(1.0, |b| b.to));
    let curve = |mean: f64, sd: f64| -> Vec<(f64, f64)> {
        let place = |k: i32| from + (to - from) * f64::from(k) / f64::from(FINE);
        (0..=FINE).map(place).map(|x| (x, normal_density(x, mean, sd))).collect()
    };
    let mut lines = Vec::new();
    if let Some(sd) = start {
        lines.push(Line::new("normal start, N(0, 1/N)", curve(0.0, sd)).coloured(GREY).dashed());
    }
    lines.push(Line::new("normal fit", curve(moments.mean, moments.sd)).coloured(BLACK));
    let bar = |bin: &Bin| Bar { from: bin.from, to: bin.to, height: bin.density };
    Panel {
        title: match selection {
            Selection::All => format!("all {} weights", moments.count),
            Selection::Above | Selection::Below => {
                format!("{} {}", moments.count, selection.name())
            }
        },
        x: Axis::new("recurrent weight", ""),
        y: Axis::new("density", ""),
        bars: vec![
            Bars::new("weights, 200 bins", bins.iter().map(bar).collect()).coloured(PALETTE[0]),
        ],
        lines,
        notes: vec![
            format!("mean {:.4}, sd {:.4}", moments.mean, moments.sd),
            format!("skewness {:.3}", moments.skewness),
            format!("excess kurtosis {:.3}", moments.excess_kurtosis),
            "as published (fitted curve):".to_owned(),
            format!("  {:.3} and {:.3}", as_published.skewness, as_published.kurtosis),
        ],
        ..Panel::default()
    }
}
