//! Sums of sparse rows.

/// From this share of a row on it is read as a whole.
const DENSE: usize = 16;

/// A row being summed up.
pub(super) struct Work {
    sums: Vec<f64>,
    is_touched: Vec<bool>,
    touched: Vec<usize>,
    /// A row of the matrix of a way.
    pub(super) row: Vec<f64>,
}

impl Work {
    pub(super) fn new(columns: usize) -> Self {
        Self {
            sums: vec![0.0; columns],
            is_touched: vec![false; columns],
            touched: Vec::with_capacity(columns),
            row: Vec::new(),
        }
    }

    fn add(&mut self, column: usize, value: f64) {
        self.sums[column] += value;
        if !self.is_touched[column] {
            self.is_touched[column] = true;
            self.touched.push(column);
        }
    }

    pub(super) fn subtract(&mut self, factor: f64, row: &[(usize, f64)]) {
        if factor != 0.0 {
            for &(column, value) in row {
                self.add(column, -factor * value);
            }
        }
    }

    pub(super) fn start(&mut self, row: &[(usize, f64)]) {
        for &(column, value) in row {
            self.add(column, value);
        }
    }

    /// Hands the entries that are not 0 out, by column, and is empty again.
    pub(super) fn finish(&mut self, mut entry: impl FnMut(usize, f64)) {
        if self.touched.len() * DENSE > self.sums.len() {
            self.touched.clear();
            self.touched.extend(0..self.sums.len());
        } else {
            self.touched.sort_unstable();
        }
        for &column in &self.touched {
            let value = std::mem::take(&mut self.sums[column]);
            self.is_touched[column] = false;
            if value != 0.0 {
                entry(column, value);
            }
        }
        self.touched.clear();
    }
}
