//! The devices of a compiled circuit.

use crate::{
    circuit::{
        Circuit, ElementId, Kind, NodeId, PlacedDevice,
        device::{Device, Flow, Noise},
        port_control,
    },
    dae::{Eval, Switching},
};

/// Sums of unknowns with signs.
type Terms = Vec<(usize, f64)>;
/// Place in the pattern, branch, port and sign.
type Slot = (usize, usize, usize, f64);

/// A device with the places it reads and writes.
#[derive(Clone, Debug)]
pub(super) struct DeviceStamp {
    id: ElementId,
    device: Device,
    /// What each port reads, its polarity included.
    ports: Vec<Terms>,
    /// The rows of each branch, with the signs and the polarity of its current.
    branches: Vec<Terms>,
    /// The nodes of each branch.
    ends: Vec<[NodeId; 2]>,
    conductances: Vec<Slot>,
    capacitances: Vec<Slot>,
    switched: Option<bool>,
    /// True where it may store charge.
    stores: bool,
    /// Its place among the switches of the circuit.
    state: Option<usize>,
    /// Its first anchor among those of the circuit.
    anchor: usize,
}

/// What the devices of a circuit need besides their places.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sizes {
    /// Limited voltages.
    pub(super) anchors: usize,
    /// Switches.
    pub(super) switches: usize,
}

/// The devices of `circuit`; places come later.
pub(super) fn stamps(circuit: &Circuit) -> (Vec<DeviceStamp>, Sizes) {
    let equations = circuit.equations();
    let mut stamps = Vec::new();
    let mut sizes = Sizes::default();
    for (at, element) in circuit.elements().iter().enumerate() {
        let Kind::Device(placed) = &element.kind else { continue };
        let PlacedDevice { nodes, control, device, switched, .. } = &**placed;
        let (shape, polarity) = (device.shape(), device.polarity());
        let port = |at| -> Terms {
            let terms = equations.control(port_control(shape, at, nodes, *control));
            terms.into_iter().map(|(unknown, sign)| (unknown, polarity * sign)).collect()
        };
        let ends: Vec<[NodeId; 2]> =
            shape.branches.iter().map(|b| [nodes[b.from as usize], nodes[b.to as usize]]).collect();
        let rows = |[a, b]: [NodeId; 2]| {
            if a == b {
                return Vec::new();
            }
            let terms = [(a.unknown(), polarity), (b.unknown(), -polarity)];
            terms.into_iter().filter_map(|(row, sign)| row.map(|row| (row, sign))).collect()
        };
        stamps.push(DeviceStamp {
            id: ElementId(at as u32),
            device: Device::clone(device),
            ports: (0..shape.ports.len()).map(port).collect(),
            branches: ends.iter().copied().map(rows).collect(),
            ends,
            conductances: Vec::new(),
            capacitances: Vec::new(),
            switched: *switched,
            stores: shape.branches.iter().any(|branch| branch.stores),
            state: device.switch().map(|_| {
                sizes.switches += 1;
                sizes.switches - 1
            }),
            anchor: sizes.anchors,
        });
        sizes.anchors += shape.limited;
    }
    (stamps, sizes)
}

impl DeviceStamp {
    /// Row, column, branch, port, sign, and whether it is a conductance and a
    /// capacitance, of every derivative that the device writes.
    pub(super) fn places(&self) -> Vec<(usize, usize, Slot, [bool; 2])> {
        let shape = self.device.shape();
        let mut places = Vec::new();
        for (branch, (rows, kind)) in self.branches.iter().zip(shape.branches).enumerate() {
            for &(row, sign) in rows {
                for (port, terms) in self.ports.iter().enumerate() {
                    for &(column, direction) in terms {
                        let slot = (0, branch, port, sign * direction);
                        places.push((row, column, slot, [kind.conducts, kind.stores]));
                    }
                }
            }
        }
        places
    }

    /// Takes the places that [`DeviceStamp::places`] has in the pattern.
    pub(super) fn place(&mut self, places: &mut impl Iterator<Item = usize>) {
        for (_, _, (_, branch, port, sign), [conducts, stores]) in self.places() {
            let Some(at) = places.next() else { return };
            let slot = (at, branch, port, sign);
            if conducts {
                self.conductances.push(slot);
            }
            if stores {
                self.capacitances.push(slot);
            }
        }
    }

    /// Rows that charge may be stored on.
    pub(super) fn charged_rows(&self) -> impl Iterator<Item = usize> {
        let stores = self.device.shape().branches.iter().map(|b| b.stores);
        self.branches.iter().zip(stores).filter(|b| b.1).flat_map(|(rows, _)| rows).map(|r| r.0)
    }

    fn gather(&self, x: &[f64], ports: &mut Vec<f64>) {
        ports.clear();
        ports.extend(self.ports.iter().map(|terms| sum(terms, x)));
    }

