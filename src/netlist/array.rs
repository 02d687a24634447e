//! Cards of arrays, and the files they name.

use std::collections::HashSet;
use std::io::Cursor;
use std::sync::Arc;

use crate::diag::{Diagnostic, Span, nearest};
use crate::linalg::RowMatrix;
use crate::maps::Map;
use crate::netlist::ast::{self, ArrayForm, ElementKind, NodeList, Value, WeightFile};
use crate::netlist::card::{Card, Fault, shown};
use crate::netlist::parser::Parser;
use crate::netlist::symbol::Symbol;
use crate::wave::{Array, NpyArray, Npz, NpzError, read_npy};

/// Letters that all names of a deck may have with those of ranges, which a short card can
/// make very many of.
const MOST_LETTERS: usize = 1 << 29;

/// Nodes that a list may have: a range is short, whatever it stands for.
const MOST_NODES: usize = 1_000_000;

/// What a list may look like.
const LISTS: &str = "a list reads `s{1..4}`, which is s1 s2 s3 s4, or `(a b s{1..4})`, or `a,b`";

/// The matrices that were read: by file, the file that names it, and array.
pub(super) type Matrices = Map<(String, String, Option<String>), Arc<RowMatrix>>;

/// The keys of a card, as far as they have been read.
#[derive(Default)]
struct Keys {
    rows: Option<NodeList>,
    columns: Option<NodeList>,
    inverted: Option<NodeList>,
    file: Option<(String, Span)>,
    array: Option<String>,
    gain: Option<Value>,
}

impl<'t> Card<'_, 't> {
    /// `Yname form key=...`; the matrix follows when the file is read.
    pub(super) fn array(&mut self) -> Result<ElementKind, Fault> {
        let word = self.peek_word();
        let is_form = |form: &&ArrayForm| {
            word.is_some_and(|word| word.text.eq_ignore_ascii_case(form.name()))
        };
        let Some(&form) = ArrayForm::ALL.iter().find(is_form) else {
            return self.expected("`resistors` or `vccs`");
        };
        self.word();
        let mut keys = Keys::default();
        while self.peek().is_some() {
            self.array_key(&mut keys)?;
        }
        let Some(rows) = keys.rows else { return self.expected("`rows=`") };
        let Some(columns) = keys.columns else { return self.expected("`columns=`") };
        let Some((file, span)) = keys.file else { return self.expected("`file=`") };
        let file = WeightFile { name: file, array: keys.array, span };
        check_lists(form, &columns, keys.inverted.as_ref())?;
        let (inverted, gain) = (keys.inverted, keys.gain);
        let matrix = Arc::new(RowMatrix::default());
        let array = ast::Array { form, rows, columns, inverted, file, gain, matrix };
        Ok(ElementKind::Array(Box::new(array)))
    }

    fn array_key(&mut self, keys: &mut Keys) -> Result<(), Fault> {
        let start = self.at();
        let Some(key) = self.word() else { return self.expected("a key such as `rows=`") };
        let lower = key.text.to_ascii_lowercase();
        if !self.eat('=') {
            return self.expected(&format!("`=` after `{}`", shown(key.text)));
        }
        let twice = match lower.as_str() {
            "rows" => keys.rows.replace(self.node_list("rows")?).is_some(),
            "columns" => keys.columns.replace(self.node_list("columns")?).is_some(),
            "inverted" => keys.inverted.replace(self.node_list("inverted")?).is_some(),
            "file" => {
                let (name, span) = self.file_name()?;
                keys.file.replace((name.to_owned(), span)).is_some()
            }
            "array" => {
                let (name, _) = self.file_name()?;
                keys.array.replace(name.to_owned()).is_some()
            }
            "gain" => keys.gain.replace(self.value("the value of `gain`")?).is_some(),
            _ => {
                let message = format!("an array has no `{}`", shown(key.text));
                let fault = Diagnostic::error(self.word_span(key), message);
                let known = ["rows", "columns", "inverted", "file", "array", "gain"];
                return Err(Box::new(match nearest(&lower, known) {
                    Some(known) => fault.with_hint(format!("did you mean `{known}`?")),
                    None => fault.with_hint(format!("known are {}", known.join(" "))),
                }));
            }
        };
        if twice {
            let message = format!("`{lower}` is given twice");
            return Err(Box::new(Diagnostic::error(self.span(start), message)));
        }
        Ok(())
    }

    /// Nodes, alone, with commas or in brackets.
    fn node_list(&mut self, what: &str) -> Result<NodeList, Fault> {
        let start = self.at();
        let mut names = Vec::new();
        if self.eat('(') {
            let open = self.span(start);
            while !matches!(self.peek(), None | Some(')')) {
                self.nodes_of_term(what, &mut names)?;
                self.eat(',');
            }
            self.close(open, ')')?;
        } else {
            self.nodes_of_term(what, &mut names)?;
            while self.eat(',') {
                self.nodes_of_term(what, &mut names)?;
            }
        }
        let span = self.span(start);
        let fault = |message: String| Err(Box::new(Diagnostic::error(span, message)));
        if names.is_empty() {
            return fault(format!("`{what}` names no node"));
        }
        if names.len() > MOST_NODES {
            return fault(format!("`{what}` names more than {MOST_NODES} nodes"));
        }
        let mut known = HashSet::with_capacity(names.len());
        if let Some(twice) = names.iter().find(|name| !known.insert(**name)) {
            let message =
                format!("`{what}` names node `{}` twice", shown(self.symbols.name(*twice)));
            let fault = Diagnostic::error(span, message);
            return Err(Box::new(fault.with_hint("each row and each column has its own node")));
        }
        Ok(NodeList { names, span })
    }

    /// A node, or a range of them: `s{1..4}`.
    fn nodes_of_term(&mut self, what: &str, names: &mut Vec<Symbol>) -> Result<(), Fault> {
        let start = self.at();
        let rest = self.cursor.rest;
        let ends =
            |c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | '=' | ';' | '\'' | '"');
        let term: &'t str = &rest[..rest.find(ends).unwrap_or(rest.len())];
        let Some((prefix, range)) = term.split_once('{') else {
            let symbol = self.symbol(&format!("a node of `{what}`"))?;
            names.push(symbol);
            return Ok(());
        };
        self.cursor.rest = &rest[term.len()..];
        self.cursor.last = start + term.len();
        let span = self.span(start);
        let bad = |message: String| Box::new(Diagnostic::error(span, message).with_hint(LISTS));
        let Some((first, last, suffix)) = bounds(range) else {
            return Err(bad(format!("`{}` is no range of nodes", shown(term))));
        };
        if first > last {
            return Err(bad(format!("the range of `{}` runs backwards", shown(term))));
        }
        if (last - first) as usize >= MOST_NODES - std::cmp::min(names.len(), MOST_NODES) {
            return Err(bad(format!("`{what}` names more than {MOST_NODES} nodes")));
        }
        let letters = ((last - first) as usize + 1).saturating_mul(term.len());
        if letters.saturating_add(self.symbols.bytes()) > MOST_LETTERS {
            return Err(bad(format!("the names of `{}` are too long together", shown(term))));
        }
        for number in first..=last {
            let name = format!("{prefix}{number}{suffix}");
            names.push(self.intern(&name));
        }
        Ok(())
    }
}

