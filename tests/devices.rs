//! Semiconductor devices and switches: their derivatives, Kirchhoff's laws, closed
//! forms, and the same decks in ngspice.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test may stop, say what it skips, and read files"
)]

mod common;

use std::path::PathBuf;

use analogon::{
    circuit::{Circuit, Kind, device::Device},
    dae::{Dae, Eval},
    diag,
    elaborate::elaborate,
    mna::{Mna, Sources},
    netlist,
    simulate::{AnalysisResult, SimulationOptions, carry_out, simulate, to_the_end},
    solve::{DcOptions, operating_point},
    wave::RawData,
};
use common::circuit;
use proptest::prelude::*;

/// Cards with a model each; nodes are `a`, `b`, `c` and `d`.
const DEVICES: [(&str, &str); 15] = [
    ("D1 a b m", "d(is=1e-14 n=1.2 rs=10 cjo=2p tt=5n m=.4 vj=.7)"),
    ("D1 a b m 2", "d(is=1e-12 isr=1e-10 nr=2 ikf=10m bv=4 ibv=1m cjo=3p)"),
    ("Q1 a b c d m", "npn(is=1e-15 bf=120 cje=2p cjc=1p cjs=3p mjs=.5 tf=1n tr=10n)"),
    (
        "Q1 a b c d m",
        "npn(is=1e-14 bf=200 vaf=50 var=10 ikf=20m ikr=5m ise=1e-13 isc=1e-13 rb=50 rbm=5 irb=.1m re=1 rc=5 \
         cje=2p cjc=1p xcjc=.4 tf=.5n xtf=3 vtf=2 itf=20m tr=5n)",
    ),
    ("Q1 a b c d m 3", "pnp(is=1e-15 bf=80 vaf=30 ikf=5m rb=20 rbm=2)"),
    (
        "M1 a b c d m w=10u l=2u ad=20p as=30p pd=10u ps=10u",
        "nmos(vto=.8 kp=50u lambda=.02 gamma=.5 tox=20n cgso=.2n cgdo=.3n cgbo=.4n cj=.3m cjsw=.2n rd=10)",
    ),
    ("M1 a b c d m w=10u l=2u", "pmos(vto=-.8 kp=50u lambda=.02 tox=20n rs=5)"),
    (
        "M1 a b c d m w=5u l=1u",
        "nmos(level=3 vto=.7 tox=20n nsub=5e16 vmax=1.5e5 theta=.1 eta=.03 xj=.2u ld=.05u delta=.5)",
    ),
    ("M1 a b c d m w=5u l=1u", "nmos(level=3 vto=.7 tox=25n nsub=3e16 nfs=2e11)"),
    (
        "M1 a b c d m w=5u l=1.2u",
        "nmos(level=2 vto=.7 tox=25n nsub=3e16 ucrit=4e4 uexp=.1 nfs=2e11 delta=1 xj=.3u ld=.15u)",
    ),
    (
        "M1 a b c d m w=5u l=1.2u",
        "nmos(level=2 vto=.7 tox=25n nsub=3e16 vmax=5e4 neff=3 ucrit=4e4 uexp=.1 xj=.3u rd=5)",
    ),
    ("M1 a b c d m w=5u l=2u", "pmos(level=2 vto=-.7 kp=20u gamma=.5 lambda=.02)"),
    ("J1 a b c m", "njf(vto=-2 beta=1m lambda=.01 rd=5 rs=8 cgs=3p cgd=2p)"),
    ("J1 a b c m 2", "pjf(vto=-2 beta=1m lambda=.01 b=.6 pb=.9 cgs=3p cgd=2p)"),
    ("S1 a b c d m on", "sw(vt=1 vh=.2 ron=10 roff=1meg)"),
];

/// A circuit of one device, with a resistor from each node to ground.
fn alone(which: usize) -> Circuit {
    let (card, model) = DEVICES[which];
    let nodes = card.split(' ').skip(1).take_while(|word| word.len() == 1 && *word != "m");
    let resistors: Vec<String> = nodes.map(|node| format!("R{node} {node} 0 1k")).collect();
    let resistors = resistors.join("\n");
    circuit(&format!("t\n{card}\n.model m {model}\n{resistors}\n.op"))
}

