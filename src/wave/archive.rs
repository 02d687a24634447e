//! Waveforms in NumPy's archives: `time` and one array a signal.

use std::io::{Read, Seek, Write};

use crate::wave::{Array, Npz, NpzError, Signal, WaveError, Waveform, npz::write_lists};

/// Why an archive holds no waveform.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The archive cannot be read.
    #[error(transparent)]
    Npz(#[from] NpzError),
    /// There is no time axis.
    #[error("no array `time` in the archive, which holds {}", .present.join(", "))]
    NoTime {
        /// The arrays there are.
        present: Vec<String>,
    },
    /// An array is no list of numbers.
    #[error("array `{name}` is {found}, a signal is a list of numbers")]
    Kind {
        /// Its name.
        name: String,
        /// What it is.
        found: String,
    },
    /// The arrays are no waveform.
    #[error(transparent)]
    Wave(#[from] WaveError),
}

/// Reads what [`Waveform::arrays`] writes: the instants in the array `time`, s, and every
/// other array as a signal, sorted by name. Archives hold no units: `v(...)` counts as
/// a voltage and `i(...)` as a current, as in SPICE.
///
/// # Errors
///
/// [`ArchiveError`] names the array.
pub fn read_waveform_npz(reader: impl Read + Seek) -> Result<Waveform, ArchiveError> {
    let mut archive = Npz::open(reader)?;
    let present = archive.names();
    if !present.iter().any(|name| name == "time") {
        return Err(ArchiveError::NoTime { present });
    }
    let mut read = |name: &str| {
        let kind = |found: String| ArchiveError::Kind { name: name.to_owned(), found };
        match archive.get(name)? {
            Array::Numbers(numbers) if numbers.shape.len() == 1 => Ok(numbers.data),
            Array::Numbers(numbers) => Err(kind(format!("of shape {:?}", numbers.shape))),
            Array::Text(_) => Err(kind("text".to_owned())),
        }
    };
    let time = read("time")?;
    let mut signals = Vec::new();
    for name in present.iter().filter(|name| *name != "time") {
        let values = read(name)?;
        let starts = |with: &str| name.to_ascii_lowercase().starts_with(with);
        let unit = match () {
            () if starts("v(") => "V",
            () if starts("i(") => "A",
            () => "",
        };
        signals.push(Signal { name: name.clone(), unit: unit.to_owned(), values });
    }
    Ok(Waveform::new(time, signals)?)
}

/// Writes what [`write_npz`](crate::wave::write_npz) makes of [`Waveform::arrays`], without
/// a copy of the numbers.
///
/// # Errors
///
/// Those of `writer`; two signals of one name.
pub fn write_waveform_npz<W: Write + Seek>(writer: W, waveform: &Waveform) -> Result<W, NpzError> {
    let signals = waveform.signals().iter();
    let lists = signals.map(|signal| (signal.name.as_str(), signal.values.as_slice()));
    write_lists(writer, std::iter::once((waveform.axis().0, waveform.time())).chain(lists))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::wave::{NpyArray, write_npz};

    fn archive(arrays: &[(String, Array)]) -> Cursor<Vec<u8>> {
        let written = write_npz(Cursor::new(Vec::new()), arrays).unwrap();
        Cursor::new(written.into_inner())
    }

    #[test]
    fn what_is_written_is_read_back() {
        let signal = |name: &str, unit: &str, values: [f64; 3]| Signal {
            name: name.to_owned(),
            unit: unit.to_owned(),
            values: values.to_vec(),
        };
        let signals = vec![
            signal("I(v1)", "A", [1e-3, 0.1 + 0.2, 0.0]),
            signal("h1", "", [1.0, 2.0, 3.0]),
            signal("v(a)", "V", [-1.0, 0.5, 1e300]),
        ];
        let wave = Waveform::new(vec![0.0, 0.5, 2.0], signals).unwrap();
        assert_eq!(read_waveform_npz(archive(&wave.arrays())).unwrap(), wave);
        let direct = write_waveform_npz(Cursor::new(Vec::new()), &wave).unwrap();
        assert_eq!(direct.into_inner(), archive(&wave.arrays()).into_inner());
    }

    #[test]
    fn what_is_no_waveform_is_named() {
        let array = |shape: Vec<usize>, count: usize| {
            Array::Numbers(NpyArray { shape, data: (0..count).map(|k| k as f64).collect() })
        };
        let message = |arrays: &[(&str, Array)]| {
            let arrays: Vec<(String, Array)> =
                arrays.iter().map(|(name, array)| ((*name).to_owned(), array.clone())).collect();
            read_waveform_npz(archive(&arrays)).unwrap_err().to_string()
        };
        let weights = ("W", array(vec![2, 2], 4));
        assert_eq!(
            message(std::slice::from_ref(&weights)),
            "no array `time` in the archive, which holds W"
        );
        let time = ("time", array(vec![2], 2));
        assert_eq!(
            message(&[time.clone(), weights]),
            "array `W` is of shape [2, 2], a signal is a list of numbers"
        );
        let text = ("form", Array::Text(vec!["A".to_owned()]));
        assert_eq!(
            message(&[time.clone(), text]),
            "array `form` is text, a signal is a list of numbers"
        );
        let short = ("h1", array(vec![3], 3));
        assert_eq!(message(&[time, short]), "signal `h1` has 3 values for 2 instants");
    }
}
