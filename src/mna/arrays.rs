//! Arrays in a reduction: products with their matrices in place of entries of the network.
//!
//! An array adds `P K Q'` to the matrix M of the resistive network without it: Q' reads the
//! voltages that control it, K is its matrix, P says where its currents enter. Where x
//! solves the whole network for a source b,
//!
//! ```text
//! x = M^-1 b - M^-1 P K v,    v = Q' x = S - T K v,    S = Q' M^-1 b,    T = Q' M^-1 P
//! ```
//!
//! and what is read of x is `R M^-1 b - (R M^-1 P) K v`. Where the currents of an array do
//! not move what controls it, as where buffers drive its columns, T is 0 and v is S; where
//! they move what controls another one, v follows array by array. Either way the cost is a
//! product with K, one operation a crossing. A circle of arrays has no such order; its
//! entries are put into the matrix of the network.

mod work;

use std::{borrow::Cow, ops::Range};

use sprs::CsMat;

use crate::{
    circuit::{Array, ArrayForm, Circuit, Entry, Equations, NodeId},
    diag::Diagnostic,
    linalg::SparseLu,
    mna::{
        columns::{Columns, GROUPS},
        network::{Network, Reader},
    },
};

use work::Work;

/// A row of a sparse matrix, by column.
type SparseRow = Vec<(usize, f64)>;

/// Which of the four groups of readers the voltages are that control arrays.
const CONTROLS: usize = 3;

/// One direction of an array: sources lead from columns to rows, resistors both ways.
struct Way<'a> {
    array: &'a Array,
    /// The number of the array.
    at: usize,
    /// From the rows to the columns.
    is_back: bool,
    /// Its controlling nodes among those of all ways.
    inputs: Range<usize>,
    /// The nodes that its currents enter, among those of all ways.
    outputs: Range<usize>,
}

impl Way<'_> {
    /// The nodes of its rows, or of its columns, inverted ones after the others.
    fn nodes(&self, rows: bool) -> &[NodeId] {
        let all = self.array.nodes();
        let (count, columns) = self.array.matrix().shape();
        match (rows, self.array.form()) {
            (true, _) => &all[..count],
            (false, ArrayForm::Vccs) => &all[count..count + columns],
            (false, ArrayForm::Resistors) => &all[count..],
        }
    }

    /// Hands out `factor` times the row of K for the output `output`, counted from its
    /// first: inputs, from their first, and values.
    fn row(&self, output: usize, factor: f64, mut entry: impl FnMut(usize, f64)) {
        let matrix = self.array.matrix();
        let columns = matrix.shape().1;
        let shift = if self.array.has_inverted() { columns } else { 0 };
        let factor = factor * self.array.gain();
        match (self.array.form(), self.is_back) {
            (ArrayForm::Vccs, _) => {
                let entries = matrix.row(output).iter().enumerate();
                entries.for_each(|(column, w)| entry(column, factor * w));
            }
            (ArrayForm::Resistors, false) => {
                for (column, w) in matrix.row(output).iter().enumerate() {
                    let input = column + if *w < 0.0 { shift } else { 0 };
                    entry(input, -factor * w.abs());
                }
            }
            (ArrayForm::Resistors, true) => {
                let (column, is_inverted) =
                    if output < columns { (output, false) } else { (output - columns, true) };
                for at in 0..matrix.shape().0 {
                    let w = matrix.row(at)[column];
                    if (w < 0.0 && shift > 0) == is_inverted {
                        entry(at, -factor * w.abs());
                    }
                }
            }
        }
    }
}

/// The directions of the arrays that are `apart` from the network.
fn ways<'a>(equations: &'a Equations, apart: &[bool]) -> Vec<Way<'a>> {
    let mut ways = Vec::new();
    let (mut inputs, mut outputs) = (0, 0);
    for (at, array) in equations.arrays.iter().enumerate().filter(|&(at, _)| apart[at]) {
        let directions: &[bool] = match array.form() {
            ArrayForm::Vccs => &[false],
            ArrayForm::Resistors => &[false, true],
        };
        for &is_back in directions {
            let mut way = Way { array, at, is_back, inputs: 0..0, outputs: 0..0 };
            way.inputs = inputs..inputs + way.nodes(is_back).len();
            way.outputs = outputs..outputs + way.nodes(!is_back).len();
            (inputs, outputs) = (way.inputs.end, way.outputs.end);
            ways.push(way);
        }
    }
    ways
}

