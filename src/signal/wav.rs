//! Sound in RIFF WAVE files, read block by block.
//!
//! ```text
//! "RIFF" size "WAVE"   ("RF64" where the sizes stand in a chunk `ds64`)
//! "fmt " 16.. bytes    kind, channels, rate, bytes a second, bytes a frame, bits
//! ...                  chunks that are skipped
//! "data" size          frames: one sample of each channel, little-endian
//! ```

mod write;

use std::io::{self, Read};

pub use write::{WAV_HEADER, wav_header};

/// How samples are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleKind {
    /// Integers of 1 to 4 bytes; those of one byte are stored with 128 added.
    Integer {
        /// Bytes of a sample.
        bytes: u8,
    },
    /// Floating-point numbers of 4 or 8 bytes.
    Float {
        /// Bytes of a sample.
        bytes: u8,
    },
}

impl SampleKind {
    fn bytes(self) -> usize {
        match self {
            Self::Integer { bytes } | Self::Float { bytes } => usize::from(bytes),
        }
    }

    /// One sample, as the number that is stored.
    fn decode(self, bytes: &[u8]) -> f64 {
        let mut wide = [0; 8];
        // Integers at the top, so that their sign is the sign of the whole.
        let place = match self {
            Self::Integer { .. } => 8 - bytes.len(),
            Self::Float { .. } => 0,
        };
        wide[place..place + bytes.len()].copy_from_slice(bytes);
        match self {
            Self::Integer { bytes: 1 } => f64::from(bytes[0]) - 128.0,
            Self::Integer { bytes } => {
                (i64::from_le_bytes(wide) >> (64 - 8 * u32::from(bytes))) as f64
            }
            Self::Float { bytes: 4 } => {
                f64::from(f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
            }
            Self::Float { .. } => f64::from_le_bytes(wide),
        }
    }
}

/// What the header of a WAV file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WavSpec {
    /// Frames a second.
    pub rate: u32,
    /// Samples a frame.
    pub channels: usize,
    /// How a sample is stored.
    pub kind: SampleKind,
    /// Frames, where the header knows; a writer to a pipe does not.
    pub frames: Option<u64>,
}

impl WavSpec {
    /// What counts as full scale: `2^(bits - 1)` for integers, 1 for numbers with a point.
    #[must_use]
    pub fn full_scale(&self) -> f64 {
        match self.kind {
            SampleKind::Integer { bytes } => (1_u64 << (8 * u32::from(bytes) - 1)) as f64,
            SampleKind::Float { .. } => 1.0,
        }
    }
}

/// What is wrong with a WAV file, and where.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WavError {
    /// The underlying reader failed.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// The file does not begin like one.
    #[error("not a WAV file: it does not begin with RIFF or RF64 and WAVE")]
    Magic,
    /// The file ends within its header, or has no samples' chunk.
    #[error("the file ends before its {chunk}")]
    Ends {
        /// What is missing.
        chunk: &'static str,
    },
    /// The samples come before what says how to read them.
    #[error("the samples come before the chunk `fmt ` that says what they are")]
    Order,
    /// A kind of samples that is not read.
    #[error(
        "samples of kind {kind:#06x} with {bits} bits are not read; integers of 8 to 32 bits and floats of 32 or 64 bits are"
    )]
    Kind {
        /// The tag of the format.
        kind: u16,
        /// Bits of a sample.
        bits: u16,
    },
    /// Numbers of the header that cannot be.
    #[error(
        "the header has {channels} channels, {rate} Hz and {align} bytes a frame, which do not fit"
    )]
    Header {
        /// Channels.
        channels: u16,
        /// Rate, Hz.
        rate: u32,
        /// Bytes a frame.
        align: u16,
    },
    /// The file is shorter than it says.
    #[error("the header promises {expected} frames, the file ends after {found}")]
    Truncated {
        /// Frames promised.
        expected: u64,
        /// Whole frames found.
        found: u64,
    },
}

/// A WAV file whose header is read and whose samples are not yet.
#[derive(Debug)]
pub struct WavReader<R> {
    reader: R,
    spec: WavSpec,
}

impl<R: Read> WavReader<R> {
    /// Reads the header, up to the first sample.
    ///
    /// # Errors
    ///
    /// [`WavError`] says what is missing or not known.
    pub fn new(mut reader: R) -> Result<Self, WavError> {
        let start: [u8; 12] = take(&mut reader, "header")?;
        if !(matches!(&start[..4], b"RIFF" | b"RF64") && &start[8..] == b"WAVE") {
            return Err(WavError::Magic);
        }
        let (mut format, mut long_size) = (None, None);
        loop {
            let head: [u8; 8] = take(&mut reader, "samples")?;
            let size = u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
            match &head[..4] {
                b"fmt " => format = Some(read_format(&mut reader, size)?),
                b"ds64" => {
                    let sizes: [u8; 24] = take(&mut reader, "long sizes")?;
                    let mut eight = [0; 8];
                    eight.copy_from_slice(&sizes[8..16]);
                    long_size = Some(u64::from_le_bytes(eight));
                    skip(&mut reader, size.saturating_sub(24))?;
                }
                b"data" => {
                    let Some((rate, channels, kind)) = format else { return Err(WavError::Order) };
                    let frame = (channels * kind.bytes()) as u64;
                    let size = match (size, long_size) {
                        (0xFFFF_FFFF, Some(long)) => Some(long),
                        // What those write who do not know it yet.
                        (0 | 0xFFFF_FFFF, _) => None,
                        (size, _) => Some(size),
                    };
                    let spec = WavSpec { rate, channels, kind, frames: size.map(|s| s / frame) };
                    return Ok(Self { reader, spec });
                }
                _ => skip(&mut reader, size + size % 2)?,
            }
        }
    }

