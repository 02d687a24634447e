//! What kind of file it is, and who reads it.

use std::collections::BTreeMap;
use std::io::Cursor;

use zip::ZipArchive;

use crate::rnn::format::{FormatError, FormatErrorKind, keras, npz, safetensors, text, torch};
use crate::rnn::{Activation, Rnn};

/// What a file leaves open and its reader would otherwise assume.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadOptions {
    /// The activation; `None`: what the file says, tanh where it says nothing.
    pub activation: Option<Activation>,
    /// Name of the array (without `.weight`) that is the readout, where several could be.
    pub readout: Option<String>,
}

/// A network as read from a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The network, in column convention.
    pub network: Rnn,
    /// The step at which a discrete network was trained, model time units: 1 for
    /// Keras and PyTorch; `None` where the file says that time is continuous.
    pub trained_step: Option<f64>,
    /// What else the file says about itself.
    pub metadata: BTreeMap<String, String>,
    /// What was assumed or left out, in sentences for a person.
    pub notes: Vec<String>,
}

/// Reads a network; its content decides the format, then the end of `name`.
///
/// # Errors
///
/// [`FormatError`] names the file, the place in it and what would be right.
pub fn load(name: &str, bytes: &[u8], options: &LoadOptions) -> Result<Loaded, FormatError> {
    let loaded = match recognise(name, bytes) {
        Ok(Format::Hdf5) => keras::read_hdf5(bytes, options),
        Ok(Format::KerasArchive) => keras::read_archive(bytes, options),
        Ok(Format::TorchArchive) => torch::read_archive(bytes, options),
        Ok(Format::TorchLegacy) => torch::read_legacy(bytes, options),
        Ok(Format::Npz) => npz::read(bytes, options),
        Ok(Format::SafeTensors) => safetensors::read(bytes, options),
        Ok(Format::Text(source)) => text::parse(source, options),
        Err(error) => Err(error),
    };
    loaded.map_err(|error| FormatError { file: name.to_owned(), ..error })
}

enum Format<'a> {
    Hdf5,
    KerasArchive,
    TorchArchive,
    TorchLegacy,
    Npz,
    SafeTensors,
    Text(&'a str),
}

fn recognise<'a>(name: &str, bytes: &'a [u8]) -> Result<Format<'a>, FormatError> {
    if hdf5_pure::is_hdf5_bytes(bytes) {
        return Ok(Format::Hdf5);
    }
    if bytes.starts_with(b"PK") {
        return recognise_archive(bytes);
    }
    if is_safetensors(bytes) {
        return Ok(Format::SafeTensors);
    }
    if bytes.starts_with(b"\x93NUMPY") {
        let what = "a single NumPy array".to_owned();
        let supported = "save all arrays of the network with numpy.savez; that is";
        return Err(FormatError::whole(FormatErrorKind::Unsupported { what, supported }));
    }
    if bytes.starts_with(b"version https://git-lfs") {
        return Err(unrecognised(
            "it is a Git LFS pointer: fetch the file itself with git lfs pull",
        ));
    }
    // PyTorch's magic number, pickled: protocol 2, a long integer of ten bytes.
    if bytes.starts_with(b"\x80\x02\x8a\x0al\xfc\x9cF") {
        return Ok(Format::TorchLegacy);
    }
    if has_extension(name, &["onnx"]) {
        let what = "ONNX".to_owned();
        return Err(FormatError::whole(FormatErrorKind::Unsupported { what, supported: RECIPE }));
    }
    let printable = |c: char| !c.is_control() || c.is_whitespace();
    match std::str::from_utf8(bytes) {
        Ok(source) if has_extension(name, &["rnn"]) => Ok(Format::Text(source)),
        Ok(source) if source.contains('=') && source.chars().all(printable) => {
            Ok(Format::Text(source))
        }
        _ if bytes.is_empty() => Err(unrecognised("it is empty")),
        _ if has_extension(name, &["h5", "hdf5", "keras", "npz", "safetensors", "pt", "pth"]) => {
            Err(unrecognised("its content does not fit its name; was it cut short?"))
        }
        _ => Err(unrecognised("")),
    }
}

fn recognise_archive(bytes: &[u8]) -> Result<Format<'static>, FormatError> {
    let archive = ZipArchive::new(Cursor::new(bytes))
        .map_err(|error| FormatError::damaged("zip archive", error))?;
    let names: Vec<String> =
        archive.file_names().filter_map(|name| Some(name.ok()?.into_owned())).collect();
    let any = |test: fn(&str) -> bool| names.iter().any(|name| test(name));
    if any(|name| name == "model.weights.h5") {
        Ok(Format::KerasArchive)
    } else if any(|name| name.ends_with("data.pkl")) {
        Ok(Format::TorchArchive)
    } else if any(|name| has_extension(name, &["npy"])) {
        Ok(Format::Npz)
    } else {
        Err(unrecognised("it is a zip archive without arrays"))
    }
}

/// Eight bytes of length, then a JSON object of that length.
fn is_safetensors(bytes: &[u8]) -> bool {
    let Some((length, rest)) = bytes.split_first_chunk::<8>() else {
        return false;
    };
    rest.first() == Some(&b'{') && u64::from_le_bytes(*length) < 1 << 32
}

const RECIPE: &str = "save the weights as safetensors: \
    `from safetensors.torch import save_file` and \
    `save_file(model.state_dict(), \"net.safetensors\")`";

fn unrecognised(detail: &str) -> FormatError {
    FormatError::whole(FormatErrorKind::Unrecognised { detail: detail.to_owned() })
}

fn has_extension(name: &str, extensions: &[&str]) -> bool {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    extensions.iter().any(|known| extension.eq_ignore_ascii_case(known))
}
