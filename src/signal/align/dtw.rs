//! Dynamic time warping.

use pulp::{Arch, Simd, WithSimd};

use crate::signal::{SignalError, error::check, maximum::smaller};

/// The cheapest way of two signals through each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Dtw {
    /// The sum of the squared differences along the path.
    pub cost: f64,
    /// Pairs of samples, from (0, 0) to the last of both; each step moves on in one or in
    /// both.
    pub path: Vec<(usize, usize)>,
}

impl Dtw {
    /// For each of the `samples` samples of the first signal the mean of those of the
    /// second on the path: a map.
    #[must_use]
    pub fn map(&self, samples: usize) -> Vec<f64> {
        let (mut sums, mut counts) = (vec![0.0; samples], vec![0.0; samples]);
        for &(i, j) in &self.path {
            sums[i] += j as f64;
            counts[i] += 1.0;
        }
        sums.iter().zip(counts).map(|(sum, count)| sum / count).collect()
    }
}

/// Where the way came from.
const BOTH: u8 = 0;
const FIRST: u8 = 1;
const SECOND: u8 = 2;

/// Dynamic time warping of two signals with squared differences, every cell of the table
/// or those of a band around its diagonal: `|i (m - 1) / (n - 1) - j| <= band` samples.
///
/// The table is filled along its antidiagonals, whose cells do not depend on one another;
/// one byte a cell remembers the way.
///
/// # Source
///
/// H. Sakoe and S. Chiba, IEEE Trans. ASSP 26 (1978) 43.
///
/// # Errors
///
/// No samples or one that is not finite.
pub fn dtw(a: &[f64], b: &[f64], band: Option<usize>) -> Result<Dtw, SignalError> {
    check(a)?;
    check(b)?;
    let (n, m) = (a.len(), b.len());
    let reversed: Vec<f64> = b.iter().rev().copied().collect();
    let mut table = Table::new(n, m, band);
    Arch::new().dispatch(Fill { a, reversed: &reversed, table: &mut table });
    let path = table.path(n, m);
    let difference = |&(i, j): &(usize, usize)| (a[i] - b[j]) * (a[i] - b[j]);
    let cost = path.iter().map(difference).sum();
    Ok(Dtw { cost, path })
}

/// The ways of all cells that count, antidiagonal after antidiagonal.
struct Table {
    /// Of each antidiagonal the first row, one past the last, and where its ways begin.
    spans: Vec<(usize, usize, usize)>,
    ways: Vec<u8>,
    /// Costs of the last three antidiagonals, by row, one further down.
    costs: [Vec<f64>; 3],
}

impl Table {
    fn new(n: usize, m: usize, band: Option<usize>) -> Self {
        let slope = if n > 1 { (m - 1) as f64 / (n - 1) as f64 } else { 0.0 };
        let (mut spans, mut cells) = (Vec::with_capacity(n + m), 0);
        for d in 0..n + m - 1 {
            let (mut from, mut to) = ((d + 1).saturating_sub(m), (d + 1).min(n));
            if let Some(band) = band.filter(|_| n > 1) {
                // |i slope - (d - i)| <= band; wide enough for each step of the diagonal.
                let wide = band as f64 + 1.0 + slope;
                let (low, high) =
                    ((d as f64 - wide) / (1.0 + slope), (d as f64 + wide) / (1.0 + slope));
                from = from.max(low.ceil().clamp(0.0, n as f64) as usize);
                to = to.min((high.floor().clamp(0.0, n as f64) as usize) + 1);
            }
            spans.push((from, to, cells));
            cells += to.saturating_sub(from);
        }
        let empty = || vec![f64::INFINITY; n + 1];
        Self { spans, ways: vec![BOTH; cells], costs: [empty(), empty(), empty()] }
    }

