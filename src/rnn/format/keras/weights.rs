//! The arrays of a Keras file, in each of the layouts that Keras has used.

use crate::rnn::format::hdf5::Tree;
use crate::rnn::format::keras::config::{Architecture, Layer};
use crate::rnn::format::tensor::Tensor;
use crate::rnn::format::{FormatError, FormatErrorKind};

/// The arrays as stored, in row convention.
#[derive(Clone, Debug)]
pub(super) struct Weights {
    /// Wk, inputs x units.
    pub(super) kernel: Tensor,
    /// U, units x units.
    pub(super) recurrent: Tensor,
    /// b.
    pub(super) bias: Option<Tensor>,
    /// The readout.
    pub(super) dense: Option<Dense>,
}

/// The arrays of a Dense layer.
#[derive(Clone, Debug)]
pub(super) struct Dense {
    /// V, units x outputs.
    pub(super) kernel: Tensor,
    /// c.
    pub(super) bias: Option<Tensor>,
}

/// An array, the layer it belongs to and its part in it.
struct Entry<'a> {
    layer: &'a str,
    part: Part,
    tensor: &'a Tensor,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Recurrent(Role),
    Dense(Role),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Kernel,
    RecurrentKernel,
    Bias,
}

impl Weights {
    /// Finds the arrays by name (`.h5`) or by position (`.weights.h5`, `.keras`).
    pub(super) fn find(
        tree: &Tree,
        architecture: Option<&Architecture>,
    ) -> Result<Self, FormatError> {
        let entries = entries(tree, architecture);
        if entries.is_empty() {
            if architecture.is_some() || is_keras(tree) {
                return Err(FormatError::whole(FormatErrorKind::NotBuilt));
            }
            let mut present: Vec<&str> = tree.arrays.keys().map(String::as_str).collect();
            present.truncate(8);
            let what = format!(
                "no weights of a Keras model in this HDF5 file, which holds {}",
                if present.is_empty() { "no arrays".to_owned() } else { present.join(", ") }
            );
            return Err(FormatError::whole(FormatErrorKind::Missing(what)));
        }
        let recurrent = the_layer(&entries, architecture.map(|a| &a.recurrent), true)?;
        let Some(recurrent) = recurrent else {
            let what = "no array is the recurrent kernel of a SimpleRNN".to_owned();
            return Err(FormatError::whole(FormatErrorKind::Missing(what)));
        };
        let described = architecture.map(|a| a.dense.as_ref());
        let dense = match described {
            Some(None) => None,
            Some(Some(layer)) => the_layer(&entries, Some(layer), false)?,
            None => the_layer(&entries, None, false)?,
        };
        if let Some(Some(layer)) = described
            && dense.is_none()
        {
            return Err(missing(&layer.name, "the weights of this Dense layer are"));
        }
        Self::collect(&entries, recurrent, dense, architecture)
    }

    fn collect(
        entries: &[Entry],
        recurrent: &str,
        dense: Option<&str>,
        architecture: Option<&Architecture>,
    ) -> Result<Self, FormatError> {
        let get = |layer: &str, part: Part| {
            let entry = entries.iter().find(|e| e.layer == layer && e.part == part);
            entry.map(|entry| entry.tensor.clone())
        };
        let need = |layer: &str, part: Part, what: &str| {
            get(layer, part).ok_or_else(|| missing(layer, what))
        };
        let dense = match dense {
            Some(layer) => Some(Dense {
                kernel: need(layer, Part::Dense(Role::Kernel), "the kernel is")?,
                bias: get(layer, Part::Dense(Role::Bias)),
            }),
            None => None,
        };
        let weights = Self {
            kernel: need(recurrent, Part::Recurrent(Role::Kernel), "the kernel is")?,
            recurrent: need(
                recurrent,
                Part::Recurrent(Role::RecurrentKernel),
                "the recurrent kernel is",
            )?,
            bias: get(recurrent, Part::Recurrent(Role::Bias)),
            dense,
        };
        if let Some(architecture) = architecture {
            weights.check(architecture)?;
        }
        Ok(weights)
    }

    /// Arrays and description must tell the same story.
    fn check(&self, architecture: &Architecture) -> Result<(), FormatError> {
        let layer = &architecture.recurrent;
        if layer.use_bias && self.bias.is_none() {
            return Err(missing(&layer.name, "the bias is"));
        }
        if let Some(units) = layer.units
            && self.recurrent.shape().first() != Some(&units)
        {
            return Err(self.recurrent.shape_error(format!("[{units}, {units}]")));
        }
        if let (Some(layer), Some(Dense { kernel, bias })) = (&architecture.dense, &self.dense) {
            if layer.use_bias && bias.is_none() {
                return Err(missing(&layer.name, "the bias is"));
            }
            if let Some(units) = layer.units
                && kernel.shape().last() != Some(&units)
            {
                return Err(kernel.shape_error(format!("[units, {units}]")));
            }
        }
        Ok(())
    }
}

