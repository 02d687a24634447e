//! A flow as the map over one step.

use nalgebra::DMatrix;

use super::error::{finite, positive};
use super::implicit::ImplicitStep;
use super::propagator::Propagator;
use super::{Method, TransformError};
use crate::{
    dae::{System, SystemError, Time, Unknown},
    linalg::DenseLu,
};

/// A flow as the map over a step d, by one of the methods.
#[derive(Clone, Debug, PartialEq)]
pub struct Discretised<S> {
    system: S,
    method: Method,
    step: f64,
    /// M, where it is not the system's own.
    linear: Option<DMatrix<f64>>,
    /// `d phi1(d M)`, where the method needs it.
    propagator: Option<Propagator>,
}

/// States of inner stages of the Runge-Kutta method, and the rates of all four.
type Stages = ([Vec<f64>; 3], [Vec<f64>; 4]);

/// By what a map is differentiated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Argument {
    State,
    Input,
}

impl<S: System> Discretised<S> {
    /// `system` over `step`. Exponential Euler solves the linear part of the
    /// system's own, [`System::linear_part`].
    ///
    /// # Errors
    ///
    /// [`TransformError`] where the step is not positive and finite, time is
    /// discrete already, a zero-order hold is asked of a system that is not known
    /// to be affine, exponential Euler of one without a linear part, or the
    /// exponential overflows.
    pub fn new(system: S, method: Method, step: f64) -> Result<Self, TransformError> {
        Self::checked(system, method, step, None)
    }

    /// Exponential Euler with `linear` as the linear part, states x states; the
    /// Jacobian at a point makes it of order 2 near that point.
    ///
    /// # Errors
    ///
    /// As [`Discretised::new`], and where `linear` has another shape or holds a
    /// value that is not finite.
    pub fn exponential(system: S, linear: DMatrix<f64>, step: f64) -> Result<Self, TransformError> {
        let states = system.shape().0;
        if linear.shape() != (states, states) {
            return Err(TransformError::Shape {
                what: "the linear part",
                expected: (states, states),
                found: linear.shape(),
            });
        }
        finite("the linear part", states, linear.as_slice())?;
        Self::checked(system, Method::ExponentialEuler, step, Some(linear))
    }

    fn checked(
        system: S,
        method: Method,
        step: f64,
        linear: Option<DMatrix<f64>>,
    ) -> Result<Self, TransformError> {
        positive("the step", step)?;
        if let Time::Discrete { step } = system.time() {
            return Err(TransformError::AlreadyDiscrete { step });
        }
        let propagator = match method {
            Method::ZeroOrderHold => Some(Propagator::of(&constant_jacobian(&system)?, step)?),
            Method::ExponentialEuler => {
                let own = || system.linear_part().ok_or(TransformError::NoLinearPart);
                let part = linear.clone().map_or_else(own, Ok)?;
                Some(Propagator::of(&part, step)?)
            }
            _ => None,
        };
        Ok(Self { system, method, step, linear, propagator })
    }

    /// The flow.
    pub fn system(&self) -> &S {
        &self.system
    }

    /// The method.
    pub fn method(&self) -> Method {
        self.method
    }

    /// d, in the unit of time of the flow.
    pub fn step(&self) -> f64 {
        self.step
    }

    /// The linear part that was given for exponential Euler.
    pub fn given_linear_part(&self) -> Option<&DMatrix<f64>> {
        self.linear.as_ref()
    }

    fn rate(&self, x: &[f64], u: &[f64]) -> Result<Vec<f64>, SystemError> {
        let mut rate = vec![0.0; x.len()];
        self.system.evolve(x, u, &mut rate)?;
        Ok(rate)
    }

    /// The weight of F at the new state in an implicit method.
    fn theta(&self) -> f64 {
        if self.method == Method::Trapezoidal { self.step / 2.0 } else { self.step }
    }

    /// The base of the implicit equation `X = base + theta F(X, u)`.
    fn base(&self, x: &[f64], u: &[f64]) -> Result<Vec<f64>, SystemError> {
        match self.method {
            Method::Trapezoidal => Ok(moved(x, self.step / 2.0, &self.rate(x, u)?)),
            _ => Ok(x.to_vec()),
        }
    }