    /// What the header says.
    #[must_use]
    pub fn spec(&self) -> WavSpec {
        self.spec
    }

    /// All samples, channel by channel, as the numbers that are stored.
    ///
    /// # Errors
    ///
    /// A file that is shorter than its header says, or that cannot be read.
    pub fn read_all(self) -> Result<Vec<Vec<f64>>, WavError> {
        let mut all = vec![Vec::new(); self.spec.channels];
        for block in self.blocks(1 << 14) {
            for (channel, samples) in all.iter_mut().zip(block?) {
                channel.extend(samples);
            }
        }
        Ok(all)
    }

    /// The samples in blocks of that many frames (at least 1), the last one shorter: what
    /// is larger than the memory can be worked on all the same.
    #[must_use]
    pub fn blocks(self, frames: usize) -> WavBlocks<R> {
        let Self { reader, spec } = self;
        WavBlocks { reader, spec, frames: frames.clamp(1, 1 << 24), read: 0, is_over: false }
    }
}

/// Blocks of samples: of each channel up to as many as were asked for.
#[derive(Debug)]
pub struct WavBlocks<R> {
    reader: R,
    spec: WavSpec,
    frames: usize,
    read: u64,
    is_over: bool,
}

impl<R: Read> Iterator for WavBlocks<R> {
    type Item = Result<Vec<Vec<f64>>, WavError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let block = self.block();
        let is_empty = block.as_ref().is_ok_and(|channels| channels[0].is_empty());
        self.is_over = is_empty || block.is_err();
        (!is_empty).then_some(block)
    }
}

impl<R: Read> WavBlocks<R> {
    fn block(&mut self) -> Result<Vec<Vec<f64>>, WavError> {
        let (channels, width) = (self.spec.channels, self.spec.kind.bytes());
        let left = self.spec.frames.map_or(u64::MAX, |frames| frames - self.read);
        let wanted = left.min(self.frames as u64);
        let mut bytes = Vec::new();
        let limit = wanted * (channels * width) as u64;
        (&mut self.reader).take(limit).read_to_end(&mut bytes)?;
        let found = (bytes.len() / (channels * width)) as u64;
        self.read += found;
        if let Some(expected) = self.spec.frames.filter(|_| found < wanted) {
            return Err(WavError::Truncated { expected, found: self.read });
        }
        let samples = |channel: usize| {
            let frames = bytes.chunks_exact(channels * width);
            let of = |frame: &[u8]| self.spec.kind.decode(&frame[channel * width..][..width]);
            frames.map(of).collect()
        };
        Ok((0..channels).map(samples).collect())
    }
}

/// The chunk `fmt `: rate, channels and kind.
fn read_format(reader: &mut impl Read, size: u64) -> Result<(u32, usize, SampleKind), WavError> {
    if size < 16 {
        return Err(WavError::Ends { chunk: "format" });
    }
    let head: [u8; 16] = take(reader, "format")?;
    let mut rest = Vec::new();
    let more = size - 16 + size % 2;
    reader.take(more).read_to_end(&mut rest)?;
    let short = |at: usize| u16::from_le_bytes([head[at], head[at + 1]]);
    let (channels, align, bits) = (short(2), short(12), short(14));
    let rate = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
    let kind = match (short(0), rest.get(8..10)) {
        // The kind of an extensible format is the beginning of a long name.
        (0xFFFE, Some(name)) => u16::from_le_bytes([name[0], name[1]]),
        (kind, _) => kind,
    };
    if channels == 0 || rate == 0 || align == 0 || !align.is_multiple_of(channels) {
        return Err(WavError::Header { channels, rate, align });
    }
    let bytes = align / channels;
    let kind = match (kind, bytes) {
        (1, 1..=4) if bits <= 8 * bytes => SampleKind::Integer { bytes: bytes as u8 },
        (3, 4 | 8) if bits == 8 * bytes => SampleKind::Float { bytes: bytes as u8 },
        _ => return Err(WavError::Kind { kind, bits }),
    };
    Ok((rate, usize::from(channels), kind))
}

fn take<const N: usize>(reader: &mut impl Read, chunk: &'static str) -> Result<[u8; N], WavError> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => WavError::Ends { chunk },
        _ => WavError::Io(error),
    })?;
    Ok(bytes)
}

