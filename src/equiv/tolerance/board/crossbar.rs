//! What the wires of a crossbar take from its conductances.

use nalgebra::DMatrix;

/// Scales the signed conductances of a crossbar by what its wires leave of them.
///
/// Rows are summing wires, each with its op-amp before the first crossing; a column is two
/// rails, driven before the first row, and `negative(row, g)` says on which one a
/// conductance hangs. With the resistance r between crossings the current of a conductance
/// flows through all wires between it and both ends, so that to first order in r
///
/// ```text
/// g (1 - r sum_k (min(i, k) + 1) g_kj - r sum_l (min(j, l) + 1) g_il)
/// ```
///
/// is left, the first sum over the crossings of its rail, the second over those of its row.
/// The quotient `1 / (1 + ...)`, which is the same to first order, is never negative.
pub(super) fn wire(
    conductances: &mut DMatrix<f64>,
    resistance: f64,
    negative: impl Fn(usize, f64) -> bool,
) {
    let (rows, columns) = conductances.shape();
    let mut taken = DMatrix::<f64>::zeros(rows, columns);
    for i in 0..rows {
        let row: Vec<f64> = conductances.row(i).iter().map(|g| g.abs()).collect();
        for (j, volts) in drops(&row).into_iter().enumerate() {
            taken[(i, j)] += resistance * volts;
        }
    }
    for j in 0..columns {
        for rail in [false, true] {
            let hangs = |i: usize| negative(i, conductances[(i, j)]) == rail;
            let column: Vec<f64> = (0..rows)
                .map(|i| if hangs(i) { conductances[(i, j)].abs() } else { 0.0 })
                .collect();
            for (i, volts) in drops(&column).into_iter().enumerate() {
                if hangs(i) {
                    taken[(i, j)] += resistance * volts;
                }
            }
        }
    }
    conductances.zip_apply(&taken, |g, taken| *g /= 1.0 + taken);
}

/// `sum_k (min(i, k) + 1) g_k` for every i.
fn drops(conductances: &[f64]) -> Vec<f64> {
    let mut beyond: f64 = conductances.iter().sum();
    let mut drop = 0.0;
    conductances
        .iter()
        .map(|g| {
            drop += beyond;
            beyond -= g;
            drop
        })
        .collect()
}
