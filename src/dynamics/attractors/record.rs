//! What a record of states says at first sight.

use super::motion::distance;

/// Changes of the amplitude from quarter to quarter of the record, all in one
/// direction, that make at least this part of it: the motion has not settled.
const TREND: f64 = 0.02;
/// A motion that never comes back to this part of its amplitude is not recurrent.
const RECURRENT: f64 = 0.35;

/// Root of the mean square distance from the mean, and the mean.
pub(super) fn spread(rows: &[Vec<f64>]) -> (f64, Vec<f64>) {
    let count = rows.len() as f64;
    let states = rows.first().map_or(0, Vec::len);
    let mut mean = vec![0.0; states];
    for row in rows {
        mean.iter_mut().zip(row).for_each(|(mean, value)| *mean += value / count);
    }
    let square = rows.iter().map(|row| distance(row, &mean).powi(2)).sum::<f64>() / count;
    (square.sqrt(), mean)
}

pub(super) fn mean_and_deviation(series: &[f64]) -> (f64, f64) {
    let count = series.len() as f64;
    let mean = series.iter().sum::<f64>() / count;
    let square = series.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    (mean, square.sqrt())
}

/// True where the amplitude grows or falls from quarter to quarter.
pub(super) fn has_trend(rows: &[Vec<f64>]) -> bool {
    let quarters: Vec<f64> =
        rows.chunks(rows.len().div_ceil(4)).map(|part| spread(part).0).collect();
    let falls = quarters.windows(2).all(|pair| pair[1] < pair[0]);
    let grows = quarters.windows(2).all(|pair| pair[1] > pair[0]);
    let (first, last) = (quarters[0], quarters[quarters.len() - 1]);
    (falls || grows) && !((last - first).abs() <= TREND * first)
}

/// True where the motion comes back to the neighbourhood of several of its
/// states after it has left them.
pub(super) fn is_recurrent(rows: &[Vec<f64>], amplitude: f64) -> bool {
    [0, rows.len() / 8, rows.len() / 4].iter().all(|&from| {
        let mut has_left = false;
        rows[from + 1..].iter().any(|row| {
            let away = distance(row, &rows[from]);
            has_left |= away > amplitude;
            has_left && away <= RECURRENT * amplitude
        })
    })
}
