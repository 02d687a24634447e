//! An array of resistors or controlled sources: one element, a matrix of values.

use std::sync::Arc;

use crate::{
    circuit::{Entry, NodeId, topology::Sets},
    linalg::RowMatrix,
};

/// What stands at each crossing of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrayForm {
    /// A conductance `gain |w|` between row and column, or where w is negative between row
    /// and inverted column.
    Resistors,
    /// A current `gain w v(column)` that leaves the row, for ground.
    Vccs,
}

/// An array. Its matrix is shared, however often it is used; a crossing whose entry is 0
/// is open.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    form: ArrayForm,
    /// Of the rows, of the columns, then of the inverted columns.
    nodes: Vec<NodeId>,
    matrix: Arc<RowMatrix>,
    gain: f64,
    has_inverted: bool,
}

/// A crossing that is not open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crossing {
    /// Row, from 0.
    pub row: usize,
    /// Column, from 0.
    pub column: usize,
    /// The nodes of both.
    pub nodes: [NodeId; 2],
    /// The conductance of a resistor, or the transconductance of a source, S.
    pub value: f64,
}

impl Array {
    /// An array of resistors from rows to columns, or of sources; `None` where the matrix
    /// has another number of rows or columns than there are nodes, or where there is
    /// another number of inverted columns than of columns.
    #[must_use]
    pub fn new(
        form: ArrayForm,
        (rows, columns): (&[NodeId], &[NodeId]),
        inverted: Option<&[NodeId]>,
        (matrix, gain): (Arc<RowMatrix>, f64),
    ) -> Option<Self> {
        let fits = matrix.shape() == (rows.len(), columns.len())
            && inverted.is_none_or(|i| i.len() == columns.len() && form == ArrayForm::Resistors);
        let nodes = [rows, columns, inverted.unwrap_or_default()].concat();
        let has_inverted = inverted.is_some();
        fits.then_some(Self { form, nodes, matrix, gain, has_inverted })
    }

    /// What stands at each crossing.
    #[must_use]
    pub fn form(&self) -> ArrayForm {
        self.form
    }

    /// The matrix, by rows.
    #[must_use]
    pub fn matrix(&self) -> &Arc<RowMatrix> {
        &self.matrix
    }

    /// Factor of all entries, S.
    #[must_use]
    pub fn gain(&self) -> f64 {
        self.gain
    }

    /// The nodes of the rows.
    #[must_use]
    pub fn rows(&self) -> &[NodeId] {
        &self.nodes[..self.matrix.shape().0]
    }

    /// The nodes of the columns.
    #[must_use]
    pub fn columns(&self) -> &[NodeId] {
        let (rows, columns) = self.matrix.shape();
        &self.nodes[rows..rows + columns]
    }

    /// The nodes that negative entries hang on; those of the columns where there are none.
    #[must_use]
    pub fn inverted(&self) -> &[NodeId] {
        let (rows, columns) = self.matrix.shape();
        if self.has_inverted { &self.nodes[rows + columns..] } else { self.columns() }
    }

    /// True where inverted columns are named.
    #[must_use]
    pub fn has_inverted(&self) -> bool {
        self.has_inverted
    }

    /// The nodes that currents enter: sources only read the voltages of their columns.
    #[must_use]
    pub fn terminals(&self) -> &[NodeId] {
        match self.form {
            ArrayForm::Resistors => &self.nodes,
            ArrayForm::Vccs => self.rows(),
        }
    }

    /// All nodes: of the rows, the columns, then the inverted columns.
    #[must_use]
    pub fn nodes(&self) -> &[NodeId] {
        &self.nodes
    }

    /// The crossings that are not open, row by row.
    pub fn crossings(&self) -> impl Iterator<Item = Crossing> {
        let (rows, columns, inverted) = (self.rows(), self.columns(), self.inverted());
        let nonzeros = self.matrix.nonzeros().filter(|_| self.gain != 0.0);
        nonzeros.map(move |(row, column, w)| {
            let (far, value) = match self.form {
                ArrayForm::Resistors if w < 0.0 => (inverted[column], -w),
                ArrayForm::Resistors | ArrayForm::Vccs => (columns[column], w),
            };
            Crossing { row, column, nodes: [rows[row], far], value: self.gain * value }
        })
    }

    /// Crossings that connect what its resistors connect: of a crossbar as many as it has
    /// nodes, and not all of them.
    #[must_use]
    pub fn tree(&self) -> Vec<Crossing> {
        if self.form == ArrayForm::Vccs || self.gain == 0.0 {
            return Vec::new();
        }
        // By number among the nodes of the array.
        let (rows, columns) = self.matrix.shape();
        let shift = if self.has_inverted { columns } else { 0 };
        let mut sets = Sets::new(self.nodes.len());
        let mut tree = Vec::new();
        // Rows not yet seen may each need one way more.
        for row in 0..rows {
            for (column, &w) in self.matrix.row(row).iter().enumerate() {
                if tree.len() + rows - row == self.nodes.len() {
                    break;
                }
                if w != 0.0 {
                    let far = rows + column + if w < 0.0 { shift } else { 0 };
                    if sets.join(row, far) {
                        let nodes = [self.nodes[row], self.nodes[far]];
                        tree.push(Crossing { row, column, nodes, value: self.gain * w.abs() });
                    }
                }
            }
        }
        tree
    }

