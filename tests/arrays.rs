//! An array is the resistors or sources that it stands for, in every analysis.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test may stop, say what it skips, and read files"
)]

mod common;

use std::io::Cursor;

use analogon::{
    circuit::Circuit,
    dae::{Coefficient, Dae, Eval, Lure},
    diag::{self, NoSources, Sources},
    elaborate::elaborate,
    equiv::{
        ArrayDeck, Realisation, Scales, Subject, SynthesisOptions, VerifyOptions, compare, extract,
        synthesise, synthesise_arrays, verify,
    },
    mna::{Mna, reduce},
    netlist::{self, Netlist, has_arrays, print, without_arrays},
    rnn::{Activation, Form, Rnn},
    simulate::{AnalysisResult, SimulationOptions, simulate, to_the_end},
    task::{StimulusSet, seeded_pulses},
    wave::{Array, NpyArray, write_npz, write_npz_stored},
};
use common::{
    circuits::{KINDS, NODES, Spec, grounded, lines, specs},
    nets::Random,
};
use proptest::prelude::*;

/// The files of a deck: one, whatever it is called.
struct File(Vec<u8>);

impl Sources for File {
    fn read(&self, _name: &str, _from: &str) -> Result<Vec<u8>, String> {
        Ok(self.0.clone())
    }
}

fn file(matrices: &[(String, Array)]) -> File {
    File(write_npz(Cursor::new(Vec::new()), matrices).unwrap().into_inner())
}

fn matrix(name: &str, columns: usize, data: Vec<f64>) -> (String, Array) {
    let shape = vec![data.len() / columns, columns];
    (name.to_owned(), Array::Numbers(NpyArray { shape, data }))
}

fn netlist(deck: &str, files: &dyn Sources) -> Netlist {
    let parsed = netlist::parse("deck.cir", deck, files);
    let told = diag::render(&parsed.map, &parsed.diagnostics);
    assert!(!diag::has_errors(&parsed.diagnostics), "{told}");
    parsed.netlist
}

/// The deck of an array circuit, and that of its resistors and sources, as text.
fn plain(deck: &str, files: &dyn Sources) -> String {
    let netlist = netlist(deck, files);
    assert!(has_arrays(&netlist));
    let plain = without_arrays(&netlist).unwrap();
    assert!(!has_arrays(&plain));
    print(&plain)
}

/// The circuit of a deck with arrays, and that of the same deck without.
fn both(deck: &str, files: &dyn Sources) -> [Circuit; 2] {
    let with = elaborate(&netlist(deck, files)).unwrap();
    let without = elaborate(&netlist(&plain(deck, files), &NoSources)).unwrap();
    [with, without]
}

/// The largest difference of any coefficient of two normal forms, over the largest
/// coefficient of its matrix.
fn distance(a: &Lure, b: &Lure) -> f64 {
    assert_eq!(a.parts().states, b.parts().states);
    assert_eq!(a.parts().outputs, b.parts().outputs);
    let mut worst = 0.0;
    let mut note = |a: &[f64], b: &[f64]| {
        let size =
            a.iter().chain(b).fold(1e-300, |m: f64, x| if x.abs() > m { x.abs() } else { m });
        for (x, y) in a.iter().zip(b) {
            let found = (x - y).abs() / size;
            worst = if found <= worst { worst } else { found };
        }
    };
    for coefficient in Coefficient::MATRICES {
        let [a, b] = [a, b].map(|l| l.matrix(coefficient).to_dense().into_raw_vec_and_offset().0);
        note(&a, &b);
    }
    for coefficient in Coefficient::CONSTANTS {
        note(a.constant(coefficient), b.constant(coefficient));
    }
    worst
}

/// f of a circuit at a point that has nothing to do with it.
fn residual(circuit: &Circuit) -> Vec<f64> {
    let mna = Mna::compile(circuit);
    let mut random = Random(7);
    let x: Vec<f64> = (0..mna.unknowns().len()).map(|_| random.next()).collect();
    let mut eval = Eval::for_system(&mna);
    mna.residual(&x, &vec![0.3; mna.inputs().len()], 0.1, &mut eval);
    eval.f
}

/// A random array: form, nodes of rows and columns, entries and gain.
type ArraySpec = (bool, [usize; NODES], [usize; NODES], usize, Vec<f64>, f64);

