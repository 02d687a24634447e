//! The one place that touches the HDF5 reader: a file becomes a tree of arrays.

use std::collections::BTreeMap;

use hdf5_pure::{DType, File, Group};

use crate::rnn::format::tensor::Tensor;
use crate::rnn::format::{FormatError, FormatErrorKind};
use crate::wave::NpyArray;

/// Keras nests five levels deep; a file whose groups contain themselves ends here.
const MAX_DEPTH: usize = 16;

/// A Keras file of one recurrent layer has about fifty objects.
const MAX_OBJECTS: usize = 10_000;

/// Deflate shrinks at most about a thousandfold, so an array larger than this many
/// times the file is a lie.
const MAX_INFLATION: u64 = 1100;

/// What a network reader needs of an HDF5 file.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    /// Numeric datasets by path, without a leading slash.
    pub(super) arrays: BTreeMap<String, Tensor>,
    /// Text attributes of the root and of the groups below it, by `path@name`.
    pub(super) attributes: BTreeMap<String, String>,
    /// Paths of all groups.
    pub(super) groups: Vec<String>,
}

/// Reads all groups but the optimiser's.
pub(super) fn read_tree(bytes: &[u8]) -> Result<Tree, FormatError> {
    let damaged = |error| FormatError::damaged("HDF5 file", error);
    let file = File::from_bytes(bytes.to_vec()).map_err(damaged)?;
    let (promised, found) = (file.superblock().eof_address, bytes.len() as u64);
    if promised > found {
        let what = format!("cut short: {found} bytes of {promised}");
        return Err(FormatError::damaged("HDF5 file", what));
    }
    let mut walk = Walk { tree: Tree::default(), objects: 0, file_length: bytes.len() as u64 };
    walk.group(&file.root(), "", 0)?;
    Ok(walk.tree)
}

struct Walk {
    tree: Tree,
    objects: usize,
    file_length: u64,
}

impl Walk {
    fn group(&mut self, group: &Group, path: &str, depth: usize) -> Result<(), FormatError> {
        let damaged = |error| damaged_at(path, error);
        if depth > MAX_DEPTH {
            return Err(damaged_at(path, "groups nested too deeply"));
        }
        for (name, value) in group.attrs().map_err(damaged)?.into_iter().collect::<BTreeMap<_, _>>()
        {
            if let Some(text) = value.as_str() {
                self.tree.attributes.insert(format!("{path}@{name}"), text.to_owned());
            }
        }
        for name in group.datasets().map_err(damaged)? {
            self.count(path)?;
            self.dataset(group, &name, &join(path, &name))?;
        }
        for name in group.groups().map_err(damaged)? {
            self.count(path)?;
            let inner = join(path, &name);
            if name == "optimizer" || name == "optimizer_weights" {
                continue;
            }
            let group = group.group(&name).map_err(|error| damaged_at(&inner, error))?;
            self.group(&group, &inner, depth + 1)?;
            self.tree.groups.push(inner);
        }
        Ok(())
    }

    fn dataset(&mut self, group: &Group, name: &str, path: &str) -> Result<(), FormatError> {
        let damaged = |error| damaged_at(path, error);
        let dataset = group.dataset(name).map_err(damaged)?;
        if !is_number(&dataset.dtype().map_err(damaged)?) {
            return Ok(());
        }
        let extents = dataset.shape().map_err(damaged)?;
        let limit = self.file_length.saturating_mul(MAX_INFLATION);
        let count = extents.iter().try_fold(1u64, |n, &extent| n.checked_mul(extent));
        let size = dataset.element_size().map_err(damaged)?;
        let total = count.and_then(|n| n.checked_mul(size)).filter(|&bytes| bytes <= limit);
        if total.is_none() {
            let what = format!("shape {extents:?} needs more bytes than the file can hold");
            return Err(damaged_at(path, what));
        }
        let data = dataset.read_f64().map_err(damaged)?;
        let shape: Vec<usize> = extents.iter().map(|&extent| extent as usize).collect();
        if Some(data.len() as u64) != count {
            let what = format!("shape {shape:?} but {} numbers", data.len());
            return Err(damaged_at(path, what));
        }
        let tensor = Tensor { place: path.to_owned(), array: NpyArray { shape, data } };
        self.tree.arrays.insert(path.to_owned(), tensor);
        Ok(())
    }

    fn count(&mut self, path: &str) -> Result<(), FormatError> {
        self.objects += 1;
        if self.objects > MAX_OBJECTS {
            return Err(damaged_at(path, "too many objects for a network file"));
        }
        Ok(())
    }
}

fn is_number(element: &DType) -> bool {
    use DType::{F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};
    matches!(element, F32 | F64 | I8 | I16 | I32 | I64 | U8 | U16 | U32 | U64)
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") }
}

fn damaged_at(path: &str, detail: impl std::fmt::Display) -> FormatError {
    let kind = FormatErrorKind::Damaged { format: "HDF5 file", detail: detail.to_string() };
    if path.is_empty() { FormatError::whole(kind) } else { FormatError::at(path, kind) }
}