fn device(circuit: &Circuit) -> &Device {
    let found = circuit.elements().iter().find_map(|e| match &e.kind {
        Kind::Device(placed) => Some(&placed.device),
        _ => None,
    });
    found.expect("the deck has a device")
}

/// Currents, charges and their derivatives by branch and port.
type Values = (Vec<f64>, Vec<f64>, Vec<f64>, Vec<f64>);

fn evaluate(device: &Device, ports: &[f64]) -> Values {
    let mut room = vec![0.0; device.shape().room()];
    let mut flow = device.shape().flow(&mut room);
    device.evaluate(ports, true, &mut flow);
    (
        flow.currents.to_vec(),
        flow.charges.to_vec(),
        flow.conductances.to_vec(),
        flow.capacitances.to_vec(),
    )
}

/// Where the derivative may jump, one-sided differences bound it.
fn between(slope: f64, low: f64, high: f64, scale: f64) -> bool {
    let (low, high) = if low <= high { (low, high) } else { (high, low) };
    let room = 2e-5 * (low.abs() + high.abs()) + scale;
    slope >= low - room && slope <= high + room
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Every derivative is a difference quotient: it lies between those to either
    /// side, which at smooth points are one.
    #[test]
    fn derivatives_are_difference_quotients(
        which in 0..DEVICES.len(),
        ports in prop::collection::vec(-1.0..1.0_f64, 7),
        spread in prop_oneof![Just(0.1), Just(0.8), Just(3.0)],
    ) {
        let circuit = alone(which);
        let device = device(&circuit);
        let count = device.shape().ports.len();
        // Junctions are not driven beyond all currents.
        let ports: Vec<f64> = ports[..count]
            .iter()
            .map(|v| spread * v)
            .map(|v| if v > 0.85 && !matches!(device, Device::Mosfet(_)) { 0.85 } else { v })
            .collect();
        let (i, q, di, dq) = evaluate(device, &ports);
        let h = 1e-6;
        for port in 0..count {
            let moved = |by: f64| {
                let mut moved = ports.clone();
                moved[port] += by;
                evaluate(device, &moved)
            };
            let (up, down) = (moved(h), moved(-h));
            for branch in 0..i.len() {
                let at = branch * count + port;
                let sides = |here: f64, up: f64, down: f64| ((here - down) / h, (up - here) / h);
                // What rounding of the value leaves of a quotient.
                let scale = 1e-7 * i[branch].abs() + 1e-13;
                let (low, high) = sides(i[branch], up.0[branch], down.0[branch]);
                prop_assert!(between(di[at], low, high, scale), "{:?}: di/dv of branch {branch} by port {port} at {ports:?}: {:e}, quotients {low:e} {high:e}", DEVICES[which].0, di[at]);
                let scale = 1e-9 * q[branch].abs() + 1e-20;
                let (low, high) = sides(q[branch], up.1[branch], down.1[branch]);
                prop_assert!(between(dq[at], low, high, scale), "{:?}: dq/dv of branch {branch} by port {port} at {ports:?}: {:e}, quotients {low:e} {high:e}", DEVICES[which].0, dq[at]);
            }
        }
    }

    /// What enters a device leaves it: the sum over all nodes of the currents is what
    /// the resistors take to ground, and so for charges and derivatives. A shift of
    /// all voltages changes nothing but those.
    #[test]
    fn devices_obey_kirchhoff(
        which in 0..DEVICES.len(),
        volts in prop::collection::vec(-0.7..0.7_f64, 8),
        shift in -3.0..3.0_f64,
    ) {
        let circuit = alone(which);
        let system = Mna::compile(&circuit);
        let size = system.unknowns().len();
        let x = &volts[..size];
        let mut eval = Eval::for_system(&system);
        system.residual(x, &[], 0.0, &mut eval);
        system.jacobian(x, &[], 0.0, &mut eval);
        let resistors = circuit.elements().iter().filter_map(|e| match e.kind {
            Kind::Resistor { nodes, resistance, .. } => Some((nodes[0].unknown()?, 1.0 / resistance)),
            _ => None,
        });
        let mut taken = vec![0.0; size];
        for (node, conductance) in resistors {
            taken[node] = conductance;
        }
        let close = |found: f64, expected: f64, size: f64| {
            (found - expected).abs() <= 1e-12 * size + 1e-18
        };
        // An entry may be a difference of much larger ones.
        let sum = |values: &[f64]| values.iter().map(|v| v.abs()).sum::<f64>();
        let (all_f, all_q) = (sum(&eval.df), sum(&eval.dq));
        let expected: f64 = taken.iter().zip(x).map(|(g, v)| g * v).sum();
        let all: f64 = eval.f.iter().map(|f| f.abs()).sum();
        prop_assert!(close(eval.f.iter().sum(), expected, all), "{}", DEVICES[which].0);
        let all: f64 = eval.q.iter().map(|q| q.abs()).sum();
        prop_assert!(close(eval.q.iter().sum(), 0.0, all));
        let rows = system.pattern().row_indices();
        let mut sums = vec![(0.0, 0.0); size];
        for (column, taken) in taken.iter().enumerate() {
            let (mut f, mut q) = (0.0, 0.0);
            for at in system.pattern().column(column) {
                f += eval.df[at];
                q += eval.dq[at];
                sums[rows[at]].0 += eval.df[at];
                sums[rows[at]].1 += eval.dq[at];
            }
            prop_assert!(close(f, *taken, all_f), "column {column}");
            prop_assert!(close(q, 0.0, all_q), "column {column}");
        }
        for (row, (f, q)) in sums.into_iter().enumerate() {
            prop_assert!(close(f, taken[row], all_f), "row {row}");
            prop_assert!(close(q, 0.0, all_q), "row {row}");
        }
        let moved: Vec<f64> = x.iter().map(|v| v + shift).collect();
        let before = eval.f.clone();
        system.residual(&moved, &[], 0.0, &mut eval);
        for row in 0..size {
            let change = eval.f[row] - before[row] - taken[row] * shift;
            prop_assert!(change.abs() <= 1e-9 * (before[row].abs() + eval.f[row].abs()) + 1e-15);
        }
    }
}