fn arrays() -> impl Strategy<Value = Vec<ArraySpec>> {
    let order = || Just([0, 1, 2, 3]).prop_shuffle();
    let entry = prop_oneof![Just(0.0), -0.5..0.5f64];
    let entries = prop::collection::vec(entry, NODES * NODES);
    let one = (any::<bool>(), order(), order(), 1..NODES, entries, 0.2..1.0f64);
    prop::collection::vec(one, 1..4)
}

/// Cards of arrays between the nodes of a random circuit, and their matrices. Each has
/// less of a gain than the resistors to ground, so that the circuit is regular.
fn cards(arrays: &[ArraySpec]) -> (Vec<String>, Vec<(String, Array)>) {
    let mut cards = Vec::new();
    let mut matrices = Vec::new();
    for (at, (is_source, rows, columns, count, entries, gain)) in arrays.iter().enumerate() {
        let list = |nodes: &[usize]| {
            let names: Vec<String> = nodes.iter().map(|node| format!("n{node}")).collect();
            format!("({})", names.join(" "))
        };
        let (rows, columns) = (&rows[..*count], &columns[..NODES - 1]);
        let inverted: Vec<usize> = columns.iter().map(|node| (node + 1) % NODES).collect();
        let (form, rest) = match is_source {
            true => ("vccs", String::new()),
            false => ("resistors", format!(" inverted={}", list(&inverted))),
        };
        let gain = if *is_source { gain * 0.1 } else { *gain };
        cards.push(format!(
            "Y{at} {form} rows={} columns={}{rest} file=w.npz array=w{at} gain={gain}",
            list(rows),
            list(columns)
        ));
        let data = entries[..rows.len() * columns.len()].to_vec();
        matrices.push(matrix(&format!("w{at}"), columns.len(), data));
    }
    (cards, matrices)
}

fn random_deck(specs: &[Spec], arrays: &[ArraySpec]) -> (String, File) {
    let (mut cards, matrices) = cards(arrays);
    // A state that drives arrays and is driven by them, beside what is random.
    cards.push("Cx n1 0 0.3".to_owned());
    let base: Vec<String> = grounded().into_iter().chain(cards).collect();
    (format!("random\n{}\n.op\n", lines(&base, specs).join("\n")), file(&matrices))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_circuits_with_arrays_are_those_of_their_parts(
        specs in specs(KINDS, 0..6),
        arrays in arrays(),
    ) {
        let (deck, files) = random_deck(&specs, &arrays);
        let [with, without] = both(&deck, &files);
        for (a, b) in residual(&with).iter().zip(&residual(&without)) {
            prop_assert!((a - b).abs() <= 1e-12 * (1.0 + a.abs()), "{a} {b}");
        }
        match (reduce(&with), reduce(&without)) {
            (Ok(a), Ok(b)) => {
                let found = distance(&a.lure, &b.lure);
                prop_assert!(found <= 1e-8, "{found:e}\n{deck}");
            }
            (Err(_), Err(_)) => {}
            (a, b) => prop_assert!(false, "{:?} {:?}", a.is_ok(), b.is_ok()),
        }
        let apart = with.without_arrays().unwrap();
        let (a, b) = (residual(&apart), residual(&without));
        for (a, b) in a.iter().zip(&b) {
            prop_assert!((a - b).abs() <= 1e-12 * (1.0 + a.abs()), "{a} {b}");
        }
        // What is printed is the same netlist, with the same files.
        let netlist = netlist(&deck, &files);
        let again = netlist::parse("printed", print(&netlist), &files);
        prop_assert_eq!(print(&again.netlist), print(&netlist));
        prop_assert!(again.diagnostics.is_empty());
    }
}

/// Arrays whose columns hang on the rows of others, driven, in a row and in a circle.
const CHAINS: &str = "chains
.param g=0.4
B1 d1 0 V=tanh(v(h1))
B2 d2 0 I=sin(v(h2))
Rd d2 0 1.3
C1 h1 0 0.5 ic=0.3
C2 h2 0 0.7
C3 h3 0 1.1 ic=-0.2
V1 in 0 SIN(0 1 0.2) AC 1
V2 rail 0 0.5
Ra a1 0 1
Rb a2 0 2
Rc c1 0 0.8
Rd2 c2 0 1.7
* from driven nodes to loaded ones, which lead to states
Y1 vccs rows=a{1..2} columns=(h1 d1 in) file=w.npz array=w23 gain=-1
Y2 vccs rows=(h1 h2 c1) columns=(a1 a2 rail) file=w.npz array=w33 gain={g}
Y3 resistors rows=(h2 c2) columns=(c1 h3 in) inverted=(rail d1 h1) file=w.npz array=w23
.save v(a1) v(c1) v(c2) v(h3) i(V1)
";

