//! `analogon spectrum`: eigenvalues, and what random matrices lead to expect.

mod figures;
mod matrix;
mod several;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Mutex;

use analogon::{
    dynamics::spectrum::{
        Ensemble, Examination, ExamineOptions, Frame, Pseudospectrum, SpectrumSummary, examine,
        pseudospectrum,
    },
    linalg::EigenError,
};
use clap::ValueEnum;
use serde::Serialize;

use crate::{
    failure::{Failure, Outcome},
    files, json,
    picture::Picture,
    progress::{Progress, tracked},
    results::extension,
    subject::Subject,
};

use figures::FigureName;
use matrix::{Asked, MatrixArgs};

/// Eigenvalues of weights or Jacobians
///
/// Eigenvalues of W or of a Jacobian, departure from normality, the bulk and what
/// stands apart from it, and how both compare with the theory of random matrices.
/// Of a deck it is the Jacobian of its normal form at the operating point, in 1/s.
/// Several subjects make a table.
///
/// Example: analogon spectrum net.hdf5 --plot net.svg --pseudospectrum
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct SpectrumCommand {
    /// Networks or decks [default: a flip-flop of two units]
    #[arg(value_name = "SUBJECT")]
    subjects: Vec<PathBuf>,

    #[command(flatten)]
    matrix: MatrixArgs,

    /// Law to compare with [default: the one that suits the matrix]
    #[arg(long, value_enum, value_name = "LAW")]
    theory: Option<TheoryName>,

    /// Random matrices that the fit is compared with; 19 or more for a verdict
    /// [default: about a second's worth; 0 for several subjects]
    #[arg(long, value_name = "K")]
    draws: Option<usize>,

    /// What counts as radius in tables and figures
    #[arg(long, value_enum, default_value = "seventh", value_name = "RULE")]
    radius: RadiusRule,

    /// Network before training; with several subjects one for each
    #[arg(long, value_name = "FILE")]
    initial: Vec<PathBuf>,

    /// Time units in a second, for frequencies [default: 1000 for networks, where a
    /// unit is 1 ms; 1 for decks]
    #[arg(long, value_name = "R")]
    units_per_second: Option<f64>,

    /// Draw: .svg or .png
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,

    /// What to draw [default: plane; radii for several subjects]
    #[arg(long, value_enum, value_name = "NAME", requires = "plot")]
    figure: Option<FigureName>,

    /// Pseudospectrum for perturbations of these sizes [default: three that suit]
    #[arg(long, value_name = "EPS,...", value_delimiter = ',', num_args = 0.., require_equals = true)]
    pseudospectrum: Option<Vec<f64>>,

    /// Points of the pseudospectrum's grid, each way [default: 100, more for fewer than
    /// 150 units]
    #[arg(long, value_name = "N")]
    grid: Option<usize>,

    /// Table of several subjects: .csv
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Print one JSON object instead
    #[arg(long)]
    json: bool,
}

/// Laws by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TheoryName {
    /// Independent entries
    Circular,
    /// Orthogonal matrix
    Haar,
    /// Any singular values, turned at random
    SingleRing,
    /// Normal matrix without the wrong signs
    ClippedNormal,
    /// Orthogonal matrix without the wrong signs
    ClippedOrthogonal,
    /// Absolute values of a normal matrix, with signs
    HalfNormal,
    /// Excitatory and inhibitory weights of their own means and variances
    Mixture,
    /// A variance for each unit
    Profile,
}

impl From<TheoryName> for Ensemble {
    fn from(name: TheoryName) -> Self {
        match name {
            TheoryName::Circular => Self::Circular,
            TheoryName::Haar => Self::Haar,
            TheoryName::SingleRing => Self::SingleRing,
            TheoryName::ClippedNormal => Self::ClippedNormal,
            TheoryName::ClippedOrthogonal => Self::ClippedOrthogonal,
            TheoryName::HalfNormal => Self::HalfNormal,
            TheoryName::Mixture => Self::Mixture,
            TheoryName::Profile => Self::Profile,
        }
    }
}

/// What counts as radius.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum RadiusRule {
    /// Largest modulus
    Largest,
    /// Seventh largest modulus, as published
    Seventh,
    /// Outer edge of the fitted bulk
    Fitted,
}

