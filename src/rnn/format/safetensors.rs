//! Networks as safetensors: PyTorch's, and our own with every bit kept.
//!
//! Our own files hold f64 under our own names, and in the metadata
//! `format=analogon`, `version=1`, `form`, `activation`, and if known `step`.

use std::collections::BTreeMap;

use safetensors::{Dtype, SafeTensors};
use serde_json::{Map, Value, json};

use crate::rnn::Rnn;
use crate::rnn::format::named::{Named, own_arrays, own_texts};
use crate::rnn::format::{FormatError, FormatErrorKind, LoadOptions, Loaded};
use crate::wave::{NpyArray, half_to_f64};

const VERSION: &str = "1";

pub(super) fn read(bytes: &[u8], options: &LoadOptions) -> Result<Loaded, FormatError> {
    let damaged = |error| FormatError::damaged("safetensors file", error);
    let file = SafeTensors::deserialize(bytes).map_err(damaged)?;
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
    let mut named = Named::default();
    if let Some(metadata) = header.metadata() {
        // Collected into a sorted map: the order of a hash map never shows.
        named.texts = metadata.clone().into_iter().collect();
    }
    if named.texts.get("format").is_some_and(|format| format == "analogon")
        && let Some(version) = named.texts.get("version").filter(|version| *version != VERSION)
    {
        let what = format!("version {version} of our own format");
        let supported = "version 1 is; use a newer analogon";
        return Err(FormatError::whole(FormatErrorKind::Unsupported { what, supported }));
    }
    for (name, view) in file.tensors().into_iter().collect::<BTreeMap<_, _>>() {
        if let Some(data) = decode(view.dtype(), view.data()) {
            named.insert(&name, NpyArray { shape: view.shape().to_vec(), data });
        } else {
            let note = format!("tensor `{name}` of type {} is not used", view.dtype());
            named.notes.push(note);
        }
    }
    named.network(options)
}

/// The network as a safetensors file of f64 tensors; reading it back gives the
/// same bits.
///
/// # Errors
///
/// A key of `metadata` that names a part of the network (`W`, `form`, ...), or a
/// step that is not positive.
pub fn save_safetensors(
    network: &Rnn,
    trained_step: Option<f64>,
    metadata: &BTreeMap<String, String>,
) -> Result<Vec<u8>, FormatError> {
    let mut texts = own_texts(network, trained_step, metadata)?;
    texts.insert("format".to_owned(), "analogon".to_owned());
    texts.insert("version".to_owned(), VERSION.to_owned());
    // The crate's writer takes a hash map, whose order would make the same network
    // give different bytes; the header is a few lines of JSON.
    let mut header = Map::new();
    header.insert("__metadata__".to_owned(), json!(texts));
    let mut data: Vec<u8> = Vec::new();
    for (name, array) in own_arrays(network) {
        let begin = data.len();
        data.extend(array.data.iter().flat_map(|value| value.to_le_bytes()));
        let entry =
            json!({ "dtype": "F64", "shape": array.shape, "data_offsets": [begin, data.len()] });
        header.insert(name.to_owned(), entry);
    }
    let mut text = Value::Object(header).to_string();
    // The data begin at a multiple of 8.
    text.push_str(&" ".repeat(text.len().next_multiple_of(8) - text.len()));
    let length = (text.len() as u64).to_le_bytes();
    Ok([&length, text.as_bytes(), &data].concat())
}

/// Little-endian numbers as f64; `None` for types that no network is stored in.
fn decode(element: Dtype, data: &[u8]) -> Option<Vec<f64>> {
    fn each<const N: usize>(data: &[u8], decode: impl Fn([u8; N]) -> f64) -> Vec<f64> {
        let chunks = data.chunks_exact(N);
        chunks
            .map(|bytes| decode(bytes.try_into().expect("invariant: chunks of N bytes")))
            .collect()
    }
    match element {
        Dtype::F64 => Some(each(data, f64::from_le_bytes)),
        Dtype::F32 => Some(each(data, |bytes| f64::from(f32::from_le_bytes(bytes)))),
        Dtype::F16 => Some(each(data, |bytes| half_to_f64(u16::from_le_bytes(bytes)))),
        // bfloat16 is the upper half of a binary32.
        Dtype::BF16 => Some(each(data, |[low, high]: [u8; 2]| {
            f64::from(f32::from_le_bytes([0, 0, low, high]))
        })),
        _ => None,
    }
}
