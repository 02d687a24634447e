use std::io::Cursor;

use proptest::prelude::*;

use super::*;
use crate::wave::{Npz, NpzError, write_npz};

const TYPES: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/waves/types.npz"));

fn numpy(name: &str) -> Array {
    Npz::open(Cursor::new(TYPES)).unwrap().get(name).unwrap()
}

fn numbers(shape: &[usize], value: impl Fn(f64) -> f64) -> Array {
    let count: usize = shape.iter().product();
    let data = (0..count).map(|k| value(k as f64)).collect();
    Array::Numbers(NpyArray { shape: shape.to_vec(), data })
}

#[test]
fn every_layout_of_numpy_gives_the_same_numbers() {
    let cube = [2, 3, 4];
    for name in ["f2", "f4_big", "f8", "f8_fortran", "f4_big_fortran"] {
        assert_eq!(numpy(name), numbers(&cube, |k| k - 2.5), "{name}");
    }
    for name in ["i1", "i4", "i4_big", "i8", "i8_big"] {
        assert_eq!(numpy(name), numbers(&cube, |k| k - 2.0), "{name}");
    }
    assert_eq!(numpy("u2_big"), numbers(&cube, |k| k));
    assert_eq!(numpy("bool"), numbers(&cube, |k| k % 2.0));
    assert_eq!(numpy("scalar"), numbers(&[], |_| -2.5));
    assert_eq!(numpy("empty"), numbers(&[0, 3], |k| k));
    assert_eq!(numpy("text"), Array::Text(vec!["tanh".to_owned(), "é".to_owned()]));
    assert_eq!(numpy("word"), Array::Text(vec!["logistic".to_owned()]));
    assert_eq!(numpy("bytes"), Array::Text(vec!["ab".to_owned(), "c".to_owned()]));
}

#[test]
fn what_is_no_real_number_is_named() {
    let mut file = Npz::open(Cursor::new(TYPES)).unwrap();
    let message =
        |name: &str, file: &mut Npz<Cursor<&[u8]>>| file.get(name).unwrap_err().to_string();
    assert_eq!(
        message("complex", &mut file),
        "array `complex`: element type `<c16` is not supported; real numbers and strings are"
    );
    assert_eq!(
        message("large", &mut file),
        "array `large`: element 0 is 9007199254740993, an integer too large for a 64-bit float"
    );
    assert!(
        matches!(file.get("f9"), Err(NpzError::Missing { present, .. }) if present.len() == 19)
    );
}

fn with_header(header: &str, data: &[u8]) -> Vec<u8> {
    let length = (header.len() as u16).to_le_bytes();
    [MAGIC, &[1, 0], &length, header.as_bytes(), data].concat()
}

fn fault(header: &str, data: &[u8]) -> String {
    read_npy(&with_header(header, data)[..]).unwrap_err().to_string()
}

#[test]
fn a_lying_header_is_caught_by_the_bytes() {
    let header =
        |shape: &str| format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}");
    assert_eq!(
        fault(&header("(1000000000000,)"), &[0; 8]),
        "the header promises 8000000000000 bytes of data, the file holds 8"
    );
    assert_eq!(
        fault(&header("()"), &[0; 9]),
        "the header promises 8 bytes of data, the file holds 9 or more"
    );
    let large = fault(&header("(99999999999, 99999999999)"), &[]);
    assert_eq!(large, "array header: shape [99999999999, 99999999999] is too large");
    assert!(fault(&header("(2, -1)"), &[]).contains("no whole numbers"));
    assert!(fault(&header("3"), &[]).contains("`shape` is no tuple"));
    assert!(fault("{}", &[]).contains("no `descr`"));
    assert!(fault("{'descr': [('x', '<f8')], }", &[]).contains("`[('x', '<f8')], }`"));
    assert!(fault("{'descr': '|O', 'fortran_order': False, 'shape': (), }", &[]).contains("`|O`"));
    assert!(fault("{'descr': 'é', 'fortran_order': False, 'shape': (), }", &[]).contains("`é`"));
    assert!(fault("{'descr': '<f8', 'fortran_order': 1, 'shape': (), }", &[]).contains("neither"));
    assert_eq!(read_npy(&b"PK"[..]).unwrap_err().to_string(), NpyError::Magic.to_string());
    assert!(matches!(read_npy(&b"\x93NUMPY\x09\x00"[..]), Err(NpyError::Version(9))));
    let long = [MAGIC, &[2, 0, 255, 255, 255, 255]].concat();
    assert!(read_npy(&long[..]).unwrap_err().to_string().contains("4294967295 bytes long"));
}

#[test]
fn an_endless_row_of_empty_strings_costs_nothing() {
    let header = "{'descr': '<U0', 'fortran_order': False, 'shape': (999999999999,), }";
    assert_eq!(read_npy(&with_header(header, &[])[..]).unwrap(), Array::Text(vec![String::new()]));
}

#[test]
fn halves_have_their_special_values() {
    let cases = [
        (0x3c00, 1.0),
        (0xc000, -2.0),
        (0x7bff, 65504.0),
        (0x0001, 2f64.powi(-24)),
        (0x0400, 2f64.powi(-14)),
        (0x3555, 0.333_251_953_125),
        (0xfc00, f64::NEG_INFINITY),
    ];
    for (bits, value) in cases {
        assert_eq!(half_to_f64(bits).to_bits(), f64::to_bits(value), "{bits:#x}");
    }
    assert!(half_to_f64(0x7e00).is_nan());
}

fn any_array() -> impl Strategy<Value = NpyArray> {
    prop::collection::vec(0usize..4, 0..4).prop_flat_map(|shape| {
        let count = shape.iter().product::<usize>();
        prop::collection::vec(any::<f64>().prop_filter("not NaN", |x| !x.is_nan()), count)
            .prop_map(move |data| NpyArray { shape: shape.clone(), data })
    })
}

proptest! {
    #[test]
    fn write_then_read_is_the_identity(array in any_array(), words in prop::collection::vec("[^\0]{0,5}", 1..4)) {
        let arrays = vec![
            ("a".to_owned(), Array::Numbers(array)),
            ("b/c".to_owned(), Array::Text(words)),
        ];
        let bytes = write_npz(Cursor::new(Vec::new()), &arrays).unwrap();
        let mut file = Npz::open(bytes).unwrap();
        prop_assert_eq!(file.names(), vec!["a".to_owned(), "b/c".to_owned()]);
        for (name, array) in arrays {
            prop_assert_eq!(file.get(&name).unwrap(), array);
        }
    }

    #[test]
    fn no_damage_makes_the_reader_panic(at in 0usize..4096, byte in any::<u8>(), cut in 0usize..4096) {
        let mut bytes = TYPES.to_vec();
        let length = bytes.len();
        bytes[at % length] = byte;
        bytes.truncate(if cut % 3 == 0 { cut % length } else { length });
        if let Ok(mut file) = Npz::open(Cursor::new(bytes)) {
            for name in file.names() {
                let _ = file.get(&name);
            }
        }
    }
}
