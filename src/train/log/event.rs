//! TensorBoard's event files.
//!
//! A file is a sequence of records (`TFRecord`): the length of a message in 8 bytes, a
//! checksum of these, the message, a checksum of it, all little-endian. A checksum is a
//! CRC-32C, rotated by 15 bits, plus a constant. A message is an `Event` of protocol
//! buffers: `wall_time` (1, double), `step` (2, varint), and either `file_version` (3,
//! string) or `summary` (5), which holds values (1) of a `tag` (1) and a `simple_value`
//! (2, float).

/// The first record of a file: its version. `seconds` is the time since 1970.
#[must_use]
pub fn events_header(seconds: f64) -> Vec<u8> {
    let mut event = wall_time(seconds);
    field(&mut event, 3, b"brain.Event:2");
    record(&event)
}

/// A record of some numbers at a step.
#[must_use]
pub fn scalars(seconds: f64, step: u64, values: &[(&str, f64)]) -> Vec<u8> {
    let mut summary = Vec::new();
    for (tag, number) in values {
        let mut value = Vec::new();
        field(&mut value, 1, tag.as_bytes());
        // Field 2 of 32 bits.
        value.push(2 << 3 | 5);
        value.extend((*number as f32).to_le_bytes());
        field(&mut summary, 1, &value);
    }
    let mut event = wall_time(seconds);
    event.push(2 << 3);
    varint(&mut event, step);
    field(&mut event, 5, &summary);
    record(&event)
}

/// Field 1 of 64 bits.
fn wall_time(seconds: f64) -> Vec<u8> {
    let mut event = vec![1 << 3 | 1];
    event.extend(seconds.to_le_bytes());
    event
}

/// A field of bytes.
fn field(message: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    message.push(number << 3 | 2);
    varint(message, bytes.len() as u64);
    message.extend(bytes);
}

/// Seven bits a byte, the lowest first.
fn varint(message: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        message.push(value as u8 | 0x80);
        value >>= 7;
    }
    message.push(value as u8);
}

fn record(event: &[u8]) -> Vec<u8> {
    let length = (event.len() as u64).to_le_bytes();
    let checksum = |bytes: &[u8]| {
        crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
    };
    [&length[..], &checksum(&length), event, &checksum(event)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Against a second implementation of message and checksum, in Python; `tensorboard`
    /// reads both.
    #[test]
    fn records_are_those_of_the_format() {
        assert_eq!(
            hex(&events_header(1.0)),
            "1800000000000000a37f4b2209000000000000f03f1a0d627261696e2e4576656e743a3286bf577a"
        );
        assert_eq!(
            hex(&scalars(2.0, 300, &[("loss", 0.5)])),
            "1b000000000000001a0d9e1309000000000000004010ac022a0d0a0b0a046c6f7373150000003fdfc52b60"
        );
    }
}
