//! Sections of a filter over one long signal, four parts of it side by side.
//!
//! Each sample waits for the one before it, and a processor waits with it. Parts of a
//! signal that is long beside the memory of the filter do not depend on one another once
//! each has run through what comes before it, as far as the filter remembers.

use pulp::Arch;

use super::Section;

const LANES: usize = 4;
/// Parts are at least that many memories long.
const WORTH: usize = 2;

/// One pass in place, at rest at the first sample.
pub(super) fn run<const N: usize>(sections: &[Section; N], memory: usize, samples: &mut [f64]) {
    let part = samples.len() / LANES;
    if part < memory.saturating_mul(WORTH) {
        let state = rest(sections, samples.first().copied().unwrap_or(0.0));
        serial(sections, state, samples);
        return;
    }
    // The state at the beginning of each part; the first one is at rest there.
    let first = rest(sections, samples[0]);
    let mut state = [[[0.0; LANES]; 2]; N];
    for lane in 1..LANES {
        set(&mut state, lane, rest(sections, samples[lane * part - memory]));
    }
    let before = |lane: usize| &samples[lane * part - memory..lane * part];
    let befores = [before(1), before(2), before(3)];
    Arch::new().dispatch(|| warm(sections, &mut state, befores));
    set(&mut state, 0, first);
    let (body, tail) = samples.split_at_mut(LANES * part);
    let end = Arch::new().dispatch(|| parallel(sections, state, body));
    let last = end.map(|state| [state[0][LANES - 1], state[1][LANES - 1]]);
    serial(sections, last, tail);
}

fn set<const N: usize>(state: &mut [[[f64; LANES]; 2]; N], lane: usize, to: [[f64; 2]; N]) {
    for (state, to) in state.iter_mut().zip(to) {
        (state[0][lane], state[1][lane]) = (to[0], to[1]);
    }
}

/// The states after endless values like the first one.
fn rest<const N: usize>(sections: &[Section; N], first: f64) -> [[f64; 2]; N] {
    sections.map(|section| section.rest().map(|state| state * first))
}

fn serial<const N: usize>(
    sections: &[Section; N],
    mut states: [[f64; 2]; N],
    samples: &mut [f64],
) -> [[f64; 2]; N] {
    for value in samples {
        let mut now = *value;
        for (section, state) in sections.iter().zip(&mut states) {
            now = super::step(section, state, now);
        }
        *value = now;
    }
    states
}

/// What comes before all parts but the first, for the states that it leaves.
#[inline(always)]
#[expect(clippy::inline_always, reason = "only inlined code is compiled for the found machine")]
fn warm<const N: usize>(
    sections: &[Section; N],
    states: &mut [[[f64; LANES]; 2]; N],
    [b, c, d]: [&[f64]; 3],
) {
    for ((b, c), d) in b.iter().zip(c).zip(d) {
        abreast(sections, states, [0.0, *b, *c, *d]);
    }
}

/// Four parts of the same length.
#[inline(always)]
#[expect(clippy::inline_always, reason = "only inlined code is compiled for the found machine")]
fn parallel<const N: usize>(
    sections: &[Section; N],
    mut states: [[[f64; LANES]; 2]; N],
    samples: &mut [f64],
) -> [[[f64; LANES]; 2]; N] {
    let part = samples.len() / LANES;
    let (front, back) = samples.split_at_mut(2 * part);
    let ((a, b), (c, d)) = (front.split_at_mut(part), back.split_at_mut(part));
    for (((a, b), c), d) in a.iter_mut().zip(b).zip(c).zip(d) {
        [*a, *b, *c, *d] = abreast(sections, &mut states, [*a, *b, *c, *d]);
    }
    states
}

/// One sample of each part.
#[inline(always)]
#[expect(clippy::inline_always, reason = "only inlined code is compiled for the found machine")]
fn abreast<const N: usize>(
    sections: &[Section; N],
    states: &mut [[[f64; LANES]; 2]; N],
    mut x: [f64; LANES],
) -> [f64; LANES] {
    for (section, [s1, s2]) in sections.iter().zip(states) {
        let mut y = [0.0; LANES];
        for k in 0..LANES {
            y[k] = section.b[0] * x[k] + s1[k];
        }
        for k in 0..LANES {
            s1[k] = section.b[1] * x[k] + s2[k] - section.a[0] * y[k];
            s2[k] = section.b[2] * x[k] - section.a[1] * y[k];
        }
        x = y;
    }
    x
}