fn chains() -> (String, File) {
    let mut random = Random(3);
    let mut data = |count: usize| (0..count).map(|_| random.next()).collect::<Vec<f64>>();
    let matrices = [matrix("w23", 3, data(6)), matrix("w33", 3, data(9))];
    (CHAINS.to_owned(), file(&matrices))
}

#[test]
fn chains_of_arrays_reduce_as_their_parts_do() {
    let (deck, files) = chains();
    let circle = "Y4 vccs rows=c{1..2} columns=a{1..2} file=w.npz array=w22 gain=0.1\n\
                  Y5 vccs rows=a{1..2} columns=c{1..2} file=w.npz array=w22 gain=0.2\n";
    let mut with_circle = [matrix("w22", 2, vec![1.0, -0.5, 0.25, 0.0])].to_vec();
    let mut random = Random(3);
    let mut data = |count: usize| (0..count).map(|_| random.next()).collect::<Vec<f64>>();
    with_circle.extend([matrix("w23", 3, data(6)), matrix("w33", 3, data(9))]);
    let circular = (format!("{deck}{circle}"), file(&with_circle));
    for (deck, files) in [(deck, files), circular] {
        let [with, without] = both(&deck, &files);
        let found = distance(&reduce(&with).unwrap().lure, &reduce(&without).unwrap().lure);
        eprintln!("coefficients differ by {found:.1e}");
        assert!(found < 1e-13, "{found:e}");
    }
}

/// The numbers of a result.
fn numbers(result: &AnalysisResult) -> Vec<f64> {
    let wave = |wave: &analogon::wave::Waveform| -> Vec<f64> {
        wave.signals().iter().flat_map(|signal| signal.values.clone()).collect()
    };
    match result {
        AnalysisResult::OperatingPoint(found) => found.readings.iter().map(|r| r.value).collect(),
        AnalysisResult::Transient(found) => wave(&found.waveform),
        AnalysisResult::Sweep(found) => wave(&found.waveform),
        AnalysisResult::Ac(found) => {
            let signals = found.spectrum.signals().iter();
            signals.flat_map(|s| s.values.iter().flat_map(|v| [v.re, v.im])).collect()
        }
        AnalysisResult::Noise(found) => {
            wave(&found.waveform).into_iter().chain([found.output_total]).collect()
        }
        AnalysisResult::Transfer(found) => {
            vec![found.gain, found.input_resistance, found.output_resistance]
        }
        AnalysisResult::PolesZeros(found) => {
            found.poles.iter().flatten().flat_map(|pole| [pole.re, pole.im]).collect()
        }
        AnalysisResult::Sensitivity(found) => {
            // Without names: crossings are called differently.
            let mut all: Vec<f64> = found.entries.iter().map(|e| e.derivative).collect();
            all.sort_by(f64::total_cmp);
            all
        }
    }
}

#[test]
fn every_analysis_finds_what_it_finds_of_the_parts() {
    let (deck, files) = chains();
    let analyses = ".op\n.tran 10m 2 uic\n.tran 10m 1\n.dc V2 0 1 0.25\n.ac dec 3 0.01 10\n\
        .noise v(c1) V1 dec 3 0.01 10\n.tf v(c2) V1\n.pz in 0 c1 0 vol pol\n.sens v(c1)\n";
    let [with, without] = both(&format!("{deck}{analyses}"), &files);
    let options = SimulationOptions::default();
    let found = simulate(&with, &options, &mut to_the_end).unwrap();
    let expected = simulate(&without, &options, &mut to_the_end).unwrap();
    assert_eq!((found.len(), expected.len()), (9, 9));
    for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
        let (found, expected) = (numbers(found), numbers(expected));
        assert_eq!(found.len(), expected.len());
        assert!(!found.is_empty());
        let size = expected.iter().fold(0.0, |m: f64, x| if x.abs() > m { x.abs() } else { m });
        assert!(size > 0.0);
        for (a, b) in found.iter().zip(&expected) {
            assert!((a - b).abs() <= 1e-9 * size, "analysis {at}: {a} {b}");
        }
    }
}