fn skip(reader: &mut impl Read, bytes: u64) -> Result<(), WavError> {
    io::copy(&mut reader.take(bytes), &mut io::sink())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file(kind: u16, bits: u16, channels: u16, data: &[u8]) -> Vec<u8> {
        let align = channels * bits / 8;
        let mut out = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0".to_vec();
        out.extend(kind.to_le_bytes());
        out.extend(channels.to_le_bytes());
        out.extend(8000_u32.to_le_bytes());
        out.extend((8000 * u32::from(align)).to_le_bytes());
        out.extend(align.to_le_bytes());
        out.extend(bits.to_le_bytes());
        out.extend(b"data");
        out.extend((data.len() as u32).to_le_bytes());
        out.extend(data);
        out
    }

    fn read(bytes: &[u8]) -> Result<Vec<Vec<f64>>, WavError> {
        WavReader::new(bytes)?.read_all()
    }

    #[test]
    fn every_width_is_read_with_its_sign() {
        assert_eq!(read(&file(1, 8, 1, &[0, 128, 255])).unwrap(), [[-128.0, 0.0, 127.0]]);
        let data = [0, 0x80, 0xFF, 0xFF, 0xFF, 0x7F];
        assert_eq!(read(&file(1, 16, 1, &data)).unwrap(), [[-32768.0, -1.0, 32767.0]]);
        let data = [0, 0, 0x80, 1, 0, 0];
        assert_eq!(read(&file(1, 24, 1, &data)).unwrap(), [[-8_388_608.0, 1.0]]);
        let data = [(-7_i32).to_le_bytes(), i32::MAX.to_le_bytes()].concat();
        assert_eq!(read(&file(1, 32, 2, &data)).unwrap(), [[-7.0], [2_147_483_647.0]]);
        let data = [0.25_f32.to_le_bytes(), (-3.5_f32).to_le_bytes()].concat();
        assert_eq!(read(&file(3, 32, 1, &data)).unwrap(), [[0.25, -3.5]]);
        assert_eq!(read(&file(3, 64, 1, &(-1e-300_f64).to_le_bytes())).unwrap(), [[-1e-300]]);
        let spec = WavReader::new(&file(1, 24, 2, &[0; 12])[..]).unwrap().spec();
        assert_eq!((spec.rate, spec.channels, spec.frames), (8000, 2, Some(2)));
        assert_eq!(spec.full_scale(), 8_388_608.0);
    }

    #[test]
    fn extensible_long_and_endless_files() {
        let mut bytes = b"RF64\xFF\xFF\xFF\xFFWAVEds64\x1C\0\0\0".to_vec();
        bytes.extend([&[0; 8][..], &4_u64.to_le_bytes(), &[0; 12]].concat());
        bytes.extend(
            b"fmt \x28\0\0\0\xFE\xFF\x01\0\x40\x1F\0\0\x80\x3E\0\0\x02\0\x10\0\x16\0\x10\0",
        );
        bytes.extend(b"\0\0\0\0\x01\0\0\0\0\0\x10\0\x80\0\0\xAA\0\x38\x9B\x71data\xFF\xFF\xFF\xFF");
        bytes.extend([1, 0, 2, 0]);
        bytes.extend(b"LIST");
        assert_eq!(read(&bytes).unwrap(), [[1.0, 2.0]]);
        let mut endless = file(1, 16, 1, &[]);
        endless.extend([5, 0, 6, 0, 9]);
        assert_eq!(read(&endless).unwrap(), [[5.0, 6.0]]);
    }

    #[test]
    fn faults_are_named() {
        let message = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
        assert!(message(b"RIFX\0\0\0\0WAVE").starts_with("not a WAV file"));
        assert_eq!(message(b"RIFF"), "the file ends before its header");
        assert_eq!(message(b"RIFF\0\0\0\0WAVE"), "the file ends before its samples");
        assert!(message(&file(7, 8, 1, &[])).starts_with("samples of kind 0x0007 with 8 bits"));
        let mut short = file(1, 16, 2, &[0; 40]);
        short.truncate(short.len() - 5);
        assert_eq!(message(&short), "the header promises 10 frames, the file ends after 8");
    }

    proptest! {
        #[test]
        fn blocks_are_the_whole(data in prop::collection::vec(any::<u8>(), 0..200), frames in 1_usize..50) {
            let whole = data.len() / 6 * 6;
            let bytes = file(1, 24, 2, &data[..whole]);
            let mut joined = vec![Vec::new(); 2];
            for block in WavReader::new(&bytes[..]).unwrap().blocks(frames) {
                for (all, part) in joined.iter_mut().zip(block.unwrap()) {
                    prop_assert!(part.len() <= frames);
                    all.extend(part);
                }
            }
            prop_assert_eq!(joined, read(&bytes).unwrap());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = read(&bytes);
            let _ = read(&[&b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0"[..], &bytes].concat());
        }
    }
}