    /// Evaluates the device at x, or from its anchors, and hands the flow to `then`.
    fn at<T>(&self, x: &[f64], out: &mut Eval, then: impl FnOnce(Flow<'_>, &mut Eval) -> T) -> T {
        let shape = self.device.shape();
        let is_on = self.is_on(&out.switches);
        let (mut ports, mut room) =
            (std::mem::take(&mut out.leaves), std::mem::take(&mut out.gradient));
        self.gather(x, &mut ports);
        room.resize(shape.room(), 0.0);
        let mut flow = shape.flow(&mut room);
        if let Some(anchors) = out.anchors.get(self.anchor..self.anchor + shape.limited) {
            let mut wanted = [0.0; 8];
            let wanted = &mut wanted[..shape.limited];
            wanted.copy_from_slice(&ports[..shape.limited]);
            ports[..shape.limited].copy_from_slice(anchors);
            self.device.evaluate(&ports, is_on, &mut flow);
            flow.extend(anchors, wanted);
        } else {
            self.device.evaluate(&ports, is_on, &mut flow);
        }
        let result = then(flow, out);
        (out.leaves, out.gradient) = (ports, room);
        result
    }

    /// Adds q.
    pub(super) fn charges(&self, x: &[f64], out: &mut Eval) {
        if !self.stores {
            return;
        }
        self.at(x, out, |flow, out| {
            for (branch, rows) in self.branches.iter().enumerate() {
                for &(row, sign) in rows {
                    out.q[row] += sign * flow.charges[branch];
                }
            }
        });
    }

    /// Adds f and q.
    pub(super) fn residual(&self, x: &[f64], out: &mut Eval) {
        self.at(x, out, |flow, out| {
            for (branch, rows) in self.branches.iter().enumerate() {
                for &(row, sign) in rows {
                    out.f[row] += sign * flow.currents[branch];
                    out.q[row] += sign * flow.charges[branch];
                }
            }
        });
    }

    /// Adds df/dx and dq/dx.
    pub(super) fn jacobian(&self, x: &[f64], out: &mut Eval) {
        let width = self.ports.len();
        self.at(x, out, |flow, out| {
            for &(at, branch, port, sign) in &self.conductances {
                out.df[at] += sign * flow.conductances[branch * width + port];
            }
            for &(at, branch, port, sign) in &self.capacitances {
                out.dq[at] += sign * flow.capacitances[branch * width + port];
            }
        });
    }

    /// Writes the anchors that a search begins with.
    pub(super) fn first(&self, anchors: &mut [f64]) {
        let own = &mut anchors[self.anchor..self.anchor + self.device.shape().limited];
        own.fill(0.0);
        if self.switched != Some(false) {
            self.device.first(own);
        }
    }

    /// Moves the anchors to the voltages of x, or as far as they may go; true where
    /// that is not there.
    pub(super) fn follow(&self, x: &[f64], anchors: &mut [f64]) -> bool {
        let limited = self.device.shape().limited;
        let mut new = [0.0; 8];
        let new = &mut new[..limited];
        new.iter_mut().zip(&self.ports).for_each(|(new, terms)| *new = sum(terms, x));
        let anchors = &mut anchors[self.anchor..self.anchor + limited];
        let is_limited = self.device.limit(anchors, new);
        anchors.copy_from_slice(new);
        is_limited
    }

    /// The state of the switch that it may be.
    fn is_on(&self, switches: &[bool]) -> bool {
        self.state.is_some_and(|at| switches.get(at).copied().unwrap_or(false))
    }

    /// Writes the state that a switch begins with.
    pub(super) fn first_switch(&self, switches: &mut [bool]) {
        if let Some(at) = self.state {
            switches[at] = self.switched == Some(true);
        }
    }

    /// The state of a switch at x.
    pub(super) fn switching(&self, x: &[f64], switches: &[bool]) -> Option<Switching> {
        let (switch, at) = (self.device.switch()?, self.state?);
        let mut ports = [0.0; 2];
        ports.iter_mut().zip(&self.ports).for_each(|(port, terms)| *port = sum(terms, x));
        let is_on = switches[at];
        let (excess, threshold) = (switch.excess(&ports, is_on), switch.threshold(is_on));
        Some(Switching { switch: at, excess, threshold })
    }

    /// The noise currents at x, with the nodes they flow between.
    pub(super) fn noise(&self, x: &[f64], switches: &[bool]) -> impl Iterator<Item = NoiseCurrent> {
        let mut ports = Vec::new();
        self.gather(x, &mut ports);
        let sources = self.device.noise(&ports, self.is_on(switches)).into_iter();
        sources.map(|Noise { branch, white, flicker }| NoiseCurrent {
            element: self.id,
            nodes: self.ends[branch],
            white,
            flicker,
        })
    }
}

fn sum(terms: &[(usize, f64)], x: &[f64]) -> f64 {
    terms.iter().map(|&(unknown, sign)| sign * x[unknown]).sum()
}

/// Adds the charges of the devices of `circuit` that starts from the voltages of
/// its nodes, `volts`, or from those on the cards.
pub(super) fn initial_charges(circuit: &Circuit, volts: &[f64], charges: &mut [f64]) {
    // Unknowns begin after ground, and no current has a value yet.
    let mut x = vec![0.0; circuit.equations().size];
    x.iter_mut().zip(&volts[1..]).for_each(|(x, volts)| *x = *volts);
    let (stamps, _) = stamps(circuit);
    for stamp in stamps {
        let Kind::Device(placed) = &circuit.elements()[stamp.id.0 as usize].kind else { continue };
        let PlacedDevice { initial, device, .. } = &**placed;
        let mut ports = Vec::new();
        stamp.gather(&x, &mut ports);
        let own: Vec<f64> = initial.iter().map(|v| device.polarity() * v).collect();
        device.start(&own, &mut ports);
        let mut room = vec![0.0; device.shape().room()];
        let mut flow = device.shape().flow(&mut room);
        device.evaluate(&ports, false, &mut flow);
        for (rows, charge) in stamp.branches.iter().zip(&*flow.charges) {
            for &(row, sign) in rows {
                charges[row] += sign * charge;
            }
        }
    }
}

/// A noise current of a device between two nodes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NoiseCurrent {
    /// The device.
    pub element: ElementId,
    /// Where it flows from and to; ground is node 0.
    pub nodes: [NodeId; 2],
    /// One-sided spectral density that does not depend on the frequency, A^2/Hz.
    pub white: f64,
    /// Flicker noise: density times frequency, A^2.
    pub flicker: f64,
}
