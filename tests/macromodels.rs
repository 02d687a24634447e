//! Macro models of operational amplifiers, as makers publish them: the five of
//! `netlists/models`, each as follower, inverting amplifier, integrator and Schmitt
//! trigger. They have the figures that they were designed for, and those that ngspice
//! finds: live where it is installed, else as they are stored in
//! `tests/golden/macromodels.json`.
//!
//! `UPDATE_GOLDEN=1 cargo test --test macromodels` writes that file.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test may stop, say what it skips, and read files"
)]

mod common;

use std::collections::BTreeMap;

use analogon::simulate::{SimulationOptions, carry_out, to_the_end};
use common::document::repository;
use common::golden::{Provenance, checksum, ngspice_measures, standalone, updating};
use serde::{Deserialize, Serialize};

/// An amplifier and what its data sheet says.
#[derive(Clone, Copy, Debug)]
struct Model {
    /// Of its subcircuit and its file.
    name: &'static str,
    /// Supplies, V.
    supplies: [f64; 2],
    /// Slew rate, V/s.
    slew: f64,
    /// Frequency of unit gain, Hz.
    unity: f64,
    /// Offset, V.
    offset: f64,
    /// Limits of the output under a load of 2 kohm, V.
    swing: [f64; 2],
}

const MODELS: [Model; 5] = [
    Model {
        name: "boyle_npn",
        supplies: [15.0, -15.0],
        slew: 0.5e6,
        unity: 1e6,
        offset: 1e-3,
        swing: [13.6, -13.4],
    },
    Model {
        name: "boyle_pnp",
        supplies: [5.0, 0.0],
        slew: 0.4e6,
        unity: 0.8e6,
        offset: 2e-3,
        swing: [3.7, 0.02],
    },
    Model {
        name: "jfet_input",
        supplies: [15.0, -15.0],
        slew: 13e6,
        unity: 3e6,
        offset: 0.0,
        swing: [13.48, -13.48],
    },
    Model {
        name: "fast_stages",
        supplies: [5.0, -5.0],
        slew: 100e6,
        unity: 50e6,
        offset: 0.5e-3,
        swing: [3.63, -3.63],
    },
    Model {
        name: "cmos_rail",
        supplies: [5.0, 0.0],
        slew: 0.628e6,
        unity: 1e6,
        offset: 1e-3,
        swing: [4.94, 0.0625],
    },
];

/// Largest relative difference of a measure of ours from that of ngspice.
const TOLERANCE: f64 = 1e-2;

/// Measures by name.
type Measures = BTreeMap<String, f64>;

impl Model {
    fn middle(&self) -> f64 {
        f64::midpoint(self.supplies[0], self.supplies[1])
    }

    /// Half of the difference of the supplies.
    fn half(&self) -> f64 {
        0.5 * (self.supplies[0] - self.supplies[1])
    }

    /// A deck: the model, its supplies, its surroundings and cards of one analysis.
    fn deck(&self, cards: &str) -> String {
        let model = standalone(&repository(&format!("netlists/models/{}.lib", self.name)));
        let [vcc, vee] = self.supplies;
        format!(
            "{}\n{model}Vcc vcc 0 {vcc}\nVee vee 0 {vee}\nVmid mid 0 {}\n{cards}.save v(in) v(out)\n\
             .options reltol=1e-5\n.end\n",
            self.name,
            self.middle()
        )
    }

    /// Decks by what they are; each has one analysis, as ngspice measures only one.
    fn decks(&self) -> Vec<(&'static str, String)> {
        let cards = [
            ("follower", self.follower(), self.step()),
            ("follower_ac", self.follower(), self.corner(-3.0, "")),
            ("inverter", self.inverter(), self.overdrive()),
            ("inverter_ac", self.inverter(), self.corner(17.0, ".measure ac gain MAX vm(out)\n")),
            ("integrator", self.integrator(), self.triangle()),
            (
                "integrator_ac",
                self.integrator(),
                self.corner(0.0, ".measure ac gain MAX vm(out)\n"),
            ),
            ("schmitt", self.schmitt(), self.thresholds()),
            ("wien", self.wien(), self.amplitude()),
            ("howland", self.howland(), self.swing_of_load()),
        ];
        let decks = cards.into_iter();
        decks.map(|(what, around, analysis)| (what, self.deck(&(around + &analysis)))).collect()
    }

