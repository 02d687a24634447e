//! The mean envelope of a sound of any length, in little memory.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use analogon::signal::{
    envelope::{MeanOptions, MeanStream, mean_envelope},
    wav_header,
};
use serde::Serialize;

use crate::{
    envelope::input::{InputArgs, named},
    failure::Failure,
    files, json,
};

/// For programs.
#[derive(Serialize)]
struct Printed {
    method: &'static str,
    samples: u64,
    rate: f64,
    mean: f64,
    maximum: f64,
    /// What was measured, and on how many samples.
    cutoff: f64,
    noise: f64,
    frame: usize,
    measured: usize,
    /// Samples that a value waits for, at most.
    look_ahead: usize,
}

/// Writes a sound as it comes.
struct Output {
    path: PathBuf,
    file: BufWriter<File>,
    rate: u32,
}

impl Output {
    fn new(path: &Path, rate: f64) -> Result<Self, Failure> {
        let mut output = Self {
            path: path.to_owned(),
            file: BufWriter::new(files::create(path)?),
            rate: rate as u32,
        };
        let header = wav_header(output.rate, 0);
        output.put(&header)?;
        Ok(output)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.file.write_all(bytes).map_err(|error| files::unwritable(&self.path, &error))
    }

    fn values(&mut self, values: &[f64]) -> Result<(), Failure> {
        let bytes: Vec<u8> = values.iter().flat_map(|&e| (e as f32).to_le_bytes()).collect();
        self.put(&bytes)
    }

    /// The header again, now that the length is known.
    fn finish(mut self, samples: u64) -> Result<(), Failure> {
        let header = wav_header(self.rate, samples);
        let sought = self.file.seek(SeekFrom::Start(0));
        sought.map_err(|error| files::unwritable(&self.path, &error))?;
        self.put(&header)?;
        self.file.flush().map_err(|error| files::unwritable(&self.path, &error))
    }
}

/// Values that went by.
#[derive(Default)]
struct Seen {
    count: u64,
    sum: f64,
    most: f64,
}

impl Seen {
    fn take(&mut self, values: &[f64]) {
        self.count += values.len() as u64;
        self.sum += values.iter().sum::<f64>();
        self.most = values.iter().fold(self.most, |most, &e| if e > most { e } else { most });
    }
}

/// Measures the first `settle` seconds, then goes through the whole sound once.
pub(super) fn run(
    input: &InputArgs,
    options: &MeanOptions,
    settle: f64,
    to: Option<&Path>,
    is_json: bool,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let sound = input.stream()?;
    let path = input.path()?;
    let rate = sound.rate;
    let mut blocks = sound.blocks;
    let mut head = Vec::new();
    while (head.len() as f64) < settle * rate
        && let Some(block) = blocks.next()
    {
        head.extend(block?);
    }
    // Blocks do not end where the time does.
    let measured = head.len().min((settle * rate).ceil() as usize);
    let found = mean_envelope(&head[..measured], rate, options);
    let settings = found.map_err(|error| named(path, &error))?.settings;
    let mut stream = MeanStream::new(&settings).map_err(|error| named(path, &error))?;
    let look_ahead = stream.look_ahead();
    let mut output = to.map(|to| Output::new(to, rate)).transpose()?;
    let (mut seen, mut values) = (Seen::default(), Vec::new());
    let mut hand_out = |values: &mut Vec<f64>| -> Result<(), Failure> {
        seen.take(values);
        if let Some(output) = &mut output {
            output.values(values)?;
        }
        values.clear();
        Ok(())
    };
    for block in std::iter::once(Ok(head)).chain(blocks) {
        stream.push(&block?, &mut values).map_err(|error| named(path, &error))?;
        hand_out(&mut values)?;
    }
    stream.finish(&mut values);
    hand_out(&mut values)?;
    if let Some(output) = output {
        output.finish(seen.count)?;
    }
    let printed = Printed {
        method: "mean",
        samples: seen.count,
        rate,
        mean: seen.sum / seen.count as f64,
        maximum: seen.most,
        cutoff: settings.cutoff,
        noise: settings.noise(),
        frame: settings.frame,
        measured,
        look_ahead,
    };
    if is_json {
        return json::print(&printed, out);
    }
    let Printed { samples, mean, maximum, cutoff, noise, .. } = printed;
    writeln!(out, "{samples} samples at {rate} Hz, {:.3} s", samples as f64 / rate)?;
    writeln!(out, "mean envelope: mean {mean:.6}, largest {maximum:.6}")?;
    let first = measured as f64 / rate;
    writeln!(out, "  measured on the first {first:.3} s: cutoff {cutoff:.6}, noise {noise:.6}")?;
    let wait = 1e3 * look_ahead as f64 / rate;
    writeln!(out, "  a value waits for {look_ahead} samples, {wait:.1} ms")?;
    Ok(())
}
