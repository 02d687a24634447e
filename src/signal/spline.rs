//! Curves through points.

/// Points with ascending abscissae.
pub(super) struct Knots<'a> {
    pub(super) x: &'a [f64],
    pub(super) y: &'a [f64],
}

impl Knots<'_> {
    /// The not-a-knot cubic spline at 0, 1, .. `n - 1`: with two points the line, with
    /// three the parabola, as `scipy.interpolate.CubicSpline`. `room` is reused.
    pub(super) fn cubic(&self, n: usize, room: Vec<f64>) -> Vec<f64> {
        self.hermite(&self.spline_slopes(), n, room)
    }

    /// The monotone cubic of Fritsch and Carlson at 0, 1, .. `n - 1`, as
    /// `scipy.interpolate.PchipInterpolator`: between two points never above or below both.
    pub(super) fn monotone(&self, n: usize, room: Vec<f64>) -> Vec<f64> {
        self.hermite(&self.monotone_slopes(), n, room)
    }

    fn step(&self, k: usize) -> f64 {
        self.x[k + 1] - self.x[k]
    }

    fn secant(&self, k: usize) -> f64 {
        (self.y[k + 1] - self.y[k]) / self.step(k)
    }

    /// The cubics of given slopes; beyond the ends those of the outermost pieces.
    fn hermite(&self, slopes: &[f64], n: usize, mut out: Vec<f64>) -> Vec<f64> {
        let pieces = self.x.len() - 1;
        out.clear();
        out.reserve(n);
        for k in 0..pieces {
            let to = if k + 1 == pieces {
                n
            } else {
                n.min(self.x[k + 1].ceil().clamp(0.0, n as f64) as usize)
            };
            let (h, secant) = (self.step(k), self.secant(k));
            let cubic = (slopes[k] + slopes[k + 1] - 2.0 * secant) / (h * h);
            let square = (3.0 * secant - 2.0 * slopes[k] - slopes[k + 1]) / h;
            let (at, value, slope) = (self.x[k], self.y[k], slopes[k]);
            let curve = |place: usize| {
                let u = place as f64 - at;
                value + u * (slope + u * (square + u * cubic))
            };
            out.extend((out.len()..to).map(curve));
        }
        out
    }

    /// Slopes of the spline: second derivatives continuous at the inner points, third
    /// ones at the two beside the ends; a tridiagonal system.
    fn spline_slopes(&self) -> Vec<f64> {
        let n = self.x.len();
        if n == 2 {
            return vec![self.secant(0); 2];
        }
        if n == 3 {
            let (h0, h1, d0, d1) = (self.step(0), self.step(1), self.secant(0), self.secant(1));
            let bend = (d1 - d0) / (h0 + h1);
            return vec![d0 - bend * h0, d0 + bend * h0, d1 + bend * h1];
        }
        // Rows of (below, diagonal, above, right-hand side).
        let mut rows: Vec<[f64; 4]> = Vec::with_capacity(n);
        let (h0, h1) = (self.step(0), self.step(1));
        let sum = h0 + h1;
        let right = ((h0 + 2.0 * sum) * h1 * self.secant(0) + h0 * h0 * self.secant(1)) / sum;
        rows.push([0.0, h1, sum, right]);
        for k in 1..n - 1 {
            let (before, after) = (self.step(k - 1), self.step(k));
            let right = 3.0 * (after * self.secant(k - 1) + before * self.secant(k));
            rows.push([after, 2.0 * (before + after), before, right]);
        }
        let (h0, h1) = (self.step(n - 2), self.step(n - 3));
        let sum = h0 + h1;
        let right =
            (h0 * h0 * self.secant(n - 3) + (2.0 * sum + h0) * h1 * self.secant(n - 2)) / sum;
        rows.push([sum, h1, 0.0, right]);
        for k in 1..n {
            let [_, diagonal, above, right] = rows[k - 1];
            let factor = rows[k][0] / diagonal;
            rows[k][1] -= factor * above;
            rows[k][3] -= factor * right;
        }
        let mut slopes = vec![0.0; n];
        slopes[n - 1] = rows[n - 1][3] / rows[n - 1][1];
        for k in (0..n - 1).rev() {
            slopes[k] = (rows[k][3] - rows[k][2] * slopes[k + 1]) / rows[k][1];
        }
        slopes
    }

    fn monotone_slopes(&self) -> Vec<f64> {
        let n = self.x.len();
        if n == 2 {
            return vec![self.secant(0); 2];
        }
        let inner = |k: usize| {
            let (d0, d1) = (self.secant(k - 1), self.secant(k));
            if !(d0 * d1 > 0.0) {
                return 0.0;
            }
            let (h0, h1) = (self.step(k - 1), self.step(k));
            let (w0, w1) = (2.0 * h1 + h0, h1 + 2.0 * h0);
            (w0 + w1) / (w0 / d0 + w1 / d1)
        };
        // One-sided, and kept from overshooting.
        let end = |h0: f64, h1: f64, d0: f64, d1: f64| {
            let slope = ((2.0 * h0 + h1) * d0 - h0 * d1) / (h0 + h1);
            match () {
                () if slope * d0 <= 0.0 => 0.0,
                () if d0 * d1 <= 0.0 && slope.abs() > 3.0 * d0.abs() => 3.0 * d0,
                () => slope,
            }
        };
        let first = end(self.step(0), self.step(1), self.secant(0), self.secant(1));
        let last = end(self.step(n - 2), self.step(n - 3), self.secant(n - 2), self.secant(n - 3));
        std::iter::once(first).chain((1..n - 1).map(inner)).chain([last]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cubic_is_reproduced_and_lines_and_parabolas_too() {
        let cubic = |x: f64| 0.5 * x * x * x - 3.0 * x * x + 2.0;
        let x = [-1.5, 0.5, 2.0, 4.5, 7.0, 9.0];
        let y = x.map(cubic);
        for (at, found) in (Knots { x: &x, y: &y }).cubic(9, Vec::new()).into_iter().enumerate() {
            assert!((found - cubic(at as f64)).abs() < 1e-10, "{at}: {found}");
        }
        let line = Knots { x: &[0.0, 2.0], y: &[1.0, 2.0] };
        assert_eq!(line.cubic(3, Vec::new()), [1.0, 1.5, 2.0]);
        assert_eq!(line.monotone(3, Vec::new()), [1.0, 1.5, 2.0]);
        let parabola = Knots { x: &[0.0, 1.0, 3.0], y: &[0.0, 1.0, 9.0] };
        assert!((parabola.cubic(3, Vec::new())[2] - 4.0).abs() < 1e-12);
    }

    #[test]
    fn the_monotone_curve_does_not_overshoot() {
        let x = [0.0, 3.0, 4.0, 9.0, 12.0];
        let y = [0.0, 0.0, 5.0, 5.0, 1.0];
        let curve = (Knots { x: &x, y: &y }).monotone(13, Vec::new());
        assert!(curve.iter().all(|&v| (0.0..=5.0).contains(&v)), "{curve:?}");
        assert_eq!((curve[3], curve[4], curve[12]), (0.0, 5.0, 1.0));
    }
}
