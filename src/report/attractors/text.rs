//! The report as text.

use std::fmt::{self, Display, Formatter};

use super::{AttractorReport, FateReport, PointReport, TimeKind};
use crate::units::count;

/// Rows of a table at most; the rest is counted.
const ROWS: usize = 30;
/// Outputs written out at most.
const OUTPUTS: usize = 4;

impl Display for AttractorReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.points(f)?;
        self.slow(f)?;
        self.cycles(f)?;
        self.fates(f)?;
        self.basins(f)?;
        self.exponents(f)
    }
}

/// Cells in columns, the first row on top, left-aligned.
fn table(f: &mut Formatter<'_>, rows: &[Vec<String>]) -> fmt::Result {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
    };
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    for row in rows {
        let mut line = String::from("  ");
        for (cell, &width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', 2 + width - cell.chars().count()));
        }
        writeln!(f, "{}", line.trim_end())?;
    }
    Ok(())
}

/// `and 12 more` below a table that was cut.
fn rest(f: &mut Formatter<'_>, total: usize) -> fmt::Result {
    if total > ROWS { writeln!(f, "  and {} more (--json has all)", total - ROWS) } else { Ok(()) }
}

/// `+1.02 -0.98 +1.01`, the first few.
fn outputs(values: &[f64]) -> String {
    if values.is_empty() {
        return "-".to_owned();
    }
    let size = values.iter().map(|value| value.abs()).max_by(f64::total_cmp).unwrap_or(0.0);
    let small = size > 0.0 && !(1e-3..1e4).contains(&size);
    let number = |value: &f64| if small { format!("{value:+.3e}") } else { format!("{value:+.4}") };
    let mut shown: Vec<String> = values.iter().take(OUTPUTS).map(number).collect();
    if values.len() > OUTPUTS {
        shown.push("...".to_owned());
    }
    shown.join(" ")
}

fn number(value: f64) -> String {
    if value == 0.0 || (1e-3..1e5).contains(&value.abs()) {
        format!("{value:.4}")
    } else {
        format!("{value:.3e}")
    }
}

fn some(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), number)
}

fn index(place: Option<usize>) -> String {
    place.map_or_else(|| "-".to_owned(), |at| (at + 1).to_string())
}

