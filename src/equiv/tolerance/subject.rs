//! What draws are draws of.

use crate::equiv::tolerance::{
    board::{Board, Part},
    effective::Effective,
    influence::Gradient,
    own::Own,
};

/// The components of a realisation, or the elements of a deck.
pub(super) enum Subject<'a> {
    Board(Box<Board<'a>>),
    Own(Box<Own<'a>>),
}

impl Subject<'_> {
    pub(super) fn parts(&self) -> &[Part] {
        match self {
            Self::Board(board) => &board.parts,
            Self::Own(own) => &own.parts,
        }
    }

    /// What is wanted.
    pub(super) fn ideal(&self) -> Effective {
        match self {
            Self::Board(board) => Effective::of(board.network),
            Self::Own(own) => own.ideal(),
        }
    }

    /// What these values come to.
    pub(super) fn effective(&self, values: &[f64]) -> Effective {
        match self {
            Self::Board(board) => board.effective(values),
            Self::Own(own) => own.effective(values),
        }
    }

    /// The derivatives of what has that gradient, by relative errors of the parts and by
    /// the volts or amperes of those that have absolute ones.
    pub(super) fn slopes(&self, ideal: &Effective, gradient: &Gradient) -> Vec<f64> {
        match self {
            Self::Board(board) => board.slopes(ideal, gradient),
            Self::Own(own) => own.slopes(ideal, gradient),
        }
    }
}
