//! Network files: readers and writers.
//!
//! [`load()`] recognises a file by its content and returns the network in column
//! convention with what the file says about itself and what had to be assumed.
//!
//! | file | holds | written by |
//! |---|---|---|
//! | `.h5`, `.hdf5`, `.weights.h5`, `.keras` | one `SimpleRNN`, at most one linear `Dense` | Keras 2 and 3 |
//! | `.pt`, `.pth` | a state dictionary, alone or in a checkpoint | PyTorch, also before 1.6 |
//! | `.safetensors`, `.npz` | PyTorch's names (`rnn.weight_hh_l0`, ...) | PyTorch, NumPy |
//! | `.safetensors`, `.npz` | our own names (`W`, `Win`, `b`, `leak`, `V`, `c`) | [`save_safetensors`], [`save_npz`] |
//! | `.rnn` | text, see below | hand, [`save_text`] |
//!
//! The text form:
//!
//! ```
//! use analogon::rnn::format::{LoadOptions, load};
//!
//! // A winner-take-all pair driven by two inputs.
//! let text = r#"
//! form = A              # dh/dt = -leak h + sigma(W h + Win x + b)
//! activation = tanh
//! task = "winner"       # any key with a quoted text is metadata
//!
//! leak = 1              # one number for all units, or one a unit
//! W =                   # one row a unit: what it receives FROM each unit
//!    1.2  -0.8
//!   -0.8   1.2
//! Win =                 # one row a unit: what it receives from each input
//!    1  0
//!    0  1
//! b = 0 0
//! V = 1 -1              # one row an output
//! c = 0
//! "#;
//! let loaded = load("pair.rnn", text.as_bytes(), &LoadOptions::default())?;
//! assert_eq!(loaded.network.shape(), (2, 2, 1));
//! assert_eq!(loaded.metadata["task"], "winner");
//! # Ok::<(), analogon::rnn::format::FormatError>(())
//! ```

mod error;
mod hdf5;
mod keras;
mod load;
mod named;
mod npz;
mod safetensors;
mod tensor;
mod text;
mod torch;

pub use error::{FormatError, FormatErrorKind, Place};
pub use load::{LoadOptions, Loaded, load};
pub use npz::save_npz;
pub use safetensors::save_safetensors;
pub use text::save_text;

#[cfg(test)]
mod tests;
