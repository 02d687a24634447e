//! Decks solved along both paths.

use std::ops::ControlFlow;

use analogon::{
    circuit::{Analysis, Circuit, Control},
    dae::{Dae, Drive, Eval},
    diag,
    elaborate::elaborate,
    mna::{Mna, Sources, initial_charges, reduce},
    netlist,
    solve::{
        Counters, DcOptions, Method, OperatingPoint, SolveError, Start, TransientOptions,
        operating_point,
        reduced::{Integrator, Options, integrate},
        transient,
    },
};

/// What is wrong with a deck, as a person reads it; empty where nothing is.
pub fn faults(deck: &str) -> String {
    let parsed = netlist::parse("deck.cir", deck.as_bytes(), &diag::NoSources);
    if diag::has_errors(&parsed.diagnostics) {
        return diag::render(&parsed.map, &parsed.diagnostics);
    }
    match elaborate(&parsed.netlist) {
        Ok(_) => String::new(),
        Err(faults) => diag::render(&parsed.map, &faults),
    }
}

/// Values over time by name.
#[derive(Clone, Debug)]
pub struct Waves {
    pub names: Vec<String>,
    pub times: Vec<f64>,
    /// One row a time.
    pub rows: Vec<Vec<f64>>,
    pub counters: Counters,
}

impl Waves {
    fn place(&self, name: &str) -> usize {
        let found = self.names.iter().position(|n| n == name);
        found.unwrap_or_else(|| panic!("no {name} among {:?}", self.names))
    }

    pub fn column(&self, name: &str) -> Vec<f64> {
        let at = self.place(name);
        self.rows.iter().map(|row| row[at]).collect()
    }

    pub fn last(&self, name: &str) -> f64 {
        *self.column(name).last().unwrap()
    }

    /// The value at a time that is one of the times.
    pub fn at(&self, name: &str, time: f64) -> f64 {
        let k = self.times.iter().position(|t| (t - time).abs() <= 1e-12 * time.abs());
        let k = k.unwrap_or_else(|| panic!("no point at {time} among {:?}", self.times));
        self.rows[k][self.place(name)]
    }

    /// The largest difference from a function of time.
    pub fn error(&self, name: &str, exact: impl Fn(f64) -> f64) -> f64 {
        let differences =
            self.times.iter().zip(self.column(name)).map(|(t, v)| (v - exact(*t)).abs());
        differences.max_by(f64::total_cmp).unwrap()
    }
}

/// The names of the unknowns of a system.
pub fn names(system: &impl Dae) -> Vec<String> {
    system.unknowns().iter().map(|u| u.name.clone()).collect()
}

/// `.ic` and `.nodeset` of a circuit for its operating point.
pub fn dc_options(circuit: &Circuit, held: bool) -> DcOptions {
    let unknowns = |list: &[(analogon::circuit::NodeId, f64)]| {
        list.iter().filter_map(|&(n, v)| n.unknown().map(|u| (u, v))).collect()
    };
    let parts = circuit.parts();
    DcOptions {
        guesses: unknowns(&parts.guesses),
        held: if held { unknowns(&parts.initial) } else { Vec::new() },
        ..DcOptions::default()
    }
}

/// The operating point of a deck, by name.
pub fn op(deck: &str) -> Result<(OperatingPoint, Waves), SolveError> {
    let circuit = super::circuit(deck);
    let mna = Mna::compile(&circuit);
    let point = operating_point(&mna, Sources::all(&circuit).dc(), &dc_options(&circuit, false))?;
    let waves = Waves {
        names: names(&mna),
        times: vec![0.0],
        rows: vec![point.x.clone()],
        counters: point.counters,
    };
    Ok((point, waves))
}

/// Stop time, largest step and `uic` of the deck's transient.
fn analysis(circuit: &Circuit) -> (f64, f64, bool) {
    let found = circuit.parts().analyses.iter().find_map(|a| match *a {
        Analysis::Transient { stop, max_step, uic, .. } => {
            Some((stop, max_step.unwrap_or(stop / 50.0), uic))
        }
        _ => None,
    });
    found.expect("the deck has a .tran")
}

/// Where the transient of a circuit starts.
pub fn start(circuit: &Circuit, mna: &Mna) -> Result<Start, SolveError> {
    if analysis(circuit).2 {
        return Ok(Start::Charges(initial_charges(circuit)));
    }
    let mut u = vec![0.0; mna.inputs().len()];
    Sources::all(circuit).values(0.0, &mut u);
    let point = operating_point(mna, &u, &dc_options(circuit, true))?;
    Ok(Start::OperatingPoint(point.x))
}