/// The operating point of a deck: values by name.
fn solved(deck: &str) -> impl Fn(&str) -> f64 + use<> {
    let circuit = circuit(deck);
    let system = Mna::compile(&circuit);
    let found =
        operating_point(&system, Sources::all(&circuit).dc(), &DcOptions::default()).unwrap();
    move |name: &str| {
        let at = system.unknowns().iter().position(|u| u.name == name);
        found.x[at.unwrap_or_else(|| panic!("no {name}"))]
    }
}

/// k/q, V/K, at 27 degrees Celsius.
const THERMAL: f64 = 300.15 * 1.380_649e-23 / 1.602_176_634e-19;

fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance * expected.abs(), "{found} is not {expected}");
}

#[test]
fn a_diode_follows_its_equation() {
    let value = solved("t\nV1 a 0 0.65\nD1 a 0 m 3\n.model m d(is=2e-14 n=1.1)\n.op");
    let expected = 6e-14 * ((0.65 / (1.1 * THERMAL)).exp() - 1.0) + 0.65e-12;
    close(-value("i(v1)"), expected, 1e-12);
}

#[test]
fn a_pn_diode_and_resistor_share_the_voltage() {
    let value =
        solved("t\nV1 a 0 5\nR1 a b 1k\nD1 b 0 m\n.model m d(is=1e-14)\n.options gmin=1e-30\n.op");
    // Lambert's W by Newton's iteration on the current.
    let mut i = 4e-3_f64;
    for _ in 0..50 {
        let residual = i * 1e3 + THERMAL * (i / 1e-14 + 1.0).ln() - 5.0;
        i -= residual / (1e3 + THERMAL / (i + 1e-14));
    }
    close(-value("i(v1)"), i, 1e-9);
}

#[test]
fn a_bipolar_transistor_has_gain_and_early_voltage() {
    let value = solved(
        "t\nVb b 0 0.65\nVc c 0 5.65\nQ1 c b 0 m\n.model m npn(is=1e-15 bf=150 vaf=60)\n.options gmin=1e-30\n.op",
    );
    let forward = 1e-15 * ((0.65 / THERMAL).exp() - 1.0);
    close(-value("i(vb)"), forward / 150.0 - 1e-15, 1e-6);
    close(-value("i(vc)"), forward * (1.0 + 5.0 / 60.0), 1e-8);
}

