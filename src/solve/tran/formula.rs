//! The formulas that stand for `q'`.

use crate::solve::{Method, history::History};

/// `gamma = 1 - 1/sqrt(2)`: both stages of the starting method have it on their
/// diagonal (Alexander, SIAM J. Numer. Anal. 14, 1977: order 2, L-stable).
pub(super) const GAMMA: f64 = 1.0 - std::f64::consts::FRAC_1_SQRT_2;

/// Local error of the starting method over `h^3 q'''/6`: `6 |1/6 - 3 gamma^2 + 2 gamma^3|`.
const START_ERROR: f64 = 18.0 * GAMMA * GAMMA - 12.0 * GAMMA * GAMMA * GAMMA - 1.0;

/// The first step from a corner over the steps that follow: so long that one
/// factored matrix serves both.
pub(super) fn start_ratio(method: Method) -> f64 {
    match method {
        // 1 / (gamma ratio h) = 2 / h.
        Method::Trapezoidal => 0.5 / GAMMA,
        // Nearly; equal weights would make the first step too long for its error.
        Method::Gear2 => 1.8,
    }
}

/// Largest growth from step to step; BDF2 with variable steps is stable below
/// 1 + sqrt(2).
pub(super) fn largest_growth(method: Method) -> f64 {
    match method {
        Method::Trapezoidal => 2.5,
        Method::Gear2 => 2.0,
    }
}

/// Writes the rest `r` of `q'[n+1] = alpha q[n+1] + r` for a step of length `h` and
/// returns alpha.
pub(super) fn set_up(method: Method, history: &History, h: f64, rest: &mut [f64]) -> f64 {
    let last = history.last();
    match (method, history.before()) {
        (Method::Gear2, Some(before)) => {
            let h1 = last.time - before.time;
            let (near, far) = (-(h + h1) / (h * h1), h / (h1 * (h + h1)));
            for (row, rest) in rest.iter_mut().enumerate() {
                *rest = near * last.q[row] + far * before.q[row];
            }
            (2.0 * h + h1) / (h * (h + h1))
        }
        (Method::Trapezoidal | Method::Gear2, _) => {
            let alpha = 2.0 / h;
            for (rest, (q, rate)) in rest.iter_mut().zip(last.q.iter().zip(&last.rate)) {
                *rest = -alpha * q - rate;
            }
            alpha
        }
    }
}

/// Local error of the charge over its third divided difference (`q'''/6`), for the
/// step to `time`. With two points the first of them is of the starting method,
/// whose step counts as well.
pub(super) fn error_constant(method: Method, history: &History, time: f64) -> f64 {
    let last = history.last();
    let h = time - last.time;
    let Some(before) = history.before() else { return 0.0 };
    let h1 = last.time - before.time;
    let constant = match method {
        Method::Gear2 => h * h * (h + h1) * (h + h1) / (2.0 * h + h1),
        Method::Trapezoidal => 0.5 * h * h * h,
    };
    let start = START_ERROR * h1 * h1 * h1;
    if history.len() == 2 && start > constant { start } else { constant }
}
