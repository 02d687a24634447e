//! Where the eigenvalues of large random matrices lie, by distance from 0.

/// The limit of the moduli of a kind of random matrix, as a distribution.
#[derive(Clone, Debug, PartialEq)]
pub enum Law {
    /// `a O + b G` with O of Haar's measure and G of independent entries of
    /// variance 1 / n: a disc filled evenly for a = 0 (the circular law), a circle
    /// for b = 0, and a ring between `r^2 = a^2 -+ b^2` otherwise (Biane and
    /// Lehner, Colloq. Math. 90, 181 (2001)), within which
    ///
    /// ```text
    /// F = (1 + (2 r^2 - sqrt(b^4 + 4 a^2 r^2)) / b^2) / 2
    /// ```
    Sum {
        /// a.
        orthogonal: f64,
        /// b.
        normal: f64,
    },
    /// The single ring theorem (Feinberg and Zee 1997; Guionnet, Krishnapur and
    /// Zeitouni 2011): any matrix U S V with U, V of Haar's measure. Holds the
    /// squares of the singular values, positive:
    ///
    /// ```text
    /// F = mean 1 / (1 + s^2 t),   r^2 = (1 - F) / (t F),   t > 0
    /// ```
    SingleRing {
        /// The squares of the singular values.
        squares: Vec<f64>,
    },
    /// Independent entries whose variance depends on their column (or on their
    /// row): Rajan and Abbott, Phys. Rev. Lett. 97, 188104 (2006). Holds n times
    /// the variance of each class with its share of the columns:
    ///
    /// ```text
    /// r^2 = sum share v / (1 + v t),   F = 1 - t r^2,   t > 0
    /// ```
    Profile {
        /// Share and n times variance of each class.
        classes: Vec<(f64, f64)>,
    },
}

impl Law {
    /// No eigenvalue lies farther out.
    #[must_use]
    pub fn outer(&self) -> f64 {
        match self {
            Self::Sum { orthogonal, normal } => orthogonal.hypot(*normal),
            Self::SingleRing { squares } => mean(squares.iter().copied()).sqrt(),
            Self::Profile { classes } => classes.iter().map(|(s, v)| s * v).sum::<f64>().sqrt(),
        }
    }

    /// No eigenvalue lies farther in.
    #[must_use]
    pub fn inner(&self) -> f64 {
        match self {
            Self::Sum { orthogonal: a, normal: b } if a > b => ((a - b) * (a + b)).sqrt(),
            Self::SingleRing { squares } => mean(squares.iter().map(|s| 1.0 / s)).sqrt().recip(),
            Self::Sum { .. } | Self::Profile { .. } => 0.0,
        }
    }

    /// Share of the eigenvalues whose modulus is at most `radius`.
    #[must_use]
    pub fn share_within(&self, radius: f64) -> f64 {
        let (inner, outer) = (self.inner(), self.outer());
        if radius >= outer {
            return 1.0;
        }
        if radius <= inner {
            return 0.0;
        }
        let square = radius * radius;
        match self {
            Self::Sum { orthogonal, normal } => {
                let (a, b) = (orthogonal * orthogonal, normal * normal);
                0.5 * (1.0 + (2.0 * square - (b * b + 4.0 * a * square).sqrt()) / b)
            }
            Self::SingleRing { squares } => {
                let share = |t: f64| mean(squares.iter().map(|s| 1.0 / (1.0 + s * t)));
                // From the outer edge at t = 0 to the inner one.
                let at = |t: f64| (1.0 - share(t)) / (t * share(t));
                share(falling_root(at, square, square.recip()))
            }
            Self::Profile { classes } => {
                let at = |t: f64| classes.iter().map(|(s, v)| s * v / (1.0 + v * t)).sum();
                1.0 - square * falling_root(at, square, square.recip())
            }
        }
    }

    /// True where the law is a circle, on which all eigenvalues lie.
    #[must_use]
    pub fn is_circle(&self) -> bool {
        let (inner, outer) = (self.inner(), self.outer());
        outer - inner <= 1e-9 * outer
    }

