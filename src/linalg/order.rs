//! Fill-reducing order within a block.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::sparse::SymbolicSparseColMatRef;
use faer::sparse::linalg::amd;

/// The approximate minimum degree order on the pattern of `A + Aᵀ` (Amestoy,
/// Davis and Duff, SIAM Journal on Matrix Analysis 17, 886–905, 1996): place
/// `k` takes what was at `order[k]`. `pointers` and `rows` are the columns of
/// the square block `A`.
///
/// The given order stays where the sizes exceed what the index type counts.
pub(super) fn minimum_degree(pointers: &[u32], rows: &[u32]) -> Vec<u32> {
    let size = pointers.len() - 1;
    let mut order: Vec<u32> = (0..size as u32).collect();
    if size <= 2 {
        return order;
    }
    let mut inverse = order.clone();
    let block = SymbolicSparseColMatRef::new_unsorted_checked(size, size, pointers, None, rows);
    let mut memory = MemBuffer::new(amd::order_maybe_unsorted_scratch::<u32>(size, rows.len()));
    let stack = MemStack::new(&mut memory);
    let control = amd::Control::default();
    if amd::order_maybe_unsorted(&mut order, &mut inverse, block, control, stack).is_err() {
        order = (0..size as u32).collect();
    }
    order
}
