//! The table of what is compared. A deck more is a row more in [`CASES`].

use crate::{
    against::compare::Truth,
    decks::{
        linear::{self, Grid},
        network::{self, Encoding, Network},
        small,
    },
};

/// A deck of some size.
pub(crate) struct Case {
    /// Name in the tables.
    pub(crate) deck: &'static str,
    /// Units, sections, nodes or elements; 0 where nothing counts.
    pub(crate) n: usize,
    /// The deck and what is right.
    pub(crate) make: fn(usize) -> Problem,
    /// The largest error that analogon may have; at rest relative rounding, else what
    /// its tolerance promises.
    pub(crate) bound: f64,
    /// In which runs.
    pub(crate) effort: Effort,
}

/// How long a row takes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effort {
    /// Under a second for both: also with `--quick`.
    Little,
    /// Some seconds.
    Seconds,
    /// Minutes for ngspice, which runs it with `--full` only.
    RivalMinutes,
    /// Something that ngspice does not have.
    Alone,
}

/// A deck, and what its results are compared with.
pub(crate) struct Problem {
    /// The deck.
    pub(crate) text: String,
    /// The matrix of its array, as a file.
    pub(crate) matrix: Option<Vec<u8>>,
    /// The signals compared.
    pub(crate) names: Vec<String>,
    /// What is right.
    pub(crate) check: Check,
}

/// Where what is right comes from.
pub(crate) enum Check {
    /// From no simulator.
    Known(Truth),
    /// From analogon with steps and tolerances a good deal smaller: deck, arguments.
    Finer(String, &'static [&'static str]),
    /// Nothing is computed: the deck is read and its circuit made.
    OnlyRead,
}

const fn case(
    deck: &'static str,
    n: usize,
    effort: Effort,
    bound: f64,
    make: fn(usize) -> Problem,
) -> Case {
    Case { deck, n, make, bound, effort }
}

use Effort::{Alone, Little, RivalMinutes, Seconds};

/// The rows in their order.
pub(crate) const CASES: &[Case] = &[
    case("rnn-opamp", 10, Little, 1e-3, opamp),
    case("rnn-opamp", 100, Little, 1e-3, opamp),
    case("rnn-opamp", 200, Seconds, 1e-3, opamp),
    case("rnn-opamp", 500, RivalMinutes, 1e-3, opamp),
    case("rnn-opamp", 1000, RivalMinutes, 1e-3, opamp),
    case("rnn-gsum", 100, Little, 1e-3, gsum),
    case("rnn-gsum", 500, RivalMinutes, 1e-3, gsum),
    case("rnn-gsum", 1000, RivalMinutes, 1e-3, gsum),
    case("rnn-opreal", 100, Seconds, 1e-3, opreal),
    case("rnn-opreal", 500, RivalMinutes, 1e-3, opreal),
    case("rnn-sparse-10%", 200, Seconds, 1e-3, sparse),
    case("rnn-sparse-10%", 2000, RivalMinutes, 1e-3, sparse),
    case("rnn-error-1e-6", 100, Seconds, 1e-6, precise),
    case("rnn-error-1e-6", 500, RivalMinutes, 1e-6, precise),
    case("rnn-error-1e-6", 1000, RivalMinutes, 1e-6, precise),
    case("rnn-array", 1000, Alone, 1e-3, array),
    case("rnn-array", 4000, Alone, 1e-3, array),
    case("read-resistors", 100_000, Little, 0.0, read),
    case("read-resistors", 1_000_000, Seconds, 0.0, read),
    case("chain-op", 1_000_000, Seconds, 1e-9, chain),
    case("ladder", 1_000, Little, 2e-3, ladder),
    case("ladder", 10_000, Seconds, 2e-3, ladder),
    case("ladder", 100_000, Seconds, 2e-3, ladder),
    case("grid", 30, Seconds, 2e-3, grid),
    case("grid", 100, RivalMinutes, 2e-3, grid),
    case("grid-op", 100, RivalMinutes, 1e-9, grid_op),
    case("grid-op", 300, RivalMinutes, 1e-9, grid_op),
    case("integrator", 0, Little, 1e-1, |_| evening(0)),
    case("sallen-key", 0, Little, 1e-3, |_| evening(1)),
    case("wien", 0, Little, 1e-1, |_| evening(2)),
    case("rectifier", 0, Little, 1e-2, |_| evening(3)),
    case("boost", 0, Little, 1e-1, |_| evening(4)),
];