fn written(network: &Rnn, stimuli: &StimulusSet, realisation: Realisation) -> ArrayDeck {
    let options = SynthesisOptions { realisation, ..SynthesisOptions::default() };
    synthesise_arrays(network, &stimuli.stimulus(0), &options, "w.npz").unwrap()
}

#[test]
fn a_network_as_arrays_is_read_back() {
    let stimuli = seeded_pulses(2, 7, 2, 20);
    for form in [Form::A, Form::B] {
        for (seed, activation) in Activation::ALL.into_iter().enumerate() {
            let network = common::random::network(form, activation, 6, 300 + seed as u64);
            for (realisation, bound) in [(Realisation::Ideal, 1e-12), (Realisation::Opamp, 1e-9)] {
                let ArrayDeck { deck, matrices } = written(&network, &stimuli, realisation);
                assert_eq!(matrices.len(), 3, "{deck}");
                let circuit = elaborate(&netlist(&deck, &file(&matrices))).unwrap();
                let options = SynthesisOptions { realisation, ..SynthesisOptions::default() };
                let cards = synthesise(&network, &stimuli.stimulus(0), &options).unwrap();
                let lures = [&circuit, &common::circuit(&cards)].map(|c| reduce(c).unwrap().lure);
                assert!(distance(&lures[0], &lures[1]) <= bound, "{deck}");
                let scales = Scales::from_params(&circuit.parts().params);
                if activation == Activation::Linear {
                    continue;
                }
                let extracted = extract(&lures[0], &scales).unwrap();
                let structure = compare(&network, &extracted, 1e-9).unwrap();
                assert!(structure.holds && structure.max_relative <= bound, "{structure:?}");
            }
        }
    }
}

#[test]
fn a_network_as_arrays_is_verified_on_both_paths() {
    let stimuli = seeded_pulses(2, 7, 2, 20);
    for form in [Form::A, Form::B] {
        let network = common::random::network(form, Activation::Tanh, 5, 11);
        for realisation in [Realisation::Ideal, Realisation::Opamp] {
            let ArrayDeck { deck, matrices } = written(&network, &stimuli, realisation);
            let circuit = elaborate(&netlist(&deck, &file(&matrices))).unwrap();
            for path in [analogon::equiv::Path::Reduced, analogon::equiv::Path::Mna] {
                let subject = Subject {
                    network: &network,
                    trained_step: None,
                    circuit: &circuit,
                    stimuli: &stimuli,
                };
                let options = VerifyOptions { path, ..VerifyOptions::default() };
                let report = verify(&subject, &options, &|_| {}).unwrap();
                assert!(report.equivalent, "{realisation}, {path:?}: {report}");
            }
        }
    }
}

#[test]
fn a_wrong_crossing_is_blamed() {
    let stimuli = seeded_pulses(2, 7, 1, 20);
    let network = common::random::network(Form::A, Activation::Tanh, 5, 12);
    let ArrayDeck { deck, mut matrices } = written(&network, &stimuli, Realisation::Opamp);
    let Array::Numbers(w) = &mut matrices[0].1 else { panic!("W has numbers") };
    let at = (5..25).find(|at| w.data[*at] != 0.0).unwrap();
    w.data[at] *= 1.1;
    let circuit = elaborate(&netlist(&deck, &file(&matrices))).unwrap();
    let subject =
        Subject { network: &network, trained_step: None, circuit: &circuit, stimuli: &stimuli };
    let report = verify(&subject, &VerifyOptions::default(), &|_| {}).unwrap();
    assert!(!report.equivalent);
    let named = format!("yw[{},{}]", at / 5 + 1, at % 5 + 1);
    assert_eq!(report.structural.blame[0].elements, [named], "{report}");
}

#[test]
fn an_array_in_a_subcircuit_has_its_own_nodes() {
    let deck = "instances
.subckt layer a b o1 o2 g=1
Y1 vccs rows=o{1..2} columns=(a b k) file=w.npz array=w23 gain={-g}
R1 k 0 1
I1 0 k 0.5
R2 o1 0 1
R3 o2 0 2
.ends
V1 x 0 1
V2 y 0 -0.5
X1 x y p q layer
X2 p q r s layer g=2
.op
";
    let (_, files) = chains();
    let [with, without] = both(deck, &files);
    let options = SimulationOptions::default();
    let [found, expected] = [&with, &without].map(|circuit| {
        let results = simulate(circuit, &options, &mut to_the_end).unwrap();
        numbers(&results[0])
    });
    assert_eq!(found.len(), 10);
    for (a, b) in found.iter().zip(&expected) {
        assert!((a - b).abs() < 1e-12, "{a} {b}");
    }
    // Nothing flows from the nodes that are only read.
    assert_eq!(expected.iter().filter(|value| value.abs() > 1e-3).count(), 8);
}