    /// The three inner stages of the Runge-Kutta method and its four rates.
    fn stages(&self, x: &[f64], u: &[f64]) -> Result<Stages, SystemError> {
        let d = self.step;
        let first = self.rate(x, u)?;
        let second_at = moved(x, d / 2.0, &first);
        let second = self.rate(&second_at, u)?;
        let third_at = moved(x, d / 2.0, &second);
        let third = self.rate(&third_at, u)?;
        let fourth_at = moved(x, d, &third);
        let fourth = self.rate(&fourth_at, u)?;
        Ok(([second_at, third_at, fourth_at], [first, second, third, fourth]))
    }

    /// The derivative of F at `x` by `by`, where the state at `x` has the
    /// derivative `of_state` by it; `None` stands for that of the start itself.
    fn chain(
        &self,
        (x, u): (&[f64], &[f64]),
        of_state: Option<&DMatrix<f64>>,
        by: Argument,
    ) -> Result<DMatrix<f64>, SystemError> {
        let mut direct = DMatrix::zeros(x.len(), x.len());
        match (of_state, by) {
            (None, Argument::Input) => return self.system.input_jacobian(x, u),
            (None, Argument::State) => {
                self.system.jacobian(x, u, &mut direct)?;
                return Ok(direct);
            }
            (Some(_), _) => self.system.jacobian(x, u, &mut direct)?,
        }
        let through = direct * of_state.expect("invariant: the other cases have returned");
        match by {
            Argument::State => Ok(through),
            Argument::Input => Ok(through + self.system.input_jacobian(x, u)?),
        }
    }

    /// The derivative of the next state by `by`.
    fn derivative(&self, x: &[f64], u: &[f64], by: Argument) -> Result<DMatrix<f64>, SystemError> {
        let d = self.step;
        match self.method {
            Method::ExplicitEuler => Ok(from_start(self.chain((x, u), None, by)? * d, by)),
            Method::ZeroOrderHold | Method::ExponentialEuler => {
                let mut change = self.chain((x, u), None, by)?;
                if let Some(propagator) = &self.propagator {
                    for mut column in change.column_iter_mut() {
                        propagator.apply(column.as_mut_slice());
                    }
                }
                Ok(from_start(change, by))
            }
            Method::RungeKutta4 => {
                let (at, _) = self.stages(x, u)?;
                let mut rate = self.chain((x, u), None, by)?;
                let mut sum = rate.clone();
                for ((at, reach), weight) in at.iter().zip([0.5, 0.5, 1.0]).zip([2.0, 2.0, 1.0]) {
                    let state = from_start(rate * (reach * d), by);
                    rate = self.chain((at, u), Some(&state), by)?;
                    sum += &rate * weight;
                }
                Ok(from_start(sum * (d / 6.0), by))
            }
            Method::ImplicitEuler | Method::Trapezoidal => self.implicit_derivative(x, u, by),
        }
    }

    /// By the implicit function theorem: `(1 - theta F_x(X)) dX = d base + theta F_u(X) du`.
    fn implicit_derivative(
        &self,
        x: &[f64],
        u: &[f64],
        by: Argument,
    ) -> Result<DMatrix<f64>, SystemError> {
        let theta = self.theta();
        let mut next = vec![0.0; x.len()];
        self.evolve(x, u, &mut next)?;
        let columns = if by == Argument::State { x.len() } else { u.len() };
        let mut right = from_start(DMatrix::zeros(x.len(), columns), by);
        if self.method == Method::Trapezoidal {
            right += self.chain((x, u), None, by)? * theta;
        }
        if by == Argument::Input {
            right += self.system.input_jacobian(&next, u)? * theta;
        }
        let equation =
            ImplicitStep { system: &self.system, base: x, input: u, theta, step: self.step };
        let lu = DenseLu::factor(&equation.matrix(&next)?).map_err(|_| {
            let state = self.system.states().first().map_or_else(String::new, |s| s.name.clone());
            SystemError::ImplicitStep { step: self.step, state, residual: 0.0 }
        })?;
        for mut column in right.column_iter_mut() {
            lu.solve(column.as_mut_slice());
        }
        Ok(right)
    }
}

