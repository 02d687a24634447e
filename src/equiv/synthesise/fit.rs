//! Scales and components that fit a stock.
//!
//! Every resistor of a realisation is a base times a number that the network says: the
//! feedback Rf times V0 / (Vs |w|) for a weight that enters a summing amplifier, T / C
//! times 1 / lambda for a leak. Voltages are chosen first, so that no stage leaves the
//! rails; then each base, so that the least and the largest of its resistors lie in the
//! middle of the range.

mod notes;
mod plan;

use crate::{
    equiv::{
        Realisation, Stock, SynthesisError, SynthesisOptions,
        synthesise::{Volts, passive_volts},
    },
    rnn::{Form, Rnn},
};

use plan::Plan;

/// What is not to be chosen but given.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Fixed {
    /// Seconds per model time unit.
    pub time_unit: Option<f64>,
    /// Capacitance of every unit, F.
    pub capacitance: Option<f64>,
    /// Feedback resistance, ohm.
    pub feedback: Option<f64>,
}

/// A component that no choice brings into its range.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Outside {
    /// Its name in the deck.
    pub name: String,
    /// ohm or F.
    pub value: f64,
    /// The coefficient of the network that it stands for, where it is one.
    pub weight: Option<f64>,
    /// The sum that a weight enters, the units' before the outputs'.
    #[serde(skip)]
    stage: usize,
}

/// A choice of scales and components.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// What to synthesise with; its notes explain the choice.
    pub options: SynthesisOptions,
    /// The components that do not fit, the worst first.
    pub outside: Vec<Outside>,
    /// What the summing stages of the units and of the outputs reach at most, V; `None`
    /// for an activation without a ceiling.
    pub reach: Option<[f64; 2]>,
    /// A bound of what any op-amp delivers, A.
    pub load: f64,
}

/// Voltages that scales are chosen among: 1 V and its halves, which do not round.
const HALVES: i32 = 40;

/// Chooses voltages, Rf, C and, where 1 ms does not do, the unit of time.
///
/// `largest` is the largest modulus of an input, in its model unit. `options` say what
/// is built; of the rest only what `fixed` holds is kept.
///
/// # Errors
///
/// [`SynthesisError::Option`] where the rails leave no scale, [`SynthesisError::NoChoice`]
/// for the realisation `ota`.
pub fn fit(
    network: &Rnn,
    largest: f64,
    options: &SynthesisOptions,
    stock: &Stock,
    fixed: &Fixed,
) -> Result<Fit, SynthesisError> {
    if options.realisation == Realisation::Ota {
        return Err(SynthesisError::NoChoice);
    }
    let mut chosen = options.clone();
    let bounds = Bounds::of(network, largest);
    let volts = volts(network, largest, (&bounds, options.realisation), stock)?;
    chosen.volts = Some(volts);
    chosen.rails = stock.rails;
    let plan = Plan { network, volts, realisation: options.realisation, largest };
    let (mut amplified, passive) = plan.groups();
    let reach = bounds.reach(&volts);
    // A summing stage also drives its own feedback.
    amplified.loads.extend(reach.into_iter().flatten());
    let [low, high] = stock.resistors;
    chosen.feedback = match (fixed.feedback, amplified.window(stock)) {
        (Some(given), _) => given,
        (None, Some(window)) => rounded(window),
        (None, None) => chosen.feedback,
    };
    chosen.time_unit = fixed.time_unit.unwrap_or(chosen.time_unit);
    if let Some(window) = passive.window(stock) {
        (chosen.time_unit, chosen.capacitance) = storage(window, chosen.time_unit, stock, fixed);
    }
    chosen.capacitance = fixed.capacitance.unwrap_or(chosen.capacitance);
    let base = chosen.time_unit / chosen.capacitance;
    let values = amplified.resistors.iter().map(|m| (m, chosen.feedback));
    let mut outside: Vec<Outside> = values
        .chain(passive.resistors.iter().map(|m| (m, base)))
        .map(|(m, base)| Outside {
            name: m.name.clone(),
            value: m.factor * base,
            weight: m.weight,
            stage: m.stage,
        })
        // A value is written as it is, and so is a bound: rounding is no fault.
        .filter(|o| !(o.value >= low * (1.0 - 1e-9) && o.value <= high * (1.0 + 1e-9)))
        .collect();
    let far = |o: &Outside| if o.value > high { o.value / high } else { low / o.value };
    outside.sort_by(|a, b| far(b).total_cmp(&far(a)).then_with(|| a.name.cmp(&b.name)));
    let [least, most] = stock.capacitors;
    if !(chosen.capacitance >= least && chosen.capacitance <= most) {
        let (name, value) = ("C".to_owned(), chosen.capacitance);
        outside.push(Outside { name, value, weight: None, stage: 0 });
    }
    let load = amplified.load() / chosen.feedback + passive.load() / base;
    let mut fit = Fit { options: chosen, outside, reach, load };
    fit.options.notes = fit.notes(stock);
    Ok(fit)
}

