//! Sampled signals and the files they live in.
//!
//! A [`Waveform`] has one strictly increasing time axis and finite values by
//! construction. Three kinds of file hold it: ngspice raw ([`read_raw`],
//! [`write_raw`]), CSV ([`read_csv`], [`write_csv`]) and NumPy's NPY and NPZ
//! ([`read_npy`], [`Npz`], [`write_npz`], [`read_waveform_npz`]). Readers take any `Read`, never trust a
//! length that a header declares, and say what is wrong and where.

mod archive;
mod measure;
mod npy;
mod npz;
mod raw;
mod spectrum;
mod table;
mod waveform;

pub use archive::{ArchiveError, read_waveform_npz, write_waveform_npz};
pub use measure::{Columns, Edge, Measured, Sampled, Statistic};
pub(crate) use npy::half_to_f64;
pub use npy::{Array, NpyArray, NpyError, read_npy, write_npy, write_npy_text};
pub use npz::{Npz, NpzError, write_npz, write_npz_stored};
pub use raw::{
    RawData, RawEncoding, RawError, RawErrorKind, RawPlot, RawVariable, RawView, read_raw,
    write_raw,
};
pub use spectrum::{ComplexSignal, Spectrum};
pub use table::{CsvError, read_csv, write_csv};
pub use waveform::{Signal, WaveError, Waveform};