/// What is wrong with a circuit that arrays do not tie is said as of its parts.
#[test]
fn faults_of_the_topology_are_those_of_the_parts() {
    let (_, files) = chains();
    for deck in [
        "floating\nV1 a 0 1\nY1 vccs rows=x{1..2} columns=(a b c) file=w array=w23\nR1 b 0 1\nR2 c 0 1\n.op\n",
        "open\nV1 a 0 1\nR1 a 0 1\nY1 resistors rows=x{1..2} columns=y{1..3} inverted=(y2 y3 y1) file=w array=w23\n.op\n",
        "read only\nV1 a 0 1\nR1 a 0 1\nR2 x1 0 1\nR3 x2 0 1\nY1 vccs rows=x{1..2} columns=(a b c) file=w array=w23\n.op\n",
    ] {
        let say = |netlist: &Netlist| -> Vec<String> {
            let faults = elaborate(netlist).unwrap_err().into_iter();
            // Nodes come in the order of the cards.
            let words = faults.map(|fault| {
                let mut words: Vec<String> =
                    fault.message.split([' ', ',']).map(str::to_owned).collect();
                words.sort();
                words.join(" ")
            });
            words.collect()
        };
        let found = say(&netlist(deck, &files));
        let expected = say(&netlist(&plain(deck, &files), &NoSources));
        assert_eq!(found, expected, "{deck}");
    }
}

/// Sums of crossings do not cancel exactly, and must not pass for a way to ground.
#[test]
fn floating_arrays_are_refused_whatever_their_values() {
    let mut random = Random(11);
    for _ in 0..100 {
        let entries = (0..4).map(|_| 10.0_f64.powf(4.0 * random.next())).collect();
        let files = file(&[matrix("w", 2, entries)]);
        let gain = 1.5 + random.next();
        let deck = format!(
            "floating\nV1 a 0 1\nR1 a 0 1\n\
             Yw resistors rows=(q9 q4) columns=(p0 p1) inverted=(q2 q9) file=w gain={gain}\n.op\n"
        );
        assert!(elaborate(&netlist(&deck, &files)).is_err(), "{deck}");
    }
}

/// An array may have the name that the crossings of another one would have.
#[test]
fn crossings_of_two_arrays_have_names_of_their_own() {
    let files = file(&[matrix("w", 1, vec![0.5])]);
    let deck = "two\nV1 a 0 1\nRw_1_1 c 0 1\nYw resistors rows=c columns=a file=w\n\
        Yw_ resistors rows=c columns=a file=w\nYz resistors rows=c columns=a file=w gain=0\n.op\n";
    let text = plain(deck, &files);
    let circuit = elaborate(&netlist(&text, &NoSources)).unwrap();
    assert_eq!(circuit.elements().len(), 4, "{text}");
}

#[test]
fn ranges_that_would_fill_the_memory_are_refused() {
    let long = "p".repeat(5000);
    let deck = format!("t\nV1 a 0 1\nYw vccs rows={long}{{1..900000}} columns=a file=w\n.op\n");
    let parsed = netlist::parse("deck.cir", &deck, &file(&[matrix("w", 1, vec![0.5])]));
    assert!(
        parsed.diagnostics[0].message.contains("too long together"),
        "{:?}",
        parsed.diagnostics
    );
}

#[test]
fn names_that_are_taken_are_left_alone() {
    let deck = "taken\nV1 a 0 1\nRw_1_1 x1 0 1\nR2 x2 0 1\n\
        Yw resistors rows=x{1..2} columns=(a a2 a3) inverted=(0 0 0) file=w array=w23\n.op\n";
    let (_, files) = chains();
    // Ground thrice is told, so that each inverted column is another node.
    let parsed = netlist::parse("deck.cir", deck, &files);
    assert!(parsed.diagnostics[0].message.contains("twice"));
    let deck = deck.replace("(0 0 0)", "(0 a2i a3i)");
    let text = plain(&deck, &files);
    assert!(text.contains("\nrw__1_1 ") && text.contains("\nrw_1_1 x1 0 1"), "{text}");
}

