//! A Rust source file, read just well enough to see its paths and attributes.

use std::ops::Range;

/// A word or a sign of the code, and its line from 1.
#[derive(Debug)]
struct Token {
    line: usize,
    text: String,
}

/// The code of a file without comments, and its comments.
pub(super) struct Source {
    tokens: Vec<Token>,
    /// First line and text.
    comments: Vec<(usize, String)>,
    lines: usize,
}

impl Source {
    pub(super) fn new(text: &str) -> Self {
        let mut source =
            Self { tokens: Vec::new(), comments: Vec::new(), lines: text.lines().count() };
        let characters: Vec<char> = text.chars().collect();
        let (mut at, mut line) = (0, 1);
        while at < characters.len() {
            let end = at + source.piece(&characters[at..], line);
            line += characters[at..end].iter().filter(|c| **c == '\n').count();
            at = end;
        }
        source
    }

    /// Takes one comment, literal, word or sign from the start of `rest`; returns
    /// its length.
    fn piece(&mut self, rest: &[char], line: usize) -> usize {
        let next = rest.get(1).copied().unwrap_or(' ');
        let first = rest[0];
        let length = match first {
            '/' if next == '/' => line_comment(rest),
            '/' if next == '*' => block_comment(rest),
            '"' => quoted(rest, '"'),
            'r' if next == '"' || next == '#' => raw_string(rest).unwrap_or(1),
            '\'' if next == '\\' || rest.get(2) == Some(&'\'') => quoted(rest, '\''),
            _ if is_word(first) => rest.iter().take_while(|c| is_word(**c)).count(),
            _ => 1,
        };
        let text: String = rest[..length].iter().collect();
        if text.starts_with("//") || text.starts_with("/*") {
            self.comments.push((line, text));
        } else if first == '"' || text.contains('"') {
            self.tokens.push(Token { line, text: "\"\"".to_owned() });
        } else if !first.is_whitespace() {
            self.tokens.push(Token { line, text });
        }
        length
    }

    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |t| t.text.as_str())
    }

    /// True where the tokens from `at` on are these.
    fn reads(&self, at: usize, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(k, word)| self.text(at + k) == *word)
    }

    fn places_of<'a>(&'a self, words: &'a [&str]) -> impl Iterator<Item = usize> + 'a {
        (0..self.tokens.len()).filter(|&at| self.reads(at, words))
    }

    /// The modules of the crate that paths lead into, with lines.
    pub(super) fn uses(&self) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        for at in self.places_of(&["crate"]) {
            if self.reads(at + 1, &[":", ":"]) {
                self.heads(at + 3, &mut found);
            } else if self.text(at + 1) == "as" {
                found.push((self.tokens[at].line, "crate as".to_owned()));
            }
        }
        found
    }

    /// The first words of the path or of the group of paths at `at`.
    fn heads(&self, at: usize, found: &mut Vec<(usize, String)>) {
        if self.text(at) != "{" {
            if let Some(token) = self.tokens.get(at) {
                found.push((token.line, token.text.clone()));
            }
            return;
        }
        let mut depth = 0;
        for (k, token) in self.tokens.iter().enumerate().skip(at) {
            match token.text.as_str() {
                "{" => depth += 1,
                "}" => depth -= 1,
                "," => {}
                _ => continue,
            }
            if depth == 0 {
                return;
            }
            // What follows the brace or a comma at the first level.
            if depth == 1 && token.text != "}" && !["}", "{", ""].contains(&self.text(k + 1)) {
                found.push((self.tokens[k + 1].line, self.tokens[k + 1].text.clone()));
            }
        }
    }

    /// Lines where `super::super...` leaves a module in which this file lies `depth` deep.
    pub(super) fn climbs_above(&self, depth: usize) -> Vec<usize> {
        let inline: Vec<Range<usize>> = self.inline_modules().collect();
        let mut lines = Vec::new();
        let mut at = 0;
        while at < self.tokens.len() {
            let start = at;
            let mut steps = 0;
            while self.reads(at, &["super"]) {
                steps += 1;
                at += if self.reads(at + 1, &[":", ":"]) { 3 } else { 1 };
            }
            let inside = inline.iter().filter(|range| range.contains(&start)).count();
            if steps > 0 && steps >= depth + inside {
                lines.push(self.tokens[start].line);
            }
            at += usize::from(steps == 0);
        }
        lines
    }

    /// The tokens of each `mod name { ... }`.
    fn inline_modules(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        self.places_of(&["mod"])
            .filter(|&at| self.text(at + 2) == "{")
            .map(|at| at..self.closing(at + 2))
    }

    /// The brace that closes the one at `open`.
    fn closing(&self, open: usize) -> usize {
        let mut depth = 0;
        for (at, token) in self.tokens.iter().enumerate().skip(open) {
            match token.text.as_str() {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return at;
            }
        }
        self.tokens.len().saturating_sub(1)
    }

    /// Lines of attributes that ignore a test and do not say why.
    pub(super) fn bare_ignores(&self) -> Vec<usize> {
        let plain = self.places_of(&["#", "[", "ignore", "]"]);
        let conditional = self.places_of(&["cfg_attr", "("]).filter(|&at| {
            let end = (at..self.tokens.len()).find(|&k| self.text(k) == "]");
            (at..end.unwrap_or(at)).any(|k| self.reads(k, &["ignore", ")"]))
        });
        plain.chain(conditional).map(|at| self.tokens[at].line).collect()
    }

    /// Lines of comments that hold a test or a module of tests.
    pub(super) fn commented_tests(&self) -> Vec<usize> {
        let mut lines = Vec::new();
        for (first, comment) in &self.comments {
            for (at, line) in comment.lines().enumerate() {
                let code = line.trim_start_matches([' ', '\t', '/', '!', '*']);
                if ["mod tests", "#[test]", "#[cfg(test)]"].iter().any(|c| code.starts_with(c)) {
                    lines.push(first + at);
                }
            }
        }
        lines
    }

    /// Lines outside `#[cfg(test)] mod name { ... }`.
    pub(super) fn lines_without_tests(&self) -> usize {
        let attribute = ["#", "[", "cfg", "(", "test", ")", "]"];
        let tests: usize = self
            .places_of(&attribute)
            .filter_map(|at| {
                let body = self.after_attributes(at) + 2;
                let is_module = self.text(body - 2) == "mod" && self.text(body) == "{";
                is_module.then(|| (at, self.closing(body)))
            })
            .map(|(at, end)| self.tokens[end].line + 1 - self.tokens[at].line)
            .sum();
        self.lines - tests
    }

    /// Where the item begins whose attributes begin at `at`.
    fn after_attributes(&self, at: usize) -> usize {
        let mut at = at;
        while self.reads(at, &["#", "["]) {
            let mut depth = 0;
            while at < self.tokens.len() {
                depth += i32::from(self.text(at) == "[") - i32::from(self.text(at) == "]");
                at += 1;
                if depth == 0 && self.text(at - 1) == "]" {
                    break;
                }
            }
        }
        at
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn line_comment(rest: &[char]) -> usize {
    rest.iter().take_while(|c| **c != '\n').count()
}

/// Block comments nest.
fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        let pair = (rest[at], rest.get(at + 1).copied().unwrap_or(' '));
        match pair {
            ('/', '*') => depth += 1,
            ('*', '/') => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// A literal with backslashes.
fn quoted(rest: &[char], quote: char) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != quote {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    rest.len().min(at + 1)
}

/// `r"..."`, `r#"..."#`, ...; `None` for a raw identifier.
fn raw_string(rest: &[char]) -> Option<usize> {
    let hashes = rest[1..].iter().take_while(|c| **c == '#').count();
    if rest.get(hashes + 1) != Some(&'"') {
        return None;
    }
    let closes = |at: usize| {
        rest[at] == '"'
            && rest[at + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes
    };
    let end = (hashes + 2..rest.len()).find(|&at| closes(at));
    Some(end.map_or(rest.len(), |at| at + 1 + hashes))
}
