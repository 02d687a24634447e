//! The figures of `analogon spectrum`.

use analogon::{
    dynamics::spectrum::Pseudospectrum,
    plot::Figure,
    report::{
        SpectrumPicture, SpectrumRow, amplitudes_figure, henrici_figure, radii_figure, sizes_figure,
    },
};
use clap::ValueEnum;

use super::{Examined, RadiusRule};
use crate::failure::Failure;

/// Figures by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FigureName {
    /// Complex plane with borders of stability and theory
    Plane,
    /// Eigenvalues of the symmetric part
    Symmetric,
    /// Share of eigenvalues within a radius, against the law
    Moduli,
    /// Moduli by rank, with the fitted bulk
    Radius,
    /// Amplitudes of the eigenvectors
    Eigenvectors,
    /// Several subjects: histogram of radii
    Radii,
    /// Several subjects: radius against number of units
    Sizes,
    /// Several subjects: departure from normality
    Henrici,
}

/// A figure of one subject.
pub(super) fn one(
    name: FigureName,
    examined: &Examined,
    pseudospectrum: Option<(&Pseudospectrum, &[f64])>,
) -> Result<Figure, Failure> {
    let Examined { asked, examination, initial } = examined;
    let picture = SpectrumPicture {
        name: &asked.name,
        unit: asked.unit,
        spectrum: &examination.spectrum,
        bulk: examination.bulk.as_ref(),
        theory: examination.theory.as_ref().ok(),
        initial: initial.as_ref().map(|initial| &initial.spectrum),
        pseudospectrum,
    };
    match name {
        FigureName::Plane => Ok(picture.plane()),
        FigureName::Symmetric => Ok(picture.symmetric()),
        FigureName::Moduli => Ok(picture.moduli()),
        FigureName::Radius => Ok(picture.radius(7)),
        FigureName::Eigenvectors => match &examination.modes {
            Some(modes) => Ok(amplitudes_figure(&asked.name, modes)),
            None => Err(Failure::new("the eigenvectors were not found", "")),
        },
        FigureName::Radii | FigureName::Sizes | FigureName::Henrici => Err(Failure::new(
            "this figure shows several subjects",
            "name more of them, or choose plane, symmetric, moduli, radius or eigenvectors",
        )),
    }
}

/// A figure of several subjects.
pub(super) fn several(
    name: FigureName,
    rows: &[SpectrumRow],
    rule: RadiusRule,
) -> Result<Figure, Failure> {
    match name {
        FigureName::Radii => Ok(radii_figure(rows, rule.name())),
        FigureName::Sizes => Ok(sizes_figure(rows, rule.name())),
        FigureName::Henrici => Ok(henrici_figure(rows)),
        FigureName::Plane
        | FigureName::Symmetric
        | FigureName::Moduli
        | FigureName::Radius
        | FigureName::Eigenvectors => Err(Failure::new(
            "this figure shows one subject",
            "name one, or choose radii, sizes or henrici",
        )),
    }
}
