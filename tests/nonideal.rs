//! Parts that are not ideal: each against the circuit that has it, and against what was
//! measured elsewhere.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may stop, and it reads files"
)]

mod common;

use analogon::{
    equiv::tolerance::{Distribution, Model, Study, ToleranceOptions, ToleranceReport},
    rnn::{
        Activation, Form, Rnn,
        format::{LoadOptions, load},
    },
    simulate::{AnalysisResult, SimulationOptions, carry_out, to_the_end},
    task::{self, Answer, Pulse, StimulusSet, Trial},
    units::Series,
};
use common::{bench::Bench, document::repository, draws::nodal, nets::difference, random};

/// The network of `make_random.py` with that number of units.
fn network(units: usize) -> Rnn {
    let name = format!("tests/fixtures/networks/random_n{units}.safetensors");
    let bytes = std::fs::read(repository(&name)).unwrap();
    load(&name, &bytes, &LoadOptions::default()).unwrap().network
}

/// Two channels of pulses over five time constants, with edges of a hundredth.
fn pulses() -> StimulusSet {
    let mut parts = task::seeded_pulses(2, 1, 1, 30).into_parts();
    let pulse =
        |channel, onset, width, amplitude| Pulse { channel, onset, width, amplitude, hann: None };
    let pulses = vec![pulse(0, 0.5, 1.5, 1.0), pulse(1, 1.0, 0.5, 0.8), pulse(1, 3.0, 1.0, -0.7)];
    let answers: Vec<Answer> = Vec::new();
    parts.trials = vec![Trial {
        name: "pulses".to_owned(),
        duration: None,
        pulses,
        levels: None,
        noise: None,
        answers,
    }];
    (parts.duration, parts.edge) = (5.0, 0.01);
    StimulusSet::new(parts).unwrap()
}

fn study(units: usize, options: &ToleranceOptions) -> ToleranceReport {
    let (network, stimuli) = (network(units), pulses());
    Study::new(&network, None, &stimuli, options).unwrap().run(&|_| {}).unwrap()
}

/// Components without errors of their own.
fn exact() -> ToleranceOptions {
    ToleranceOptions { tolerance: 0.0, draws: 1, ..ToleranceOptions::default() }
}

/// Everything that a deck of a draw can have.
fn all_parts() -> ToleranceOptions {
    ToleranceOptions {
        tolerance: 0.02,
        offset: 2e-3,
        bias_current: 1e-7,
        gain: Some(1e4),
        gbw: Some(1e6),
        slew: Some(1e5),
        output_resistance: 50.0,
        rails: Some(0.8),
        wire: 1.0,
        celsius: 45.0,
        drift: 1e-4,
        ..exact()
    }
}

/// The measured rows: largest deviation of any unit over five time constants.
#[test]
fn preferred_values_move_as_was_measured() {
    for (series, measured) in [(Series::E24, 4.7e-2), (Series::E96, 1.6e-2), (Series::E192, 6e-3)] {
        let found = study(100, &ToleranceOptions { series: Some(series), ..exact() });
        let off = found.nominal_deviation;
        assert!((off / measured - 1.0).abs() < 0.05, "{series:?}: {off}");
    }
}

/// Measured was 1.2e-4 with a finite gain of the summing op-amps alone, which divides all
/// that enters a unit by `1 + n/A`. Here inverters have that gain as well, and every
/// positive weight loses 2/A more: 1.34e-4, which is what that comes to in the network.
#[test]
fn a_finite_gain_moves_as_was_measured() {
    let (gain, measured) = (1e5, 1.2e-4);
    let (whole, stimuli) = (network(100), pulses());
    let scaled = |inverters: bool| {
        let mut parts = whole.parts().clone();
        let inverter = |w: f64| if inverters && w > 0.0 { w / (1.0 + 2.0 / gain) } else { w };
        for i in 0..100 {
            let sum = parts.recurrent.row(i).lp_norm(1) + parts.input.row(i).lp_norm(1);
            let sum = if inverters { sum + parts.bias[i].abs() } else { sum };
            let kept = 1.0 / (1.0 + (1.0 + sum) / gain);
            parts.recurrent.row_mut(i).apply(|w| *w = kept * inverter(*w));
            parts.input.row_mut(i).apply(|w| *w = kept * inverter(*w));
            parts.bias[i] *= kept;
        }
        let moved = Rnn::new(parts).unwrap();
        let run = |network: &Rnn| {
            let study = Study::new(network, None, &stimuli, &exact()).unwrap();
            study.ideal()[0].outputs.clone()
        };
        difference(&run(&whole), &run(&moved))
    };
    let summing = scaled(false);
    assert!((summing / measured - 1.0).abs() < 0.05, "{summing}");
    let found = study(100, &ToleranceOptions { gain: Some(gain), ..exact() }).nominal_deviation;
    assert!((found / scaled(true) - 1.0).abs() < 1e-3, "{found} {}", scaled(true));
    assert!(found > 1.05 * summing && found < 1.25 * summing, "{found} {summing}");
}

