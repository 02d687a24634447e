//! What a comparison must notice, and what it must not.

use std::sync::atomic::{AtomicU32, Ordering};

use nalgebra::DMatrix;

use super::*;
use crate::{
    dae::{SystemError, Time, Unknown},
    rnn::{Activation, Form, Rnn},
    transform::{Rescaled, Transform, tests::network},
};

const STATE: [f64; 4] = [0.3, -0.2, 0.5, 0.1];
const INPUT: [f64; 2] = [0.4, -0.7];

/// How a system is made wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    /// It says that it is affine.
    Affine,
    /// Its value changes with every call.
    Unsteady,
    /// It has no value.
    Nowhere,
}

/// A network with a fault.
struct Crooked {
    network: Rnn,
    fault: Fault,
    calls: AtomicU32,
}

impl Crooked {
    fn new(fault: Fault) -> Self {
        Self { network: network(Form::A, Activation::Tanh), fault, calls: AtomicU32::new(0) }
    }
}

impl System for Crooked {
    fn time(&self) -> Time {
        System::time(&self.network)
    }

    fn states(&self) -> Vec<Unknown> {
        self.network.states()
    }

    fn inputs(&self) -> Vec<String> {
        self.network.inputs()
    }

    fn outputs(&self) -> Vec<String> {
        self.network.outputs()
    }

    fn shape(&self) -> (usize, usize, usize) {
        self.network.shape()
    }

    fn evolve(&self, x: &[f64], u: &[f64], out: &mut [f64]) -> Result<(), SystemError> {
        self.network.evolve(x, u, out)?;
        match self.fault {
            Fault::Unsteady => {
                out[0] += 1e-9 * f64::from(self.calls.fetch_add(1, Ordering::Relaxed) % 7);
            }
            Fault::Nowhere => out[0] = f64::NAN,
            Fault::None | Fault::Affine => {}
        }
        Ok(())
    }

    fn jacobian(&self, x: &[f64], u: &[f64], out: &mut DMatrix<f64>) -> Result<(), SystemError> {
        self.network.jacobian(x, u, out)
    }

    fn input_jacobian(&self, x: &[f64], u: &[f64]) -> Result<DMatrix<f64>, SystemError> {
        self.network.input_jacobian(x, u)
    }

    fn output(&self, x: &[f64], u: &[f64], y: &mut [f64]) -> Result<(), SystemError> {
        System::output(&self.network, x, u, y)
    }

    fn output_jacobians(
        &self,
        x: &[f64],
        u: &[f64],
    ) -> Result<(DMatrix<f64>, DMatrix<f64>), SystemError> {
        self.network.output_jacobians(x, u)
    }

    fn is_odd(&self) -> bool {
        false
    }

    fn is_affine(&self) -> bool {
        self.fault == Fault::Affine
    }

    fn linear_part(&self) -> Option<DMatrix<f64>> {
        self.network.linear_part()
    }
}

fn quick(method: Method) -> Options {
    let methods = vec![method];
    Options { methods, steps: 50, factor: 3.0, ..Options::at(STATE.to_vec(), INPUT.to_vec()) }
}

fn failing(report: &Commutation) -> Vec<Claim> {
    let failing = report.rows.iter().filter(|row| row.verdict == Verdict::Fails);
    failing.map(|row| row.claim).collect()
}

#[test]
fn a_system_that_keeps_its_word_passes() {
    for method in Method::ALL {
        let report = commute(&Crooked::new(Fault::None), &quick(method), &|_| ()).unwrap();
        assert_eq!(failing(&report), [], "{report}");
        // One of flows; two pairs, five orders, two wrong steps, one point elsewhere.
        assert_eq!(report.rows.len(), 11);
        assert!(report.skipped.is_empty());
    }
}

#[test]
fn a_system_that_lies_about_being_affine_is_caught() {
    let report = commute(&Crooked::new(Fault::Affine), &quick(Method::ImplicitEuler), &|_| ());
    let report = report.unwrap();
    assert!(!report.holds);
    let failing = failing(&report);
    assert!(failing.contains(&Claim::DiscretiseLinearise), "{failing:?}");
    assert!(failing.contains(&Claim::OffEquilibrium) && failing.contains(&Claim::Triple));
    assert!(report.to_string().starts_with("FAILS"));
}

#[test]
fn a_system_that_is_no_function_is_caught() {
    let report = commute(&Crooked::new(Fault::Unsteady), &quick(Method::ExplicitEuler), &|_| ());
    let report = report.unwrap();
    assert!(failing(&report).contains(&Claim::RescaleDiscretise), "{report}");
}

#[test]
fn what_is_no_number_does_not_pass() {
    match commute(&Crooked::new(Fault::Nowhere), &quick(Method::ExplicitEuler), &|_| ()) {
        Err(_) => {}
        Ok(report) => assert!(!report.holds, "{report}"),
    }
}

