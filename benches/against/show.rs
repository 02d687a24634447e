//! Rows for people and for programs.

use serde::Serialize;

/// One comparison; what was not measured is `null`.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    deck: String,
    n: usize,
    analogon_cpu_s: Option<f64>,
    rival: String,
    rival_cpu_s: Option<f64>,
    /// Of the processor times, the rival's over analogon's.
    ratio: Option<f64>,
    analogon_error: Option<f64>,
    rival_error: Option<f64>,
    analogon_peak_mb: Option<f64>,
    rival_peak_mb: Option<f64>,
    /// What is to be said of it.
    #[serde(skip)]
    note: String,
    /// True where analogon's error is too large or there is none.
    #[serde(skip)]
    is_bad: bool,
}

/// Time, peak, error.
type Figures = ((f64, Option<f64>), Option<f64>);

impl Row {
    /// What was found of analogon and, where it ran, of another.
    pub(crate) fn of(
        (deck, n): (&str, usize),
        rival: &str,
        ((cpu, peak), error): Figures,
        theirs: Option<Result<Figures, String>>,
    ) -> Self {
        let (theirs, note) = match theirs {
            None => (None, String::new()),
            Some(Ok(found)) => (Some(found), String::new()),
            Some(Err(reason)) => (None, format!("{rival}: {reason}")),
        };
        let rival_cpu_s = theirs.map(|((cpu, _), _)| cpu);
        Self {
            deck: deck.to_owned(),
            n,
            analogon_cpu_s: Some(cpu),
            rival: rival.to_owned(),
            rival_cpu_s,
            ratio: rival_cpu_s.map(|theirs| theirs / cpu),
            analogon_error: error,
            rival_error: theirs.and_then(|(_, error)| error),
            analogon_peak_mb: peak,
            rival_peak_mb: theirs.and_then(|((_, peak), _)| peak),
            note,
            is_bad: false,
        }
    }

    /// Nothing was found.
    pub(crate) fn failed(deck: &str, n: usize, reason: &str) -> Self {
        let row = Self::of((deck, n), "ngspice", ((f64::NAN, None), None), None);
        Self { analogon_cpu_s: None, note: format!("FAILED: {reason}"), is_bad: true, ..row }
    }

    /// The same with something to be said, where there is.
    pub(crate) fn with(mut self, note: Option<String>) -> Self {
        self.note.extend(note);
        self
    }

    /// The same, held to the largest error that analogon may have.
    pub(crate) fn bounded(mut self, bound: f64) -> Self {
        if self.analogon_error.is_some_and(|error| !(error <= bound)) {
            self.is_bad = true;
            self.note = format!("ERROR ABOVE {bound:e}; {}", self.note);
        }
        self
    }

    fn cells(&self) -> [String; 10] {
        let number = |value: Option<f64>, digits: usize| {
            value.map_or("-".to_owned(), |value| format!("{value:.digits$}"))
        };
        let small = |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{v:.1e}"));
        [
            self.deck.clone(),
            if self.n == 0 { String::new() } else { self.n.to_string() },
            number(self.analogon_cpu_s, 3),
            format!("{} {}", self.rival, number(self.rival_cpu_s, 3)),
            number(self.ratio, 2),
            small(self.analogon_error),
            small(self.rival_error),
            number(self.analogon_peak_mb, 0),
            number(self.rival_peak_mb, 0),
            self.note.clone(),
        ]
    }
}

/// All rows.
#[derive(Default)]
pub(crate) struct Table(Vec<Row>);

const TITLE: [&str; 10] =
    ["deck", "n", "CPU s", "rival CPU s", "ratio", "error", "its error", "peak MB", "its peak", ""];

impl Table {
    /// Prints a row as JSON and keeps it.
    pub(crate) fn add(&mut self, row: Row) {
        match serde_json::to_string(&row) {
            Ok(text) => println!("{text}"),
            Err(error) => eprintln!("{}: {error}", row.deck),
        }
        self.0.push(row);
    }

    /// True where nothing failed.
    pub(crate) fn is_good(&self) -> bool {
        !self.0.iter().any(|row| row.is_bad)
    }

    /// Prints all rows, in columns.
    pub(crate) fn print(&self) {
        println!();
        let title = TITLE.map(str::to_owned);
        columns(std::iter::once(title).chain(self.0.iter().map(Row::cells)));
    }
}

/// Prints columns side by side, the first and the last to the left.
pub(crate) fn columns<const N: usize>(rows: impl Iterator<Item = [String; N]>) {
    let rows: Vec<[String; N]> = rows.collect();
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    for row in &rows {
        let cells = row.iter().enumerate().map(|(at, cell)| {
            let width = widths[at];
            if at == 0 || at == N - 1 {
                format!("{cell:<width$}")
            } else {
                format!("{cell:>width$}")
            }
        });
        println!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}
