//! Figures of one spectrum.

use std::f64::consts::{SQRT_2, TAU};

use crate::{
    dynamics::{
        spectrum::{Bulk, Ensemble, Modes, Pseudospectrum, Spectrum, Theory},
        statistics::histogram,
    },
    linalg::Complex,
    plot::{Axis, Bar, Bars, Cloud, Contour, Figure, Line, Mark, Marker, Panel, Reference},
};

const BLACK: [u8; 3] = [0, 0, 0];
const BLUE: [u8; 3] = [0, 114, 178];
const ORANGE: [u8; 3] = [213, 94, 0];
const GREEN: [u8; 3] = [0, 158, 115];
const PINK: [u8; 3] = [204, 121, 167];
const GREY: [u8; 3] = [0x77; 3];
/// Points of a circle.
const CIRCLE: u32 = 360;
/// Eigenvectors that are drawn.
const FEW: usize = 6;
/// A ring this thin is nearly a circle.
const NEARLY: f64 = 0.9;

/// A spectrum with what is known of it.
#[derive(Clone, Copy, Debug)]
pub struct SpectrumPicture<'a> {
    /// Of what, for titles.
    pub name: &'a str,
    /// The unit of the eigenvalues, `1/s` of a circuit's flow; may be empty.
    pub unit: &'a str,
    /// The eigenvalues.
    pub spectrum: &'a Spectrum,
    /// Their bulk.
    pub bulk: Option<&'a Bulk>,
    /// The law to compare with.
    pub theory: Option<&'a Theory>,
    /// Those of the network before it was trained.
    pub initial: Option<&'a Spectrum>,
    /// With the sizes of the perturbations whose curves are drawn.
    pub pseudospectrum: Option<(&'a Pseudospectrum, &'a [f64])>,
}

