//! The linear level: both sides linearised at the points where the network rests.
//!
//! At such a point the eigenvalues of the circuit, of its normal form, must be those of
//! the network, and so must the transfer functions from every input to every output over
//! frequency. The latter are those of the circuit's own small-signal equations (`.ac`),
//! which share nothing with the reduction.

use nalgebra::{Complex, DMatrix};

use crate::{
    dae::{Dae, Flow, System},
    dynamics::attractors::fixed_points::{FixedPoint, SearchOptions, search},
    equiv::{
        VerifyOptions,
        verify::trial::{Bench, Expected},
    },
    linalg::eigenvalues,
    mna::Mna,
    rnn::Rnn,
    solve::{DcOptions, SmallSignal, natural_frequencies, operating_point},
};

/// The linear comparison.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct LinearReport {
    /// Every mismatch is within the tolerance.
    pub holds: bool,
    /// The largest mismatch of all, relative.
    pub max_relative: f64,
    /// Tolerance of it.
    pub tolerance: f64,
    /// The points, each once.
    pub points: Vec<LinearPoint>,
    /// Points left out, because the network hardly knows where they are: its Jacobian is
    /// nearly singular there, so that rounding decides.
    pub singular: usize,
}

/// A point where the network rests, and how the circuit compares there.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct LinearPoint {
    /// What leads there: `no input`, or the end of a trial.
    pub reached: String,
    /// True where all eigenvalues of the network have negative real parts.
    pub stable: bool,
    /// How far the circuit's own operating point is, relative to the largest state.
    pub distance: f64,
    /// Largest difference of an eigenvalue, relative to the largest modulus.
    pub eigenvalues: f64,
    /// The same of the poles of the deck as it stands (`.pz`), found without the reduction;
    /// `None` for a deck of many unknowns, or whose poles cannot be found.
    pub poles: Option<f64>,
    /// Largest difference of a transfer function at any frequency, relative to its
    /// largest modulus; 0 without inputs or outputs.
    pub transfer: f64,
    /// Frequencies compared, as angular frequencies per model time unit.
    pub frequencies: usize,
    /// The numbers behind the mismatches, to draw them.
    #[serde(skip)]
    pub shown: Shown,
}

/// Eigenvalues and one transfer function of both sides at a point at rest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shown {
    /// Eigenvalues of the network and of the circuit, per model time unit.
    pub eigenvalues: [Vec<Complex<f64>>; 2],
    /// From the first input to the first output: angular frequency per model time unit,
    /// and the response of the network and of the circuit, output units per input unit.
    pub responses: Vec<(f64, [Complex<f64>; 2])>,
}

/// Two points nearer than this are one.
const SAME: f64 = 1e-6;
/// Scaled residual of a point at rest, and a hundred times the distance that Newton's method
/// may leave to it: what it leaves shows in the comparison.
const RESIDUAL: f64 = 1e-13;
const DISTINCT: f64 = 1e-11;
/// Condition number of a Jacobian beyond which nothing is compared.
const WORST_CONDITION: f64 = 1e7;
/// Unknowns of a deck whose poles are found.
const MOST_UNKNOWNS: usize = 160;
/// Trials whose ends are starts.
const TRIALS: usize = 8;
/// Points compared at most.
const MOST: usize = 6;
/// Angular frequencies, per model time unit: from a hundredth to a hundred, and rest.
fn frequencies(units: usize) -> usize {
    if units <= 100 { 25 } else { 13 }
}

/// A candidate: what leads there, the inputs and a state nearby.
struct Start {
    reached: String,
    input: Vec<f64>,
    state: Vec<f64>,
}

/// A point where the network rests, what leads there, and the inputs.
struct Rest {
    reached: String,
    input: Vec<f64>,
    point: FixedPoint,
}