    /// Time to cross half of the supplies at the slew rate.
    fn crossing(&self) -> f64 {
        self.half() / self.slew
    }

    /// A large step up and down, which slews.
    fn follower(&self) -> String {
        let (level, unit, name) = (0.25 * self.half(), self.crossing(), self.name);
        format!(
            "X1 in out vcc vee out {name}\nVin in mid PULSE({:e} {level:e} {unit:e} {:e} {:e} {:e} {:e}) AC 1\n\
             Rl out mid 2k\nCl out mid 10p\n",
            -level,
            unit / 1e3,
            unit / 1e3,
            6.0 * unit,
            20.0 * unit
        )
    }

    fn step(&self) -> String {
        let (unit, half) = (self.crossing(), self.half());
        let (low, high) = (self.middle() - 0.2 * half, self.middle() + 0.2 * half);
        format!(
            ".tran {:e} {:e} 0 {:e}\n\
             .measure tran offset FIND par('v(out)-v(in)') AT={:e}\n\
             .measure tran low FIND v(out) AT={:e}\n\
             .measure tran high FIND v(out) AT={:e}\n\
             .measure tran rise TRIG v(out) VAL={low:e} RISE=1 TARG v(out) VAL={high:e} RISE=1\n\
             .measure tran fall TRIG v(out) VAL={high:e} FALL=LAST TARG v(out) VAL={low:e} FALL=LAST\n\
             .measure tran peak MAX v(out)\n",
            unit / 100.0,
            14.0 * unit,
            unit / 100.0,
            0.9 * unit,
            0.9 * unit,
            6.9 * unit
        )
    }

    /// Where the amplitude falls through `decibels`.
    fn corner(&self, decibels: f64, more: &str) -> String {
        format!(
            ".ac dec 50 {:e} {:e}\n.measure ac corner WHEN vdb(out)={decibels} FALL=1\n{more}",
            self.unity / 1e8,
            self.unity * 10.0
        )
    }

    /// A gain of -10 with twice the input that it can bear.
    fn inverter(&self) -> String {
        let frequency = self.slew / (40.0 * self.half());
        format!(
            "X1 mid minus vcc vee out {}\nVin in mid SIN(0 {:e} {frequency:e}) AC 1\n\
             R1 in minus 10k\nR2 minus out 100k\nRl out mid 2k\n",
            self.name,
            0.2 * self.half()
        )
    }

    fn overdrive(&self) -> String {
        let period = 40.0 * self.half() / self.slew;
        format!(
            ".tran {:e} {:e} 0 {:e}\n\
             .measure tran top MAX v(out) FROM={period:e}\n\
             .measure tran bottom MIN v(out) FROM={period:e}\n\
             .measure tran rms RMS v(out) FROM={period:e}\n\
             .measure tran up WHEN v(out)={:e} RISE=2\n",
            period / 500.0,
            2.0 * period,
            period / 500.0,
            self.middle()
        )
    }

    /// Its resistor gives it a gain of -10 at rest and a corner at `unity`/15708.
    fn integrator(&self) -> String {
        let frequency = self.unity / 1e3;
        format!(
            "X1 mid minus vcc vee out {}\n\
             Vin in mid PULSE({:e} {:e} 0 {:e} {:e} {:e} {:e}) AC 1\n\
             R1 in minus 10k\nC1 minus out {:e}\nR2 minus out 100k\nRl out mid 10k\n",
            self.name,
            -0.04 * self.half(),
            0.04 * self.half(),
            1e-3 / frequency,
            1e-3 / frequency,
            0.499 / frequency,
            1.0 / frequency,
            1.0 / (4e4 * frequency)
        )
    }

