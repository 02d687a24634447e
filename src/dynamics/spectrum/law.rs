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
    /// Zeitouni 2011): any matrix U S V with U, V of Haar's measure, by its
    /// singular values s, which are positive:
    ///
    /// ```text
    /// F = mean 1 / (1 + s^2 t),   r^2 = (1 - F) / (t F),   t > 0
    /// ```
    SingleRing {
        /// The singular values.
        singular: Vec<f64>,
    },
    /// Independent entries whose variance depends on their column (or on their
    /// row): Rajan and Abbott, Phys. Rev. Lett. 97, 188104 (2006). With v = n times
    /// the variance of a class, and its share of the columns:
    ///
    /// ```text
    /// r^2 = sum share v / (1 + v t),   F = 1 - t r^2,   t > 0
    /// ```
    Profile {
        /// Share and `sqrt(v)` of each class: the radius if all were like it.
        classes: Vec<(f64, f64)>,
    },
}

/// Points of a table of a law.
const TABLE: usize = 2048;

impl Law {
    /// No eigenvalue lies farther out.
    #[must_use]
    pub fn outer(&self) -> f64 {
        match self {
            Self::Sum { orthogonal, normal } => orthogonal.hypot(*normal),
            Self::SingleRing { singular } => {
                let largest = largest(singular.iter().copied());
                largest * mean(singular.iter().map(|s| (s / largest).powi(2))).sqrt()
            }
            Self::Profile { classes } => {
                let largest = largest(classes.iter().map(|(_, v)| *v));
                let sum: f64 = classes.iter().map(|(share, v)| share * (v / largest).powi(2)).sum();
                largest * sum.sqrt()
            }
        }
    }

    /// No eigenvalue lies farther in.
    #[must_use]
    pub fn inner(&self) -> f64 {
        match self {
            Self::Sum { orthogonal: a, normal: b } if a > b => (a - b).sqrt() * (a + b).sqrt(),
            Self::SingleRing { singular } => {
                let largest = largest(singular.iter().copied());
                largest / mean(singular.iter().map(|s| (largest / s).powi(2))).sqrt()
            }
            Self::Sum { .. } | Self::Profile { .. } => 0.0,
        }
    }

