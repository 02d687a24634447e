//! PyTorch's own files: a zip of a pickle and raw storages, or, before PyTorch 1.6,
//! five pickles followed by the storages.

mod pickle;

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use zip::ZipArchive;

use crate::rnn::format::named::Named;
use crate::rnn::format::{FormatError, FormatErrorKind, LoadOptions, Loaded};
use crate::wave::{NpyArray, half_to_f64};

use pickle::{Pickle, Value, unpickle};

/// The bytes of every storage by its key.
type Storages = BTreeMap<String, Vec<u8>>;

/// Reads a state dictionary saved by `torch.save`, alone or inside a checkpoint.
pub(super) fn read_archive(bytes: &[u8], options: &LoadOptions) -> Result<Loaded, FormatError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    let names: Vec<String> =
        archive.file_names().filter_map(|name| Some(name.ok()?.into_owned())).collect();
    let stem = names.iter().find_map(|name| name.strip_suffix("data.pkl"));
    let stem = stem.ok_or_else(|| damaged("no data.pkl in it"))?.to_owned();
    // What deflate can do at most; PyTorch itself stores without compression.
    let limit = (bytes.len() as u64).saturating_mul(1100);
    let mut member = |name: &str| -> Result<Vec<u8>, FormatError> {
        let mut data = Vec::new();
        let entry = archive.by_name(name).map_err(damaged)?;
        entry.take(limit).read_to_end(&mut data).map_err(damaged)?;
        Ok(data)
    };
    let order = format!("{stem}byteorder");
    if names.contains(&order) && member(&order)?.trim_ascii() != b"little" {
        return Err(unsupported("a file of a big-endian machine"));
    }
    let pickle = unpickle(&member(&format!("{stem}data.pkl"))?).map_err(damaged)?;
    let mut storages = Storages::new();
    for name in &names {
        if let Some(key) = name.strip_prefix(&format!("{stem}data/")) {
            storages.insert(key.to_owned(), member(name)?);
        }
    }
    network(&pickle, &storages, options)
}

/// Magic number, protocol version and machine, then the object, then the keys of
/// its storages, then each storage: a count of elements and the elements.
pub(super) fn read_legacy(bytes: &[u8], options: &LoadOptions) -> Result<Loaded, FormatError> {
    let mut rest = bytes;
    let mut next = || -> Result<Pickle, FormatError> {
        let pickle = unpickle(rest).map_err(damaged)?;
        rest = rest.get(pickle.length..).unwrap_or(&[]);
        Ok(pickle)
    };
    for _ in 0..3 {
        next()?;
    }
    let object = next()?;
    let keys = next()?;
    let Value::Sequence(keys_at) = keys.root else {
        return Err(damaged("no list of storages"));
    };
    let widths = widths(&object);
    let mut storages = Storages::new();
    for key in &keys.containers[keys_at] {
        let short = || damaged("it ends inside a storage");
        let Value::Text(key) = key else {
            return Err(damaged("the key of a storage is no text"));
        };
        let Some((count, data)) = rest.split_first_chunk::<8>() else {
            return Err(short());
        };
        let width =
            widths.get(&**key).copied().ok_or_else(|| damaged("a storage without a type"))?;
        let count = usize::try_from(u64::from_le_bytes(*count)).map_err(|_| short())?;
        let length = count.checked_mul(width).filter(|&n| n <= data.len()).ok_or_else(short)?;
        storages.insert(key.to_string(), data[..length].to_vec());
        rest = &data[length..];
    }
    network(&object, &storages, options)
}

/// Bytes an element of every storage that the object names.
fn widths(object: &Pickle) -> BTreeMap<String, usize> {
    let mut widths = BTreeMap::new();
    for value in object.containers.iter().flatten() {
        if let Value::Storage(index) = value
            && let Some((key, element)) = storage(&object.containers[*index])
        {
            widths.insert(key.to_owned(), element.width());
        }
    }
    widths
}

#[derive(Clone, Copy)]
enum Element {
    Double,
    Float,
    Half,
    Brain,
    /// Integers and truth values: never weights, but they have a width.
    Other(usize),
}

impl Element {
    fn of(class: &str) -> Option<Self> {
        match class.strip_prefix("torch ")?.strip_suffix("Storage")? {
            "Double" => Some(Self::Double),
            "Float" => Some(Self::Float),
            "Half" => Some(Self::Half),
            "BFloat16" => Some(Self::Brain),
            "Long" => Some(Self::Other(8)),
            "Int" => Some(Self::Other(4)),
            "Short" => Some(Self::Other(2)),
            "Char" | "Byte" | "Bool" => Some(Self::Other(1)),
            _ => None,
        }
    }

    fn width(self) -> usize {
        match self {
            Self::Double => 8,
            Self::Float => 4,
            Self::Half | Self::Brain => 2,
            Self::Other(width) => width,
        }
    }

