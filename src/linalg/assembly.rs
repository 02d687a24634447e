//! A sparse matrix from entries that add up.

use super::pattern::Pattern;

/// An entry: row, column, value.
pub type Triplet = (u32, u32, f64);

/// The matrix of `size` by `size` whose entries are the sums of those given, added in the order
/// in which they come. Sums that are exactly zero are no entries: an ideal amplifier written as
/// a source that senses its own output cancels.
///
/// Two counting sorts, by row and then by column, so that the cost is proportional to the
/// number of entries. The diagonal, half of all entries of resistors, is added up beforehand.
///
/// # Panics
///
/// If an entry lies outside the matrix.
#[must_use]
pub fn assemble(
    size: usize,
    entries: impl Iterator<Item = Triplet> + Clone,
) -> (Pattern, Vec<f64>) {
    let mut diagonal = vec![0.0; size];
    let mut starts = vec![0; size + 2];
    entries.clone().for_each(|(row, column, value)| {
        let (row, column) = (row as usize, column as usize);
        assert!(row < size && column < size, "({row}, {column}) is outside");
        if row == column {
            diagonal[row] += value;
        } else {
            starts[row + 2] += 1;
        }
    });
    accumulate(&mut starts);
    let count = starts[size + 1];
    let (mut columns, mut values) = (vec![0; count], vec![0.0; count]);
    entries.for_each(|(row, column, value)| {
        if row != column {
            let place = &mut starts[row as usize + 1];
            columns[*place] = column;
            values[*place] = value;
            *place += 1;
        }
    });
    merge(&mut starts[..=size], &mut columns, &mut values);
    by_columns(&starts[..=size], (&columns, &values), &diagonal)
}

/// Running sums.
fn accumulate(counts: &mut [usize]) {
    let mut sum = 0;
    for count in counts {
        sum += *count;
        *count = sum;
    }
}

/// Adds up the entries of each row that have one column; what is left moves to the front.
fn merge(starts: &mut [usize], columns: &mut [u32], values: &mut [f64]) {
    // By column, one more than the place of the last entry in it.
    let mut seen = vec![0; starts.len() - 1];
    let mut kept = 0;
    let mut begin = 0;
    for end in &mut starts[1..] {
        let first = kept;
        for entry in begin..*end {
            let place = &mut seen[columns[entry] as usize];
            if *place > first {
                values[*place - 1] += values[entry];
                continue;
            }
            columns[kept] = columns[entry];
            values[kept] = values[entry];
            kept += 1;
            *place = kept;
        }
        begin = *end;
        *end = kept;
    }
}

/// Turns rows, which are without the diagonal, into columns; drops zeros.
fn by_columns(
    starts: &[usize],
    (columns, values): (&[u32], &[f64]),
    diagonal: &[f64],
) -> (Pattern, Vec<f64>) {
    let size = diagonal.len();
    let mut pointers = vec![0; size + 2];
    for (&column, &value) in columns[..starts[size]].iter().zip(values) {
        pointers[column as usize + 2] += usize::from(value != 0.0);
    }
    for (column, &value) in diagonal.iter().enumerate() {
        pointers[column + 2] += usize::from(value != 0.0);
    }
    accumulate(&mut pointers);
    let count = pointers[size + 1];
    let (mut rows, mut sorted) = (vec![0; count], vec![0.0; count]);
    let mut put = |row: usize, column: usize, value: f64| {
        if value != 0.0 {
            let place = &mut pointers[column + 1];
            rows[*place] = row;
            sorted[*place] = value;
            *place += 1;
        }
    };
    for (row, &own) in diagonal.iter().enumerate() {
        put(row, row, own);
        let entries = starts[row]..starts[row + 1];
        for (&column, &value) in columns[entries.clone()].iter().zip(&values[entries]) {
            put(row, column as usize, value);
        }
    }
    pointers.truncate(size + 1);
    (Pattern::from_columns(size, pointers, rows), sorted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries() -> Vec<Triplet> {
        let mut entries = Vec::new();
        for k in 0..400_u32 {
            let value = (f64::from(k) * 0.7).sin() * 10.0_f64.powi((k % 9) as i32 - 4);
            entries.push((k * k % 7, k * 5 % 11, value));
        }
        entries.extend([(8, 9, 0.25), (9, 9, 1.0), (8, 9, -0.25), (10, 0, 0.0), (9, 9, -1.0)]);
        entries
    }

    #[test]
    fn sums_are_those_of_a_stable_sort() {
        let mut sums: Vec<Triplet> = entries();
        sums.sort_by_key(|&(row, column, _)| (column, row));
        sums.dedup_by(|next, sum| {
            let is_same = (next.0, next.1) == (sum.0, sum.1);
            if is_same {
                sum.2 += next.2;
            }
            is_same
        });
        sums.retain(|sum| sum.2 != 0.0);
        let (pattern, values) = assemble(11, entries().into_iter());
        let columns = (0..11).flat_map(|column| pattern.column(column).map(move |_| column));
        let found = columns.zip(pattern.row_indices()).zip(&values);
        let found: Vec<Triplet> =
            found.map(|((column, &row), &value)| (row as u32, column as u32, value)).collect();
        assert_eq!(found, sums);
        assert!(!found.iter().any(|&(row, column, _)| (row, column) == (8, 9)));
    }

    #[test]
    #[should_panic(expected = "(0, 3) is outside")]
    fn an_entry_outside_is_refused() {
        let _ = assemble(3, [(0, 3, 1.0)].into_iter());
    }

    #[test]
    fn nothing_has_no_entries() {
        let (pattern, values) = assemble(0, std::iter::empty());
        assert_eq!((pattern.columns(), pattern.nonzeros(), values.len()), (0, 0, 0));
    }
}
