//! Resistors, capacitors and inductors with models, temperatures and laws.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test may stop, say what it skips, and read files"
)]

mod common;

use analogon::{
    circuit::Kind,
    simulate::{SimulationOptions, carry_out, to_the_end},
    solve::Method,
    wave::RawData,
};
use common::{circuit, solving::mna};

/// The value of an element.
fn value(deck: &str, name: &str) -> f64 {
    match circuit(deck).element(name).unwrap().1.kind {
        Kind::Resistor { resistance: value, .. }
        | Kind::Capacitor { capacitance: value, .. }
        | Kind::Inductor { inductance: value, .. } => value,
        ref other => panic!("{other:?}"),
    }
}

/// The measures of a deck, all of which succeed.
fn measures(deck: &str) -> Vec<f64> {
    let found = carry_out(&circuit(deck), &SimulationOptions::default(), &mut to_the_end).unwrap();
    found
        .measures
        .into_iter()
        .map(|m| m.value.unwrap_or_else(|e| panic!("{}: {e}", m.name)))
        .collect()
}

#[test]
fn models_and_temperatures_make_the_value() {
    let near = |cards: &str, wanted: f64| {
        let name = cards.split_whitespace().next().unwrap().to_lowercase();
        let deck = format!("t\nV1 a 0 1\nR0 a 0 1\n{cards}\n.temp 37\n.op\n");
        let found = value(&deck, &name);
        assert!((found / wanted - 1.0).abs() < 1e-12, "{cards}: {found} for {wanted}");
    };
    near("R1 a 0 1k tc1=1m tc2=10u", 1e3 * 1.011);
    near("R1 a 0 1k tc=1m,10u m=4", 1e3 * 1.011 / 4.0);
    near("R1 a 0 1k tce=2", 1e3 * 1.01_f64.powi(20));
    near("R1 a 0 1k tc1=1m temp=127 scale=2", 2e3 * 1.1);
    near("R1 a 0 R={2k} tc1=1m", 2e3 * 1.01);
    near("C1 a 0 1u tc1=1m m=3", 3e-6 * 1.01);
    near("L1 a 0 1m tc2=1m dtemp=10 m=2", 0.5e-3 * 1.4);
    near("R1 a 0 m\n.model m r(r=300 tc1=1m tnom=17)", 300.0 * 1.02);
    near("R1 a 0 1k m tc1=2m\n.model m r(r=300 tc1=1m)", 1e3 * 1.02);
    near("R1 a 0 m 1k\n.model m res(r=3 tc1=1m)", 3e3 * 1.01);
    near("R1 a 0 m l=10u w=2u\n.model m r(rsh=100 narrow=.1u short=.2u)", 100.0 * 9.6 / 1.8);
    near("R1 a 0 m l=50u\n.model m r(rsh=100 defw=5u)", 1e3);
    near(
        "C1 a 0 m l=10u w=20u\n.model m c(cj=1m cjsw=1n narrow=.1u short=.2u tc1=1m)",
        (1e-3 * 9.8e-6 * 19.9e-6 + 2e-9 * 29.7e-6) * 1.01,
    );
    near("C1 a 0 m l=1m w=1m\n.model m c(cap=2p cj=1m)", 2e-12);
    near("C1 a 0 2p m\n.model m cap(c=2)", 4e-12);
    near("L1 a 0 m\n.model m l(ind=2u tc1=1m)", 2e-6 * 1.01);
}

