//! From the fields of a trial to its inputs.

use crate::task::noise::Normal;
use crate::task::portable::cos_turns;
use crate::task::{Change, Pulse, SetParts, Stimulus, StimulusError, Trial};

/// The stimulus of a trial whose fields make sense.
pub(super) fn play(parts: &SetParts, trial: &Trial) -> Result<Stimulus, StimulusError> {
    let duration = trial.duration.unwrap_or(parts.duration);
    let changes =
        (0..parts.channels.len()).map(|channel| channel_changes(trial, channel, duration));
    Stimulus::new(duration, parts.edge, changes.collect())
}

/// What one channel of a trial holds from when on.
#[expect(
    clippy::cast_sign_loss,
    reason = "invariant: durations and times are checked to be at least 0"
)]
fn channel_changes(trial: &Trial, channel: usize, duration: f64) -> Vec<Change> {
    let pulses = trial.pulses.iter().filter(|pulse| pulse.channel == channel);
    let (smooth, square): (Vec<_>, Vec<_>) = pulses.partition(|pulse| pulse.hann.is_some());
    let by_step = trial.levels.is_some() || trial.noise.is_some() || !smooth.is_empty();
    let steps = if by_step { duration.ceil() as usize } else { 0 };
    let mut held = vec![0.0; steps];
    hold(trial, channel, &mut held);
    let mut times: Vec<f64> = (0..steps).map(|n| n as f64).collect();
    times.extend(square.iter().flat_map(|pulse| [pulse.onset, pulse.onset + pulse.width]));
    times.retain(|&t| t < duration);
    times.sort_by(f64::total_cmp);
    times.dedup();
    let level = |t: f64| {
        let on = square.iter().filter(|p| t >= p.onset && t < p.onset + p.width);
        held.get(t as usize).copied().unwrap_or(0.0) + on.map(|p| p.amplitude).sum::<f64>()
    };
    times.into_iter().map(|at| Change { at, level: level(at) }).collect()
}

/// What one channel holds step by step, square pulses left out.
fn hold(trial: &Trial, channel: usize, held: &mut [f64]) {
    if let Some(levels) = &trial.levels {
        held.copy_from_slice(&levels[channel]);
    }
    for pulse in trial.pulses.iter().filter(|pulse| pulse.channel == channel) {
        if pulse.hann.is_some() {
            add_smoothed(held, pulse);
        }
    }
    if let Some(noise) = &trial.noise {
        let mut normal = Normal::new(noise.seed, channel as u64);
        for level in held {
            *level += noise.sd * normal.sample();
        }
    }
}

/// The levels that [`play`] holds in each step, `[step * channels + channel]`, of
/// a checked trial whose times are whole.
#[expect(clippy::cast_sign_loss, reason = "invariant: times are checked to be at least 0")]
pub(super) fn play_steps(trial: &Trial, channels: usize, steps: usize) -> Vec<f32> {
    let mut inputs = vec![0.0; channels * steps];
    let (mut held, mut square) = (vec![0.0; steps], vec![0.0; steps]);
    for channel in 0..channels {
        held.fill(0.0);
        hold(trial, channel, &mut held);
        square.fill(0.0);
        let own = |pulse: &&Pulse| pulse.channel == channel && pulse.hann.is_none();
        for pulse in trial.pulses.iter().filter(own) {
            let (from, width) = (pulse.onset as usize, pulse.width as usize);
            square.iter_mut().skip(from).take(width).for_each(|level| *level += pulse.amplitude);
        }
        let levels = held.iter().zip(&square);
        for (row, (held, square)) in inputs.chunks_exact_mut(channels).zip(levels) {
            row[channel] = (held + square) as f32;
        }
    }
    inputs
}

/// Adds a smoothed pulse to the steps.
#[expect(clippy::cast_sign_loss, reason = "invariant: onset and width are whole and not negative")]
fn add_smoothed(held: &mut [f64], pulse: &Pulse) {
    let window = hann(pulse.hann.unwrap_or(1) as usize);
    let lead = (window.len() - 1) / 2;
    let on = pulse.onset as usize;
    let off = on.saturating_add(pulse.width as usize);
    for (step, level) in held.iter_mut().enumerate().take(off).skip(on) {
        // Step `step + lead - k` of the square pulse counts where there is one.
        let inside = |k: &usize| step + lead >= on + k && step + lead < off.saturating_add(*k);
        let weights = (0..window.len()).filter(inside).map(|k| window[k]);
        *level += pulse.amplitude * weights.sum::<f64>();
    }
}

/// The symmetric Hann window of a length, scaled to sum 1. Too short to hold
/// anything but zeros, it is the identity.
pub(super) fn hann(length: usize) -> Vec<f64> {
    if length < 3 {
        return vec![1.0];
    }
    let turns = |k: usize| k as f64 / (length - 1) as f64;
    let window: Vec<f64> = (0..length).map(|k| 0.5 - 0.5 * cos_turns(turns(k))).collect();
    let sum: f64 = window.iter().sum();
    window.into_iter().map(|weight| weight / sum).collect()
}