/// Medians of 200 draws; the measured ones are those of five.
#[test]
fn errors_move_as_was_measured() {
    let weights = |tolerance| ToleranceOptions {
        model: Model::Weights,
        tolerance,
        draws: 200,
        ..ToleranceOptions::default()
    };
    // A standard deviation of 1 mV.
    let offset = ToleranceOptions {
        offset: 3e-3,
        distribution: Distribution::Normal,
        draws: 200,
        ..exact()
    };
    for (options, measured) in
        [(weights(0.05), 5e-2), (weights(0.01), 1.1e-2), (weights(0.001), 1e-3), (offset, 4e-2)]
    {
        let found = study(100, &options).deviation.median;
        assert!(found < 2.0 * measured && found > 0.5 * measured, "{found} {measured}");
    }
}

/// Measured with ngspice, where the summing op-amps alone had the bandwidth.
#[test]
fn a_bandwidth_moves_as_was_measured() {
    for (units, measured) in [(10, 1.5e-3), (20, 1.8e-3), (50, 2.9e-3), (100, 4.4e-3)] {
        let options = ToleranceOptions { gbw: Some(1e6), ..exact() };
        let found = study(units, &options).nominal_deviation;
        assert!((found / measured - 1.0).abs() < 0.1, "{units}: {found} {measured}");
    }
}

/// A network, a stimulus, and what the deck without errors does.
struct Bare {
    network: Rnn,
    stimuli: StimulusSet,
    wanted: Vec<Vec<f64>>,
}

impl Bare {
    fn new(form: Form) -> Self {
        let stimuli = task::seeded_pulses(2, 7, 1, 30);
        let network = random::network(form, Activation::Tanh, 5, 11);
        let ideal = Study::new(&network, None, &stimuli, &exact()).unwrap();
        let deck = ideal.deck(0, 0, "ideal").unwrap();
        let wanted = nodal(&deck, &ideal.ideal()[0].times);
        Self { network, stimuli, wanted }
    }

    /// By how much a part moves the outputs, and how far the reduced form and the deck of
    /// the draw are from each other.
    fn moved(&self, options: &ToleranceOptions) -> (f64, f64) {
        let study = Study::new(&self.network, None, &self.stimuli, options).unwrap();
        let reduced = study.outputs(3).remove(0);
        let found = nodal(&study.deck(3, 0, "a draw").unwrap(), &reduced.times);
        let ideal = &study.ideal()[0].outputs;
        let (mut most, mut wrong) = (0.0, 0.0);
        // Op-amps start at 0 V, and what is read then is not settled.
        let rows = found.iter().zip(&self.wanted).zip(reduced.outputs.iter().zip(ideal)).skip(1);
        for ((found, wanted), (drawn, ideal)) in rows {
            for ((f, w), (d, i)) in found.iter().zip(wanted).zip(drawn.iter().zip(ideal)) {
                let (moved, said) = (f - w, d - i);
                most = if moved.abs() > most { moved.abs() } else { most };
                let error: f64 = (said - moved).abs();
                wrong = if error > wrong { error } else { wrong };
            }
        }
        (most, wrong)
    }
}

