//! What chance makes of a bulk: the same measurements of random matrices.

use rayon::prelude::*;

use super::{Bulk, Estimate, Theory};
use crate::linalg::{Complex, EigenError, eigenvalues};

/// How well a law describes a bulk.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Fit {
    /// Largest distance between the shares within a radius, of the bulk and of the law.
    pub distance: f64,
    /// Not exceeded by 95 of 100 random matrices of this ensemble and size; `None`
    /// where none were drawn. 0 for an orthogonal matrix, whose law is exact.
    pub limit: Option<f64>,
    /// The share of random matrices that fit no better, with the matrix itself
    /// counted as one of them: below or at 0.05 where the law does not describe it.
    pub p: Option<f64>,
    /// The number of random matrices that were drawn.
    pub draws: usize,
}

impl Fit {
    /// Whether the law describes the bulk, on a level of 5 %; `None` where no
    /// matrices were drawn.
    #[must_use]
    pub fn holds(&self) -> Option<bool> {
        self.limit.map(|limit| self.distance <= limit)
    }
}

/// What was measured of one random matrix.
struct Drawn {
    distance: f64,
    /// Fitted radii over those of the law.
    outer: f64,
    inner: f64,
}

/// The number of random matrices that are drawn unless asked otherwise: as many
/// as take about a second, and 19 at least, for a test on a level of 5 %.
#[must_use]
pub fn usual_draws(units: usize) -> usize {
    match units {
        0..=128 => 99,
        129..=256 => 39,
        _ => 19,
    }
}

impl Theory {
    /// How well the law describes the bulk of the eigenvalues `values`, beside
    /// `draws` random matrices of the ensemble, and the radii of the bulk with
    /// intervals from these: what a fit is off by for matrices of this kind and
    /// size is taken into account. Where the bulk fits worse than chance allows, the
    /// intervals are wider by as much. Where fewer than 19 are drawn they are those
    /// of [`Bulk::fit`]. `progress` is told each matrix that is done.
    ///
    /// # Errors
    ///
    /// [`EigenError`] where a random matrix has no eigenvalues to show.
    pub fn compare(
        &self,
        values: &[Complex],
        bulk: &Bulk,
        draws: usize,
        progress: &(dyn Fn() + Sync),
    ) -> Result<(Fit, Bulk), EigenError> {
        let moduli: Vec<f64> = bulk.members.iter().map(|&at| values[at].norm()).collect();
        let distance = self.law.distance(&moduli);
        if self.law.is_circle() {
            let limit = Some(0.0);
            return Ok((Fit { distance, limit, p: None, draws: 0 }, bulk.clone()));
        }
        let drawn: Vec<Option<Drawn>> = (0..draws as u64)
            .into_par_iter()
            .map(|number| {
                let drawn = self.measure(number);
                progress();
                drawn
            })
            .collect::<Result<_, EigenError>>()?;
        let drawn: Vec<Drawn> = drawn.into_iter().flatten().collect();
        let fit = judged(distance, &drawn);
        let bulk = match fit.limit {
            Some(limit) => calibrated(bulk, &drawn, distance / limit),
            None => bulk.clone(),
        };
        Ok((fit, bulk))
    }

    /// One random matrix, measured as the given one is.
    fn measure(&self, number: u64) -> Result<Option<Drawn>, EigenError> {
        let Some((matrix, factor)) = self.sampler.draw(number) else { return Ok(None) };
        let values = eigenvalues(&matrix)?;
        let Some(bulk) = Bulk::plain(&values) else { return Ok(None) };
        let law = self.law.scaled(factor);
        let moduli: Vec<f64> = bulk.members.iter().map(|&at| values[at].norm()).collect();
        Ok(Some(Drawn {
            distance: law.distance(&moduli),
            outer: bulk.outer / law.outer(),
            inner: bulk.inner / law.outer() - law.inner() / law.outer(),
        }))
    }
}