#[test]
fn nonsense_is_refused() {
    let network = network(Form::A, Activation::Tanh);
    let refused = |options: &Options| commute(&network, options, &|_| ()).unwrap_err().to_string();
    let usual = quick(Method::ExplicitEuler);
    assert_eq!(
        refused(&Options { factor: 0.0, ..usual.clone() }),
        "the factor of time is 0, it must be positive and finite"
    );
    assert_eq!(
        refused(&Options { step: f64::NAN, ..usual.clone() }),
        "the step is NaN, it must be positive and finite"
    );
    assert_eq!(
        refused(&Options { state: vec![0.0; 3], ..usual.clone() }),
        "the state has 3 values, the system has 4"
    );
    assert_eq!(
        refused(&Options { held: vec![vec![0.0; 2], vec![0.0]], ..usual.clone() }),
        "a row of inputs has 1 values, the system has 2"
    );
    let map = (&network).discretise(Method::ExplicitEuler, 0.1).unwrap();
    let fault = commute(&map, &usual, &|_| ()).unwrap_err();
    assert_eq!(fault, TransformError::AlreadyDiscrete { step: 0.1 });
}

/// A wrong step is off by exactly what is predicted, and a right one that is
/// given as the wrong one by nothing.
#[test]
fn the_control_is_one() {
    let network = network(Form::B, Activation::Logistic);
    for method in Method::ALL {
        let usual = quick(method);
        let wrong = Options { wrong_step: Some(0.2), ..usual.clone() };
        let report = commute(&network, &wrong, &|_| ()).unwrap();
        for row in report.rows.iter().filter(|row| row.claim == Claim::WrongStep) {
            assert_eq!(row.verdict, Verdict::Differs, "{report}");
            let (measured, predicted) = (row.measured.unwrap(), row.predicted.unwrap());
            assert!((measured / predicted - 1.0).abs() < 1e-12, "{measured} {predicted}");
            assert!(predicted > 1e-4);
        }
        let right = Options { wrong_step: Some(3.0 * 0.1), ..usual };
        let report = commute(&network, &right, &|_| ()).unwrap();
        for row in report.rows.iter().filter(|row| row.claim == Claim::WrongStep) {
            assert_eq!((row.verdict, row.condition_holds), (Verdict::Exact, true), "{report}");
        }
    }
}

/// The leading order of the defect off equilibrium: the ratio of measured and
/// predicted goes to 1 as the step goes to 0.
#[test]
fn off_equilibrium_the_defect_is_of_second_order() {
    let network = network(Form::A, Activation::Tanh);
    let mut options = quick(Method::ExplicitEuler);
    options.methods = Method::ALL.to_vec();
    let swept = sweep(&network, &options, &[1e-2, 1e-3]).unwrap();
    assert_eq!(swept.points.len(), 12);
    for pair in swept.points.chunks(2) {
        let [coarse, fine] = pair else { panic!("two steps") };
        let predicted = fine.predicted_off_equilibrium.unwrap();
        if matches!(fine.method, Method::ExplicitEuler | Method::ExponentialEuler) {
            assert_eq!(predicted, 0.0);
            assert!(coarse.off_equilibrium < 1e-15 && fine.off_equilibrium < 1e-15);
            continue;
        }
        let ratio = fine.off_equilibrium / predicted;
        assert!((ratio - 1.0).abs() < 0.01, "{:?} {ratio}", fine.method);
        let order = (coarse.off_equilibrium / fine.off_equilibrium).log10();
        assert!((order - 2.0).abs() < 0.05, "{:?} {order}", fine.method);
    }
}

#[test]
fn a_sample_is_the_flow() {
    use crate::transform::Sampled;
    // tanh replaced by the identity: the exponential is known.
    let linear = network(Form::A, Activation::Linear);
    let substeps = Sampled::substeps_for(&linear, 0.7, (&STATE, &INPUT), 1e-12).unwrap();
    let sampled = Sampled::new(&linear, 0.7, substeps).unwrap();
    let held = (&linear).discretise(Method::ZeroOrderHold, 0.7).unwrap();
    let (mut one, mut other) = ([0.0; 4], [0.0; 4]);
    sampled.evolve(&STATE, &INPUT, &mut one).unwrap();
    held.evolve(&STATE, &INPUT, &mut other).unwrap();
    for (one, other) in one.iter().zip(&other) {
        assert!((one - other).abs() < 1e-11, "{one} {other}");
    }
    let (mut a, mut b) = (DMatrix::zeros(4, 4), DMatrix::zeros(4, 4));
    sampled.jacobian(&STATE, &INPUT, &mut a).unwrap();
    held.jacobian(&STATE, &INPUT, &mut b).unwrap();
    assert!((a - b).amax() < 1e-11);
    let (a, b) = (sampled.input_jacobian(&STATE, &INPUT), held.input_jacobian(&STATE, &INPUT));
    assert!((a.unwrap() - b.unwrap()).amax() < 1e-11);
    // Corners have no order.
    let cornered = network(Form::A, Activation::Relu);
    let fault = Sampled::substeps_for(&cornered, 5.0, (&[0.01; 4], &INPUT), 1e-14).unwrap_err();
    assert!(matches!(fault, TransformError::Unsampled { substeps: 512, .. }), "{fault}");
}

#[test]
fn the_rescaled_system_is_the_one_that_is_compared() {
    // Guards the direction of the factor: rates are divided by a.
    let network = network(Form::A, Activation::Tanh);
    let slow = Rescaled::new(&network, 3.0).unwrap();
    let (mut fast, mut rate) = ([0.0; 4], [0.0; 4]);
    network.evolve(&STATE, &INPUT, &mut fast).unwrap();
    slow.evolve(&STATE, &INPUT, &mut rate).unwrap();
    for (fast, rate) in fast.iter().zip(&rate) {
        assert_eq!(*rate, fast / 3.0);
    }
}
