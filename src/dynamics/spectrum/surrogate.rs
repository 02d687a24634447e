//! How much the moduli of a random matrix differ from draw to draw.

use crate::rnn::random::Random;

/// Shares of area in the order of the moduli, as a matrix of this size would
/// show them: the k-th is near `k / count`, 0 at the inner edge and 1 at the outer.
///
/// In the complex induced Ginibre ensemble, whose eigenvalues fill a ring evenly,
/// the squares of the moduli are distributed as independent gamma variables of
/// shapes `offset + 1, offset + 2, ...` (Kostlan 1992; Fischmann et al. 2012).
/// Eigenvalues of a real matrix come in pairs, so that half as many are drawn,
/// each twice. The offset is `count inner^2 / (outer^2 - inner^2)`.
pub(super) fn shares(count: usize, offset: f64, random: &mut Random) -> Vec<f64> {
    let mut shares = Vec::with_capacity(count + 1);
    for pair in 0..count.div_ceil(2) {
        let shape = offset + 2.0 * pair as f64 + 1.5;
        let share = (gamma(shape, random) - offset) / count as f64;
        shares.extend([share, share]);
    }
    shares.truncate(count);
    shares.sort_by(f64::total_cmp);
    shares
}

/// A gamma variable of shape above 1 by the cube of a normal one (Wilson and
/// Hilferty 1931).
fn gamma(shape: f64, random: &mut Random) -> f64 {
    let ninth = 1.0 / (9.0 * shape);
    let root = 1.0 - ninth + random.normal() * ninth.sqrt();
    if root > 0.0 { shape * root * root * root } else { 0.0 }
}
