//! Figures as SVG and PNG, with an embedded font.
//!
//! A [`Figure`] is a column of [`Panel`]s with lines, marks and shaded spans; it
//! is drawn without any font or library of the system, so that the same figure
//! is the same bytes everywhere. Long lines are thinned to what can be seen.
//!
//! The font is `DejaVu Sans`; its licence lies beside it.

mod axis;
mod canvas;
mod figure;
mod layout;
mod panel;
mod render;
mod trace;

pub use figure::{Axis, Figure, Line, Mark, Panel, Shade};
pub use render::PlotError;

#[cfg(test)]
mod tests;