#[test]
fn a_mos_transistor_follows_the_square_law() {
    let deck = |vds: f64| {
        format!(
            "t\nVg g 0 2\nVd d 0 {vds}\nM1 d g 0 0 m w=20u l=5u\n.model m nmos(vto=.7 kp=100u lambda=.05)\n.options gmin=1e-30\n.op"
        )
    };
    let current = |vds: f64| -solved(&deck(vds))("i(vd)");
    close(current(3.0), 0.5 * 4e-4 * 1.3 * 1.3 * (1.0 + 0.05 * 3.0), 1e-9);
    close(current(0.5), 4e-4 * (1.3 - 0.25) * 0.5 * (1.0 + 0.05 * 0.5), 1e-9);
}

#[test]
fn a_junction_field_effect_transistor_follows_the_square_law() {
    let deck = |kind: &str, sign: f64| {
        format!(
            "t\nVg g 0 {}\nVd d 0 {}\nJ1 d g 0 m\n.model m {kind}(vto=-2 beta=2m lambda=.02)\n.options gmin=1e-30\n.op",
            -0.5 * sign,
            4.0 * sign
        )
    };
    let expected = 2e-3 * 1.5 * 1.5 * (1.0 + 0.02 * 4.0);
    close(-solved(&deck("njf", 1.0))("i(vd)"), expected, 1e-9);
    close(solved(&deck("pjf", -1.0))("i(vd)"), expected, 1e-9);
}

fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/devices")
}

/// Names, times (none at an operating point) and one column a name.
type Table = (Vec<String>, Vec<f64>, Vec<Vec<f64>>);

fn ours(deck: &str) -> Table {
    let parsed = netlist::parse("deck.cir", deck, &diag::NoSources);
    assert!(
        !diag::has_errors(&parsed.diagnostics),
        "{}",
        diag::render(&parsed.map, &parsed.diagnostics)
    );
    let circuit = elaborate(&parsed.netlist)
        .unwrap_or_else(|faults| panic!("{}", diag::render(&parsed.map, &faults)));
    let mut results = simulate(&circuit, &SimulationOptions::default(), &mut to_the_end)
        .unwrap_or_else(|error| panic!("{error}"));
    match results.pop().expect("a deck asks for something") {
        AnalysisResult::OperatingPoint(point) => {
            let readings = point.readings.iter();
            let (names, columns) = readings.map(|r| (r.name.clone(), vec![r.value])).unzip();
            (names, Vec::new(), columns)
        }
        AnalysisResult::Transient(result) => {
            let wave = &result.waveform;
            let signals = wave.signals().iter();
            let (names, columns) = signals.map(|s| (s.name.clone(), s.values.clone())).unzip();
            (names, wave.time().to_vec(), columns)
        }
        other => panic!("{other:?}"),
    }
}

/// The table of ngspice on the same deck; `None`, said aloud, where it is missing.
fn theirs(name: &str) -> Option<Table> {
    if !common::has_ngspice() {
        return None;
    }
    let deck = std::fs::read_to_string(fixtures().join(name)).unwrap();
    let plot = common::ngspice(&deck).swap_remove(0);
    let RawData::Real(columns) = plot.data else { panic!("{name}: complex values") };
    // ngspice calls the current of `v1` either `v1#branch` or `i(v1)`.
    let names = plot.variables.iter().map(|v| match v.name.strip_suffix("#branch") {
        Some(element) => format!("i({element})"),
        None => v.name.clone(),
    });
    let mut names: Vec<String> = names.collect();
    let mut columns = columns;
    let times = if names[0] == "time" {
        names.remove(0);
        columns.remove(0)
    } else {
        Vec::new()
    };
    Some((names, times, columns))
}

