//! The grammar of expressions.
//!
//! ```text
//! expression = or ['?' expression ':' expression]
//! or .. product: || && (== !=) (< <= > >=) (+ -) (* /), from weak to strong, from the left
//! sign       = ('-' | '+' | '!') sign | power
//! power      = primary [('^' | '**') (sign | power)]                        from the right
//! primary    = number | name | call | '(' expression ')' | '{' expression '}'
//! call       = name '(' expression {',' expression} ')'
//!            | 'v' '(' node [',' node] ')' | 'i' '(' source ')'
//! ```

use crate::diag::{Diagnostic, Span};
use crate::expr::{Binary, Function, Part, Unary, function};
use crate::netlist::card::{Card, Fault, Word, shown};
use crate::netlist::dialect::{Dialect, suffix};
use crate::netlist::expr::{Expr, ExprKind};
use crate::netlist::lexer;
use crate::netlist::print::binding;
use crate::netlist::terminal::is_current;
use crate::units::parse_number;

/// Levels of parentheses, signs and powers that an expression may nest.
const DEEPEST: usize = 200;

/// Operations that may follow each other in an operand of an operand: the height of the tree.
const HIGHEST: usize = 2000;

/// What an expression may depend on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    /// Parameters.
    Parameter,
    /// Voltages, currents, time and parameters.
    Law,
    /// What a law may depend on, earlier measures, and parts of complex numbers.
    Output,
}

/// An expression and the height of its tree.
struct Node {
    expr: Expr,
    height: usize,
}

impl Node {
    fn leaf(kind: ExprKind, span: Span) -> Self {
        Self { expr: Expr { kind, span }, height: 1 }
    }

    /// An operation on `operands`, put together by `kind`.
    fn new<const N: usize>(
        operands: [Self; N],
        span: Span,
        kind: impl FnOnce([Box<Expr>; N]) -> ExprKind,
    ) -> Result<Self, Fault> {
        let height = 1 + operands.iter().map(|node| node.height).max().unwrap_or(0);
        if height > HIGHEST {
            let message = format!("the expression chains more than {HIGHEST} operations");
            let fault = Diagnostic::error(span, message);
            return Err(Box::new(fault.with_hint("group terms with parentheses")));
        }
        let kind = kind(operands.map(|node| Box::new(node.expr)));
        Ok(Self { expr: Expr { kind, span }, height })
    }

    fn binary(op: Binary, a: Self, b: Self) -> Result<Self, Fault> {
        let span = a.expr.span.to(b.expr.span);
        Self::new([a, b], span, |[a, b]| ExprKind::Binary(op, a, b))
    }
}

impl Card<'_, '_> {
    /// An expression up to where no operator follows; the caller checks what does.
    pub(super) fn expression(&mut self, context: Context) -> Result<Expr, Fault> {
        self.depth = 0;
        let node = self.ternary(context);
        self.inside_value |= node.is_err();
        node.map(|node| node.expr)
    }

    /// One level deeper, for as long as `inner` reads.
    fn nested(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Result<Node, Fault>,
    ) -> Result<Node, Fault> {
        if self.depth == DEEPEST {
            let at = self.next_token();
            let message = format!("the expression nests deeper than {DEEPEST} levels");
            return Err(Box::new(Diagnostic::error(self.word_span(at), message)));
        }
        self.depth += 1;
        let node = inner(self);
        self.depth -= 1;
        node
    }

    fn ternary(&mut self, context: Context) -> Result<Node, Fault> {
        self.nested(|card| {
            let condition = card.chain(context, 0)?;
            if !card.eat('?') {
                return Ok(condition);
            }
            let mark = card.span(card.cursor.last - 1);
            if matches!(card.language.dialect, Dialect::Pspice | Dialect::Ltspice) {
                let message = format!("{} has no `? :`", card.language.dialect);
                let warning = Diagnostic::warning(mark, message);
                card.diagnostics.push(warning.with_hint("write `if(condition, then, otherwise)`"));
            }
            let then = card.ternary(context)?;
            if !card.eat(':') {
                let missing = card.expected("`:` and the other value");
                return missing
                    .map_err(|fault: Fault| Box::new(fault.with_related(mark, "for this `?`")));
            }
            let otherwise = card.ternary(context)?;
            let span = condition.expr.span.to(otherwise.expr.span);
            Node::new([condition, then, otherwise], span, |[c, a, b]| ExprKind::Select(c, a, b))
        })
    }

    /// Operators that bind stronger than `weakest`, from the left.
    fn chain(&mut self, context: Context, weakest: u8) -> Result<Node, Fault> {
        let mut left = self.sign(context)?;
        loop {
            let mark = self.cursor;
            let Some(op) = self.take(lexer::operator) else { return Ok(left) };
            if binding(op) <= weakest {
                self.cursor = mark;
                return Ok(left);
            }
            let right = self.chain(context, binding(op))?;
            left = Node::binary(op, left, right)?;
        }
    }

    fn sign(&mut self, context: Context) -> Result<Node, Fault> {
        match self.prefix(context) {
            Some(signed) => signed,
            None => self.power(context).map(|(node, _)| node),
        }
    }

