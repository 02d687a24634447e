//! What a program costs: processor time, and memory at its peak.
//!
//! The kernel counts what a child had at its peak from that of the process which started
//! it. So a copy of this program that has done nothing else starts the child, and says
//! what the kernel said of it.

use std::fs::File;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use wait4::Wait4;

/// The first argument of the copy.
pub(crate) const WORD: &str = "--child";

/// Between two looks at a child.
const LOOK: Duration = Duration::from_millis(2);

/// What a run took.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Cost {
    /// Processor time of all its threads, user and system, s.
    pub(crate) cpu_s: f64,
    /// The most memory that it had at once, MB; `None` where the system does not tell.
    pub(crate) peak_mb: Option<f64>,
    /// True where it ended well.
    pub(crate) good: bool,
    /// True where it was stopped at the limit.
    pub(crate) stopped: bool,
}

/// Runs a program, what it prints thrown away but for its last complaint.
///
/// # Errors
///
/// It cannot be started or measured, ends badly or takes longer than `limit` seconds of
/// the wall's clock.
pub(crate) fn cost(
    program: &Path,
    arguments: &[&str],
    folder: &Path,
    limit: f64,
) -> Result<Cost, String> {
    let words = |error: std::io::Error| error.to_string();
    let complaints = folder.join("complaints");
    let copy = std::env::current_exe().map_err(words)?;
    let output = Command::new(copy)
        .arg(WORD)
        .arg(limit.to_string())
        .arg(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stderr(File::create(&complaints).map_err(words)?)
        .output()
        .map_err(words)?;
    let said = || {
        let text = std::fs::read(&complaints).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("no word").trim().to_owned()
    };
    let found: Cost = serde_json::from_slice(&output.stdout).map_err(|_| said())?;
    match found {
        Cost { stopped: true, .. } => Err(format!("stopped after {limit} s")),
        Cost { good: false, .. } => Err(said()),
        _ => Ok(found),
    }
}

/// What the copy does: limit, program, arguments.
pub(crate) fn measure(arguments: &[String]) -> ExitCode {
    let [limit, program, arguments @ ..] = arguments else { return ExitCode::FAILURE };
    let limit = limit.parse().unwrap_or(0.0);
    let found = ended(Command::new(program).args(arguments).stdout(Stdio::null()), limit);
    match found.map_err(|e| e.to_string()).and_then(|cost| json(&cost)) {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(reason) => {
            eprintln!("{program}: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn json(cost: &Cost) -> Result<String, String> {
    serde_json::to_string(cost).map_err(|error| error.to_string())
}

fn ended(command: &mut Command, limit: f64) -> std::io::Result<Cost> {
    let begin = Instant::now();
    let mut child = command.spawn()?;
    let mut stopped = false;
    let found = loop {
        if let Some(found) = child.try_wait4()? {
            break found;
        }
        if !stopped && begin.elapsed().as_secs_f64() > limit {
            stopped = true;
            child.kill()?;
        }
        std::thread::sleep(LOOK);
    };
    let usage = found.rusage;
    Ok(Cost {
        cpu_s: (usage.utime + usage.stime).as_secs_f64(),
        peak_mb: (usage.maxrss > 0).then(|| usage.maxrss as f64 / 1e6),
        good: found.status.success(),
        stopped,
    })
}

/// Processor time of this process so far, s, where Linux tells. Threads that have ended
/// are left out: those of a pool go on.
pub(crate) fn own_seconds() -> Option<f64> {
    let mut sum = 0.0;
    for task in std::fs::read_dir("/proc/self/task").ok()? {
        let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        sum += text.split(' ').next()?.parse::<f64>().ok()? / 1e9;
    }
    Some(sum)
}
