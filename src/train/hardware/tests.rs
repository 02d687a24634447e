use super::*;
use crate::train::weights::Cell;

const SHAPE: Shape = Shape { units: 5, inputs: 2, outputs: 2 };

fn weights() -> Weights {
    let values = (0..SHAPE.values()).map(|k| 0.6 * ((3 * k * k + 1) as f32).sin()).collect();
    Weights::from_values(SHAPE, values).unwrap()
}

fn sample() -> Sample {
    let values = |channels: usize, salt: usize| -> Vec<f32> {
        (0..8 * 12 * channels).map(|k| ((k * salt) as f32).sin()).collect()
    };
    Sample::new(12, (2, values(2, 7)), (2, values(2, 3))).unwrap()
}

/// What each error does, by the equations of an inverting amplifier written out.
#[test]
fn a_circuit_has_the_weights_of_its_components() {
    let trained = weights();
    let spec = HardwareSpec { tolerance: 0.2, offset: 0.05, ..HardwareSpec::default() };
    let (seed, number) = (3, 17);
    let built = Built::new(&spec, &trained, seed, number);
    let errors = Errors::draw(&spec, SHAPE, &mut chance(seed, ERRORS + number));
    let feedback = 1e4;
    let resistor =
        |at: usize, weight: f32| feedback / f64::from(weight.abs()) * (1.0 + errors.own[at]);
    // Row by row: what each stage puts out for 1 V at one source and 0 V at the others.
    for (variable, sources) in [(Variable::Recurrent, 0), (Variable::Input, SHAPE.units)] {
        let (rows, columns) = SHAPE.of(variable);
        let start = SHAPE.range(variable).start;
        for row in 0..rows {
            for column in 0..columns {
                let at = start + row * columns + column;
                let weight = trained.values()[at];
                let stage = feedback * (1.0 + errors.feedback[row]);
                let rail = if weight > 0.0 { -errors.inverters[sources + column] } else { 1.0 };
                let right = -stage / resistor(at, weight) * rail;
                let found = f64::from(built.weights.values()[at]);
                assert!((found - right).abs() < 1e-6, "{variable:?} {row} {column}");
            }
        }
    }
    // The constant at a unit: its own offset times its noise gain, and twice the offset of
    // the inverters that its positive weights hang on, turned round.
    let mut hanging = 0.0_f64;
    for unit in 0..SHAPE.units {
        let (mut gain, mut inverted) = (1.0, 0.0);
        for (variable, sources) in [(Variable::Recurrent, 0), (Variable::Input, SHAPE.units)] {
            let (_, columns) = SHAPE.of(variable);
            for (column, w) in
                built.weights.get(variable)[unit * columns..][..columns].iter().enumerate()
            {
                gain += f64::from(w.abs());
                if *w > 0.0 {
                    inverted += f64::from(*w) * 2.0 * errors.offsets.1[sources + column];
                }
            }
        }
        let own = f64::from(trained.get(Variable::Bias)[unit]) * (1.0 + errors.feedback[unit])
            / (1.0 + errors.own[SHAPE.range(Variable::Bias).start + unit]);
        let right = own + errors.offsets.0[unit] * (gain + own.abs()) - inverted;
        let found = f64::from(built.weights.get(Variable::Bias)[unit]);
        assert!((found - right).abs() < 1e-6, "{found} {right}");
        hanging += inverted.abs();
    }
    assert!(hanging > 0.01, "some weight hangs on an inverter");
}

/// The gradient of the mean loss of the circuits, against central differences with the
/// same errors.
#[test]
fn the_gradient_is_that_of_the_circuits() {
    let (sample, trained) = (sample(), weights());
    let cell = Cell { step: 0.5, ..Cell::KERAS };
    let mut engine = Engine::new(SHAPE, cell, 1).unwrap();
    let spec = HardwareSpec { tolerance: 0.3, circuits: 3, ..HardwareSpec::default() };
    let batch: Vec<usize> = (0..8).collect();
    let mut look =
        |weights: &Weights| gradient(&mut engine, Some(&spec), (weights, &sample, &batch), (5, 9));
    let (_, slopes) = look(&trained);
    for at in [0, 7, 13, 24, 26, 33, 36, 41, 46, 51] {
        let mut at_shift = |shift: f32| {
            let mut moved = trained.clone();
            moved.values_mut()[at] += shift;
            look(&moved).0
        };
        let h = 4e-3;
        let right = (at_shift(h) - at_shift(-h)) / (2.0 * f64::from(h));
        let found = f64::from(slopes[at]);
        assert!((found - right).abs() < 2e-3 * (1.0 + right.abs()), "{at}: {found} {right}");
    }
}

#[test]
fn without_errors_a_circuit_is_the_network() {
    let (sample, trained) = (sample(), weights());
    let spec = HardwareSpec { tolerance: 0.0, circuits: 1, ..HardwareSpec::default() };
    assert_eq!(Built::new(&spec, &trained, 1, 2).weights, trained);
    let mut engine = Engine::new(SHAPE, Cell::KERAS, 1).unwrap();
    let batch: Vec<usize> = (0..8).collect();
    let what = (&trained, &sample, &batch[..]);
    assert_eq!(
        gradient(&mut engine, Some(&spec), what, (0, 0)),
        gradient(&mut engine, None, what, (0, 0))
    );
}

#[test]
fn resistors_are_those_of_the_series() {
    let trained = weights();
    let series = Some(Series::E12);
    let spec = HardwareSpec { tolerance: 0.0, series, ..HardwareSpec::default() };
    let built = Built::new(&spec, &trained, 1, 2);
    for (weight, own) in built.weights.values().iter().zip(trained.values()) {
        let ohm = 1e4 / f64::from(weight.abs());
        assert!((Series::E12.nearest(ohm) / ohm - 1.0).abs() < 1e-6, "{ohm}");
        assert!(weight.signum() == own.signum() && (weight / own).ln().abs() < 0.12);
    }
    assert_eq!(bought(&Series::E12.decade(), 0.0), 0.0);
}
