//! Few colours for many.

use std::collections::{BTreeMap, BTreeSet};

/// Number of colours of a palette.
const MOST: usize = 256;
/// Bits of a channel that are dropped before many colours become few.
const DROPPED: u8 = 3;

/// Red, green, blue and opacity.
type Colour = [u8; 4];

/// Colours, at most 256, and the number of the colour of every cell. Of more
/// colours there are made as many boxes as a palette holds, each cut at the median of its
/// longest side (Heckbert, Computer Graphics 16, 297, 1982).
pub(super) fn numbered(cells: &[Colour]) -> (Vec<Colour>, Vec<u8>) {
    let distinct: BTreeSet<Colour> = cells.iter().copied().collect();
    if distinct.len() <= MOST {
        let colours: Vec<Colour> = distinct.into_iter().collect();
        let number = |cell: &Colour| colours.partition_point(|colour| colour < cell) as u8;
        let numbers = cells.iter().map(number).collect();
        return (colours, numbers);
    }
    let coarse = |cell: &Colour| cell.map(|channel| channel >> DROPPED << DROPPED);
    let mut counts: BTreeMap<Colour, usize> = BTreeMap::new();
    for cell in cells {
        *counts.entry(coarse(cell)).or_insert(0) += 1;
    }
    let mut boxes = vec![counts.into_iter().collect::<Vec<(Colour, usize)>>()];
    while boxes.len() < MOST {
        let longest = (0..boxes.len()).max_by_key(|&at| longest_side(&boxes[at]).1).unwrap_or(0);
        let (channel, length) = longest_side(&boxes[longest]);
        if length == 0 {
            break;
        }
        let mut whole = boxes.swap_remove(longest);
        whole.sort_by_key(|(colour, _)| colour[channel]);
        let upper = whole.split_off(median(&whole, channel));
        boxes.extend([whole, upper]);
    }
    let mut numbers: BTreeMap<Colour, u8> = BTreeMap::new();
    for (number, members) in boxes.iter().enumerate() {
        numbers.extend(members.iter().map(|(colour, _)| (*colour, number as u8)));
    }
    let colours = boxes.iter().map(|members| mean(members)).collect();
    let number = |cell: &Colour| numbers.get(&coarse(cell)).copied().unwrap_or(0);
    (colours, cells.iter().map(number).collect())
}

/// The channel in which colours differ most, and how much.
fn longest_side(members: &[(Colour, usize)]) -> (usize, u8) {
    let length = |channel: usize| {
        let values = members.iter().map(|(colour, _)| colour[channel]);
        values.clone().max().unwrap_or(0) - values.min().unwrap_or(0)
    };
    (0..4).map(|channel| (channel, length(channel))).max_by_key(|side| side.1).unwrap_or((0, 0))
}

/// Where colours that are sorted by a channel are cut, so that either part has about as
/// many cells and equal values stay together.
fn median(members: &[(Colour, usize)], channel: usize) -> usize {
    let total: usize = members.iter().map(|(_, count)| count).sum();
    let mut below = 0;
    let first = members.iter().position(|(_, count)| {
        below += count;
        2 * below >= total
    });
    let value = members[first.unwrap_or(0)].0[channel];
    let at = members.partition_point(|(colour, _)| colour[channel] <= value);
    if at < members.len() {
        return at;
    }
    members.partition_point(|(colour, _)| colour[channel] < value)
}

/// The mean of colours, each as often as it occurs; half of what was dropped is
/// added again, where that does not make what is transparent visible.
fn mean(members: &[(Colour, usize)]) -> Colour {
    let total: usize = members.iter().map(|(_, count)| count).sum();
    let of = |channel: usize| -> u8 {
        let sum: usize =
            members.iter().map(|(colour, count)| usize::from(colour[channel]) * count).sum();
        (sum / total.clamp(1, usize::MAX)) as u8
    };
    let half = |value: u8| if value == 0 { 0 } else { value | (1 << (DROPPED - 1)) };
    [half(of(0)), half(of(1)), half(of(2)), half(of(3))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_colours_stay_as_they_are() {
        let cells: Vec<Colour> = (0..1000_u32).map(|k| [(k % 7) as u8, 3, 2, 255]).collect();
        let (colours, numbers) = numbered(&cells);
        assert_eq!(colours.len(), 7);
        assert!(cells.iter().zip(&numbers).all(|(cell, n)| colours[usize::from(*n)] == *cell));
    }

    #[test]
    fn many_colours_stay_nearly_as_they_are() {
        let cells: Vec<Colour> =
            (0..65_536_u32).map(|k| [(k % 256) as u8, (k / 256) as u8, 100, 255]).collect();
        let (colours, numbers) = numbered(&cells);
        assert!(colours.len() <= MOST && colours.len() > 200, "{}", colours.len());
        let difference = |(cell, number): (&Colour, &u8)| {
            let seen = colours[usize::from(*number)];
            cell.iter().zip(seen).map(|(a, b)| a.abs_diff(b)).max().unwrap_or(0)
        };
        // A plane in 16 x 16 boxes: 16 values in each, and what was dropped.
        let worst = cells.iter().zip(&numbers).map(difference).max().unwrap();
        assert!(worst <= 24, "{worst}");
        assert_eq!(numbered(&[[0; 4]; 3]).0, [[0; 4]]);
    }
}
