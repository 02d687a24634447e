//! Tasks that are tables: inputs at known times, and the answer to them.

use serde::{Deserialize, Serialize};

use super::{
    Choice, Onsets, PerChannel, TaskError, TaskParts,
    check::{self, SMOOTHED, exactly, level, require, some},
    choice::is_one,
    family::{Asked, Draft, Target, pulse},
};
use crate::task::{Pulse, noise::Normal};

/// Rows of inputs and answers.
///
/// A trial takes a row, plays a pulse of its inputs on each channel, and asks
/// for the answer from `gap` steps after the last of them ends up to the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TruthTable {
    /// First steps of the pulses.
    pub onset: Onsets,
    /// Lengths of the pulses.
    pub width: PerChannel,
    /// Lengths of the windows that smooth the pulses, see [`Pulse::hann`];
    /// 1, or none, for square ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hann: Option<PerChannel>,
    /// Steps from the end of the last pulse to the answer.
    pub gap: Choice,
    /// Steps by which all of a trial is later.
    #[serde(default, skip_serializing_if = "Choice::is_zero")]
    pub jitter: Choice,
    /// The rows.
    pub rows: Vec<Row>,
}

/// One row of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its name; without one, its inputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Level of the pulse on each channel; 0 for none.
    pub inputs: Vec<f64>,
    /// Target of each output.
    pub answer: Vec<f64>,
    /// How often it is drawn, compared with the other rows.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub weight: u32,
    /// First steps of its pulses, where they are not the table's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub onset: Option<Onsets>,
    /// Its gap, where that is not the table's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<Choice>,
}

fn one() -> u32 {
    1
}

impl TruthTable {
    /// Draws row, jitter and gap, in this order.
    pub(super) fn draft(&self, parts: &TaskParts, chance: &mut Normal) -> Draft {
        let row = self.draw(chance);
        let jitter = self.jitter.draw(chance);
        let gap = row.gap.as_ref().unwrap_or(&self.gap).draw(chance);
        let mut pulses = Vec::new();
        for (channel, &amplitude) in row.inputs.iter().enumerate() {
            if amplitude == 0.0 {
                continue;
            }
            let hann = self.hann.as_ref().map(|hann| hann.of(channel)).filter(|&hann| hann > 1);
            for &onset in self.onset_of(row).of(channel) {
                let pulse = pulse(channel, onset + jitter, self.width.of(channel), amplitude);
                pulses.push(Pulse { hann, ..pulse });
            }
        }
        let from = self.stimulus_end(row) as u32 + jitter + gap;
        let ask = |(output, &level): (usize, &f64)| {
            let target = Target::Held { level, settle: parts.settle };
            Asked { output, from, to: parts.end(), target }
        };
        let asked = row.answer.iter().enumerate().map(ask).collect();
        Draft { name: row.title(), pulses, levels: None, asked }
    }

    fn draw(&self, chance: &mut Normal) -> &Row {
        let whole: u32 = self.rows.iter().map(|row| row.weight).sum();
        let mut left = chance.integer(0, whole - 1);
        for row in &self.rows {
            if left < row.weight {
                return row;
            }
            left -= row.weight;
        }
        &self.rows[0]
    }

    fn onset_of<'a>(&'a self, row: &'a Row) -> &'a Onsets {
        row.onset.as_ref().unwrap_or(&self.onset)
    }

    /// The end of the last pulse of a row, whether or not its level is 0.
    fn stimulus_end(&self, row: &Row) -> u64 {
        let onsets = self.onset_of(row);
        let ends = (0..row.inputs.len()).flat_map(|channel| {
            let width = u64::from(self.width.of(channel));
            onsets.of(channel).iter().map(move |&onset| u64::from(onset) + width)
        });
        ends.max().unwrap_or(0)
    }

    pub(super) fn check(&self, parts: &TaskParts) -> Result<(), TaskError> {
        let channels = parts.channels.len();
        check::onsets("trials.onset", &self.onset, channels)?;
        let longest = if self.hann.is_some() { SMOOTHED } else { parts.steps };
        check::per_channel("trials.width", &self.width, channels, longest)?;
        if let Some(hann) = &self.hann {
            check::per_channel("trials.hann", hann, channels, SMOOTHED)?;
        }
        check::choice("trials.gap", &self.gap)?;
        check::choice("trials.jitter", &self.jitter)?;
        some("trials.rows", self.rows.len())?;
        for (number, row) in self.rows.iter().enumerate() {
            self.check_row(&format!("trials.rows[{number}]"), row, parts)?;
        }
        let whole: u64 = self.rows.iter().map(|row| u64::from(row.weight)).sum();
        let fine = whole > 0 && whole < u64::from(u32::MAX);
        require("trials.rows", fine, format!("of weight {whole}"), "a weight from 1 to 4e9")
    }

    fn check_row(&self, at: &str, row: &Row, parts: &TaskParts) -> Result<(), TaskError> {
        exactly(format!("{at}.inputs"), row.inputs.len(), parts.channels.len(), "channels")?;
        exactly(format!("{at}.answer"), row.answer.len(), parts.outputs.len(), "outputs")?;
        for (number, value) in row.inputs.iter().enumerate() {
            level(format!("{at}.inputs[{number}]"), *value)?;
        }
        for (number, value) in row.answer.iter().enumerate() {
            level(format!("{at}.answer[{number}]"), *value)?;
        }
        let own_onset = format!("{at}.onset");
        if let Some(onset) = &row.onset {
            check::onsets(&own_onset, onset, parts.channels.len())?;
        }
        let own_gap = format!("{at}.gap");
        if let Some(gap) = &row.gap {
            check::choice(&own_gap, gap)?;
        }
        let end = parts.end();
        let jitter = u64::from(self.jitter.largest());
        let starts = (0..row.inputs.len()).flat_map(|channel| self.onset_of(row).of(channel));
        let start = starts.copied().max().unwrap_or(0);
        let field = if row.onset.is_some() { own_onset.as_str() } else { "trials.onset" };
        let latest = format!("a step before {end}, with jitter up to {jitter}");
        require(field, u64::from(start) + jitter < u64::from(end), start, latest)?;
        let gap = row.gap.as_ref().unwrap_or(&self.gap).largest();
        let answer = self.stimulus_end(row) + jitter + u64::from(gap);
        let judged = answer + u64::from(parts.settle);
        let field = if row.gap.is_some() { own_gap.as_str() } else { "trials.gap" };
        let expected = format!(
            "a gap that leaves time for the answer: row {at} is answered from step {answer} and \
             judged from {judged}, and the end is {end}"
        );
        require(field, judged < u64::from(end), format!("up to {gap}"), expected)
    }
}

impl Row {
    fn title(&self) -> String {
        self.name.clone().unwrap_or_else(|| {
            let values: Vec<String> = self.inputs.iter().map(f64::to_string).collect();
            format!("({})", values.join(","))
        })
    }
}
