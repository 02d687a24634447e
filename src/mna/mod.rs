//! Modified nodal analysis: a circuit as a [`Dae`](crate::dae::Dae), and its
//! reduction to the Lur'e normal form.

mod adjoint;
mod arrays;
mod columns;
mod compile;
mod devices;
mod explain;
mod initial;
mod law;
mod network;
mod quadrature;
mod reduce;
mod sources;
mod waves;

pub use adjoint::{Adjoint, Row, Source};
pub use compile::Mna;
pub use devices::NoiseCurrent;
pub use initial::initial_charges;
pub(crate) use reduce::reduce_counted;
pub use reduce::{Reduction, State, reduce, storages};
pub use sources::Sources;
pub use waves::{Waves, longest_step};
