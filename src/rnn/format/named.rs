//! Networks whose arrays are found by name: PyTorch's names and our own.
//!
//! PyTorch computes `h[t] = sigma(W_ih x[t] + b_ih + W_hh h[t-1] + b_hh)` with
//! column vectors, so its matrices are taken as they are and its two biases are
//! added. Our own names are those of [`Parts`], in the same convention:
//!
//! ```text
//! W    units x units     b, leak  units
//! Win  units x inputs    V, c     outputs x units, outputs
//! ```

use std::collections::BTreeMap;

use nalgebra::{DMatrix, DVector};

use crate::rnn::format::tensor::Tensor;
use crate::rnn::format::{FormatError, FormatErrorKind, LoadOptions, Loaded};
use crate::rnn::{Activation, Form, Parts, Readout, Rnn};
use crate::wave::NpyArray;

/// The arrays and texts of a file.
#[derive(Debug, Default)]
pub(super) struct Named {
    pub(super) tensors: BTreeMap<String, Tensor>,
    pub(super) texts: BTreeMap<String, String>,
    pub(super) notes: Vec<String>,
}

/// Keys of the texts that say what the arrays mean; the rest is metadata.
pub(super) const RESERVED: [&str; 5] = ["format", "version", "form", "activation", "step"];

const OWN: [&str; 6] = ["W", "Win", "b", "leak", "V", "c"];

impl Named {
    pub(super) fn insert(&mut self, name: &str, array: NpyArray) {
        let tensor = Tensor { place: name.to_owned(), array };
        self.tensors.insert(name.to_owned(), tensor);
    }

    /// The network, by our own names where there is a `W`, else by PyTorch's.
    pub(super) fn network(self, options: &LoadOptions) -> Result<Loaded, FormatError> {
        if self.tensors.contains_key("W") { self.own(options) } else { self.torch(options) }
    }

    fn own(mut self, options: &LoadOptions) -> Result<Loaded, FormatError> {
        let form = match self.texts.get("form").map(String::as_str) {
            Some("A") => Form::A,
            Some("B") => Form::B,
            Some(other) => return Err(syntax("form", format!("`{other}` is neither A nor B"))),
            None => {
                self.notes.push("no `form`: A assumed".to_owned());
                Form::A
            }
        };
        let activation = match (options.activation, self.texts.get("activation")) {
            (Some(chosen), _) => chosen,
            (None, Some(name)) => Activation::from_name(name)
                .ok_or_else(|| syntax("activation", format!("`{name}` is not known")))?,
            (None, None) => self.assume_tanh("no `activation`"),
        };
        let trained_step = match self.texts.get("step") {
            Some(text) => Some(
                step(text)
                    .ok_or_else(|| syntax("step", format!("`{text}` is not a positive number")))?,
            ),
            None => None,
        };
        let parts = self.own_parts(form, activation)?;
        for name in self.tensors.keys().filter(|name| !OWN.contains(&name.as_str())) {
            self.notes.push(format!("array `{name}` is not used"));
        }
        Ok(Loaded {
            network: Rnn::new(parts)?,
            trained_step,
            metadata: metadata(self.texts),
            notes: self.notes,
        })
    }

    fn own_parts(&mut self, form: Form, activation: Activation) -> Result<Parts, FormatError> {
        let w = self.need("W")?;
        let units = w.shape().first().copied().unwrap_or(0);
        let recurrent = w.matrix(Some(units), Some(units))?;
        let input = match self.tensors.get("Win") {
            Some(tensor) => tensor.matrix(Some(units), None)?,
            None => DMatrix::zeros(units, 0),
        };
        let v = match self.tensors.get("V") {
            Some(tensor) => tensor.matrix(None, Some(units))?,
            None => DMatrix::zeros(0, units),
        };
        let vector = |name: &str, length: usize| match self.tensors.get(name) {
            Some(tensor) => tensor.vector(length),
            None => Ok(DVector::zeros(length)),
        };
        let bias = vector("b", units)?;
        let c = vector("c", v.nrows())?;
        let leak = if let Some(tensor) = self.tensors.get("leak") {
            tensor.vector(units)?
        } else {
            self.notes.push("no `leak`: 1 for every unit assumed".to_owned());
            DVector::from_element(units, 1.0)
        };
        let readout = Readout { weights: v, bias: c };
        Ok(Parts { form, activation, recurrent, input, bias, leak, readout })
    }

