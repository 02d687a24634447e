//! Where segments come from.

use analogon::signal::{
    Sampled, SignalError,
    align::{BoundaryOptions, boundaries, split},
    envelope::{MeanOptions, SegmentOptions, mean_envelope, segments},
};
use clap::ValueEnum;

use crate::{
    envelope::input::{Input, InputArgs, named},
    failure::Failure,
};

/// How a signal is cut.
#[derive(Debug, clap::Args)]
pub(super) struct CutArgs {
    /// One signal: where it is cut
    #[arg(long, value_enum, default_value = "minima", value_name = "WHERE")]
    cut: CutName,

    /// One signal: it is cut where the envelope is below this part of the largest value
    /// [default: 0.2 for minima, 0.12 for sounds]
    #[arg(long, value_name = "PART")]
    threshold: Option<f64>,

    /// One signal: the piece between the first and the second boundary is lost, as in the
    /// published code
    #[arg(long)]
    as_coded: bool,

    /// Only the first segments
    #[arg(long, value_name = "N")]
    first: Option<usize>,
}

/// Where a signal may be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum CutName {
    /// At quiet minima of the slow envelope, as published
    Minima,
    /// Around sounds, with a fifth of their length on both sides
    Sounds,
}

/// Segments, and how they were found.
pub(super) struct Pieces {
    pub(super) rate: f64,
    pub(super) segments: Vec<Vec<f64>>,
    /// The first sample of each in its signal.
    pub(super) from: Vec<usize>,
    pub(super) minima: Option<usize>,
    pub(super) boundaries: Option<Vec<usize>>,
}

impl CutArgs {
    pub(super) fn pieces(&self, input: &InputArgs) -> Result<Pieces, Failure> {
        let mut pieces = match input.read()? {
            Input::Several(all) => {
                if self.threshold.is_some() || self.as_coded {
                    let hint = "--signal chooses one to be cut";
                    return Err(Failure::new("each signal of the file is a segment", hint));
                }
                let rate = all[0].rate;
                let segments: Vec<Vec<f64>> = all.into_iter().map(|one| one.samples).collect();
                let from = vec![0; segments.len()];
                Pieces { rate, segments, from, minima: None, boundaries: None }
            }
            Input::One(signal) => {
                let path = input.path()?;
                let cut = match self.cut {
                    CutName::Minima => self.at_minima(&signal),
                    CutName::Sounds => self.around_sounds(&signal),
                };
                cut.map_err(|error| named(path, &error))?
            }
        };
        if let Some(first) = self.first {
            pieces.segments.truncate(first);
            pieces.from.truncate(first);
        }
        Ok(pieces)
    }

    /// The crude envelope between its boundaries.
    fn at_minima(&self, signal: &Sampled) -> Result<Pieces, SignalError> {
        let usual = BoundaryOptions::default();
        let options =
            BoundaryOptions { threshold: self.threshold.unwrap_or(usual.threshold), ..usual };
        let found = boundaries(&signal.samples, signal.rate, &options)?;
        let spans = split(signal.samples.len(), &found.kept, self.as_coded)?;
        let (minima, boundaries) = (Some(found.minima.len()), Some(found.kept));
        Ok(Pieces { minima, boundaries, ..pieces(signal.rate, &found.envelope, &spans) })
    }

    /// The mean envelope around each sound.
    fn around_sounds(&self, signal: &Sampled) -> Result<Pieces, SignalError> {
        let usual = SegmentOptions::default();
        let options =
            SegmentOptions { threshold: self.threshold.unwrap_or(usual.threshold), ..usual };
        let found = segments(&signal.samples, signal.rate, &options)?;
        let cutoff = Some(options.cutoff);
        let options = MeanOptions { cutoff, ..MeanOptions::default() };
        let envelope = mean_envelope(&signal.samples, signal.rate, &options)?.values;
        let span = |sound: &analogon::signal::envelope::Segment| {
            let margin = (sound.offset - sound.onset) / 5;
            let to = (sound.offset + margin).min(envelope.len());
            (sound.onset.saturating_sub(margin), to)
        };
        let spans: Vec<(usize, usize)> = found.iter().map(span).collect();
        Ok(pieces(signal.rate, &envelope, &spans))
    }
}

fn pieces(rate: f64, envelope: &[f64], spans: &[(usize, usize)]) -> Pieces {
    Pieces {
        rate,
        segments: spans.iter().map(|&(from, to)| envelope[from..to].to_vec()).collect(),
        from: spans.iter().map(|span| span.0).collect(),
        minima: None,
        boundaries: None,
    }
}