impl AttractorReport {
    /// What the eigenvalues are judged by: modulus of a map, real part of a flow.
    fn criterion(&self) -> &'static str {
        match self.time {
            TimeKind::Discrete => "largest |eigenvalue|",
            TimeKind::Continuous => "largest Re",
        }
    }

    fn judged(&self, point: &PointReport) -> f64 {
        match self.time {
            TimeKind::Discrete => point.radius,
            TimeKind::Continuous => point.abscissa,
        }
    }

    fn points(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "fixed points: {} {}, {} converged to {} of them, {} stable",
            count(self.starts, "start"),
            self.starts_from,
            self.converged,
            self.fixed_points.len(),
            self.stable()
        )?;
        if self.fixed_points.is_empty() {
            return Ok(());
        }
        let mut rows = vec![
            ["", "kind", "readout", "norm", self.criterion(), "mirror", "hits", "residual"]
                .map(str::to_owned)
                .to_vec(),
        ];
        for (at, point) in self.fixed_points.iter().enumerate().take(ROWS) {
            rows.push(vec![
                (at + 1).to_string(),
                kind(point),
                outputs(&point.readout),
                number(point.norm),
                format!("{:+.4}", self.judged(point)),
                index(point.mirror),
                point.hits.to_string(),
                format!("{:.0e}", point.residual),
            ]);
        }
        table(f, &rows)?;
        rest(f, self.fixed_points.len())
    }

    fn slow(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.slow_points.is_empty() {
            return Ok(());
        }
        writeln!(f, "\nslow points, where |F| is least and not zero: {}", self.slow_points.len())?;
        let mut rows = vec![["", "|F|", "readout", "hits"].map(str::to_owned).to_vec()];
        for (at, point) in self.slow_points.iter().enumerate().take(5) {
            rows.push(vec![
                (at + 1).to_string(),
                format!("{:.2e}", point.speed),
                outputs(&point.readout),
                point.hits.to_string(),
            ]);
        }
        table(f, &rows)
    }

    fn cycles(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.cycles.is_empty() {
            return Ok(());
        }
        writeln!(f, "\nattractors that are no points: {}", self.cycles.len())?;
        let mut rows = vec![
            ["", "kind", "period", "as published", "of output", "stable", "mean of outputs", "sd"]
                .map(str::to_owned)
                .to_vec(),
        ];
        for (at, cycle) in self.cycles.iter().enumerate().take(ROWS) {
            let stable = match cycle.stable {
                None => "-",
                Some(true) => "yes",
                Some(false) => "no",
            };
            rows.push(vec![
                (at + 1).to_string(),
                cycle.kind.to_owned(),
                some(cycle.period),
                some(cycle.published_period),
                some(cycle.output_period),
                stable.to_owned(),
                outputs(&cycle.mean),
                outputs(&cycle.deviation),
            ]);
        }
        table(f, &rows)?;
        rest(f, self.cycles.len())
    }

    fn fates(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.fates.is_empty() {
            return Ok(());
        }
        let task = self.task.as_deref().unwrap_or("the stimuli");
        writeln!(f, "\nafter each stimulus of {task}, without input from then on")?;
        let mut rows = vec![
            ["trial", "until", "what follows", "outputs", "sd", "period"]
                .map(str::to_owned)
                .to_vec(),
        ];
        for fate in self.fates.iter().take(ROWS) {
            rows.push(vec![
                fate.trial.clone(),
                format!("{}", fate.at),
                what(fate),
                outputs(&fate.mean),
                if fate.period.is_some() { outputs(&fate.deviation) } else { "-".to_owned() },
                some(fate.period),
            ]);
        }
        table(f, &rows)?;
        rest(f, self.fates.len())
    }

    fn basins(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.basins.is_empty() {
            return Ok(());
        }
        writeln!(f, "\nbasins, by sampling")?;
        let mut rows = vec![
            ["leads to", "share", "95 % interval", "starts", "outputs"].map(str::to_owned).to_vec(),
        ];
        for basin in self.basins.iter().take(ROWS) {
            rows.push(vec![
                place(basin.kind, basin.fixed_point, basin.cycle),
                format!("{:.3}", basin.share),
                format!("{:.3} to {:.3}", basin.interval.0, basin.interval.1),
                basin.count.to_string(),
                outputs(&basin.mean),
            ]);
        }
        table(f, &rows)?;
        rest(f, self.basins.len())
    }

    fn exponents(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Some(found) = &self.lyapunov else { return Ok(()) };
        writeln!(f, "\nLyapunov exponents, 1 / unit of time, with standard errors")?;
        for (exponent, error) in found.exponents.iter().zip(&found.errors) {
            writeln!(f, "  {exponent:+.6} +- {error:.1e}")?;
        }
        match found.kaplan_yorke() {
            Some(dimension) => writeln!(f, "  dimension of Kaplan and Yorke {dimension:.3}"),
            None => Ok(()),
        }
    }
}

/// `stable`, or the number of directions that lead away.
fn kind(point: &PointReport) -> String {
    match (point.stable, point.unstable_dimensions) {
        (true, _) => "stable".to_owned(),
        (false, 0) => format!("neutral in {}", point.neutral_dimensions),
        (false, away) => format!("unstable in {away}"),
    }
}

/// `fixed point 3`
fn place(kind: &str, point: Option<usize>, cycle: Option<usize>) -> String {
    match point.or(cycle) {
        Some(at) => format!("{kind} {}", at + 1),
        None => kind.to_owned(),
    }
}

fn what(fate: &FateReport) -> String {
    place(fate.kind, fate.fixed_point, fate.cycle)
}
