//! An array of a file together with its name there.

use nalgebra::{DMatrix, DVector};

use crate::rnn::format::{FormatError, FormatErrorKind};
use crate::wave::NpyArray;

/// An array as stored, with the name that errors quote.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tensor {
    pub(super) place: String,
    pub(super) array: NpyArray,
}

impl Tensor {
    pub(super) fn shape(&self) -> &[usize] {
        &self.array.shape
    }

    /// The matrix as stored, after a check of its extents (`None`: any) and values.
    pub(super) fn matrix(
        &self,
        rows: Option<usize>,
        columns: Option<usize>,
    ) -> Result<DMatrix<f64>, FormatError> {
        let fits = |expected: Option<usize>, found| expected.is_none_or(|n| n == found);
        match *self.shape() {
            [r, c] if fits(rows, r) && fits(columns, c) => {
                self.check_finite()?;
                Ok(DMatrix::from_row_slice(r, c, &self.array.data))
            }
            _ => {
                let extent =
                    |n: Option<usize>| n.map_or_else(|| "any".to_owned(), |n| n.to_string());
                Err(self.shape_error(format!("[{}, {}]", extent(rows), extent(columns))))
            }
        }
    }

    /// The vector as stored, after a check of its length and values.
    pub(super) fn vector(&self, length: usize) -> Result<DVector<f64>, FormatError> {
        if *self.shape() != [length] {
            return Err(self.shape_error(format!("[{length}]")));
        }
        self.check_finite()?;
        Ok(DVector::from_column_slice(&self.array.data))
    }

    pub(super) fn shape_error(&self, expected: String) -> FormatError {
        let found = self.shape().to_vec();
        FormatError::at(&self.place, FormatErrorKind::Shape { found, expected })
    }

    fn check_finite(&self) -> Result<(), FormatError> {
        let Some(at) = self.array.data.iter().position(|value| !value.is_finite()) else {
            return Ok(());
        };
        let mut rest = at;
        let mut index: Vec<usize> = Vec::new();
        for &extent in self.shape().iter().rev() {
            index.push(rest % extent);
            rest /= extent;
        }
        index.reverse();
        let value = self.array.data[at];
        Err(FormatError::at(&self.place, FormatErrorKind::NotFinite { index, value }))
    }

    /// The square matrix of recurrent weights as stored. `units` is the extent
    /// that says how many units there are and `along` the other, in which an LSTM
    /// or a GRU stacks its gates.
    pub(super) fn square(&self, units: usize, along: usize) -> Result<DMatrix<f64>, FormatError> {
        let gates = |count: usize| units > 0 && units.checked_mul(count) == Some(along);
        let cell = match (gates(3), gates(4)) {
            (true, _) => "a GRU (three gates)",
            (_, true) => "an LSTM (four gates)",
            // An empty array may claim any number of units, so that this check
            // comes before anything of that size is made.
            (false, false) => return self.matrix(Some(units), Some(units)),
        };
        let what = format!("{cell} of {units} units, as shape {:?} says,", self.shape());
        let supported = "one layer of simple recurrent units is";
        Err(FormatError::at(&self.place, FormatErrorKind::Unsupported { what, supported }))
    }
}
