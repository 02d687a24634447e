//! A spectrum for programs and for people.

use std::fmt;

use serde::Serialize;

use super::{Estimate, Examination, Fit, Form, Role, Rotation};
use crate::{linalg::Complex, units::count};

/// What there is to say of a spectrum, as one value.
///
/// Complex numbers are pairs of real and imaginary part. Frequencies are in Hz.
/// What is infinite or not known is null in JSON.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SpectrumSummary {
    /// What the matrix does.
    pub role: Role,
    /// Its rows.
    pub units: usize,
    /// Largest modulus.
    pub spectral_radius: f64,
    /// Largest real part.
    pub largest_real_part: f64,
    /// Smallest modulus.
    pub smallest_modulus: f64,
    /// The papers' radius: the seventh largest modulus.
    pub seventh_modulus: Option<f64>,
    /// Departure from normality, 0 to 1.
    pub henrici: f64,
    /// Largest eigenvalue of the symmetric part.
    pub numerical_abscissa: f64,
    /// How many eigenvalues grow, and where they begin to.
    pub growing: Growing,
    /// The bulk, a disc or a ring.
    pub bulk: Option<BulkSummary>,
    /// The law it is compared with.
    pub theory: Option<TheorySummary>,
    /// Why there is no law.
    pub no_theory: Option<String>,
    /// How well the law describes the bulk.
    pub fit: Option<Fit>,
    /// Eigenvalues farther out than the bulk reaches.
    pub dominant: Vec<[f64; 2]>,
    /// The eigenvalues that the papers single out.
    pub special: Vec<Special>,
    /// All complex pairs by falling modulus.
    pub rotations: Vec<Turning>,
    /// Condition numbers of the eigenvalues, in their order.
    pub condition_numbers: Option<Vec<f64>>,
    /// Eigenvalues of the symmetric part, falling.
    pub symmetric: Vec<f64>,
    /// All eigenvalues by falling modulus.
    pub eigenvalues: Vec<[f64; 2]>,
}

/// How many eigenvalues grow.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Growing {
    /// Under the map.
    pub map: Option<usize>,
    /// Under the flow.
    pub flow: Option<usize>,
    /// The border of the map: centre on the real axis and radius.
    pub circle: Option<(f64, f64)>,
    /// The border of the flow: the real part.
    pub line: Option<f64>,
}

/// The bulk in numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BulkSummary {
    /// What it looks like.
    pub form: Form,
    /// Outer radius.
    pub outer: Estimate,
    /// Inner radius of a ring.
    pub inner: Option<Estimate>,
    /// 0 for an even density, up to 1 for a circle, down to -1 for a peak.
    pub shape: f64,
    /// How many eigenvalues it has.
    pub members: usize,
    /// How many lie inside the ring.
    pub strays: usize,
}

/// The law in numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TheorySummary {
    /// The kind of random matrix.
    pub ensemble: super::Ensemble,
    /// Why this one.
    pub reason: String,
    /// No eigenvalue of the bulk lies farther out.
    pub outer: f64,
    /// No eigenvalue of the bulk lies farther in.
    pub inner: f64,
    /// Where the mean of the entries puts an eigenvalue outside the bulk.
    pub outlier: Option<f64>,
    /// The dominant eigenvalue that is nearest to it.
    pub observed: Option<[f64; 2]>,
    /// Its parameters by name.
    pub parameters: std::collections::BTreeMap<&'static str, f64>,
    /// What the law does not promise.
    pub caveat: Option<&'static str>,
}

/// One eigenvalue that is singled out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Special {
    /// Why.
    pub what: &'static str,
    /// Which, and how fast it turns.
    #[serde(flatten)]
    pub turning: Turning,
}

/// How fast an eigenvalue turns, by three readings, Hz.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Turning {
    /// The eigenvalue.
    pub value: [f64; 2],
    /// `|Im| / (2 pi |Re|)`, as published; infinite for a real part of 0.
    pub published: f64,
    /// `|arg| / (2 pi)` of the map.
    pub map: Option<f64>,
    /// `|Im| / (2 pi)` of the flow.
    pub flow: Option<f64>,
}

fn pair(value: Complex) -> [f64; 2] {
    [value.re, value.im]
}

impl From<Rotation> for Turning {
    fn from(rotation: Rotation) -> Self {
        let Rotation { value, published, discrete, continuous } = rotation;
        // Of a real eigenvalue the published formula gives 0, of 0 itself nothing.
        let published = if value.im == 0.0 { 0.0 } else { published };
        Self { value: pair(value), published, map: discrete, flow: continuous }
    }
}