#[test]
fn ngspice_agrees_on_the_deck_of_parts() {
    if !common::has_ngspice() {
        return;
    }
    let stimuli = seeded_pulses(2, 7, 1, 20);
    let network = common::random::network(Form::A, Activation::Tanh, 6, 13);
    for realisation in [Realisation::Ideal, Realisation::Opamp] {
        let ArrayDeck { deck, matrices } = written(&network, &stimuli, realisation);
        let files = file(&matrices);
        let circuit = elaborate(&netlist(&deck, &files)).unwrap();
        let results = simulate(&circuit, &SimulationOptions::default(), &mut to_the_end).unwrap();
        let AnalysisResult::Transient(own) = &results[0] else { panic!("a transient") };
        let other = common::ngspice(&plain(&deck, &files))[0].to_waveform().unwrap();
        for signal in own.waveform.signals() {
            let theirs = other.signal(&signal.name).unwrap();
            let size =
                theirs.values.iter().fold(0.0, |m: f64, v| if v.abs() > m { v.abs() } else { m });
            assert!(size > 0.1);
            let mut worst = 0.0;
            for (time, value) in other.time().iter().zip(&theirs.values) {
                let found = own.waveform.value_at(&signal.name, *time).unwrap();
                let distance = (found - value).abs();
                worst = if distance <= worst { worst } else { distance };
            }
            eprintln!("{realisation} {}: {worst:.1e} of {size:.2}", signal.name);
            assert!(worst <= 3e-3 * size, "{worst:e}");
        }
    }
}

#[test]
fn matrices_are_stored_as_they_are() {
    let matrices = [matrix("W", 2, vec![0.25, -1.0, 0.1 + 0.2, 1e-300])];
    let bytes = write_npz_stored(Cursor::new(Vec::new()), &matrices).unwrap().into_inner();
    let mut npz = analogon::wave::Npz::open(Cursor::new(bytes)).unwrap();
    assert_eq!(npz.get("W").unwrap(), matrices[0].1);
}

/// Two units in a ring, as text.
const RING: &str = "W =\n 0.5 -1.5\n 1.5 0.5\nWin =\n 1\n 0\nb = 0.1 0\nV = 1 -1\n";

#[test]
fn the_program_writes_runs_and_converts_arrays() {
    let bench = common::bench::Bench::new();
    bench.write("ring.rnn", RING);
    for kind in ["opamp", "ideal"] {
        let out = bench.good(&["synth", "ring.rnn", "--as", kind, "--arrays", "-o", "y.cir"]);
        assert!(out.contains("y.npz: the weights"), "{out}");
        bench.good(&["synth", "ring.rnn", "--as", kind, "-o", "cards.cir"]);
        bench.good(&["convert", "y.cir", "plain.cir"]);
        let verdict = bench.good(&["verify", "ring.rnn", "y.cir"]);
        assert!(verdict.contains("EQUIVALENT"), "{verdict}");
        let last = |deck: &str| -> Vec<f64> {
            bench.good(&["run", deck, "-o", "out.csv"]);
            let text = std::fs::read_to_string(bench.path("out.csv")).unwrap();
            let line = text.lines().last().unwrap();
            line.split(',').map(|value| value.parse().unwrap()).collect()
        };
        let [arrays, plain, cards] = ["y.cir", "plain.cir", "cards.cir"].map(last);
        for (at, value) in arrays.iter().enumerate() {
            assert!((value - plain[at]).abs() < 1e-9 && (value - cards[at]).abs() < 1e-9);
        }
        // What is counted and bought is the same as of cards.
        let bill = |deck: &str| {
            let text = bench.run(&["bill", deck, "--json"]).out;
            let bill: serde_json::Value = serde_json::from_str(&text).unwrap();
            bill["lines"]
                .as_array()
                .unwrap()
                .iter()
                .map(|l| l["quantity"].as_u64().unwrap())
                .sum::<u64>()
        };
        assert_eq!(bill("y.cir"), bill("cards.cir"));
    }
    bench.refused(&["synth", "ring.rnn", "--arrays"], &["--output"]);
    bench.good(&["convert", "ring.rnn", "ring.npz"]);
    bench.refused(
        &["synth", "ring.npz", "--arrays", "-o", "ring.cir"],
        &["would overwrite `ring.npz`"],
    );
}