/// Biases at which ngspice and we differ more than rounding, and by how much.
fn operating_points(name: &str, tolerance: f64) {
    let Some((names, _, columns)) = theirs(name) else { return };
    let deck = std::fs::read_to_string(fixtures().join(name)).unwrap();
    let (own, _, values) = ours(&deck);
    let mut compared = 0;
    let mut worst = (0.0, String::new());
    for (reference, column) in names.iter().zip(&columns) {
        let Some(at) = own.iter().position(|name| name == reference) else { continue };
        compared += 1;
        let (found, expected) = (values[at][0], column[0]);
        // ngspice puts a gmin at the substrate too: 5 V make 5 pA.
        let error = (found - expected).abs() / (expected.abs() + 1e-7);
        assert!(error.is_finite(), "{name}: {reference} is {found}");
        if error > worst.0 {
            worst = (error, format!("{reference} = {found:e}, ngspice {expected:e}"));
        }
    }
    eprintln!("{name}: {compared} values, worst {:.1e}: {}", worst.0, worst.1);
    assert!(compared >= 10, "{name}: only {compared} values");
    assert!(worst.0 <= tolerance, "{name}: {:e}: {}", worst.0, worst.1);
}

/// The linear interpolation of a column.
fn interpolate(times: &[f64], values: &[f64], time: f64) -> f64 {
    let after = times.partition_point(|t| *t < time).clamp(1, times.len() - 1);
    let (t0, t1) = (times[after - 1], times[after]);
    values[after - 1] + (values[after] - values[after - 1]) * (time - t0) / (t1 - t0)
}

/// Root mean squares of differences, relative to the largest value.
fn transients(name: &str, tolerance: f64) {
    let Some((names, times, columns)) = theirs(name) else { return };
    let deck = std::fs::read_to_string(fixtures().join(name)).unwrap();
    let (own, own_times, values) = ours(&deck);
    let mut compared = 0;
    for (reference, column) in names.iter().zip(&columns) {
        let Some(at) = own.iter().position(|name| name == reference) else { continue };
        // Currents that charge a capacitor across a source are spikes.
        if !reference.starts_with("v(") || column.iter().all(|v| v.abs() < 1e-9) {
            continue;
        }
        compared += 1;
        let (mut sum, mut largest, mut span) = (0.0, 0.0_f64, 0.0);
        for k in 1..times.len() {
            let width = times[k] - times[k - 1];
            let difference = interpolate(&own_times, &values[at], times[k]) - column[k];
            sum += width * difference * difference;
            span += width;
            largest = if column[k].abs() > largest { column[k].abs() } else { largest };
        }
        let error = (sum / span).sqrt() / largest;
        eprintln!("{name}: {reference} {error:.1e} of {largest:.3}");
        assert!(error <= tolerance, "{name}: {reference} differs by {error:e}");
    }
    assert!(compared >= 2, "{name}: only {compared} voltages");
}

#[test]
fn ngspice_finds_the_same_operating_points() {
    for name in [
        "diode",
        "diode_hot",
        "bipolar",
        "bipolar_cold",
        "mos1",
        "mos1_hot",
        "mos3",
        "mos3_hot",
        "jfet",
        "jfet_hot",
    ] {
        operating_points(&format!("{name}.cir"), 1e-4);
    }
}

#[test]
fn ngspice_finds_the_same_transients() {
    for (name, tolerance) in [
        ("rectifier", 1e-3),
        ("recovery", 5e-3),
        ("amplifier", 1e-3),
        ("saturated", 5e-3),
        ("inverter", 1e-2),
        ("source_follower", 1e-3),
        ("transformer", 1e-3),
        ("switched", 1e-2),
        ("ttl", 5e-3),
        ("schmitt", 2e-3),
        ("mirror", 5e-3),
        ("ua741", 1e-3),
    ] {
        transients(&format!("{name}.cir"), tolerance);
    }
}

/// Two devices side by side are one of twice the size.
#[test]
fn an_area_is_that_many_devices() {
    for (one, model) in [
        ("D1 a 0 m", "d(is=1e-14 rs=5 isr=1e-12 nr=2 ikf=1m bv=5)"),
        (
            "Q1 a b 0 m",
            "npn(is=1e-15 bf=90 ikf=1m ise=1e-13 vaf=40 rb=100 rbm=5 irb=10u rc=10 re=2)",
        ),
        ("J1 a b 0 m", "njf(vto=-1 beta=2m rd=10 rs=5)"),
        ("M1 a b 0 0 m l=2u w=10u", "nmos(vto=.3 kp=100u rd=10 rs=5)"),
    ] {
        let other = one.replacen('1', "2", 1);
        let deck = |cards: &str| {
            format!(
                "t\nVa a 0 1\nVb b 0 .65\nRb b 0 1\n{cards}\n.model m {model}\n.options gmin=1e-30\n.op"
            )
        };
        let both = solved(&deck(&format!("{one}\n{other}")));
        let double = solved(&deck(&format!("{one} m=2")));
        for current in ["i(va)", "i(vb)"] {
            close(double(current), both(current), 1e-9);
        }
    }
}

