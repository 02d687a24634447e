use super::*;
use crate::wave::{read_raw, write_raw};

const ASCII: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/waves/rc_ascii.raw"));
const BINARY: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/waves/rc_binary.raw"));

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-15 * b.abs()
}

/// ngspice's text has 16 digits, so the two agree to the last but one.
#[test]
fn both_encodings_of_ngspice_say_the_same() {
    let (ascii, binary) = (read_raw(ASCII).unwrap(), read_raw(BINARY).unwrap());
    assert_eq!(ascii.len(), 2);
    for (a, b) in ascii.iter().zip(&binary) {
        assert_eq!((&a.title, &a.name, &a.variables), (&b.title, &b.name, &b.variables));
        match (&a.data, &b.data) {
            (RawData::Real(a), RawData::Real(b)) => {
                assert_eq!((a.len(), a[0].len(), b.len(), b[0].len()), (4, 77, 4, 77));
                assert!(a.iter().flatten().zip(b.iter().flatten()).all(|(a, b)| close(*a, *b)));
            }
            (RawData::Complex(a), RawData::Complex(b)) => {
                assert_eq!((a.len(), a[0].len(), b.len(), b[0].len()), (4, 2, 4, 2));
                let pairs = a.iter().flatten().zip(b.iter().flatten());
                assert!(pairs.into_iter().all(|(a, b)| close(a.re, b.re) && close(a.im, b.im)));
            }
            _ => panic!("one encoding is real, the other complex"),
        }
    }
}

/// R = 1 kΩ and C = 1 µF driven by 1 A: Z = R / (1 + j 2π f RC).
#[test]
fn complex_vectors_are_the_impedance_of_the_circuit() {
    let plots = read_raw(BINARY).unwrap();
    let RawData::Complex(vectors) = &plots[1].data else { panic!("real") };
    let out = plots[1].variables.iter().position(|variable| variable.name == "v(out)").unwrap();
    for (frequency, z) in vectors[0].iter().zip(&vectors[out]) {
        let omega = std::f64::consts::TAU * frequency.re;
        let expected = Complex::new(1e3, 0.0) / Complex::new(1.0, omega * 1e-3);
        assert!((z - expected).norm() < 1e-9 * expected.norm(), "{frequency}: {z} {expected}");
    }
}

/// The charging capacitor of the same circuit: 1 - e^(-t/RC).
#[test]
fn a_transient_is_a_waveform() {
    let wave = read_raw(BINARY).unwrap()[0].to_waveform().unwrap();
    let end = wave.value_at("v(out)", 1e-3).unwrap();
    assert!((end - (1.0 - (-1.0f64).exp())).abs() < 2e-3, "{end}");
    let units: Vec<&str> = wave.signals().iter().map(|signal| signal.unit.as_str()).collect();
    assert_eq!(units, ["V", "V", "A"]);
    let again = RawPlot::from_waveform("* t", &wave).to_waveform().unwrap();
    assert_eq!(again, wave);
    let parts = read_raw(BINARY).unwrap()[1].to_waveform().unwrap();
    assert_eq!(parts.axis(), ("frequency", "Hz"));
    assert!(parts.signal("re(v(out))").is_some() && parts.signal("im(v(out))").is_some());
}

#[test]
fn what_is_written_is_read_back_exactly() {
    for encoding in [RawEncoding::Binary, RawEncoding::Ascii] {
        let plots = read_raw(BINARY).unwrap();
        let mut bytes = Vec::new();
        for plot in &plots {
            write_raw(&mut bytes, plot, encoding).unwrap();
        }
        assert_eq!(read_raw(&bytes[..]).unwrap(), plots);
    }
}

/// Of the AC plot ngspice also records `grid=3`, a hint for plotting.
#[test]
fn our_binary_transient_is_ngspices_byte_for_byte() {
    let mut bytes = Vec::new();
    write_raw(&mut bytes, &read_raw(BINARY).unwrap()[0], RawEncoding::Binary).unwrap();
    assert!(bytes.len() > 77 * 4 * 8 && BINARY.starts_with(&bytes));
}

