//! Signals from files of any kind.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use analogon::{
    signal::{Sampled, SignalError, WavError, WavReader},
    wave::{RawPlot, Waveform, read_csv, read_raw, read_waveform_npz},
};

use crate::{
    failure::Failure,
    files,
    results::{WaveFile, extension},
};

/// Which signal of which file.
#[derive(Debug, clap::Args)]
pub(crate) struct InputArgs {
    /// Sound (.wav) or samples (.csv, .raw, .npz)
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,

    /// Sound: this channel, from 1 [default: 1]
    #[arg(long, value_name = "K", conflicts_with = "mono")]
    channel: Option<usize>,

    /// Sound: the mean of all channels
    #[arg(long)]
    mono: bool,

    /// Sound: divide by full scale, so that samples lie between -1 and 1
    #[arg(long)]
    normalise: bool,

    /// Samples: the signal of this name [default: the first]
    #[arg(long, value_name = "NAME")]
    signal: Option<String>,
}

/// Frames of a sound that are read at a time.
const BLOCK: usize = 1 << 14;

/// One channel of a sound, block by block.
pub(crate) struct Sound {
    /// Samples a second, Hz.
    pub(crate) rate: f64,
    pub(crate) blocks: Box<dyn Iterator<Item = Result<Vec<f64>, Failure>>>,
}

/// What a file holds.
pub(crate) enum Input {
    /// One signal.
    One(Sampled),
    /// Several at the same instants, of which none was chosen.
    Several(Vec<Sampled>),
}

impl InputArgs {
    /// The file, which must be given.
    pub(crate) fn path(&self) -> Result<&Path, Failure> {
        let hint = "name a .wav, .csv, .raw or .npz file";
        self.file.as_deref().ok_or_else(|| Failure::new("no file of samples", hint))
    }

    /// The one signal asked for.
    pub(crate) fn one(&self) -> Result<Sampled, Failure> {
        match self.read()? {
            Input::One(sampled) => Ok(sampled),
            Input::Several(mut all) => Ok(all.swap_remove(0)),
        }
    }

    /// All that the file holds.
    pub(crate) fn read(&self) -> Result<Input, Failure> {
        let path = self.path()?;
        let shown = path.display();
        if extension(path) == "wav" {
            if self.signal.is_some() {
                let hint = "--channel chooses one of its channels";
                return Err(Failure::new("a sound has no signal of a name", hint));
            }
            return Ok(Input::One(self.sound(path)?));
        }
        if self.channel.is_some() || self.mono || self.normalise {
            let hint = "--signal chooses one by its name";
            return Err(Failure::new(format!("`{shown}` is no sound with channels"), hint));
        }
        let waveform = waveform(path)?;
        let of = |name: Option<&str>| {
            Sampled::of_waveform(&waveform, name).map_err(|error| named(path, &error))
        };
        match &self.signal {
            Some(name) => Ok(Input::One(of(Some(name))?)),
            None if waveform.signals().len() < 2 => Ok(Input::One(of(None)?)),
            None => {
                let each = waveform.signals().iter().map(|signal| of(Some(&signal.name)));
                Ok(Input::Several(each.collect::<Result<_, _>>()?))
            }
        }
    }

    fn sound(&self, path: &Path) -> Result<Sampled, Failure> {
        let sound = self.stream()?;
        let rate = sound.rate;
        let mut samples = Vec::new();
        for block in sound.blocks {
            samples.extend(block?);
        }
        if samples.is_empty() {
            return Err(named(path, &SignalError::Empty));
        }
        Ok(Sampled { rate, start: 0.0, samples, is_resampled: false })
    }

    /// The channel asked for, block by block, of a sound or of the standard input.
    pub(crate) fn stream(&self) -> Result<Sound, Failure> {
        let path = self.path()?.to_owned();
        let shown = path.display().to_string();
        let bad = move |error: WavError| Failure::new(format!("{shown}: {error}"), "");
        let reader = WavReader::new(files::open(&path)?).map_err(&bad)?;
        let spec = reader.spec();
        let channel = self.channel.unwrap_or(1);
        if !(1..=spec.channels).contains(&channel) {
            let message = format!("there is no channel {channel}");
            return Err(Failure::new(message, format!("the sound has {}", spec.channels)));
        }
        let unit = if self.normalise { spec.full_scale() } else { 1.0 };
        let share = 1.0 / spec.channels as f64;
        let is_mean = self.mono;
        let pick = move |mut channels: Vec<Vec<f64>>| {
            let mut samples = if is_mean {
                let mut sum = vec![0.0; channels[0].len()];
                for channel in &channels {
                    for (sum, x) in sum.iter_mut().zip(channel) {
                        *sum += x * share;
                    }
                }
                sum
            } else {
                channels.swap_remove(channel - 1)
            };
            for x in &mut samples {
                *x /= unit;
            }
            samples
        };
        let blocks = reader.blocks(BLOCK).map(move |block| block.map(&pick).map_err(&bad));
        Ok(Sound { rate: f64::from(spec.rate), blocks: Box::new(blocks) })
    }
}

/// An error of the library, with the file that it is about.
pub(crate) fn named(path: &Path, error: &SignalError) -> Failure {
    Failure::new(format!("{}: {error}", path.display()), "")
}

/// The first waveform over time of a file.
fn waveform(path: &Path) -> Result<Waveform, Failure> {
    let shown = path.display();
    let bad = |error: &dyn std::fmt::Display| Failure::new(format!("{shown}: {error}"), "");
    let Some(kind) = WaveFile::of(path) else {
        let message = format!("`{shown}` does not end like a file of samples");
        return Err(Failure::new(message, format!("known are .wav, {}", WaveFile::KNOWN)));
    };
    let bytes = files::read(path)?;
    match kind {
        WaveFile::Csv => read_csv(&bytes[..]).map_err(|error| bad(&error)),
        WaveFile::Npz => read_waveform_npz(Cursor::new(bytes)).map_err(|error| bad(&error)),
        WaveFile::Raw => {
            let plots = read_raw(&bytes[..]).map_err(|error| bad(&error))?;
            let is_over_time =
                |plot: &&RawPlot| plot.variables.first().is_some_and(|v| v.quantity == "time");
            let Some(plot) = plots.iter().find(is_over_time) else {
                return Err(bad(&"it holds nothing over time"));
            };
            plot.to_waveform().map_err(|error| bad(&error))
        }
    }
}
