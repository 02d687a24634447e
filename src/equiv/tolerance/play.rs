//! Many trials at once: four of them are the lanes of every product.

mod lagging;
mod vector;

use nalgebra::DMatrix;

use crate::{
    equiv::{certainty::Field, tolerance::effective::Effective},
    rnn::{Form, Rnn},
    task::{Stimulus, StimulusSet},
};

use lagging::Lagging;
use vector::{LANES, Lanes, accumulate, activate, add};

/// How time passes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::equiv) enum Pace {
    /// The discrete map `h + d F(h, x)`. Where d does not divide the unit of time, in which
    /// inputs change, a step meets the mean of the levels that are held within it.
    Map(f64),
    /// Runge and Kutta's rule of order 4 with steps of at most that.
    Flow(f64),
    /// Steps that grow from the first after every corner to the largest, for op-amps that
    /// lag behind.
    Graded { first: f64, largest: f64 },
}

/// Largest step of a flow, in units of its shortest time constant: Runge and Kutta's rule of
/// order 4 is then off by a few 1e-4.
pub(in crate::equiv) const FLOW_STEP: f64 = 0.25;

/// That step of a network, model time units; less where its weights make it faster than its
/// leaks are, since the rule is stable up to 2.8 times the shortest time only.
pub(in crate::equiv) fn flow_step(network: &Rnn) -> f64 {
    let by_leak = FLOW_STEP / network.parts().leak.max();
    let by_weights = 1.0 / Field::of_network(network).steepness();
    if by_weights < by_leak { by_weights } else { by_leak }
}

/// How much of the time since a corner a graded step may be.
const GROWTH: f64 = 0.25;
/// Least number of records of a trial that is followed as a flow.
const RECORDS: f64 = 64.0;

/// What an output did in one trial.
#[derive(Clone, Debug, PartialEq)]
pub struct Trajectory {
    /// The times, model time units.
    pub times: Vec<f64>,
    /// All outputs at each of them; the units of a network without outputs.
    pub outputs: Vec<Vec<f64>>,
}

/// One step of a block.
struct Step {
    length: f64,
    inputs: Drive,
    record: bool,
}

/// The inputs of a step, by channel.
enum Drive {
    /// Held.
    Held(Vec<Lanes>),
    /// At the start, in the middle and at the end.
    Straight([Vec<Lanes>; 3]),
}

/// Up to four trials that run together.
pub(in crate::equiv) struct Block {
    steps: Vec<Step>,
    /// Per lane its times.
    times: Vec<Vec<f64>>,
}

impl Block {
    /// The blocks of all trials, in order.
    pub(in crate::equiv) fn of(stimuli: &StimulusSet, pace: Pace) -> Vec<Self> {
        let all: Vec<Stimulus> =
            (0..stimuli.trials().len()).map(|at| stimuli.stimulus(at)).collect();
        all.chunks(LANES).map(|lanes| Self::new(lanes, pace)).collect()
    }

    /// Up to four trials.
    pub(in crate::equiv) fn new(lanes: &[Stimulus], pace: Pace) -> Self {
        match pace {
            Pace::Map(step) => Self::map(lanes, step),
            Pace::Flow(largest) => Self::flow(lanes, largest, largest),
            Pace::Graded { first, largest } => Self::flow(lanes, first, largest),
        }
    }

    fn map(lanes: &[Stimulus], step: f64) -> Self {
        let divides = ((1.0 / step).round() * step - 1.0).abs() <= 1e-9;
        let count = |s: &Stimulus| match s.duration() / step {
            whole if divides => whole.round() as usize,
            // The last step reaches beyond the end.
            parts => (parts - 1e-9).ceil() as usize,
        };
        let counts: Vec<usize> = lanes.iter().map(count).collect();
        let longest = counts.iter().copied().max().unwrap_or(0);
        let plain: Vec<Stimulus> =
            lanes.iter().map(|s| s.with_edge(0.0).unwrap_or_else(|_| s.clone())).collect();
        let steps = (0..longest)
            .map(|k| {
                let from = k as f64 * step;
                let inputs = inputs(&plain, |stimulus, channel| match divides {
                    true => stimulus.held(channel, (k as f64 + 0.5) * step),
                    false => mean_level(stimulus, channel, (from, from + step)),
                });
                Step { length: step, inputs: Drive::Held(inputs), record: true }
            })
            .collect();
        let times =
            counts.iter().map(|&count| (0..=count).map(|k| k as f64 * step).collect()).collect();
        Self { steps, times }
    }