#[test]
fn a_plot_that_cannot_be_read_back_is_not_written() {
    let mut plot = read_raw(BINARY).unwrap().remove(0);
    plot.variables[1].name = "v(a b)".to_owned();
    assert!(write_raw(Vec::new(), &plot, RawEncoding::Ascii).is_err());
    plot.variables.pop();
    assert!(write_raw(Vec::new(), &plot, RawEncoding::Ascii).is_err());
}

const SMALL: &str = "Title: x\nDate: d\nPlotname: p\nFlags: real\nNo. Variables: 2\n\
    No. Points: 2\nVariables:\n\t0\ttime\ttime\n\t1\tv(a)\tvoltage\nValues:\n\
    0\t0.0\n\t1.0\n\n1\t1.0\n\t2.0\n";

#[test]
fn faults_name_plot_and_line() {
    let message = |from: &str, to: &str| {
        assert!(SMALL.contains(from));
        read_raw(SMALL.replacen(from, to, 1).as_bytes()).unwrap_err().to_string()
    };
    assert!(read_raw(SMALL.as_bytes()).is_ok());
    assert_eq!(message("\t2.0", "\tx"), "plot 1, line 15: `x` is not a number");
    assert_eq!(message("1\t1.0", "7\t1.0"), "plot 1, line 14: point 7 stands at place 1");
    assert_eq!(
        message("Points: 2", "Points: 99999999999999"),
        "plot 1, line 15: the header promises 199999999999998 numbers, the file holds 4"
    );
    assert_eq!(
        message("Points: 2", "Points: -1"),
        "plot 1, line 6: `-1` is not a number of points"
    );
    assert_eq!(
        message("Variables: 2", "Variables: 3"),
        "plot 1, line 10: 3 variables are promised, 2 listed"
    );
    assert_eq!(message("real", "complex"), "plot 1, line 11: `0.0` is not a pair `re,im`");
    assert!(message("Title: x", "hello").contains("line 1: `hello` is no `key: value` line"));
    let twice = format!("{SMALL}\n{}", &SMALL[..SMALL.len() - 5]);
    let message = read_raw(twice.as_bytes()).unwrap_err().to_string();
    assert!(message.starts_with("plot 2, line 30: the header promises 4 numbers"), "{message}");
    assert!(read_raw(&b""[..]).unwrap_err().to_string().contains("the file is empty"));
    assert!(read_raw(&b"T\0i\0"[..]).unwrap_err().to_string().contains("`Ti` is no `key: value`"));
}

#[test]
fn a_file_cut_short_never_panics_and_never_gains_a_plot() {
    for bytes in [ASCII, BINARY] {
        // The last value of the ASCII file takes less than 60 bytes; a cut within
        // its digits leaves a file that is whole.
        for length in (0..bytes.len() - 60).step_by(7) {
            assert!(read_raw(&bytes[..length]).map_or(true, |plots| plots.len() < 2));
        }
    }
}

/// A file as LTspice writes it: the header in UTF-16, the axis in f64, the rest in f32.
struct Ltspice {
    flags: &'static str,
    offset: f64,
    wide: bool,
}

const TIMES: [f64; 6] = [0.0, 1e-3, 2e-3, 0.0, 1e-3, 3e-3];
const VOLTS: [f32; 6] = [0.0, 0.1, 0.2, 1.0, 1.1, -1.25];
const AMPERES: [f32; 6] = [1e-3, 2e-3, 3e-3, 4e-3, 5e-3, 6e-3];

impl Ltspice {
    fn header(&self, points: usize, ending: &str) -> Vec<u8> {
        let text = format!(
            "Title: * C:\\x.asc\r\nDate: Mon\r\nPlotname: Transient Analysis\r\nFlags: {}\r\n\
             No. Variables: 3\r\nNo. Points: {points:10}\r\nOffset: {:e}\r\n\
             Command: Linear Technology Corporation LTspice XVII\r\nVariables:\r\n\
             \t0\ttime\ttime\r\n\t1\tV(µout)\tvoltage\r\n\t2\tIx(u1:a)\tsubckt_current\r\n{ending}\n",
            self.flags, self.offset
        );
        match self.wide {
            true => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            false => text.replace('µ', "u").into_bytes(),
        }
    }