    fn triangle(&self) -> String {
        let period = 1e3 / self.unity;
        format!(
            ".tran {:e} {:e} 0 {:e}\n\
             .measure tran top MAX v(out) FROM={:e}\n\
             .measure tran bottom MIN v(out) FROM={:e}\n\
             .measure tran early FIND v(out) AT={:e}\n\
             .measure tran late FIND v(out) AT={:e}\n",
            period / 200.0,
            4.0 * period,
            period / 200.0,
            2.0 * period,
            2.0 * period,
            3.1 * period,
            3.4 * period
        )
    }

    /// A fifth of the output comes back to the + input.
    fn schmitt(&self) -> String {
        let period = 400.0 * self.half() / self.slew;
        format!(
            "X1 plus in vcc vee out {}\nVin in mid PULSE({:e} {:e} 0 {:e} {:e} {:e} {period:e})\n\
             R1 mid plus 10k\nR2 plus out 40k\nRl out mid 10k\n",
            self.name,
            -0.5 * self.half(),
            0.5 * self.half(),
            0.499 * period,
            0.499 * period,
            0.001 * period
        )
    }

    /// An oscillator at `unity`/500, whose gain falls from 3.1 where diodes conduct.
    fn wien(&self) -> String {
        let capacitance = 500.0 / (std::f64::consts::TAU * 1e4 * self.unity);
        format!(
            "X1 a m vcc vee out {}\nVin in mid 0\nC1 out s {capacitance:e}\nR1 s a 10k\n\
             R2 a mid 10k\nC2 a mid {capacitance:e} ic={:e}\nRg m mid 10k\nRf m out 21k\n\
             Rd m x 20k\nD1 x out clamp\nD2 out x clamp\n.model clamp d(is=1e-12)\n",
            self.name,
            0.05 * self.half()
        )
    }

    fn amplitude(&self) -> String {
        let period = 500.0 / self.unity;
        format!(
            ".tran {:e} {:e} 0 {:e} uic\n\
             .measure tran top MAX v(out) FROM={:e}\n\
             .measure tran bottom MIN v(out) FROM={:e}\n\
             .measure tran period TRIG v(out) VAL={:e} RISE=10 TARG v(out) VAL={:e} RISE=11\n",
            period / 200.0,
            20.0 * period,
            period / 200.0,
            15.0 * period,
            15.0 * period,
            self.middle(),
            self.middle()
        )
    }

    /// A source of current by two equal dividers: 0.1 mA a volt into any load. Where the
    /// current of the amplifier turns, nodes with junctions alone travel far.
    fn howland(&self) -> String {
        format!(
            "X1 out b vcc vee o {}\nVin in mid SIN(0 {:e} {:e})\nR1 in out 10k\nR2 out o 10k\n\
             R3 b mid 10k\nR4 b o 10k\nRl out mid 1k\n",
            self.name,
            0.2 * self.half(),
            self.unity / 2000.0
        )
    }

    fn swing_of_load(&self) -> String {
        let period = 2000.0 / self.unity;
        format!(
            ".tran {:e} {:e} 0 {:e}\n\
             .measure tran top MAX v(out)\n\
             .measure tran bottom MIN v(out)\n\
             .measure tran quarter FIND v(out) AT={:e}\n",
            period / 200.0,
            2.0 * period,
            period / 200.0,
            1.2 * period
        )
    }

    fn thresholds(&self) -> String {
        let period = 400.0 * self.half() / self.slew;
        let (middle, half) = (self.middle(), self.half());
        format!(
            ".tran {:e} {:e} 0 {:e}\n\
             .measure tran upper FIND v(in) WHEN v(out)={middle:e} FALL=1\n\
             .measure tran lower FIND v(in) WHEN v(out)={middle:e} RISE=LAST\n\
             .measure tran top MAX v(out)\n\
             .measure tran bottom MIN v(out)\n\
             .measure tran drop TRIG v(out) VAL={:e} FALL=1 TARG v(out) VAL={:e} FALL=1\n",
            period / 1000.0,
            2.0 * period,
            period / 1000.0,
            middle + 0.4 * half,
            middle - 0.4 * half
        )
    }
}

