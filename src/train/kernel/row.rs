//! The unit of memory of the kernels: one quantity for 32 trials.

use pulp::Simd;

/// Trials that a kernel carries side by side.
pub(crate) const LANES: usize = 32;

/// One value for each of 32 trials, on two cache lines of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C, align(64))]
pub(crate) struct Row(pub(crate) [f32; LANES]);

impl Row {
    pub(super) const ZERO: Self = Self([0.0; LANES]);
}

/// The vectors that a row is made of.
#[inline(always)]
pub(super) fn vectors<S: Simd>(row: &Row) -> &[S::f32s] {
    S::as_simd_f32s(&row.0).0
}

/// The vectors that a row is made of, to be changed.
#[inline(always)]
pub(super) fn vectors_mut<S: Simd>(row: &mut Row) -> &mut [S::f32s] {
    S::as_mut_simd_f32s(&mut row.0).0
}

/// `count` parts of nearly equal size, none larger than `largest`, the larger
/// ones first: their sizes.
pub(super) fn parts(count: usize, largest: usize) -> Vec<usize> {
    let pieces = count.div_ceil(largest);
    (0..pieces).map(|piece| count / pieces + usize::from(piece < count % pieces)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_everything_and_differ_by_one_at_most() {
        assert_eq!(parts(51, 12), [11, 10, 10, 10, 10]);
        assert_eq!(parts(12, 12), [12]);
        assert!(parts(0, 12).is_empty());
        for count in 1..200 {
            let sizes = parts(count, 5);
            assert_eq!(sizes.iter().sum::<usize>(), count);
            let (first, last) = (sizes[0], sizes[sizes.len() - 1]);
            assert!(first <= 5 && first - last <= 1, "{count}: {sizes:?}");
        }
    }
}