#[test]
fn nonsense_is_refused() {
    let faults = |cards: &str| common::faults(&format!("t\nV1 a 0 1\nR0 a 0 1\n{cards}\n.op\n"));
    for (cards, message) in [
        ("R1 a 0 m", "the model `m` is not defined"),
        (".param m=1k\nR1 a 0 m", "write `{m}` for the value of the parameter"),
        (
            "R1 a 0 m\n.model m c(cap=1)",
            "the model `m` is of type `c`, this card needs `r` or `res`",
        ),
        (
            "R1 a 0 m\n.model m r(tc1=1)",
            "neither it nor its model says `r`, or `rsh` with `l` and `w`",
        ),
        ("R1 a 0 m\n.model m r(rsh=1 kf=1)", "a model of type `r` has no parameter `kf`"),
        ("R1 a 0 m w=1u l=1u\n.model m r(rsh=1 narrow=1u)", "are left of its length and width"),
        ("R1 a 0 m\n.model m res(r=2)", "its model multiplies a value, but the card has none"),
        ("R1 a 0 m tc1=1", "the model `m` is not defined"),
        ("C1 a 0 1u q=1", "a capacitor has no parameter `q`"),
        ("C1 a 0 1u w=1 w=2", "parameter `w` is defined twice"),
        ("C1 a 0 ic=1", "missing the value of `C1`"),
        ("R1 a 0 R={v(a)} R={v(a)}", "cannot set a parameter"),
        ("R1 a 0 1k 2k", "expected"),
        ("L1 a b L={1+v(nowhere)}\nR2 b 0 1", "no element is connected to node `nowhere`"),
        ("C1 a 0 C={1+i(R0)*i(r9)}", "there is no element `r9` here"),
        ("C1 a 0 C=0", "`c1` has 0 F"),
    ] {
        let found = faults(cards);
        assert!(found.contains(message), "{cards}: {found}");
    }
}

/// The charge is a function of the voltage: after any number of rounds it is what it was.
#[test]
fn charge_is_conserved_whatever_the_law() {
    for card in [
        "C1 a1 0 C='1u*(1+v(a1)*tanh(3*v(a1)))'",
        "C1 a1 0 C='v(a1)>0.5 ? 2u : 1u'",
        "C1 a1 0 Q='1u*x*(1+0.3*x*x)'",
        "C1 a1 0 Q='1u*v(a1)*(1+v(b)*v(b))'",
    ] {
        // What leaves through the source is integrated by a capacitor of its own.
        let deck = |stop: &str| {
            format!(
                "t\nV1 a 0 SIN(0.2 2 1k)\nV2 b 0 SIN(0 1 1k 0 0 90)\nRb b 0 1\nVa a a1 0\nF1 0 sum Va 1\nC2 sum 0 1u\nR2 sum 0 1e15\n{card}\n.save v(sum)\n.tran 1u {stop} 0 5u uic\n"
            )
        };
        for method in [Method::Trapezoidal, Method::Gear2] {
            let [once, often] =
                ["1m", "7m"].map(|stop| mna(&deck(stop), 1e-6, method).last("v(sum)"));
            assert!((often - once).abs() < 1e-6, "{card} {method:?}: {once} and {often}");
        }
    }
}

/// Capacitance or inductance by the own quantity and the time.
type Law = fn(f64, f64) -> f64;

/// `i = C(v) dv/dt` of one's own voltage, of another's and of the time.
#[test]
fn capacitances_and_inductances_multiply_the_rate() {
    let w = std::f64::consts::TAU * 1e3;
    let v = |t: f64| 1.0 + (w * t).cos();
    let rate = |t: f64| -w * (w * t).sin();
    let deck = |card: &str| {
        format!(
            "t\nV1 a 0 SIN(1 1 1k 0 0 90)\nV2 b 0 SIN(1 1 1k)\nRb b 0 1\nVa a a1 0\n{card}\n.save i(va)\n.tran 1u 1m 0 1u\n"
        )
    };
    let cases: [(&str, Law); 4] = [
        ("C1 a1 0 C='1u*(1+v(a1))'", |v, _| 1e-6 * (1.0 + v)),
        ("C1 a1 0 Q='1u*(x+x*x/2)'", |v, _| 1e-6 * (1.0 + v)),
        ("C1 a1 0 C='1u*(1+v(b))'", |_, t| 1e-6 * (2.0 + (std::f64::consts::TAU * 1e3 * t).sin())),
        ("C1 a1 0 C='1u*(1+1k*time)'", |_, t| 1e-6 * (1.0 + 1e3 * t)),
    ];
    for (card, law) in cases {
        let waves = mna(&deck(card), 1e-6, Method::Trapezoidal);
        let error = waves.error("i(va)", |t| law(v(t), t) * rate(t));
        assert!(error < 1e-4 * 2e-6 * w, "{card}: {error}");
    }
    // The dual: a current drives, the voltage follows.
    for (card, law) in [
        ("L1 a 0 L='1m*(1+i(L1))'", (|i, _| 1e-3 * (1.0 + i)) as Law),
        ("L1 a 0 Flux='1m*(x+x*x/2)'", |i, _| 1e-3 * (1.0 + i)),
        ("L1 a 0 L='1m*(1+v(b))'", |_, t| 1e-3 * (2.0 + (std::f64::consts::TAU * 1e3 * t).sin())),
    ] {
        let deck = format!(
            "t\nI1 0 a SIN(1 1 1k 0 0 90)\nV2 b 0 SIN(1 1 1k)\nRb b 0 1\n{card}\nR1 a 0 1meg\n.save v(a)\n.tran 1u 1m 0 1u\n"
        );
        let waves = mna(&deck, 1e-6, Method::Trapezoidal);
        let error = waves.error("v(a)", |t| law(v(t), t) * rate(t));
        assert!(error < 1e-4 * 2e-3 * w, "{card}: {error}");
    }
}

