//! Pixels inside a figure: what would be too many shapes.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::plot::{
    layout::Frame,
    palette::numbered,
    trace::{Point, distance},
};

/// Cells of colour that fill a frame.
#[derive(Clone, Debug)]
pub(super) struct Raster {
    /// Where it lies, in pixels.
    pub(super) frame: Frame,
    /// Number of columns.
    pub(super) columns: usize,
    /// Red, green, blue and opacity, row after row from the top.
    pub(super) cells: Vec<[u8; 4]>,
}

impl Raster {
    /// A transparent one, `fineness` cells to a pixel.
    pub(super) fn empty(frame: Frame, fineness: f64) -> Self {
        let cells = |length: f64| (length * fineness).ceil().clamp(1.0, 16_000.0) as usize;
        let columns = cells(frame.right - frame.left);
        let rows = cells(frame.bottom - frame.top);
        Self { frame, columns, cells: vec![[0; 4]; columns * rows] }
    }

    pub(super) fn rows(&self) -> usize {
        self.cells.len() / self.columns
    }

    /// Paints a disc, in pixels of the figure, over what is there.
    pub(super) fn disc(&mut self, (x, y): (f64, f64), radius: f64, colour: [u8; 3], opacity: f64) {
        let (rows, columns) = (self.rows(), self.columns);
        let wide = columns as f64 / (self.frame.right - self.frame.left);
        let high = rows as f64 / (self.frame.bottom - self.frame.top);
        let (x, y) = ((x - self.frame.left) * wide, (y - self.frame.top) * high);
        // `as` saturates at 0, and the rest is cut off at the end.
        let reach = |at: f64, by: f64, end: usize| {
            let to = (at + by).ceil() as usize;
            (at - by).floor() as usize..if to < end { to } else { end }
        };
        for row in reach(y, radius * high, rows) {
            for column in reach(x, radius * wide, columns) {
                let (dx, dy) = (column as f64 + 0.5 - x, row as f64 + 0.5 - y);
                if (dx / wide).hypot(dy / high) <= radius {
                    over(&mut self.cells[row * columns + column], colour, opacity);
                }
            }
        }
    }

    /// Draws a line in pieces, in pixels of the figure, over what is there; where
    /// it crosses itself it stays as transparent as elsewhere.
    pub(super) fn line(
        &mut self,
        pieces: &[Vec<Point>],
        width: f64,
        colour: [u8; 3],
        opacity: f64,
    ) {
        let (rows, columns) = (self.rows(), self.columns);
        let wide = columns as f64 / (self.frame.right - self.frame.left);
        let high = rows as f64 / (self.frame.bottom - self.frame.top);
        let cell = |(x, y): Point| ((x - self.frame.left) * wide, (y - self.frame.top) * high);
        // Half the width in cells, and half a cell over which the edge fades.
        let reach = 0.5 * width * wide + 0.5;
        let mut covered: BTreeMap<usize, f64> = BTreeMap::new();
        for piece in pieces {
            for pair in piece.windows(2) {
                let (from, to) = (cell(pair[0]), cell(pair[1]));
                for row in cells(from.1, to.1, reach, rows) {
                    for column in cells(from.0, to.0, reach, columns) {
                        let middle = (column as f64 + 0.5, row as f64 + 0.5);
                        let share = (reach - distance(middle, from, to)).clamp(0.0, 1.0);
                        if share > 0.0 {
                            let known = covered.entry(row * columns + column).or_insert(0.0);
                            *known = if share > *known { share } else { *known };
                        }
                    }
                }
            }
        }
        for (at, share) in covered {
            over(&mut self.cells[at], colour, share * opacity);
        }
    }

    /// All cells as a PNG, by number of their colour: a quarter of the size.
    /// Of very many colours a few stand for all.
    fn encode(&self) -> Result<Vec<u8>, png::EncodingError> {
        let (colours, numbers) = numbered(&self.cells);
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.columns as u32, self.rows() as u32);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_color(png::ColorType::Indexed);
        // Numbers of colours are not like their neighbours.
        encoder.set_filter(png::FilterType::NoFilter);
        encoder.set_compression(png::Compression::Best);
        let opaque: Vec<u8> = colours.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect();
        encoder.set_palette(opaque);
        encoder.set_trns(colours.iter().map(|colour| colour[3]).collect::<Vec<u8>>());
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&numbers)?;
        writer.finish()?;
        Ok(bytes)
    }

    /// An SVG element with all cells as a PNG; `fineness` units to a pixel.
    pub(super) fn element(&self, fineness: f64) -> Result<String, png::EncodingError> {
        let Frame { left, top, right, bottom } = self.frame;
        let bytes = self.encode()?;
        // Cells that are larger than pixels keep their edges.
        let is_coarse = right - left >= self.columns as f64;
        let style = if is_coarse { " style=\"image-rendering:pixelated\"" } else { "" };
        let mut text = format!(
            "\n<image x=\"{:.0}\" y=\"{:.0}\" width=\"{:.0}\" height=\"{:.0}\" preserveAspectRatio=\"none\"{style} href=\"data:image/png;base64,",
            left * fineness,
            top * fineness,
            (right - left) * fineness,
            (bottom - top) * fineness
        );
        base64(&bytes, &mut text);
        // Writing to a text cannot fail.
        let _ = write!(text, "\"/>");
        Ok(text)
    }
}

