//! The header of a sound of one channel of 32-bit floats.

/// Bytes of [`wav_header`].
pub const WAV_HEADER: usize = 92;
/// Bytes of a sample.
const WIDTH: u64 = 4;

/// The header of a WAV file of one channel of 32-bit floats, which `frames` samples,
/// little-endian, follow.
///
/// Its length does not depend on `frames`, so that it can be written once more when these
/// are known; beyond 4 GiB it is one of RF64 (EBU Tech 3306).
#[must_use]
pub fn wav_header(rate: u32, frames: u64) -> [u8; WAV_HEADER] {
    let data = frames.saturating_mul(WIDTH);
    let whole = data.saturating_add(WAV_HEADER as u64 - 8);
    let short = |size: u64| u32::try_from(size).unwrap_or(u32::MAX);
    let is_long = whole >= u64::from(u32::MAX);
    let mut header = Vec::with_capacity(WAV_HEADER);
    header.extend(if is_long { b"RF64" } else { b"RIFF" });
    header.extend(if is_long { u32::MAX } else { short(whole) }.to_le_bytes());
    header.extend(b"WAVE");
    // Long sizes, or room for them.
    header.extend(if is_long { b"ds64" } else { b"JUNK" });
    header.extend(28_u32.to_le_bytes());
    for size in if is_long { [whole, data, frames] } else { [0; 3] } {
        header.extend(size.to_le_bytes());
    }
    header.extend([0; 4]);
    header.extend(b"fmt ");
    header.extend(16_u32.to_le_bytes());
    header.extend([3, 0, 1, 0]);
    header.extend(rate.to_le_bytes());
    header.extend(rate.wrapping_mul(WIDTH as u32).to_le_bytes());
    header.extend([4, 0, 32, 0]);
    // Kinds other than integers say their number of frames.
    header.extend(b"fact");
    header.extend(4_u32.to_le_bytes());
    header.extend(short(frames).to_le_bytes());
    header.extend(b"data");
    header.extend(if is_long { u32::MAX } else { short(data) }.to_le_bytes());
    let mut bytes = [0; WAV_HEADER];
    bytes.copy_from_slice(&header);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::{SampleKind, WavReader};

    #[test]
    fn it_is_read_back() {
        let mut file = wav_header(22_050, 3).to_vec();
        file.extend([0.5_f32, -1.25, 3.0].iter().flat_map(|x| x.to_le_bytes()));
        assert_eq!(file[4..8], (file.len() as u32 - 8).to_le_bytes());
        let reader = WavReader::new(&file[..]).unwrap();
        let spec = reader.spec();
        assert_eq!((spec.rate, spec.channels, spec.frames), (22_050, 1, Some(3)));
        assert_eq!(spec.kind, SampleKind::Float { bytes: 4 });
        assert_eq!(reader.read_all().unwrap(), [[0.5, -1.25, 3.0]]);
    }

    #[test]
    fn a_long_one_is_long() {
        let long = 5_u64 << 30;
        let header = wav_header(48_000, long);
        assert_eq!(header[..4], *b"RF64");
        let spec = WavReader::new(&header[..]).unwrap().spec();
        assert_eq!(spec.frames, Some(long));
    }
}
