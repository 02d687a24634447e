//! Files: the only place that opens them.
#![expect(clippy::disallowed_methods, reason = "files are opened here and nowhere else")]

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use analogon::diag::Sources;

use crate::failure::Failure;

/// Stands for the standard input.
const STDIN: &str = "-";

/// The content of a file, of the standard input for `-`.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    if path.as_os_str() == STDIN {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map_err(|error| {
            Failure::new(format!("cannot read the standard input: {error}"), "")
        })?;
        return Ok(bytes);
    }
    let shown = path.display();
    std::fs::read(path).map_err(|error| {
        if path.is_dir() {
            return Failure::new(
                format!("`{shown}` is a directory, not a file"),
                "name one of the files in it",
            );
        }
        unreadable(path, &error)
    })
}

/// A file to be read bit by bit, the standard input for `-`.
pub(crate) fn open(path: &Path) -> Result<Box<dyn Read>, Failure> {
    if path.as_os_str() == STDIN {
        return Ok(Box::new(io::stdin().lock()));
    }
    // A directory can be opened, but not read.
    if path.is_dir() {
        return read(path).map(|bytes| Box::new(io::Cursor::new(bytes)) as Box<dyn Read>);
    }
    match std::fs::File::open(path) {
        Ok(file) => Ok(Box::new(io::BufReader::new(file))),
        Err(error) => Err(unreadable(path, &error)),
    }
}

/// A file to be written bit by bit, from nothing.
pub(crate) fn create(path: &Path) -> Result<std::fs::File, Failure> {
    std::fs::File::create(path).map_err(|error| unwritable(path, &error))
}

/// The failure to write a file.
pub(crate) fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("cannot write `{}`: {}", path.display(), reason(error)), "")
}

/// The failure to read a file.
fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let hint = if error.kind() == io::ErrorKind::NotFound { nearby(path) } else { String::new() };
    Failure::new(format!("cannot read `{}`: {}", path.display(), reason(error)), hint)
}

/// The content of a text file.
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    String::from_utf8(read(path)?)
        .map_err(|_| Failure::new(format!("`{}` is not a text file", path.display()), ""))
}

/// Creates a folder and those above it, where they are missing.
pub(crate) fn create_folder(path: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(path).map_err(|error| {
        Failure::new(
            format!("cannot create the folder `{}`: {}", path.display(), reason(&error)),
            "",
        )
    })
}

/// Adds to the end of a file, which is created where it is missing.
pub(crate) fn append(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    file.and_then(|mut file| file.write_all(bytes)).map_err(|error| unwritable(path, &error))
}

/// Writes a file beside the old one and puts it in its place: whoever reads finds the one
/// or the other, whole, even where the program or the machine stops meanwhile.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let written = std::fs::File::create(&beside).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    });
    written.map_err(|error| unwritable(path, &error))
}

/// Writes a file as a whole.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes).map_err(|error| unwritable(path, &error))
}

/// A file that is created when its first byte is written, so that what fails before
/// leaves the old one alone.
pub(crate) struct Late<'p> {
    path: &'p Path,
    file: Option<io::BufWriter<std::fs::File>>,
    /// Why the system did not take a byte.
    fault: Option<io::Error>,
}

impl<'p> Late<'p> {
    pub(crate) fn at(path: &'p Path) -> Self {
        Self { path, file: None, fault: None }
    }

    /// Ends the file, which is empty where nothing was written; `outcome` is that of
    /// the writing, which may have failed for other reasons than the system's.
    pub(crate) fn end(mut self, outcome: Result<(), String>) -> Result<(), Failure> {
        match (outcome, self.fault.take()) {
            (Ok(()), _) => {
                let flushed = self.file().and_then(Write::flush);
                flushed.map_err(|error| unwritable(self.path, &error))
            }
            (Err(_), Some(fault)) => Err(unwritable(self.path, &fault)),
            (Err(reason), None) => Err(Failure::new(reason, "")),
        }
    }

    fn file(&mut self) -> io::Result<&mut io::BufWriter<std::fs::File>> {
        match &mut self.file {
            Some(file) => Ok(file),
            empty => Ok(empty.insert(io::BufWriter::new(std::fs::File::create(self.path)?))),
        }
    }

    /// The same result; its fault is kept.
    fn kept<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            let kind = error.kind();
            self.fault = Some(error);
            kind.into()
        })
    }
}

impl Write for Late<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.file().and_then(|file| file.write(bytes));
        self.kept(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.file().and_then(Write::flush);
        self.kept(result)
    }
}

/// Refuses an output that could not be written, before any work is done for it.
pub(crate) fn check_output(path: &Path) -> Result<(), Failure> {
    let shown = path.display();
    if path.is_dir() {
        let hint = "name a file in it";
        return Err(Failure::new(format!("cannot write `{shown}`: it is a directory"), hint));
    }
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => Err(Failure::new(
            format!("cannot write `{shown}`: there is no directory `{}`", folder.display()),
            "create it first",
        )),
        _ => Ok(()),
    }
}

/// True where both paths lead to one file, which is there.
pub(crate) fn is_same(a: &Path, b: &Path) -> bool {
    match (std::fs::canonicalize(a), std::fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

/// The reason without the number of the system's error.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

/// Says what of the same kind there is beside a file that is missing.
fn nearby(path: &Path) -> String {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let Ok(entries) = std::fs::read_dir(folder) else {
        return format!("there is no directory `{}` either", folder.display());
    };
    let same = |found: &PathBuf| found.extension() == path.extension();
    let mut names: Vec<String> = entries
        .filter_map(|entry| Some(entry.ok()?.path()).filter(same))
        .filter_map(|found| Some(found.file_name()?.to_string_lossy().into_owned()))
        .collect();
    names.sort_unstable();
    names.truncate(5);
    if names.is_empty() {
        String::new()
    } else {
        format!("in that directory there are: {}", names.join(", "))
    }
}

/// Included files, each named relative to the file that includes it.
pub(crate) struct Included {
    /// Where the files that were opened last under a name are.
    opened: RefCell<HashMap<String, PathBuf>>,
}

impl Included {
    /// For the deck at `path`, which the parser knows as `name`.
    pub(crate) fn of(path: &Path, name: &str) -> Self {
        let opened = HashMap::from([(name.to_owned(), path.to_path_buf())]);
        Self { opened: RefCell::new(opened) }
    }
}

impl Sources for Included {
    fn read(&self, name: &str, from: &str) -> Result<Vec<u8>, String> {
        let mut opened = self.opened.borrow_mut();
        let folder = opened.get(from).and_then(|path| path.parent()).unwrap_or(Path::new(""));
        let path = folder.join(name);
        if path.is_dir() {
            return Err("it is a directory".to_owned());
        }
        let bytes = std::fs::read(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => format!("there is no file `{}`", path.display()),
            _ => error.to_string(),
        })?;
        opened.insert(name.to_owned(), path);
        Ok(bytes)
    }
}
