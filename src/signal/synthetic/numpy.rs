//! The random numbers of NumPy's `default_rng`.

const MULTIPLIER: u128 = 0x2360_ED05_1FC6_5DA4_4385_DF64_9FCC_F645;
/// Where the last strip of the normal density begins, and the area of each of 256 strips.
const TAIL: f64 = 3.654_152_885_361_009;
const AREA: f64 = 4.928_673_233_974_655e-3;
const STRIPS: usize = 256;

/// `numpy.random.default_rng(seed)`: PCG64 with NumPy's seeding, uniform and normal
/// numbers as it draws them (checked with NumPy 2.4.6).
///
/// # Source
///
/// M. E. O'Neill, *PCG*, HMC-CS-2014-0905; G. Marsaglia and W. W. Tsang, *The ziggurat
/// method*, J. Stat. Software 5 (2000).
#[derive(Clone, Debug)]
pub struct NumpyRandom {
    state: u128,
    increment: u128,
    ziggurat: Ziggurat,
}

impl NumpyRandom {
    /// The generator of a seed that is a list of numbers.
    #[must_use]
    pub fn new(seed: &[u32]) -> Self {
        let words = seed_words(seed);
        let long = |k: usize| u128::from(words[2 * k]) | u128::from(words[2 * k + 1]) << 32;
        let (start, sequence) = (long(0) << 64 | long(1), long(2) << 64 | long(3));
        let mut random = Self { state: 0, increment: sequence << 1 | 1, ziggurat: Ziggurat::new() };
        random.step();
        random.state = random.state.wrapping_add(start);
        random.step();
        random
    }

    fn step(&mut self) {
        self.state = self.state.wrapping_mul(MULTIPLIER).wrapping_add(self.increment);
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.step();
        let folded = (self.state >> 64) as u64 ^ self.state as u64;
        folded.rotate_right((self.state >> 122) as u32)
    }

    /// Uniform in [0, 1).
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform between two numbers.
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Mean 0, standard deviation 1.
    pub fn normal(&mut self) -> f64 {
        loop {
            let bits = self.bits();
            let strip = (bits & 0xFF) as usize;
            let sign = bits >> 8 & 1;
            let place = bits >> 9 & 0x000F_FFFF_FFFF_FFFF;
            let size = place as f64 * self.ziggurat.width[strip];
            let x = if sign == 1 { -size } else { size };
            if place < self.ziggurat.inside[strip] {
                return x;
            }
            if strip == 0 {
                loop {
                    let beyond = -(-self.unit()).ln_1p() / TAIL;
                    let height = -(-self.unit()).ln_1p();
                    if height + height > beyond * beyond {
                        let x = TAIL + beyond;
                        return if place >> 8 & 1 == 1 { -x } else { x };
                    }
                }
            }
            let (upper, lower) = (self.ziggurat.height[strip - 1], self.ziggurat.height[strip]);
            if (upper - lower) * self.unit() + lower < (-0.5 * x * x).exp() {
                return x;
            }
        }
    }

    /// That many normal numbers.
    pub fn normals(&mut self, count: usize) -> Vec<f64> {
        (0..count).map(|_| self.normal()).collect()
    }
}

/// Strips of equal area under the normal density.
#[derive(Clone, Debug)]
struct Ziggurat {
    width: Vec<f64>,
    inside: Vec<u64>,
    height: Vec<f64>,
}

impl Ziggurat {
    fn new() -> Self {
        let unit = (1_u64 << 52) as f64;
        let density = |x: f64| (-0.5 * x * x).exp();
        let (mut width, mut inside) = (vec![0.0; STRIPS], vec![0; STRIPS]);
        let mut height = vec![1.0; STRIPS];
        let foot = AREA / density(TAIL);
        inside[0] = (TAIL / foot * unit) as u64;
        width[0] = foot / unit;
        width[STRIPS - 1] = TAIL / unit;
        height[STRIPS - 1] = density(TAIL);
        let mut outer = TAIL;
        for k in (1..STRIPS - 1).rev() {
            let inner = (-2.0 * (AREA / outer + density(outer)).ln()).sqrt();
            inside[k + 1] = (inner / outer * unit) as u64;
            width[k] = inner / unit;
            height[k] = density(inner);
            outer = inner;
        }
        Self { width, inside, height }
    }
}

/// Eight words of state from the numbers of a seed.
fn seed_words(seed: &[u32]) -> [u32; 8] {
    const POOL: usize = 4;
    let mut constant = 0x43B0_D7E5_u32;
    let mut hashed = |value: u32| {
        let mixed = value ^ constant;
        constant = constant.wrapping_mul(0x931E_8875);
        let mixed = mixed.wrapping_mul(constant);
        mixed ^ mixed >> 16
    };
    let mix = |x: u32, y: u32| {
        let mixed = x.wrapping_mul(0xCA01_F9DD).wrapping_sub(y.wrapping_mul(0x4973_F715));
        mixed ^ mixed >> 16
    };
    let mut pool = [0; POOL];
    for (k, word) in pool.iter_mut().enumerate() {
        *word = hashed(seed.get(k).copied().unwrap_or(0));
    }
    for from in 0..POOL {
        for to in 0..POOL {
            if from != to {
                pool[to] = mix(pool[to], hashed(pool[from]));
            }
        }
    }
    for &word in seed.iter().skip(POOL) {
        for to in &mut pool {
            *to = mix(*to, hashed(word));
        }
    }
    let mut constant = 0x8B51_F9DD_u32;
    std::array::from_fn(|k| {
        let value = pool[k % POOL] ^ constant;
        constant = constant.wrapping_mul(0x58F3_8DED);
        let value = value.wrapping_mul(constant);
        value ^ value >> 16
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `default_rng([0, 3, 1])` of NumPy 2.4.6.
    #[test]
    fn the_numbers_are_those_of_numpy() {
        let mut random = NumpyRandom::new(&[0, 3, 1]);
        let bits = [602_579_985_680_098_625, 14_866_049_297_541_541_098, 2_687_876_907_937_682_500];
        assert_eq!([random.bits(), random.bits(), random.bits()], bits);
        let mut random = NumpyRandom::new(&[0, 3, 1]);
        assert_eq!(random.unit(), 0.032_665_926_478_532_28);
        assert_eq!(random.uniform(0.0, 1.0), 0.805_890_147_233_557_2);
        for expected in
            [0.186_493_690_506_812_64, -1.565_926_710_296_245_7, -0.143_728_416_723_199_22]
        {
            assert!((random.normal() - expected).abs() < 1e-14);
        }
        let many = random.normals(100_000);
        assert!((many.iter().sum::<f64>() - 762.360_796_862_814_3).abs() < 1e-8);
        assert!((many[99_999] - 0.074_546_822_115_002_42).abs() < 1e-14);
    }
}