impl RadiusRule {
    fn of(self, examination: &Examination) -> Option<f64> {
        match self {
            Self::Largest => Some(examination.spectrum.radius()),
            Self::Seventh => examination.spectrum.modulus(7),
            Self::Fitted => examination.bulk.as_ref().map(|bulk| bulk.outer.value),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Largest => "largest modulus",
            Self::Seventh => "seventh largest modulus",
            Self::Fitted => "outer radius of the fitted bulk",
        }
    }
}

/// One subject with all that was found.
struct Examined {
    asked: Asked,
    examination: Examination,
    initial: Option<Examination>,
}

/// For programs.
#[derive(Serialize)]
struct Printed<'a> {
    subject: &'a str,
    matrix: &'a str,
    /// Entries set to zero.
    zeroed: usize,
    /// How far the state is from a fixed point.
    residual: Option<f64>,
    /// Seconds in a unit of the task's time.
    time_unit: f64,
    #[serde(flatten)]
    summary: SpectrumSummary,
    pseudospectrum: Vec<Enclosed>,
    initial: Option<SpectrumSummary>,
}

/// What perturbations of a size can do.
#[derive(Clone, Copy, Serialize)]
struct Enclosed {
    size: f64,
    /// Largest modulus of an eigenvalue under them, as far as the grid tells.
    radius: Option<f64>,
}