/// Each part alone, and all of them, against nodal analysis of the deck, as a share of what
/// the part does. Offsets, bias currents, gains and temperatures are exact; output
/// resistances, wires and bandwidths are of first order; what lags or clips is integrated
/// by a rule of order 2.
#[test]
fn a_part_is_what_its_circuit_has() {
    let base = exact();
    let cases = [
        ("offset", 1e-4, ToleranceOptions { offset: 5e-3, ..base }),
        ("bias current", 1e-4, ToleranceOptions { bias_current: 1e-6, ..base }),
        ("gain", 1e-4, ToleranceOptions { gain: Some(500.0), ..base }),
        (
            "output resistance",
            6e-3,
            ToleranceOptions { output_resistance: 100.0, gain: Some(1e3), ..base },
        ),
        ("wire", 0.1, ToleranceOptions { wire: 5.0, ..base }),
        ("temperature", 1e-4, ToleranceOptions { celsius: 60.0, drift: 2e-4, ..base }),
        ("bandwidth", 0.05, ToleranceOptions { gbw: Some(3e5), ..base }),
        ("slew rate", 0.06, ToleranceOptions { gbw: Some(1e6), slew: Some(2e3), ..base }),
        ("rails", 0.03, ToleranceOptions { gain: Some(1e4), rails: Some(0.4), ..base }),
        ("all", 0.03, ToleranceOptions { sigma: 0.02, ..all_parts() }),
    ];
    for form in [Form::A, Form::B] {
        let bare = Bare::new(form);
        for (name, share, options) in &cases {
            let (most, wrong) = bare.moved(options);
            assert!(most > 2e-3, "{form:?} {name} does nothing: {most}");
            assert!(wrong <= share * most, "{form:?} {name}: {most} {wrong}");
        }
    }
}

/// With twice the wire what the first order leaves out is four times as large.
#[test]
fn what_is_left_out_of_wires_is_of_second_order() {
    let base = exact();
    let wires = [20.0, 40.0].map(|wire| ToleranceOptions { wire, ..base });
    let bare = Bare::new(Form::A);
    let [(_, small), (_, large)] = wires.map(|options| bare.moved(&options));
    assert!(large > 3.2 * small && large < 4.5 * small, "{small} {large}");
}

/// A long trial without input, and the circuit at rest: what `.noise` adds up over all
/// frequencies in the deck of the network, at the node of every unit. The noise of an
/// op-amp is there that of a resistor at its other input.
#[test]
fn noise_is_that_of_the_circuit() {
    let own = 30e-9_f64;
    let (boltzmann, kelvin) = (1.380_649e-23, 300.15);
    let options = ToleranceOptions { gain: Some(1e7), noise: Some(own), ..exact() };
    let mut set = task::seeded_pulses(2, 7, 1, 60).into_parts();
    set.outputs.clear();
    set.trials[0].pulses.clear();
    set.trials[0].answers.clear();
    let stimuli = StimulusSet::new(set).unwrap();
    for form in [Form::A, Form::B] {
        let mut parts = random::network(form, Activation::Tanh, 5, 12).parts().clone();
        parts.recurrent *= 0.6;
        parts.readout.weights = parts.readout.weights.remove_rows(0, 2);
        parts.readout.bias = parts.readout.bias.remove_rows(0, 2);
        let network = Rnn::new(parts).unwrap();
        let study = Study::new(&network, None, &stimuli, &options).unwrap();
        let found = study.noise().unwrap();
        let deck = study.deck(0, 0, "noise").unwrap();
        let ohms = own * own / (4.0 * boltzmann * kelvin);
        let noisy = format!("Vos ref n {{os}}\nRn n 0 {ohms:e}");
        let deck = deck.replace("Vos ref 0 {os}", &noisy);
        let read = if form == Form::A { 'h' } else { 'p' };
        for (unit, &rms) in found.rms[0].iter().enumerate() {
            let cards = format!(".noise v({read}{}) Vx1 dec 40 1m 1meg\n.end\n", unit + 1);
            let kept = deck.lines().filter(|line| !line.starts_with(".tran") && *line != ".end");
            let deck: String = kept.map(|line| format!("{line}\n")).chain([cards]).collect();
            let options = SimulationOptions::default();
            let outcome = carry_out(&common::circuit(&deck), &options, &mut to_the_end);
            let outcome = outcome.unwrap().analyses;
            let Some(AnalysisResult::Noise(wanted)) = outcome.first() else { panic!() };
            let wanted = wanted.output_total;
            assert!((rms / wanted - 1.0).abs() < 5e-3, "{form:?} {unit}: {rms} {wanted}");
        }
    }
}

/// A draw with everything is a deck that ngspice reads, and it sees the same.
#[test]
fn ngspice_runs_a_draw() {
    if !common::has_ngspice() {
        return;
    }
    let options = all_parts();
    let stimuli = task::seeded_pulses(2, 7, 1, 30);
    let network = random::network(Form::A, Activation::Tanh, 5, 11);
    let study = Study::new(&network, None, &stimuli, &options).unwrap();
    let reduced = study.outputs(3).remove(0);
    let deck = study.deck(3, 0, "a draw").unwrap();
    let theirs = common::ngspice(&deck)[0].to_waveform().unwrap();
    for (o, name) in ["v(y1)", "v(y2)"].into_iter().enumerate() {
        for (time, outputs) in reduced.times.iter().zip(&reduced.outputs).skip(1) {
            // The last point is the end, but for rounding.
            let found = theirs.value_at(name, 1e-3 * time * (1.0 - 1e-9)).unwrap();
            let wrong = (found - outputs[o]).abs();
            assert!(wrong < 2e-3, "{name} at {time}: {found} {}", outputs[o]);
        }
    }
}

