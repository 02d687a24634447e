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
    Figure { title: "a title".to_owned(), panels: vec![panel], ..Figure::default() }
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
    let many = (0..30).map(|k| Line::new(format!("v(h{k})"), sine(200))).collect();
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

/// The panel of a matrix.
fn matrix(columns: usize, values: Vec<f64>) -> Panel {
    Panel {
        heat: Some(HeatMap {
            columns,
            values,
            limit: None,
            label: "weight".to_owned(),
            extent: None,
        }),
        ..Panel::default()
    }
}

#[test]
fn a_matrix_has_its_first_row_on_top_and_zero_white() {
    let panel = matrix(2, vec![-1.0, 0.0, f64::NAN, 1.0]);
    let figure = Figure { title: String::new(), panels: vec![panel], ..Figure::default() };
    let (width, _, pixels) = decode(&figure.to_png(600, 400).unwrap());
    let at = |x: usize, y: usize| &pixels[(y * width as usize + x) * 3..][..3];
    let colours = [at(150, 100), at(400, 100), at(150, 280), at(400, 280)];
    let expected: [&[u8]; 4] = [&[0x08, 0x30, 0x6b], &[0xff; 3], &[0xbb; 3], &[0x7f, 0x27, 0x04]];
    assert_eq!(colours, expected);
}

#[test]
fn a_large_matrix_and_a_large_cloud_stay_small() {
    let mut chance = 1_u32;
    let mut random = || {
        chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(chance) / f64::from(u32::MAX) - 0.5
    };
    let values: Vec<f64> = (0..160_000).map(|_| random()).collect();
    let points = values.iter().map(|value| (*value, random())).collect();
    let cloud = Panel { clouds: vec![Cloud::new("weights", points)], ..Panel::default() };
    let figure = Figure {
        title: String::new(),
        panels: vec![matrix(400, values), cloud],
        ..Figure::default()
    };
    let (width, height) = figure.size();
    let svg = figure.to_svg(width, height).unwrap();
    assert_eq!(svg.matches("<image").count(), 2);
    assert!(svg.len() < 1_500_000, "{} bytes", svg.len());
    // Below everything but the ground.
    assert!(svg.find("<image").unwrap() < 400);
}

#[test]
fn a_circle_is_round_where_axes_are_equal() {
    let angle = |k: u32| f64::from(k) * std::f64::consts::TAU / 100.0;
    let circle = (0..=100).map(|k| (angle(k).cos(), 0.5 + angle(k).sin())).collect();
    let blue = [0x00, 0x72, 0xb2];
    let panel = Panel { lines: vec![Line::new("", circle)], is_equal: true, ..Panel::default() };
    for (width, height) in [(800, 300), (300, 800), (500, 500)] {
        let figure =
            Figure { title: String::new(), panels: vec![panel.clone()], ..Figure::default() };
        let (wide, _, pixels) = decode(&figure.to_png(width, height).unwrap());
        let near = |p: &[u8]| p.iter().zip(blue).all(|(a, b)| a.abs_diff(b) < 40);
        let found: Vec<(usize, usize)> = (0..pixels.len() / 3)
            .filter(|at| near(&pixels[3 * at..3 * at + 3]))
            .map(|at| (at % wide as usize, at / wide as usize))
            .collect();
        let span = |side: fn(&(usize, usize)) -> usize| {
            found.iter().map(side).max().unwrap() - found.iter().map(side).min().unwrap()
        };
        let (across, down) = (span(|p| p.0), span(|p| p.1));
        assert!(across.abs_diff(down) <= 2 && across > 150, "{across} x {down}");
    }
}

#[test]
fn panels_stand_beside_each_other() {
    let panels: Vec<Panel> = (0..6)
        .map(|k| Panel { title: format!("panel {k}"), ..Panel::default() }.in_grid(k, 3))
        .collect();
    let figure = Figure { title: String::new(), panels, ..Figure::default() };
    let beside: Vec<bool> = figure.panels.iter().map(|panel| panel.is_beside).collect();
    assert_eq!(beside, [false, true, true, false, true, true]);
    let (width, height) = figure.size();
    assert_eq!((width, height), (960, 80 + 2 * 210));
    let svg = figure.to_svg(width, height).unwrap();
    let place = |name: &str, side: &str| -> f64 {
        let end = svg.find(name).unwrap();
        let element = &svg[svg[..end].rfind("<text").unwrap()..end];
        let from = element.find(&format!("{side}=\"")).unwrap() + side.len() + 2;
        element[from..].split('"').next().unwrap().parse().unwrap()
    };
    assert!(place("panel 0", "x") < place("panel 1", "x"));
    assert_eq!(place("panel 0", "y"), place("panel 2", "y"));
    assert_eq!(place("panel 1", "x"), place("panel 4", "x"));
    assert!(place("panel 1", "y") < place("panel 4", "y"));
}

