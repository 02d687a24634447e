//! From the netlist as written to the flat circuit: parameters evaluated,
//! subcircuits expanded, names resolved.

mod ammeter;
mod analyses;
mod array;
mod controlled;
mod controls;
mod coupling;
mod device;
mod flatten;
mod fourier;
mod function;
mod laplace;
mod law;
mod line;
mod names;
mod passive;
mod requests;
mod scope;
mod steps;
mod sweeps;
mod wave;

pub use steps::{Setting, Steps, steps};

use std::collections::HashSet;

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
    let netlist = &*steps::with_stepped_parameters(netlist);
    let mut faults = Vec::new();
    let mut flat = parts(netlist, &mut faults);
    if !has_errors(&faults) {
        sweeps::vary(netlist, &mut flat, &mut faults);
    }
    if has_errors(&faults) {
        // A fault inside a subcircuit is found once an instance.
        let mut known = HashSet::new();
        faults.retain(|fault| known.insert((fault.span, fault.message.clone())));
        return Err(faults);
    }
    Circuit::new(flat.circuit)
}

/// The flat circuit with what its dot cards ask for.
fn parts<'n>(netlist: &'n Netlist, faults: &mut Vec<Diagnostic>) -> flatten::Flat<'n> {
    let mut flat = flatten::flatten(netlist, faults);
    controls::add(netlist, &mut flat, faults);
    flat.measure_currents();
    flat
}
