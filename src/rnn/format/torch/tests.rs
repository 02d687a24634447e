use std::io::Write;

use nalgebra::DMatrix;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::rnn::format::load;

/// Instructions that push a text.
fn text(text: &str) -> Vec<u8> {
    [&[0x8c, text.len() as u8], text.as_bytes()].concat()
}

/// Instructions that push a tuple of small integers.
fn tuple(extents: &[u8]) -> Vec<u8> {
    let numbers: Vec<u8> = extents.iter().flat_map(|&extent| [b'K', extent]).collect();
    [b"(", &numbers[..], b"t"].concat()
}

/// Instructions that push a tensor over storage `0`.
fn rebuilt(class: &str, offset: u8, shape: &[u8], strides: &[u8]) -> Vec<u8> {
    [
        b"ctorch._utils\n_rebuild_tensor_v2\n((",
        &text("storage")[..],
        format!("ctorch\n{class}\n").as_bytes(),
        &text("0"),
        &text("cpu"),
        b"K\x09tQK",
        &[offset],
        &tuple(shape),
        &tuple(strides),
        b"\x89}tR",
    ]
    .concat()
}

/// A `.pt` file whose pickle is a dictionary of one entry.
fn file(key: &str, value: &[u8], storage: &[u8]) -> Vec<u8> {
    let pickle = [b"\x80\x02}", &text(key)[..], value, b"s."].concat();
    archive(&pickle, storage)
}

fn archive(pickle: &[u8], storage: &[u8]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, data) in [("x/data.pkl", pickle), ("x/data/0", storage)] {
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.write_all(data).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn read(bytes: &[u8]) -> Result<Loaded, FormatError> {
    load("n.pt", bytes, &LoadOptions::default())
}

#[test]
fn strides_and_offsets_are_honoured() {
    let storage = floats(&[9.0, 1.0, 2.0, 3.0, 4.0]);
    let of = |strides: &[u8]| {
        let value = rebuilt("FloatStorage", 1, &[2, 2], strides);
        read(&file("W", &value, &storage)).unwrap().network.into_parts().recurrent
    };
    assert_eq!(of(&[2, 1]), DMatrix::from_row_slice(2, 2, &[1.0, 2.0, 3.0, 4.0]));
    assert_eq!(of(&[1, 2]), DMatrix::from_row_slice(2, 2, &[1.0, 3.0, 2.0, 4.0]));
}

#[test]
fn every_width_of_float_is_read() {
    let cases = [
        ("DoubleStorage", (-1.5f64).to_le_bytes().to_vec()),
        ("FloatStorage", floats(&[-1.5])),
        ("HalfStorage", 0xbe00u16.to_le_bytes().to_vec()),
        ("BFloat16Storage", 0xbfc0u16.to_le_bytes().to_vec()),
    ];
    for (class, storage) in cases {
        let value = rebuilt(class, 0, &[1, 1], &[1, 1]);
        let network = read(&file("W", &value, &storage)).unwrap().network;
        assert_eq!(network.parts().recurrent.as_slice(), [-1.5], "{class}");
    }
}

#[test]
fn tensors_stay_inside_their_storage() {
    let storage = floats(&[1.0; 4]);
    let message = |offset, shape: &[u8], strides: &[u8]| {
        let value = rebuilt("FloatStorage", offset, shape, strides);
        read(&file("W", &value, &storage)).unwrap_err().to_string()
    };
    let damaged = "n.pt: W: damaged PyTorch file: ";
    assert_eq!(message(1, &[2, 2], &[2, 1]), format!("{damaged}it reaches beyond its storage"));
    assert_eq!(message(0, &[9, 9], &[0, 0]), format!("{damaged}it is larger than its storage"));
    assert_eq!(message(0, &[2], &[2, 1]), format!("{damaged}its shape and its strides disagree"));
}

/// A malicious pickle would call `os.system` here; ours calls nothing.
#[test]
fn objects_other_than_tensors_are_never_made() {
    let call = [b"cos\nsystem\n(", &text("true")[..], b"tR"].concat();
    let message = read(&file("W", &call, &[])).unwrap_err().to_string();
    assert!(message.contains("torch.save(model.state_dict(), \"net.pt\")"), "{message}");
}

#[test]
fn broken_pickles_are_located() {
    let message = |pickle: &[u8]| read(&archive(pickle, &[])).unwrap_err().to_string();
    let damaged = "n.pt: damaged PyTorch file: pickle, byte ";
    assert_eq!(message(b""), format!("{damaged}0: it ends too early"));
    assert_eq!(
        message(b"\x80\x02."),
        format!("{damaged}2: an instruction finds nothing to work on")
    );
    assert_eq!(
        message(b"\x80\x02h\x07."),
        format!("{damaged}2: a value is used before it is made")
    );
    assert_eq!(
        message(b"\x80\x02\xff"),
        format!("{damaged}2: instruction 0xff is not one that weights need")
    );
    // Ten thousand nested tuples: nothing recurses.
    let deep = [&b")"[..], &[0x85; 10_000], b"."].concat();
    assert!(message(&deep).contains("without a state dictionary"));
}
