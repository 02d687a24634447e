//! Lines of equal height on a grid.

use std::collections::BTreeMap;

/// Heights on a grid of equal steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// Coordinates of the columns, rising.
    pub x: Vec<f64>,
    /// Coordinates of the rows, rising.
    pub y: Vec<f64>,
    /// One a point, by rows: `heights[row * x.len() + column]`.
    pub heights: Vec<f64>,
}

/// A point of a contour is on an edge of the grid: the one that leaves its lower
/// left end to the right, or upwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    row: usize,
    column: usize,
    upwards: bool,
}

impl Grid {
    /// The lines on which the height is `level`, by marching squares: closed ones
    /// end where they begin. A cell with a height that is no number has none.
    #[must_use]
    pub fn contours(&self, level: f64) -> Vec<Vec<(f64, f64)>> {
        let mut next: BTreeMap<Edge, Vec<Edge>> = BTreeMap::new();
        for row in 1..self.y.len() {
            for column in 1..self.x.len() {
                for (from, to) in self.pieces(row - 1, column - 1, level) {
                    next.entry(from).or_default().push(to);
                    next.entry(to).or_default().push(from);
                }
            }
        }
        let mut lines = Vec::new();
        // Open lines from their ends, then closed ones from anywhere.
        for ends in [1, 2] {
            let starts: Vec<Edge> =
                next.iter().filter(|(_, to)| to.len() == ends).map(|(edge, _)| *edge).collect();
            for start in starts {
                let line = follow(&mut next, start);
                if line.len() > 1 {
                    lines.push(line.into_iter().map(|edge| self.point(edge, level)).collect());
                }
            }
        }
        lines
    }

    fn height(&self, row: usize, column: usize) -> f64 {
        self.heights[row * self.x.len() + column]
    }

    /// The pieces of the contour in one cell.
    fn pieces(&self, row: usize, column: usize, level: f64) -> Vec<(Edge, Edge)> {
        let corners = [(0, 0), (0, 1), (1, 1), (1, 0)];
        let heights = corners.map(|(up, right)| self.height(row + up, column + right));
        if !heights.iter().all(|height| height.is_finite()) {
            return Vec::new();
        }
        let above = heights.map(|height| height > level);
        let edges = [
            Edge { row, column, upwards: false },
            Edge { row, column: column + 1, upwards: true },
            Edge { row: row + 1, column, upwards: false },
            Edge { row, column, upwards: true },
        ];
        let crossed: Vec<Edge> =
            (0..4).filter(|&k| above[k] != above[(k + 1) % 4]).map(|k| edges[k]).collect();
        match crossed[..] {
            [from, to] => vec![(from, to)],
            [below, right, over, left] => {
                // A saddle: the middle is on the side of one pair of corners.
                let middle = heights.iter().sum::<f64>() / 4.0 > level;
                if middle == above[0] {
                    vec![(below, right), (over, left)]
                } else {
                    vec![(left, below), (right, over)]
                }
            }
            _ => Vec::new(),
        }
    }

    /// Where the level is crossed on an edge, by straight interpolation.
    fn point(&self, edge: Edge, level: f64) -> (f64, f64) {
        let Edge { row, column, upwards } = edge;
        let (up, right) = if upwards { (1, 0) } else { (0, 1) };
        let (from, to) = (self.height(row, column), self.height(row + up, column + right));
        let share = (level - from) / (to - from);
        let between = |a: f64, b: f64| a + share * (b - a);
        (between(self.x[column], self.x[column + right]), between(self.y[row], self.y[row + up]))
    }
}

/// Takes one line out of the map of neighbours.
fn follow(next: &mut BTreeMap<Edge, Vec<Edge>>, start: Edge) -> Vec<Edge> {
    let mut line = vec![start];
    let mut at = start;
    while let Some(to) = next.get_mut(&at).and_then(Vec::pop) {
        if let Some(back) = next.get_mut(&to) {
            back.retain(|edge| *edge != at);
        }
        line.push(to);
        at = to;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(height: impl Fn(f64, f64) -> f64) -> Grid {
        let axis: Vec<f64> = (0..41).map(|k| f64::from(k) * 0.1 - 2.0).collect();
        let heights = axis.iter().flat_map(|&y| axis.iter().map(move |&x| (x, y)));
        Grid { heights: heights.map(|(x, y)| height(x, y)).collect(), x: axis.clone(), y: axis }
    }

    #[test]
    fn a_cone_has_closed_circles() {
        let lines = grid(f64::hypot).contours(1.23);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].first(), lines[0].last());
        for (x, y) in &lines[0] {
            assert!((x.hypot(*y) - 1.23).abs() < 2e-3, "{x} {y}");
        }
        // The length of the polygon is nearly that of the circle.
        let length: f64 =
            lines[0].windows(2).map(|p| (p[1].0 - p[0].0).hypot(p[1].1 - p[0].1)).sum();
        assert!((length / (2.46 * std::f64::consts::PI) - 1.0).abs() < 2e-3, "{length}");
    }

    #[test]
    fn a_plane_has_one_line_from_border_to_border_and_a_saddle_two() {
        let lines = grid(|x, y| x + 2.0 * y).contours(0.05);
        assert_eq!(lines.len(), 1);
        for (x, y) in &lines[0] {
            assert!((x + 2.0 * y - 0.05).abs() < 1e-12);
        }
        let ends = [lines[0][0], lines[0][lines[0].len() - 1]];
        assert!(ends.iter().all(|(x, y)| x.abs() > 1.99 || y.abs() > 1.99), "{ends:?}");
        assert_eq!(grid(|x, y| x * y).contours(0.003).len(), 2);
        assert_eq!(grid(|x, y| x * y).contours(9.0).len(), 0);
    }

    #[test]
    fn a_hole_ends_the_lines() {
        let holed = grid(|x, y| if x.abs() < 0.25 { f64::NAN } else { x.hypot(y) });
        let lines = holed.contours(1.0);
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line.first() != line.last()));
    }
}