#[test]
fn odd_shapes_are_drawn() {
    let odd = [f64::NAN, f64::INFINITY, -1.0, 0.0, f64::MAX, f64::MIN_POSITIVE];
    let points: Vec<(f64, f64)> = odd.iter().flat_map(|&x| odd.map(|y| (x, y))).collect();
    let bar = |&(from, height): &(f64, f64)| Bar { from, to: from + 1.0, height };
    let mut space = Space::new(Default::default());
    let corner = |&(x, y): &(f64, f64)| [x, y, x - y];
    space.paths.push(Path { points: points.iter().map(corner).collect(), ..Path::default() });
    space.spots.push(Spot { at: [f64::NAN; 3], ..Spot::default() });
    let panels = vec![
        Panel { clouds: vec![Cloud::new("c", points.clone())], ..Panel::default() },
        Panel { bars: vec![Bars::new("b", points.iter().map(bar).collect())], ..Panel::default() },
        Panel {
            contours: vec![Contour { level: f64::NAN, curves: vec![points.clone(), Vec::new()] }],
            references: vec![Reference::vertical(f64::NAN, ""), Reference::horizontal(1.0, "h")],
            is_equal: true,
            ..Panel::default()
        },
        matrix(0, vec![1.0, 2.0]),
        matrix(3, Vec::new()),
        matrix(3, vec![f64::NAN, f64::INFINITY, f64::MAX, 0.0]),
        Panel { space: Some(space), ..Panel::default() },
        Panel { space: Some(Space::new(Default::default())), ..Panel::default() },
    ];
    for at in 0..panels.len() {
        for panels in [panels.clone(), vec![panels[at].clone()]] {
            let figure = Figure { title: String::new(), panels, ..Figure::default() };
            let svg = figure.to_svg(500, 900).unwrap();
            assert!(!svg.contains("\"NaN") && !svg.contains("\"inf"), "{at}");
            assert!(figure.to_png(500, 900).is_ok());
        }
    }
}

#[test]
fn a_key_and_notes_are_written() {
    let mut figure = figure(vec![Line::new("v(a)", sine(50))]);
    figure.key = vec![
        Key::line("network", PALETTE[0]),
        Key::dashes("target", [0; 3]),
        Key::point("start", [0; 3], Marker::Frame),
    ];
    figure.panels[0].notes = vec!["mean 0.5".to_owned(), "n < 7".to_owned()];
    let svg = figure.to_svg(900, 400).unwrap();
    for text in ["network", "target", "start", "mean 0.5", "n &lt; 7"] {
        assert!(svg.contains(text), "{text}");
    }
    // Very many entries take several rows, and the panels what is left.
    figure.key = (0..40).map(|k| Key::line(format!("entry {k}"), PALETTE[0])).collect();
    assert!(figure.to_svg(900, 400).unwrap().contains("entry 39"));
}

#[test]
fn very_many_lines_are_a_raster_in_a_vector_picture() {
    let many = (0..60).map(|k| Line::new(format!("v(h{k})"), sine(2000)).fine()).collect();
    let figure = figure(many);
    let svg = figure.to_svg(900, 400).unwrap();
    assert!(svg.contains("<image") && svg.len() < 300_000, "{} bytes", svg.len());
    assert!(figure.to_png(900, 400).is_ok());
}

#[test]
fn names_that_do_not_fit_stand_upright() {
    let names = |count: usize| (0..count).map(|k| format!("a long name {k}")).collect();
    for (count, upright) in [(3, false), (30, true)] {
        let points = (0..count).map(|k| (k as f64, 1.0)).collect();
        let panel = Panel {
            x: Axis::of_names("stimulus", names(count)),
            clouds: vec![Cloud::new("", points)],
            ..Panel::default()
        };
        let figure = Figure { panels: vec![panel], ..Figure::default() };
        let svg = figure.to_svg(900, 400).unwrap();
        let at = svg.find("a long name 1").unwrap();
        let element = &svg[svg[..at].rfind("<text").unwrap()..at];
        assert_eq!(element.contains("rotate"), upright, "{element}");
        assert!(svg.contains(">\nstimulus") || svg.contains("stimulus"));
    }
}

#[test]
fn panels_have_their_share_of_a_row() {
    let panel = |share| Panel { share, ..Panel::default() };
    let panels = vec![panel(Some(3.0)), panel(None).beside()];
    let figure = Figure { panels, ..Figure::default() };
    let (width, _, pixels) = decode(&figure.to_png(800, 300).unwrap());
    // The vertical axes: grey columns.
    let row = &pixels[150 * width as usize * 3..151 * width as usize * 3];
    let axes: Vec<usize> = (0..width as usize)
        .filter(|&at| row[3 * at..3 * at + 3].iter().all(|&value| value < 0xd8))
        .collect();
    let second = axes.iter().find(|&&at| at > 300).copied().unwrap();
    assert!((590..680).contains(&second), "{axes:?}");
}

#[test]
fn a_flat_trajectory_has_a_flat_figure() {
    let around = |height: f64| {
        let mut space = Space::new(Default::default());
        space.is_equal = true;
        let point = |k: u32| {
            let angle = f64::from(k) / 10.0;
            [angle.cos(), angle.sin(), height * angle.sin()]
        };
        space.paths.push(Path { points: (0..63).map(point).collect(), ..Path::default() });
        Figure {
            panels: vec![Panel { space: Some(space), ..Panel::default() }],
            ..Figure::default()
        }
    };
    let (flat, tall) = (around(0.1).size().1, around(1.0).size().1);
    assert!(flat + 100 < tall, "{flat} and {tall}");
}