impl SpectrumPicture<'_> {
    fn axis(&self, label: &str) -> Axis {
        let unit = if self.unit.is_empty() { String::new() } else { format!(", {}", self.unit) };
        Axis::new(format!("{label}{unit}"), "")
    }

    fn points(&self, at: &[usize]) -> Vec<(f64, f64)> {
        at.iter().map(|&k| point(self.spectrum.values[k])).collect()
    }

    /// The eigenvalues in the complex plane, with the borders of stability of map
    /// and flow, where the theory puts bulk and outlier, and the curves of the
    /// pseudospectrum.
    #[must_use]
    pub fn plane(&self) -> Figure {
        let mut panel = Panel {
            x: self.axis("real part"),
            y: self.axis("imaginary part"),
            is_equal: true,
            ..Panel::default()
        };
        if let Some((pseudospectrum, sizes)) = self.pseudospectrum {
            panel.contours = sizes
                .iter()
                .map(|&level| Contour { level, curves: pseudospectrum.contours(level) })
                .collect();
            panel.title =
                String::from("curves: how far perturbations of that 2-norm move eigenvalues");
        }
        self.borders(&mut panel);
        self.law(&mut panel);
        if let Some(initial) = self.initial {
            let points = initial.values.iter().map(|&value| point(value)).collect();
            panel
                .clouds
                .push(Cloud::new("before training", points).coloured(GREY).marked(Marker::Cross));
        }
        if let Some(bulk) = self.bulk {
            panel.clouds.push(Cloud::new("bulk", self.points(&bulk.members)).coloured(BLUE));
            let apart =
                [("dominant", &bulk.dominant, ORANGE), ("inside the ring", &bulk.strays, PINK)];
            for (name, at, colour) in apart {
                if !at.is_empty() {
                    panel.clouds.push(Cloud::new(name, self.points(at)).coloured(colour));
                }
            }
        } else {
            let points = self.spectrum.values.iter().map(|&value| point(value)).collect();
            panel.clouds.push(Cloud::new("eigenvalues", points).coloured(BLUE));
        }
        Figure {
            title: format!("{}: eigenvalues", self.name),
            panels: vec![panel],
            ..Figure::default()
        }
    }

    /// The borders of stability.
    fn borders(&self, panel: &mut Panel) {
        let role = self.spectrum.role;
        if let Some((centre, radius)) = role.circle() {
            let name = if centre == 0.0 && radius == 1.0 {
                "unit circle: border of the map".to_owned()
            } else {
                "border of the map".to_owned()
            };
            panel.lines.push(Line::new(name, circle(centre, radius)).coloured(BLACK));
        }
        if let Some(at) = role.line() {
            let name = format!("Re = {}: border of the flow", short(at));
            panel.references.push(Reference::vertical(at, name).coloured(BLACK));
        }
    }

    /// Where the theory puts bulk and outlier.
    fn law(&self, panel: &mut Panel) {
        let Some(theory) = self.theory else { return };
        let (inner, outer) = (theory.law.inner(), theory.law.outer());
        let named = format!("theory: {}", theory.ensemble);
        panel.lines.push(Line::new(named, circle(0.0, outer)).coloured(GREEN).dashed());
        if inner > 0.0 && !theory.law.is_circle() {
            panel.lines.push(Line::new("", circle(0.0, inner)).coloured(GREEN).dashed());
        }
        if let Some(outlier) = theory.outlier {
            panel.marks.push(Mark {
                at: (outlier, 0.0),
                label: "predicted".to_owned(),
                colour: Some(GREEN),
                is_hollow: true,
                ..Mark::default()
            });
        }
    }

    /// How many eigenvalues of the symmetric part lie where, with the semicircle
    /// of independent entries of the same size.
    #[must_use]
    pub fn symmetric(&self) -> Figure {
        let values = &self.spectrum.symmetric;
        let mut panel = Panel {
            x: self.axis("eigenvalue of (A + A\u{1d40}) / 2"),
            y: Axis::new("density", ""),
            ..Panel::default()
        };
        let bins = ((values.len() as f64).sqrt() as usize * 2).clamp(5, 60);
        if let Some(initial) = self.initial {
            panel.bars.push(bars("before training", &initial.symmetric, bins).coloured(GREY));
        }
        panel.bars.push(bars("trained", values, bins).coloured(BLUE));
        if self.initial.is_none() {
            panel.bars[0].name = String::from("eigenvalues");
        }
        panel.lines.extend(self.symmetric_law());
        if let Some(line) = self.spectrum.role.line() {
            let name = format!("beyond {}: grows at first in the flow", short(line));
            panel.references.push(Reference::vertical(line, name).coloured(BLACK));
        }
        let title = format!("{}: symmetric part", self.name);
        Figure { title, panels: vec![panel], ..Figure::default() }
    }

    /// The semicircle of the symmetric part of independent entries, the arcsine law of
    /// that of an orthogonal matrix; of others nothing is known.
    fn symmetric_law(&self) -> Option<Line> {
        let theory = self.theory?;
        let (inner, outer) = (theory.law.inner(), theory.law.outer());
        let (name, radius, is_arcsine) = match theory.ensemble {
            Ensemble::Circular => ("semicircle of independent entries", SQRT_2 * outer, false),
            Ensemble::Haar => ("arcsine law of an orthogonal matrix", outer, true),
            Ensemble::SingleRing if inner > NEARLY * outer => {
                ("arcsine law of an orthogonal matrix", outer, true)
            }
            _ => return None,
        };
        // The arcsine law has no end of its own.
        let most = if is_arcsine { 98 } else { 100 };
        let point = |k: i32| {
            let part = f64::from(k) / 100.0;
            let rest = (1.0 - part * part).sqrt();
            let density = if is_arcsine { 2.0 / rest } else { 4.0 * rest };
            (radius * part, density / (TAU * radius))
        };
        let curve = (-most..=most).map(point).collect();
        Some(Line::new(name, curve).coloured(GREEN).dashed())
    }

    /// The share of eigenvalues within a radius, beside that of the law.
    #[must_use]
    pub fn moduli(&self) -> Figure {
        let mut panel =
            Panel { x: self.axis("modulus"), y: Axis::new("share within", ""), ..Panel::default() };
        if let Some(initial) = self.initial {
            panel
                .lines
                .push(Line::new("before training", steps(&moduli(initial, None))).coloured(GREY));
        }
        let all = moduli(self.spectrum, None);
        panel.lines.push(Line::new("all eigenvalues", steps(&all)).coloured(BLUE));
        if let Some(bulk) = self.bulk.filter(|bulk| bulk.members.len() < all.len()) {
            let of_bulk = moduli(self.spectrum, Some(&bulk.members));
            panel.lines.push(Line::new("bulk", steps(&of_bulk)).coloured(ORANGE));
        }
        if let Some(theory) = self.theory {
            let law = &theory.law;
            let far = 1.02
                * if all.last() > Some(&law.outer()) { all[all.len() - 1] } else { law.outer() };
            let least = all.first().copied().unwrap_or(0.0);
            let near = 0.98 * if least < law.inner() { least } else { law.inner() };
            let point = |k: u32| {
                let radius = near + (far - near) * f64::from(k) / 400.0;
                let share = if law.is_circle() {
                    f64::from(u8::from(radius >= law.outer()))
                } else {
                    law.share_within(radius)
                };
                (radius, share)
            };
            let name = format!("theory: {}", theory.ensemble);
            let curve = (0..=400).map(point).collect();
            panel.lines.push(Line::new(name, curve).coloured(GREEN).dashed());
        }
        let title = format!("{}: moduli against the law", self.name);
        Figure { title, panels: vec![panel], ..Figure::default() }
    }

    /// The moduli by rank, with the `rank`-th, the fitted bulk and the law.
    #[must_use]
    pub fn radius(&self, rank: usize) -> Figure {
        let ranked = |spectrum: &Spectrum| -> Vec<(f64, f64)> {
            let moduli = spectrum.values.iter().map(|value| value.norm());
            moduli.enumerate().map(|(k, modulus)| ((k + 1) as f64, modulus)).collect()
        };
        let mut panel = Panel {
            x: Axis::new("rank of the modulus", ""),
            y: self.axis("modulus"),
            ..Panel::default()
        };
        if let Some(initial) = self.initial {
            panel.clouds.push(
                Cloud::new("before training", ranked(initial)).coloured(GREY).marked(Marker::Cross),
            );
        }
        panel.clouds.push(Cloud::new("eigenvalues", ranked(self.spectrum)).coloured(BLUE));
        if let Some(modulus) = self.spectrum.modulus(rank) {
            panel.marks.push(Mark {
                at: (rank as f64, modulus),
                label: format!("number {rank}: {modulus:.4}"),
                colour: Some(ORANGE),
                is_hollow: true,
                ..Mark::default()
            });
        }
        if let Some(bulk) = self.bulk {
            let edges = [("fitted bulk", Some(bulk.outer)), ("", bulk.inner)];
            let count = self.spectrum.values.len() as f64;
            for (name, edge) in edges {
                let Some(edge) = edge else { continue };
                let flat = |y: f64| vec![(1.0, y), (count, y)];
                panel.lines.push(Line::new(name, flat(edge.value)).coloured(ORANGE));
                let interval = if name.is_empty() { "" } else { "its interval of 95 %" };
                panel.lines.push(Line::new(interval, flat(edge.low)).coloured(ORANGE).dashed());
                panel.lines.push(Line::new("", flat(edge.high)).coloured(ORANGE).dashed());
            }
        }
        if let Some(theory) = self.theory {
            let law = &theory.law;
            let name = format!("theory: {}", theory.ensemble);
            panel.references.push(Reference::horizontal(law.outer(), name).coloured(GREEN));
            if law.inner() > 0.0 && !law.is_circle() {
                panel.references.push(Reference::horizontal(law.inner(), "").coloured(GREEN));
            }
        }
        Figure { title: format!("{}: radius", self.name), panels: vec![panel], ..Figure::default() }
    }
}

