//! Random circuits as decks, of every kind of element.

use proptest::prelude::*;

/// Nodes that the elements of a random circuit lie between: `n0`, `n1` and so on.
pub const NODES: usize = 4;

/// One random element: kind, four different or equal nodes, a value.
pub type Spec = (u8, [usize; 4], f64);

/// Kinds of elements that [`cards`] knows.
pub const KINDS: u8 = 13;
/// Kinds up to this one are linear.
pub const LINEAR: u8 = 9;
/// Kinds up to this one are linear and without sources.
pub const PASSIVE: u8 = 3;

pub fn specs(kinds: u8, count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Spec>> {
    let nodes = prop::array::uniform4(0..NODES);
    prop::collection::vec((0..kinds, nodes, 0.05..0.4f64), count)
}

/// The cards of one element. What has a current of its own is in series with a
/// resistor, so that no loop and no cut-set can come about.
pub fn cards(at: usize, (kind, [a, b, c, d], value): Spec) -> Vec<String> {
    let k = at;
    let series = |card: String| vec![card, format!("Rm{k} m{k} n{b} 0.7")];
    let sense =
        |card: String| vec![format!("Vs{k} n{a} m{k} 0"), format!("Rm{k} m{k} n{b} 0.9"), card];
    match kind {
        0 => vec![format!("R{k} n{a} n{b} {value}")],
        1 => series(format!("C{k} n{a} m{k} {value}")),
        2 => series(format!("L{k} n{a} m{k} {value}")),
        3 => vec![format!("G{k} n{a} n{b} n{c} n{d} {value}")],
        4 => series(format!("E{k} n{a} m{k} n{c} n{d} {value}")),
        5 => sense(format!("F{k} n{c} n{d} Vs{k} {value}")),
        6 => sense(format!("H{k} n{c} p{k} Vs{k} {value}\nRp{k} p{k} n{d} 1.1")),
        7 => vec![format!("B{k} n{a} n{b} I={{{value}*v(n{c})-0.2*v(n{d},n{a})}}")],
        8 => series(format!("V{k} n{a} m{k} SIN(0 {value} 0.3 0 0.1 {k})")),
        9 => vec![format!("I{k} n{a} n{b} {value}")],
        10 => vec![format!("B{k} n{a} n{b} I={{{value}*tanh(2*v(n{c},n{d}))+0.1}}")],
        11 => series(format!("B{k} n{a} m{k} V={{{value}*tanh(v(n{c})-v(n{d}))}}")),
        _ => sense(format!(
            "B{k} n{c} n{d} I={{{value}*sin(v(n{a}))*exp(-v(n{d})^2)+0.2*atan(i(Vs{k}))}}"
        )),
    }
}

/// Cards of all elements, after `base`.
pub fn lines(base: &[String], specs: &[Spec]) -> Vec<String> {
    let own = specs.iter().enumerate().flat_map(|(at, spec)| cards(at, *spec));
    base.iter().cloned().chain(own).collect()
}

/// A resistor from every node to ground.
pub fn grounded() -> Vec<String> {
    (0..NODES).map(|k| format!("Rg{k} n{k} 0 {}", 1.0 + 0.1 * k as f64)).collect()
}

/// A deck of these cards.
pub fn deck(lines: &[String]) -> String {
    format!("random\n{}\n", lines.join("\n"))
}

/// The cards of a network of three units with an input, without an analysis.
pub fn three_units() -> String {
    let unit = |k: usize| {
        let (next, last) = ((k + 1) % 3, (k + 2) % 3);
        format!(
            "B{k} t{k} 0 V=tanh(V(z{k}))\nR{k} t{k} h{k} 1k\nC{k} h{k} 0 1u\n\
             E{k} z{k} 0 VALUE={{0.8*V(h{next})-0.5*V(h{last})+0.3*V(in)}}\n"
        )
    };
    format!("t\nV1 in 0 SIN(0 1 100)\n{}{}{}", unit(0), unit(1), unit(2))
}
