//! NumPy's array file, `.npy` (format versions 1 to 3).
//!
//! ```text
//! \x93NUMPY  major minor  header length (u16; u32 from version 2)
//! {'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }\n
//! data
//! ```

use std::io::{self, Read, Write};

const MAGIC: &[u8] = b"\x93NUMPY";

/// NumPy itself writes headers of a few hundred bytes.
const MAX_HEADER: u64 = 1 << 20;

/// Numbers in C order: the last index runs fastest.
#[derive(Clone, Debug, PartialEq)]
pub struct NpyArray {
    /// Extent of each dimension; empty for a single number.
    pub shape: Vec<usize>,
    /// As many numbers as the product of `shape`.
    pub data: Vec<f64>,
}

/// What an array file holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Array {
    /// Integers, truth values or floating-point numbers, as f64.
    Numbers(NpyArray),
    /// Strings, in C order, without their shape.
    Text(Vec<String>),
}

/// Why bytes are no array that can be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NpyError {
    /// The underlying reader failed.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// The first bytes are not `\x93NUMPY`.
    #[error("not a NumPy array file: it does not begin with \\x93NUMPY")]
    Magic,
    /// A format version that this reader does not know.
    #[error("array file version {0} is not known; versions 1 to 3 are read")]
    Version(u8),
    /// The header is not the dictionary that NumPy writes.
    #[error("array header: {0}")]
    Header(String),
    /// The element type is neither a real number nor a string.
    #[error("element type `{0}` is not supported; real numbers and strings are")]
    ElementType(String),
    /// The file ends before its data do, or goes on after them.
    #[error("the header promises {expected} bytes of data, the file holds {found}{}", if *.more { " or more" } else { "" })]
    Length {
        /// Bytes that shape and element type need.
        expected: u64,
        /// Bytes that are there.
        found: u64,
        /// True where reading stopped before the end.
        more: bool,
    },
    /// An integer that no f64 equals.
    #[error("element {index} is {value}, an integer too large for a 64-bit float")]
    Inexact {
        /// Index in the order of the file.
        index: usize,
        /// The integer.
        value: i128,
    },
    /// A string is no Unicode.
    #[error("element {index} is not valid text")]
    Text {
        /// Index in the order of the file.
        index: usize,
    },
}

/// Reads one array and nothing after it.
///
/// Bool, integers of 8 to 64 bits, floats of 16 to 64 bits and strings, either
/// byte order, C or Fortran order, any rank.
///
/// # Errors
///
/// [`NpyError`]; the memory used never exceeds a small multiple of the bytes that
/// are really there.
pub fn read_npy(mut reader: impl Read) -> Result<Array, NpyError> {
    let header = read_header(&mut reader)?;
    let count = header.shape.iter().try_fold(1u64, |n, &extent| n.checked_mul(extent as u64));
    let expected = count.and_then(|n| n.checked_mul(header.element.size as u64));
    let Some(expected) = expected else {
        return Err(NpyError::Header(format!("shape {:?} is too large", header.shape)));
    };
    let bytes = read_exactly(&mut reader, expected)?;
    if header.element.kind == Kind::Unicode || header.element.kind == Kind::Bytes {
        return Ok(Array::Text(decode_text(&header.element, &bytes)?));
    }
    let values = decode_numbers(&header.element, &bytes)?;
    let data = if header.fortran_order { to_c_order(&values, &header.shape) } else { values };
    Ok(Array::Numbers(NpyArray { shape: header.shape, data }))
}

/// Writes an array as little-endian f64 in C order.
///
/// # Errors
///
/// Those of `writer`.
pub fn write_npy(writer: impl Write, array: &NpyArray) -> io::Result<()> {
    write_numbers(writer, &array.shape, &array.data)
}

/// The same of numbers that lie elsewhere.
pub(super) fn write_numbers(
    mut writer: impl Write,
    shape: &[usize],
    data: &[f64],
) -> io::Result<()> {
    write_header(&mut writer, "<f8", shape)?;
    // One by one: how a compressor splits its work follows what it is handed, and an
    // archive has the same bytes always.
    for value in data {
        writer.write_all(&value.to_le_bytes())?;
    }
    Ok(())
}

/// Writes strings as NumPy's little-endian UCS-4: one string as a scalar, any
/// other number of them as one dimension.
///
/// # Errors
///
/// Those of `writer`.
pub fn write_npy_text(mut writer: impl Write, strings: &[String]) -> io::Result<()> {
    // As in NumPy, an empty string still takes one place.
    let width = strings.iter().map(|text| text.chars().count()).max().unwrap_or(0).max(1);
    let shape: &[usize] = if strings.len() == 1 { &[] } else { &[strings.len()] };
    write_header(&mut writer, &format!("<U{width}"), shape)?;
    for text in strings {
        let padding = std::iter::repeat_n('\0', width - text.chars().count());
        for letter in text.chars().chain(padding) {
            writer.write_all(&u32::from(letter).to_le_bytes())?;
        }
    }
    Ok(())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Bool,
    Signed,
    Unsigned,
    Float,
    Unicode,
    Bytes,
}

