//! Random matrices against their laws.
use super::*;
use crate::rnn::{Direction, Initialiser, SignConstraint};
use nalgebra::DMatrix;

#[test]
fn show() {
    type Make = fn(usize, u64) -> DMatrix<f64>;
    fn clip(n: usize, s: u64, f: f64, o: bool) -> DMatrix<f64> {
        let i = if o { Initialiser::Orthogonal { gain: 1.0 } } else { Initialiser::Normal { gain: 1.0 } };
        let mut w = i.draw(n, s);
        SignConstraint { direction: Direction::Outgoing, inhibitory: f }.project(&mut w);
        w
    }
    let cases: [(&str, Make); 9] = [
        ("gin", |n, s| Initialiser::Normal { gain: 1.0 }.draw(n, s)),
        ("haar", |n, s| Initialiser::Orthogonal { gain: 1.0 }.draw(n, s)),
        ("cn5", |n, s| clip(n, s, 0.5, false)),
        ("cn3", |n, s| clip(n, s, 0.3, false)),
        ("co5", |n, s| clip(n, s, 0.5, true)),
        ("co3", |n, s| clip(n, s, 0.3, true)),
        ("hn3", |n, s| Initialiser::HalfNormal { gain: 1.0, inhibitory: 0.3 }.draw(n, s)),
        ("ra", |n, s| {
            let mut w = Initialiser::Normal { gain: 1.0 }.draw(n, s);
            for (k, mut c) in w.column_iter_mut().enumerate() { c *= if 2 * k < n { 0.5 } else { 1.5 } }
            w
        }),
        ("tao", |n, s| Initialiser::Normal { gain: 1.0 }.draw(n, s).add_scalar(2.0 / n as f64)),
    ];
    for n in [50, 100, 400] {
        for (name, make) in cases {
            for seed in 0..3 {
                let w = make(n, seed);
                let s = Spectrum::new(&w, Role::Weights { leak: 1.0, step: 1.0 }).unwrap();
                let b = Bulk::fit(&s.values).unwrap();
                let t = Theory::choose(&w).unwrap();
                let f = t.fit(&s.values, &b);
                println!("{n} {name} outer {:.4} [{:.4} {:.4}] inner {:?} even {} dom {} strays {} | {:?} {:.4}..{:.4} out {:?} ks {:.3} limit {:.3} top {:.3} {:?}", b.outer.value, b.outer.low, b.outer.high, b.inner.map(|i| (i.value, i.low, i.high)), b.is_even, b.dominant.len(), b.strays.len(), t.ensemble, t.law.inner(), t.law.outer(), t.outlier, f.distance, f.limit, s.values[0], t.parameters);
            }
        }
    }
}
