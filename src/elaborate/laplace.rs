//! Transfer functions as ratios of polynomials.

use crate::{
    diag::Diagnostic,
    elaborate::scope::Env,
    expr::{Binary, Unary},
    netlist::expr::{Expr, ExprKind},
};

/// Highest degree of numerator and denominator.
const MOST_POLES: usize = 20;

/// `H(s)` in controllable form, over `p = s/scale`:
/// `direct + sum zeros[k] p^k / (p^n + sum poles[k] p^k)`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Filter {
    /// rad/s, positive.
    pub(super) scale: f64,
    /// Coefficients of the denominator, ascending, without the leading 1.
    pub(super) poles: Vec<f64>,
    /// Coefficients of the numerator, as many.
    pub(super) zeros: Vec<f64>,
    /// The value at infinity.
    pub(super) direct: f64,
}

/// Coefficients of powers of s, ascending; never empty, the last one not 0.
type Polynomial = Vec<f64>;

struct Ratio {
    numerator: Polynomial,
    denominator: Polynomial,
}

/// The filter that `transfer` describes; `None` after a fault, which is reported.
pub(super) fn filter(
    transfer: &Expr,
    env: &Env<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<Filter> {
    let found = env.expanded(transfer).and_then(|expr| ratio(&expr, env)).and_then(|ratio| {
        let Ratio { numerator, denominator } = ratio;
        let degree = denominator.len() - 1;
        let message = if denominator == [0.0] {
            "the denominator of the transfer function is 0".to_owned()
        } else if numerator.len() > denominator.len() {
            format!(
                "the transfer function grows without bounds: degree {} over degree {degree}",
                numerator.len() - 1
            )
        } else if degree > MOST_POLES {
            format!("the transfer function has degree {degree}, at most {MOST_POLES}")
        } else {
            return Ok(controllable(&numerator, &denominator));
        };
        let hint = "the degree of the numerator must not exceed that of the denominator";
        Err(Box::new(Diagnostic::error(transfer.span, message).with_hint(hint)))
    });
    match found {
        Ok(filter) => Some(filter),
        Err(fault) => {
            faults.push(*fault);
            None
        }
    }
}

fn controllable(numerator: &[f64], denominator: &[f64]) -> Filter {
    let degree = denominator.len() - 1;
    let leading = denominator[degree];
    // The geometric mean of the poles, so that scaled coefficients are about 1.
    let lowest = denominator.iter().position(|&a| a != 0.0).unwrap_or(degree);
    let scale = match degree - lowest {
        0 => 1.0,
        count => (denominator[lowest] / leading).abs().powf(1.0 / count as f64),
    };
    let scaled = |polynomial: &[f64], k: usize| {
        polynomial.get(k).copied().unwrap_or(0.0) / leading * scale.powi(k as i32 - degree as i32)
    };
    let poles: Vec<f64> = (0..degree).map(|k| scaled(denominator, k)).collect();
    let direct = scaled(numerator, degree);
    let zeros = poles.iter().enumerate().map(|(k, pole)| scaled(numerator, k) - direct * pole);
    Filter { scale, zeros: zeros.collect(), poles, direct }
}

/// The expression as a ratio of polynomials in s.
fn ratio(expr: &Expr, env: &Env<'_>) -> Result<Ratio, Box<Diagnostic>> {
    let refuse = |what: &str| {
        let message =
            format!("{what}: the transfer function must be a ratio of polynomials in `s`");
        let hint = "delays such as exp(-s*t) have no finite state; a ratio may approximate them";
        Err(Box::new(Diagnostic::error(expr.span, message).with_hint(hint)))
    };
    let constant = |value: f64| {
        if value.is_finite() {
            return Ok(Ratio { numerator: vec![value], denominator: vec![1.0] });
        }
        let message = format!("this value is {value}, not a finite number");
        Err(Box::new(Diagnostic::error(expr.span, message)))
    };
    match &expr.kind {
        ExprKind::Number(value) => constant(*value),
        ExprKind::Name(name) if env.netlist.symbols.name(*name) == "s" => {
            Ok(Ratio { numerator: vec![0.0, 1.0], denominator: vec![1.0] })
        }
        ExprKind::Name(name) => constant(env.constant(*name, expr.span)?),
        ExprKind::Voltage(..) | ExprKind::Current(_) => refuse("it depends on the circuit"),
        ExprKind::Part(..) | ExprKind::Call(..) | ExprKind::Select(..) => {
            refuse("a condition cannot stand here")
        }
        ExprKind::Unary(op, x) => {
            let x = ratio(x, env)?;
            match (op, x.constant()) {
                (op, Some(x)) => constant(op.value(x)),
                (Unary::Neg, None) => {
                    Ok(Ratio { numerator: x.numerator.iter().map(|c| -c).collect(), ..x })
                }
                (op, None) => refuse(&format!("`{}` of `s` is none", op.name())),
            }
        }
        ExprKind::Binary(op, a, b) => {
            let (a, b) = (ratio(a, env)?, ratio(b, env)?);
            match (op, a.constant(), b.constant()) {
                (op, Some(a), Some(b)) => constant(op.value(a, b)),
                (Binary::Add, ..) => Ok(sum(&a, &b, 1.0)),
                (Binary::Sub, ..) => Ok(sum(&a, &b, -1.0)),
                (Binary::Mul, ..) => Ok(Ratio {
                    numerator: product(&a.numerator, &b.numerator),
                    denominator: product(&a.denominator, &b.denominator),
                }),
                (Binary::Div, ..) => Ok(Ratio {
                    numerator: product(&a.numerator, &b.denominator),
                    denominator: product(&a.denominator, &b.numerator),
                }),
                (Binary::Pow, None, Some(power))
                    if power.fract() == 0.0 && power.abs() <= MOST_POLES as f64 =>
                {
                    Ok(power_of(a, power as i32))
                }
                (op, ..) => refuse(&format!("`{}` of `s` is none", op.name())),
            }
        }
    }
}

impl Ratio {
    /// Its value where it has no s.
    fn constant(&self) -> Option<f64> {
        match (self.numerator.as_slice(), self.denominator.as_slice()) {
            ([value], [divisor]) => Some(value / divisor),
            _ => None,
        }
    }
}

fn power_of(base: Ratio, power: i32) -> Ratio {
    let Ratio { numerator, denominator } = base;
    let (up, down) = if power < 0 { (denominator, numerator) } else { (numerator, denominator) };
    let raise = |polynomial: &Polynomial| {
        (0..power.abs()).fold(vec![1.0], |result, _| product(&result, polynomial))
    };
    Ratio { numerator: raise(&up), denominator: raise(&down) }
}

fn sum(a: &Ratio, b: &Ratio, sign: f64) -> Ratio {
    if a.denominator == b.denominator {
        let numerator = plus(&a.numerator, &b.numerator, sign);
        return Ratio { numerator, denominator: a.denominator.clone() };
    }
    let left = product(&a.numerator, &b.denominator);
    let right = product(&b.numerator, &a.denominator);
    Ratio {
        numerator: plus(&left, &right, sign),
        denominator: product(&a.denominator, &b.denominator),
    }
}

fn plus(a: &[f64], b: &[f64], sign: f64) -> Polynomial {
    let get = |polynomial: &[f64], k: usize| polynomial.get(k).copied().unwrap_or(0.0);
    let length = std::cmp::max(a.len(), b.len());
    trimmed((0..length).map(|k| get(a, k) + sign * get(b, k)).collect())
}

fn product(a: &[f64], b: &[f64]) -> Polynomial {
    let mut result = vec![0.0; a.len() + b.len() - 1];
    for (i, x) in a.iter().enumerate() {
        for (k, y) in b.iter().enumerate() {
            result[i + k] += x * y;
        }
    }
    trimmed(result)
}

/// Without leading zeros.
fn trimmed(mut polynomial: Polynomial) -> Polynomial {
    while polynomial.len() > 1 && polynomial.last() == Some(&0.0) {
        polynomial.pop();
    }
    polynomial
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (2 + s) / (1 + 3 s + 4 s^2): scale 1/2, so that p = 2 s.
    #[test]
    fn the_form_is_that_of_the_ratio() {
        let filter = controllable(&[2.0, 1.0], &[1.0, 3.0, 4.0]);
        assert_eq!(filter.scale, 0.5);
        // p^2 + 1.5 p + 1, after division by 4 and by the square of the scale.
        assert_eq!(filter.poles, [1.0, 1.5]);
        assert_eq!(filter.zeros, [2.0, 0.5]);
        assert_eq!(filter.direct, 0.0);
        // s / (1 + s) = 1 - 1/(1 + s)
        let high_pass = controllable(&[0.0, 1.0], &[1.0, 1.0]);
        assert_eq!((high_pass.direct, high_pass.zeros), (1.0, vec![-1.0]));
    }
}
