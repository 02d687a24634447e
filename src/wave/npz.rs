//! NumPy's archive of named arrays, `.npz`: a zip of `.npy` files.

use std::io::{Read, Seek, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::wave::{Array, NpyError, npy::write_numbers, read_npy, write_npy, write_npy_text};

/// An open archive; arrays are read when asked for.
pub struct Npz<R> {
    archive: ZipArchive<R>,
}

/// Why an archive cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NpzError {
    /// The container is damaged, or writing it failed.
    #[error("zip archive: {0}")]
    Zip(#[from] zip::result::ZipError),
    /// Writing an array failed.
    #[error("cannot be written: {0}")]
    Io(#[from] std::io::Error),
    /// There is no such array.
    #[error("no array `{name}` in the archive, which holds {}", list(.present))]
    Missing {
        /// The name asked for.
        name: String,
        /// The names there are.
        present: Vec<String>,
    },
    /// An array is malformed or of a type that is not read.
    #[error("array `{name}`: {fault}")]
    Array {
        /// Its name.
        name: String,
        /// What is wrong with it.
        fault: NpyError,
    },
}

impl<R: Read + Seek> Npz<R> {
    /// Reads the directory of the archive.
    ///
    /// # Errors
    ///
    /// [`NpzError::Zip`] where `reader` holds no zip archive.
    pub fn open(reader: R) -> Result<Self, NpzError> {
        Ok(Self { archive: ZipArchive::new(reader)? })
    }

    /// The names of the arrays, without `.npy`, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let arrays = self.archive.file_names().filter_map(|name| {
            // A name that is no text cannot be asked for.
            Some(name.ok()?.strip_suffix(".npy")?.to_owned())
        });
        let mut names: Vec<String> = arrays.collect();
        names.sort_unstable();
        names
    }

    /// Reads one array.
    ///
    /// # Errors
    ///
    /// [`NpzError`] names the array.
    pub fn get(&mut self, name: &str) -> Result<Array, NpzError> {
        let present = self.names();
        if !present.iter().any(|known| known == name) {
            return Err(NpzError::Missing { name: name.to_owned(), present });
        }
        let entry = self.archive.by_name(&format!("{name}.npy"))?;
        read_npy(entry).map_err(|fault| NpzError::Array { name: name.to_owned(), fault })
    }
}

/// Writes named arrays as a deflated archive that `numpy.load` opens.
///
/// The same arrays give the same bytes: the archive holds no date.
///
/// # Errors
///
/// Those of `writer`; two arrays of one name.
pub fn write_npz<W: Write + Seek>(writer: W, arrays: &[(String, Array)]) -> Result<W, NpzError> {
    write(writer, arrays, CompressionMethod::Deflated)
}

/// The same without compression: weights hardly become smaller by it.
///
/// # Errors
///
/// Those of [`write_npz`].
pub fn write_npz_stored<W: Write + Seek>(
    writer: W,
    arrays: &[(String, Array)],
) -> Result<W, NpzError> {
    write(writer, arrays, CompressionMethod::Stored)
}

fn write<W: Write + Seek>(
    writer: W,
    arrays: &[(String, Array)],
    method: CompressionMethod,
) -> Result<W, NpzError> {
    let mut archive = ZipWriter::new(writer);
    for (name, array) in arrays {
        begin(&mut archive, name, method)?;
        match array {
            Array::Numbers(numbers) => write_npy(&mut archive, numbers)?,
            Array::Text(strings) => write_npy_text(&mut archive, strings)?,
        }
    }
    Ok(archive.finish()?)
}

/// Writes lists of numbers by name, as [`write_npz`] does.
pub(super) fn write_lists<'a, W: Write + Seek>(
    writer: W,
    lists: impl Iterator<Item = (&'a str, &'a [f64])>,
) -> Result<W, NpzError> {
    let mut archive = ZipWriter::new(writer);
    for (name, numbers) in lists {
        begin(&mut archive, name, CompressionMethod::Deflated)?;
        write_numbers(&mut archive, &[numbers.len()], numbers)?;
    }
    Ok(archive.finish()?)
}

/// Begins an array.
fn begin<W: Write + Seek>(
    archive: &mut ZipWriter<W>,
    name: &str,
    method: CompressionMethod,
) -> Result<(), NpzError> {
    let options = SimpleFileOptions::default()
        .compression_method(method)
        .last_modified_time(zip::DateTime::default());
    Ok(archive.start_file(format!("{name}.npy"), options)?)
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