impl SpectrumCommand {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        let picture = self.plot.as_deref().map(Picture::of).transpose()?;
        self.check()?;
        if self.subjects.len() > 1 {
            return several::run(self, picture, out);
        }
        let examined = self.examined(self.subjects.first(), self.initial.first(), true)?;
        let sizes = self.sizes(&examined);
        let enclosing = sizes.as_ref().map(|sizes| self.enclosing(&examined, sizes)).transpose()?;
        let enclosing = enclosing.as_ref().zip(sizes.as_deref());
        self.print(&examined, enclosing, out)?;
        if let (Some(path), Some(picture)) = (&self.plot, picture) {
            let name = self.figure.unwrap_or(FigureName::Plane);
            let figure = figures::one(name, &examined, enclosing)?;
            files::write(path, &picture.bytes(&figure)?)?;
            if !self.json {
                writeln!(out, "\nwritten: {}", path.display())?;
            }
        }
        Ok(Outcome::Holds)
    }

    /// What makes no sense together.
    fn check(&self) -> Result<(), Failure> {
        let subjects = self.subjects.len();
        if let Some(path) = &self.output {
            files::check_output(path)?;
            if extension(path) != "csv" {
                let message = format!("`{}` does not end like a table", path.display());
                return Err(Failure::new(message, "known is .csv"));
            }
            if subjects < 2 {
                let hint = "name several subjects; --json prints all of one";
                return Err(Failure::new("a table is made of several subjects", hint));
            }
        }
        if !self.initial.is_empty() && self.initial.len() != subjects {
            let message = format!("{} networks are given as initial ones", self.initial.len());
            return Err(Failure::new(message, format!("{subjects} are needed, one a subject")));
        }
        if let Some(grid) = self.grid.filter(|grid| !(2..=2000).contains(grid)) {
            let message = format!("the grid has {grid} points each way");
            return Err(Failure::new(message, "2 to 2000 make sense"));
        }
        if let Some(bad) =
            self.pseudospectrum.iter().flatten().find(|e| !(**e > 0.0 && e.is_finite()))
        {
            let message = format!("a perturbation cannot have the size {bad}");
            return Err(Failure::new(message, "sizes are positive, such as 0.01,0.1"));
        }
        if let Some(rate) = self.units_per_second.filter(|rate| !(*rate > 0.0 && rate.is_finite()))
        {
            let message = format!("{rate} time units cannot make a second");
            return Err(Failure::new(message, "1000 where a unit is a millisecond"));
        }
        Ok(())
    }

    /// Reads and examines one subject.
    fn examined(
        &self,
        path: Option<&PathBuf>,
        initial: Option<&PathBuf>,
        is_alone: bool,
    ) -> Result<Examined, Failure> {
        let path = path.map(PathBuf::as_path);
        let subject = Subject::load(path)?;
        let asked = self.matrix.of(&subject, path)?;
        let examination = self.examine(&asked, is_alone)?;
        let initial = initial
            .map(|path| {
                let subject = Subject::load(Some(path))?;
                self.examine(&self.matrix.of(&subject, Some(path))?, false)
            })
            .transpose()?;
        Ok(Examined { asked, examination, initial })
    }

    fn examine(&self, asked: &Asked, is_alone: bool) -> Result<Examination, Failure> {
        let options = ExamineOptions {
            ensemble: self.theory.map(Ensemble::from),
            draws: if is_alone { self.draws } else { Some(self.draws.unwrap_or(0)) },
            modes: is_alone,
        };
        let failed = |error: EigenError| Failure::new(format!("{}: {error}", asked.name), "");
        let found =
            tracked("random matrices", |tell| examine(&asked.matrix, asked.role, &options, tell))
                .map_err(failed)?;
        if let (Some(_), Err(error)) = (self.theory, &found.theory) {
            return Err(Failure::new(format!("{}: {error}", asked.name), "leave out --theory"));
        }
        Ok(found)
    }

    /// The sizes of perturbations that were asked for, or three that suit; `None`
    /// where no pseudospectrum was.
    fn sizes(&self, examined: &Examined) -> Option<Vec<f64>> {
        let asked = self.pseudospectrum.as_ref()?;
        if !asked.is_empty() {
            let mut sizes = asked.clone();
            sizes.sort_by(f64::total_cmp);
            return Some(sizes);
        }
        let radius = examined.examination.spectrum.radius();
        let decade = if radius > 0.0 { radius.log10().round() } else { 0.0 };
        let size = |part: f64| part * 10.0_f64.powf(decade);
        Some([0.03, 0.1, 0.3].map(size).to_vec())
    }

    fn enclosing(&self, examined: &Examined, sizes: &[f64]) -> Result<Pseudospectrum, Failure> {
        let spectrum = &examined.examination.spectrum;
        let largest = sizes.iter().copied().max_by(f64::total_cmp).unwrap_or(0.0);
        let frame = Frame::around(&spectrum.values, 1.5 * largest + 0.1 * spectrum.radius());
        let grid = self.grid.unwrap_or(match spectrum.values.len() {
            0..=64 => 300,
            65..=150 => 200,
            _ => 100,
        });
        let progress = Mutex::new((0_usize, Progress::new("pseudospectrum")));
        let tell = || {
            if let Ok(mut progress) = progress.lock() {
                progress.0 += 1;
                let done = progress.0 as f64 / grid as f64;
                progress.1.report(done);
            }
        };
        pseudospectrum(&examined.asked.matrix, frame, (grid, grid), &tell)
            .map_err(|error| Failure::new(format!("{}: {error}", examined.asked.name), ""))
    }

    fn print(
        &self,
        examined: &Examined,
        enclosing: Option<(&Pseudospectrum, &[f64])>,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let Examined { asked, examination, initial } = examined;
        let per_second = self.units_per_second.unwrap_or(asked.units_per_second);
        let summary = examination.summary(per_second);
        let initial = initial.as_ref().map(|initial| initial.summary(per_second));
        let enclosed = |(pseudospectrum, sizes): (&Pseudospectrum, &[f64])| -> Vec<Enclosed> {
            let sizes = sizes.iter();
            sizes.map(|&size| Enclosed { size, radius: pseudospectrum.radius(size) }).collect()
        };
        let enclosed = enclosing.map(enclosed).unwrap_or_default();
        if self.json {
            let Asked { name, what, zeroed, residual, time_unit, .. } = asked;
            let printed = Printed {
                subject: name,
                matrix: what,
                zeroed: *zeroed,
                residual: *residual,
                time_unit: *time_unit,
                summary,
                pseudospectrum: enclosed,
                initial,
            };
            return json::print(&printed, out);
        }
        for note in &asked.notes {
            writeln!(out, "note: {note}")?;
        }
        writeln!(out, "{}: {}\n", asked.name, asked.what)?;
        write!(out, "{summary}")?;
        if !enclosed.is_empty() {
            writeln!(out)?;
        }
        for Enclosed { size, radius } in enclosed {
            let radius = radius.map_or("beyond the grid".to_owned(), |r| format!("up to {r:.4}"));
            writeln!(out, "perturbations of size {size}: moduli {radius}")?;
        }
        if let Some(initial) = initial {
            writeln!(
                out,
                "\nbefore training: radius {:.6}, largest real part {:.6}, smallest modulus {:.6}, Henrici {:.4}",
                initial.spectral_radius,
                initial.largest_real_part,
                initial.smallest_modulus,
                initial.henrici
            )?;
        }
        Ok(())
    }
}