    /// The same for a matrix that is `factor` times as large.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        match self {
            Self::Sum { orthogonal, normal } => {
                Self::Sum { orthogonal: orthogonal * factor, normal: normal * factor }
            }
            Self::SingleRing { singular } => {
                Self::SingleRing { singular: singular.iter().map(|s| s * factor).collect() }
            }
            Self::Profile { classes } => Self::Profile {
                classes: classes.iter().map(|(share, v)| (*share, v * factor)).collect(),
            },
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
        let square = (radius / outer).powi(2);
        if let Self::Sum { orthogonal, normal } = self {
            let (a, b) = ((orthogonal / outer).powi(2), (normal / outer).powi(2));
            return 0.5 * (1.0 + (2.0 * square - (b * b + 4.0 * a * square).sqrt()) / b);
        }
        let t = falling_root(|t| self.at(t, outer).0, square, square.recip());
        self.at(t, outer).1
    }

    /// (r / outer)^2 and F of a ring or a profile at a value of their parameter t,
    /// which runs from 0 at the outer edge to infinity.
    fn at(&self, t: f64, outer: f64) -> (f64, f64) {
        match self {
            Self::Sum { .. } => (f64::NAN, f64::NAN),
            Self::SingleRing { singular } => {
                // 1 - F is a mean of its own, since F is near 1 for small t.
                let (mut share, mut rest) = (0.0, 0.0);
                for s in singular {
                    let square = (s / outer).powi(2) * t;
                    share += 1.0 / (1.0 + square);
                    rest += square / (1.0 + square);
                }
                (rest / (t * share), share / singular.len() as f64)
            }
            Self::Profile { classes } => {
                let squares = classes.iter().map(|(share, v)| (share, (v / outer).powi(2)));
                let square = squares.map(|(share, v)| share * v / (1.0 + v * t)).sum::<f64>();
                (square, 1.0 - t * square)
            }
        }
    }

    /// The share within many rising radii, from a table: to about 1e-6.
    fn shares_within(&self, rising: &[f64]) -> Vec<f64> {
        if matches!(self, Self::Sum { .. }) {
            return rising.iter().map(|&radius| self.share_within(radius)).collect();
        }
        let (inner, outer) = (self.inner(), self.outer());
        // t from far outside what matters to far inside, each way by equal factors.
        let place = |k: usize| 10.0_f64.powf(24.0 * k as f64 / TABLE as f64 - 12.0);
        let mut table = vec![((inner / outer).powi(2), 0.0)];
        table.extend((0..=TABLE).rev().map(|k| self.at(place(k), outer)));
        table.push((1.0, 1.0));
        let mut at = 1;
        let share = |&radius: &f64| {
            let square = (radius / outer).powi(2);
            if square >= 1.0 {
                return 1.0;
            }
            while at + 1 < table.len() && table[at].0 < square {
                at += 1;
            }
            let ((left, below), (right, above)) = (table[at - 1], table[at]);
            let part = if right > left { (square - left) / (right - left) } else { 0.0 };
            below + (above - below) * part.clamp(0.0, 1.0)
        };
        rising.iter().map(share).collect()
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
        let shares = self.shares_within(&sorted);
        let gaps = shares.into_iter().enumerate().map(|(k, share)| {
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

fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.max_by(f64::total_cmp).unwrap_or(0.0)
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
        let one = Law::Profile { classes: vec![(0.3, 1.5), (0.7, 1.5)] };
        for radius in [0.0, 0.1, 0.7, 1.2, 1.499, 2.0] {
            close(one.share_within(radius), disc.share_within(radius));
            close(
                disc.share_within(radius),
                if radius > 1.5 { 1.0 } else { radius * radius / 2.25 },
            );
        }
        assert!(Law::SingleRing { singular: vec![2.0; 5] }.is_circle());
    }

    /// A quarter circle of singular values (s = 2 sin a with density cos^2 a) is
    /// what a normal matrix has, whose eigenvalues fill a disc.
    #[test]
    fn the_single_ring_of_a_normal_matrix_is_a_disc() {
        let count = 20_000;
        let singular = (0..count).map(|k| {
            // The k-th quantile of the quarter circle: 2 a + sin 2 a = pi q.
            let q = (f64::from(k) + 0.5) / f64::from(count);
            let mut a = 0.5 * q;
            for _ in 0..60 {
                let miss = 2.0 * a + (2.0 * a).sin() - std::f64::consts::PI * q;
                a -= miss / (2.0 + 2.0 * (2.0 * a).cos());
            }
            2.0 * a.sin()
        });
        let law = Law::SingleRing { singular: singular.collect() };
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
        let law = Law::Profile { classes: vec![(0.5, 0.5), (0.5, 1.5)] };
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

    /// Singular values 1 and 2 in equal shares: t of a radius solves a quadratic
    /// equation, `r^2 t (2 + 5 t) = t (5 + 8 t)` with the sums spelled out.
    #[test]
    fn two_singular_values_make_a_ring() {
        let law = Law::SingleRing { singular: vec![1.0, 2.0] };
        close(law.outer(), 2.5_f64.sqrt());
        close(law.inner(), 1.6_f64.sqrt());
        for radius in [1.3_f64, 1.4, 1.5] {
            let square = radius * radius;
            // F = (2 + 5 t) / (2 (1 + t)(1 + 4 t)), (1 - F) / t = (5 + 8 t) / (2 (..)(..)).
            let t = (5.0 - 2.0 * square) / (5.0 * square - 8.0);
            close(law.share_within(radius), (2.0 + 5.0 * t) / (2.0 * (1.0 + t) * (1.0 + 4.0 * t)));
        }
    }

    #[test]
    fn the_table_agrees_with_the_law_and_size_does_not_matter() {
        let singular = (0..50).map(|k| 0.01 + f64::from(k)).collect();
        let classes = (0..50).map(|k| (0.02, 0.1 + f64::from(k % 7))).collect();
        for law in [Law::SingleRing { singular }, Law::Profile { classes }] {
            let radii: Vec<f64> = (0..400).map(|k| f64::from(k) / 390.0 * law.outer()).collect();
            for (radius, share) in radii.iter().zip(law.shares_within(&radii)) {
                let exact = law.share_within(*radius);
                assert!((share - exact).abs() < 1e-5, "{law:?} {radius}: {share} {exact}");
            }
            for factor in [1e200, 1e-200, 3.0] {
                let scaled = law.scaled(factor);
                assert!((scaled.outer() / factor / law.outer() - 1.0).abs() < 1e-14);
                for radius in &radii[50..] {
                    let found = scaled.share_within(radius * factor);
                    assert!((found - law.share_within(*radius)).abs() < 1e-12, "{radius}");
                }
            }
        }
        let sum = Law::Sum { orthogonal: 1e-200, normal: 0.5e-200 };
        assert!((sum.inner() / 1e-200 - 0.75_f64.sqrt()).abs() < 1e-14);
    }

    /// What the family of bulks assumes: it is these laws, solved for the radius.
    #[test]
    fn the_radial_family_is_made_of_laws() {
        use super::super::radial::{inner_square, square_at};
        for shape in [0.0, 0.2, 0.5, 0.7, 0.95_f64] {
            let law = Law::Sum { orthogonal: shape.sqrt(), normal: (1.0 - shape).sqrt() };
            assert!((law.inner().powi(2) - inner_square(shape)).abs() < 1e-14);
            for q in [0.03, 0.4, 0.77, 0.99] {
                close(law.share_within(square_at(shape, q).sqrt()), q);
            }
        }
        for shape in [-0.1, -0.5, -0.9_f64] {
            let spread = (-shape).sqrt();
            let classes = vec![(0.5, (1.0 + spread).sqrt()), (0.5, (1.0 - spread).sqrt())];
            let law = Law::Profile { classes };
            for q in [0.03, 0.4, 0.77, 0.99] {
                close(law.share_within(square_at(shape, q).sqrt()), q);
            }
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
