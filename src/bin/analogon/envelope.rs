//! `analogon envelope`: how loud a signal is over time.

mod benchmark;
pub(crate) mod input;
mod parameters;
mod stream;

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use analogon::{
    report::{EnvelopePicture, envelope_figure},
    signal::{
        Sampled, SignalError,
        envelope::{
            Method, PeakOptions, Segment, SegmentOptions, SplineCurve, fine_structure, segments,
        },
    },
    wave::{Array, NpyArray, write_npz},
};
use clap::ValueEnum;
use serde::Serialize;

use crate::{
    failure::{Failure, Outcome},
    files, json,
    picture::Picture,
    results::extension,
};
use input::{InputArgs, named};
use parameters::{Parameters, Used};

/// Envelope, fine structure and sounds of a signal
///
/// `mean` takes the noise out and chooses its time scale by the signal; `peak` passes
/// the peaks; `published` is the look-back maximum of 35 samples with a low-pass filter;
/// the others are the classical ones. Samples stay in the unit of the file: a sound of
/// 16 bits lies between -32768 and 32767.
///
/// Example: analogon envelope song.wav -o song.npz --plot song.svg
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct EnvelopeCommand {
    #[command(flatten)]
    input: InputArgs,

    /// Which envelope
    #[arg(long, value_enum, default_value = "mean", value_name = "NAME")]
    method: MethodName,

    #[command(flatten)]
    parameters: Parameters,

    /// A sound is what exceeds this part of the largest value
    #[arg(long, default_value_t = SegmentOptions::default().threshold, value_name = "PART")]
    threshold: f64,

    /// Write time, envelope, fine structure, sounds and parameters: .npz
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Draw the signal, its envelope and its sonogram: .svg or .png
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,

    /// mean: work through a sound block by block, so that it may be longer than the memory
    /// or come from a pipe (`-`); the output is a sound, too: .wav
    #[arg(long, conflicts_with_all = ["plot", "threshold", "signal"])]
    stream: bool,

    /// Streaming: time scale and noise are measured on that much of the beginning, s
    #[arg(long, default_value_t = 60.0, value_name = "S", requires = "stream")]
    settle: f64,

    /// Print one JSON object instead
    #[arg(long)]
    json: bool,

    /// Measure all methods on signals with known envelopes and borders
    #[arg(long, conflicts_with_all = ["file", "output", "plot"])]
    benchmark: bool,

    /// Benchmark: signals of each kind
    #[arg(long, default_value_t = 3, value_name = "N", requires = "benchmark")]
    seeds: u32,
}

/// Methods by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum MethodName {
    /// Mean amplitude, with the noise taken out
    Mean,
    /// Curve that passes the peaks
    Peak,
    /// Look-back maximum and low-pass filter
    Published,
    /// Magnitude of the analytic signal
    Hilbert,
    /// Moving root mean square
    Rms,
    /// Low-passed absolute value
    Lowpass,
    /// Curve through all peaks
    Spline,
}

/// For programs.
#[derive(Serialize)]
struct Printed<'a> {
    method: MethodName,
    samples: usize,
    rate: f64,
    start: f64,
    resampled: bool,
    mean: f64,
    maximum: f64,
    /// The part of the samples whose size exceeds the envelope.
    exceeding: f64,
    parameters: &'a [(&'static str, f64)],
    sounds: Vec<Sound>,
}

/// One sound, s.
#[derive(Serialize)]
struct Sound {
    onset: f64,
    offset: f64,
}