/// A NumPy type string such as `<f8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Element {
    big_endian: bool,
    kind: Kind,
    /// Bytes an element; 0 only for empty strings.
    size: usize,
}

struct Header {
    element: Element,
    fortran_order: bool,
    shape: Vec<usize>,
}

fn read_header(reader: &mut impl Read) -> Result<Header, NpyError> {
    let mut start = [0; 8];
    match reader.read_exact(&mut start) {
        Ok(()) if start.starts_with(MAGIC) => {}
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error.into()),
        _ => return Err(NpyError::Magic),
    }
    let short = |_| NpyError::Header("the file ends inside it".to_owned());
    let length = match start[6] {
        1 => {
            let mut bytes = [0; 2];
            reader.read_exact(&mut bytes).map_err(short)?;
            u64::from(u16::from_le_bytes(bytes))
        }
        2 | 3 => {
            let mut bytes = [0; 4];
            reader.read_exact(&mut bytes).map_err(short)?;
            u64::from(u32::from_le_bytes(bytes))
        }
        version => return Err(NpyError::Version(version)),
    };
    if length > MAX_HEADER {
        return Err(NpyError::Header(format!(
            "{length} bytes long, at most {MAX_HEADER} are read"
        )));
    }
    let mut text = Vec::new();
    if reader.take(length).read_to_end(&mut text)? as u64 != length {
        return Err(NpyError::Header("the file ends inside it".to_owned()));
    }
    parse_header(&String::from_utf8_lossy(&text))
}

/// Reads the Python dictionary; keys in any order, as NumPy's reader does.
fn parse_header(text: &str) -> Result<Header, NpyError> {
    let fault = |what: &str| NpyError::Header(format!("{what} in `{}`", text.trim()));
    let value = |key: &str| {
        let quoted = [format!("'{key}'"), format!("\"{key}\"")];
        let after = quoted.iter().find_map(|key| text.split_once(key.as_str()))?.1;
        Some(after.trim_start().strip_prefix(':')?.trim_start())
    };
    let descr = value("descr").ok_or_else(|| fault("no `descr`"))?;
    let quote = descr.chars().next().filter(|&c| c == '\'' || c == '"');
    let Some(name) = quote.and_then(|quote| descr[1..].split(quote).next()) else {
        return Err(NpyError::ElementType(descr.chars().take(40).collect()));
    };
    let element = parse_element(name).ok_or_else(|| NpyError::ElementType(name.to_owned()))?;
    let order = value("fortran_order").ok_or_else(|| fault("no `fortran_order`"))?;
    let fortran_order = match (order.starts_with("True"), order.starts_with("False")) {
        (true, false) => true,
        (false, true) => false,
        _ => return Err(fault("`fortran_order` is neither True nor False")),
    };
    let shape = value("shape").ok_or_else(|| fault("no `shape`"))?;
    let shape = shape.strip_prefix('(').and_then(|rest| rest.split_once(')'));
    let shape = shape.ok_or_else(|| fault("`shape` is no tuple"))?.0;
    let shape = shape.split(',').map(str::trim).filter(|extent| !extent.is_empty());
    let shape: Result<Vec<usize>, _> = shape.map(str::parse).collect();
    let shape = shape.map_err(|_| fault("`shape` holds no whole numbers"))?;
    Ok(Header { element, fortran_order, shape })
}

fn parse_element(name: &str) -> Option<Element> {
    let mut letters = name.chars();
    let big_endian = match letters.next()? {
        '<' | '|' => false,
        '=' => cfg!(target_endian = "big"),
        '>' => true,
        _ => return None,
    };
    let letter = letters.next()?;
    let size: usize = letters.as_str().parse().ok()?;
    let (kind, size) = match (letter, size) {
        ('b', 1) => (Kind::Bool, 1),
        ('i', 1 | 2 | 4 | 8) => (Kind::Signed, size),
        ('u', 1 | 2 | 4 | 8) => (Kind::Unsigned, size),
        ('f', 2 | 4 | 8) => (Kind::Float, size),
        ('U', _) => (Kind::Unicode, size.checked_mul(4)?),
        ('S', _) => (Kind::Bytes, size),
        _ => return None,
    };
    Some(Element { big_endian, kind, size })
}

