//! The words that options of `analogon train` take.

use clap::ValueEnum;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum YesNo {
    Yes,
    No,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum InitialName {
    /// Orthogonal
    Orthogonal,
    /// Independent and normal
    Normal,
    /// Uniform, by Glorot
    Glorot,
    /// The identity
    Identity,
    /// Moduli of normal ones, signs by the unit that sends
    HalfNormal,
    /// The same with the mean of both signs in balance
    Balanced,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum DaleName {
    /// Dale's law
    Outgoing,
    /// By the unit that receives
    #[value(alias = "incoming")]
    AsPublished,
    /// No signs
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum EnforceName {
    /// Wrong weights become zero after every update
    Project,
    /// Moduli are trained
    Modulus,
}