#[test]
fn a_switch_moves_where_its_thresholds_are_crossed() {
    let deck = "t\nVcc vcc 0 5\nR1 vcc c 10k\nC1 c 0 0.1u\nR2 c d 1k\nS1 d 0 c 0 m\n\
                .model m sw(vt=2 vh=1 ron=1 roff=1g)\n.tran 10u 8m uic\n.options reltol=1e-6\n.end";
    let (names, times, columns) = ours(deck);
    let c = &columns[names.iter().position(|n| n == "v(c)").unwrap()];
    let turns: Vec<(f64, f64)> = (1..times.len() - 1)
        .filter(|&k| (c[k] - c[k - 1]) * (c[k + 1] - c[k]) < 0.0)
        .map(|k| (times[k], c[k]))
        .collect();
    assert!(turns.len() > 12, "{turns:?}");
    let charging = 1e-3 * (4.0_f64 / 2.0).ln();
    let (rest, parallel) = (5.0_f64 * 1001.0 / 11001.0, 10e3 * 1001.0 / 11001.0);
    let discharging = parallel * 1e-7 * ((3.0 - rest) / (1.0 - rest)).ln();
    for (k, pair) in turns.windows(2).enumerate() {
        let (level, time) = if k % 2 == 0 { (3.0, discharging) } else { (1.0, charging) };
        close(pair[0].1, level, 1e-5);
        close(pair[1].0 - pair[0].0, time, 1e-4);
    }
}

/// A model of an amplifier: its gain, its pole by the step response, its slew rate
/// and its limits.
#[test]
fn an_amplifier_is_as_its_model_says() {
    let model =
        ".model u opamp(a0=1e5 gbw=1meg slew=2meg vos=1m rin=1meg rout=50 vmax=12 vmin=-11)";
    let deck = |cards: &str| format!("t\n{model}\n{cards}\n.end");
    // A follower has the error of its gain and its offset.
    let follower = solved(&deck("V1 a 0 1\nX1 a o o u\nR1 o 0 1k\n.op"));
    close(follower("v(o)"), 1.001 / (1.0 + 1.05 / 1e5), 1e-6);
    // Beyond its limits it clips, and 1 S holds it there.
    for (volts, limit) in [(1.0, 12.0), (-1.0, -11.0)] {
        let open = solved(&deck(&format!("V1 a 0 {volts}\nX1 a 0 o u\nR1 o 0 1meg\n.op")));
        close(open("v(o)"), limit, 1e-3);
    }
    // A small step settles with the time constant 1/(2 pi gbw), a large one slews.
    let (names, times, columns) = ours(&deck(
        "V1 a 0 PWL(0 0 1n 1m)\nX1 a o o u\n.tran 10n 1u\n.options reltol=1e-6\n.model u2 opamp",
    ));
    let o = &columns[names.iter().position(|n| n == "v(o)").unwrap()];
    let tau = 1.0 / (2.0 * std::f64::consts::PI * 1e6);
    let found = interpolate(&times, o, 1e-6) - o[0];
    close(found, 1e-3 * (1.0 - (-(1e-6 - 0.5e-9) / tau).exp()), 2e-3);
    let (names, times, columns) =
        ours(&deck("V1 a 0 PWL(0 0 1n 10)\nX1 a o o u\n.tran 10n 3u\n.options reltol=1e-6"));
    let o = &columns[names.iter().position(|n| n == "v(o)").unwrap()];
    let rise = interpolate(&times, o, 3e-6) - interpolate(&times, o, 1e-6);
    close(rise / 2e-6, 2e6, 1e-3);
}

