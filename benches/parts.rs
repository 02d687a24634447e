//! The parts of a simulation one by one, by criterion: how long reading a deck takes
//! (tokenise), making its circuit (elaborate), the symbolic analysis of its matrix
//! (pattern), filling that (stamp), eliminating it with new pivots (factor) and with
//! those that are there (refactor), substituting (solve), the normal form (reduce) and
//! integrating it (step).
//!
//! The subjects are the decks of `against_ngspice`: a network of 100 units of resistors
//! and amplifiers, and a grid of 50 x 50 resistors and capacitors.
//!
//! ```text
//! cargo bench --bench parts
//! cargo bench --bench parts -- refactor
//! ```
#![allow(
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "a benchmark may stop, and its macros write no documents"
)]

mod decks;

use std::hint::black_box;

use analogon::{
    circuit::Circuit,
    dae::{Dae, Eval},
    diag::NoSources,
    elaborate::elaborate,
    linalg::{SparseLu, Symbolic, Workspace},
    mna::{Mna, Sources, reduce},
    netlist::{Netlist, parse},
    solve::reduced::{Options, integrate},
};
use criterion::{Criterion, criterion_group, criterion_main};

use decks::{
    linear::Grid,
    network::{self, Encoding, Network},
};

/// A step of a transient, s.
const STEP: f64 = 1e-6;

/// A deck and what becomes of it.
struct Subject {
    name: &'static str,
    text: String,
    netlist: Netlist,
    circuit: Circuit,
    mna: Mna,
    /// Unknowns of no meaning, between -1 and 1.
    point: Vec<f64>,
    inputs: Vec<f64>,
    /// The matrix of a step there.
    matrix: Vec<f64>,
}

impl Subject {
    fn of(name: &'static str, text: String) -> Self {
        let netlist = parse("deck.cir", &text, &NoSources).netlist;
        let circuit = elaborate(&netlist).unwrap();
        let mna = Mna::compile(&circuit);
        let mut random = decks::Random::seeded(1);
        let point: Vec<f64> = mna.unknowns().iter().map(|_| 2.0 * random.uniform() - 1.0).collect();
        let inputs = Sources::all(&circuit).dc().to_vec();
        let mut eval = Eval::for_system(&mna);
        mna.jacobian(&point, &inputs, 0.0, &mut eval);
        let matrix = eval.df.iter().zip(&eval.dq).map(|(f, q)| f + q / STEP).collect();
        Self { name, text, netlist, circuit, mna, point, inputs, matrix }
    }

    fn all() -> Vec<Self> {
        let network = Network::random(100, 1.0);
        vec![
            Self::of("network-100", network::deck(&network, Encoding::Amplifiers, "")),
            Self::of("grid-50x50", Grid::random(50).transient()),
        ]
    }

    fn symbolic(&self) -> Symbolic {
        Symbolic::analyse_values(self.mna.pattern(), &self.matrix).unwrap()
    }

    fn factored(&self) -> SparseLu<f64> {
        let mut lu = SparseLu::new(self.symbolic());
        lu.factor(&self.matrix).unwrap();
        lu
    }
}

/// One group of benches: the same job on every subject.
fn group(
    criterion: &mut Criterion,
    subjects: &[Subject],
    name: &str,
    job: &mut dyn FnMut(&Subject, &mut criterion::Bencher<'_>),
) {
    let mut group = criterion.benchmark_group(name);
    for subject in subjects {
        group.bench_function(subject.name, |bencher| job(subject, bencher));
    }
    group.finish();
}

fn texts(criterion: &mut Criterion) {
    let subjects = &Subject::all();
    group(criterion, subjects, "tokenise", &mut |subject, bencher| {
        bencher.iter(|| parse("deck.cir", black_box(&subject.text), &NoSources));
    });
    group(criterion, subjects, "elaborate", &mut |subject, bencher| {
        bencher.iter(|| elaborate(black_box(&subject.netlist)));
    });
}

fn matrices(criterion: &mut Criterion) {
    let subjects = &Subject::all();
    group(criterion, subjects, "pattern", &mut |subject, bencher| {
        bencher.iter(|| black_box(subject).symbolic());
    });
    group(criterion, subjects, "stamp", &mut |subject, bencher| {
        let mut eval = Eval::for_system(&subject.mna);
        bencher.iter(|| {
            let (point, inputs) = (black_box(&subject.point), &subject.inputs);
            subject.mna.residual(point, inputs, 0.0, &mut eval);
            subject.mna.jacobian(point, inputs, 0.0, &mut eval);
        });
    });
    group(criterion, subjects, "factor", &mut |subject, bencher| {
        let mut lu = SparseLu::new(subject.symbolic());
        bencher.iter(|| lu.factor(black_box(&subject.matrix)).unwrap());
    });
    group(criterion, subjects, "refactor", &mut |subject, bencher| {
        let mut lu = subject.factored();
        bencher.iter(|| lu.refactor(black_box(&subject.matrix)).unwrap());
    });
    group(criterion, subjects, "solve", &mut |subject, bencher| {
        let (lu, mut room) = (subject.factored(), Workspace::new(subject.point.len()));
        let mut x = subject.point.clone();
        bencher.iter(|| {
            x.copy_from_slice(black_box(&subject.point));
            lu.solve(&mut x, &mut room);
        });
    });
}

fn normal_forms(criterion: &mut Criterion) {
    // A grid has no business there: its normal form is full.
    let subjects = &Subject::all()[..1];
    group(criterion, subjects, "reduce", &mut |subject, bencher| {
        bencher.iter(|| reduce(black_box(&subject.circuit)).unwrap());
    });
    group(criterion, subjects, "step", &mut |subject, bencher| {
        let (found, sources) =
            (reduce(&subject.circuit).unwrap(), Sources::varying(&subject.circuit));
        let (initial, options) = (vec![0.0; found.states.len()], Options::with_tolerance(1e-6));
        let times = [0.0, network::STOP];
        bencher.iter(|| integrate(&found.lure, &sources, black_box(&initial), &times, &options));
    });
}

criterion_group!(parts, texts, matrices, normal_forms);
criterion_main!(parts);