    fn path(&self, n: usize, m: usize) -> Vec<(usize, usize)> {
        let (mut i, mut j) = (n - 1, m - 1);
        let mut path = vec![(i, j)];
        while i > 0 || j > 0 {
            let (from, _, start) = self.spans[i + j];
            let way = match (i, j) {
                (0, _) => SECOND,
                (_, 0) => FIRST,
                _ => self.ways[start + i - from],
            };
            i -= usize::from(way != SECOND);
            j -= usize::from(way != FIRST);
            path.push((i, j));
        }
        path.reverse();
        path
    }
}

struct Fill<'a> {
    a: &'a [f64],
    reversed: &'a [f64],
    table: &'a mut Table,
}

impl WithSimd for Fill<'_> {
    type Output = ();

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "only inlined code is compiled for the found machine")]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { a, reversed, table: Table { spans, ways, costs } } = self;
        let m = reversed.len();
        let [before2, before1, now] = costs;
        // Row i stands at place i + 1, so that row i - 1 is always there.
        before1[0] = f64::INFINITY;
        for (d, &(from, to, start)) in spans.iter().enumerate() {
            if from >= to {
                now.fill(f64::INFINITY);
            } else {
                let count = to - from;
                // b[d - i] for rising i.
                let b = &reversed[m - 1 + from - d..][..count];
                let left = &before1[from + 1..][..count];
                let up = &before1[from..][..count];
                let both = &before2[from..][..count];
                let out = &mut now[from + 1..][..count];
                let ways = &mut ways[start..][..count];
                let a = &a[from..to];
                for k in 0..count {
                    let difference = a[k] - b[k];
                    let (l, u, c) = (left[k], up[k], both[k]);
                    let side = smaller(l, u);
                    let best = if d == 0 { 0.0 } else { smaller(side, c) };
                    out[k] = difference * difference + best;
                    let turn = if l <= u { SECOND } else { FIRST };
                    ways[k] = if c <= side { BOTH } else { turn };
                }
                // What lies beside the span is out of bounds.
                now[from] = f64::INFINITY;
                if to + 1 < now.len() {
                    now[to + 1] = f64::INFINITY;
                }
            }
            std::mem::swap(before2, before1);
            std::mem::swap(before1, now);
        }
    }
}