/// The deck of a network with its equation; gains of 1e6 are taken for infinite.
fn rnn(network: Network, encoding: Encoding, options: &str) -> Problem {
    let text = network::deck(&network, encoding, options);
    let names = network::names(network.units());
    let matrix = (encoding == Encoding::Array).then(|| network.matrix());
    let values = Box::new(move |times: &[f64]| network.states(encoding, times));
    let check = Check::Known(Truth::Over { stop: network::STOP, values });
    Problem { text, matrix, names, check }
}

fn array(units: usize) -> Problem {
    rnn(Network::random(units, 1.0), Encoding::Array, "")
}

fn opamp(units: usize) -> Problem {
    rnn(Network::random(units, 1.0), Encoding::Amplifiers, "")
}

fn gsum(units: usize) -> Problem {
    rnn(Network::random(units, 1.0), Encoding::Conductances, "")
}

fn opreal(units: usize) -> Problem {
    rnn(Network::random(units, 1.0), Encoding::RealAmplifiers, "")
}

fn sparse(units: usize) -> Problem {
    rnn(Network::random(units, 0.1), Encoding::VirtualGround, "")
}

/// With these tolerances neither program gains from looser ones of the other kinds.
fn precise(units: usize) -> Problem {
    let options = "reltol=1e-6 abstol=1e-15 vntol=1e-9 chgtol=1e-17";
    rnn(Network::random(units, 1.0), Encoding::VirtualGround, options)
}

/// ngspice makes the circuit and is told to quit; `analogon check` does as much.
fn read(resistors: usize) -> Problem {
    let text = linear::chain(resistors, ".op\n.control\nquit\n.endc");
    Problem { text, matrix: None, names: Vec::new(), check: Check::OnlyRead }
}

fn chain(resistors: usize) -> Problem {
    let check = Check::Known(Truth::Rest(linear::chain_volts()));
    let (text, names) = (linear::chain(resistors, ".op"), linear::chain_names().to_vec());
    Problem { text, matrix: None, names, check }
}

fn ladder(sections: usize) -> Problem {
    let values = Box::new(move |times: &[f64]| linear::ladder_volts(sections, times));
    Problem {
        text: linear::ladder(sections),
        matrix: None,
        names: linear::ladder_names(sections).to_vec(),
        check: Check::Known(Truth::Over { stop: 1e-3, values }),
    }
}

fn grid(edge: usize) -> Problem {
    let grid = Grid::random(edge);
    let text = grid.transient();
    let finer = text.replace(".tran 1e-5 1e-3", ".tran 2e-6 1e-3");
    let check = Check::Finer(finer, &["--reltol", "1e-5"]);
    Problem { text, matrix: None, names: grid.names().to_vec(), check }
}

fn grid_op(edge: usize) -> Problem {
    let grid = Grid::random(edge);
    let check = Check::Known(Truth::Rest(grid.volts()));
    let (text, names) = (grid.operating_point(), grid.names().to_vec());
    Problem { text, matrix: None, names, check }
}

fn evening(at: usize) -> Problem {
    let small = &small::ALL[at];
    let names = vec![small.output.to_owned()];
    let check = Check::Finer(small.finer(), &["--path", "mna", "--reltol", "1e-6"]);
    Problem { text: small.deck(), matrix: None, names, check }
}