    /// A sign and its operand, if there is a sign.
    fn prefix(&mut self, context: Context) -> Option<Result<Node, Fault>> {
        let start = self.at();
        let sign = self.peek()?;
        let op = match sign {
            '-' => Some(Unary::Neg),
            '!' => Some(Unary::Not),
            '+' => None,
            _ => return None,
        };
        self.eat(sign);
        let operand = self.nested(|card| card.sign(context));
        Some(operand.and_then(|operand| match op {
            None => Ok(operand),
            Some(op) => {
                let span = self.span(start);
                Node::new([operand], span, |[x]| ExprKind::Unary(op, x))
            }
        }))
    }

    /// A power, and whether it has an exponent.
    fn power(&mut self, context: Context) -> Result<(Node, bool), Fault> {
        let base = self.primary(context)?;
        let mark = self.cursor;
        let start = self.at();
        if self.take(lexer::operator) != Some(Binary::Pow) {
            self.cursor = mark;
            return Ok((base, false));
        }
        let operator = self.span(start);
        if operator.end - operator.start == 1 {
            self.caret(operator)?;
        }
        let exponent = match self.prefix(context) {
            Some(signed) => signed?,
            None => self.nested(|card| {
                let (exponent, chained) = card.power(context)?;
                if chained {
                    let message = "`a^b^c` is read as `a^(b^c)`, but ngspice reads `(a^b)^c`";
                    let warning = Diagnostic::warning(operator, message);
                    card.diagnostics.push(warning.with_hint("write the parentheses"));
                }
                Ok(exponent)
            })?,
        };
        Ok((Node::binary(Binary::Pow, base, exponent)?, true))
    }

    /// `^`, which is a power in ngspice alone.
    fn caret(&mut self, span: Span) -> Result<(), Fault> {
        let dialect = self.language.dialect;
        if dialect != Dialect::Ngspice {
            let message = format!("`^` is exclusive or in {dialect}, which is not supported");
            let fault = Diagnostic::error(span, message);
            return Err(Box::new(fault.with_hint("write `**` for a power")));
        }
        let message = "`^` is a power in ngspice, exclusive or in PSpice, LTspice and Xyce";
        self.disagreement(span, message, "write `**` for a power");
        Ok(())
    }

    fn primary(&mut self, context: Context) -> Result<Node, Fault> {
        let start = self.at();
        match self.peek() {
            Some(bracket @ ('(' | '{')) => {
                self.eat(bracket);
                let open = self.span(start);
                let node = self.ternary(context)?;
                self.close(open, if bracket == '(' { ')' } else { '}' })?;
                return Ok(node);
            }
            Some(c) if c.is_ascii_digit() || c == '.' => {
                if let Some(text) = self.take(lexer::number) {
                    let value = self.number(Word { text, start })?;
                    return Ok(Node::leaf(ExprKind::Number(value), self.span(start)));
                }
            }
            Some('@') if context != Context::Parameter => {
                self.eat('@');
                let kind = self.at_device()?;
                return Ok(Node::leaf(kind, self.span(start)));
            }
            _ => {}
        }
        let Some(text) = self.take(lexer::identifier) else {
            return self.expected("a number, a name or `(`");
        };
        let name = Word { text, start };
        if self.eat('(') { self.call(name, context) } else { self.name(name, context) }
    }

    /// The number that `word` writes.
    pub(super) fn number(&mut self, word: Word<'_>) -> Result<f64, Fault> {
        let (head, letters) = suffix(word.text);
        if letters.starts_with(['a', 'A']) && !head.is_empty() {
            if self.language.dialect != Dialect::Ngspice {
                return self.plain_number(Word { text: head, ..word });
            }
            let message = format!(
                "`{}` is {head}e-18 in ngspice, {head} in PSpice, LTspice and Xyce",
                word.text
            );
            let hint = "write the exponent, or leave the unit away";
            self.disagreement(self.word_span(word), &message, hint);
        }
        self.plain_number(word)
    }

    fn plain_number(&mut self, word: Word<'_>) -> Result<f64, Fault> {
        parse_number(word.text).map_err(|error| {
            self.inside_value = true;
            let short = shown(word.text);
            let message = if short.len() == word.text.len() {
                error.to_string()
            } else {
                format!("`{short}` is not a number, or is out of range")
            };
            let hint = "numbers look like 10, 4.7u or 2e-3; scales are t g meg k mil m u n p f a";
            Box::new(Diagnostic::error(self.word_span(word), message).with_hint(hint))
        })
    }

    fn name(&mut self, name: Word<'_>, context: Context) -> Result<Node, Fault> {
        let span = self.word_span(name);
        let lower = name.text.to_ascii_lowercase();
        match lower.as_str() {
            "nan" | "inf" | "infinity" => {
                let message = format!("`{}` is not a finite number", name.text);
                Err(Box::new(Diagnostic::error(span, message).with_hint("write a finite value")))
            }
            "time" if context == Context::Parameter => varies("time", span),
            lower => Ok(Node::leaf(ExprKind::Name(self.symbols.intern(lower)), span)),
        }
    }