/// The transient of a deck by modified nodal analysis.
pub fn try_mna(
    deck: &str,
    change: impl FnOnce(&mut TransientOptions),
) -> Result<Waves, SolveError> {
    let circuit = super::circuit(deck);
    let mna = Mna::compile(&circuit);
    let (stop, max_step, _) = analysis(&circuit);
    let mut options = TransientOptions { max_step, ..TransientOptions::until(stop) };
    change(&mut options);
    let mut waves = Waves {
        names: names(&mna),
        times: Vec::new(),
        rows: Vec::new(),
        counters: Counters::default(),
    };
    let start = start(&circuit, &mna)?;
    waves.counters = transient(&mna, &Sources::all(&circuit), &start, &options, &mut |time, x| {
        waves.times.push(time);
        waves.rows.push(x.to_vec());
        ControlFlow::Continue(())
    })?;
    assert!(waves.times.windows(2).all(|w| w[0] < w[1]), "times increase");
    assert_eq!(waves.times.last(), Some(&stop), "the end is hit");
    Ok(waves)
}

pub fn mna(deck: &str, reltol: f64, method: Method) -> Waves {
    let change = |options: &mut TransientOptions| {
        *options = options.clone().with_reltol(reltol);
        options.method = method;
    };
    try_mna(deck, change).unwrap()
}

/// The states that a transient of the reduction of `circuit` starts from.
fn initial_states(circuit: &Circuit) -> Vec<f64> {
    let mna = Mna::compile(circuit);
    let reduction = reduce(circuit).unwrap();
    let mut eval = Eval::for_system(&mna);
    let charges = match start(circuit, &mna).unwrap() {
        Start::Charges(charges) => {
            let (zero, u) = (vec![0.0; charges.len()], vec![0.0; mna.inputs().len()]);
            mna.residual(&zero, &u, 0.0, &mut eval);
            // Only the cards say what the voltages are.
            let volts = |node: analogon::circuit::NodeId| {
                let given = circuit.parts().initial.iter().find(|(n, _)| *n == node);
                given.map_or(0.0, |(_, v)| *v)
            };
            let of = |s: &analogon::mna::State| match (s.initial, s.is_capacitor) {
                (Some(value), _) => value,
                (None, true) => volts(s.nodes[0]) - volts(s.nodes[1]),
                (None, false) => 0.0,
            };
            return reduction.states.iter().map(of).collect();
        }
        Start::OperatingPoint(x) => x,
    };
    let read = |control| {
        circuit.equations().control(control).iter().map(|(u, sign)| sign * charges[*u]).sum()
    };
    let of = |s: &analogon::mna::State| match s.is_capacitor {
        true => read(Control::Voltage(s.nodes[0], s.nodes[1])),
        false => read(Control::Current(s.elements[0])),
    };
    reduction.states.iter().map(of).collect()
}

/// The transient of a deck by its normal form, at 201 even times.
pub fn reduced(deck: &str, rtol: f64, integrator: Integrator) -> Waves {
    let circuit = super::circuit(deck);
    let reduction = reduce(&circuit).unwrap();
    let (stop, max_interval, _) = analysis(&circuit);
    let times: Vec<f64> = (0..=200).map(|k| stop * f64::from(k) / 200.0).collect();
    let options = Options { integrator, max_interval, ..Options::with_tolerance(rtol) };
    let drive = Sources::varying(&circuit);
    let initial = initial_states(&circuit);
    let found = integrate(&reduction.lure, &drive, &initial, &times, &options).unwrap();
    Waves {
        names: reduction.lure.parts().outputs.clone(),
        times: found.times,
        rows: found.outputs,
        counters: found.counters,
    }
}

/// All ways to a transient, each with its name and how much larger than the
/// tolerance its error may be.
pub fn all_ways(deck: &str, tolerance: f64) -> Vec<(&'static str, Waves)> {
    vec![
        ("trapezoidal", mna(deck, tolerance, Method::Trapezoidal)),
        ("Gear", mna(deck, tolerance, Method::Gear2)),
        ("explicit", reduced(deck, tolerance, Integrator::Explicit)),
        ("implicit", reduced(deck, tolerance, Integrator::Implicit)),
    ]
}