    fn decode(self, bytes: &[u8]) -> Option<f64> {
        match self {
            Self::Double => Some(f64::from_le_bytes(bytes.try_into().ok()?)),
            Self::Float => Some(f64::from(f32::from_le_bytes(bytes.try_into().ok()?))),
            Self::Half => Some(half_to_f64(u16::from_le_bytes(bytes.try_into().ok()?))),
            Self::Brain => {
                let [low, high] = bytes.try_into().ok()?;
                Some(f64::from(f32::from_le_bytes([0, 0, low, high])))
            }
            Self::Other(_) => None,
        }
    }
}

/// `('storage', torch.FloatStorage, key, location, count)`: key and type.
fn storage(tuple: &[Value]) -> Option<(&str, Element)> {
    match tuple {
        [_, Value::Global(class), Value::Text(key), ..] => Some((key, Element::of(class)?)),
        _ => None,
    }
}

/// Finds the one dictionary that holds recurrent weights.
fn network(
    pickle: &Pickle,
    storages: &Storages,
    options: &LoadOptions,
) -> Result<Loaded, FormatError> {
    let mut found: Vec<usize> = Vec::new();
    for (index, items) in pickle.containers.iter().enumerate() {
        let recurrent = entries(items).any(|(key, value)| {
            matches!(value, Value::Tensor(_)) && (key == "W" || key.contains("weight_hh"))
        });
        if recurrent {
            found.push(index);
        }
    }
    let dictionary = match found[..] {
        [one] => &pickle.containers[one],
        [] => return Err(unsupported("a PyTorch file without a state dictionary of a network")),
        _ => return Err(unsupported("a PyTorch file with several networks")),
    };
    let mut named = Named::default();
    for (key, value) in entries(dictionary) {
        match value {
            Value::Tensor(index) => match tensor(pickle, *index, storages) {
                Ok(Some(array)) => named.insert(key, array),
                Ok(None) => named.notes.push(format!("tensor `{key}` holds no weights: not used")),
                Err(what) => {
                    let detail = what.to_owned();
                    let kind = FormatErrorKind::Damaged { format: "PyTorch file", detail };
                    return Err(FormatError::at(key, kind));
                }
            },
            _ => named.notes.push(format!("`{key}` is no tensor: not used")),
        }
    }
    named.network(options)
}

/// The entries of a dictionary whose keys are texts.
fn entries(items: &[Value]) -> impl Iterator<Item = (&str, &Value)> {
    items.chunks_exact(2).filter_map(|pair| match &pair[0] {
        Value::Text(key) => Some((&**key, &pair[1])),
        _ => None,
    })
}

/// `(storage, offset, shape, strides, ...)` to an array in C order; `None` for
/// integers.
fn tensor(
    pickle: &Pickle,
    index: usize,
    storages: &Storages,
) -> Result<Option<NpyArray>, &'static str> {
    let [Value::Storage(at), Value::Int(offset), shape, strides, ..] =
        &pickle.containers[index][..]
    else {
        return Err("a tensor is built in an unknown way");
    };
    let (key, element) = storage(&pickle.containers[*at]).ok_or("a storage of unknown type")?;
    if let Element::Other(_) = element {
        return Ok(None);
    }
    let bytes = storages.get(key).ok_or("its storage is not in the file")?;
    let shape = extents(pickle, shape).ok_or("its shape is no tuple of extents")?;
    let strides = extents(pickle, strides).ok_or("its strides are no tuple of extents")?;
    if shape.len() != strides.len() {
        return Err("its shape and its strides disagree");
    }
    let count = shape.iter().try_fold(1usize, |n, &extent| n.checked_mul(extent));
    // A stride of 0 would let a few bytes stand for any number of elements.
    let available = bytes.len() / element.width();
    let count = count.filter(|&n| n <= available).ok_or("it is larger than its storage")?;
    let mut data = Vec::with_capacity(count);
    for position in 0..count {
        let (mut rest, mut place) = (position, usize::try_from(*offset).ok());
        for (&extent, &stride) in shape.iter().zip(&strides).rev() {
            let step = (rest % extent).checked_mul(stride);
            place = place.zip(step).and_then(|(place, step)| place.checked_add(step));
            rest /= extent;
        }
        let width = element.width();
        let start = place.and_then(|place| place.checked_mul(width));
        let value = start.and_then(|start| bytes.get(start..start.checked_add(width)?));
        let value = value.and_then(|value| element.decode(value));
        data.push(value.ok_or("it reaches beyond its storage")?);
    }
    Ok(Some(NpyArray { shape, data }))
}

fn extents(pickle: &Pickle, value: &Value) -> Option<Vec<usize>> {
    let Value::Sequence(index) = value else {
        return None;
    };
    let extent = |value: &Value| match value {
        Value::Int(extent) => usize::try_from(*extent).ok(),
        _ => None,
    };
    pickle.containers[*index].iter().map(extent).collect()
}

fn damaged(detail: impl std::fmt::Display) -> FormatError {
    FormatError::damaged("PyTorch file", detail)
}

fn unsupported(what: &str) -> FormatError {
    let supported = "the state dictionary of one network is: \
        `torch.save(model.state_dict(), \"net.pt\")`";
    FormatError::whole(FormatErrorKind::Unsupported { what: what.to_owned(), supported })
}

#[cfg(test)]
mod tests;
