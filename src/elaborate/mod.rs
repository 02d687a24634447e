//! From the netlist as written to the flat circuit: parameters evaluated,
//! subcircuits expanded, names resolved.

mod analyses;
mod controlled;
mod controls;
mod device;
mod flatten;
mod fourier;
mod function;
mod laplace;
mod law;
mod requests;
mod scope;
mod steps;
mod wave;

pub use steps::{Setting, Steps, steps};

use std::collections::BTreeSet;

use crate::{
    circuit::Circuit,
    diag::{Diagnostic, has_errors},
    netlist::{Netlist, has_opamps, without_opamps},
};

/// The circuit that `netlist` describes.
///
/// # Errors
///
/// All faults found: undefined names, wrong numbers of ports, recursive
/// subcircuits, values out of range, and, where none of these is present, the
/// topological faults of [`Circuit::new`].
pub fn elaborate(netlist: &Netlist) -> Result<Circuit, Vec<Diagnostic>> {
    if has_opamps(netlist) {
        return elaborate(&without_opamps(netlist)?);
    }
    let mut faults = Vec::new();
    let mut parts = flatten::flatten(netlist, &mut faults);
    controls::add(netlist, &mut parts, &mut faults);
    if has_errors(&faults) {
        return Err(once_each(faults));
    }
    Circuit::new(parts.circuit)
}

/// The faults without those that were told before: a model is read once for each of
/// its devices, a subcircuit for each of its instances.
fn once_each(faults: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut told = BTreeSet::new();
    faults.into_iter().filter(|fault| told.insert(format!("{fault:?}"))).collect()
}
