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
        let (width, height) = figure.size();
        let bytes = match self {
            Self::Svg => figure.to_svg(width, height).map(String::into_bytes),
            Self::Png => figure.to_png(width, height),
        };
        bytes.map_err(|error: PlotError| Failure::new(error.to_string(), ""))
    }
}
