use super::*;
use crate::wave::{Signal, Waveform};

fn sine(samples: u32) -> Vec<(f64, f64)> {
    (0..samples).map(|k| f64::from(k) / f64::from(samples)).map(|t| (t, (40.0 * t).sin())).collect()
}

fn figure(lines: Vec<Line>) -> Figure {
    let panel = Panel {
        x: Axis::new("time", "s"),
        y: Axis::new("voltage", "V"),
        lines,
        ..Panel::default()
    };
    Figure { title: "a title".to_owned(), panels: vec![panel] }
}

/// Width, height and the pixels of a PNG.
fn decode(bytes: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut reader = png::Decoder::new(bytes).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size()];
    let info = reader.next_frame(&mut pixels).unwrap();
    (info.width, info.height, pixels)
}

/// Pixels nearer to a colour than to white or grey.
fn painted(pixels: &[u8], colour: [u8; 3]) -> usize {
    let near = |pixel: &&[u8]| pixel.iter().zip(colour).all(|(a, b)| a.abs_diff(b) < 40);
    pixels.chunks_exact(3).filter(near).count()
}

#[test]
fn a_png_has_its_size_and_its_line() {
    let blue = [0x00, 0x72, 0xb2];
    let with = decode(&figure(vec![Line::new("v(a)", sine(500))]).to_png(400, 300).unwrap());
    let without = decode(&figure(Vec::new()).to_png(400, 300).unwrap());
    assert_eq!((with.0, with.1, without.0), (400, 300, 400));
    assert!(painted(&with.2, blue) > 300, "{}", painted(&with.2, blue));
    assert_eq!(painted(&without.2, blue), 0);
    // Text is drawn, and most is white.
    assert!(painted(&without.2, [0x33; 3]) > 20);
    assert!(painted(&without.2, [0xff; 3]) > 400 * 300 * 8 / 10);
}

#[test]
fn an_svg_holds_text_and_little_else() {
    let mut tricky = figure(vec![Line::new("v(a<b)&c", sine(1_000_000))]);
    tricky.panels[0].shades.push(Shade { from: 0.2, to: 0.3, colour: None });
    tricky.panels[0].marks.push(Mark {
        at: (0.5, 0.0),
        label: "here".to_owned(),
        ..Mark::default()
    });
    let svg = tricky.to_svg(900, 400).unwrap();
    assert!(
        svg.starts_with("<svg width=\"900\" height=\"400\" viewBox=\"0 0 7200 3200\""),
        "{}",
        &svg[..90]
    );
    assert!(svg.trim_end().ends_with("</svg>"));
    for text in ["a title", "time (s)", "voltage (V)", "v(a&lt;b)&amp;c", "here"] {
        assert!(svg.contains(text), "{text}");
    }
    assert!(svg.len() < 40_000, "{} bytes", svg.len());
}

#[test]
fn the_same_figure_is_the_same_bytes() {
    let figure = figure(vec![Line::new("v(a)", sine(500)), Line::new("v(b)", sine(70)).dashed()]);
    assert_eq!(figure.to_svg(500, 300), figure.to_svg(500, 300));
    assert_eq!(figure.to_png(500, 300), figure.to_png(500, 300));
}

#[test]
fn odd_data_is_drawn() {
    let odd = [
        vec![],
        vec![(0.0, 0.0)],
        vec![(1.0, 5.0), (2.0, 5.0)],
        vec![(f64::NAN, 1.0), (1.0, f64::INFINITY)],
        vec![(0.0, f64::MAX), (1.0, f64::MIN)],
        vec![(0.0, -1.0), (1.0, 0.0)],
        vec![(1e300, 1e-300), (-1e300, -1e-300)],
    ];
    for points in odd {
        for is_log in [false, true] {
            let mut figure = figure(vec![Line::new("a", points.clone()).dashed()]);
            figure.panels[0].y.is_log = is_log;
            figure.panels[0].x.is_log = is_log;
            let svg = figure.to_svg(300, 200).unwrap();
            assert!(!svg.contains("NaN") && svg.len() < 100_000, "{points:?}: {}", svg.len());
            assert!(figure.to_png(300, 200).is_ok());
        }
    }
    assert!(Figure::default().to_svg(300, 200).is_ok());
    assert!(Figure::default().to_png(300, 200).is_ok());
    let empty = figure(Vec::new()).to_svg(300, 200).unwrap();
    assert!(empty.contains("no data"));
}

#[test]
fn a_size_out_of_range_is_an_error() {
    for (width, height) in [(0, 300), (300, 99), (8001, 300)] {
        let error = figure(Vec::new()).to_png(width, height).unwrap_err();
        assert_eq!(error, PlotError::Size { width, height });
    }
}

#[test]
fn many_lines_have_no_legend_and_few_have() {
    let many = (0..50).map(|k| Line::new(format!("v(h{k})"), sine(200))).collect();
    let svg = figure(many).to_svg(900, 400).unwrap();
    assert!(!svg.contains("v(h3)") && svg.contains("opacity=\"0.55\""));
    let few = (0..5).map(|k| Line::new(format!("v(h{k})"), sine(200))).collect();
    assert!(figure(few).to_svg(900, 400).unwrap().contains("v(h3)"));
}

#[test]
fn a_title_that_is_too_long_is_cut() {
    let mut figure = figure(Vec::new());
    figure.title = "word ".repeat(200);
    let svg = figure.to_svg(400, 300).unwrap();
    assert!(svg.contains('\u{2026}') && !svg.contains(&"word ".repeat(60)));
}

#[test]
fn voltages_and_currents_have_panels_of_their_own() {
    let signal = |name: &str, unit: &str| Signal {
        name: name.to_owned(),
        unit: unit.to_owned(),
        values: vec![0.0, 1.0],
    };
    let signals =
        vec![signal("i(v1)", "A"), signal("v(a)", "V"), signal("h1", ""), signal("v(b)", "V")];
    let waveform = Waveform::new(vec![0.0, 1.0], signals).unwrap();
    let figure = Figure::of_waveform(&waveform, "t");
    let names: Vec<Vec<&str>> = figure
        .panels
        .iter()
        .map(|panel| panel.lines.iter().map(|line| line.name.as_str()).collect())
        .collect();
    assert_eq!(names, [vec!["v(a)", "v(b)"], vec!["i(v1)"], vec!["h1"]]);
    let units: Vec<&str> = figure.panels.iter().map(|panel| panel.y.unit.as_str()).collect();
    assert_eq!(units, ["V", "A", ""]);
}