/// The largest moduli of sums and outputs, model units.
struct Bounds {
    /// `None` where sigma has no ceiling.
    sums: Option<[f64; 2]>,
    /// The largest 1 / lambda, which the source of sigma delivers in form A.
    height: f64,
}

impl Bounds {
    fn of(network: &Rnn, largest: f64) -> Self {
        let parts = network.parts();
        let bounded = parts.activation.largest_value().is_some();
        let height = |unit: usize| if parts.form == Form::A { 1.0 / parts.leak[unit] } else { 1.0 };
        let units = network.units();
        let row = |weights: nalgebra::DMatrixView<'_, f64>, k: usize| -> f64 {
            (0..units).map(|j| weights[(k, j)].abs() * height(j)).sum()
        };
        let sum = |i: usize| {
            row(parts.recurrent.as_view(), i)
                + parts.input.row(i).lp_norm(1) * largest
                + parts.bias[i].abs()
        };
        let output =
            |k: usize| row(parts.readout.weights.as_view(), k) + parts.readout.bias[k].abs();
        let most =
            |values: &mut dyn Iterator<Item = f64>| values.max_by(f64::total_cmp).unwrap_or(0.0);
        let sums = [most(&mut (0..units).map(sum)), most(&mut (0..network.shape().2).map(output))];
        Self { sums: bounded.then_some(sums), height: most(&mut (0..units).map(height)) }
    }

    /// In volts.
    fn reach(&self, volts: &Volts) -> Option<[f64; 2]> {
        self.sums.map(|[sum, output]| [sum * volts.sum, output * volts.output])
    }
}

/// The largest of 1 V, 1/2 V, 1/4 V, ... of which `units` stay within the rails.
fn halved(units: f64, rails: Option<f64>) -> Result<f64, SynthesisError> {
    let Some(rails) = rails else { return Ok(1.0) };
    let mut volts = 1.0;
    for _ in 0..HALVES {
        if volts * units <= rails {
            return Ok(volts);
        }
        volts *= 0.5;
    }
    Err(SynthesisError::Option { name: "a scale that keeps within the rails", value: rails })
}

fn volts(
    network: &Rnn,
    largest: f64,
    (bounds, realisation): (&Bounds, Realisation),
    stock: &Stock,
) -> Result<Volts, SynthesisError> {
    let rails = stock.rails;
    let [sum, output] = bounds.sums.unwrap_or_default();
    let passive = network.parts().form == Form::B;
    let input = halved(largest, rails)?;
    let state = match (passive, realisation) {
        (true, Realisation::Opamp) => passive_volts(network, input),
        (true, _) => halved(sum, rails)?,
        (false, _) => halved(bounds.height, rails)?,
    };
    Ok(Volts { state, sum: halved(sum, rails)?, input, output: halved(output, rails)? })
}

/// The middle of a window, of one digit where one is inside.
fn rounded([low, high]: [f64; 2]) -> f64 {
    let middle = (low * high).sqrt();
    let inside = |v: &f64| *v >= low && *v <= high;
    nice(middle).into_iter().find(inside).unwrap_or(middle)
}

/// Values of the series 1, 2, 5 around `value`, the nearest first.
fn nice(value: f64) -> Vec<f64> {
    let decade = value.log10().floor() as i32;
    let digits = [1, 2, 5].into_iter();
    let mut all: Vec<f64> = (decade - 1..=decade + 1)
        .flat_map(|d| digits.clone().filter_map(move |digit| format!("{digit}e{d}").parse().ok()))
        .collect();
    let far = |v: f64| (v / value).ln().abs();
    all.sort_by(|a, b| far(*a).total_cmp(&far(*b)));
    all
}

/// Unit of time and capacitance for a window of T / C.
fn storage(window: [f64; 2], time_unit: f64, stock: &Stock, fixed: &Fixed) -> (f64, f64) {
    let [least, most] = stock.capacitors;
    let within = |time: f64| -> Option<f64> {
        let (low, high) = (time / window[1], time / window[0]);
        let low = if low > least { low } else { least };
        let high = if high < most { high } else { most };
        (low <= high).then(|| rounded([low, high]))
    };
    let found = within(time_unit).map(|c| (time_unit, c));
    let other = || {
        let middle = (window[0] * window[1] * least * most).sqrt();
        let time = format!("1e{}", middle.log10().round() as i32).parse().unwrap_or(middle);
        within(time).map(|c| (time, c))
    };
    let free = fixed.time_unit.is_none() && fixed.capacitance.is_none();
    found.or_else(|| if free { other() } else { None }).unwrap_or_else(|| {
        let wanted = time_unit / window[0];
        (
            time_unit,
            if wanted < least {
                least
            } else if wanted > most {
                most
            } else {
                wanted
            },
        )
    })
}