/// Inverted columns are one each a column, and only resistors need them.
fn check_lists(
    form: ArrayForm,
    columns: &NodeList,
    inverted: Option<&NodeList>,
) -> Result<(), Fault> {
    let Some(inverted) = inverted else { return Ok(()) };
    if form == ArrayForm::Vccs {
        let fault = Diagnostic::error(inverted.span, "sources have a sign of their own");
        return Err(Box::new(fault.with_hint("leave `inverted=` out")));
    }
    if inverted.names.len() != columns.names.len() {
        let message = format!(
            "`inverted` names {} nodes, `columns` {}",
            inverted.names.len(),
            columns.names.len()
        );
        let fault = Diagnostic::error(inverted.span, message);
        let fault = fault.with_related(columns.span, "the columns are listed here");
        return Err(Box::new(fault.with_hint("each column has its inverted node")));
    }
    Ok(())
}

/// `1..4}` and what follows it.
fn bounds(range: &str) -> Option<(u64, u64, &str)> {
    let (range, suffix) = range.split_once('}')?;
    let (first, last) = range.split_once("..")?;
    let number = |text: &str| {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit());
        let short = !text.is_empty() && text.len() < 16 && (text == "0" || !text.starts_with('0'));
        (plain && short).then(|| text.parse().ok()).flatten()
    };
    (!suffix.contains(['{', '}'])).then_some((number(first)?, number(last)?, suffix))
}

