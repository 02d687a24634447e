//! What a network loses with its weights and units.

use crate::{
    dynamics::ablation::{Score, Sign, UnitAblation, WeightAblation},
    plot::{Axis, Figure, Line, Panel, Reference},
};

/// One colour a sign, told apart by the colour-blind.
fn colour(sign: Sign) -> [u8; 3] {
    match sign {
        Sign::Any => [0x00, 0x72, 0xb2],
        Sign::Positive => [0xd5, 0x5e, 0x00],
        Sign::Negative => [0x00, 0x9e, 0x73],
    }
}

fn words(sign: Sign) -> &'static str {
    match sign {
        Sign::Any => "weights of both signs",
        Sign::Positive => "positive weights",
        Sign::Negative => "negative weights",
    }
}

/// Distance of the outputs from what is right and the share of right decisions,
/// over the share of weights (of those that may be removed) and of units removed.
#[must_use]
pub fn ablation_figure(
    weights: &[WeightAblation],
    units: Option<&UnitAblation>,
    name: &str,
) -> Figure {
    let share = || Axis::new("removed, %", "");
    let root = |score: &Score| score.error.sqrt();
    let mut distance = Panel {
        title: "distance from what is right".to_owned(),
        x: share(),
        y: Axis::new("root of mean square", ""),
        references: vec![Reference::horizontal(0.5, "half of a level")],
        ..Panel::default()
    };
    let mut right = Panel {
        title: "right decisions".to_owned(),
        x: share(),
        y: Axis::new("share", ""),
        ..Panel::default()
    }
    .beside();
    for ablation in weights {
        let over = |value: &dyn Fn(&Score) -> f64| -> Vec<(f64, f64)> {
            ablation.steps.iter().map(|step| (100.0 * step.share, value(&step.score))).collect()
        };
        let line = |points| Line::new(words(ablation.sign), points).coloured(colour(ablation.sign));
        distance.lines.push(line(over(&root)));
        right.lines.push(line(over(&share_right)));
        if let Some(change) = &ablation.first_change {
            let at = Reference::vertical(100.0 * change.share, "");
            right.references.push(at.coloured(colour(ablation.sign)));
        }
    }
    if let Some(units) = units {
        let total = units.ranking.len() as f64;
        let over = |value: &dyn Fn(&Score) -> f64| -> Vec<(f64, f64)> {
            let first = std::iter::once((0.0, value(&units.intact)));
            let steps = units.steps.iter();
            first
                .chain(steps.map(|step| (100.0 * step.removed as f64 / total, value(&step.score))))
                .collect()
        };
        let line = |points| Line::new("units", points).coloured([0x77; 3]).dashed();
        distance.lines.push(line(over(&root)));
        right.lines.push(line(over(&share_right)));
    }
    Figure {
        title: format!("{name}: what is lost"),
        panels: vec![distance, right],
        ..Figure::default()
    }
}

fn share_right(score: &Score) -> f64 {
    let accuracy = &score.accuracy;
    accuracy.decisions_right as f64 / accuracy.decisions as f64
}
