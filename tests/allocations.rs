//! The loops of transients allocate no memory: a run of twenty time constants takes as many
//! allocations as one of two. And what a large deck takes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]

mod common;

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    fmt::Write,
    ops::ControlFlow,
};

use analogon::{
    mna::{Mna, Sources, reduce},
    solve::{
        Counters, Method, TransientOptions,
        reduced::{Integrator, Options, integrate},
        transient,
    },
};
use common::{circuit, solving::start};

/// Counts what each thread asks for.
struct Counting;

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
    /// Bytes that are held, and the most that were.
    static HELD: Cell<(i64, i64)> = const { Cell::new((0, 0)) };
}

/// Notes one call, after which so many bytes more are held.
fn count(bytes: i64) {
    COUNT.with(|count| count.set(count.get() + 1));
    hold(bytes);
}

fn hold(bytes: i64) {
    HELD.with(|held| {
        let (now, most) = held.get();
        let now = now + bytes;
        held.set((now, if now > most { now } else { most }));
    });
}

#[expect(unsafe_code, reason = "an allocator is unsafe; this one hands all on to the system's")]
// SAFETY: every call goes to the allocator of the system as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as i64);
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as i64);
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as i64 - layout.size() as i64);
        unsafe { System.realloc(old, layout, size) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        hold(-(layout.size() as i64));
        unsafe { System.dealloc(old, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The allocations of some work.
fn allocations(work: impl FnOnce()) -> u64 {
    let before = COUNT.get();
    work();
    COUNT.get() - before
}

/// The most bytes that some work holds at a time.
fn peak(work: impl FnOnce()) -> i64 {
    let before = HELD.get().0;
    HELD.set((before, before));
    work();
    HELD.get().1 - before
}

/// A chain of resistors, each second one to ground: the deck is read, its circuit made and
/// checked, in at most 200 bytes an element, its own text of 24 included.
#[test]
fn a_large_deck_takes_200_bytes_an_element() {
    // A little below a power of two, so that no list is half empty.
    let links = 260_000;
    let mut text = "chain\nV1 n0 0 1\n".to_owned();
    for k in 0..links {
        write!(text, "R{k} n{k} n{} 1\nRg{k} n{} 0 1000\n", k + 1, k + 1).unwrap();
    }
    text.push_str(".op\n.end\n");
    let mut elements = 0;
    let bytes = peak(|| elements = circuit(&text).elements().len());
    assert_eq!(elements, 2 * links + 1);
    let each = bytes as f64 / elements as f64;
    assert!(each <= 200.0, "{each} bytes an element");
}

/// Allocations and work of a transient along the equations as they are, whose points nobody
/// keeps.
fn nodal(deck: &str, (stop, max_step): (f64, f64), method: Method) -> (u64, Counters) {
    let circuit = circuit(&format!("{deck}\n.tran 1u {stop}"));
    let (mna, sources) = (Mna::compile(&circuit), Sources::all(&circuit));
    let start = start(&circuit, &mna).unwrap();
    let options = TransientOptions { method, max_step, ..TransientOptions::until(stop) };
    let mut counters = Counters::default();
    let asked = allocations(|| {
        let ignore = &mut |_: f64, _: &[f64]| ControlFlow::Continue(());
        counters = transient(&mna, &sources, &start, &options, ignore).unwrap();
    });
    (asked, counters)
}

/// Fails where the long run allocates more than the short one. Room is made where the first
/// need is, so that both need it alike.
fn same(deck: &str, constant: f64, max_step: f64) {
    for method in [Method::Trapezoidal, Method::Gear2] {
        let [(short, few), (long, many)] =
            [2.0, 20.0].map(|times| nodal(deck, (times * constant, max_step), method));
        assert!(many.accepted > 5 * few.accepted, "{few:?} {many:?}");
        assert!(long <= short, "{short} allocations of {few:?}, {long} of {many:?}");
    }
}

#[test]
fn steps_of_a_linear_circuit_allocate_nothing() {
    let deck = "t\nV1 a 0 SIN(0 1 1k)\nR1 a b 1k\nC1 b 0 1u\nL1 b c 1m\nR2 c 0 1k";
    same(deck, 1e-3, 2e-5);
}

/// A law and a charge that is one.
#[test]
fn steps_of_laws_allocate_nothing() {
    let deck = "t\nV1 a 0 SIN(0 2 1k)\nR1 a b 1k\nB1 b 0 I=1m*tanh(V(b))\n\
                C1 b 0 Q='1u*V(b)+0.1u*V(b)^3'";
    same(deck, 1e-3, 2e-5);
}

#[test]
fn steps_of_a_rectifier_allocate_nothing() {
    let deck = "t\nV1 a b SIN(0 10 1k)\nRb b 0 1meg\nD1 a p DR\nD2 b p DR\nD3 n a DR\nD4 n b DR\n\
                Rn n 0 1m\nC1 p n 1u\nRL p n 1k\n.model DR D(IS=1e-14 RS=0.1 CJO=4p TT=10n)";
    same(deck, 1e-3, 1e-4);
}

/// A switch and a transistor.
#[test]
fn steps_of_devices_allocate_nothing() {
    let deck = "t\nV1 a 0 SIN(0 2 1k)\nR1 a b 1k\nC1 b 0 1u\n\
                S1 b c a 0 SWM\nR2 c 0 1k\nVC d 0 5\nR3 d e 1k\nQ1 e f 0 QN\nR4 a f 100k\n\
                .model SWM SW(VT=0.5 VH=0.1 RON=10 ROFF=1meg)\n\
                .model QN NPN(IS=1e-15 BF=100 CJE=1p CJC=1p TF=1n)";
    same(deck, 1e-3, 1e-4);
}

/// A network along its normal form, steps that are taken back included.
#[test]
fn steps_of_a_network_allocate_nothing() {
    let circuit = circuit(&(common::circuits::three_units() + ".tran 1m 1 uic"));
    let (lure, sources) = (reduce(&circuit).unwrap().lure, Sources::varying(&circuit));
    let initial = vec![0.0; lure.sizes().states];
    for integrator in [Integrator::Explicit, Integrator::Auto] {
        let options = Options { integrator, ..Options::with_tolerance(1e-6) };
        let [(short, few), (long, many)] = [2.0, 200.0].map(|times| {
            let mut counters = Counters::default();
            let asked = allocations(|| {
                let times = [0.0, times * 1e-3];
                let found = integrate(&lure, &sources, &initial, &times, &options).unwrap();
                counters = found.counters;
            });
            (asked, counters)
        });
        assert!(many.accepted > 5 * few.accepted, "{few:?} {many:?}");
        assert!(long <= short, "{integrator:?}: {short} of {few:?}, {long} of {many:?}");
    }
}
