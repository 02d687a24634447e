mod common;
use common::solving::op;
fn chain(n: usize, volts: f64, r: f64) -> String {
    let mut s = format!("t\nV1 n0 0 {volts}\nR0 n0 m0 {r}\n");
    for k in 0..n {
        let b = if k + 1 == n { "0".to_owned() } else { format!("m{}", k + 1) };
        s += &format!("B{k} m{k} {b} I={{1e-14*(exp(v(m{k},{b})/0.02585)-1)}}\n");
    }
    s
}
#[test]
fn x() {
    for n in [1, 2, 3, 5, 8, 12] {
        for v in [0.5, 5.0, 50.0, 1000.0, -5.0] {
            for r in [1.0, 1e3, 1e6] {
                match op(&chain(n, v, r)) {
                    Ok((p, w)) => println!(
                        "{n} {v} {r}: {:?} {} m0={}",
                        p.aid,
                        p.counters.iterations,
                        w.last("v(m0)")
                    ),
                    Err(e) => println!("{n} {v} {r}: {e}"),
                }
            }
        }
    }
    for deck in [
        "t\nB1 a 0 I={exp(v(a))+1}\n",
        "t\nB1 a 0 I={exp(v(a))+1}\nR1 a 0 1\n",
        "t\nB1 a 0 I={v(a)*v(a)+1}\nR1 a 0 10\n",
        "t\nB1 a 0 V={v(a)*v(a)+1}\n",
        "t\nB1 a 0 V={ln(v(b))}\nR1 a b 1\nR2 b 0 1\n",
        "t\nB1 a 0 V={sqrt(v(b))}\nR1 a b 1\nR2 b 0 1\n",
        "t\nV1 a 0 5\nR1 a b 1k\nR2 a c 1k\nB1 b 0 I={1e-15*(exp(v(c)/0.02585)-1)}\nB2 c 0 I={1e-15*(exp(v(b)/0.02585)-1)}\n",
        "t\nB1 a 0 V={2*tanh(2*v(b))}\nB2 b 0 V={2*tanh(2*v(a))}\n.nodeset v(a)=1",
        "t\nB1 a 0 V={2*tanh(2*v(b))}\nB2 b 0 V={2*tanh(2*v(a))}\n.nodeset v(a)=-1",
        "t\nB1 a 0 V={10*tanh(20*v(b))}\nR1 a c 1\nR2 c b 1\nR3 b 0 1\nB2 d 0 V={-10*tanh(1000*v(b)-5)}\nR4 d b 1\n",
    ] {
        match op(deck) {
            Ok((p, w)) => println!("{:?} {:?}", p, w.names),
            Err(e) => println!("{e}"),
        }
    }
}
#[test]
fn z() {
    for deck in [
        "t\nV1 a 0 5\nR1 a 0 1\n.ic v(a)=3\n.tran 1 1",
        "t\nV1 a 0 5\nR1 a b 1\nC1 b 0 1\n.ic v(b)=3\n.tran 1 1",
        "t\nV1 a 0 5\nR1 a b 1\nR2 b 0 1\n.ic v(b)=3\n.tran 1 1",
        "t\nI1 0 a 1\nC1 a 0 1\n.ic v(a)=3\n.tran 1 1",
    ] {
        match common::solving::try_mna(deck, |_| {}) {
            Ok(w) => println!("{:?} {:?} {:?} {:?}", w.names, w.rows[0], w.rows[1], w.rows.last()),
            Err(e) => println!("{e}"),
        }
    }
}
