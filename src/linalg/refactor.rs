//! Factorisation with known pivots.
//!
//! Where successive columns of L have the same rows below each other (a supernode: Eisenstat,
//! Schultz and Sherman; Demmel et al., SIAM Journal on Matrix Analysis 20, 720–755, 1999), what
//! they subtract from a later column is a small dense product, for which the column is gathered and
//! spread once.

use super::lu::{Columns, SparseLu};
use super::scalar::Scalar;
use crate::vectors::dispatch;
use pulp::{Simd, WithSimd};

/// A pivot that falls below this part of the largest entry of its column makes
/// refactorisation look again.
const PIVOT_DECAY: f64 = 1e-10;
/// Factors of L beyond this make refactorisation look again; fresh pivots keep
/// them below the reciprocal of the pivot tolerance, 1e3.
const MULTIPLIER_GROWTH: f64 = 1e4;
/// Columns of a supernode that are taken together.
const GROUP: usize = 4;

/// The supernodes of factors.
#[derive(Clone, Debug, Default)]
pub(super) struct Supernodes<S> {
    /// By pivot, the end of its supernode; empty until it is needed.
    ends: Vec<u32>,
    /// Room for a column.
    room: Vec<S>,
}

impl<S: Scalar> Supernodes<S> {
    /// The factors have changed.
    pub(super) fn forget(&mut self) {
        self.ends.clear();
    }

    /// Of L with sorted columns.
    fn find(&mut self, lower: &Columns<S>) {
        let size = lower.pointers.len() - 1;
        self.ends.clear();
        self.ends.resize(size, size as u32);
        let mut longest = 0;
        for pivot in (0..size).rev() {
            let rows = lower.column(pivot).0;
            longest = longest.max(rows.len());
            let next = pivot + 1;
            self.ends[pivot] = match rows.split_first() {
                Some((&first, rest)) if first as usize == next && rest == lower.column(next).0 => {
                    self.ends[next]
                }
                _ => next as u32,
            };
        }
        self.room.clear();
        self.room.resize(longest, S::default());
    }
}

impl<S: Scalar> SparseLu<S> {
    /// Factors the matrix of `values` with the pivots that are there; false where they no
    /// longer serve.
    pub(super) fn refactor_all(&mut self, values: &[S]) -> bool {
        self.settle();
        dispatch(Refactor { lu: self, values })
    }

    /// Gives L the order that it keeps until there are new pivots: rows of a column increase.
    pub(super) fn settle(&mut self) {
        if self.supernodes.ends.len() != self.size() {
            self.row_access.take();
            sort(&mut self.lower);
            self.supernodes.find(&self.lower);
        }
    }
}

/// Sorts the rows of every column: by rows and back, which keeps the order of the columns.
fn sort<S: Scalar>(matrix: &mut Columns<S>) {
    let size = matrix.pointers.len() - 1;
    let once = transposed(matrix, size);
    *matrix = transposed(&once, size);
}

fn transposed<S: Scalar>(matrix: &Columns<S>, size: usize) -> Columns<S> {
    let mut pointers = vec![0; size + 2];
    for &row in &matrix.rows {
        pointers[row as usize + 2] += 1;
    }
    for row in 0..=size {
        pointers[row + 1] += pointers[row];
    }
    let mut rows = vec![0; matrix.rows.len()];
    let mut values = vec![S::default(); matrix.rows.len()];
    for column in 0..size {
        let (own, entries) = matrix.column(column);
        for (&row, &value) in own.iter().zip(entries) {
            let place = &mut pointers[row as usize + 1];
            rows[*place] = column as u32;
            values[*place] = value;
            *place += 1;
        }
    }
    pointers.truncate(size + 1);
    Columns { pointers, rows, values }
}

/// The work, for the vectors of the machine.
struct Refactor<'a, S: Scalar> {
    lu: &'a mut SparseLu<S>,
    values: &'a [S],
}

impl<F: Scalar> WithSimd for Refactor<'_, F> {
    type Output = bool;

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "only inlined code is compiled for the found machine")]
    fn with_simd<S: Simd>(self, _: S) -> bool {
        let Self { lu, values } = self;
        (0..lu.size()).all(|j| {
            let peak = load(lu, values, j);
            eliminate(lu, j) && divide(lu, j, peak)
        })
    }
}

/// Spreads column `j` of the matrix; its largest magnitude.
#[inline(always)]
#[expect(clippy::inline_always, reason = "only inlined code is compiled for the found machine")]
fn load<S: Scalar>(lu: &mut SparseLu<S>, values: &[S], j: usize) -> f64 {
    let inside = &lu.symbolic.inside;
    let range = inside.pointers[j]..inside.pointers[j + 1];
    let mut peak = 0.0;
    for (&row, &position) in lu.inside[range.clone()].iter().zip(&inside.positions[range]) {
        let value = values[position as usize].scale(lu.scale[row as usize]);
        let magnitude = value.magnitude();
        peak = if magnitude > peak { magnitude } else { peak };
        lu.work[row as usize] = value;
    }
    peak
}

