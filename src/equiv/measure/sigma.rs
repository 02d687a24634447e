//! sigma as it was measured.

/// The nonlinearity of a unit: a multiple of tanh, and a table of what it is more than that.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Sigma {
    /// The multiple; 1 where the scales of the deck fit.
    pub gain: f64,
    /// The argument of the first entry, model units.
    pub first: f64,
    /// From entry to entry; positive.
    pub step: f64,
    /// `sigma(z) - gain tanh(z)`, model units, entry by entry.
    pub rest: Vec<f64>,
}

impl Sigma {
    /// `sigma(z) - tanh(z)`
    #[must_use]
    pub fn deviation_at(&self, z: f64) -> f64 {
        (self.gain - 1.0) * z.tanh() + self.rest_at(z)
    }

    /// The table, cubic between the entries (Catmull and Rom), constant beyond.
    #[expect(clippy::cast_sign_loss, reason = "what is negative is before the table")]
    fn rest_at(&self, z: f64) -> f64 {
        let last = self.rest.len().saturating_sub(1);
        let place = (z - self.first) / self.step;
        if !(place > 0.0) {
            return self.rest.first().copied().unwrap_or(0.0);
        }
        if place >= last as f64 {
            return self.rest[last];
        }
        let at = place as usize;
        let t = place - at as f64;
        let entry = |k: usize| self.rest[if k > last { last } else { k }];
        let [a, b, c, d] = [entry(at.saturating_sub(1)), entry(at), entry(at + 1), entry(at + 2)];
        let (slope_b, slope_c) = (0.5 * (c - a), 0.5 * (d - b));
        let square = t * t;
        let cube = square * t;
        b * (2.0 * cube - 3.0 * square + 1.0)
            + slope_b * (cube - 2.0 * square + t)
            + c * (3.0 * square - 2.0 * cube)
            + slope_c * (cube - square)
    }

    /// sigma(z)
    #[must_use]
    pub fn value(&self, z: f64) -> f64 {
        z.tanh() + self.deviation_at(z)
    }

    /// The largest modulus of `sigma(z) - tanh(z)` in the table.
    #[must_use]
    pub fn mismatch(&self) -> f64 {
        let entries = self.rest.iter().enumerate();
        let moduli = entries.map(|(at, rest)| {
            let z = self.first + at as f64 * self.step;
            ((self.gain - 1.0) * z.tanh() + rest).abs()
        });
        moduli.max_by(f64::total_cmp).unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parabola_is_met_between_the_entries_and_held_beyond() {
        let of = |z: f64| 1e-3 * (1.0 + z - 0.5 * z * z);
        let (first, step) = (-2.0, 0.25);
        let rest = (0..=16).map(|k| of(first + step * f64::from(k))).collect();
        let sigma = Sigma { gain: 1.0, first, step, rest };
        for z in [-1.7, -0.03, 0.0, 0.11, 1.249] {
            assert!((sigma.deviation_at(z) - of(z)).abs() < 1e-15, "{z}");
            assert!((sigma.value(z) - z.tanh() - of(z)).abs() < 1e-15, "{z}");
        }
        assert_eq!(sigma.deviation_at(-9.0), of(-2.0));
        assert_eq!(sigma.deviation_at(9.0), of(2.0));
        assert!((sigma.mismatch() - of(-2.0).abs()).abs() < 1e-18);
        let high = Sigma { gain: 1.5, ..sigma };
        assert!((high.value(0.3) - 1.5 * f64::tanh(0.3) - of(0.3)).abs() < 1e-15);
    }
}
