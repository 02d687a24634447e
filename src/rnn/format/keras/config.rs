//! The JSON that describes a Keras model.

use serde_json::Value;

use crate::rnn::Activation;
use crate::rnn::format::{FormatError, FormatErrorKind};

const SUPPORTED: &str = "exactly one SimpleRNN, followed by at most one Dense without a \
    nonlinearity, is";

/// Layers that hand their input on unchanged once training is over.
const IDENTITIES: [&str; 8] = [
    "Dropout",
    "SpatialDropout1D",
    "AlphaDropout",
    "GaussianDropout",
    "GaussianNoise",
    "ActivityRegularization",
    "Identity",
    "Activation",
];

/// A layer that has weights.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layer {
    pub(super) name: String,
    pub(super) units: Option<usize>,
    pub(super) use_bias: bool,
}

/// What the description says about the network.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Architecture {
    pub(super) recurrent: Layer,
    pub(super) dense: Option<Layer>,
    pub(super) activation: Activation,
    /// Layers that were left out, and why.
    pub(super) notes: Vec<String>,
}

impl Architecture {
    pub(super) fn parse(text: &str) -> Result<Self, FormatError> {
        let model: Value = serde_json::from_str(text).map_err(|error| {
            let what = format!("the model's description is no JSON: {error}");
            FormatError::at("model_config", FormatErrorKind::Syntax(what))
        })?;
        let class = class_name(&model);
        if !matches!(class, "Sequential" | "Functional" | "Model") {
            return Err(unsupported("model_config", &format!("a model of class `{class}`")));
        }
        let config = &model["config"];
        // A list in Keras 2.0, an object with a list later.
        let Some(layers) = config.as_array().or_else(|| config["layers"].as_array()) else {
            let what = "the model's description lists no layers".to_owned();
            return Err(FormatError::at("model_config", FormatErrorKind::Missing(what)));
        };
        for ends in ["input_layers", "output_layers"] {
            let several = config[ends]
                .as_array()
                .is_some_and(|list| list.len() > 1 && list.iter().all(Value::is_array));
            if several {
                return Err(unsupported("model_config", &format!("a model with several {ends}")));
            }
        }
        let mut builder = Builder::default();
        for layer in layers {
            builder.add(layer)?;
        }
        builder.finish()
    }
}

#[derive(Default)]
struct Builder {
    recurrent: Option<(Layer, Activation)>,
    dense: Option<Layer>,
    notes: Vec<String>,
}

impl Builder {
    fn add(&mut self, layer: &Value) -> Result<(), FormatError> {
        let (class, config) = (class_name(layer), &layer["config"]);
        let name = layer_name(layer);
        match class {
            "InputLayer" => Ok(()),
            "SimpleRNN" => self.add_recurrent(&name, config),
            "Dense" => self.add_dense(&name, config),
            // The same Dense at every step: what a Dense does by itself.
            "TimeDistributed" if class_name(&config["layer"]) == "Dense" => {
                self.add_dense(&name, &config["layer"]["config"])
            }
            "Activation" if activation(&name, config)? != Activation::Linear => {
                Err(unsupported(&name, "a nonlinear Activation layer"))
            }
            _ if IDENTITIES.contains(&class) => {
                self.notes.push(format!("layer `{name}` ({class}) does nothing after training"));
                Ok(())
            }
            _ => Err(unsupported(&name, &format!("a layer of class {class}"))),
        }
    }

    fn add_recurrent(&mut self, name: &str, config: &Value) -> Result<(), FormatError> {
        if let Some((first, _)) = &self.recurrent {
            let what = format!("a second recurrent layer (after `{}`)", first.name);
            return Err(unsupported(name, &what));
        }
        if self.dense.is_some() {
            return Err(unsupported(name, "a recurrent layer behind a Dense"));
        }
        if config["go_backwards"] == true {
            return Err(unsupported(name, "go_backwards = true"));
        }
        self.recurrent = Some((described(name, config), activation(name, config)?));
        Ok(())
    }

    fn add_dense(&mut self, name: &str, config: &Value) -> Result<(), FormatError> {
        if self.recurrent.is_none() {
            return Err(unsupported(name, "a Dense before the recurrent layer"));
        }
        if let Some(first) = &self.dense {
            return Err(unsupported(name, &format!("a second Dense (after `{}`)", first.name)));
        }
        let sigma = activation(name, config)?;
        if sigma != Activation::Linear {
            return Err(unsupported(name, &format!("a Dense with activation {sigma}")));
        }
        self.dense = Some(described(name, config));
        Ok(())
    }

    fn finish(self) -> Result<Architecture, FormatError> {
        let Some((recurrent, activation)) = self.recurrent else {
            let what = format!("no SimpleRNN layer; {SUPPORTED} read");
            return Err(FormatError::at("model_config", FormatErrorKind::Missing(what)));
        };
        Ok(Architecture { recurrent, dense: self.dense, activation, notes: self.notes })
    }
}

fn described(name: &str, config: &Value) -> Layer {
    Layer {
        name: name.to_owned(),
        units: config["units"].as_u64().and_then(|units| usize::try_from(units).ok()),
        use_bias: config["use_bias"].as_bool().unwrap_or(true),
    }
}

fn class_name(object: &Value) -> &str {
    object["class_name"].as_str().unwrap_or("?")
}

fn layer_name(layer: &Value) -> String {
    let name = layer["config"]["name"].as_str().or_else(|| layer["name"].as_str());
    name.unwrap_or("a layer without a name").to_owned()
}

/// A name, or an object that serialises a function; null is linear.
fn activation(layer: &str, config: &Value) -> Result<Activation, FormatError> {
    let stored = &config["activation"];
    let name = stored.as_str().or_else(|| stored["config"].as_str());
    let name = match name {
        Some(name) => name,
        None if stored.is_null() => "linear",
        None => stored["class_name"].as_str().unwrap_or("?"),
    };
    Activation::from_name(name).ok_or_else(|| {
        let what = format!("activation `{name}`");
        let supported = "tanh, sigmoid, relu, softplus, hard_tanh and linear are";
        FormatError::at(layer, FormatErrorKind::Unsupported { what, supported })
    })
}

fn unsupported(layer: &str, what: &str) -> FormatError {
    let kind = FormatErrorKind::Unsupported { what: what.to_owned(), supported: SUPPORTED };
    FormatError::at(layer, kind)
}