    /// Largest distance between the share of the `moduli`, in any order, and that
    /// of the law within any radius (Kolmogorov and Smirnov): 0 to 1. Against a
    /// circle: the share of moduli that are off it by more than a millionth.
    #[must_use]
    pub fn distance(&self, moduli: &[f64]) -> f64 {
        let count = moduli.len() as f64;
        if moduli.is_empty() {
            return 0.0;
        }
        if self.is_circle() {
            let radius = self.outer();
            let off = moduli.iter().filter(|r| (**r - radius).abs() > 1e-6 * radius);
            return off.count() as f64 / count;
        }
        let mut sorted = moduli.to_vec();
        sorted.sort_by(f64::total_cmp);
        let gaps = sorted.iter().enumerate().map(|(k, &modulus)| {
            let share = self.share_within(modulus);
            let (before, after) = (share - k as f64 / count, (k + 1) as f64 / count - share);
            if before > after { before } else { after }
        });
        gaps.max_by(f64::total_cmp).unwrap_or(0.0)
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

/// t > 0 where a falling function has the given value, by halving of its
/// logarithm's range.
fn falling_root(function: impl Fn(f64) -> f64, value: f64, guess: f64) -> f64 {
    let (mut low, mut high) = (guess, guess);
    let far: f64 = 1e280;
    while function(low) < value && low > far.recip() {
        low *= 0.1;
    }
    while function(high) > value && high < far {
        high *= 10.0;
    }
    for _ in 0..60 {
        let middle = (low * high).sqrt();
        if function(middle) > value {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low * high).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} against {expected}");
    }

    /// One class is the circular law, and equal singular values are a circle.
    #[test]
    fn the_laws_contain_each_other() {
        let disc = Law::Sum { orthogonal: 0.0, normal: 1.5 };
        let one = Law::Profile { classes: vec![(0.3, 2.25), (0.7, 2.25)] };
        for radius in [0.0, 0.1, 0.7, 1.2, 1.499, 2.0] {
            close(one.share_within(radius), disc.share_within(radius));
            close(
                disc.share_within(radius),
                if radius > 1.5 { 1.0 } else { radius * radius / 2.25 },
            );
        }
        assert!(Law::SingleRing { squares: vec![4.0; 5] }.is_circle());
    }

    /// A quarter circle of singular values (s = 2 sin a with density cos^2 a) is
    /// what a normal matrix has, whose eigenvalues fill a disc.
    #[test]
    fn the_single_ring_of_a_normal_matrix_is_a_disc() {
        let count = 20_000;
        let squares = (0..count).map(|k| {
            // The k-th quantile of the quarter circle: 2 a + sin 2 a = pi q.
            let q = (f64::from(k) + 0.5) / f64::from(count);
            let mut a = 0.5 * q;
            for _ in 0..60 {
                let miss = 2.0 * a + (2.0 * a).sin() - std::f64::consts::PI * q;
                a -= miss / (2.0 + 2.0 * (2.0 * a).cos());
            }
            (2.0 * a.sin()).powi(2)
        });
        let law = Law::SingleRing { squares: squares.collect() };
        assert!((law.outer() - 1.0).abs() < 1e-6);
        assert!(law.inner() < 0.02);
        for radius in [0.3, 0.5, 0.9, 0.99] {
            let found = law.share_within(radius);
            assert!((found - radius * radius).abs() < 1e-4, "{radius}: {found}");
        }
    }

    /// With b^2 = 0.6 a^2: at r = a, `F = (1 + (2 - sqrt(4.36)) / 0.6) / 2`.
    #[test]
    fn a_ring_is_denser_outside() {
        let law = Law::Sum { orthogonal: 2.0, normal: 2.4_f64.sqrt() };
        close(law.inner(), 1.6_f64.sqrt());
        close(law.outer(), 6.4_f64.sqrt());
        close(law.share_within(2.0), 0.5 * (1.0 + (2.0 - 4.36_f64.sqrt()) / 0.6));
        close(law.share_within(1.6_f64.sqrt() * (1.0 + 1e-12)), 0.0);
        close(law.share_within(6.4_f64.sqrt() * (1.0 - 1e-12)), 1.0);
    }

    /// Two classes in equal shares, whose t solves a quadratic equation.
    #[test]
    fn two_variances_give_a_peaked_disc() {
        let law = Law::Profile { classes: vec![(0.5, 0.25), (0.5, 2.25)] };
        close(law.outer(), 1.25_f64.sqrt());
        for radius in [0.2, 0.6, 1.0_f64] {
            // r^2 (1 + v t)(1 + w t) = (v + w)/2 + v w t.
            let (square, v, w): (f64, f64, f64) = (radius * radius, 0.25, 2.25);
            let (a, b, c) = (square * v * w, square * (v + w) - v * w, square - 0.5 * (v + w));
            let t = (-b + (b * b - 4.0 * a * c).sqrt()) / (2.0 * a);
            close(law.share_within(radius), 1.0 - t * square);
            assert!(law.share_within(radius) > square / 1.25, "peaked at the centre");
        }
    }

    #[test]
    fn the_distance_is_that_of_kolmogorov_and_smirnov() {
        let law = Law::Sum { orthogonal: 0.0, normal: 1.0 };
        // Shares 1/4 and 3/4: a step of a half each.
        close(law.distance(&[0.75_f64.sqrt(), 0.5]), 0.25);
        close(law.distance(&[2.0, 2.0]), 1.0);
        close(law.distance(&[]), 0.0);
        let circle = Law::Sum { orthogonal: 1.0, normal: 0.0 };
        close(circle.distance(&[1.0, 1.0 + 1e-12, 0.9, 1.0]), 0.25);
    }
}
