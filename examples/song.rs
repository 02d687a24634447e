//! A song of one syllable, sung fourteen times: made, segmented, aligned and averaged.
//!
//! The syllable has three parts of different loudness and a rising pitch. It comes each
//! time at its own pace and loudness; one that comes in between is another. White noise
//! lies 20 dB below the loudest. `examples/song.wav`, on which `docs/signals.md` works, is
//! what this writes where a file is named:
//!
//! ```text
//! cargo run --release --example song
//! cargo run --release --example song -- song.wav
//! ```
#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "an example writes a file")]

use std::error::Error;
use std::f64::consts::PI;

use analogon::signal::{
    align::{ElasticOptions, align_warp},
    envelope::{MeanOptions, SegmentOptions, mean_envelope, segments},
    synthetic::NumpyRandom,
};

/// Samples a second, and their number.
const RATE: u32 = 8000;
const SAMPLES: usize = 48_000;
const SYLLABLES: u32 = 14;
/// The one that is another.
const FOREIGN: u32 = 8;

/// How loud the syllable is, 0 to 1, at a part of its length.
fn loudness(part: f64) -> f64 {
    let hump = |at: f64, width: f64| (-((part - at) / width).powi(2)).exp();
    0.9 * hump(0.24, 0.12) + 0.6 * hump(0.51, 0.09) + 0.75 * hump(0.76, 0.10)
}

/// The other one falls from its beginning.
fn other(part: f64) -> f64 {
    0.8 * (1.0 - part) * (40.0 * part).tanh()
}

/// The song, between -1 and 1.
fn song() -> Vec<f64> {
    let mut random = NumpyRandom::new(&[2018]);
    let mut song = vec![0.0; SAMPLES];
    let mut start = 0.15;
    for number in 0..SYLLABLES {
        let length = 0.24 * (1.0 + 0.12 * random.normal().clamp(-1.5, 1.5));
        let loud = 0.8 * (0.15 * random.normal()).exp();
        let shape = if number == FOREIGN { other } else { loudness };
        let first = (start * f64::from(RATE)) as usize;
        let count = (length * f64::from(RATE)) as usize;
        for (k, sample) in song.iter_mut().skip(first).take(count).enumerate() {
            let part = k as f64 / count as f64;
            // From 1 to 2.5 kHz.
            let phase = 2.0 * PI * length * (1000.0 * part + 750.0 * part * part);
            *sample += loud * shape(part) * phase.sin();
        }
        start += length + 0.15 + 0.05 * random.normal().abs();
    }
    let loudest = song.iter().map(|x| x.abs()).max_by(f64::total_cmp).unwrap_or(1.0);
    let noise = 0.1 * 0.5_f64.sqrt();
    song.iter().map(|x| (x / loudest + noise * random.normal()) / 1.6).collect()
}

/// A sound of 16 bits.
fn sound(song: &[f64]) -> Vec<u8> {
    let size = 2 * song.len() as u32;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((size + 36).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(RATE.to_le_bytes());
    bytes.extend((2 * RATE).to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend(size.to_le_bytes());
    bytes.extend(song.iter().flat_map(|x| ((f64::from(i16::MAX) * x) as i16).to_le_bytes()));
    bytes
}

fn main() -> Result<(), Box<dyn Error>> {
    let song = song();
    if let Some(path) = std::env::args().nth(1) {
        return Ok(std::fs::write(path, sound(&song))?);
    }
    let rate = f64::from(RATE);
    let envelope = mean_envelope(&song, rate, &MeanOptions::default())?;
    let found = segments(&song, rate, &SegmentOptions::default())?;
    println!("{} sounds, smoothed below {:.0} Hz", found.len(), envelope.settings.cutoff);
    // Some of the silence on both sides, so that a segment may be stretched.
    let cut: Vec<&[f64]> =
        found.iter().map(|sound| &envelope.values[sound.onset - 400..sound.offset + 400]).collect();
    let alignment = align_warp(&cut, &ElasticOptions::default())?;
    let mean = alignment.sd.iter().sum::<f64>() / alignment.sd.len() as f64;
    println!("average of {} instants, standard deviation {mean:.4}", alignment.average.len());
    for (number, _) in alignment.is_outlier.iter().enumerate().filter(|(_, other)| **other) {
        println!("sound {number} is another");
    }
    Ok(())
}