/// The soft minimum of all ways of two signals through each other at a smoothness `gamma`
/// in squared units, and how often each pair of samples is on one: `a.len()` rows.
///
/// # Source
///
/// M. Cuturi and M. Blondel, *Soft-DTW*, ICML (2017), algorithms 1 and 2.
///
/// # Errors
///
/// No samples or one that is not finite; a `gamma` that is not positive.
pub fn soft_dtw(a: &[f64], b: &[f64], gamma: f64) -> Result<(f64, Vec<Vec<f64>>), SignalError> {
    check(a)?;
    check(b)?;
    crate::signal::error::check_positive("the smoothness", gamma)?;
    let (n, m) = (a.len(), b.len());
    // A frame of infinities around the cells 1..=n, 1..=m.
    let mut r = vec![vec![f64::INFINITY; m + 2]; n + 2];
    r[0][0] = 0.0;
    let cost = |i: usize, j: usize| (a[i - 1] - b[j - 1]) * (a[i - 1] - b[j - 1]);
    for i in 1..=n {
        for j in 1..=m {
            let ways = [r[i - 1][j - 1], r[i - 1][j], r[i][j - 1]];
            let least = smaller(smaller(ways[0], ways[1]), ways[2]);
            let sum: f64 = ways.iter().map(|way| ((least - way) / gamma).exp()).sum();
            r[i][j] = cost(i, j) + least - gamma * sum.ln();
        }
    }
    let total = r[n][m];
    // From the end: how much each cell's cost moves the total.
    for row in &mut r {
        row[m + 1] = f64::NEG_INFINITY;
    }
    r[n + 1] = vec![f64::NEG_INFINITY; m + 2];
    r[n + 1][m + 1] = total;
    let mut e = vec![vec![0.0; m + 2]; n + 2];
    e[n + 1][m + 1] = 1.0;
    let of = |i: usize, j: usize| if i <= n && j <= m { cost(i, j) } else { 0.0 };
    for i in (1..=n).rev() {
        for j in (1..=m).rev() {
            let part = |p: usize, q: usize| {
                if e[p][q] == 0.0 {
                    0.0
                } else {
                    e[p][q] * ((r[p][q] - r[i][j] - of(p, q)) / gamma).exp()
                }
            };
            e[i][j] = part(i + 1, j) + part(i, j + 1) + part(i + 1, j + 1);
        }
    }
    let rows = e[1..=n].iter().map(|row| row[1..=m].to_vec()).collect();
    Ok((total, rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The table by its definition.
    fn slow(a: &[f64], b: &[f64]) -> f64 {
        let mut row = vec![f64::INFINITY; b.len() + 1];
        row[0] = 0.0;
        for x in a {
            let mut next = vec![f64::INFINITY; b.len() + 1];
            for (j, y) in b.iter().enumerate() {
                let best = smaller(smaller(row[j], row[j + 1]), next[j]);
                next[j + 1] = best + (x - y) * (x - y);
            }
            row = next;
        }
        row[b.len()]
    }

    proptest! {
        #[test]
        fn the_path_is_the_cheapest(
            a in prop::collection::vec(-3.0..3.0_f64, 1..25),
            b in prop::collection::vec(-3.0..3.0_f64, 1..25),
            band in 0_usize..30,
        ) {
            let full = dtw(&a, &b, None).unwrap();
            let cost = slow(&a, &b);
            prop_assert!((full.cost - cost).abs() < 1e-9 * (1.0 + cost), "{} {}", full.cost, cost);
            for dtw in [&full, &dtw(&a, &b, Some(band)).unwrap()] {
                prop_assert_eq!(dtw.path[0], (0, 0));
                prop_assert_eq!(dtw.path[dtw.path.len() - 1], (a.len() - 1, b.len() - 1));
                for step in dtw.path.windows(2) {
                    let (di, dj) = (step[1].0 - step[0].0, step[1].1 - step[0].1);
                    prop_assert!(di <= 1 && dj <= 1 && di + dj >= 1);
                }
                prop_assert!(dtw.cost >= full.cost - 1e-9);
            }
            prop_assert_eq!(&dtw(&a, &b, Some(100)).unwrap(), &full);
        }

        #[test]
        fn soft_costs_and_their_slopes(
            a in prop::collection::vec(-1.0..1.0_f64, 2..7),
            b in prop::collection::vec(-1.0..1.0_f64, 2..7),
        ) {
            let (hard, gamma) = (dtw(&a, &b, None).unwrap().cost, 0.2);
            prop_assert!((soft_dtw(&a, &b, 1e-4).unwrap().0 - hard).abs() < 0.01);
            let (_, expected) = soft_dtw(&a, &b, gamma).unwrap();
            // The slope of the total by a sample.
            let h = 1e-6;
            for i in 0..a.len() {
                let mut moved = a.clone();
                moved[i] += h;
                let up = soft_dtw(&moved, &b, gamma).unwrap().0;
                moved[i] -= 2.0 * h;
                let down = soft_dtw(&moved, &b, gamma).unwrap().0;
                let slope: f64 = (0..b.len()).map(|j| 2.0 * expected[i][j] * (a[i] - b[j])).sum();
                prop_assert!(((up - down) / (2.0 * h) - slope).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn one_sample_and_maps() {
        let one = dtw(&[1.0], &[1.0, 2.0, 3.0], None).unwrap();
        assert_eq!((one.cost, &one.path[..]), (5.0, &[(0, 0), (0, 1), (0, 2)][..]));
        assert_eq!(one.map(1), [1.0]);
        assert_eq!(dtw(&[], &[1.0], None), Err(SignalError::Empty));
    }
}