impl Parser<'_> {
    /// Reads the matrix of an array; false, with a fault, where there is none that fits.
    pub(super) fn weights(&mut self, array: &mut ast::Array) -> bool {
        let from = self.chain.last().map(|link| link.name.clone()).unwrap_or_default();
        let key = (array.file.name.clone(), from, array.file.array.clone());
        let found = match self.matrices.get(&key) {
            Some(known) => Ok(known.clone()),
            None => self.read_weights(&array.file, &key.1),
        };
        let checked = found.and_then(|matrix| check(array, &matrix).map(|()| matrix));
        match checked {
            Ok(matrix) => {
                self.matrices.insert(key, matrix.clone());
                array.matrix = matrix;
                true
            }
            Err(fault) => {
                self.diagnostics.push(*fault);
                false
            }
        }
    }

    fn read_weights(&self, file: &WeightFile, from: &str) -> Result<Arc<RowMatrix>, Fault> {
        let name = shown(&file.name);
        let fault = |message: String| Box::new(Diagnostic::error(file.span, message));
        let bytes = self.sources.read(&file.name, from).map_err(|why| {
            let hint = "file names are relative to the file that names them";
            Box::new(fault(format!("cannot read `{name}`: {why}")).with_hint(hint))
        })?;
        let (array, called) = if bytes.starts_with(b"\x93NUMPY") {
            if file.array.is_some() {
                let fault = fault(format!("`{name}` holds one array, which has no name"));
                return Err(Box::new(fault.with_hint("leave `array=` out")));
            }
            let array = read_npy(&bytes[..]).map_err(|why| fault(format!("`{name}`: {why}")))?;
            (array, format!("`{name}`"))
        } else if bytes.starts_with(b"PK") {
            let (array, own) = member(&bytes, file)?;
            (array, format!("`{}` of `{name}`", shown(&own)))
        } else {
            let fault = fault(format!("`{name}` is neither an NPY nor an NPZ file"));
            return Err(Box::new(fault.with_hint("numpy.save and numpy.savez write them")));
        };
        drop(bytes);
        let Array::Numbers(NpyArray { shape, data }) = array else {
            return Err(fault(format!("{called} is text, a matrix has numbers")));
        };
        let [rows, columns] = shape[..] else {
            let message = format!("{called} has the shape {shape:?}, a matrix has two dimensions");
            return Err(fault(message));
        };
        if let Some(at) = data.iter().position(|value| !value.is_finite()) {
            let (row, column) = (at / columns + 1, at % columns + 1);
            let message =
                format!("entry [{row},{column}] of {called} is {}, not a finite number", data[at]);
            return Err(Box::new(fault(message).with_hint("rows and columns count from 1")));
        }
        let matrix = RowMatrix::new(rows, columns, data);
        matrix.map(Arc::new).ok_or_else(|| fault(format!("{called} is no matrix")))
    }
}

/// The array of an archive that is meant, and its name.
fn member(bytes: &[u8], file: &WeightFile) -> Result<(Array, String), Fault> {
    let name = shown(&file.name);
    let fault = |message: String| Box::new(Diagnostic::error(file.span, message));
    let other = |why: NpzError| fault(format!("`{name}`: {why}"));
    let mut archive = Npz::open(Cursor::new(bytes)).map_err(other)?;
    let names = archive.names();
    let wanted = match (&file.array, names.as_slice()) {
        (Some(wanted), _) => wanted.clone(),
        (None, [only]) => only.clone(),
        (None, several) => {
            let fault = fault(format!("`{name}` holds {} arrays", several.len()));
            let hint = format!("name one with `array=`: {}", shown(&several.join(", ")));
            return Err(Box::new(fault.with_hint(hint)));
        }
    };
    match archive.get(&wanted) {
        Ok(array) => Ok((array, wanted)),
        Err(NpzError::Missing { present, .. }) => {
            let missing = fault(format!("there is no array `{}` in `{name}`", shown(&wanted)));
            let hint = match nearest(&wanted, present.iter().map(String::as_str)) {
                Some(known) => format!("did you mean `{known}`?"),
                None => format!("it holds {}", shown(&present.join(", "))),
            };
            Err(Box::new(missing.with_hint(hint)))
        }
        Err(why) => Err(other(why)),
    }
}

/// Refuses a matrix that does not fit its nodes.
fn check(array: &ast::Array, matrix: &RowMatrix) -> Result<(), Fault> {
    let (rows, columns) = matrix.shape();
    let named = (array.rows.names.len(), array.columns.names.len());
    if (rows, columns) != named {
        let message = format!(
            "the matrix is {rows} x {columns}, but there are {} row and {} column nodes",
            named.0, named.1
        );
        let mut fault = Diagnostic::error(array.file.span, message);
        if rows != named.0 {
            fault = fault.with_related(array.rows.span, "the rows are listed here");
        }
        if columns != named.1 {
            fault = fault.with_related(array.columns.span, "the columns are listed here");
        }
        if (columns, rows) == named {
            fault = fault.with_hint("is it transposed? row i of the matrix belongs to row node i");
        }
        return Err(Box::new(fault));
    }
    if array.form == ArrayForm::Resistors && array.inverted.is_none() {
        let negative = matrix.nonzeros().find(|&(.., value)| value < 0.0);
        if let Some((row, column, value)) = negative {
            let message = format!(
                "entry [{},{}] is {value}, and no resistor is negative",
                row + 1,
                column + 1
            );
            let fault = Diagnostic::error(array.file.span, message);
            let hint = "`inverted=` names the nodes that negative entries hang on";
            return Err(Box::new(fault.with_hint(hint)));
        }
    }
    Ok(())
}