/// Compares at the points that are found from rest and from the ends of trials; nothing
/// for a network whose eigenvalues would take longer than its trajectories, and where only
/// the beginning is compared.
pub(super) fn compare(
    bench: &Bench<'_>,
    expected: &[Expected],
    options: &VerifyOptions,
) -> Option<LinearReport> {
    if options.until.is_some() {
        return None;
    }
    let tolerance = options.linear;
    let network = bench.subject.network;
    let (units, inputs, _) = network.shape();
    let most = match units {
        0..=60 => MOST,
        61..=200 => 2,
        201..=500 => 1,
        _ => return None,
    };
    let rest =
        Start { reached: "no input".to_owned(), input: vec![0.0; inputs], state: vec![0.0; units] };
    let ends = expected.iter().take(TRIALS).enumerate().filter_map(|(at, expected)| {
        let stimulus = bench.subject.stimuli.stimulus(at);
        let end = stimulus.duration();
        Some(Start {
            reached: format!("end of {}", bench.subject.stimuli.trials()[at].name),
            input: (0..inputs).map(|channel| stimulus.value(channel, end)).collect(),
            state: expected.states.last()?.clone(),
        })
    });
    let (mut found, mut singular): (Vec<Rest>, usize) = (Vec::new(), 0);
    for start in std::iter::once(rest).chain(ends) {
        if found.len() == most {
            break;
        }
        let Some(rest) = at_rest(network, start) else { continue };
        let near = |other: &Rest| {
            other.input == rest.input
                && other
                    .point
                    .state
                    .iter()
                    .zip(&rest.point.state)
                    .all(|(a, b)| (a - b).abs() <= SAME)
        };
        if found.iter().any(near) {
            continue;
        }
        match is_isolated(network, &rest) {
            true => found.push(rest),
            false => singular += 1,
        }
    }
    let points: Vec<LinearPoint> =
        found.into_iter().filter_map(|rest| point(bench, network, rest)).collect();
    let mismatches = points.iter().flat_map(|p| {
        let poles = p.poles.unwrap_or(0.0);
        [p.distance, p.eigenvalues, poles, p.transfer]
    });
    let max_relative = mismatches.max_by(f64::total_cmp)?;
    let holds = max_relative <= tolerance;
    Some(LinearReport { holds, max_relative, tolerance, points, singular })
}

/// True where the Jacobian says where the point is.
fn is_isolated(network: &Rnn, rest: &Rest) -> bool {
    let units = rest.point.state.len();
    let mut a = DMatrix::zeros(units, units);
    if network.jacobian(&rest.point.state, &rest.input, &mut a).is_err() {
        return false;
    }
    let norm = |m: &DMatrix<f64>| {
        m.column_iter().map(|column| column.lp_norm(1)).max_by(f64::total_cmp).unwrap_or(0.0)
    };
    let size = norm(&a);
    a.try_inverse().is_some_and(|inverse| size * norm(&inverse) <= WORST_CONDITION)
}

/// The point at rest that Newton's method finds from `start`, if it finds one.
fn at_rest(network: &Rnn, start: Start) -> Option<Rest> {
    let options = SearchOptions {
        tolerance: RESIDUAL,
        distinct: DISTINCT,
        deflation_rounds: 0,
        ..SearchOptions::default()
    };
    let found = search(network, &start.input, &[start.state], &options).ok()?;
    let point = found.points.into_iter().next()?;
    Some(Rest { reached: start.reached, input: start.input, point })
}