#[test]
fn a_resistor_follows_the_temperature() {
    let value = solved(
        "t\nI1 0 a 1\nR1 a 0 100 tc1=1m tc2=1u dtemp=10\nI2 0 b 1\nR2 b 0 100 tc1=2m temp=77\n\
         I3 0 c 1\nR3 c 0 100 m=4\n.options temp=57\n.op",
    );
    close(value("v(a)"), 100.0 * (1.0 + 40e-3 + 1600e-6), 1e-12);
    close(value("v(b)"), 100.0 * 1.1, 1e-12);
    close(value("v(c)"), 25.0, 1e-12);
}

/// Of the two states of a bistable circuit, and the one between, `.nodeset` chooses.
#[test]
fn a_guess_chooses_the_state_of_a_latch() {
    let deck = |a: f64, b: f64| {
        format!(
            "t\nVcc vcc 0 5\nRa vcc a 1k\nRb vcc b 1k\nRc a y 10k\nRd b x 10k\nQ1 a x 0 m\nQ2 b y 0 m\n\
             .model m npn(is=1e-15 bf=100)\n.nodeset v(a)={a} v(b)={b}\n.op"
        )
    };
    for (a, b) in [(0.1, 5.0), (5.0, 0.1)] {
        let (names, _, columns) = ours(&deck(a, b));
        let value = |name: &str| columns[names.iter().position(|n| n == name).unwrap()][0];
        let (low, high) = if a < b { ("v(a)", "v(b)") } else { ("v(b)", "v(a)") };
        assert!(value(low) < 0.2 && value(high) > 4.0, "{} {}", value("v(a)"), value("v(b)"));
    }
}

/// A deck and its own print-out are the same circuit, to the bit.
#[test]
fn a_printed_deck_gives_the_same_bits() {
    for name in
        ["diode", "bipolar", "mos3", "jfet", "saturated", "inverter", "transformer", "switched"]
    {
        let deck = std::fs::read_to_string(fixtures().join(format!("{name}.cir"))).unwrap();
        let parsed = netlist::parse("deck.cir", &deck, &diag::NoSources);
        assert_eq!(ours(&deck), ours(&netlist::print(&parsed.netlist)), "{name}");
    }
}

/// Cards in another order are the same circuit, up to rounding.
#[test]
fn the_order_of_cards_does_not_matter() {
    for name in ["bipolar", "mos1", "jfet", "diode"] {
        let deck = std::fs::read_to_string(fixtures().join(format!("{name}.cir"))).unwrap();
        let mut lines: Vec<&str> = deck.lines().collect();
        let last = lines.iter().position(|line| *line == ".op").unwrap();
        lines[1..last].reverse();
        let (names, _, columns) = ours(&deck);
        let (others, _, values) = ours(&lines.join("\n"));
        for (name, column) in names.iter().zip(&columns) {
            let at = others.iter().position(|other| other == name).unwrap();
            let error = (values[at][0] - column[0]).abs();
            assert!(error <= 1e-10 * column[0].abs() + 1e-15, "{name}: {error:e}");
        }
    }
}

/// The error of a transient falls with the tolerance, through switching and
/// saturation.
#[test]
fn a_stricter_tolerance_is_a_smaller_error() {
    for name in ["saturated", "inverter", "switched", "recovery"] {
        let deck = std::fs::read_to_string(fixtures().join(format!("{name}.cir"))).unwrap();
        let at = |reltol: &str| ours(&deck.replace("reltol=1e-5", &format!("reltol={reltol}")));
        let (names, times, exact) = at("1e-7");
        let errors = ["1e-3", "1e-5"].map(|reltol| {
            let (_, own, values) = at(reltol);
            let mut worst = 0.0;
            for (signal, (values, exact)) in values.iter().zip(&exact).enumerate() {
                if !names[signal].starts_with("v(") {
                    continue;
                }
                // At the points of its own, where nothing is interpolated but the exact.
                let (mut sum, mut largest) = (0.0, 1e-9_f64);
                for (time, value) in own.iter().zip(values) {
                    let difference = interpolate(&times, exact, *time) - value;
                    sum += difference * difference;
                    largest = if value.abs() > largest { value.abs() } else { largest };
                }
                let error = (sum / own.len() as f64).sqrt() / largest;
                worst = if error > worst { error } else { worst };
            }
            worst
        });
        eprintln!("{name}: {errors:?}");
        // Interpolation of the exact course leaves some, too.
        let falls = errors[1] <= 0.2 * errors[0] || errors[1] <= 2e-5;
        assert!(errors[0] <= 2e-2 && falls, "{name}: {errors:?}");
    }
}