/// Exactly `expected` bytes, and the end of the file after them. The buffer grows
/// with the bytes that come, not with `expected`.
fn read_exactly(reader: &mut impl Read, expected: u64) -> Result<Vec<u8>, NpyError> {
    let mut bytes = Vec::new();
    let found = reader.take(expected).read_to_end(&mut bytes)? as u64;
    let more = found == expected && reader.take(1).read_to_end(&mut Vec::new())? > 0;
    if found != expected || more {
        return Err(NpyError::Length { expected, found: found + u64::from(more), more });
    }
    Ok(bytes)
}

fn decode_numbers(element: &Element, bytes: &[u8]) -> Result<Vec<f64>, NpyError> {
    let mut values = Vec::with_capacity(bytes.len() / element.size);
    for (index, chunk) in bytes.chunks_exact(element.size).enumerate() {
        // The pattern of bits, widened to 64 bits with zeros.
        let mut wide = [0; 8];
        wide[..element.size].copy_from_slice(chunk);
        if element.big_endian {
            wide[..element.size].reverse();
        }
        let bits = u64::from_le_bytes(wide);
        let unused = 64 - 8 * element.size as u32;
        values.push(match (element.kind, element.size) {
            (Kind::Float, 2) => half_to_f64(bits as u16),
            (Kind::Float, 4) => f64::from(f32::from_bits(bits as u32)),
            (Kind::Float, _) => f64::from_bits(bits),
            (Kind::Signed, _) => exact(i128::from(bits.cast_signed() << unused >> unused), index)?,
            (Kind::Bool, _) => f64::from(bits != 0),
            (Kind::Unsigned | Kind::Unicode | Kind::Bytes, _) => exact(i128::from(bits), index)?,
        });
    }
    Ok(values)
}

/// The f64 that equals an integer.
fn exact(value: i128, index: usize) -> Result<f64, NpyError> {
    let float = value as f64;
    if float as i128 == value { Ok(float) } else { Err(NpyError::Inexact { index, value }) }
}

/// IEEE 754 binary16: 1 sign, 5 exponent (bias 15) and 10 fraction bits.
pub(crate) fn half_to_f64(bits: u16) -> f64 {
    let sign = if bits >> 15 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from(bits >> 10 & 31);
    let fraction = f64::from(bits & 1023);
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    }
}

fn decode_text(element: &Element, bytes: &[u8]) -> Result<Vec<String>, NpyError> {
    if element.size == 0 {
        return Ok(vec![String::new()]);
    }
    let decode = |(index, chunk): (usize, &[u8])| {
        let text = if element.kind == Kind::Bytes {
            String::from_utf8(chunk.to_vec()).ok()
        } else {
            let letter = |code: &[u8]| {
                let code: [u8; 4] = code.try_into().ok()?;
                char::from_u32(if element.big_endian {
                    u32::from_be_bytes(code)
                } else {
                    u32::from_le_bytes(code)
                })
            };
            chunk.chunks(4).map(letter).collect()
        };
        let text = text.ok_or(NpyError::Text { index })?;
        Ok(text.trim_end_matches('\0').to_owned())
    };
    bytes.chunks_exact(element.size).enumerate().map(decode).collect()
}

/// Reorders values whose first index runs fastest.
fn to_c_order(values: &[f64], shape: &[usize]) -> Vec<f64> {
    let mut strides = Vec::with_capacity(shape.len());
    let mut stride = 1;
    for &extent in shape {
        strides.push(stride);
        stride *= extent;
    }
    let source = |mut position: usize| {
        let mut offset = 0;
        for (&extent, &stride) in shape.iter().zip(&strides).rev() {
            offset += position % extent * stride;
            position /= extent;
        }
        values[offset]
    };
    (0..values.len()).map(source).collect()
}

/// Pads with spaces so that the data begin at a multiple of 64, as NumPy does.
fn write_header(writer: &mut impl Write, descr: &str, shape: &[usize]) -> io::Result<()> {
    let extents: Vec<String> = shape.iter().map(ToString::to_string).collect();
    // Python writes a tuple of one with a comma.
    let comma = if shape.len() == 1 { "," } else { "" };
    let tuple = format!("({}{comma})", extents.join(", "));
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {tuple}, }}");
    let unpadded = MAGIC.len() + 4 + header.len() + 1;
    header.push_str(&" ".repeat(unpadded.next_multiple_of(64) - unpadded));
    header.push('\n');
    let length = u16::try_from(header.len())
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "too many dimensions"))?;
    writer.write_all(MAGIC)?;
    writer.write_all(&[1, 0])?;
    writer.write_all(&length.to_le_bytes())?;
    writer.write_all(header.as_bytes())
}

#[cfg(test)]
mod tests;