fn point(bench: &Bench<'_>, network: &Rnn, rest: Rest) -> Option<LinearPoint> {
    let mut a = DMatrix::zeros(rest.point.state.len(), rest.point.state.len());
    network.jacobian(&rest.point.state, &rest.input, &mut a).ok()?;
    let b = network.input_jacobian(&rest.point.state, &rest.input).ok()?;
    let (c, d) = network.output_jacobians(&rest.point.state, &rest.input).ok()?;
    let stability = &rest.point.stability;
    let compared = b.ncols() > 0 && c.nrows() > 0;
    let frequencies = if compared { frequencies(a.nrows()) } else { 0 };
    // A circuit that has no such point, or nothing to be linearised there, differs.
    let none = f64::INFINITY;
    let (mut shown, mut poles) = (Shown::default(), None);
    let (distance, values, transfer) =
        CircuitSide::at(bench, &rest).map_or((none, none, none), |side| {
            let values = mismatch(&stability.eigenvalues, &side.eigenvalues);
            let distance = side.distance;
            poles = side.poles().map(|found| mismatch(&stability.eigenvalues, &found));
            shown.eigenvalues = [stability.eigenvalues.clone(), side.eigenvalues.clone()];
            let transfer = match frequencies {
                0 => Some(0.0),
                _ => side.transfer_mismatch([&a, &b, &c, &d], &mut shown.responses),
            };
            (distance, values, transfer.unwrap_or(none))
        });
    Some(LinearPoint {
        reached: rest.reached,
        stable: stability.stable,
        distance,
        eigenvalues: values,
        poles,
        transfer,
        frequencies,
        shown,
    })
}

/// The largest distance of an eigenvalue to its partner, nearest first, relative to the
/// largest modulus.
fn mismatch(own: &[Complex<f64>], other: &[Complex<f64>]) -> f64 {
    let largest = own.iter().map(|z| z.norm()).max_by(f64::total_cmp).unwrap_or(0.0);
    let mut left = other.to_vec();
    let mut worst = if own.len() == other.len() { 0.0 } else { f64::INFINITY };
    for z in own {
        let distances = left.iter().map(|w| (z - w).norm());
        let nearest = distances.enumerate().min_by(|a, b| a.1.total_cmp(&b.1));
        let Some((at, distance)) = nearest else { break };
        left.swap_remove(at);
        worst = if distance > worst { distance } else { worst };
    }
    if largest > 0.0 { worst / largest } else { worst }
}

/// The circuit around its own operating point.
struct CircuitSide<'b> {
    small: SmallSignal<'b, Mna>,
    /// A unit of each input of the network, as a right-hand side.
    drives: Vec<Vec<Complex<f64>>>,
    /// Where each output of the network is read, volts per unit.
    outputs: Vec<Vec<(usize, f64)>>,
    output_volts: f64,
    /// s per model time unit.
    time_unit: f64,
    /// How far the states are from those of the network, relative.
    distance: f64,
    /// Of its normal form, per model time unit.
    eigenvalues: Vec<Complex<f64>>,
}

impl<'b> CircuitSide<'b> {
    fn at(bench: &'b Bench<'b>, rest: &Rest) -> Option<Self> {
        let scales = &bench.extracted.scales;
        let matching = &bench.structure.matching;
        let names = bench.mna.inputs();
        let place =
            |input: usize| names.iter().position(|name| *name == bench.extracted.inputs[input]);
        let places: Vec<usize> =
            matching.inputs.iter().map(|&input| place(input)).collect::<Option<_>>()?;
        let mut u = bench.all.dc().to_vec();
        for (&place, value) in places.iter().zip(&rest.input) {
            u[place] = value * scales.input_volts;
        }
        let (units, outputs) = bench.readers();
        let guesses =
            units.iter().zip(&rest.point.state).filter_map(|(terms, state)| match terms[..] {
                [(unknown, sign)] => Some((unknown, sign * state * scales.state_volts)),
                _ => None,
            });
        let options = DcOptions { guesses: guesses.collect(), ..DcOptions::default() };
        let found = operating_point(&bench.mna, &u, &options).ok()?;
        let read = |terms: &[(usize, f64)]| -> f64 {
            terms.iter().map(|&(unknown, sign)| sign * found.x[unknown]).sum()
        };
        let off = units.iter().zip(&rest.point.state).map(|(terms, state)| {
            (read(terms) / scales.state_volts - state).abs() / (1.0 + state.abs())
        });
        let distance = off.max_by(f64::total_cmp).unwrap_or(0.0);
        let small = SmallSignal::new(&bench.mna, &found.x, &u, &found.switches).ok()?;
        let drives = places.iter().map(|&place| {
            let mut du = vec![Complex::default(); u.len()];
            du[place] = Complex::new(scales.input_volts, 0.0);
            small.drive(&du)
        });
        let drives = drives.collect();
        let eigenvalues = normal_form_eigenvalues(bench, rest)?;
        let (output_volts, time_unit) = (scales.output_volts, scales.time_unit);
        Some(Self { small, drives, outputs, output_volts, time_unit, distance, eigenvalues })
    }