/// The layer of one kind: the described one where names are stored, else the only one.
fn the_layer<'a>(
    entries: &[Entry<'a>],
    described: Option<&Layer>,
    recurrent: bool,
) -> Result<Option<&'a str>, FormatError> {
    let kind = |part: Part| matches!(part, Part::Recurrent(_)) == recurrent;
    let mut layers: Vec<&str> = entries.iter().filter(|e| kind(e.part)).map(|e| e.layer).collect();
    layers.sort_unstable();
    layers.dedup();
    if let Some(described) = described
        && let Some(layer) = layers.iter().find(|layer| **layer == described.name)
    {
        return Ok(Some(layer));
    }
    match layers[..] {
        [] => Ok(None),
        [layer] => Ok(Some(layer)),
        _ => {
            let what = if recurrent { "the one recurrent layer" } else { "the one Dense layer" };
            let candidates = layers.iter().map(|&layer| layer.to_owned()).collect();
            let what = what.to_owned();
            Err(FormatError::whole(FormatErrorKind::Ambiguous { what, candidates }))
        }
    }
}

fn entries<'a>(tree: &'a Tree, architecture: Option<&Architecture>) -> Vec<Entry<'a>> {
    let recurrent = architecture.map(|a| a.recurrent.name.as_str());
    let named: Vec<_> = tree.arrays.iter().filter_map(|(path, t)| by_name(path, t)).collect();
    let mut entries: Vec<Entry> = if named.is_empty() {
        tree.arrays.iter().filter_map(|(path, tensor)| by_position(path, tensor)).collect()
    } else {
        named
    };
    // `kernel` and `bias` alone do not tell a Dense from a SimpleRNN; a layer that
    // has a recurrent kernel, or the name of the recurrent layer, does.
    let layers: Vec<&str> = entries
        .iter()
        .filter(|e| e.part == Part::Recurrent(Role::RecurrentKernel))
        .map(|e| e.layer)
        .collect();
    for entry in &mut entries {
        if let Part::Dense(role) = entry.part
            && (layers.contains(&entry.layer) || Some(entry.layer) == recurrent)
        {
            entry.part = Part::Recurrent(role);
        }
    }
    entries
}

/// `model_weights/<layer>/.../kernel:0` (Keras 2), the same without `:0` (Keras 3),
/// and both without `model_weights` (a file of weights alone).
fn by_name<'a>(path: &'a str, tensor: &'a Tensor) -> Option<Entry<'a>> {
    let inner = path.strip_prefix("model_weights/").unwrap_or(path);
    let (layer, rest) = inner.split_once('/')?;
    let name = rest.rsplit('/').next().unwrap_or(rest);
    let part = match name.split(':').next().unwrap_or(name) {
        "kernel" => Part::Dense(Role::Kernel),
        "recurrent_kernel" => Part::Recurrent(Role::RecurrentKernel),
        "bias" => Part::Dense(Role::Bias),
        _ => return None,
    };
    Some(Entry { layer, part, tensor })
}

/// `layers/<layer>/cell/vars/0..2`: kernel, recurrent kernel, bias; and
/// `layers/<layer>/vars/0..1`: kernel, bias. Keras 2.12 to 2.15 wrote
/// `_layer_checkpoint_dependencies` for `layers`.
fn by_position<'a>(path: &'a str, tensor: &'a Tensor) -> Option<Entry<'a>> {
    let roots = ["layers/", "_layer_checkpoint_dependencies/"];
    let inner = roots.iter().find_map(|root| path.strip_prefix(root))?;
    let (layer, rest) = inner.split_once('/')?;
    let part = match rest {
        "cell/vars/0" => Part::Recurrent(Role::Kernel),
        "cell/vars/1" => Part::Recurrent(Role::RecurrentKernel),
        "cell/vars/2" => Part::Recurrent(Role::Bias),
        "vars/0" | "layer/vars/0" => Part::Dense(Role::Kernel),
        "vars/1" | "layer/vars/1" => Part::Dense(Role::Bias),
        _ => return None,
    };
    Some(Entry { layer, part, tensor })
}

/// True for a file in which Keras has at least made its groups.
fn is_keras(tree: &Tree) -> bool {
    let roots = ["model_weights", "layers", "_layer_checkpoint_dependencies"];
    tree.groups.iter().any(|group| roots.contains(&group.as_str()))
        || tree.attributes.contains_key("@keras_version")
}

fn missing(layer: &str, what: &str) -> FormatError {
    FormatError::at(layer, FormatErrorKind::Missing(format!("{what} not in the file")))
}
