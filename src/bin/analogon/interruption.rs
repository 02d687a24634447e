//! Ctrl-C.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::Failure;

/// What a shell expects of a program that Ctrl-C ended.
pub(crate) const EXIT_CODE: u8 = 130;

/// True from the first Ctrl-C on; a second one ends the program at once.
pub(crate) fn interruption() -> Result<Arc<AtomicBool>, Failure> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupted);
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            end_at_once();
        }
    })
    .map_err(Failure::of)?;
    Ok(interrupted)
}

#[expect(clippy::exit, reason = "who presses Ctrl-C twice does not want to wait")]
fn end_at_once() {
    std::process::exit(EXIT_CODE.into());
}
