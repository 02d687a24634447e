//! RODAS4: a stiffly accurate Rosenbrock method of order 4 with an estimate of
//! order 3 (Hairer and Wanner, Solving ODEs II, section IV.7, and the
//! coefficients of their code RODAS, method 1).

use nalgebra::DMatrix;

use crate::{
    linalg::DenseLu,
    solve::{
        SolveError,
        reduced::{dop853::add_scaled, rhs::RightHandSide},
    },
};

const GAMMA: f64 = 0.25;
const NODES: [f64; 6] = [0.0, 0.386, 0.21, 0.63, 1.0, 1.0];
const D: [f64; 6] = [0.25, -0.1043, 0.1035, -0.036_200_000_000_000_23, 0.0, 0.0];
/// Arguments of the stages; each of the last two adds the one before.
const A: [[f64; 5]; 6] = [
    [0.0; 5],
    [1.544, 0.0, 0.0, 0.0, 0.0],
    [0.946_678_528_081_582_6, 0.255_701_169_898_328_4, 0.0, 0.0, 0.0],
    [3.314_825_187_068_521, 2.896_124_015_972_201, 0.998_641_913_997_781_7, 0.0, 0.0],
    [
        1.221_224_509_226_641,
        6.019_134_481_288_629,
        12.537_083_329_320_87,
        -0.687_886_036_105_895,
        0.0,
    ],
    [
        1.221_224_509_226_641,
        6.019_134_481_288_629,
        12.537_083_329_320_87,
        -0.687_886_036_105_895,
        1.0,
    ],
];
/// Couplings, to be divided by the step.
const COUPLING: [[f64; 5]; 6] = [
    [0.0; 5],
    [-5.6688, 0.0, 0.0, 0.0, 0.0],
    [-2.430_093_356_833_875, -0.206_359_915_709_191_5, 0.0, 0.0, 0.0],
    [-0.107_352_905_815_137_5, -9.594_562_251_023_355, -20.470_286_148_096_16, 0.0, 0.0],
    [
        7.496_443_313_967_647,
        -10.246_804_314_643_52,
        -33.999_903_528_199_05,
        11.708_908_932_061_6,
        0.0,
    ],
    [
        8.083_246_795_921_522,
        -7.981_132_988_064_893,
        -31.521_594_328_743_71,
        16.319_305_431_231_36,
        -6.058_818_238_834_054,
    ],
];
/// Weights of the interpolation of order 3.
const DENSE: [[f64; 5]; 2] = [
    [
        10.126_235_083_446_86,
        -7.487_995_877_610_167,
        -34.800_918_615_557_47,
        -7.992_771_707_568_823,
        1.025_137_723_295_662,
    ],
    [
        -0.676_280_339_280_125_3,
        6.087_714_651_680_015,
        16.430_843_208_924_78,
        24.767_225_114_183_86,
        -6.594_389_125_716_872,
    ],
];
/// Fraction of the step over which the derivative in time is taken.
const TIME_DIFFERENCE: f64 = 1e-6;

/// The same relative to the time, where that is more.
const TIME_RESOLUTION: f64 = 1e-13;

/// Room for one step, with the Jacobian at its start.
pub(super) struct Rodas4 {
    k: [Vec<f64>; 6],
    stage: Vec<f64>,
    right: Vec<f64>,
    /// The field at the start, and its partial derivative with respect to time.
    first: Vec<f64>,
    drift: Vec<f64>,
    jacobian: Option<DMatrix<f64>>,
    /// The factors of the last step.
    lu: Option<DenseLu>,
    pub(super) jacobians: u64,
    pub(super) factorisations: u64,
}

impl Rodas4 {
    pub(super) const ORDER: f64 = 4.0;
    /// Largest time between evaluations, in steps.
    pub(super) const LARGEST_GAP: f64 = 0.37;

    /// Multiplications that one step takes if an evaluation takes `work`: the factors, six
    /// solutions, the Jacobian as much as one of them, and the evaluations.
    pub(super) fn work(work: f64, states: usize) -> f64 {
        let square = (states as f64).powi(2);
        square * (states as f64 / 3.0 + 7.0) + 7.0 * work
    }

    pub(super) fn new(states: usize) -> Self {
        let room = || vec![0.0; states];
        Self {
            k: std::array::from_fn(|_| room()),
            stage: room(),
            right: room(),
            first: room(),
            drift: room(),
            jacobian: None,
            lu: None,
            jacobians: 0,
            factorisations: 0,
        }
    }

