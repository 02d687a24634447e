//! Linear algebra: sparse LU for circuits, dense kernels for networks.
//!
//! The one module that names the crates which do the work.

mod assembly;
mod btf;
mod dense;
mod eigen;
mod expm;
mod factor;
mod factors;
mod generalized;
mod gram;
mod lu;
mod lyapunov;
mod matching;
mod needed;
mod operator;
mod order;
mod pattern;
mod product;
mod qr;
mod range;
mod refactor;
mod resolvent;
mod rows;
mod scalar;
mod solve;
mod sparse_solve;
mod svd;
mod symbolic;
mod symmetric;
mod vector;

pub use assembly::{Triplet, assemble};
pub use dense::DenseLu;
pub use eigen::{Eigen, EigenError, eigen, eigenvalues};
pub use expm::{ExpmError, expm, zero_order_hold};
pub use factors::Factors;
pub use generalized::generalized_eigenvalues;
pub use gram::gram;
pub use lu::{LuCounters, LuError, Refactored, SparseLu};
pub use lyapunov::{LyapunovError, lyapunov_continuous, lyapunov_discrete};
pub use needed::Needed;
pub use operator::Operator;
pub use pattern::{Pattern, PatternBuilder, Slot};
pub use product::{matvec, matvec_add};
pub use qr::orthogonal_factor;
pub use resolvent::{Resolvent, ResolventWorkspace};
pub use rows::RowMatrix;
pub use scalar::Scalar;
pub use solve::Workspace;
pub use sparse_solve::SparseSolution;
pub use svd::{Svd, SvdError, real_singular_values, singular_values, svd};
pub use symbolic::{StructurallySingular, Symbolic};
pub use symmetric::symmetric_eigenvalues;
pub use vector::{dot, max_abs, norm, total};

/// A complex number, the field of small-signal analyses.
pub type Complex = nalgebra::Complex<f64>;

#[cfg(test)]
mod tests;