impl EnvelopeCommand {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        if self.benchmark {
            return benchmark::run(self.seeds, self.json, out);
        }
        let picture = self.plot.as_deref().map(Picture::of).transpose()?;
        self.check()?;
        if self.stream {
            self.streamed(out)?;
            return Ok(Outcome::Holds);
        }
        if let Some(path) = &self.output {
            check_extension(path, "npz", "an archive holds all of the results")?;
        }
        let path = self.input.path()?;
        let signal = self.input.one()?;
        let (values, parameters) = self.envelope(&signal).map_err(|error| named(path, &error))?;
        let sounds = sounds(&signal, self.threshold).map_err(|error| named(path, &error))?;
        if let Some(path) = &self.output {
            files::write(path, &archive(&signal, &values, &sounds, self.method, &parameters)?)?;
        }
        if let (Some(path), Some(picture)) = (&self.plot, picture) {
            let title = format!("{} ({})", self.input.path()?.display(), self.name());
            let figure = envelope_figure(&EnvelopePicture {
                title: &title,
                rate: signal.rate,
                start: signal.start,
                samples: &signal.samples,
                envelope: &values,
                segments: &sounds,
            });
            files::write(path, &picture.bytes(&figure)?)?;
        }
        self.print(&signal, &values, &sounds, &parameters, out)?;
        Ok(Outcome::Holds)
    }

    /// Block by block.
    fn streamed(&self, out: &mut dyn Write) -> Result<(), Failure> {
        if self.method != MethodName::Mean {
            let message = format!("`--stream` means nothing to {}", self.name());
            return Err(Failure::new(message, "it belongs to mean"));
        }
        if !(self.settle > 0.0 && self.settle.is_finite()) {
            let message = format!("--settle is {}, it must be positive", self.settle);
            return Err(Failure::new(message, "it is the time that noise is measured on, s"));
        }
        if let Some(path) = &self.output {
            check_extension(path, "wav", "a stream is written as a sound")?;
        }
        let options = self.parameters.mean_options();
        stream::run(&self.input, &options, self.settle, self.output.as_deref(), self.json, out)
    }

    fn name(&self) -> String {
        self.method.to_possible_value().map_or_else(String::new, |v| v.get_name().to_owned())
    }

    /// An option that the method does not know is an error, not ignored.
    fn check(&self) -> Result<(), Failure> {
        use MethodName::{Hilbert, Lowpass, Mean, Peak, Published, Rms, Spline};
        let p = &self.parameters;
        let given: [(&str, bool, &[MethodName]); 8] = [
            ("--cutoff", p.cutoff.is_some(), &[Mean, Published, Hilbert, Lowpass]),
            ("--published-cutoff", p.published_cutoff.is_some(), &[Published]),
            ("--window", p.window.is_some(), &[Published, Rms]),
            ("--as-coded", p.as_coded, &[Published]),
            ("--frame", p.frame.is_some(), &[Mean]),
            ("--strength", p.strength.is_some(), &[Mean]),
            ("--distance", p.distance.is_some(), &[Peak, Spline]),
            ("--monotone", p.monotone, &[Spline]),
        ];
        for (option, is_given, known) in given {
            if is_given && !known.contains(&self.method) {
                let message = format!("`{option}` means nothing to {}", self.name());
                let of: Vec<String> =
                    known.iter().map(|m| format!("{m:?}").to_lowercase()).collect();
                return Err(Failure::new(message, format!("it belongs to {}", of.join(", "))));
            }
        }
        Ok(())
    }

    /// The envelope, and with what it was made.
    fn envelope(&self, signal: &Sampled) -> Result<(Vec<f64>, Used), SignalError> {
        let (p, rate) = (&self.parameters, signal.rate);
        let mut used = vec![("rate", rate)];
        let method = match self.method {
            MethodName::Mean => return p.mean(signal),
            MethodName::Peak => {
                let usual = PeakOptions::default();
                let options =
                    PeakOptions { distance: p.distance.unwrap_or(usual.distance), ..usual };
                used.extend([("distance", options.distance), ("tolerance", options.tolerance)]);
                Method::Peak(options)
            }
            MethodName::Published => Method::Published(p.published(&mut used)),
            MethodName::Hilbert => {
                let cutoff = p.cutoff.unwrap_or(50.0);
                used.push(("cutoff", cutoff));
                Method::Hilbert((cutoff != 0.0).then_some(cutoff))
            }
            MethodName::Rms => {
                let window = p.window.map_or(0.0113, |window| window as f64 / rate);
                used.push(("window", (window * rate).round()));
                Method::Rms(window)
            }
            MethodName::Lowpass => {
                let cutoff = p.cutoff.unwrap_or(50.0);
                used.push(("cutoff", cutoff));
                Method::LowPass(cutoff)
            }
            MethodName::Spline => {
                let distance = p.distance.unwrap_or(0.005);
                used.push(("distance", distance));
                let curve = if p.monotone { SplineCurve::Monotone } else { SplineCurve::Cubic };
                Method::Spline(distance, curve)
            }
        };
        Ok((method.envelope(&signal.samples, rate)?, used))
    }

    fn print(
        &self,
        signal: &Sampled,
        values: &[f64],
        sounds: &[Segment],
        parameters: &[(&'static str, f64)],
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let count = values.len() as f64;
        let mean = values.iter().map(|e| e / count).sum();
        let maximum = values.iter().copied().max_by(f64::total_cmp).unwrap_or(0.0);
        let above = signal.samples.iter().zip(values).filter(|(x, e)| x.abs() > **e).count();
        let time = |sample: usize| signal.start + sample as f64 / signal.rate;
        let sound = |s: &Segment| Sound { onset: time(s.onset), offset: time(s.offset) };
        let printed = Printed {
            method: self.method,
            samples: values.len(),
            rate: signal.rate,
            start: signal.start,
            resampled: signal.is_resampled,
            mean,
            maximum,
            exceeding: above as f64 / count,
            parameters,
            sounds: sounds.iter().map(sound).collect(),
        };
        if self.json {
            return json::print(&printed, out);
        }
        if signal.is_resampled {
            writeln!(out, "note: steps of time are not equal; samples are interpolated")?;
        }
        let seconds = count / signal.rate;
        writeln!(out, "{} samples at {} Hz, {seconds:.3} s", values.len(), signal.rate)?;
        writeln!(out, "{} envelope: mean {mean:.6}, largest {maximum:.6}", self.name())?;
        let named = parameters.iter().skip(1).map(|(name, value)| format!("{name} {value:.6}"));
        writeln!(out, "  {}", named.collect::<Vec<String>>().join(", "))?;
        writeln!(out, "{:.1} % of the samples exceed it", 100.0 * printed.exceeding)?;
        writeln!(out, "{} sounds", sounds.len())?;
        for sound in &printed.sounds {
            writeln!(out, "  {:.4} to {:.4} s", sound.onset, sound.offset)?;
        }
        Ok(())
    }
}

/// Refuses an output that does not end as it must or could not be written.
pub(crate) fn check_extension(path: &Path, wanted: &str, hint: &str) -> Result<(), Failure> {
    files::check_output(path)?;
    if extension(path) == wanted {
        return Ok(());
    }
    Err(Failure::new(format!("`{}` does not end in .{wanted}", path.display()), hint))
}

/// The sounds of a signal; slow ones are told apart in their own time, as 70 Hz suit 8 kHz
/// and above.
fn sounds(signal: &Sampled, threshold: f64) -> Result<Vec<Segment>, SignalError> {
    let usual = SegmentOptions { threshold, ..SegmentOptions::default() };
    let slower = signal.rate / 8000.0;
    let options = if slower < 1.0 {
        SegmentOptions {
            cutoff: usual.cutoff * slower,
            shortest: usual.shortest / slower,
            pause: usual.pause / slower,
            ..usual
        }
    } else {
        usual
    };
    segments(&signal.samples, signal.rate, &options)
}

/// The results as arrays.
fn archive(
    signal: &Sampled,
    values: &[f64],
    sounds: &[Segment],
    method: MethodName,
    parameters: &[(&'static str, f64)],
) -> Result<Vec<u8>, Failure> {
    let list = |data: Vec<f64>| Array::Numbers(NpyArray { shape: vec![data.len()], data });
    let time = |sample: usize| signal.start + sample as f64 / signal.rate;
    let mut arrays = vec![
        ("time".to_owned(), list(signal.time())),
        ("signal".to_owned(), list(signal.samples.clone())),
        ("envelope".to_owned(), list(values.to_vec())),
        ("fine".to_owned(), list(fine_structure(&signal.samples, values))),
        ("onset".to_owned(), list(sounds.iter().map(|s| time(s.onset)).collect())),
        ("offset".to_owned(), list(sounds.iter().map(|s| time(s.offset)).collect())),
        ("method".to_owned(), Array::Text(vec![format!("{method:?}").to_lowercase()])),
    ];
    for &(name, value) in parameters {
        let number = Array::Numbers(NpyArray { shape: Vec::new(), data: vec![value] });
        arrays.push((format!("parameter_{name}"), number));
    }
    let written = write_npz(Cursor::new(Vec::new()), &arrays);
    Ok(written.map_err(Failure::of)?.into_inner())
}