/// Our measures of a deck.
fn measures(deck: &str) -> Measures {
    let found = carry_out(&common::circuit(deck), &SimulationOptions::default(), &mut to_the_end);
    let found = found.unwrap_or_else(|error| panic!("{error}\n{deck}"));
    let all = found.measures.into_iter();
    all.map(|measure| {
        let value = measure.value.unwrap_or_else(|why| panic!("{}: {why}\n{deck}", measure.name));
        (measure.name, value)
    })
    .collect()
}

/// The stored values of one deck.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    deck: String,
    measures: Measures,
}

/// `tests/golden/macromodels.json`
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Golden {
    made_by: Provenance,
    tolerance: f64,
    because: String,
    decks: BTreeMap<String, Stored>,
}

const FILE: &str = "tests/golden/macromodels.json";

fn golden() -> Golden {
    serde_json::from_slice(&std::fs::read(repository(FILE)).unwrap()).unwrap()
}

/// Panics where a measure is further from its reference than the tolerance.
fn compare(name: &str, found: &Measures, wanted: &Measures) {
    assert!(found.keys().eq(wanted.keys()), "{name}: {found:?} {wanted:?}");
    for (measure, wanted) in wanted {
        let found = found[measure];
        let error = (found - wanted).abs() / wanted.abs();
        assert!(error <= TOLERANCE, "{name}: {measure} is {found:e}, ngspice finds {wanted:e}");
    }
}

/// One model in all of its surroundings.
fn check(model: &Model) {
    let golden = golden();
    let live = common::has_ngspice();
    let mut all = BTreeMap::new();
    for (what, deck) in model.decks() {
        let name = format!("{}/{what}", model.name);
        let found = measures(&deck);
        let stored = &golden.decks.get(&name).unwrap_or_else(|| panic!("{name} is not in {FILE}"));
        assert_eq!(stored.deck, checksum(&deck), "{name} has changed: make {FILE} anew");
        compare(&name, &found, &stored.measures);
        if live {
            compare(&name, &found, &ngspice_measures(&deck));
        }
        all.insert(what, found);
    }
    as_designed(model, |what, measure| all[what][measure]);
}

/// The figures of the data sheet.
fn as_designed(model: &Model, value: impl Fn(&str, &str) -> f64) {
    let near = |what: &str, found: f64, wanted: f64, tolerance: f64| {
        let name = model.name;
        assert!((found - wanted).abs() <= tolerance, "{name}: {what} is {found:e}, not {wanted:e}");
    };
    let (half, middle) = (model.half(), model.middle());
    let crossing = 0.4 * half / model.slew;
    // The bandwidth adds its part.
    near("rise", value("follower", "rise"), crossing, 0.35 * crossing);
    near("fall", value("follower", "fall"), crossing, 0.35 * crossing);
    // What the gain at rest leaves of the input adds to the offset.
    near("offset", value("follower", "offset").abs(), model.offset, 3e-4);
    // Phase that is left of 90 degrees at the unit gain moves the corner up.
    let corner = value("follower_ac", "corner");
    assert!(
        corner >= 0.85 * model.unity && corner <= 1.7 * model.unity,
        "{}: {corner}",
        model.name
    );
    near("gain", value("inverter_ac", "gain"), 10.0, 0.02);
    for (at, what) in ["top", "bottom"].into_iter().enumerate() {
        near(what, value("inverter", what), model.swing[at], 0.05);
    }
    // -v(in)/(R1 C1) - v(out)/(R2 C1) over 0.3 of a period, with R1 C1 of a quarter of it;
    // the current of the input adds up to 2 uA of 50 uA.
    let (early, late) = (value("integrator", "early"), value("integrator", "late"));
    let leak = 0.12 * (f64::midpoint(early, late) - middle);
    near("slope", late - early, -0.048 * half - leak, 0.006 * half);
    // The thresholds are a fifth of what comes out, and the input moves on while it slews.
    for (measure, level) in [("upper", "top"), ("lower", "bottom")] {
        let wanted = middle + 0.2 * (value("schmitt", level) - middle);
        near(measure, value("schmitt", measure), wanted, 0.03 * half);
    }
    near("period", value("wien", "period") * model.unity, 500.0, 15.0);
    for (measure, sign) in [("top", 1.0), ("bottom", -1.0)] {
        let wanted = middle + sign * 0.02 * half;
        near(measure, value("howland", measure), wanted, 0.05 * 0.02 * half + 4.0 * model.offset);
    }
    near("drop", value("schmitt", "drop"), 2.0 * crossing, 0.35 * 2.0 * crossing);
}

