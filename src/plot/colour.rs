//! Colours that the colour-blind can tell apart.

/// Colours of lines (Okabe and Ito 2008), without the yellow, which is too pale
/// for a thin line. What is drawn without a colour of its own takes the next one.
pub const PALETTE: [[u8; 3]; 7] = [
    [0x00, 0x72, 0xb2],
    [0xd5, 0x5e, 0x00],
    [0x00, 0x9e, 0x73],
    [0xcc, 0x79, 0xa7],
    [0xe6, 0x9f, 0x00],
    [0x56, 0xb4, 0xe9],
    [0x00, 0x00, 0x00],
];

/// Colour of a value that is none.
const NONE: [u8; 3] = [0xbb, 0xbb, 0xbb];
/// Bins on either side of the one that holds 0.
pub(super) const SIDE: i32 = 10;

/// Below 0, around 0, above 0: blue and orange differ for every kind of colour
/// vision, and both get darker outwards.
const DIVERGING: [(f64, [u8; 3]); 7] = [
    (-1.0, [0x08, 0x30, 0x6b]),
    (-0.6, [0x21, 0x7a, 0xb8]),
    (-0.25, [0x9c, 0xcb, 0xe6]),
    (0.0, [0xff, 0xff, 0xff]),
    (0.25, [0xfd, 0xc9, 0x8c]),
    (0.6, [0xdd, 0x6b, 0x10]),
    (1.0, [0x7f, 0x27, 0x04]),
];

/// From dark to light.
const SEQUENTIAL: [(f64, [u8; 3]); 4] = [
    (0.0, [0x1b, 0x2a, 0x6b]),
    (0.4, [0x1f, 0x83, 0x9c]),
    (0.75, [0x5f, 0xbf, 0x6f]),
    (1.0, [0xe0, 0xb4, 0x1e]),
];

/// The colour of the bin of a share of full scale, -1 to 1.
pub(super) fn diverging(share: f64) -> [u8; 3] {
    if share.is_nan() {
        return NONE;
    }
    // 2 SIDE + 1 bins of equal width over -1 to 1, the middle one around 0.
    let bins = f64::from(2 * SIDE + 1);
    let bin = (share.clamp(-1.0, 1.0) * 0.5 * bins).round().clamp(-f64::from(SIDE), SIDE.into());
    mixed(&DIVERGING, bin / f64::from(SIDE))
}

/// The colour of a place between 0 and 1.
pub(super) fn sequential(place: f64) -> [u8; 3] {
    mixed(&SEQUENTIAL, place)
}

/// Interpolates between the anchors of a map.
fn mixed(anchors: &[(f64, [u8; 3])], at: f64) -> [u8; 3] {
    for pair in anchors.windows(2) {
        let ((low, from), (high, to)) = (pair[0], pair[1]);
        if at <= high {
            let share = ((at - low) / (high - low)).clamp(0.0, 1.0);
            let mix = |channel: usize| {
                let (a, b) = (f64::from(from[channel]), f64::from(to[channel]));
                (a + share * (b - a)).round() as u8
            };
            return [mix(0), mix(1), mix(2)];
        }
    }
    anchors.last().map_or(NONE, |anchor| anchor.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_white_and_signs_differ() {
        assert_eq!(diverging(0.0), [0xff; 3]);
        assert_eq!(diverging(0.04), [0xff; 3], "the bin around 0 is 2/21 wide");
        assert_ne!(diverging(0.05), [0xff; 3]);
        assert_eq!(diverging(f64::NAN), NONE);
        let (low, high) = (diverging(-1.0), diverging(7.0));
        assert_eq!((low, high), ([0x08, 0x30, 0x6b], [0x7f, 0x27, 0x04]));
        assert!(low[2] > low[0] && high[0] > high[2]);
    }

    #[test]
    fn there_are_as_many_colours_as_bins() {
        let mut colours: Vec<[u8; 3]> =
            (-1000..=1000).map(|k| diverging(f64::from(k) / 1000.0)).collect();
        colours.dedup();
        assert_eq!(colours.len() as i32, 2 * SIDE + 1);
    }
}