#[test]
fn the_command_knows_all_parts() {
    let bench = Bench::new();
    let xor = repository("examples/xor_n16.safetensors");
    let base = ["tolerance", xor.to_str().unwrap(), "--task", "xor", "--draws", "4"];
    let parts = "--bias-current 100n --gbw 10meg --slew 5meg --rails 10 --output-resistance 50 \
                 --wire 10m --temperature 30 --drift 50u --noise 10n --plot p.svg";
    let parts: Vec<&str> = parts.split_whitespace().collect();
    let out = bench.good(&[&base[..], &parts].concat());
    for said in [
        "bias current 100 nA",
        "open-loop gain 100000",
        "gain-bandwidth product 10 MHz",
        "slew rate 5 MV/s",
        "output resistance 50 ohm",
        "rails of 10 V",
        "wires of 10 mohm",
        "30 degrees Celsius; drift 50 ppm/K",
        "noise       rms at most",
        "grows from an unstable point in trial 1",
        "as bought",
        "written: p.svg",
    ] {
        assert!(out.contains(said), "`{said}` is not in\n{out}");
    }
    let picture = std::fs::read_to_string(bench.path("p.svg")).unwrap();
    assert!(picture.starts_with("<svg") && picture.contains("draws that pass"), "{picture}");
    for (more, said) in [
        (&["--gbw", "0"][..], "gain-bandwidth product is 0"),
        (&["--slew=-1"], "slew rate is -1"),
        (&["--rails", "nan"], "nan"),
        (&["--wire=-1"], "wire resistance is -1"),
        (&["--bias-current=-1n"], "bias current is"),
        (&["--output-resistance=-1"], "output resistance is -1"),
        (&["--temperature", "-300"], "above -273.15"),
        (&["--temperature", "60", "--drift", "0.1"], "less than 1 in all"),
        (&["--noise=-1"], "noise is -1"),
        (&["--time", "map", "--gbw", "1meg"], "a map has none"),
        (&["--model", "weights", "--wire", "1"], "means nothing to weights"),
        (&["--open", "--least", "50%"], "cannot be used"),
        (&["--plot", "p.txt"], "p.txt"),
    ] {
        bench.refused(&[&base[..], more].concat(), &[said]);
    }
}

/// More open, fewer left; with none open nothing moves; and the threshold that is named
/// keeps what the next larger weight changes.
#[test]
fn small_weights_may_be_open() {
    let bench = Bench::new();
    let xor = repository("examples/xor_n16.safetensors");
    let base = ["tolerance", xor.to_str().unwrap(), "--task", "xor", "--open", "--json"];
    for model in ["circuit", "weights"] {
        let found = bench.json(&[&base[..], &["--model", model]].concat(), 0);
        let steps = found["steps"].as_array().unwrap();
        assert_eq!(steps[0]["left"], found["weights"]);
        assert!(steps[0]["deviation"].as_f64().unwrap() < 1e-12);
        assert_eq!((&found["judged"], &steps[0]["right"]), (&4.into(), &4.into()));
        let all = |key: &str| steps.iter().map(|s| s[key].as_f64().unwrap()).collect::<Vec<_>>();
        assert!(all("threshold").windows(2).all(|pair| pair[0] < pair[1]));
        assert!(all("left").windows(2).all(|pair| pair[0] > pair[1]));
        let largest = &found["largest"];
        assert_eq!(largest["right"], 4);
        let bad = steps.iter().find(|step| step["right"] != 4).unwrap();
        assert!(largest["left"].as_u64() > bad["left"].as_u64());
        // The largest resistor is that of the smallest weight that is left.
        if model == "circuit" {
            let product =
                largest["ohms"].as_f64().unwrap() * largest["threshold"].as_f64().unwrap();
            assert!((product / 1e4 - 1.0).abs() < 1e-9, "{product}");
        }
    }
    bench.refused(&["tolerance", "d.cir", "--open"], &["d.cir"]);
}
