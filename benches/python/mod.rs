//! Rivals in Python: a script that reads its problem from the standard input.

use std::io::Write;
use std::process::{Command, Stdio};

/// Settings under which linear algebra takes one thread.
#[allow(dead_code, reason = "not every bench limits its rival")]
pub(crate) const ONE_THREAD: [(&str, &str); 3] =
    [("OPENBLAS_NUM_THREADS", "1"), ("OMP_NUM_THREADS", "1"), ("MKL_NUM_THREADS", "1")];

/// What `script` answers to `input`, run by `$PYTHON`, else by `python3`; else its last word.
pub(crate) fn answer(
    script: &str,
    settings: &[(&str, &str)],
    input: &[u8],
) -> Result<Vec<u8>, String> {
    let words = |error: std::io::Error| error.to_string();
    let python = std::env::var("PYTHON").unwrap_or("python3".to_owned());
    let mut child = Command::new(python)
        .args(["-c", script])
        .envs(settings.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(words)?;
    let sent = child.stdin.take().map_or(Ok(()), |mut pipe| pipe.write_all(input));
    let output = child.wait_with_output().map_err(words)?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        return Err(complaint.lines().last().unwrap_or("it failed").to_owned());
    }
    sent.map_err(words)?;
    Ok(output.stdout)
}
