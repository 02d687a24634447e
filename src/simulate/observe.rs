//! Inputs that report how far an integration has come.

use std::cell::{Cell, RefCell};

use crate::dae::Drive;

/// Reports are this fraction of the whole apart.
const INTERVAL: f64 = 0.005;

type Callback<'a> = &'a mut dyn FnMut(f64);

/// A drive that calls back as time passes.
pub(super) struct Watched<'a> {
    drive: &'a dyn Drive,
    stop: f64,
    reported: Cell<f64>,
    progress: RefCell<Callback<'a>>,
}

impl<'a> Watched<'a> {
    pub(super) fn new(drive: &'a dyn Drive, stop: f64, progress: &'a mut dyn FnMut(f64)) -> Self {
        Self { drive, stop, reported: Cell::new(0.0), progress: RefCell::new(progress) }
    }
}

impl Drive for Watched<'_> {
    fn values(&self, time: f64, u: &mut [f64]) {
        self.drive.values(time, u);
        let done = time / self.stop;
        if done >= self.reported.get() + INTERVAL
            && let Ok(mut progress) = self.progress.try_borrow_mut()
        {
            self.reported.set(done);
            progress(done);
        }
    }

    fn corners(&self, stop: f64) -> Vec<f64> {
        self.drive.corners(stop)
    }
}