    /// The entries of G that stand on its diagonal: what its resistors load their nodes with.
    #[must_use]
    pub fn loads(&self) -> Vec<Entry> {
        if self.form == ArrayForm::Vccs {
            return Vec::new();
        }
        let (rows, columns) = self.matrix.shape();
        let shift = if self.has_inverted { columns } else { 0 };
        let mut sums = vec![0.0; self.nodes.len()];
        for row in 0..rows {
            let mut sum = 0.0;
            for (column, &w) in self.matrix.row(row).iter().enumerate() {
                sum += w.abs();
                sums[rows + column + if w < 0.0 { shift } else { 0 }] += w.abs();
            }
            sums[row] = sum;
        }
        let loads = self.nodes.iter().zip(sums).filter(|(_, sum)| *sum != 0.0);
        let entry = |(node, sum): (&NodeId, f64)| {
            let row = node.unknown()? as u32;
            Some(Entry { row, column: row, value: self.gain * sum })
        };
        loads.filter_map(entry).collect()
    }

    /// The entries of G off its diagonal: one a crossing of sources, two of resistors.
    pub fn couplings(&self) -> impl Iterator<Item = Entry> {
        let is_mutual = self.form == ArrayForm::Resistors;
        self.crossings().flat_map(move |crossing| {
            let [row, column] = crossing.nodes.map(|node| node.unknown().map(|at| at as u32));
            let value = if is_mutual { -crossing.value } else { crossing.value };
            let pair = row.zip(column);
            let there = pair.map(|(row, column)| Entry { row, column, value });
            let back = pair.filter(|_| is_mutual);
            let back = back.map(|(row, column)| Entry { row: column, column: row, value });
            there.into_iter().chain(back)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(form: ArrayForm, values: Vec<f64>, columns: usize) -> Array {
        let rows = values.len() / columns;
        let matrix = Arc::new(RowMatrix::new(rows, columns, values).unwrap());
        let nodes: Vec<NodeId> = (1..=rows + 2 * columns).map(|k| NodeId(k as u32)).collect();
        let inverted = (form == ArrayForm::Resistors).then_some(&nodes[rows + columns..]);
        let ends = (&nodes[..rows], &nodes[rows..rows + columns]);
        Array::new(form, ends, inverted, (matrix, 2.0)).unwrap()
    }

    /// The numbers of the sets that pairs of nodes connect, by node.
    fn sets(nodes: usize, pairs: impl Iterator<Item = [NodeId; 2]>) -> Vec<usize> {
        let mut sets = Sets::new(nodes + 1);
        for [a, b] in pairs {
            sets.join(a.0 as usize, b.0 as usize);
        }
        // A set is called by its lowest node.
        let mut lowest = vec![usize::MAX; nodes + 1];
        let roots: Vec<usize> = (0..=nodes).map(|node| sets.find(node)).collect();
        for (node, &root) in roots.iter().enumerate() {
            lowest[root] = std::cmp::min(lowest[root], node);
        }
        roots.into_iter().map(|root| lowest[root]).collect()
    }

    #[test]
    fn trees_connect_what_crossings_connect() {
        for values in [
            vec![1.0, -1.0, 2.0, 3.0, -4.0, 0.0],
            vec![0.0, -1.0, 0.0, 0.0, -4.0, 0.0],
            vec![0.0, 0.0, 1.0, -1.0, 0.0, 0.0],
            vec![1.0, 0.0, 0.0, 1.0, 0.0, -1.0],
            vec![0.0; 6],
        ] {
            for columns in [1, 2, 3, 6] {
                let array = array(ArrayForm::Resistors, values.clone(), columns);
                let nodes = array.nodes.len();
                let tree = array.tree();
                assert!(tree.len() < nodes);
                let all = sets(nodes, array.crossings().map(|c| c.nodes));
                assert_eq!(sets(nodes, tree.iter().map(|c| c.nodes)), all, "{values:?} {columns}");
            }
        }
        assert!(array(ArrayForm::Vccs, vec![1.0], 1).tree().is_empty());
    }

    #[test]
    fn resistors_obey_kirchhoff() {
        let array = array(ArrayForm::Resistors, vec![1.0, -2.0, 0.0, 4.0], 2);
        let mut sums = vec![0.0; array.nodes.len()];
        for entry in array.loads().into_iter().chain(array.couplings()) {
            sums[entry.row as usize] += entry.value;
        }
        assert_eq!(sums, vec![0.0; sums.len()]);
        let crossings: Vec<_> = array.crossings().map(|c| (c.nodes, c.value)).collect();
        let nodes = |a, b| [NodeId(a), NodeId(b)];
        assert_eq!(crossings, [(nodes(1, 3), 2.0), (nodes(1, 6), 4.0), (nodes(2, 4), 8.0)]);
    }
}