#[test]
fn a_model_with_npn_transistors_is_as_its_data_sheet_and_as_in_ngspice() {
    check(&MODELS[0]);
}

#[test]
fn a_model_with_pnp_transistors_is_as_its_data_sheet_and_as_in_ngspice() {
    check(&MODELS[1]);
}

#[test]
fn a_model_with_jfets_is_as_its_data_sheet_and_as_in_ngspice() {
    check(&MODELS[2]);
}

#[test]
fn a_model_with_stages_is_as_its_data_sheet_and_as_in_ngspice() {
    check(&MODELS[3]);
}

#[test]
fn a_model_with_mos_transistors_is_as_its_data_sheet_and_as_in_ngspice() {
    check(&MODELS[4]);
}

/// Where the current of the output turns, nodes that nothing but diodes lead to travel by
/// 40 V at once: the two that give back the currents of the supplies.
#[test]
fn nodes_that_only_junctions_lead_to_are_passed() {
    let model = standalone(&repository("netlists/models/fast_stages.lib"));
    let deck = format!(
        "source\n{model}Vp p 0 5\nVn n 0 -5\nVin in 0 SIN(0 1 50k)\nX1 a b p n o fast_stages\n\
         R1 in a 10k\nR2 a o 10k\nR3 b 0 10k\nR4 b o 10k\nRl a 0 1k\n.tran 0.1u 40u\n\
         .measure tran top MAX v(a)\n.end\n"
    );
    // 1 V through 10 kohm into 1 kohm.
    let top = measures(&deck)["top"];
    assert!((top - 0.1).abs() < 0.005, "{top}");
}

/// The stored values are those of these decks, of no others, and of this tolerance.
#[test]
fn the_stored_values_are_complete() {
    let decks = || {
        MODELS.iter().flat_map(|model| {
            let name = move |what| format!("{}/{what}", model.name);
            model.decks().into_iter().map(move |(what, deck)| (name(what), deck))
        })
    };
    if updating() {
        let values = decks().map(|(name, deck)| {
            let measures = ngspice_measures(&deck);
            (name, Stored { deck: checksum(&deck), measures })
        });
        let golden = Golden {
            made_by: Provenance::now("ngspice -b deck.cir"),
            tolerance: TOLERANCE,
            because: "both simulators choose their steps by a reltol of 1e-5; a measure is \
                      interpolated between steps"
                .to_owned(),
            decks: values.collect(),
        };
        let text = serde_json::to_string_pretty(&golden).unwrap() + "\n";
        std::fs::write(repository(FILE), text).unwrap();
    }
    let golden = golden();
    assert_eq!(golden.tolerance, TOLERANCE);
    let names: Vec<String> = decks().map(|(name, _)| name).collect();
    assert_eq!(golden.decks.len(), names.len());
    assert!(names.iter().all(|name| golden.decks.contains_key(name)));
}