    /// The poles of the small-signal equations, per model time unit; nothing for many
    /// unknowns, or where they cannot be found.
    fn poles(&self) -> Option<Vec<Complex<f64>>> {
        if self.small.size() > MOST_UNKNOWNS {
            return None;
        }
        let (g, c) = self.small.matrices();
        let found = natural_frequencies(&g, &c).ok()?;
        Some(found.into_iter().map(|s| s * self.time_unit).collect())
    }

    /// The largest difference of a transfer function, relative to the largest modulus of
    /// any, from rest to high frequencies; the network's from A, B, C and D. The first of
    /// the functions goes to `responses`.
    fn transfer_mismatch(
        mut self,
        [a, b, c, d]: [&DMatrix<f64>; 4],
        responses: &mut Vec<(f64, [Complex<f64>; 2])>,
    ) -> Option<f64> {
        let complex = |m: &DMatrix<f64>| m.map(|x| Complex::new(x, 0.0));
        let [a, b, c, d] = [a, b, c, d].map(complex);
        let (mut worst, mut largest) = (0.0f64, 0.0f64);
        let count = frequencies(a.nrows());
        for k in 0..count {
            let omega = match k {
                0 => 0.0,
                k => 10f64.powf((k as f64 - 1.0) / (count as f64 - 2.0) * 4.0 - 2.0),
            };
            let s = Complex::new(0.0, omega);
            let shifted = DMatrix::identity(a.nrows(), a.nrows()) * s - &a;
            let own = &c * shifted.lu().solve(&b)? + &d;
            self.small.at(s / self.time_unit).ok()?;
            for (channel, drive) in self.drives.iter().enumerate() {
                let mut x = drive.clone();
                self.small.solve(&mut x);
                for (output, terms) in self.outputs.iter().enumerate() {
                    let sum: Complex<f64> = terms.iter().map(|&(u, sign)| x[u] * sign).sum();
                    let (sum, wanted) = (sum / self.output_volts, own[(output, channel)]);
                    if output == 0 && channel == 0 {
                        responses.push((omega, [wanted, sum]));
                    }
                    let (modulus, off) = (wanted.norm(), (sum - wanted).norm());
                    if !off.is_finite() {
                        return Some(f64::INFINITY);
                    }
                    worst = if off > worst { off } else { worst };
                    largest = if modulus > largest { modulus } else { largest };
                }
            }
        }
        Some(if largest > 0.0 { worst / largest } else { worst })
    }
}

/// The eigenvalues of the reduced circuit at the states and inputs of the network.
fn normal_form_eigenvalues(bench: &Bench<'_>, rest: &Rest) -> Option<Vec<Complex<f64>>> {
    let scales = &bench.extracted.scales;
    let matching = &bench.structure.matching;
    let mut x = vec![0.0; rest.point.state.len()];
    for ((&unit, sign), state) in matching.units.iter().zip(&matching.signs).zip(&rest.point.state)
    {
        x[unit] = sign * state * scales.state_volts;
    }
    let mut u = bench.varying.dc().to_vec();
    for (&input, value) in matching.inputs.iter().zip(&rest.input) {
        u[input] = value * scales.input_volts;
    }
    let flow = Flow::new(bench.reduction.lure.clone());
    let mut jacobian = DMatrix::zeros(x.len(), x.len());
    flow.jacobian(&x, &u, &mut jacobian).ok()?;
    let found = eigenvalues(&jacobian).ok()?;
    Some(found.into_iter().map(|z| z * scales.time_unit).collect())
}