/// The Jacobian of an affine system.
fn constant_jacobian<S: System>(system: &S) -> Result<DMatrix<f64>, TransformError> {
    if !system.is_affine() {
        return Err(TransformError::NotAffine);
    }
    let (states, inputs, _) = system.shape();
    let mut jacobian = DMatrix::zeros(states, states);
    system.jacobian(&vec![0.0; states], &vec![0.0; inputs], &mut jacobian)?;
    Ok(jacobian)
}

/// `x + weight rate`.
fn moved(x: &[f64], weight: f64, rate: &[f64]) -> Vec<f64> {
    x.iter().zip(rate).map(|(x, rate)| x + weight * rate).collect()
}

/// The derivative of `x + change`, where `x` is the state at the start.
fn from_start(mut change: DMatrix<f64>, by: Argument) -> DMatrix<f64> {
    if by == Argument::State {
        for at in 0..change.nrows() {
            change[(at, at)] += 1.0;
        }
    }
    change
}

impl<S: System> System for Discretised<S> {
    fn time(&self) -> Time {
        Time::Discrete { step: self.step }
    }

    fn states(&self) -> Vec<Unknown> {
        self.system.states()
    }

    fn inputs(&self) -> Vec<String> {
        self.system.inputs()
    }

    fn outputs(&self) -> Vec<String> {
        self.system.outputs()
    }

    fn shape(&self) -> (usize, usize, usize) {
        self.system.shape()
    }

    fn evolve(&self, x: &[f64], u: &[f64], out: &mut [f64]) -> Result<(), SystemError> {
        let d = self.step;
        match self.method {
            Method::ExplicitEuler => {
                self.system.evolve(x, u, out)?;
                out.iter_mut().zip(x).for_each(|(value, x)| *value = x + d * *value);
            }
            Method::ZeroOrderHold | Method::ExponentialEuler => {
                self.system.evolve(x, u, out)?;
                if let Some(propagator) = &self.propagator {
                    propagator.apply(out);
                }
                out.iter_mut().zip(x).for_each(|(value, x)| *value += x);
            }
            Method::RungeKutta4 => {
                let (_, [first, second, third, fourth]) = self.stages(x, u)?;
                for (at, value) in out.iter_mut().enumerate() {
                    let sum = first[at] + 2.0 * second[at] + 2.0 * third[at] + fourth[at];
                    *value = x[at] + d / 6.0 * sum;
                }
            }
            Method::ImplicitEuler | Method::Trapezoidal => {
                let base = self.base(x, u)?;
                let (system, theta) = (&self.system, self.theta());
                out.copy_from_slice(x);
                ImplicitStep { system, base: &base, input: u, theta, step: d }.solve(out)?;
            }
        }
        Ok(())
    }

    fn jacobian(&self, x: &[f64], u: &[f64], out: &mut DMatrix<f64>) -> Result<(), SystemError> {
        if self.method == Method::ExplicitEuler {
            self.system.jacobian(x, u, out)?;
            *out *= self.step;
            (0..x.len()).for_each(|at| out[(at, at)] += 1.0);
            return Ok(());
        }
        out.copy_from(&self.derivative(x, u, Argument::State)?);
        Ok(())
    }

    fn input_jacobian(&self, x: &[f64], u: &[f64]) -> Result<DMatrix<f64>, SystemError> {
        self.derivative(x, u, Argument::Input)
    }

    fn output(&self, x: &[f64], u: &[f64], y: &mut [f64]) -> Result<(), SystemError> {
        self.system.output(x, u, y)
    }

    fn output_jacobians(
        &self,
        x: &[f64],
        u: &[f64],
    ) -> Result<(DMatrix<f64>, DMatrix<f64>), SystemError> {
        self.system.output_jacobians(x, u)
    }

    fn is_odd(&self) -> bool {
        self.system.is_odd()
    }

    fn is_affine(&self) -> bool {
        self.system.is_affine()
    }
}
