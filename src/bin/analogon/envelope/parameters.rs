//! What may be chosen about each method.

use analogon::signal::{
    Cutoff, Sampled, SignalError,
    envelope::{MeanOptions, MeanSettings, Published, mean_envelope},
};

/// What may be chosen about a method.
#[derive(Debug, clap::Args)]
pub(super) struct Parameters {
    /// True cut-off, Hz [default: chosen by the signal for mean, 150 for published,
    /// 50 for hilbert and lowpass; 0 leaves hilbert as it is]
    #[arg(long, value_name = "HZ", allow_negative_numbers = true)]
    pub(super) cutoff: Option<f64>,

    /// published: cut-off as the published code writes it, twice the true one
    #[arg(long, value_name = "HZ", conflicts_with = "cutoff")]
    pub(super) published_cutoff: Option<f64>,

    /// published, rms: samples of the window [default: 35; 11.3 ms]
    #[arg(long, value_name = "N")]
    pub(super) window: Option<usize>,

    /// published: exactly what the published code does, with pieces of 1.2 s and a
    /// look-back that runs around them
    #[arg(long)]
    pub(super) as_coded: bool,

    /// mean: samples of a frame, a power of two [default: about 11.6 ms]
    #[arg(long, value_name = "N")]
    pub(super) frame: Option<usize>,

    /// mean: how many times the noise is taken out; 0 leaves it in
    #[arg(long, value_name = "K", allow_negative_numbers = true)]
    pub(super) strength: Option<f64>,

    /// peak, spline: time between two peaks, s [default: 0.005]
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    pub(super) distance: Option<f64>,

    /// spline: a monotone cubic, which does not overshoot
    #[arg(long)]
    pub(super) monotone: bool,
}

/// Parameters by name.
pub(super) type Used = Vec<(&'static str, f64)>;

impl Parameters {
    /// The mean envelope, and what it chose and measured.
    pub(super) fn mean(&self, signal: &Sampled) -> Result<(Vec<f64>, Used), SignalError> {
        let found = mean_envelope(&signal.samples, signal.rate, &self.mean_options())?;
        let noise = found.settings.noise();
        let MeanSettings { frame, strength, cutoff, offset, .. } = found.settings;
        let used = vec![
            ("rate", signal.rate),
            ("frame", frame as f64),
            ("strength", strength),
            ("cutoff", cutoff),
            ("offset", offset),
            ("noise", noise),
        ];
        Ok((found.values, used))
    }

    /// What is chosen about the mean envelope.
    pub(super) fn mean_options(&self) -> MeanOptions {
        let usual = MeanOptions::default();
        MeanOptions {
            cutoff: self.cutoff,
            frame: self.frame,
            strength: self.strength.unwrap_or(usual.strength),
        }
    }

    pub(super) fn published(&self, used: &mut Used) -> Published {
        let usual = if self.as_coded { Published::as_coded() } else { Published::default() };
        let cutoff = self.published_cutoff.map(Cutoff::Published);
        let cutoff = cutoff.or(self.cutoff.map(Cutoff::Hertz)).unwrap_or(usual.cutoff);
        let window = self.window.unwrap_or(usual.window);
        let options = Published { cutoff, window, ..usual };
        used.extend([
            ("window", window as f64),
            ("cutoff", cutoff.hertz()),
            ("published_cutoff", cutoff.published()),
            ("order", options.order as f64),
            ("piece", options.piece.unwrap_or(0.0)),
            ("wraps", f64::from(u8::from(options.wraps))),
        ]);
        options
    }
}