    fn binary(&self) -> Vec<u8> {
        let mut bytes = self.header(6, "Binary:");
        let is_double = self.flags.contains("double");
        let value = |x: f32| match is_double {
            true => f64::from(x).to_le_bytes().to_vec(),
            false => x.to_le_bytes().to_vec(),
        };
        if self.flags.contains("fastaccess") {
            bytes.extend(TIMES.iter().flat_map(|t| t.to_le_bytes()));
            bytes.extend(VOLTS.iter().chain(&AMPERES).flat_map(|&x| value(x)));
        } else {
            for k in 0..6 {
                // Every other time carries the sign of a compressed point.
                let time = if k % 2 == 1 { -TIMES[k] } else { TIMES[k] };
                bytes.extend(time.to_le_bytes());
                bytes.extend([VOLTS[k], AMPERES[k]].iter().flat_map(|&x| value(x)));
            }
        }
        bytes
    }
}

#[test]
fn every_binary_layout_of_ltspice_is_read() {
    for wide in [true, false] {
        for flags in [
            "real forward stepped",
            "real forward stepped double",
            "real forward stepped fastaccess",
            "real forward stepped double fastaccess",
        ] {
            let bytes = Ltspice { flags, offset: 0.5, wide }.binary();
            let plots = read_raw(&bytes[..]).unwrap();
            assert_eq!(plots.len(), 2, "{flags}: one plot a step");
            for (plot, range) in plots.iter().zip([0..3, 3..6]) {
                let wave = plot.to_waveform().unwrap();
                let times: Vec<f64> = TIMES[range.clone()].iter().map(|t| t + 0.5).collect();
                assert_eq!(wave.time(), times, "{flags}");
                let name = if wide { "V(µout)" } else { "V(uout)" };
                let [volts, amperes] = [name, "Ix(u1:a)"].map(|n| wave.signal(n).unwrap());
                let exact = |of: &[f32]| of.iter().map(|&x| f64::from(x)).collect::<Vec<f64>>();
                assert_eq!(volts.values, exact(&VOLTS[range.clone()]), "{flags}");
                assert_eq!(amperes.values, exact(&AMPERES[range]), "{flags}");
                assert_eq!((volts.unit.as_str(), amperes.unit.as_str()), ("V", "A"));
            }
            // Cut short anywhere it is an error, never a shorter plot.
            for length in (40..bytes.len()).step_by(5) {
                assert!(read_raw(&bytes[..length]).is_err(), "{flags}: {length}");
            }
        }
    }
}

/// The flag `double` may be missing: the length of the file tells.
#[test]
fn double_precision_is_seen_from_the_length() {
    let file = Ltspice { flags: "real forward double", offset: 0.0, wide: true };
    let mut bytes = Ltspice { flags: "real forward", ..file }.header(6, "Binary:");
    let data = file.binary();
    bytes.extend(&data[data.len() - 6 * 24..]);
    let plots = read_raw(&bytes[..]).unwrap();
    let RawData::Real(columns) = &plots[0].data else { panic!("complex") };
    assert_eq!(columns[1][5], -1.25);
}

#[test]
fn ltspices_text_and_amplitudes_are_read() {
    let file = Ltspice { flags: "real forward", offset: 0.0, wide: true };
    let mut bytes = file.header(2, "Values:");
    let values = "0\t\t0.0\r\n\t1.5\r\n\t2e-3\r\n1\t\t-1e-3\r\n\t2.5\r\n\t3e-3\r\n";
    bytes.extend(values.encode_utf16().flat_map(u16::to_le_bytes));
    let plots = read_raw(&bytes[..]).unwrap();
    assert_eq!(
        plots[0].data,
        RawData::Real(vec![vec![0.0, 1e-3], vec![1.5, 2.5], vec![2e-3, 3e-3]])
    );
    let file = Ltspice { flags: "complex forward log", ..file };
    let mut bytes = file.header(2, "Binary:");
    bytes.extend((1..=12).flat_map(|k| f64::from(k).to_le_bytes()));
    let plots = read_raw(&bytes[..]).unwrap();
    let RawData::Complex(columns) = &plots[0].data else { panic!("real") };
    assert_eq!(columns[1], [Complex::new(3.0, 4.0), Complex::new(9.0, 10.0)]);
}

