//! What a reduction leaves out does not show.

mod common;

use analogon::{
    circuit::Circuit,
    dae::{Coefficient, Lure},
    mna::reduce,
};

/// Two units whose rails come from buffers, of whose currents `saved` may read some.
fn units(saved: &str) -> Circuit {
    common::circuit(&format!(
        "two units\n\
         Vone one 0 1\n\
         Vin in 0 PWL(0 0 1m 1)\n\
         B1 t1 0 V=tanh(V(z1))\n\
         B2 t2 0 V=tanh(V(z2))\n\
         R1 t1 h1 1k\nC1 h1 0 1u\nR2 t2 h2 2k\nC2 h2 0 1u\n\
         Ep1 p1 0 h1 0 1\nEn1 n1 0 h1 0 -1\nEp2 p2 0 h2 0 1\nEn2 n2 0 h2 0 -1\n\
         R11 p1 s1 20k\nR12 n2 s1 7k\nR1i in s1 11k\nR1o one s1 90k\n\
         R21 n1 s2 13k\nR22 p2 s2 31k\nR2p p1 p2 5k\n\
         Rf1 s1 z1 10k\nEa1 z1 0 0 s1 1e6\nRf2 s2 z2 10k\nEa2 z2 0 0 s2 1e6\n\
         L1 h2 x 1m\nRx x 0 1k\n\
         .save v(h1) v(h2) {saved}\n\
         .tran 0.1m 5m uic\n"
    ))
}

fn normal_form(circuit: &Circuit) -> Lure {
    let words = |faults: Vec<_>| format!("{faults:?}");
    reduce(circuit).map(|found| found.lure).map_err(words).expect("it has a normal form")
}

#[test]
fn currents_that_nobody_reads_change_nothing() {
    use Coefficient::{A, B, C, D, E, F};
    let bare = normal_form(&units(""));
    let read = normal_form(&units("i(Ep1) i(En1) i(Ep2) i(En2) i(Ea1) i(Vone) i(Vin) i(L1)"));
    for coefficient in [A, B, E, C, D, F] {
        let [bare, read] = [&bare, &read].map(|lure| lure.matrix(coefficient));
        assert_eq!(bare.indices(), read.indices(), "{coefficient:?}");
        for (bare, read) in bare.data().iter().zip(read.data()) {
            assert!((bare - read).abs() <= 1e-12 * read.abs(), "{coefficient:?}: {bare} {read}");
        }
    }
    assert!(bare.matrix(A).nnz() > 0 && bare.matrix(C).nnz() == 4);
}

/// Where the network is singular, the words are those for the whole of it.
#[test]
fn a_fault_is_named_whether_its_currents_are_read_or_not() {
    let words = |saved: &str| {
        let circuit = common::circuit(&format!(
            "a capacitor across a buffer\nV1 in 0 1\nR1 in a 1k\nC1 a 0 1u\nE1 b 0 a 0 2\n\
             C2 b 0 1u\nB1 c 0 V=tanh(V(b))\nR2 c a 1k\n.save v(a) {saved}\n.tran 0.1m 5m uic\n"
        ));
        reduce(&circuit).expect_err("C2 and E1 are one loop").remove(0).message
    };
    assert_eq!(words(""), words("i(E1) i(V1)"));
    assert!(words("").contains("C2") || words("").contains("c2"), "{}", words(""));
}
