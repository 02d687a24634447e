//! Real figures of complex numbers.

/// A real figure of a complex number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// `re(x)`
    Real,
    /// `im(x)`
    Imaginary,
    /// `mag(x)`
    Magnitude,
    /// `ph(x)`, degrees.
    Phase,
    /// `db(x)`: 20 log10 of the magnitude.
    Decibel,
}

/// Decibels of a magnitude; of 0 those of the smallest number, so that they are finite.
fn decibel(magnitude: f64) -> f64 {
    let least = f64::MIN_POSITIVE;
    20.0 * if magnitude < least { least } else { magnitude }.log10()
}

impl Part {
    /// Its value of the number `re + i im`; that of the phase is in degrees.
    #[must_use]
    pub fn value(self, re: f64, im: f64) -> f64 {
        match self {
            Self::Real => re,
            Self::Imaginary => im,
            Self::Magnitude => re.hypot(im),
            Self::Phase => im.atan2(re).to_degrees(),
            Self::Decibel => decibel(re.hypot(im)),
        }
    }

    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Real, Self::Imaginary, Self::Magnitude, Self::Phase, Self::Decibel];

    /// Its name as a function.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Real => "re",
            Self::Imaginary => "im",
            Self::Magnitude => "mag",
            Self::Phase => "ph",
            Self::Decibel => "db",
        }
    }

    /// The part that the name of a probe asks for: `vdb` is the `db` of a voltage.
    #[must_use]
    pub fn of_probe(name: &str) -> Option<(Self, &'static str)> {
        let quantity = match name.get(..1)? {
            "v" => "v",
            "i" => "i",
            _ => return None,
        };
        let part = match name.get(1..)? {
            "r" | "re" => Self::Real,
            // `im` alone is the function, not a current.
            "i" => Self::Imaginary,
            "m" if quantity == "v" => Self::Magnitude,
            "p" | "ph" => Self::Phase,
            "db" => Self::Decibel,
            _ => return None,
        };
        Some((part, quantity))
    }
}