    fn torch(mut self, options: &LoadOptions) -> Result<Loaded, FormatError> {
        let (stem, suffix) = self.torch_layer()?;
        let key = |part: &str| format!("{stem}{part}{suffix}");
        let stored = self.need(&key("weight_hh"))?;
        let [along, units] = *stored.shape() else {
            return Err(stored.shape_error("[units, units]".to_owned()));
        };
        let recurrent = stored.square(units, along)?;
        let input = self.need(&key("weight_ih"))?.matrix(Some(units), None)?;
        let mut bias = DVector::zeros(units);
        for part in ["bias_ih", "bias_hh"] {
            if let Some(tensor) = self.tensors.get(&key(part)) {
                bias += tensor.vector(units)?;
            }
        }
        self.notes.push(
            "PyTorch computes h[t] = sigma(W h[t-1] + Win x[t] + b): form A with leak 1, trained \
             at step 1; b is the sum of bias_ih and bias_hh"
                .to_owned(),
        );
        let activation = match options.activation {
            Some(chosen) => chosen,
            None => self.assume_tanh("PyTorch's file does not name the activation"),
        };
        let mut used: Vec<String> =
            ["weight_hh", "weight_ih", "bias_ih", "bias_hh"].map(key).to_vec();
        let readout = self.torch_readout(units, &mut used, options)?;
        for name in self.tensors.keys().filter(|name| !used.contains(name)) {
            self.notes.push(format!("array `{name}` is not used"));
        }
        let network = Rnn::new(Parts {
            form: Form::A,
            activation,
            recurrent,
            input,
            bias,
            leak: DVector::from_element(units, 1.0),
            readout,
        })?;
        let metadata = metadata(self.texts);
        Ok(Loaded { network, trained_step: Some(1.0), metadata, notes: self.notes })
    }

    /// What stands before and behind `weight_hh` in the one recurrent layer.
    fn torch_layer(&self) -> Result<(String, String), FormatError> {
        let layers: Vec<(&str, &str)> =
            self.tensors.keys().filter_map(|name| name.split_once("weight_hh")).collect();
        match layers[..] {
            [(stem, suffix @ ("" | "_l0"))] => Ok((stem.to_owned(), suffix.to_owned())),
            [] => {
                let present: Vec<&str> = self.tensors.keys().map(String::as_str).collect();
                let present =
                    if present.is_empty() { "none".to_owned() } else { present.join(", ") };
                let what = format!(
                    "no recurrent weights: neither `W` nor PyTorch's `weight_hh` or \
                     `weight_hh_l0` is among the arrays ({present})"
                );
                Err(FormatError::whole(FormatErrorKind::Missing(what)))
            }
            _ => {
                let names: Vec<String> =
                    layers.iter().map(|(a, b)| format!("`{a}weight_hh{b}`")).collect();
                let what = format!("a network with recurrent weights {}", names.join(", "));
                let supported = "one layer in one direction is";
                Err(FormatError::whole(FormatErrorKind::Unsupported { what, supported }))
            }
        }
    }