/// Subtracts what the columns before leave in column `j`; false where that is not finite.
#[inline(always)]
#[expect(clippy::inline_always, reason = "only inlined code is compiled for the found machine")]
fn eliminate<S: Scalar>(lu: &mut SparseLu<S>, j: usize) -> bool {
    let SparseLu { lower, upper, supernodes, work, .. } = lu;
    let range = upper.pointers[j]..upper.pointers[j + 1];
    let (pivots, factors) = (&upper.rows[range.clone()], &mut upper.values[range]);
    let mut finite = true;
    let mut done = 0;
    while done < pivots.len() {
        let first = pivots[done] as usize;
        if supernodes.ends[first] as usize == first + 1 {
            let factor = std::mem::take(&mut work[first]);
            finite &= factor.is_finite();
            factors[done] = factor;
            lower.subtract(first, factor, work);
            done += 1;
            continue;
        }
        // Columns are sorted, so that the last pivot speaks for those between.
        let mut count = std::cmp::min(supernodes.ends[first] as usize - first, pivots.len() - done);
        while pivots[done + count - 1] as usize != first + count - 1 {
            count -= 1;
        }
        for (k, factor) in factors[done..done + count].iter_mut().enumerate() {
            let pivot = first + k;
            *factor = std::mem::take(&mut work[pivot]);
            finite &= factor.is_finite();
            let start = lower.pointers[pivot];
            let within = &lower.values[start..start + count - 1 - k];
            for (x, &value) in work[pivot + 1..first + count].iter_mut().zip(within) {
                *x -= value * *factor;
            }
        }
        below(lower, first, &factors[done..done + count], (&mut supernodes.room, work));
        done += count;
    }
    finite
}

/// Subtracts from `work` what the columns from `first` on of one supernode, with these
/// `factors`, have below its triangle.
#[inline(always)]
#[expect(clippy::inline_always, reason = "only inlined code is compiled for the found machine")]
fn below<S: Scalar>(
    lower: &Columns<S>,
    first: usize,
    factors: &[S],
    (room, work): (&mut [S], &mut [S]),
) {
    let last = first + factors.len() - 1;
    let rows = lower.column(last).0;
    let values = |k: usize| {
        let end = lower.pointers[first + k + 1];
        &lower.values[end - rows.len()..end]
    };
    if let [factor] = *factors {
        for (&row, &value) in rows.iter().zip(values(0)) {
            work[row as usize] -= value * factor;
        }
        return;
    }
    let gathered = &mut room[..rows.len()];
    for (x, &row) in gathered.iter_mut().zip(rows) {
        *x = work[row as usize];
    }
    // One after the other, as the search for pivots does it, so that the bits are the same.
    let (groups, rest) = factors.as_chunks::<GROUP>();
    for (group, &[p, q, r, s]) in groups.iter().enumerate() {
        let [a, b, c, d] = std::array::from_fn(|k| values(group * GROUP + k));
        for ((((x, &a), &b), &c), &d) in gathered.iter_mut().zip(a).zip(b).zip(c).zip(d) {
            *x = *x - a * p - b * q - c * r - d * s;
        }
    }
    for (k, &factor) in rest.iter().enumerate() {
        for (x, &value) in gathered.iter_mut().zip(values(groups.len() * GROUP + k)) {
            *x -= value * factor;
        }
    }
    for (&x, &row) in gathered.iter().zip(rows) {
        work[row as usize] = x;
    }
}

/// Divides what is left of column `j` by its pivot; false where that no longer serves.
#[inline(always)]
#[expect(clippy::inline_always, reason = "only inlined code is compiled for the found machine")]
fn divide<S: Scalar>(lu: &mut SparseLu<S>, j: usize, peak: f64) -> bool {
    let pivot = std::mem::take(&mut lu.work[j]);
    lu.diagonal[j] = pivot;
    let size = pivot.magnitude();
    if !(size.is_finite() && size > peak * PIVOT_DECAY) {
        return false;
    }
    let range = lu.lower.pointers[j]..lu.lower.pointers[j + 1];
    let mut serves = true;
    for (&row, value) in lu.lower.rows[range.clone()].iter().zip(&mut lu.lower.values[range]) {
        *value = std::mem::take(&mut lu.work[row as usize]).divide(pivot);
        serves &= value.magnitude() <= MULTIPLIER_GROWTH;
    }
    serves
}