    /// Steps end at every corner of every lane, so that inputs are straight within them,
    /// and where outputs are recorded: at whole units of time, and in short trials at
    /// halves, quarters and so on.
    fn flow(lanes: &[Stimulus], first: f64, largest: f64) -> Self {
        let end = lanes.iter().map(Stimulus::duration).max_by(f64::total_cmp).unwrap_or(0.0);
        let mut unit = 1.0;
        while end < RECORDS * unit {
            unit *= 0.5;
        }
        let mut stops: Vec<(f64, bool)> =
            (0..=(end / unit).floor() as usize).map(|k| (k as f64 * unit, true)).collect();
        let mut corners = vec![0.0];
        for lane in lanes {
            corners.extend(lane.corners());
            stops.extend(lane.corners().iter().map(|&t| (t, false)));
            stops.push((lane.duration(), true));
        }
        corners.sort_by(f64::total_cmp);
        stops.sort_by(|a, b| a.0.total_cmp(&b.0));
        stops.dedup_by(|next, kept| {
            let same = next.0 - kept.0 <= 1e-12 * end;
            kept.1 |= same && next.1;
            same
        });
        let mut steps = Vec::new();
        for pair in stops.windows(2) {
            let (from, (to, record)) = (pair[0].0, pair[1]);
            let passed = corners.partition_point(|&corner| corner <= from + 1e-12 * end);
            let corner = corners[passed - 1];
            let times = graded((from, to), corner, (first, largest));
            for (k, &length) in times.iter().enumerate() {
                let start = from + times[..k].iter().sum::<f64>();
                let record = record && k + 1 == times.len();
                steps.push(Step { length, inputs: straight(lanes, start, length), record });
            }
        }
        let times = lanes.iter().map(|lane| {
            let recorded = stops.iter().filter(|(t, r)| *r && *t <= lane.duration());
            recorded.map(|(t, _)| *t).collect()
        });
        Self { steps, times: times.collect() }
    }

    /// The trials of the block, from the state 0.
    pub(in crate::equiv) fn run(&self, network: &Effective) -> Vec<Trajectory> {
        let (n, _, outputs) = network.shape();
        let mut plant = Plant::new(network);
        let mut state = vec![[0.0; LANES]; n];
        let mut rows = vec![plant.outputs(&state, outputs)];
        let mut lagging = network.fast.as_ref().map(|fast| Lagging::new(network, fast));
        for step in &self.steps {
            match &mut lagging {
                Some(lagging) => lagging.advance(step),
                None => plant.advance(&mut state, step),
            }
            if step.record {
                rows.push(match &lagging {
                    Some(lagging) => lagging.outputs(),
                    None => plant.outputs(&state, outputs),
                });
            }
        }
        let lanes = self.times.iter().enumerate();
        lanes
            .map(|(lane, times)| Trajectory {
                times: times.clone(),
                outputs: rows[..times.len()]
                    .iter()
                    .map(|row| row.iter().map(|value| value[lane]).collect())
                    .collect(),
            })
            .collect()
    }
}

/// The mean of the levels that a stimulus without edges holds from one time to another.
fn mean_level(stimulus: &Stimulus, channel: usize, (from, to): (f64, f64)) -> f64 {
    let corners = stimulus.corners();
    let first = corners.partition_point(|&t| t <= from);
    let inside = corners[first..].iter().copied().take_while(|&t| t < to);
    let (mut sum, mut before) = (0.0, from);
    for next in inside.chain([to]) {
        sum += (next - before) * stimulus.held(channel, 0.5 * (before + next));
        before = next;
    }
    sum / (to - from)
}

/// The lengths of the steps between two times, after a corner.
fn graded((from, to): (f64, f64), corner: f64, (first, largest): (f64, f64)) -> Vec<f64> {
    let mut lengths = Vec::new();
    let mut now = from;
    loop {
        let grown = GROWTH * (now - corner);
        let wanted = if grown < first { first } else { grown };
        let full = !(wanted < largest);
        let length = if full { largest } else { wanted };
        // The rest evenly, where steps no longer grow.
        if full || to - now <= length {
            let count = ((to - now) / length).ceil() as usize;
            lengths.extend(std::iter::repeat_n((to - now) / count as f64, count));
            return lengths;
        }
        lengths.push(length);
        now += length;
    }
}