    /// The call of `name`, whose `(` is consumed.
    fn call(&mut self, name: Word<'_>, context: Context) -> Result<Node, Fault> {
        let open = self.span(self.cursor.last - 1);
        let lower = name.text.to_ascii_lowercase();
        let terminal = if is_current(&lower) { self.terminal(&lower) } else { None };
        if lower == "v" || lower == "i" || terminal.is_some() {
            let kind = match terminal {
                Some(current) => ExprKind::Current(current),
                None => self.probe(&lower, open)?,
            };
            let span = self.span(name.start);
            return match context {
                Context::Law | Context::Output => Ok(Node::leaf(kind, span)),
                Context::Parameter => varies(&format!("{lower}()"), span),
            };
        }
        if context == Context::Output
            && let Some(part) = self.part(&lower, name.start, open)?
        {
            return Ok(part);
        }
        if lower == "if" {
            let message = "ngspice has no function `if`, other simulators have";
            let hint = "write `condition ? then : otherwise`";
            self.disagreement(self.word_span(name), message, hint);
        }
        let mut operands = Vec::new();
        if self.peek() != Some(')') {
            operands.push(self.ternary(context)?);
            while self.eat(',') {
                operands.push(self.ternary(context)?);
            }
        }
        self.close(open, ')')?;
        let (found, span) = (operands.len(), self.span(name.start));
        let Some(function) = function(&lower) else {
            return Ok(self.defined(name, operands, span));
        };
        apply(function, operands, span)?.ok_or_else(|| {
            let arity = function.arity();
            let s = if arity == 1 { "" } else { "s" };
            let message = format!("`{lower}` takes {arity} argument{s}, found {found}");
            Box::new(Diagnostic::error(span, message))
        })
    }

    /// `db(x)`, `vdb(a)` and the like, whose `(` is consumed; `None` for other names.
    fn part(&mut self, lower: &str, start: usize, open: Span) -> Result<Option<Node>, Fault> {
        let (part, operand) = if let Some((part, quantity)) = Part::of_probe(lower) {
            let kind = self.probe(quantity, open)?;
            (part, Node::leaf(kind, self.span(start)))
        } else if let Some(part) = Part::ALL.into_iter().find(|part| part.name() == lower) {
            let operand = self.ternary(Context::Output)?;
            self.close(open, ')')?;
            (part, operand)
        } else {
            return Ok(None);
        };
        Node::new([operand], self.span(start), |[x]| ExprKind::Part(part, x)).map(Some)
    }

    /// The call of a function that the deck must define somewhere.
    fn defined(&mut self, name: Word<'_>, operands: Vec<Node>, span: Span) -> Node {
        let symbol = self.intern(name.text);
        self.calls.push((symbol, self.word_span(name)));
        let height = 1 + operands.iter().map(|node| node.height).max().unwrap_or(0);
        let operands = operands.into_iter().map(|node| node.expr).collect();
        Node { expr: Expr { kind: ExprKind::Call(symbol, operands), span }, height }
    }

    /// `a)` or `a,b)` of `v(` or `i(`.
    fn probe(&mut self, quantity: &str, open: Span) -> Result<ExprKind, Fault> {
        if quantity == "i" {
            let source = self.symbol("the name of a voltage source")?;
            self.close(open, ')')?;
            return Ok(ExprKind::Current(source));
        }
        let (plus, minus) = self.node_pair(open)?;
        Ok(ExprKind::Voltage(plus, minus))
    }
}

/// The function of its operands; `None` where their number is wrong.
fn apply(function: Function, operands: Vec<Node>, span: Span) -> Result<Option<Node>, Fault> {
    match function {
        Function::Unary(op) => <[Node; 1]>::try_from(operands)
            .ok()
            .map(|x| Node::new(x, span, |[x]| ExprKind::Unary(op, x)))
            .transpose(),
        Function::Binary(op) => <[Node; 2]>::try_from(operands)
            .ok()
            .map(|ab| Node::new(ab, span, |[a, b]| ExprKind::Binary(op, a, b)))
            .transpose(),
        Function::Limit => <[Node; 3]>::try_from(operands)
            .ok()
            .map(|[x, low, high]| {
                let inner =
                    Node::new([x, low], span, |[x, low]| ExprKind::Binary(Binary::Max, x, low))?;
                Node::new([inner, high], span, |[x, high]| ExprKind::Binary(Binary::Min, x, high))
            })
            .transpose(),
        Function::Select => <[Node; 3]>::try_from(operands)
            .ok()
            .map(|cab| Node::new(cab, span, |[c, a, b]| ExprKind::Select(c, a, b)))
            .transpose(),
    }
}

fn varies<T>(what: &str, span: Span) -> Result<T, Fault> {
    let message = format!("`{what}` varies during the simulation and cannot set a parameter");
    let hint = "voltages, currents and time enter laws: of B sources, and after `R=`, `C=`, `Q=`, `L=` and `Flux=`";
    Err(Box::new(Diagnostic::error(span, message).with_hint(hint)))
}
