//! What a misspelt name may have meant.

/// Names longer than this are never compared: the cost is quadratic.
const LONGEST: usize = 32;

/// The known name with the fewest edits from `name`, if these are few: one for
/// names up to four characters, two for longer ones.
#[must_use]
pub fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let name: Vec<char> = name.chars().take(LONGEST + 1).collect();
    if name.len() > LONGEST {
        return None;
    }
    let limit = if name.len() <= 4 { 1 } else { 2 };
    known
        .into_iter()
        .map(|known| (edits(&name, known), known))
        .filter(|&(edits, known)| edits <= limit && edits < known.len())
        .min_by_key(|&(edits, _)| edits)
        .map(|(_, known)| known)
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one
/// name into the other (optimal string alignment).
fn edits(name: &[char], known: &str) -> usize {
    let known: Vec<char> = known.chars().collect();
    let width = known.len() + 1;
    // cost[i * width + j]: the first i characters of one, the first j of the other.
    let mut cost: Vec<usize> = (0..width).collect();
    for i in 1..=name.len() {
        for j in 0..width {
            let at = |i: usize, j: usize| cost[i * width + j];
            let mut best = at(i - 1, j) + 1;
            if j > 0 {
                let differs = usize::from(name[i - 1] != known[j - 1]);
                best = best.min(cost[i * width + j - 1] + 1).min(at(i - 1, j - 1) + differs);
            }
            if i > 1 && j > 1 && name[i - 1] == known[j - 2] && name[i - 2] == known[j - 1] {
                best = best.min(at(i - 2, j - 2) + 1);
            }
            cost.push(best);
        }
    }
    cost[name.len() * width + known.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_slips_are_found() {
        let known = ["tanh", "tan", "reltol", "pow", "u"];
        assert_eq!(nearest("tahn", known), Some("tanh"));
        assert_eq!(nearest("reltoll", known), Some("reltol"));
        assert_eq!(nearest("rltl", known), None);
        assert_eq!(nearest("x", known), None);
        assert_eq!(nearest(&"a".repeat(1_000_000), known), None);
        assert_eq!(edits(&['a', 'b'], ""), 2);
        assert_eq!(edits(&[], "abc"), 3);
    }
}