/// The inputs of a step: straight on, since at a true step the value is that after it.
fn straight(lanes: &[Stimulus], start: f64, length: f64) -> Drive {
    let at = |t: f64| move |s: &Stimulus, channel: usize| s.value(channel, t);
    let first = inputs(lanes, at(start));
    let middle = inputs(lanes, at(start + 0.5 * length));
    let last = first.iter().zip(&middle).map(|(a, b)| {
        let mut lanes = *b;
        lanes.iter_mut().zip(a).for_each(|(b, a)| *b += *b - a);
        lanes
    });
    let last = last.collect();
    Drive::Straight([first, middle, last])
}

/// One input of every lane after the other; lanes that are not used stay at rest.
fn inputs(lanes: &[Stimulus], value: impl Fn(&Stimulus, usize) -> f64) -> Vec<Lanes> {
    let channels = lanes.first().map_or(0, Stimulus::channels);
    (0..channels)
        .map(|channel| {
            let mut all = [0.0; LANES];
            all.iter_mut().zip(lanes).for_each(|(slot, lane)| *slot = value(lane, channel));
            all
        })
        .collect()
}

/// A network with its weights in rows, and room to work.
struct Plant<'a> {
    network: &'a Effective,
    rows: Vec<f64>,
    input: Vec<f64>,
    readout: Vec<f64>,
    rates: Vec<Lanes>,
    entering: Vec<Lanes>,
    slope: Vec<Lanes>,
    moved: Vec<Lanes>,
    sum: Vec<Lanes>,
}

impl<'a> Plant<'a> {
    fn new(network: &'a Effective) -> Self {
        let room = vec![[0.0; LANES]; network.recurrent.nrows()];
        Self {
            network,
            rows: by_rows(&network.recurrent),
            input: by_rows(&network.input),
            readout: by_rows(&network.readout),
            rates: room.clone(),
            entering: room.clone(),
            slope: room.clone(),
            moved: room.clone(),
            sum: room,
        }
    }

    fn advance(&mut self, state: &mut [Lanes], step: &Step) {
        let d = step.length;
        let [first, middle, last] = match &step.inputs {
            Drive::Held(inputs) => {
                self.rate(state, inputs);
                return add(state, d, &self.slope);
            }
            Drive::Straight(inputs) => inputs,
        };
        let mut moved = std::mem::take(&mut self.moved);
        let mut sum = std::mem::take(&mut self.sum);
        self.rate(state, first);
        sum.copy_from_slice(&self.slope);
        for (weight, ahead, input) in [(2.0, 0.5, middle), (2.0, 0.5, middle), (1.0, 1.0, last)] {
            moved.copy_from_slice(state);
            add(&mut moved, ahead * d, &self.slope);
            self.rate(&moved, input);
            add(&mut sum, weight, &self.slope);
        }
        add(state, d / 6.0, &sum);
        (self.moved, self.sum) = (moved, sum);
    }

    /// d state / dt, into `slope`.
    fn rate(&mut self, state: &[Lanes], input: &[Lanes]) {
        let network = self.network;
        if network.form == Form::B {
            activate(network.activation, state, &mut self.rates);
        }
        for (z, bias) in self.entering.iter_mut().zip(&network.bias) {
            *z = [*bias; LANES];
        }
        let rails = if network.form == Form::A { state } else { &self.rates };
        accumulate(&self.rows, rails, &mut self.entering);
        accumulate(&self.input, input, &mut self.entering);
        if network.form == Form::A {
            activate(network.activation, &self.entering, &mut self.slope);
        }
        let coefficients = network.leak.iter().zip(&network.gain);
        let pairs = self.slope.iter_mut().zip(&self.entering).zip(state);
        for (((slope, z), now), (leak, gain)) in pairs.zip(coefficients) {
            for lane in 0..LANES {
                slope[lane] = match network.form {
                    Form::A => gain * slope[lane] - leak * now[lane],
                    Form::B => leak * (z[lane] - now[lane]),
                };
            }
        }
    }

    fn outputs(&mut self, state: &[Lanes], count: usize) -> Vec<Lanes> {
        let network = self.network;
        if network.form == Form::B {
            activate(network.activation, state, &mut self.rates);
        }
        let read = if network.form == Form::A { state } else { &self.rates };
        let mut y: Vec<Lanes> = (0..count).map(|k| [network.readout_bias[k]; LANES]).collect();
        accumulate(&self.readout, read, &mut y);
        y
    }
}

fn by_rows(matrix: &DMatrix<f64>) -> Vec<f64> {
    matrix.transpose().as_slice().to_vec()
}
