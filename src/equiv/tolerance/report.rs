//! The outcome of a study, as data and as text.

use std::fmt::{self, Display, Formatter};

use crate::{
    equiv::tolerance::{Distribution, Model, Noise, Time, ToleranceOptions},
    units::{count, format_number, si},
};

/// The outcome of a study. What is infinite, the deviation of a draw that leaves the
/// finite numbers, is `null` in JSON.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct ToleranceReport {
    /// Share of the draws that pass; `None` where nothing says what would.
    #[serde(rename = "yield")]
    pub share: Option<f64>,
    /// Its Clopper-Pearson interval at 95 %, low and high.
    pub confidence: Option<[f64; 2]>,
    /// Draws that pass.
    pub passed: Option<usize>,
    /// Draws.
    pub draws: usize,
    /// Name of the stimulus set.
    pub task: String,
    /// Step of the map, or largest step of the flow, model time units.
    pub step: f64,
    /// The choices.
    pub options: ToleranceOptions,
    /// Number of values that are drawn.
    pub components: usize,
    /// Whether the network without errors is right in every judged trial.
    pub nominal_right: Option<bool>,
    /// Whether the components pass as they are bought: of their series, with the gain of
    /// their op-amps, and without further errors.
    pub nominal_passes: Option<bool>,
    /// The deviation of those.
    pub nominal_deviation: f64,
    /// Largest difference of an output to the network without errors, over the draws.
    pub deviation: Deviation,
    /// The draw with the largest deviation.
    pub worst: Worst,
    /// The trials one by one.
    pub trials: Vec<TrialYield>,
    /// The components that matter most, the first most.
    pub ranking: Vec<Ranked>,
    /// Trials without a part in the ranking, because they rest at an unstable point, where
    /// the first order says nothing.
    pub unranked: usize,
    /// The noise at the outputs, where it was asked for.
    pub noise: Option<Noise>,
    /// The draws one by one.
    #[serde(skip)]
    pub outcomes: Vec<Outcome>,
}

/// What became of a draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// Largest difference of an output.
    pub deviation: f64,
    /// Whether it passes; `None` where nothing says what would.
    pub passes: Option<bool>,
}

/// Statistics of the largest difference of an output, model units.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Deviation {
    /// Half of the draws have less.
    pub median: f64,
    /// 95 % of the draws have less.
    pub p95: f64,
    /// The largest.
    pub worst: f64,
}

/// The draw with the largest deviation.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Worst {
    /// Seed of the study.
    pub seed: u64,
    /// Its number, from 0: with the seed it gives the same components again.
    pub draw: usize,
    /// The trial of the deviation, from 1.
    pub trial: usize,
    /// The deviation.
    pub deviation: f64,
    /// Whether it passes all the same.
    pub passes: Option<bool>,
}

/// One trial over all draws.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct TrialYield {
    /// Its name.
    pub name: String,
    /// Whether the network without errors is right.
    pub nominal: Option<bool>,
    /// Draws that are right.
    pub right: usize,
}

/// A component and what it does.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Ranked {
    /// Its name in the deck; a parameter of an instance after a point.
    pub element: String,
    /// Its value as bought: ohm, F, V, A, a weight, or 1 for the height of sigma.
    pub value: f64,
    /// Bound of its error: relative, of an offset in V, of a bias current in A.
    pub tolerance: f64,
    /// What an error of that bound does to the mean output that decides, counted away
    /// from the border of the rule; to first order, in the trial where it is largest.
    pub influence: f64,
    /// False where the influence is so much larger than what was seen in any draw that the
    /// first order says nothing: the network rests at an unstable point in that trial.
    pub first_order: bool,
}

impl Deviation {
    /// The statistics of a list that is not empty; the values at the ranks from below.
    pub(super) fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let last = values.len() - 1;
        let at = |share: f64| values[(share * last as f64).round() as usize];
        Self { median: at(0.5), p95: at(0.95), worst: values[last] }
    }
}

impl ToleranceReport {
    /// The yield in one line.
    #[must_use]
    pub fn headline(&self) -> String {
        match (self.share, self.confidence, self.passed) {
            (Some(share), Some([low, high]), Some(passed)) => format!(
                "YIELD {:.1} %: {passed} of {}, 95 % confidence {:.1} to {:.1} % (Clopper-Pearson)",
                100.0 * share,
                count(self.draws, "draw"),
                100.0 * low,
                100.0 * high
            ),
            _ => "NO YIELD: the stimuli judge nothing; --within says how far an output may be off"
                .to_owned(),
        }
    }
}

impl Display for ToleranceReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.headline())?;
        self.errors(f)?;
        self.outcome(f)?;
        self.by_trial(f)?;
        self.ranks(f)
    }
}

impl ToleranceReport {
    fn errors(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let o = &self.options;
        let what = match o.model {
            Model::Weights => "weights",
            Model::Circuit => "components",
            Model::Deck => "elements of the deck",
        };
        let how = match o.distribution {
            Distribution::Uniform => "uniform",
            Distribution::Normal => "normal, cut at 3 standard deviations",
        };
        write!(f, "errors      {} {what}, {} % {how}", self.components, show(100.0 * o.tolerance))?;
        if let Some(series) = o.series {
            write!(f, "; resistors of {series:?}")?;
        }
        for part in properties(o) {
            write!(f, "; {part}")?;
        }
        let time = match o.time {
            Time::Map => format!("the discrete map, step {}", show(self.step)),
            Time::Flow => format!("the continuous flow, steps of at most {}", show(self.step)),
        };
        writeln!(f, "\ntime        {time}; seed {}", o.seed)
    }

