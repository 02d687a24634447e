//! How numbers lie in binary data, ngspice's and LTspice's.

use crate::wave::{RawData, RawPlot};

/// The shape of the binary data of a plot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// Pairs of f64.
    pub(super) is_complex: bool,
    /// All but the axis in f32.
    pub(super) is_single: bool,
    /// All points of a variable together; else all variables of a point.
    pub(super) is_by_variable: bool,
    pub(super) variables: usize,
    pub(super) points: usize,
}

/// LTspice writes f64 where it was told to and does not always say so: what fills the
/// file exactly is what it did.
pub(super) fn narrowed(layout: Layout, length: usize) -> Layout {
    let double = Layout { is_single: false, ..layout };
    if layout.is_single && layout.bytes() != length as u128 && double.bytes() == length as u128 {
        return double;
    }
    layout
}

impl Layout {
    /// Bytes of a value of a variable.
    fn size(&self, variable: usize) -> usize {
        match (self.is_complex, self.is_single && variable > 0) {
            (true, _) => 16,
            (false, true) => 4,
            (false, false) => 8,
        }
    }

    /// Bytes of one point.
    fn row(&self) -> usize {
        (0..self.variables).map(|variable| self.size(variable)).sum()
    }

    /// Bytes of all.
    pub(super) fn bytes(&self) -> u128 {
        self.row() as u128 * self.points as u128
    }

    /// Numbers that are promised, and of those that `length` bytes hold as many as are
    /// surely there.
    pub(super) fn numbers(&self, length: usize) -> (u128, u128) {
        let width = (self.variables * if self.is_complex { 2 } else { 1 }) as u128;
        let row = self.row() as u128;
        let (whole, rest) = (length as u128 / row, length as u128 % row);
        let part = if self.is_single { 0 } else { rest / 8 };
        (width * self.points as u128, whole * width + part)
    }

    /// The numbers, point by point.
    pub(super) fn read(&self, data: &[u8]) -> Vec<f64> {
        if !self.is_single && !self.is_by_variable {
            return data.chunks_exact(8).map(wide).collect();
        }
        let starts: Vec<usize> = (0..self.variables)
            .scan(0, |from, variable| {
                let start = *from;
                *from += self.size(variable) * if self.is_by_variable { self.points } else { 1 };
                Some(start)
            })
            .collect();
        let row = self.row();
        let mut numbers = Vec::with_capacity(self.points * self.variables);
        for point in 0..self.points {
            for (variable, start) in starts.iter().enumerate() {
                let size = self.size(variable);
                let at = start + point * if self.is_by_variable { size } else { row };
                match &data[at..at + size] {
                    single if size == 4 => numbers.push(f64::from(narrow(single))),
                    double => numbers.extend(double.chunks_exact(8).map(wide)),
                }
            }
        }
        numbers
    }
}

fn wide(bytes: &[u8]) -> f64 {
    f64::from_le_bytes(bytes.try_into().expect("invariant: chunks of eight bytes"))
}

fn narrow(bytes: &[u8]) -> f32 {
    f32::from_le_bytes(bytes.try_into().expect("invariant: chunks of four bytes"))
}

/// The axis as it is meant: times without sign, then moved by `offset`.
pub(super) fn absolute(data: &mut RawData, is_time: bool, offset: f64) {
    if let RawData::Real(columns) = data
        && let Some(axis) = columns.first_mut()
    {
        for value in axis {
            *value = if is_time { value.abs() } else { *value } + offset;
        }
    }
}

/// One plot a step: each begins where the axis is back at its first value.
pub(super) fn by_step(plot: RawPlot) -> Vec<RawPlot> {
    let axis: Vec<f64> = match &plot.data {
        RawData::Real(columns) => columns.first().cloned().unwrap_or_default(),
        RawData::Complex(columns) => {
            columns.first().map(|axis| axis.iter().map(|z| z.re).collect()).unwrap_or_default()
        }
    };
    let Some(&first) = axis.first() else { return vec![plot] };
    let mut starts: Vec<usize> = (0..axis.len()).filter(|&at| axis[at] == first).collect();
    starts.push(axis.len());
    let piece = |from: usize, to: usize| match &plot.data {
        RawData::Real(columns) => {
            RawData::Real(columns.iter().map(|column| column[from..to].to_vec()).collect())
        }
        RawData::Complex(columns) => {
            RawData::Complex(columns.iter().map(|column| column[from..to].to_vec()).collect())
        }
    };
    let pieces = starts.windows(2).map(|ends| piece(ends[0], ends[1]));
    pieces.map(|data| RawPlot { data, ..plot.clone() }).collect()
}
