//! Figures as SVG and PNG, with an embedded font.
//!
//! A [`Figure`] holds rows of [`Panel`]s with lines, clouds of points, bars,
//! matrices as colours, or a box in three dimensions; it is drawn without any
//! font or library of the system, so that the same figure is the same bytes
//! everywhere. Long lines are thinned to what can be seen, and what would be
//! too many shapes becomes a raster.
//!
//! The font is `DejaVu Sans`; its licence lies beside it.

mod axis;
mod canvas;
mod colour;
mod figure;
mod layout;
mod legend;
mod panel;
mod raster;
mod render;
mod scene;
mod shape;
mod space;
mod trace;

pub use figure::{Axis, Figure, Line, Mark, Panel, Shade};
pub use render::PlotError;
pub use shape::{Bar, Bars, Cloud, Contour, HeatMap, Marker, Reference};
pub use space::{Path, Space, Spot};

#[cfg(test)]
mod tests;