/// The amplitudes of eigenvectors: those of the largest eigenvalues by unit, and over
/// how many units each of all spreads.
#[must_use]
pub fn amplitudes_figure(name: &str, modes: &Modes) -> Figure {
    let (values, right) = (&modes.eigen.values, &modes.eigen.right);
    // Of a pair only the upper one: the other has the same amplitudes.
    let shown: Vec<usize> = (0..values.len()).filter(|&k| values[k].im >= 0.0).collect();
    let mut panels: Vec<Panel> = shown
        .iter()
        .take(FEW)
        .enumerate()
        .map(|(place, &k)| {
            let column = right.column(k);
            let bar = |(unit, value): (usize, &Complex)| Bar {
                from: unit as f64 + 0.55,
                to: unit as f64 + 1.45,
                height: value.norm(),
            };
            Panel {
                title: complex(values[k]),
                x: Axis::new("unit", ""),
                y: Axis::new("|component|", ""),
                bars: vec![Bars::new("", column.iter().enumerate().map(bar).collect())],
                ..Panel::default()
            }
            .in_grid(place, 2)
        })
        .collect();
    let spread = |k: &usize| {
        // 1 for a vector on one unit, n for one that is even on all.
        let fourth: f64 = right.column(*k).iter().map(|v| v.norm_sqr().powi(2)).sum();
        (values[*k].norm(), fourth.recip())
    };
    panels.push(Panel {
        title: "units that each eigenvector is spread over, 1 / \u{3a3} |v|\u{2074}".to_owned(),
        x: Axis::new("modulus of the eigenvalue", ""),
        y: Axis::new("units", ""),
        clouds: vec![Cloud::new("", shown.iter().map(spread).collect()).coloured(BLUE)],
        ..Panel::default()
    });
    Figure {
        title: format!("{name}: amplitudes of eigenvectors, largest moduli"),
        panels,
        ..Figure::default()
    }
}

