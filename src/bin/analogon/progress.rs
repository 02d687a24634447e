//! A progress bar on the standard error, for work that takes a while.
#![expect(clippy::disallowed_methods, reason = "progress needs a clock")]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Seconds from its start.
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

/// The time of day, as TensorBoard counts it; 0 where the clock is set before 1970.
pub(crate) fn seconds_since_1970() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}

/// Nothing is shown before.
const PATIENCE: Duration = Duration::from_secs(1);
const LENGTH: u64 = 1000;

/// A bar that appears when the work takes longer than about a second. Where the
/// standard error is no terminal it never does.
pub(crate) struct Progress {
    started: Instant,
    bar: Option<ProgressBar>,
    what: &'static str,
}

impl Progress {
    pub(crate) fn new(what: &'static str) -> Self {
        Self { started: Instant::now(), bar: None, what }
    }

    /// Takes note of the fraction done.
    pub(crate) fn report(&mut self, fraction: f64) {
        if self.bar.is_none() && self.started.elapsed() > PATIENCE {
            let bar = ProgressBar::with_draw_target(Some(LENGTH), ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {percent} % {eta}") {
                bar.set_style(style);
            }
            bar.set_message(self.what);
            self.bar = Some(bar);
        }
        if let Some(bar) = &self.bar {
            let length = LENGTH as f64;
            bar.set_position((fraction * length).clamp(0.0, length) as u64);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Does something under a progress bar, in several threads if it likes.
pub(crate) fn tracked<T, E>(
    what: &'static str,
    work: impl FnOnce(&(dyn Fn(f64) + Sync)) -> Result<T, E>,
) -> Result<T, E> {
    let progress = std::sync::Mutex::new(Progress::new(what));
    work(&|fraction: f64| {
        if let Ok(mut progress) = progress.lock() {
            progress.report(fraction);
        }
    })
}
