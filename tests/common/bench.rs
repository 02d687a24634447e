//! The program as its users meet it.

use std::{fs, path::PathBuf, process::Command};

use serde_json::Value;
use tempfile::TempDir;

/// What a run of the program left behind.
pub struct Run {
    /// Its exit code; -1 where a signal ended it.
    pub code: i32,
    /// What it wrote to the standard output.
    pub out: String,
    /// What it wrote to the standard error.
    pub err: String,
}

/// A folder to run the program in.
pub struct Bench {
    folder: TempDir,
}

impl Bench {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).expect("the folder is writable");
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_analogon"))
            .args(arguments)
            .current_dir(self.folder.path())
            .output()
            .expect("the program runs");
        Run {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// A run that must end well.
    pub fn good(&self, arguments: &[&str]) -> String {
        let run = self.run(arguments);
        assert_eq!(run.code, 0, "{arguments:?}\n{}\n{}", run.out, run.err);
        run.out
    }

    /// A run that must be refused, with what its message must contain.
    pub fn refused(&self, arguments: &[&str], parts: &[&str]) {
        let run = self.run(arguments);
        assert_eq!(run.code, 2, "{arguments:?}\n{}\n{}", run.out, run.err);
        assert!(!run.err.contains("panicked"), "{}", run.err);
        for part in parts {
            assert!(run.err.contains(part), "{arguments:?}: `{part}` is not in\n{}", run.err);
        }
    }

    pub fn json(&self, arguments: &[&str], code: i32) -> Value {
        let run = self.run(arguments);
        assert_eq!(run.code, code, "{arguments:?}\n{}\n{}", run.out, run.err);
        serde_json::from_str(&run.out).expect("one JSON value")
    }
}