fn point(value: Complex) -> (f64, f64) {
    (value.re, value.im)
}

fn circle(centre: f64, radius: f64) -> Vec<(f64, f64)> {
    let angle = |k: u32| TAU * f64::from(k) / f64::from(CIRCLE);
    (0..=CIRCLE).map(|k| (centre + radius * angle(k).cos(), radius * angle(k).sin())).collect()
}

/// Rising moduli, of some eigenvalues or of all.
fn moduli(spectrum: &Spectrum, of: Option<&[usize]>) -> Vec<f64> {
    let mut moduli: Vec<f64> = match of {
        None => spectrum.values.iter().map(|value| value.norm()).collect(),
        Some(of) => of.iter().map(|&k| spectrum.values[k].norm()).collect(),
    };
    moduli.sort_by(f64::total_cmp);
    moduli
}

/// The shares of rising values, as a staircase.
fn steps(rising: &[f64]) -> Vec<(f64, f64)> {
    let count = rising.len() as f64;
    let corners = rising.iter().enumerate();
    corners.flat_map(|(k, &r)| [(r, k as f64 / count), (r, (k + 1) as f64 / count)]).collect()
}

fn bars(name: &str, values: &[f64], bins: usize) -> Bars {
    let bin = |bin: crate::dynamics::statistics::Bin| Bar {
        from: bin.from,
        to: bin.to,
        height: bin.density,
    };
    Bars::new(name, histogram(values, bins).into_iter().map(bin).collect())
}

/// A number as short as it is exact to four digits.
fn short(value: f64) -> String {
    let rounded = (value * 1e4).round() / 1e4;
    if value == 0.0 || (rounded - value).abs() <= 1e-9 * value.abs() {
        format!("{value}")
    } else {
        format!("{value:.4}")
    }
}

fn complex(value: Complex) -> String {
    if value.im == 0.0 {
        format!("{:.4}", value.re)
    } else {
        format!("{:.4} \u{b1} {:.4}i", value.re, value.im.abs())
    }
}
