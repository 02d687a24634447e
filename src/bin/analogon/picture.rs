//! Figures as files.

use std::path::Path;

use analogon::plot::{Figure, PlotError};

use crate::{failure::Failure, files, results::extension};

/// The kinds of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Picture {
    Svg,
    Png,
}

/// Width of every picture, pixels.
const WIDTH: u32 = 960;
/// Height of a panel, and of what stands around all of them.
const PANEL: u32 = 260;
const AROUND: u32 = 80;
/// Panels get lower where there are more than this many.
const PANELS: u32 = 12;

impl Picture {
    /// The kind of an output file, checked before any work is done for it.
    pub(crate) fn of(path: &Path) -> Result<Self, Failure> {
        files::check_output(path)?;
        match extension(path).as_str() {
            "svg" => Ok(Self::Svg),
            "png" => Ok(Self::Png),
            _ => Err(Failure::new(
                format!("`{}` does not end like a picture", path.display()),
                "known are .svg and .png",
            )),
        }
    }

    /// The bytes of the file.
    pub(crate) fn bytes(self, figure: &Figure) -> Result<Vec<u8>, Failure> {
        let panels = (figure.panels.len() as u32).clamp(1, PANELS);
        let height = AROUND + PANEL * panels;
        let bytes = match self {
            Self::Svg => figure.to_svg(WIDTH, height).map(String::into_bytes),
            Self::Png => figure.to_png(WIDTH, height),
        };
        bytes.map_err(|error: PlotError| Failure::new(error.to_string(), ""))
    }
}
