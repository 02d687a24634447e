//! One property: what it says and what was found.

/// The properties, as a reader goes through a circuit: its units, what connects them,
/// what is in them, what they are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PropertyName {
    /// A state of its own for every nonlinear element.
    State,
    /// Every state decays.
    Leak,
    /// No way from unit to unit but through a state and a nonlinearity.
    Isolation,
    /// What a unit drives does not act back on it.
    Unilaterality,
    /// What drives weights is not loaded by them.
    Stiffness,
    /// What is sensed is not loaded by it.
    SensePorts,
    /// No nonlinear element acts on itself at once.
    NoLoop,
    /// Every nonlinearity is one known activation.
    Sigma,
    /// The factor in front of sigma is the one that the scales want.
    Scales,
    /// A unit can excite and inhibit.
    BothSigns,
    /// No summing stage reaches the rails.
    LinearRange,
    /// Whatever else has a memory is fast.
    OnePole,
    /// Components have values that are sold.
    Components,
    /// Components are no negative ones.
    Positive,
}

/// From which side a threshold bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// `value > threshold`
    Above,
    /// `value >= threshold`
    AtLeast,
    /// `value <= threshold`
    AtMost,
}

/// Whether a property holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Judgement {
    /// It does.
    Holds,
    /// It does not.
    Fails,
    /// Nothing is known; the detail says why.
    NotJudged,
}

/// A property of a circuit as it was found.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Property {
    /// Which.
    pub name: PropertyName,
    /// What it says.
    pub statement: &'static str,
    /// What was measured; `None` where there is nothing to measure or no finite number.
    pub value: Option<f64>,
    /// What it is held against.
    pub threshold: Option<f64>,
    /// From which side.
    pub bound: Bound,
    /// How far the value is on the right side of the threshold; negative where it fails.
    pub margin: Option<f64>,
    /// Unit of value, threshold and margin; empty for a plain number.
    pub unit: &'static str,
    /// Whether it holds.
    pub verdict: Judgement,
    /// The elements to blame where it fails.
    pub elements: Vec<String>,
    /// What was found, in words.
    pub detail: String,
}

/// A part in a thousand: less than what resistors of 1 % and of 0.1 % leave.
const SMALL: f64 = 1e-3;
/// Elements named at most.
const NAMED: usize = 8;

impl PropertyName {
    /// All of them, in the order of a report.
    pub const ALL: [Self; 14] = [
        Self::State,
        Self::Leak,
        Self::Isolation,
        Self::Unilaterality,
        Self::Stiffness,
        Self::SensePorts,
        Self::NoLoop,
        Self::Sigma,
        Self::Scales,
        Self::BothSigns,
        Self::LinearRange,
        Self::OnePole,
        Self::Components,
        Self::Positive,
    ];

    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Leak => "leak",
            Self::Isolation => "isolation",
            Self::Unilaterality => "unilaterality",
            Self::Stiffness => "stiffness",
            Self::SensePorts => "sense-ports",
            Self::NoLoop => "no-loop",
            Self::Sigma => "sigma",
            Self::Scales => "scales",
            Self::BothSigns => "both-signs",
            Self::LinearRange => "linear-range",
            Self::OnePole => "one-pole",
            Self::Components => "components",
            Self::Positive => "positive",
        }
    }

    /// What the property says.
    #[must_use]
    pub fn statement(self) -> &'static str {
        match self {
            Self::State => "every unit is one nonlinear element with one capacitor to a reference",
            Self::Leak => "every state decays: lambda > 0",
            Self::Isolation => "units act on each other through a state and a nonlinearity only",
            Self::Unilaterality => "what a state drives takes no current from it",
            Self::Stiffness => "the output resistance of a unit is small beside its load",
            Self::SensePorts => "what is sensed delivers no current to what senses it",
            Self::NoLoop => "no nonlinear element acts on itself without a state in between",
            Self::Sigma => "the nonlinearities are one known activation without memory",
            Self::Scales => "the gain of every unit is 1 on the scales of the deck",
            Self::BothSigns => "every unit that drives resistors has rails of both signs",
            Self::LinearRange => "no summing stage reaches the rails, whatever the states are",
            Self::OnePole => "every other pole is faster than those of the units",
            Self::Components => "resistors and capacitors are in the range of what is sold",
            Self::Positive => "resistors, capacitors and inductors are positive",
        }
    }

    /// The threshold, the side from which it bounds, and the unit.
    fn bound(self) -> (f64, Bound, &'static str) {
        match self {
            Self::State => (0.0, Bound::Above, "F"),
            Self::Leak => (0.0, Bound::Above, ""),
            Self::Isolation | Self::NoLoop | Self::BothSigns | Self::Positive => {
                (0.0, Bound::AtMost, "")
            }
            Self::Unilaterality
            | Self::Stiffness
            | Self::SensePorts
            | Self::Sigma
            | Self::Scales => (SMALL, Bound::AtMost, ""),
            // Replaced by the rails that there are.
            Self::LinearRange => (f64::INFINITY, Bound::AtMost, "V"),
            Self::OnePole => (100.0, Bound::AtLeast, ""),
            Self::Components => (1.0, Bound::AtMost, ""),
        }
    }
}

impl Property {
    /// The property with this value: held against its threshold, by which NaN does not
    /// pass.
    pub(super) fn measured(
        name: PropertyName,
        value: f64,
        elements: Vec<String>,
        detail: impl Into<String>,
    ) -> Self {
        Self::against(name, (value, name.bound().0), elements, detail)
    }

    /// The same with a threshold of its own.
    pub(super) fn against(
        name: PropertyName,
        (value, threshold): (f64, f64),
        elements: Vec<String>,
        detail: impl Into<String>,
    ) -> Self {
        let (_, bound, unit) = name.bound();
        let (holds, margin) = match bound {
            Bound::Above => (value > threshold, value - threshold),
            Bound::AtLeast => (value >= threshold, value - threshold),
            Bound::AtMost => (value <= threshold, threshold - value),
        };
        let mut named = elements;
        let mut known = std::collections::BTreeSet::new();
        named.retain(|element| known.insert(element.clone()));
        named.truncate(NAMED);
        Self {
            name,
            statement: name.statement(),
            value: finite(value),
            threshold: finite(threshold),
            bound,
            margin: finite(margin),
            unit,
            verdict: if holds { Judgement::Holds } else { Judgement::Fails },
            elements: if holds { Vec::new() } else { named },
            detail: detail.into(),
        }
    }

    /// The property fails, and there is no number that says by how much.
    pub(super) fn fails(
        name: PropertyName,
        elements: Vec<String>,
        detail: impl Into<String>,
    ) -> Self {
        let nothing = Self::measured(name, f64::NAN, elements, detail);
        Self { verdict: Judgement::Fails, ..nothing }
    }

    /// The property holds, and there is nothing to measure.
    pub(super) fn holds(name: PropertyName, detail: impl Into<String>) -> Self {
        let nothing = Self::measured(name, f64::NAN, Vec::new(), detail);
        Self { verdict: Judgement::Holds, ..nothing }
    }

    /// Nothing is known about the property, and why.
    pub(super) fn not_judged(name: PropertyName, why: impl Into<String>) -> Self {
        let nothing = Self::measured(name, f64::NAN, Vec::new(), why);
        Self { verdict: Judgement::NotJudged, ..nothing }
    }
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}