/// A switch that opens by closing is named for what it is.
#[test]
fn a_switch_that_moves_itself_back_is_refused() {
    let deck = "t\nV1 in 0 1\nS1 in o c 0 m\nE1 c 0 in o 1\nR1 o 0 1k\n.model m sw(vt=0.5)\n.op";
    let circuit = circuit(deck);
    let error = simulate(&circuit, &SimulationOptions::default(), &mut to_the_end).unwrap_err();
    let told = error.diagnostics();
    assert!(told[0].message.contains("the switches find no states that last"), "{told:?}");
    assert!(told[0].hint.as_deref().is_some_and(|hint| hint.contains("vh")), "{told:?}");
}

/// What rounding leaves of a gate ring of emitter-coupled logic is more than the
/// strictest tolerance of its start: it is started all the same.
#[test]
fn rounding_errors_do_not_keep_a_search_from_its_end() {
    let gate = |k: char, next: char| {
        format!(
            "Q{k}1 {k}1 {k} {k}t m\nQ{k}2 {k}2 r {k}t m\nR{k}1 {k}1 0 220\nR{k}2 {k}2 0 245\n\
             R{k}3 {k}t e 780\nQ{k}3 0 {k}1 {next} m\nR{k}4 {next} e 2k\n"
        )
    };
    let gates = [gate('a', 'b'), gate('b', 'c'), gate('c', 'a')].concat();
    let (names, times, columns) = ours(&format!(
        "ring\nVee e 0 -5.2\nVr r 0 -1.3\n{gates}\
         .model m npn(is=1e-16 bf=100 rb=100 cje=.2p cjc=.2p tf=50p vaf=30)\n.ic v(a)=-0.8\n\
         .tran 5p 0.1n 0 5p\n.options reltol=1e-6 abstol=1e-12 vntol=1e-9\n.end"
    ));
    assert!(times.len() > 20);
    let start = columns[names.iter().position(|n| n == "v(a)").unwrap()][0];
    assert!((start + 0.8).abs() < 1e-6, "{start}");
}

/// A model is at fault once, however many devices it has.
#[test]
fn a_fault_of_a_model_is_told_once() {
    let cards: Vec<String> =
        (0..20).map(|k| format!("M{k} d{k} g 0 0 m\nR{k} d{k} 0 1k\n")).collect();
    let cards = cards.concat();
    let deck = format!("many\nVg g 0 2\n{cards}.model m nmos(vto=1 nonsense=3)\n.op\n.end\n");
    let told = common::faults(&deck);
    assert_eq!(told.matches("has no parameter `nonsense`").count(), 1, "{told}");
}

/// The trapezoidal rule keeps a ripple in what is faster than its steps; undamped it has
/// thrown the saturated transistor of a multivibrator out of its state.
#[test]
fn a_multivibrator_keeps_its_period_whatever_the_steps() {
    let path = common::document::repository("netlists/oscillators/multivibrator.cir");
    let text = std::fs::read_to_string(path).unwrap();
    for step in ["2u", "3u", "4u", "5u", "6u", "7u", "8u", "9u", "10u", "12u"] {
        let deck = text.replace(".tran 5u", &format!(".tran {step}"));
        let found = carry_out(&circuit(&deck), &SimulationOptions::default(), &mut to_the_end);
        let found = found.unwrap();
        let AnalysisResult::Transient(transient) = &found.analyses[0] else { panic!() };
        let volts = &transient.waveform.signal("v(c1)").unwrap().values;
        let falls = volts.windows(2).filter(|v| v[0] > 2.5 && v[1] <= 2.5).count();
        let period = *found.measures[0].value.as_ref().unwrap();
        assert!((period / 1.4971e-3 - 1.0).abs() < 5e-3, "{step}: {period}");
        // One as it starts, then one a period.
        assert_eq!(falls, 5, "{step}");
    }
}