impl Examination {
    /// All of it, in numbers. `units_per_second` time units make a second: 1000
    /// where a unit is 1 ms.
    #[must_use]
    pub fn summary(&self, units_per_second: f64) -> SpectrumSummary {
        let spectrum = &self.spectrum;
        let values = &spectrum.values;
        let dominant = self.bulk.as_ref().map_or(&[][..], |bulk| &bulk.dominant);
        let dominant: Vec<Complex> = dominant.iter().map(|&at| values[at]).collect();
        let nearest = |target: f64| {
            let gap = |value: &Complex| (value - target).norm();
            dominant.iter().copied().min_by(|a, b| gap(a).total_cmp(&gap(b))).map(pair)
        };
        let theory = self.theory.as_ref().ok().map(|theory| TheorySummary {
            ensemble: theory.ensemble,
            reason: theory.reason.clone(),
            outer: theory.law.outer(),
            inner: theory.law.inner(),
            outlier: theory.outlier,
            observed: theory.outlier.and_then(nearest),
            parameters: theory.parameters.iter().copied().collect(),
            caveat: theory.caveat,
        });
        let bulk = self.bulk.as_ref().map(|bulk| BulkSummary {
            form: bulk.form,
            outer: bulk.outer,
            inner: bulk.inner,
            shape: bulk.shape,
            members: bulk.members.len(),
            strays: bulk.strays.len(),
        });
        let rotations = spectrum.rotations(units_per_second).into_iter().map(Turning::from);
        SpectrumSummary {
            role: spectrum.role,
            units: values.len(),
            spectral_radius: spectrum.radius(),
            largest_real_part: spectrum.abscissa(),
            smallest_modulus: spectrum.smallest_modulus(),
            seventh_modulus: spectrum.modulus(7),
            henrici: spectrum.henrici(),
            numerical_abscissa: spectrum.numerical_abscissa(),
            growing: Growing {
                map: spectrum.growing_in_the_map(),
                flow: spectrum.growing_in_the_flow(),
                circle: spectrum.role.circle(),
                line: spectrum.role.line(),
            },
            bulk,
            theory,
            no_theory: self.theory.as_ref().err().map(ToString::to_string),
            fit: self.fit,
            dominant: dominant.into_iter().map(pair).collect(),
            special: self.special(units_per_second),
            rotations: rotations.collect(),
            condition_numbers: self.modes.as_ref().map(|modes| modes.conditions.clone()),
            symmetric: spectrum.symmetric.clone(),
            eigenvalues: values.iter().copied().map(pair).collect(),
        }
    }

    /// The eigenvalues that the papers single out, each once.
    fn special(&self, units_per_second: f64) -> Vec<Special> {
        let spectrum = &self.spectrum;
        let mut found: Vec<(&'static str, Complex)> = Vec::new();
        let asked = [
            ("largest real part", spectrum.rightmost()),
            ("largest |real part|", spectrum.widest()),
            ("largest complex outside the unit circle", spectrum.largest_complex()),
        ];
        for (what, value) in asked {
            let Some(value) = value else { continue };
            let value = Complex::new(value.re, value.im.abs());
            if found.iter().all(|(_, other)| *other != value) {
                found.push((what, value));
            }
        }
        let special = |(what, value)| Special {
            what,
            turning: spectrum.rotation(value, units_per_second).into(),
        };
        found.into_iter().map(special).collect()
    }
}

/// Dominant eigenvalues that the text shows.
const SHOWN: usize = 4;

/// Six digits where that is a short number.
fn number(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || (1e-4..1e6).contains(&size) {
        format!("{value:.6}")
    } else {
        format!("{value:.5e}")
    }
}

fn complex([re, im]: [f64; 2]) -> String {
    if im == 0.0 { number(re) } else { format!("{} \u{b1} {}i", number(re), number(im.abs())) }
}

fn interval(estimate: Estimate) -> String {
    let Estimate { value, low, high } = estimate;
    format!("{} [{}, {}]", number(value), number(low), number(high))
}

/// A line with a label, the rest indented below it.
fn row(f: &mut fmt::Formatter<'_>, label: &str, text: &str) -> fmt::Result {
    writeln!(f, "{label:<20}{text}")
}

impl fmt::Display for SpectrumSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        row(f, "spectral radius", &number(self.spectral_radius))?;
        row(f, "largest real part", &number(self.largest_real_part))?;
        row(f, "smallest modulus", &number(self.smallest_modulus))?;
        if let Some(seventh) = self.seventh_modulus {
            let text = format!("{} (the papers' radius)", number(seventh));
            row(f, "seventh modulus", &text)?;
        }
        let fastest = number(self.numerical_abscissa);
        let text = format!("{:.4}; at first no state grows faster than {fastest}", self.henrici);
        row(f, "Henrici departure", &text)?;
        if let Some(conditions) = &self.condition_numbers {
            let worst = conditions.iter().copied().max_by(f64::total_cmp).unwrap_or(1.0);
            let shown = if worst < 1e4 { format!("{worst:.2}") } else { format!("{worst:.2e}") };
            row(f, "condition numbers", &format!("up to {shown} (1 for a normal matrix)"))?;
        }
        self.growth(f)?;
        self.bulk(f)?;
        self.law(f)?;
        self.turning(f)
    }
}