/// Small signals see the slope of the charge at the operating point, and `ic` its start.
#[test]
fn laws_reach_every_analysis() {
    let deck = "t\nV1 a 0 2 AC 1\nR1 a b R='500+250*v(a)'\nC1 b 0 C='1u*(1+v(b))'\n.ac lin 1 100 100\n.measure ac m FIND vm(b) AT=100\n";
    let [found] = measures(deck)[..] else { panic!() };
    // R1 at rest: 1 kohm, without current; capacitance at 2 V: 3 uF.
    let rc = 1e3 * 3e-6 * std::f64::consts::TAU * 100.0;
    assert!((found - 1.0 / (1.0 + rc * rc).sqrt()).abs() < 1e-9, "{found}");
    // 2 V on 1u (v + v^2/2): 4 uC. The current of R1 is 2 mA then.
    let deck = "t\nC1 b 0 C='1u*(1+v(b))' ic=2\nR1 b 0 R='1k*(1+0*v(b))'\n.tran 1u 5m 0 5u uic\n.measure tran v0 FIND v(b) AT=0\n.measure tran q INTEG 'v(b)/1k'\n.measure tran rest FIND v(b) AT=5m\n";
    let [start, charge, rest] = measures(deck)[..] else { panic!() };
    assert!((start - 2.0).abs() < 1e-6, "{start}");
    let gone = 4e-6 - 1e-6 * (rest + rest * rest / 2.0);
    assert!((charge / gone - 1.0).abs() < 2e-3, "{charge} for {gone}");
    for (l, wanted) in [("L='1m*(1+i(l1))'", 2e-3), ("Flux='1m*(x+x*x/2)'", 2e-3)] {
        let deck = format!(
            "t\nL1 b 0 {l} ic=1\nR1 b 0 1\n.tran 1u 1u 0 10n uic\n.measure tran slope DERIV i(l1) AT=0.5u\n"
        );
        // v = -R i = L di/dt
        let [slope] = measures(&deck)[..] else { panic!() };
        assert!((slope + 1.0 / wanted).abs() < 2.0, "{l}: {slope}");
    }
}

/// Derivatives of charges and fluxes that are laws are those of differences.
#[test]
fn charges_have_their_derivatives() {
    use analogon::{
        dae::{Dae, Eval},
        mna::Mna,
    };
    let deck = "t\nV1 a 0 1\nR1 a b 1\nC1 b c C='1u*(2+sin(3*v(b,c)))'\nC2 c 0 Q='1u*x*v(a)*exp(-v(b))'\nL1 c d L='1m/(1+i(l1)*i(l1))'\nL2 d 0 Flux='1m*tanh(x)*(1+v(b)*i(l1))'\nR2 b 0 1\n.op\n";
    let system = Mna::compile(&circuit(deck));
    let size = system.unknowns().len();
    let mut eval = Eval::for_system(&system);
    for trial in 0..20 {
        let x: Vec<f64> =
            (0..size).map(|k| (1.7 * (trial * size + k) as f64).sin() * 1.5).collect();
        system.jacobian(&x, &[1.0], 0.0, &mut eval);
        let exact = eval.dq.clone();
        for column in 0..size {
            let mut charges = [1e-6, -1e-6].map(|h| {
                let mut moved = x.clone();
                moved[column] += h;
                system.residual(&moved, &[1.0], 0.0, &mut eval);
                eval.q.clone()
            });
            let (down, up) = (charges[1].clone(), std::mem::take(&mut charges[0]));
            let mut slopes = vec![0.0; size];
            for place in system.pattern().column(column) {
                slopes[system.pattern().row_indices()[place]] += exact[place];
            }
            for row in 0..size {
                let slope = (up[row] - down[row]) / 2e-6;
                assert!(
                    (slope - slopes[row]).abs() < 1e-10,
                    "{row} by {column}: {slope}, {}",
                    slopes[row]
                );
            }
        }
    }
}

