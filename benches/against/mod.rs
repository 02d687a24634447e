//! The parts of the comparison with other programs.

pub(crate) mod cases;
pub(crate) mod child;
pub(crate) mod compare;
pub(crate) mod inside;
pub(crate) mod show;
