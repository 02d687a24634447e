//! The staircase form: the dimension of what inputs reach, by orthogonal steps.

use nalgebra::DMatrix;

use super::reflector::Reflector;
use crate::linalg::norm;

/// The dimension of the subspace that inputs reach through B and A, where what
/// enters the next step of the staircase counts from the magnitude `floor` on.
///
/// Source: P. Van Dooren, The generalized eigenstructure problem in linear
/// system theory, IEEE Trans. Autom. Control 26, 111 (1981). No power of A is
/// formed, so that the size of A does not matter.
pub(super) fn reachable_dimension(a: &DMatrix<f64>, b: &DMatrix<f64>, floor: f64) -> usize {
    let states = a.nrows();
    let mut a = a.clone();
    let mut entering = b.clone();
    let mut reached = 0;
    loop {
        let step = triangularise(&mut a, &mut entering, reached, floor);
        let before = reached;
        reached += step;
        if step == 0 || reached == states {
            return reached;
        }
        entering = a.view((reached, before), (states - reached, step)).into_owned();
    }
}

/// Reflects the states from `first` on so that `entering`, whose rows they are,
/// is upper triangular with its columns in the best order; returns its rank.
fn triangularise(
    a: &mut DMatrix<f64>,
    entering: &mut DMatrix<f64>,
    first: usize,
    floor: f64,
) -> usize {
    let (rows, columns) = entering.shape();
    for row in 0..rows {
        let rest = |column: usize| norm(&entering.as_slice()[column * rows + row..][..rows - row]);
        let best = (row..columns).max_by(|&i, &j| rest(i).total_cmp(&rest(j)));
        let Some(best) = best.filter(|&column| rest(column) > floor) else { return row };
        entering.swap_columns(row, best);
        let x = &entering.as_slice()[row * rows + row..][..rows - row];
        let reflectors = (Reflector::of(row, x), Reflector::of(first + row, x));
        if let (Some(within), Some(whole)) = reflectors {
            within.reflect_rows(entering);
            whole.reflect_rows(a);
            whole.reflect_columns(a);
        }
    }
    rows
}
