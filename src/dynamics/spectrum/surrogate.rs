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
    let mut drawn: Vec<f64> =
        (0..count.div_ceil(2)).map(|pair| share(pair, count, offset, random)).collect();
    drawn.sort_by(f64::total_cmp);
    let mut shares: Vec<f64> = drawn.into_iter().flat_map(|share| [share, share]).collect();
    shares.truncate(count);
    shares
}

/// Standard deviations farther in, no pair comes to stand at an end.
const FAR: f64 = 6.0;

/// The least and the largest of such shares.
pub(super) fn ends(count: usize, offset: f64, random: &mut Random) -> (f64, f64) {
    let pairs = count.div_ceil(2);
    // The mean of each pair is two beyond that of the one before.
    let reach = ((0.5 * FAR * (offset + count as f64).sqrt()) as usize + 1).min(pairs);
    let mut low = f64::INFINITY;
    for pair in 0..reach {
        let share = share(pair, count, offset, random);
        low = if share < low { share } else { low };
    }
    let mut high = f64::NEG_INFINITY;
    for pair in pairs - reach..pairs {
        let share = share(pair, count, offset, random);
        high = if share > high { share } else { high };
    }
    (low, high)
}

fn share(pair: usize, count: usize, offset: f64, random: &mut Random) -> f64 {
    let shape = offset + 2.0 * pair as f64 + 1.5;
    (gamma(shape, random) - offset) / count as f64
}

/// A gamma variable of shape above 1 by the cube of a normal one (Wilson and
/// Hilferty 1931).
fn gamma(shape: f64, random: &mut Random) -> f64 {
    let ninth = 1.0 / (9.0 * shape);
    let root = 1.0 - ninth + random.normal() * ninth.sqrt();
    if root > 0.0 { shape * root * root * root } else { 0.0 }
}