/// The cells along one side that a stretch touches with `reach` cells around it.
fn cells(a: f64, b: f64, reach: f64, end: usize) -> std::ops::Range<usize> {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    // `as` saturates at 0, and the rest is cut off at the end.
    let to = (high + reach).ceil() as usize;
    (low - reach).floor() as usize..if to < end { to } else { end }
}

/// A colour laid over a cell.
fn over(cell: &mut [u8; 4], colour: [u8; 3], opacity: f64) {
    let below = f64::from(cell[3]) / 255.0;
    let sum = opacity + below * (1.0 - opacity);
    for (own, new) in cell.iter_mut().zip(colour) {
        let mixed = f64::from(new) * opacity + f64::from(*own) * below * (1.0 - opacity);
        *own = (mixed / sum).round() as u8;
    }
    cell[3] = (sum * 255.0).round() as u8;
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8], text: &mut String) {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for group in bytes.chunks(3) {
        let byte = |k: usize| u32::from(group.get(k).copied().unwrap_or(0));
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        for k in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * k) & 63) as usize];
            text.push(if k > group.len() { '=' } else { char::from(letter) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        // RFC 4648, section 10.
        let vectors =
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")];
        for (bytes, expected) in vectors {
            let mut text = String::new();
            base64(bytes.as_bytes(), &mut text);
            assert_eq!(text, expected);
        }
        let mut text = String::new();
        base64(&[0xff, 0xef, 0xbe], &mut text);
        assert_eq!(text, "/+++");
    }

    fn decoded(raster: &Raster) -> Vec<u8> {
        let bytes = raster.encode().unwrap();
        let mut decoder = png::Decoder::new(&bytes[..]);
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size()];
        reader.next_frame(&mut pixels).unwrap();
        pixels
    }

    #[test]
    fn cells_survive_their_encoding() {
        let frame = Frame { left: 0.0, top: 0.0, right: 20.0, bottom: 20.0 };
        let cell = |k: u32| [(k % 16) as u8 * 7, (k / 25) as u8 * 9, 7, 255 - (k % 16) as u8];
        let few = Raster { frame, columns: 20, cells: (0..400).map(cell).collect() };
        assert_eq!(decoded(&few), few.cells.as_flattened());
    }

    #[test]
    fn lines_are_as_wide_as_they_should_be_and_do_not_darken_themselves() {
        let frame = Frame { left: 0.0, top: 0.0, right: 40.0, bottom: 20.0 };
        let mut raster = Raster::empty(frame, 2.0);
        let back = vec![(5.0, 10.0), (35.0, 10.0), (5.0, 10.0)];
        raster.line(&[back], 2.0, [0, 0, 200], 0.5);
        let painted: f64 = raster.cells.iter().map(|cell| f64::from(cell[3]) / 255.0).sum();
        // 30 by 2 pixels of 4 cells, and half a disc of radius 1 at either end, at half opacity.
        let expected = 0.5 * 4.0 * (60.0 + std::f64::consts::PI);
        assert!((painted - expected).abs() < 3.0, "{painted}, expected {expected}");
        assert!(raster.cells.iter().all(|cell| cell[3] <= 128));
        // A steep line beyond the frame is cut off.
        raster.line(&[vec![(-1e6, -1e6), (1e6, 1e6)]], 1.0, [0, 0, 200], 0.5);
        assert!(raster.cells[0][3] > 0);
    }

    #[test]
    fn discs_are_round_and_add_up() {
        let frame = Frame { left: 10.0, top: 20.0, right: 20.0, bottom: 30.0 };
        let mut raster = Raster::empty(frame, 2.0);
        assert_eq!((raster.columns, raster.rows()), (20, 20));
        raster.disc((15.0, 25.0), 2.0, [200, 0, 0], 0.5);
        raster.disc((10.0, 20.0), 1.0, [0, 200, 0], 1.0);
        let painted = raster.cells.iter().filter(|cell| cell[3] > 0).count();
        // pi 4^2 cells, and a quarter of pi 2^2.
        assert!((50..=58).contains(&painted), "{painted}");
        assert_eq!(raster.cells[10 * 20 + 10], [200, 0, 0, 128]);
        raster.disc((15.0, 25.0), 2.0, [200, 0, 0], 0.5);
        let [red, .., opacity] = raster.cells[10 * 20 + 10];
        assert!(red == 200 && (191..=192).contains(&opacity), "1 - 0.5^2, {opacity}");
        assert_eq!(raster.cells[0], [0, 200, 0, 255]);
    }
}
