//! An integrator of its own, so that what is measured does not judge itself.

/// Writes the rate of a state at a time.
pub(crate) type Rate<'a> = dyn Fn(f64, &[f64], &mut [f64]) + 'a;

/// Local error of a step, absolute; states are of the order of one.
const TOLERANCE: f64 = 1e-11;

/// The nodes of Dormand's and Prince's method of order 5, and its coefficients.
const NODES: [f64; 6] = [0.2, 0.3, 0.8, 8.0 / 9.0, 1.0, 1.0];
const STAGES: [&[f64]; 6] = [
    &[1.0 / 5.0],
    &[3.0 / 40.0, 9.0 / 40.0],
    &[44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0],
    &[19372.0 / 6561.0, -25360.0 / 2187.0, 64448.0 / 6561.0, -212.0 / 729.0],
    &[9017.0 / 3168.0, -355.0 / 33.0, 46732.0 / 5247.0, 49.0 / 176.0, -5103.0 / 18656.0],
    &[35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0],
];
/// Difference of the methods of order 5 and 4.
const ERROR: [f64; 7] = [
    71.0 / 57600.0,
    0.0,
    -71.0 / 16695.0,
    71.0 / 1920.0,
    -17253.0 / 339_200.0,
    22.0 / 525.0,
    -1.0 / 40.0,
];

/// The states at `times`, which increase from 0 on, of `state' = rate` from `initial`
/// at 0. Steps end at the corners of the inputs and at every time asked for.
pub(crate) fn trajectory(
    rate: &Rate<'_>,
    initial: &[f64],
    times: &[f64],
    corners: &[f64],
) -> Vec<Vec<f64>> {
    let mut run = Run {
        rate,
        time: 0.0,
        state: initial.to_vec(),
        slopes: vec![vec![0.0; initial.len()]; 7],
        step: 1e-6,
    };
    let mut corners = corners.iter().copied().peekable();
    let mut rows = Vec::with_capacity(times.len());
    for &time in times {
        while let Some(corner) = corners.next_if(|&corner| corner < time) {
            run.until(corner);
        }
        run.until(time);
        rows.push(run.state.clone());
    }
    rows
}

struct Run<'a> {
    rate: &'a Rate<'a>,
    time: f64,
    state: Vec<f64>,
    slopes: Vec<Vec<f64>>,
    /// The next one that the error allows.
    step: f64,
}

impl Run<'_> {
    fn until(&mut self, end: f64) {
        while self.time < end {
            let rest = end - self.time;
            let is_last = self.step >= rest;
            let step = if is_last { rest } else { self.step };
            let (next, error) = self.tried(step);
            // What is no number is no small error.
            let accepted = error <= TOLERANCE;
            let factor = match error {
                0.0 => 5.0,
                _ if error.is_finite() => 0.9 * (TOLERANCE / error).powf(0.2),
                _ => 0.2,
            };
            if accepted {
                self.state = next;
                self.time = if is_last { end } else { self.time + step };
            }
            // A step cut short by an end says nothing about a longer one.
            if !accepted || !is_last || factor < 1.0 {
                self.step = step * factor.clamp(0.2, 5.0);
            }
            assert!(self.step > 1e-18, "the reference does not get past {} s", self.time);
        }
    }

    /// The state after a step, and the estimate of its error.
    fn tried(&mut self, step: f64) -> (Vec<f64>, f64) {
        (self.rate)(self.time, &self.state, &mut self.slopes[0]);
        let mut next = self.state.clone();
        for (stage, (node, weights)) in NODES.into_iter().zip(STAGES).enumerate() {
            next.clone_from(&self.state);
            for (slope, weight) in self.slopes.iter().zip(weights) {
                for (value, slope) in next.iter_mut().zip(slope) {
                    *value += step * weight * slope;
                }
            }
            (self.rate)(self.time + node * step, &next, &mut self.slopes[stage + 1]);
        }
        let mut largest = 0.0;
        for at in 0..next.len() {
            let each = self.slopes.iter().zip(ERROR);
            let error = step * each.map(|(slope, weight)| weight * slope[at]).sum::<f64>();
            if !(error.abs() <= largest) {
                largest = error.abs();
            }
            if largest.is_nan() {
                break;
            }
        }
        (next, largest)
    }
}
