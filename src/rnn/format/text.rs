//! A network as text, to write by hand and to read in a diff.
//!
//! ```text
//! # A winner-take-all pair driven by two inputs.
//! form = A                # dh/dt = -leak h + sigma(W h + Win x + b)
//! activation = tanh       # tanh logistic relu softplus hard_tanh linear
//! task = "winner"         # any other key with a quoted text is kept as metadata
//! step = 1                # only for networks trained in steps
//!
//! leak = 1                # one number for all units, or one a unit
//! W =                     # one row a unit: what it receives FROM each unit
//!    1.2  -0.8
//!   -0.8   1.2
//! Win =                   # one row a unit: what it receives from each input
//!    1  0
//!    0  1
//! b = 0 0                 # one a unit
//! V = 1 -1                # one row an output; the first row may follow the `=`
//! c = 0                   # one an output
//! ```
//!
//! Only `W` is required. Left out: `form` is A, `activation` tanh, `leak` 1, `b`
//! and `c` 0, and without `Win` or `V` there are no inputs or outputs. Commas
//! between numbers are allowed.

mod network;
mod print;
mod scan;

pub(super) use network::parse;
pub use print::save_text;

#[cfg(test)]
mod tests;
