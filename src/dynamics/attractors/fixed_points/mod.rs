//! Fixed points and slow points of a system under a constant input.
//!
//! A fixed point solves `F(x, u) = 0` for a flow and `F(x, u) = x` for a map.
//! [`search()`] looks for all of them, stable or not, by Newton's method from
//! many starts ([`starts`]), and once more with those it knows divided out
//! ([deflation](FoundBy::Deflation)). Where there is no root but the state
//! hardly moves there may be a slow point, a least of `|F|`.

mod deflation;
mod equation;
mod gather;
mod known;
mod newton;
mod outcome;
mod point;
mod search;
mod slow;
pub mod starts;

pub use equation::{Scales, SearchError};
pub use outcome::{Counters, End, Outcome, Search};
pub use point::{FixedPoint, FoundBy, SlowPoint, Stability, stability};
pub use search::{SearchOptions, search};

#[cfg(test)]
mod tests;
