//! Networks as NumPy archives.

use std::collections::BTreeMap;
use std::io::Cursor;

use crate::rnn::Rnn;
use crate::rnn::format::named::{Named, own_arrays, own_texts};
use crate::rnn::format::{FormatError, FormatErrorKind, LoadOptions, Loaded};
use crate::wave::{Array, Npz, NpzError, write_npz};

pub(super) fn read(bytes: &[u8], options: &LoadOptions) -> Result<Loaded, FormatError> {
    let mut archive = Npz::open(Cursor::new(bytes)).map_err(located)?;
    let mut named = Named::default();
    for name in archive.names() {
        match archive.get(&name) {
            Ok(Array::Numbers(array)) if name == "step" && array.shape.is_empty() => {
                named.texts.insert(name, format!("{:?}", array.data[0]));
            }
            Ok(Array::Numbers(array)) => named.insert(&name, array),
            Ok(Array::Text(strings)) => {
                named.texts.insert(name, strings.join(", "));
            }
            Err(error) if is_foreign(&error) => {
                named.notes.push(format!("{error}: not used"));
            }
            Err(error) => return Err(located(error)),
        }
    }
    named.network(options)
}

/// The network as a deflated archive of f64 arrays under our own names, which
/// `numpy.load` opens.
///
/// # Errors
///
/// A key of `metadata` that names a part of the network (`W`, `form`, ...), or a
/// step that is not positive.
pub fn save_npz(
    network: &Rnn,
    trained_step: Option<f64>,
    metadata: &BTreeMap<String, String>,
) -> Result<Vec<u8>, FormatError> {
    let texts = own_texts(network, trained_step, metadata)?;
    let numbers = own_arrays(network).into_iter();
    let mut arrays: Vec<(String, Array)> =
        numbers.map(|(name, array)| (name.to_owned(), Array::Numbers(array))).collect();
    arrays.extend(texts.into_iter().map(|(key, text)| (key, Array::Text(vec![text]))));
    Ok(write_npz(Cursor::new(Vec::new()), &arrays).map_err(located)?.into_inner())
}

/// An intact array of a kind that no network consists of.
fn is_foreign(error: &NpzError) -> bool {
    use crate::wave::NpyError::{ElementType, Inexact, Text};
    matches!(error, NpzError::Array { fault: ElementType(_) | Inexact { .. } | Text { .. }, .. })
}

fn located(error: NpzError) -> FormatError {
    let format = "NPZ archive";
    match error {
        NpzError::Array { name, fault } => {
            let detail = fault.to_string();
            FormatError::at(name, FormatErrorKind::Damaged { format, detail })
        }
        other => FormatError::damaged(format, other),
    }
}
