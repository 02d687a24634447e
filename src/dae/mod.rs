//! The one mathematical form, `d/dt q(x) + f(x, u, t) = 0`, and its reduction
//! to a linear system closed through static nonlinearities.
//!
//! Circuits and networks both become a [`Dae`]; what solves, linearises or
//! compares them is written once, against it. Signs: `f` of a node is the sum
//! of the currents that leave it, A; `q` the charge on it, C.

mod evaluator;
mod explicit;
mod flow;
mod lure;
mod pointers;
mod system;

pub use evaluator::{Evaluator, EvaluatorRoom};
pub use explicit::{System, SystemError, Time};
pub use flow::Flow;
pub use lure::{Coefficient, Lure, LureError, LureParts, Phi, PhiBlock, Sizes, Term};
pub use system::{Dae, Delayed, Drive, Eval, Quantity, Switching, Unknown};