    fn outcome(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let d = &self.deviation;
        writeln!(
            f,
            "deviation   median {:.2e}, 95 % of draws below {:.2e}, worst {:.2e} (largest difference of an output)",
            d.median, d.p95, d.worst
        )?;
        let o = &self.options;
        let fixed = o.series.is_some() || o.gain_used().is_some() || o.wire > 0.0;
        if fixed || o.warmth() != 1.0 {
            let passes = self.nominal_passes.map_or("", |p| if p { ", passes" } else { ", fails" });
            writeln!(f, "as bought   {:.2e}{passes}", self.nominal_deviation)?;
        }
        self.noisy(f)?;
        let w = &self.worst;
        let passes = w.passes.map_or("", |p| if p { ", passes" } else { ", fails" });
        writeln!(f, "worst       draw {} of seed {}, trial {}{passes}", w.draw, w.seed, w.trial)
    }

    fn noisy(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (Some(noise), Some(own)) = (&self.noise, self.options.noise) else { return Ok(()) };
        let source = format!("resistors, op-amps of {}", si(own, "V/rtHz"));
        if noise.grows.len() < noise.rms.len() {
            writeln!(
                f,
                "noise       rms at most {:.2e}, at the end of trial {} in output {} ({source}{})",
                noise.largest,
                noise.trial,
                noise.output,
                // Within no bandwidth its power would be infinite.
                if self.options.gbw_used().is_none() {
                    "; without that of output stages, for which --gbw is needed"
                } else {
                    ""
                }
            )?;
        }
        if !noise.grows.is_empty() {
            let trials: Vec<String> = noise.grows.iter().map(usize::to_string).collect();
            writeln!(
                f,
                "noise       grows from an unstable point in trial {}: it decides there ({source})",
                trials.join(", ")
            )?;
        }
        Ok(())
    }

    fn by_trial(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.nominal_right.is_none() {
            return Ok(());
        }
        writeln!(f, "\n{:<24} {:>10} {:>12}", "trial", "no errors", "draws right")?;
        for trial in self.trials.iter().filter(|trial| trial.nominal.is_some()) {
            let nominal = if trial.nominal == Some(true) { "right" } else { "WRONG" };
            let share = 100.0 * trial.right as f64 / self.draws as f64;
            writeln!(f, "{:<24} {nominal:>10} {share:>10.1} %", trial.name)?;
        }
        Ok(())
    }

    fn ranks(&self, f: &mut Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 10;
        let mut beyond = false;
        let unit = if self.nominal_right.is_some() { "margin" } else { "output" };
        writeln!(f, "\n{:<12} {:>14} {:>10} {:>12}", "component", "value", "error", unit)?;
        for ranked in self.ranking.iter().take(SHOWN) {
            let absolute = match ranked.element.rsplit_once('.') {
                Some((_, "os")) => Some("V"),
                Some((_, "ib")) => Some("A"),
                _ => None,
            };
            let error = match absolute {
                Some(unit) => si(ranked.tolerance, unit),
                None => format!("{} %", show(100.0 * ranked.tolerance)),
            };
            let value = format!("{:.6}", ranked.value);
            let value = if absolute.is_some() || ranked.value.abs() < 1e-3 {
                format_number(ranked.value)
            } else {
                value
            };
            let influence = match ranked.first_order {
                true => format!("{:.2e}", ranked.influence),
                false => "large".to_owned(),
            };
            beyond |= !ranked.first_order;
            writeln!(f, "{:<12} {value:>14} {error:>10} {influence:>12}", ranked.element)?;
        }
        writeln!(
            f,
            "{unit}: what an error of that size changes, by the adjoint equation, to first order"
        )?;
        match (beyond, self.unranked) {
            (_, 0) => Ok(()),
            (true, _) => writeln!(
                f,
                "large: beyond what any draw did: every trial rests at an unstable point, and the first order says nothing"
            ),
            (false, left_out) => writeln!(
                f,
                "{} left out: at an unstable point the first order says nothing",
                count(left_out, "trial")
            ),
        }
    }
}

/// The properties of the parts that are not ideal.
fn properties(o: &ToleranceOptions) -> Vec<String> {
    let above_zero = |value: f64| (value > 0.0).then_some(value);
    let mut all = Vec::new();
    all.extend(above_zero(o.offset).map(|v| format!("offset {}", si(v, "V"))));
    all.extend(above_zero(o.bias_current).map(|i| format!("bias current {}", si(i, "A"))));
    all.extend(o.gain_used().map(|gain| format!("open-loop gain {}", show(gain))));
    all.extend(o.gbw_used().map(|f| format!("gain-bandwidth product {}", si(f, "Hz"))));
    all.extend(o.slew.map(|slew| format!("slew rate {}", si(slew, "V/s"))));
    all.extend(
        above_zero(o.output_resistance).map(|r| format!("output resistance {}", si(r, "ohm"))),
    );
    all.extend(o.rails.map(|v| format!("rails of {}", si(v, "V"))));
    all.extend(above_zero(o.wire).map(|r| format!("wires of {}", si(r, "ohm"))));
    if o.warmth() != 1.0 {
        all.push(format!("{} degrees Celsius", show(o.celsius)));
        all.extend(above_zero(o.drift).map(|tc| format!("drift {} ppm/K", show(1e6 * tc))));
    }
    all.extend(above_zero(o.sigma).map(|share| format!("sigma {} %", show(100.0 * share))));
    all
}

/// A number without the digits of its rounding.
fn show(value: f64) -> String {
    format!("{value:.6e}").parse().map_or_else(|_| value.to_string(), |v: f64| v.to_string())
}