/// The network's entries of G, with those of the arrays that are not apart.
fn conductance<'a>(equations: &'a Equations, apart: &[bool]) -> Cow<'a, [Entry]> {
    if apart.is_empty() {
        return Cow::Borrowed(&equations.conductance);
    }
    // What resistors load their nodes with stays in any case.
    let loads = equations.arrays.iter().flat_map(Array::loads);
    let arrays = equations.arrays.iter().zip(apart).filter(|(_, apart)| !**apart);
    let coupled = arrays.flat_map(|(array, _)| array.couplings());
    Cow::Owned(equations.conductance.iter().copied().chain(loads).chain(coupled).collect())
}

/// What one source leads to: derivatives, controls and outputs.
type Column = [CsMat<f64>; 3];

/// The entries of the network that was factored, and the coefficients of the normal form by
/// sources (states, laws, inputs and the constant), each by rows (derivatives, controls and
/// outputs); `rows` are the numbers of these.
pub(super) fn coefficients(
    network: &Network,
    circuit: &Circuit,
    (readers, rows): (&[Vec<Reader>], [usize; 3]),
) -> Result<(usize, [Column; 4]), Vec<Diagnostic>> {
    let split = Split::of(network, circuit, readers, rows)?;
    // The network has up to four of its own for each storage.
    let entries = split.lu.symbolic().pattern().nonzeros().saturating_sub(4 * rows[0]);
    let mut columns = Columns::new(&split.lu, &split.readers, split.rows);
    let found = network.columns(circuit).map(|sources| split.added(columns.solve(&sources)));
    Ok((entries, found))
}

/// A network without those of its arrays that can be products.
struct Split<'a> {
    ways: Vec<Way<'a>>,
    /// The ways, each after those that move what controls it.
    order: Vec<usize>,
    lu: SparseLu<f64>,
    readers: Cow<'a, [Vec<Reader>]>,
    /// Derivatives, controls, outputs, and what controls arrays.
    rows: [usize; GROUPS],
    /// What a current into each output of a way does, by groups of rows.
    through: [CsMat<f64>; GROUPS],
}

impl<'a> Split<'a> {
    fn of(
        network: &Network,
        circuit: &'a Circuit,
        alone: &'a [Vec<Reader>],
        rows: [usize; 3],
    ) -> Result<Self, Vec<Diagnostic>> {
        let equations = circuit.equations();
        let mut apart = vec![true; equations.arrays.len()];
        loop {
            let ways = ways(equations, &apart);
            let mut readers = Cow::Borrowed(alone);
            for way in &ways {
                for (node, at) in way.nodes(way.is_back).iter().zip(way.inputs.clone()) {
                    if let Some(unknown) = node.unknown() {
                        readers.to_mut()[unknown].push((CONTROLS, at, 1.0));
                    }
                }
            }
            let conductance = conductance(equations, &apart);
            let lu = match network.factor_read(circuit, &conductance, &readers) {
                Ok(lu) => lu,
                // What arrays alone determine has no network without them.
                Err(_) if !ways.is_empty() => {
                    apart.fill(false);
                    continue;
                }
                Err(faults) => return Err(faults),
            };
            if ways.is_empty() {
                let rows = [rows[0], rows[1], rows[2], 0];
                let through = rows.map(|rows| CsMat::zero((rows, 0)));
                return Ok(Self { ways, order: Vec::new(), lu, readers, rows, through });
            }
            let mut entered = Vec::new();
            for way in &ways {
                let unit =
                    |node: &NodeId| node.unknown().map(|row| (row, 1.0)).into_iter().collect();
                entered.extend(way.nodes(!way.is_back).iter().map(unit));
            }
            let inputs = ways.last().map_or(0, |way| way.inputs.end);
            let rows = [rows[0], rows[1], rows[2], inputs];
            let through = Columns::new(&lu, &readers, rows).solve(&entered);
            match order(&ways, &through[CONTROLS]) {
                Ok(order) => return Ok(Self { ways, order, lu, readers, rows, through }),
                Err(circle) => circle.into_iter().for_each(|at| apart[ways[at].at] = false),
            }
        }
    }

    /// The solutions of the whole network for the sources whose solutions without the
    /// arrays are given.
    fn added(&self, alone: [CsMat<f64>; GROUPS]) -> Column {
        let sources = alone[0].cols();
        let [derivatives, controls, outputs, volts] = alone;
        let alone = [derivatives, controls, outputs];
        if self.ways.is_empty() {
            return alone;
        }
        let mut work = Work::new(sources);
        let volts = self.volts(&volts, &mut work);
        let [a, b, c] = alone;
        let mut group = 0;
        [a, b, c].map(|alone| {
            let through = &self.through[group];
            group += 1;
            self.group(alone, through, &volts, &mut work)
        })
    }