    /// The one matrix that maps units to outputs.
    fn torch_readout(
        &mut self,
        units: usize,
        used: &mut Vec<String>,
        options: &LoadOptions,
    ) -> Result<Readout, FormatError> {
        let plain = |name: &str| name.strip_suffix(".weight").unwrap_or(name).to_owned();
        let mut candidates: Vec<&String> = self
            .tensors
            .iter()
            .filter(|(name, tensor)| {
                !used.contains(name) && matches!(tensor.shape(), [_, from] if *from == units)
            })
            .map(|(name, _)| name)
            .collect();
        if let Some(chosen) = &options.readout {
            candidates.retain(|name| *name == chosen || plain(name) == *chosen);
            if candidates.is_empty() {
                let what = format!("no array `{chosen}` of shape [outputs, {units}]");
                return Err(FormatError::whole(FormatErrorKind::Missing(what)));
            }
        }
        let name = match candidates[..] {
            [] => {
                self.notes.push("no readout in the file: the network has no outputs".to_owned());
                return Ok(Readout { weights: DMatrix::zeros(0, units), bias: DVector::zeros(0) });
            }
            [name] => name.clone(),
            _ => {
                let what = "the readout (name it in the options)".to_owned();
                let candidates = candidates.iter().map(|name| format!("`{name}`")).collect();
                return Err(FormatError::whole(FormatErrorKind::Ambiguous { what, candidates }));
            }
        };
        let weights = self.need(&name)?.matrix(None, Some(units))?;
        let offset = format!("{}.bias", plain(&name));
        let bias = match self.tensors.get(&offset) {
            Some(tensor) => tensor.vector(weights.nrows())?,
            None => DVector::zeros(weights.nrows()),
        };
        self.notes.push(format!("the readout is `{name}`, by its shape"));
        used.extend([name, offset]);
        Ok(Readout { weights, bias })
    }

    fn need(&self, name: &str) -> Result<&Tensor, FormatError> {
        self.tensors.get(name).ok_or_else(|| {
            let what = format!("no array `{name}` in the file");
            FormatError::whole(FormatErrorKind::Missing(what))
        })
    }

    fn assume_tanh(&mut self, why: &str) -> Activation {
        self.notes.push(format!("{why}: tanh assumed"));
        Activation::Tanh
    }
}

/// Our own names for the parts of a network, in the order of files.
pub(super) fn own_arrays(network: &Rnn) -> Vec<(&'static str, NpyArray)> {
    let parts = network.parts();
    let matrix = |m: &DMatrix<f64>| NpyArray {
        shape: vec![m.nrows(), m.ncols()],
        // C order of m is column-major order of its transpose.
        data: m.transpose().as_slice().to_vec(),
    };
    let vector = |v: &DVector<f64>| NpyArray { shape: vec![v.len()], data: v.as_slice().to_vec() };
    vec![
        ("W", matrix(&parts.recurrent)),
        ("Win", matrix(&parts.input)),
        ("b", vector(&parts.bias)),
        ("leak", vector(&parts.leak)),
        ("V", matrix(&parts.readout.weights)),
        ("c", vector(&parts.readout.bias)),
    ]
}

/// The texts that go with [`own_arrays`].
///
/// # Errors
///
/// A key of `metadata` that means something else in our files, or a step that is
/// not positive.
pub(super) fn own_texts(
    network: &Rnn,
    trained_step: Option<f64>,
    metadata: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, FormatError> {
    let taken = |key: &str| RESERVED.contains(&key) || OWN.contains(&key);
    if let Some(key) = metadata.keys().find(|key| key.is_empty() || taken(key)) {
        return Err(syntax(key, "is no key for metadata: it means something else".to_owned()));
    }
    let mut texts = metadata.clone();
    let form = match network.parts().form {
        Form::A => "A",
        Form::B => "B",
    };
    texts.insert("form".to_owned(), form.to_owned());
    texts.insert("activation".to_owned(), network.parts().activation.name().to_owned());
    if let Some(d) = trained_step {
        let text = format!("{d:?}");
        if step(&text).is_none() {
            return Err(syntax("step", format!("`{text}` is not a positive number")));
        }
        texts.insert("step".to_owned(), text);
    }
    Ok(texts)
}

/// A positive, finite number.
pub(super) fn step(text: &str) -> Option<f64> {
    text.parse().ok().filter(|d: &f64| d.is_finite() && *d > 0.0)
}

fn metadata(mut texts: BTreeMap<String, String>) -> BTreeMap<String, String> {
    texts.retain(|key, _| !RESERVED.contains(&key.as_str()));
    texts
}

fn syntax(place: &str, what: String) -> FormatError {
    FormatError::at(place, FormatErrorKind::Syntax(what))
}
