//! Figures as bytes.

use std::cell::RefCell;

use plotters::{
    backend::{BitMapBackend, SVGBackend},
    drawing::IntoDrawingArea,
};

use crate::plot::{Figure, canvas::Canvas, layout, raster::Raster};

/// Lines of an SVG lie on a grid this many times finer than its pixels.
const SVG_FINENESS: u32 = 8;
/// A PNG is drawn this many times larger and then averaged, which smooths it.
const PNG_FINENESS: u32 = 3;

/// Why a figure cannot be drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlotError {
    /// The size makes no sense.
    #[error("a figure of {width} x {height} pixels; each side may have 100 to 8000")]
    Size {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
    /// The backend failed.
    #[error("the figure cannot be drawn: {0}")]
    Backend(String),
}

impl Figure {
    /// The figure as an SVG document of that size, in pixels.
    ///
    /// # Errors
    ///
    /// [`PlotError::Size`] for a side below 100 or above 8000 pixels.
    pub fn to_svg(&self, width: u32, height: u32) -> Result<String, PlotError> {
        check(width, height)?;
        let (wide, high) = (width * SVG_FINENESS, height * SVG_FINENESS);
        let mut text = String::new();
        let rasters: RefCell<Vec<Raster>> = RefCell::default();
        {
            let area = SVGBackend::with_string(&mut text, (wide, high)).into_drawing_area();
            let size = (f64::from(width), f64::from(height));
            layout::draw(&Canvas::new(&area, SVG_FINENESS, Some(&rasters)), self, size)
                .and_then(|()| area.present())
                .map_err(|error| PlotError::Backend(error.to_string()))?;
        }
        // Rasters lie on the white ground, which is the first shape.
        let ground = text.find("/>").map_or(text.len(), |at| at + "/>".len());
        let mut images = String::new();
        for raster in rasters.take() {
            let element = raster.element(f64::from(SVG_FINENESS));
            images += &element.map_err(|error| PlotError::Backend(error.to_string()))?;
        }
        text.insert_str(ground, &images);
        // The document shows its fine grid at the size asked for.
        let fine = format!("width=\"{wide}\" height=\"{high}\"");
        Ok(text.replacen(&fine, &format!("width=\"{width}\" height=\"{height}\""), 1))
    }

    /// The figure as a PNG file of that size, in pixels.
    ///
    /// # Errors
    ///
    /// [`PlotError::Size`] for a side below 100 or above 8000 pixels.
    pub fn to_png(&self, width: u32, height: u32) -> Result<Vec<u8>, PlotError> {
        check(width, height)?;
        let (wide, high) = (width * PNG_FINENESS, height * PNG_FINENESS);
        let mut pixels = vec![0; wide as usize * high as usize * 3];
        {
            let area = BitMapBackend::with_buffer(&mut pixels, (wide, high)).into_drawing_area();
            let size = (f64::from(width), f64::from(height));
            layout::draw(&Canvas::new(&area, PNG_FINENESS, None), self, size)
                .and_then(|()| area.present())
                .map_err(|error| PlotError::Backend(error.to_string()))?;
        }
        encode(&averaged(&pixels, width as usize), width, height)
            .map_err(|error| PlotError::Backend(error.to_string()))
    }
}

fn check(width: u32, height: u32) -> Result<(), PlotError> {
    if [width, height].into_iter().all(|side| (100..=8000).contains(&side)) {
        return Ok(());
    }
    Err(PlotError::Size { width, height })
}

/// The mean of each block of fine pixels; `width` of the result.
fn averaged(fine: &[u8], width: usize) -> Vec<u8> {
    let factor = PNG_FINENESS as usize;
    let count = (factor * factor) as u32;
    let mut out = Vec::with_capacity(fine.len() / (factor * factor));
    let mut sums = vec![0_u32; width * 3];
    for rows in fine.chunks_exact(width * factor * 3 * factor) {
        sums.fill(0);
        for row in rows.chunks_exact(width * factor * 3) {
            for (at, pixel) in row.chunks_exact(3).enumerate() {
                for (channel, &value) in pixel.iter().enumerate() {
                    sums[at / factor * 3 + channel] += u32::from(value);
                }
            }
        }
        out.extend(sums.iter().map(|sum| ((sum + count / 2) / count) as u8));
    }
    out
}

fn encode(pixels: &[u8], width: u32, height: u32) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(bytes)
}