/// The noise of a resistor is that of its own temperature; of the law none.
#[test]
fn a_resistor_has_the_noise_of_its_temperature() {
    let of = |params: &str| {
        let deck = format!(
            "t\nV1 a 0 0 AC 1\nR1 a b 1k {params}\nR2 b 0 1e12 \nC1 b 0 1p\n.noise v(b) V1 lin 1 1 1\n"
        );
        let circuit = circuit(&deck);
        let found =
            analogon::simulate::simulate(&circuit, &SimulationOptions::default(), &mut to_the_end);
        let analogon::simulate::AnalysisResult::Noise(found) = &found.unwrap()[0] else { panic!() };
        found.waveform.signals()[0].values[0]
    };
    let room = (4.0 * 1.380_649e-23 * 300.15 * 1e3_f64).sqrt();
    assert!((of("") / room - 1.0).abs() < 1e-6);
    assert!((of("temp=327.15") / room - (600.3_f64 / 300.15).sqrt()).abs() < 1e-6);
    assert!((of("dtemp=300.15") / room - 2.0_f64.sqrt()).abs() < 1e-6);
}

#[test]
fn ngspice_finds_the_same_at_rest() {
    if !common::has_ngspice() {
        return;
    }
    let cards = "I1 0 a 1m\nR1 a 0 rm l=10u w=2u\n.model rm r(rsh=100 narrow=0.1u short=0.2u tc1=1m tc2=1u tnom=20)\n\
        I2 0 b 1m\nR2 b 0 2k rm temp=50\nI3 0 c 1m\nR3 c 0 r3\n.model r3 r(r=500 tc1=2m)\n\
        I4 0 d 1m\nR4 d 0 1k tce=1 dtemp=10 m=2 scale=3\nI5 0 e 1m\nR5 e 0 r=1k tc1=1m tc2=2u dtemp=5\n\
        I6 0 f 1m\nR6 f 0 rm2 w=5u\n.model rm2 r(rsh=100 r=300 defw=3u)\n\
        I7 0 g 1m\nR7 g 0 rm3\n.model rm3 r(rsh=100 r=300 defw=3u)\n\
        I8 0 h 1m\nR8 h 0 R='1k*(1+v(a))' tc1=1m\n";
    let deck = format!("same\n{cards}.temp 40\n.op\n.end\n");
    let plots = common::ngspice(&deck);
    let RawData::Real(columns) = &plots[0].data else { panic!() };
    let circuit = circuit(&deck);
    let results = carry_out(&circuit, &SimulationOptions::default(), &mut to_the_end).unwrap();
    let analogon::simulate::AnalysisResult::OperatingPoint(point) = &results.analyses[0] else {
        panic!()
    };
    for name in ["v(a)", "v(b)", "v(c)", "v(d)", "v(e)", "v(f)", "v(g)", "v(h)"] {
        let at = plots[0].variables.iter().position(|v| v.name == name).unwrap();
        let ours = point.readings.iter().find(|r| r.name == name).unwrap().value;
        let theirs = columns[at][0];
        assert!((ours - theirs).abs() <= 1e-6 * theirs.abs(), "{name}: {ours} for {theirs}");
    }
}

