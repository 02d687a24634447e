//! Two phases as one map.

use sprs::{CsMat, TriMat};

use crate::{
    dae::{Coefficient, Lure, LureParts},
    equiv::{
        Obstacle,
        clocked::{HELD, rates, structure},
    },
};

/// The new place of a row, if it has one, and what multiplies it.
type Row = Option<(usize, f64)>;
/// The new place of a column, if it has one.
type Column = Option<usize>;

/// A phase in which states settle to sigma, followed by one in which others copy them.
pub(super) struct Composed<'a> {
    pub(super) source: &'a Lure,
    /// The states that copy.
    pub(super) kept: &'a [usize],
    /// What each of them copies.
    pub(super) sources: &'a [usize],
    /// s
    pub(super) period: f64,
}

impl Composed<'_> {
    /// The flow whose Euler step of one period is the map.
    pub(super) fn flow(&self) -> Result<Lure, Obstacle> {
        let old = self.source.parts();
        let sizes = self.source.sizes();
        let (row, column) = self.places();
        self.check(&row, &column)?;
        let units = self.kept.len();
        let every = |count: usize| (0..count).map(Some).collect::<Vec<_>>();
        let plain = |count: usize| (0..count).map(|k| Some((k, 1.0))).collect::<Vec<_>>();
        let (z, y) = (plain(sizes.controls), plain(sizes.outputs));
        let (phi, u) = (every(sizes.nonlinearities), every(sizes.inputs));
        let part = |c: Coefficient, rows: &[Row], columns: &[Column]| {
            let shape = (
                if matches!(c, Coefficient::B | Coefficient::E) { units } else { rows.len() },
                if matches!(c, Coefficient::C | Coefficient::H) { units } else { columns.len() },
            );
            picked(self.source.matrix(c), rows, columns, shape)
        };
        let mut leak = TriMat::new((units, units));
        (0..units).for_each(|unit| leak.add_triplet(unit, unit, -1.0 / self.period));
        let mut x0 = vec![0.0; units];
        for (place, value) in row.iter().zip(self.source.constant(Coefficient::X0)) {
            if let Some((unit, factor)) = *place {
                x0[unit] = value * factor;
            }
        }
        let parts = LureParts {
            states: self.kept.iter().map(|&s| old.states[s].clone()).collect(),
            inputs: old.inputs.clone(),
            outputs: old.outputs.clone(),
            phi: old.phi.clone(),
            matrices: [
                leak.to_csr(),
                part(Coefficient::B, &row, &phi),
                part(Coefficient::E, &row, &u),
                part(Coefficient::C, &z, &column),
                part(Coefficient::D, &z, &phi),
                part(Coefficient::F, &z, &u),
                part(Coefficient::H, &y, &column),
                part(Coefficient::J, &y, &phi),
                part(Coefficient::K, &y, &u),
            ],
            constants: [x0, old.constants[1].clone(), old.constants[2].clone()],
        };
        Lure::new(parts).map_err(|error| structure(error.to_string()))
    }

    /// Where the row and where the column of each state comes to lie.
    fn places(&self) -> (Vec<Row>, Vec<Column>) {
        let rates = rates(self.source);
        let (mut row, mut column) = (vec![None; rates.len()], vec![None; rates.len()]);
        for (unit, (&kept, &source)) in self.kept.iter().zip(self.sources).enumerate() {
            row[source] = Some((unit, 1.0 / (-rates[source] * self.period)));
            column[kept] = Some(unit);
        }
        (row, column)
    }

    /// Refuses what the map would leave out.
    fn check(&self, row: &[Row], column: &[Column]) -> Result<(), Obstacle> {
        let old = self.source.parts();
        let rates = rates(self.source);
        for (value, (to, from)) in self.source.matrix(Coefficient::A) {
            if row[to].is_some() && to != from && value.abs() > HELD * rates[to].abs() {
                return Err(structure(format!(
                    "states `{}` and `{}` are coupled without a nonlinearity in between",
                    old.states[to], old.states[from]
                )));
            }
        }
        for (c, names) in [(Coefficient::C, None), (Coefficient::H, Some(&old.outputs))] {
            for (_, (to, from)) in self.source.matrix(c) {
                if column[from].is_none() {
                    let what = names.map_or("a nonlinearity", |names| &names[to]);
                    return Err(structure(format!(
                        "`{}`, which does not hold from one period to the next, acts on `{what}`",
                        old.states[from]
                    )));
                }
            }
        }
        Ok(())
    }
}

/// The rows and columns of a matrix that have a new place, rows with a factor.
fn picked(
    matrix: &CsMat<f64>,
    rows: &[Row],
    columns: &[Column],
    shape: (usize, usize),
) -> CsMat<f64> {
    let mut picked = TriMat::new(shape);
    for (value, (row, column)) in matrix {
        if let (Some((row, factor)), Some(column)) = (rows[row], columns[column]) {
            picked.add_triplet(row, column, value * factor);
        }
    }
    picked.to_csr()
}