    /// One step from (time, x) into `new`, and its error into `error`.
    pub(super) fn step(
        &mut self,
        field: &mut impl RightHandSide,
        (time, h): (f64, f64),
        x: &[f64],
        (new, error): (&mut [f64], &mut [f64]),
    ) -> Result<(), SolveError> {
        let states = x.len();
        if self.jacobian.is_none() {
            self.jacobian = Some(field.jacobian(time, x)?);
            self.jacobians += 1;
        }
        let jacobian =
            self.jacobian.as_ref().map_or_else(|| DMatrix::zeros(states, states), |j| -j);
        let mut matrix = jacobian;
        for at in 0..states {
            matrix[(at, at)] += 1.0 / (h * GAMMA);
        }
        let lu = DenseLu::factor(&matrix)
            .map_err(|_| SolveError::Singular { unknown: field.state(0), time })?;
        self.factorisations += 1;
        self.time_derivative(field, (time, h), x)?;
        for stage in 0..6 {
            self.stage.copy_from_slice(x);
            for (k, &weight) in self.k[..stage].iter().zip(&A[stage]) {
                add_scaled(&mut self.stage, weight, k);
            }
            if stage == 0 {
                self.right.copy_from_slice(&self.first);
            } else {
                field.derivative(time + NODES[stage] * h, &self.stage, &mut self.right)?;
            }
            add_scaled(&mut self.right, h * D[stage], &self.drift);
            for (k, &weight) in self.k[..stage].iter().zip(&COUPLING[stage]) {
                add_scaled(&mut self.right, weight / h, k);
            }
            lu.solve(&mut self.right);
            self.k[stage].copy_from_slice(&self.right);
        }
        new.copy_from_slice(&self.stage);
        add_scaled(new, 1.0, &self.k[5]);
        error.copy_from_slice(&self.k[5]);
        self.lu = Some(lu);
        Ok(())
    }

    /// Estimates the error of the interpolation of the step just taken from (time, `x`) to
    /// `new`: by how far it misses the equation after a quarter of the step, as a stage of the
    /// method would correct that. Where components are stiff the ends of a step are exact, and
    /// this is all that says how far off it is between them. (Half of the step would not do:
    /// what stiff components miss is odd about its middle.)
    pub(super) fn interpolate(
        &mut self,
        field: &mut impl RightHandSide,
        (time, h): (f64, f64),
        (x, new): (&[f64], &[f64]),
        error: &mut [f64],
    ) -> Result<(), SolveError> {
        let at = 0.25;
        let mut state = std::mem::take(&mut self.stage);
        self.between((x, new), (at, &mut state));
        let found = field.derivative(time + at * h, &state, error);
        self.stage = state;
        found?;
        for ((error, x), new) in error.iter_mut().zip(x).zip(new) {
            *error -= (new - x) / h;
        }
        for ((k, second), third) in self.k.iter().zip(DENSE[0]).zip(DENSE[1]) {
            let slope = (1.0 - 2.0 * at) * second + (2.0 - 3.0 * at) * at * third;
            add_scaled(error, -slope / h, k);
        }
        if let Some(lu) = &self.lu {
            lu.solve(error);
        }
        Ok(())
    }

    /// The field at (time, x) into `first` and its partial derivative with respect
    /// to time, from within the step, into `drift`.
    fn time_derivative(
        &mut self,
        field: &mut impl RightHandSide,
        (time, h): (f64, f64),
        x: &[f64],
    ) -> Result<(), SolveError> {
        field.derivative(time, x, &mut self.first)?;
        self.drift.fill(0.0);
        let resolved = TIME_RESOLUTION * time.abs();
        let fraction = TIME_DIFFERENCE * h;
        let later = time + if fraction > resolved { fraction } else { resolved };
        // Neither an autonomous system nor a step within the resolution of time drifts.
        if field.shape().1 == 0 || later >= time + h {
            return Ok(());
        }
        field.derivative(later, x, &mut self.drift)?;
        let width = later - time;
        for (drift, first) in self.drift.iter_mut().zip(&self.first) {
            *drift = (*drift - first) / width;
        }
        Ok(())
    }

    /// Writes the state at the fraction `at` of the step just taken between two states.
    pub(super) fn between(&self, (x, new): (&[f64], &[f64]), (at, state): (f64, &mut [f64])) {
        let rest = 1.0 - at;
        for ((state, x), new) in state.iter_mut().zip(x).zip(new) {
            *state = rest * x + at * new;
        }
        for ((k, second), third) in self.k.iter().zip(DENSE[0]).zip(DENSE[1]) {
            add_scaled(state, at * rest * (second + at * third), k);
        }
    }

    /// The step is kept: the Jacobian belongs to its start.
    pub(super) fn accept(&mut self) {
        self.jacobian = None;
    }
}