impl SpectrumSummary {
    fn growth(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |grown: usize| format!("{grown} of {}", self.units);
        if let (Some(grown), Some((centre, radius))) = (self.growing.map, self.growing.circle) {
            let border = if centre == 0.0 && radius == 1.0 {
                "outside the unit circle".to_owned()
            } else {
                format!("outside the circle of radius {} around {}", number(radius), number(centre))
            };
            row(f, "grow in the map", &format!("{}, {border}", of(grown)))?;
        }
        if let (Some(grown), Some(line)) = (self.growing.flow, self.growing.line) {
            row(f, "grow in the flow", &format!("{}, right of Re = {line}", of(grown)))?;
        }
        if self.role == Role::Plain {
            row(f, "growth", "the units leak differently; `--of jacobian` decides")?;
        }
        Ok(())
    }

    fn bulk(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(bulk) = &self.bulk else {
            return row(f, "bulk", "too few eigenvalues for one");
        };
        let form = match bulk.form {
            Form::EvenDisc => "disc",
            Form::PeakedDisc => "disc, denser in the middle",
            Form::HollowDisc => "disc, denser towards its rim",
            Form::Ring => "ring",
            Form::Circle => "circle",
        };
        let members = count(bulk.members, "eigenvalue");
        let mut text = format!("{form} of {members}: radius {}", interval(bulk.outer));
        if let Some(inner) = bulk.inner.filter(|_| bulk.form == Form::Ring) {
            text.extend([", inner ", &interval(inner)]);
        }
        row(f, "bulk, 95 %", &text)?;
        if self.dominant.is_empty() {
            return row(f, "dominant", "none");
        }
        let upper: Vec<[f64; 2]> =
            self.dominant.iter().copied().filter(|value| value[1] >= 0.0).collect();
        let mut shown: Vec<String> = upper.iter().take(SHOWN).map(|v| complex(*v)).collect();
        if upper.len() > SHOWN {
            shown.push("...".to_owned());
        }
        row(f, "dominant", &format!("{}: {}", self.dominant.len(), shown.join(", ")))
    }

    fn law(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(theory) = &self.theory else {
            let why = self.no_theory.as_deref().unwrap_or("none");
            return row(f, "theory", why);
        };
        let edges = if theory.inner > 0.0 && theory.inner < theory.outer * (1.0 - 1e-9) {
            format!("radii {} to {}", number(theory.inner), number(theory.outer))
        } else {
            format!("radius {}", number(theory.outer))
        };
        row(f, "theory", &format!("{}: {edges}", theory.ensemble))?;
        row(f, "", &theory.reason)?;
        if let Some(fit) = self.fit {
            row(f, "fit", &judged(fit))?;
        }
        if let Some(predicted) = theory.outlier {
            let observed = theory.observed.map_or("none".to_owned(), complex);
            row(f, "outlier", &format!("predicted {}, observed {observed}", number(predicted)))?;
        }
        if let Some(caveat) = theory.caveat {
            row(f, "", caveat)?;
        }
        Ok(())
    }

    fn turning(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hertz = |frequency: Option<f64>| match frequency {
            Some(value) if value.is_finite() => format!("{value:.1} Hz"),
            Some(_) => "infinite".to_owned(),
            None => "-".to_owned(),
        };
        if self.special.is_empty() {
            return Ok(());
        }
        writeln!(f, "\n{:<28}{:>12}{:>12}{:>12}", "turns", "published", "map", "flow")?;
        for Special { what, turning } in &self.special {
            let Turning { value, published, map, flow } = turning;
            writeln!(
                f,
                "{:<28}{:>12}{:>12}{:>12}  {what}",
                complex(*value),
                hertz(Some(*published)),
                hertz(*map),
                hertz(*flow)
            )?;
        }
        Ok(())
    }
}

fn judged(fit: Fit) -> String {
    let Fit { distance, limit, p, draws } = fit;
    match (limit, p) {
        (Some(limit), Some(p)) => {
            let verdict =
                if distance <= limit { "describes the bulk" } else { "does not describe the bulk" };
            format!(
                "{verdict}: distance {distance:.3}, chance {limit:.3} (p = {p:.2}, {draws} random matrices)"
            )
        }
        (Some(_), None) => {
            format!("{:.1} % of the bulk lies off the circle", 100.0 * distance)
        }
        _ => format!("distance {distance:.3} (no random matrices to compare with)"),
    }
}
