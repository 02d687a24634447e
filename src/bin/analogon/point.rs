//! A point of a system as an argument.

use std::path::Path;

use analogon::{
    dae::System,
    dynamics::attractors::fixed_points::{End, Outcome, SearchOptions, search, starts},
    units::parse_number,
    wave::{Array, read_npy},
};

use crate::{failure::Failure, files, results::extension};

/// Where to look.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct PointArgs {
    /// State: origin, rest (an equilibrium, by Newton's method from the origin),
    /// numbers with commas, or a file of numbers (text or .npy)
    #[arg(long, default_value = "origin", value_name = "STATE", allow_hyphen_values = true)]
    at: String,

    /// Input there: numbers with commas, or a file [default: 0]
    #[arg(long, value_name = "VALUES", allow_hyphen_values = true)]
    input: Option<String>,
}

/// Starts of a search for an equilibrium besides the origin, and their seed.
const STARTS: usize = 32;
const SEED: u64 = 1;

impl PointArgs {
    /// The state and the input, one value a state and input of `system`.
    pub(crate) fn resolve(&self, system: &dyn System) -> Result<(Vec<f64>, Vec<f64>), Failure> {
        let (states, inputs, _) = system.shape();
        let input = match &self.input {
            None => vec![0.0; inputs],
            Some(text) => values(text, "input", &system.inputs())?,
        };
        let state = match self.at.as_str() {
            "origin" => vec![0.0; states],
            "rest" => rest(system, &input)?,
            text => {
                let states = system.states().into_iter().map(|state| state.name);
                values(text, "state", &states.collect::<Vec<_>>())?
            }
        };
        Ok((state, input))
    }
}

/// An equilibrium: the one that the origin leads to, else any other start.
fn rest(system: &dyn System, input: &[f64]) -> Result<Vec<f64>, Failure> {
    let states = system.shape().0;
    let options = SearchOptions { deflation_rounds: 0, ..SearchOptions::default() };
    let begin = starts::origin(states);
    let found = search(system, input, &[begin], &options).map_err(Failure::of)?;
    let has_arrived = matches!(found.outcomes.first(), Some(Outcome { end: End::Point(_), .. }));
    let more = if has_arrived {
        found
    } else {
        let side = vec![1.0; states];
        let low: Vec<f64> = side.iter().map(|side| -side).collect();
        let seeded = starts::random(&low, &side, STARTS, SEED);
        search(system, input, &seeded, &options).map_err(Failure::of)?
    };
    match more.points.first() {
        Some(point) => Ok(point.state.clone()),
        None => Err(Failure::new(
            format!("no equilibrium was found from the origin and {STARTS} other starts"),
            "give the state itself, or a file with it",
        )),
    }
}

/// Numbers with commas, or the content of a file.
pub(crate) fn values(text: &str, what: &str, names: &[String]) -> Result<Vec<f64>, Failure> {
    let found = match numbers(text, &[',']) {
        Ok(found) => found,
        // What looks like numbers is no file.
        Err(fault) if text.contains(',') || !Path::new(text).exists() => {
            let hint = format!("give {}, or a file of them", wanted(names));
            return Err(Failure::new(format!("the {what} `{text}`: {fault}"), hint));
        }
        Err(_) => from_file(Path::new(text))?,
    };
    if found.len() != names.len() {
        return Err(Failure::new(
            format!("the {what} has {}, the system has {}", amount(found.len()), names.len()),
            format!("give {}", wanted(names)),
        ));
    }
    match found.iter().position(|value| !value.is_finite()) {
        None => Ok(found),
        Some(at) => Err(Failure::new(format!("{} is no finite number", names[at]), "")),
    }
}

fn amount(count: usize) -> String {
    if count == 1 { "1 value".to_owned() } else { format!("{count} values") }
}

/// `2 numbers, of h1 and h2`
fn wanted(names: &[String]) -> String {
    match names {
        [] => "no number, there is nothing to set".to_owned(),
        [one] => format!("1 number, of {one}"),
        [first, .., last] => format!("{} numbers, of {first} to {last}", names.len()),
    }
}

fn numbers(text: &str, separators: &[char]) -> Result<Vec<f64>, String> {
    let is_between = |letter: char| separators.contains(&letter) || letter.is_whitespace();
    let words = text.split(is_between).filter(|word| !word.is_empty());
    words.map(|word| parse_number(word).map_err(|error| error.to_string())).collect()
}

fn from_file(path: &Path) -> Result<Vec<f64>, Failure> {
    let bytes = files::read(path)?;
    let bad = |fault: String| Failure::new(format!("`{}`: {fault}", path.display()), "");
    if extension(path) == "npy" {
        return match read_npy(&bytes[..]).map_err(|error| bad(error.to_string()))? {
            Array::Numbers(array) => Ok(array.data),
            Array::Text(_) => Err(bad("it holds text, not numbers".to_owned())),
        };
    }
    let text = String::from_utf8(bytes).map_err(|_| bad("it is no text file".to_owned()))?;
    numbers(&text, &[',', ';', '[', ']']).map_err(bad)
}
