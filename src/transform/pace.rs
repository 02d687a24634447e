//! How fast a system is.

use nalgebra::DMatrix;

use super::TransformError;
use crate::{dae::System, linalg::eigenvalues};

/// Part of the fastest time.
const SHARE: f64 = 0.1;

/// A step that suits a flow near (x, u): a tenth of 1 / |mu|, mu the eigenvalue of
/// the Jacobian there with the largest modulus, rounded down to 1, 2 or 5 times a
/// power of ten, in the unit of time of the system. Where nothing moves: 0.1.
///
/// # Errors
///
/// [`TransformError`] where the system has no value there, or the Jacobian no
/// eigenvalues.
pub fn usual_step(system: &dyn System, x: &[f64], u: &[f64]) -> Result<f64, TransformError> {
    let mut jacobian = DMatrix::zeros(x.len(), x.len());
    system.jacobian(x, u, &mut jacobian)?;
    let values = eigenvalues(&jacobian)?;
    let fastest = values.iter().map(|value| value.norm()).max_by(f64::total_cmp).unwrap_or(0.0);
    let step = SHARE / fastest;
    if !(step > 0.0 && step.is_finite()) {
        return Ok(SHARE);
    }
    let power = 10.0_f64.powf(step.log10().floor());
    // A hair's breadth below 1 is 1.
    let digit = [5.0, 2.0, 1.0].into_iter().find(|digit| step / power >= digit * (1.0 - 1e-9));
    let rounded = digit.unwrap_or(1.0) * power;
    // Written as a person would: 0.05, not 0.05000000000000001.
    Ok(format!("{rounded:.0e}").parse().unwrap_or(rounded))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{dae::Time, transform::Linearised};

    #[test]
    fn a_step_is_a_round_tenth_of_the_fastest_time() {
        let of_rate = |rate: f64| {
            let one = |value| DMatrix::from_element(1, 1, value);
            let matrices = [one(-rate), one(1.0), one(1.0), one(0.0)];
            let system = Linearised::from_matrices(Time::Continuous, matrices).unwrap();
            usual_step(&system, &[0.0], &[0.0]).unwrap()
        };
        assert_eq!(of_rate(1.0), 0.1);
        assert_eq!(of_rate(1.9), 0.05);
        assert_eq!(of_rate(3.0), 0.02);
        assert_eq!(of_rate(2e6), 5e-8);
        assert_eq!(of_rate(0.0), 0.1);
    }
}