/// A sweep from high to low is turned round, an operating point has no axis.
#[test]
fn any_axis_makes_a_waveform() {
    let plot = |quantity: &str, axis: Vec<f64>| RawPlot {
        title: String::new(),
        date: String::new(),
        name: "DC transfer characteristic".to_owned(),
        variables: vec![
            RawVariable { name: "v-sweep".to_owned(), quantity: quantity.to_owned() },
            RawVariable { name: "v(a)".to_owned(), quantity: "voltage".to_owned() },
        ],
        data: RawData::Real(vec![axis.clone(), axis.iter().map(|x| 2.0 * x).collect()]),
    };
    let wave = plot("voltage", vec![3.0, 2.0, 1.0]).to_waveform().unwrap();
    assert_eq!(wave.axis(), ("v-sweep", "V"));
    assert_eq!(
        (wave.time(), &wave.signals()[0].values[..]),
        (&[1.0, 2.0, 3.0][..], &[2.0, 4.0, 6.0][..])
    );
    let error = plot("voltage", vec![3.0]).to_waveform().unwrap_err();
    assert!(error.to_string().contains("has no axis"), "{error}");
    assert!(plot("voltage", vec![1.0, 2.0]).to_spectrum().is_err());
}

/// What lies elsewhere is written as its copy is, also where many points are gathered
/// more than once.
#[test]
fn views_are_written_as_plots_are() {
    let written = |plot: RawView<'_>, encoding| {
        let mut bytes = Vec::new();
        write_raw(&mut bytes, plot, encoding).unwrap();
        bytes
    };
    let points = 40_000;
    let column = |k: i32| (0..points).map(|at| f64::from(at * k).sin()).collect::<Vec<f64>>();
    let signal = |name: &str, k| Signal { name: name.into(), unit: "V".into(), values: column(k) };
    let time = (0..points).map(f64::from).collect();
    let wave = Waveform::new(time, vec![signal("v(a)", 1), signal("v(b)", 2)]).unwrap();
    let plot = RawPlot::from_waveform("* t", &wave);
    for encoding in [RawEncoding::Binary, RawEncoding::Ascii] {
        let direct = written(RawView::of_waveform("* t", &wave), encoding);
        assert!(direct == written(RawView::from(&plot), encoding));
        assert!(read_raw(&direct[..]).unwrap() == [plot.clone()]);
    }
    let values = [("v(a)", "V", 1.5), ("i(v1)", "A", -2.0)];
    let borrowed = values.iter().map(|(name, unit, value)| (*name, *unit, value));
    let point = RawView::of_values("* t", "Operating Point", borrowed);
    let plot = RawPlot {
        title: "* t".to_owned(),
        date: String::new(),
        name: "Operating Point".to_owned(),
        variables: values.iter().map(|(name, unit, _)| RawVariable::of(name, unit)).collect(),
        data: RawData::Real(values.iter().map(|(_, _, value)| vec![*value]).collect()),
    };
    assert_eq!(
        written(point, RawEncoding::Binary),
        written(RawView::from(&plot), RawEncoding::Binary)
    );
    let complex = RawPlot {
        data: RawData::Complex(vec![
            (0..points).map(|at| Complex::new(f64::from(at), -0.0)).collect(),
            (0..points).map(|at| Complex::new(-1.5, f64::from(at))).collect(),
        ]),
        ..plot
    };
    let bytes = written(RawView::from(&complex), RawEncoding::Binary);
    assert!(read_raw(&bytes[..]).unwrap() == [complex]);
}
