//! A trill whose syllables begin and end at known times.

use std::f64::consts::PI;

use super::{
    Carrier, NumpyRandom,
    modulated::{RATE, add_noise},
};

/// A signal with known borders.
#[derive(Clone, Debug, PartialEq)]
pub struct Trill {
    /// Samples a second, Hz.
    pub rate: f64,
    /// The samples.
    pub samples: Vec<f64>,
    /// Where syllables begin, s.
    pub onsets: Vec<f64>,
    /// Where they end, s.
    pub offsets: Vec<f64>,
}

/// Eight seconds of 8 to 14 syllables a second of 40 to 75 ms with two humps, 18 to 50 ms
/// apart, at levels of -6 to 0 dB, on a tone that wanders from 2 to 6 kHz, in white noise
/// with `snr` dB less power; infinity for none.
#[must_use]
pub fn trill(snr: f64, seed: u32) -> Trill {
    let seconds = 8.0;
    let mut random = NumpyRandom::new(&[77, seed]);
    let n = (seconds * RATE) as usize;
    let mut samples = vec![0.0; n];
    let (mut onsets, mut offsets, mut t) = (Vec::new(), Vec::new(), 0.15);
    while t < seconds - 0.2 {
        let length = random.uniform(0.04, 0.075);
        let (first, count) = ((t * RATE) as usize, (length * RATE) as usize);
        let gain = 10_f64.powf(random.uniform(-6.0, 0.0) / 20.0);
        for (k, value) in samples[first..first + count].iter_mut().enumerate() {
            let u = k as f64 / count as f64;
            *value = gain * (PI * u).sin() * (0.7 - 0.3 * (4.0 * PI * u).cos());
        }
        onsets.push(t);
        offsets.push(t + length);
        t += length + random.uniform(0.018, 0.05);
    }
    let carrier = Carrier::Wandering.values(n, &mut random);
    for (value, carrier) in samples.iter_mut().zip(carrier) {
        *value *= carrier;
    }
    add_noise(&mut samples, snr, &mut random);
    Trill { rate: RATE, samples, onsets, offsets }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `bench_segment.trill` of the rivals' benchmark, NumPy 2.4.6.
    #[test]
    fn the_trills_are_those_of_the_rivals() {
        let clean = trill(f64::INFINITY, 0);
        assert_eq!(clean.onsets.len(), 83);
        assert!((clean.samples[20_000] - 0.237_868_725_431_749).abs() < 1e-9);
        assert!((clean.offsets[82] - 7.794_078_205_637_719).abs() < 1e-9);
        let noisy = trill(0.0, 2);
        assert!((noisy.samples.iter().sum::<f64>() + 110.494_473_123_197).abs() < 1e-6);
        assert!((noisy.onsets[83] - 7.730_238_451_581_941).abs() < 1e-9);
    }
}