fn judged(distance: f64, drawn: &[Drawn]) -> Fit {
    let draws = drawn.len();
    let mut distances: Vec<f64> = drawn.iter().map(|drawn| drawn.distance).collect();
    distances.sort_by(f64::total_cmp);
    // The matrix is one of draws + 1, of which 5 % lie beyond the limit.
    let beyond = (0.05 * (draws + 1) as f64 + 1e-9) as usize;
    let limit = (beyond >= 1).then(|| distances[draws - beyond]);
    let worse = distances.iter().filter(|other| **other >= distance).count();
    let p = (draws > 0).then(|| (worse + 1) as f64 / (draws + 1) as f64);
    Fit { distance, limit, p, draws }
}

/// The bulk with the intervals that fits to random matrices have, wider by
/// `excess` where that is above 1.
fn calibrated(bulk: &Bulk, drawn: &[Drawn], excess: f64) -> Bulk {
    let widened = if excess > 1.0 { excess } else { 1.0 };
    let around = |of: &dyn Fn(&Drawn) -> f64| {
        let count = drawn.len() as f64;
        let mean = drawn.iter().map(of).sum::<f64>() / count;
        let variance = drawn.iter().map(|d| (of(d) - mean).powi(2)).sum::<f64>() / (count - 1.0);
        (mean, widened * students(drawn.len() - 1) * (variance * (1.0 + 1.0 / count)).sqrt())
    };
    let (outer, inner) = (around(&|drawn| drawn.outer), around(&|drawn| drawn.inner));
    let (radius, own) = bulk.fitted;
    let mut bulk = bulk.clone();
    bulk.outer = Estimate {
        value: radius / outer.0,
        low: radius / (outer.0 + outer.1),
        // An interval without an upper end is one that says nothing.
        high: if outer.1 < outer.0 { radius / (outer.0 - outer.1) } else { f64::INFINITY },
    };
    let outer_value = bulk.outer.value;
    bulk.inner = bulk.inner.map(|_| {
        let end = |shift: f64| {
            let end = own - shift * radius;
            if end > 0.0 { end } else { 0.0 }
        };
        let found = end(inner.0);
        // A ring that is thinner than what fits are off by has both edges in one place.
        let value = if found < outer_value { found } else { outer_value };
        Estimate { value, low: end(inner.0 + inner.1), high: end(inner.0 - inner.1) }
    });
    bulk
}

/// The 97.5 % quantile of Student's distribution (Cornish and Fisher's expansion,
/// to a thousandth from 18 degrees of freedom on).
fn students(freedom: usize) -> f64 {
    const NORMAL: f64 = 1.959_963_984_540_054;
    let (z, n) = (NORMAL, freedom as f64);
    let first = (z.powi(3) + z) / 4.0;
    let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0;
    z + first / n + second / (n * n)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tables of Student's distribution.
    #[test]
    fn students_quantiles() {
        for (freedom, expected) in [(18, 2.1009), (38, 2.0244), (98, 1.9845)] {
            assert!((students(freedom) - expected).abs() < 1e-3, "{freedom}");
        }
    }

    #[test]
    fn the_limit_leaves_one_in_twenty() {
        let drawn = |count: usize| -> Vec<Drawn> {
            (0..count)
                .map(|k| Drawn { distance: k as f64 / 100.0, outer: 1.0, inner: 0.0 })
                .collect()
        };
        // Of 19 the largest, of 39 the second, of 99 the fifth from above.
        for (count, expected) in [(19, 0.18), (39, 0.37), (99, 0.94)] {
            let fit = judged(0.0, &drawn(count));
            assert_eq!((fit.limit, fit.p), (Some(expected), Some(1.0)), "{count}");
            let beyond = judged(expected + 0.001, &drawn(count));
            assert_eq!(beyond.holds(), Some(false));
            assert!(beyond.p.unwrap() <= 0.05 + 1e-12, "{:?}", beyond.p);
        }
        let few = judged(0.3, &drawn(18));
        assert_eq!((few.limit, few.holds()), (None, None));
        let none = judged(0.3, &[]);
        assert_eq!((none.limit, none.p, none.draws), (None, None, 0));
    }
}