#[test]
fn ngspice_finds_the_same_of_charges() {
    if !common::has_ngspice() {
        return;
    }
    let deck = "same\nV1 a 0 sin(1 1 1k)\nV2 b 0 sin(1 1 1k 0 0 90)\nVa a a1 0\nVb a a2 0\nVc a a3 0\nVd a a4 0\nVe a a5 0\nVf a a6 0\n\
        C1 a1 0 C='1u*(1+v(a1))'\nC2 a2 0 C='1u*(1+v(b))'\nC3 a3 0 Q='1u*v(a3)*v(b)'\nL1 a4 x L='1m*(1+i(L1))'\nRx x 0 1\n\
        L2 a5 y L='1m*(1+i(Vc)*10)'\nRy y 0 R='1+v(b)*v(b)'\nC4 a6 0 cm l=1m w=2m m=2\n\
        .model cm c(cj=1m cjsw=1n narrow=.1u short=.2u tc1=10m)\n.temp 50\n.options reltol=1e-5\n.tran 1u 1m 0 1u\n.end\n";
    let plots = common::ngspice(deck);
    let RawData::Real(columns) = &plots[0].data else { panic!() };
    let ours = mna(deck, 1e-5, Method::Trapezoidal);
    let of = |name: &str| plots[0].variables.iter().position(|v| v.name == name).unwrap();
    let time = &columns[of("time")];
    for name in ["va", "vb", "vc", "vd", "ve", "vf"] {
        let theirs = &columns[of(&format!("i({name})"))];
        let size = theirs.iter().fold(0.0, |m: f64, v| if v.abs() > m { v.abs() } else { m });
        let mine = ours.column(&format!("i({name})"));
        for probe in [0.1e-3, 0.3e-3, 0.77e-3] {
            let at = |t: &[f64], y: &[f64]| {
                let k = t.partition_point(|x| *x < probe).clamp(1, t.len() - 1);
                y[k - 1] + (y[k] - y[k - 1]) * (probe - t[k - 1]) / (t[k] - t[k - 1])
            };
            let (x, y) = (at(&ours.times, &mine), at(time, theirs));
            assert!((x - y).abs() < 2e-4 * size, "{name} at {probe}: {x} for {y} of {size}");
        }
    }
}

/// A switch has the noise of its resistance at the temperature of the circuit.
#[test]
fn a_switch_has_the_noise_of_its_temperature() {
    let of = |temp: f64| {
        let deck = format!(
            "t\nV1 a 0 0 AC 1\nVc c 0 1\nS1 a b c 0 m on\n.model m sw(vt=.5 ron=1k)\nR2 b 0 1e12\nC1 b 0 1p\n.temp {temp}\n.noise v(b) V1 lin 1 1 1\n"
        );
        let found = analogon::simulate::simulate(
            &circuit(&deck),
            &SimulationOptions::default(),
            &mut to_the_end,
        );
        let analogon::simulate::AnalysisResult::Noise(found) = &found.unwrap()[0] else { panic!() };
        found.waveform.signals()[0].values[0]
    };
    for celsius in [27.0, 127.0] {
        let wanted = (4.0 * 1.380_649e-23 * (273.15 + celsius) * 1e3_f64).sqrt();
        assert!((of(celsius) / wanted - 1.0).abs() < 1e-6, "{celsius}");
    }
}

/// The emission coefficient of recombination where a model does not say it.
#[test]
fn recombination_is_that_of_the_dialect() {
    use analogon::{
        diag::NoSources,
        elaborate::elaborate,
        netlist::{Dialect, Language, parse_in},
    };
    let deck = "t\nV1 a 0 0.3\nD1 a 0 d\n.model d d(is=1e-20 isr=1e-10)\n.op\n";
    let current = |language: Language| {
        let parsed = parse_in(language, "deck.cir", deck, &NoSources);
        let circuit = elaborate(&parsed.netlist).unwrap();
        let found = carry_out(&circuit, &SimulationOptions::default(), &mut to_the_end).unwrap();
        let analogon::simulate::AnalysisResult::OperatingPoint(point) = &found.analyses[0] else {
            panic!()
        };
        let warned = parsed.diagnostics.iter().any(|d| d.message.contains("without `nr`"));
        (-point.readings[1].value, warned)
    };
    // Of the recombination alone at 0.3 V, by ngspice 39.
    let (ngspice, silent) = current(Language::stated(Dialect::Ngspice));
    assert!((ngspice / 9.139_209e-6 - 1.0).abs() < 1e-5 && !silent, "{ngspice}");
    assert_eq!(current(Language::guessed()), (ngspice, true));
    let (other, silent) = current(Language::stated(Dialect::Ltspice));
    assert!((other / 2.760_381e-8 - 1.0).abs() < 1e-5 && !silent, "{other}");
}
