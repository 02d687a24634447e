//! How a device is connected inside, and where its law writes to.

use super::dual::Dual;

/// A way of current through a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Terminal that the current enters the branch from.
    pub from: u8,
    /// Terminal that it leaves to.
    pub to: u8,
    /// True where a current flows at DC.
    pub conducts: bool,
    /// True where charge is stored: `charge` on `from`, the opposite on `to`.
    pub stores: bool,
}

/// The ports and branches of a kind of device, by numbers of terminals. The
/// terminals outside come first, in the order of the card, then those inside.
#[derive(Debug, PartialEq, Eq)]
pub struct Shape {
    /// Names of the terminals inside: the node of one is called after the
    /// device and it, such as `d1#anode`.
    pub inside: &'static [&'static str],
    /// Voltages that the law reads, `v(first) - v(second)`.
    pub ports: &'static [(u8, u8)],
    /// The first so many ports are limited between Newton iterations.
    pub limited: usize,
    /// Where the currents flow.
    pub branches: &'static [Branch],
}

/// A branch with current and charge.
pub(super) const fn both(from: u8, to: u8) -> Branch {
    Branch { from, to, conducts: true, stores: true }
}

/// A branch with current alone.
pub(super) const fn current(from: u8, to: u8) -> Branch {
    Branch { from, to, conducts: true, stores: false }
}

/// A branch with charge alone.
pub(super) const fn charge(from: u8, to: u8) -> Branch {
    Branch { from, to, conducts: false, stores: true }
}

/// Currents and charges of the branches of one device with their derivatives.
/// Currents in A, charges in C; derivatives by branch, then by port.
#[derive(Debug)]
pub struct Flow<'a> {
    /// Currents, one a branch.
    pub currents: &'a mut [f64],
    /// Charges, one a branch.
    pub charges: &'a mut [f64],
    /// Derivatives of the currents, S.
    pub conductances: &'a mut [f64],
    /// Derivatives of the charges, F.
    pub capacitances: &'a mut [f64],
    ports: usize,
}

impl Shape {
    /// Numbers that a [`Flow`] of this shape holds.
    #[must_use]
    pub fn room(&self) -> usize {
        2 * self.branches.len() * (1 + self.ports.len())
    }

    /// A flow of zeros in `room`, which has the size of [`Shape::room`].
    pub fn flow<'a>(&self, room: &'a mut [f64]) -> Flow<'a> {
        room.fill(0.0);
        let (branches, ports) = (self.branches.len(), self.ports.len());
        let (currents, room) = room.split_at_mut(branches);
        let (charges, room) = room.split_at_mut(branches);
        let (conductances, capacitances) = room.split_at_mut(branches * ports);
        Flow { currents, charges, conductances, capacitances, ports }
    }
}

impl Flow<'_> {
    /// Adds a current that depends on the ports from `first` on.
    pub(super) fn current<const N: usize>(&mut self, branch: usize, first: usize, i: Dual<N>) {
        self.currents[branch] += i.value;
        let row = &mut self.conductances[branch * self.ports + first..];
        row.iter_mut().zip(i.slope).for_each(|(entry, slope)| *entry += slope);
    }

    /// Adds a charge that depends on the ports from `first` on.
    pub(super) fn charge<const N: usize>(&mut self, branch: usize, first: usize, q: Dual<N>) {
        self.charges[branch] += q.value;
        let row = &mut self.capacitances[branch * self.ports + first..];
        row.iter_mut().zip(q.slope).for_each(|(entry, slope)| *entry += slope);
    }

    /// Adds a conductance across `port`, whose voltage is `voltage`.
    pub(super) fn resistor(&mut self, branch: usize, port: usize, conductance: f64, voltage: f64) {
        self.currents[branch] += conductance * voltage;
        self.conductances[branch * self.ports + port] += conductance;
    }

    /// Continues the law, evaluated at `anchors`, along its tangent to `ports`;
    /// only the first ports have an anchor.
    pub(crate) fn extend(&mut self, anchors: &[f64], ports: &[f64]) {
        let width = self.ports;
        for (at, (anchor, port)) in anchors.iter().zip(ports).enumerate() {
            let distance = port - anchor;
            if distance == 0.0 {
                continue;
            }
            for branch in 0..self.currents.len() {
                self.currents[branch] += self.conductances[branch * width + at] * distance;
                self.charges[branch] += self.capacitances[branch * width + at] * distance;
            }
        }
    }
}
