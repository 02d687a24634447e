//! Decks: from a path to a circuit.

use std::path::Path;

use analogon::{
    circuit::Circuit,
    diag::{Diagnostic, SourceMap, has_errors},
    elaborate::{Steps, elaborate, steps},
    netlist::{self, Dialect, Language, Netlist},
    units::count,
};

use crate::{
    failure::Failure,
    files::{self, Included},
};

/// A deck as read, faults included.
pub(crate) struct Deck {
    /// Its files.
    pub(crate) map: SourceMap,
    /// Its faults and warnings.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The circuit; `None` where there are errors.
    pub(crate) circuit: Option<Circuit>,
    /// What is written.
    pub(crate) netlist: Netlist,
    /// How often it is carried out; nothing where there are errors.
    pub(crate) steps: Steps,
}

/// How files of trained networks end that no deck ends with.
const NETWORKS: [&str; 7] = ["hdf5", "h5", "keras", "safetensors", "npz", "pt", "pth"];

/// True where the name of a file says that it is a deck.
pub(crate) fn is_deck(path: &Path) -> bool {
    let known = ["cir", "sp", "spice", "ckt", "net"];
    known.contains(&crate::results::extension(path).as_str())
}

/// Reads a deck; `-` is the standard input.
///
/// # Errors
///
/// The file cannot be read or is a network. Faults in the deck are no error here.
pub(crate) fn read(path: &Path) -> Result<Deck, Failure> {
    read_in(Language::guessed(), path)
}

/// A simulator whose language a deck is written in.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum DialectName {
    Ngspice,
    Pspice,
    Ltspice,
    Xyce,
}

impl DialectName {
    /// The language of a deck for which it was given or not.
    pub(crate) fn language(name: Option<Self>) -> Language {
        name.map_or(Language::guessed(), |name| {
            Language::stated(match name {
                Self::Ngspice => Dialect::Ngspice,
                Self::Pspice => Dialect::Pspice,
                Self::Ltspice => Dialect::Ltspice,
                Self::Xyce => Dialect::Xyce,
            })
        })
    }
}

/// The same of a deck in that language.
///
/// # Errors
///
/// As [`read`].
pub(crate) fn read_in(language: Language, path: &Path) -> Result<Deck, Failure> {
    read_until(language, path, &[])
}

/// The same with conditions that end its transients.
///
/// # Errors
///
/// As [`read`].
pub(crate) fn read_until(
    language: Language,
    path: &Path,
    conditions: &[String],
) -> Result<Deck, Failure> {
    let name = if path.as_os_str() == "-" { "<stdin>".into() } else { path.to_string_lossy() };
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let bytes = files::read(path)?;
    if NETWORKS.contains(&extension.as_str()) || extension == "rnn" {
        return Err(Failure::new(
            format!("`{name}` is a network, not a deck"),
            format!("make a deck of it with `analogon synth {name} -o deck.cir`"),
        ));
    }
    let mut parsed = netlist::parse_in(language, &name, bytes, &Included::of(path, &name));
    for condition in conditions {
        parsed.until(language, "--until", condition);
    }
    let (map, mut diagnostics) = (parsed.map, parsed.diagnostics);
    let mut circuit = None;
    let mut found = Steps { points: Vec::new() };
    if !has_errors(&diagnostics) {
        match elaborate(&parsed.netlist) {
            Ok(found) => circuit = Some(found),
            Err(faults) => diagnostics.extend(faults),
        }
        match steps(&parsed.netlist) {
            Ok(steps) => found = steps,
            Err(faults) => {
                circuit = None;
                diagnostics.extend(faults);
            }
        }
    }
    Ok(Deck { map, diagnostics, circuit, netlist: parsed.netlist, steps: found })
}

/// Reads a deck that must be without errors; warnings go to `warn`.
pub(crate) fn load(path: &Path) -> Result<(SourceMap, Circuit), Failure> {
    let deck = read(path)?.sound()?;
    let Deck { map, circuit, .. } = deck;
    // A sound deck has one.
    circuit.map(|circuit| (map, circuit)).ok_or_else(|| Failure::new("the deck has no circuit", ""))
}

impl Deck {
    /// The same, warnings told to the user.
    ///
    /// # Errors
    ///
    /// Its errors, where it has some.
    pub(crate) fn sound(self) -> Result<Self, Failure> {
        if self.circuit.is_none() {
            return Err(Failure::of_deck(&self.map, &self.diagnostics));
        }
        warn(&self.map, &self.diagnostics);
        Ok(self)
    }
}

/// Shows warnings on the standard error.
fn warn(map: &SourceMap, warnings: &[Diagnostic]) {
    if !warnings.is_empty() {
        let text = analogon::diag::render_styled(map, warnings);
        // A warning that cannot be shown is no reason to stop.
        let _ = std::io::Write::write_all(&mut anstream::stderr(), text.as_bytes());
    }
}

/// `3 elements, 2 nodes`
pub(crate) fn size(circuit: &Circuit) -> String {
    let elements = circuit.elements().len();
    let nodes = circuit.parts().nodes.len().saturating_sub(1);
    format!("{}, {} besides ground", count(elements, "element"), count(nodes, "node"))
}
