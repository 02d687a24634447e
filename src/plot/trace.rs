//! Lines in pixels: thinned, simplified, dashed.

/// A point in pixels.
pub(super) type Point = (f64, f64);

/// Largest distance of a point that is left out from the line, pixels.
const SMALLEST: f64 = 0.1;

/// The pieces of a line without gaps, each thinned to what can be seen.
pub(super) fn pieces(points: impl Iterator<Item = Option<Point>>) -> Vec<Vec<Point>> {
    let mut pieces: Vec<Vec<Point>> = Vec::new();
    let mut piece = Vec::new();
    for point in points {
        match point {
            Some(point) => piece.push(point),
            None if piece.is_empty() => {}
            None => pieces.push(std::mem::take(&mut piece)),
        }
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces.iter().map(|piece| simplify(&thin(piece))).collect()
}

/// Of all points that follow each other in one column of pixels: the first,
/// the lowest, the highest and the last, in their order.
fn thin(points: &[Point]) -> Vec<Point> {
    let column = |point: &Point| point.0.floor() as i64;
    let mut kept = Vec::new();
    for group in points.chunk_by(|a, b| column(a) == column(b)) {
        if group.len() <= 4 {
            kept.extend_from_slice(group);
            continue;
        }
        let by_height = |a: &usize, b: &usize| group[*a].1.total_cmp(&group[*b].1);
        let lowest = (0..group.len()).min_by(by_height).unwrap_or_default();
        let highest = (0..group.len()).max_by(by_height).unwrap_or_default();
        let mut chosen = [0, lowest, highest, group.len() - 1];
        chosen.sort_unstable();
        let mut last = None;
        for at in chosen {
            if last != Some(at) {
                kept.push(group[at]);
            }
            last = Some(at);
        }
    }
    kept
}

/// Leaves out points that are nearly on the line between others (Ramer 1972,
/// Douglas and Peucker 1973).
fn simplify(points: &[Point]) -> Vec<Point> {
    if points.len() < 3 {
        return points.to_vec();
    }
    let mut keep = vec![false; points.len()];
    (keep[0], keep[points.len() - 1]) = (true, true);
    let mut open = vec![(0, points.len() - 1)];
    while let Some((from, to)) = open.pop() {
        let far = (from + 1..to)
            .map(|at| (at, distance(points[at], points[from], points[to])))
            .max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((at, far)) = far
            && far > SMALLEST
        {
            keep[at] = true;
            open.extend([(from, at), (at, to)]);
        }
    }
    points.iter().zip(keep).filter(|(_, keep)| *keep).map(|(point, _)| *point).collect()
}

/// Distance of `point` from the stretch between `a` and `b`.
pub(super) fn distance(point: Point, a: Point, b: Point) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let (px, py) = (point.0 - a.0, point.1 - a.1);
    let length = dx * dx + dy * dy;
    let along = if length > 0.0 { ((px * dx + py * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
    (px - along * dx).hypot(py - along * dy)
}

/// The dashes of a line.
pub(super) fn dashes(points: &[Point], dash: f64, gap: f64) -> Vec<Vec<Point>> {
    let mut dashes = Vec::new();
    let Some(&first) = points.first() else { return dashes };
    let mut current = vec![first];
    let (mut left, mut drawing) = (dash, true);
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        loop {
            let length = (to.0 - from.0).hypot(to.1 - from.1);
            if length < left {
                left -= length;
                if drawing && length > 0.0 {
                    current.push(to);
                }
                break;
            }
            let share = left / length;
            from = (from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1));
            current.push(from);
            if drawing {
                dashes.push(std::mem::take(&mut current));
            }
            drawing = !drawing;
            left = if drawing { dash } else { gap };
            current = vec![from];
        }
    }
    if drawing && current.len() > 1 {
        dashes.push(current);
    }
    dashes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_break_a_line() {
        let points = [Some((0.0, 0.0)), None, None, Some((1.0, 1.0)), Some((2.0, 1.0))];
        assert_eq!(pieces(points.into_iter()), [vec![(0.0, 0.0)], vec![(1.0, 1.0), (2.0, 1.0)]]);
    }

    #[test]
    fn a_spike_survives_and_a_straight_line_is_two_points() {
        let count = 200_000;
        let x = |k: u32| f64::from(k) * 800.0 / f64::from(count);
        let spiked = (0..count).map(|k| Some((x(k), if k == 77_777 { 300.0 } else { 5.0 })));
        let found = &pieces(spiked)[0];
        assert!(found.len() < 10, "{found:?}");
        assert!(found.iter().any(|point| (point.1 - 300.0).abs() < 1e-12));
        let line = (0..count).map(|k| Some((x(k), 2.0 * x(k) + 1.0)));
        assert_eq!(pieces(line)[0].len(), 2);
    }

    #[test]
    fn what_is_left_out_is_near() {
        let wave = |x: f64| 50.0 * (x / 20.0).sin();
        let points: Vec<Point> =
            (0..8000).map(|k| f64::from(k) / 10.0).map(|x| (x, wave(x))).collect();
        let found = &pieces(points.iter().map(|p| Some(*p)))[0];
        assert!(found.len() < 800, "{}", found.len());
        for point in &points {
            let near = found.windows(2).any(|pair| distance(*point, pair[0], pair[1]) < 0.5);
            assert!(near, "{point:?}");
        }
    }

    #[test]
    fn dashes_cover_their_share() {
        let found = dashes(&[(0.0, 0.0), (50.0, 0.0), (50.0, 50.0)], 6.0, 4.0);
        assert_eq!(found.len(), 10);
        let length: f64 = found
            .iter()
            .flat_map(|dash| dash.windows(2))
            .map(|pair| (pair[1].0 - pair[0].0).hypot(pair[1].1 - pair[0].1))
            .sum();
        assert!((length - 60.0).abs() < 1e-9, "{length}");
    }
}