    /// The controlling voltages of all ways per source.
    fn volts(&self, alone: &CsMat<f64>, work: &mut Work) -> Vec<SparseRow> {
        let mut volts: Vec<SparseRow> = alone.outer_iterator().map(|row| pairs(&row)).collect();
        let between = &self.through[CONTROLS];
        for &at in &self.order {
            for input in self.ways[at].inputs.clone() {
                let through = between.outer_view(input).map(|row| pairs(&row)).unwrap_or_default();
                if !through.is_empty() {
                    work.start(&volts[input]);
                    self.subtract(&through, &volts, work);
                    let mut found = SparseRow::new();
                    work.finish(|column, value| found.push((column, value)));
                    volts[input] = found;
                }
            }
        }
        volts
    }

    /// One group of rows.
    fn group(
        &self,
        alone: CsMat<f64>,
        through: &CsMat<f64>,
        volts: &[SparseRow],
        work: &mut Work,
    ) -> CsMat<f64> {
        if through.nnz() == 0 {
            return alone;
        }
        // Room that is not written to costs nothing.
        let filled = through.outer_iterator().filter(|row| row.nnz() > 0).count();
        let room = alone.nnz() + filled * alone.cols();
        let (mut columns, mut values) = (Vec::with_capacity(room), Vec::with_capacity(room));
        let mut ends = Vec::with_capacity(alone.rows() + 1);
        ends.push(0);
        for (own, through) in alone.outer_iterator().zip(through.outer_iterator()) {
            if through.nnz() == 0 {
                columns.extend_from_slice(own.indices());
                values.extend_from_slice(own.data());
            } else {
                work.start(&pairs(&own));
                self.subtract(&pairs(&through), volts, work);
                work.finish(|column, value| {
                    columns.push(column);
                    values.push(value);
                });
            }
            ends.push(columns.len());
        }
        CsMat::new(alone.shape(), ends, columns, values)
    }

    /// Subtracts `through K volts` from the row at work, `through` by outputs.
    fn subtract(&self, through: &[(usize, f64)], volts: &[SparseRow], work: &mut Work) {
        let mut rest = through;
        for way in &self.ways {
            let count = rest.partition_point(|&(output, _)| output < way.outputs.end);
            let (own, after) = rest.split_at(count);
            rest = after;
            if own.is_empty() {
                continue;
            }
            let volts = &volts[way.inputs.clone()];
            if let [(output, factor)] = own {
                way.row(output - way.outputs.start, *factor, |input, factor| {
                    work.subtract(factor, &volts[input]);
                });
                continue;
            }
            let mut row = std::mem::take(&mut work.row);
            row.clear();
            row.resize(way.inputs.len(), 0.0);
            for &(output, factor) in own {
                way.row(output - way.outputs.start, factor, |input, value| row[input] += value);
            }
            row.iter().zip(volts).for_each(|(factor, volts)| work.subtract(*factor, volts));
            work.row = row;
        }
    }
}

/// The ways in an order in which their controlling voltages can be found, or those that
/// wait for one another.
fn order(ways: &[Way<'_>], between: &CsMat<f64>) -> Result<Vec<usize>, Vec<usize>> {
    let from = |output: usize| ways.partition_point(|way| way.outputs.end <= output);
    let to = |input: usize| ways.partition_point(|way| way.inputs.end <= input);
    let links = between.iter().map(|(_, (input, output))| (from(output), to(input)));
    let mut links: Vec<(usize, usize)> = links.collect();
    links.sort_unstable();
    links.dedup();
    let mut order = Vec::new();
    let mut open: Vec<usize> = (0..ways.len()).collect();
    // Those that wait for none, then of the rest those that none waits for.
    let waits =
        |at: usize, open: &[usize]| links.iter().any(|&(a, b)| b == at && open.contains(&a));
    let feeds =
        |at: usize, open: &[usize]| links.iter().any(|&(a, b)| a == at && open.contains(&b));
    while let Some(free) = open.iter().position(|&at| !waits(at, &open)) {
        order.push(open.remove(free));
    }
    if open.is_empty() {
        return Ok(order);
    }
    while let Some(last) = open.iter().position(|&at| !feeds(at, &open)) {
        open.remove(last);
    }
    Err(open)
}

fn pairs(row: &sprs::CsVecView<'_, f64>) -> SparseRow {
    row.iter().map(|(column, value)| (column, *value)).collect()
}

#[cfg(test)]
mod tests;
