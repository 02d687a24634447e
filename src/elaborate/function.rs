//! Functions of a deck: calls replaced by what they stand for.

use std::borrow::Cow;

use crate::{
    diag::{Diagnostic, Span},
    elaborate::scope::Env,
    netlist::{
        ast::FunctionDefinition,
        expr::{Expr, ExprKind},
        symbol::Symbol,
    },
};

/// Calls inside calls deeper than this are taken for a circle.
const DEEPEST: usize = 50;
/// Operations that an expression may expand to.
const MOST: usize = 100_000;
/// Height that an expression may expand to: it is walked by recursion.
const HIGHEST: usize = 2000;

type Expanded = Result<Expr, Box<Diagnostic>>;

impl Env<'_> {
    /// The expression without calls of the deck's functions; their bodies mean what
    /// they would mean at the place of the call.
    ///
    /// # Errors
    ///
    /// A function that is not seen from here, a wrong number of arguments, a function
    /// that calls itself.
    pub(super) fn expanded<'e>(&self, expr: &'e Expr) -> Result<Cow<'e, Expr>, Box<Diagnostic>> {
        if !has_call(expr) {
            return Ok(Cow::Borrowed(expr));
        }
        self.bound(expr, &[]).map(Cow::Owned)
    }

    /// The same with names replaced by what they stand for.
    ///
    /// # Errors
    ///
    /// Those of [`Env::expanded`].
    pub(super) fn bound(&self, expr: &Expr, bound: &[(Symbol, Expr)]) -> Expanded {
        let mut walk = Walk { env: self, depth: 0, height: 0, count: 0, span: expr.span };
        walk.expand(expr, bound)
    }
}

fn has_call(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Call(..) => true,
        ExprKind::Number(_) | ExprKind::Name(_) | ExprKind::Voltage(..) | ExprKind::Current(_) => {
            false
        }
        ExprKind::Unary(_, x) | ExprKind::Part(_, x) => has_call(x),
        ExprKind::Binary(_, a, b) => has_call(a) || has_call(b),
        ExprKind::Select(a, b, c) => [a, b, c].into_iter().any(|x| has_call(x)),
    }
}

/// Arguments of the function whose body is being walked.
type Bound<'b> = &'b [(Symbol, Expr)];

struct Walk<'w> {
    env: &'w Env<'w>,
    /// Calls around.
    depth: usize,
    /// Operations around.
    height: usize,
    /// Operations so far.
    count: usize,
    /// The whole expression.
    span: Span,
}

impl Walk<'_> {
    fn expand(&mut self, expr: &Expr, bound: Bound<'_>) -> Expanded {
        self.count += 1;
        self.height += 1;
        if self.count > MOST || self.height > HIGHEST {
            let message = format!(
                "the functions of this expression expand to more than {MOST} operations, {HIGHEST} of them inside each other"
            );
            return Err(Box::new(Diagnostic::error(self.span, message)));
        }
        let result = self.inner(expr, bound);
        self.height -= 1;
        result
    }

    fn inner(&mut self, expr: &Expr, bound: Bound<'_>) -> Expanded {
        let kind = match &expr.kind {
            ExprKind::Name(name) => match bound.iter().find(|(known, _)| known == name) {
                Some((_, value)) => return Ok(value.clone()),
                None => expr.kind.clone(),
            },
            ExprKind::Number(_) | ExprKind::Voltage(..) | ExprKind::Current(_) => expr.kind.clone(),
            ExprKind::Unary(op, x) => ExprKind::Unary(*op, Box::new(self.expand(x, bound)?)),
            ExprKind::Part(part, x) => ExprKind::Part(*part, Box::new(self.expand(x, bound)?)),
            ExprKind::Binary(op, a, b) => {
                let (a, b) = (self.expand(a, bound)?, self.expand(b, bound)?);
                ExprKind::Binary(*op, Box::new(a), Box::new(b))
            }
            ExprKind::Select(c, a, b) => {
                let [c, a, b] = [c, a, b].map(|x| self.expand(x, bound));
                ExprKind::Select(Box::new(c?), Box::new(a?), Box::new(b?))
            }
            ExprKind::Call(name, operands) => {
                let operands = operands.iter().map(|x| self.expand(x, bound));
                let operands: Vec<Expr> = operands.collect::<Result<_, _>>()?;
                return self.call(*name, operands, expr.span);
            }
        };
        Ok(Expr { kind, span: expr.span })
    }

    fn call(&mut self, name: Symbol, operands: Vec<Expr>, span: Span) -> Expanded {
        let text = self.env.netlist.symbols.name(name);
        let Some(function) = self.env.function(name) else {
            let message = format!("the function `{text}` is not defined here");
            let hint = "a function of a subcircuit is seen inside it only";
            return Err(Box::new(Diagnostic::error(span, message).with_hint(hint)));
        };
        let FunctionDefinition { arguments, body, .. } = function;
        if arguments.len() != operands.len() {
            let (wanted, found) = (arguments.len(), operands.len());
            let s = if wanted == 1 { "" } else { "s" };
            let message = format!("`{text}` takes {wanted} argument{s}, found {found}");
            let fault = Diagnostic::error(span, message);
            return Err(Box::new(fault.with_related(function.span, "defined here")));
        }
        if self.depth == DEEPEST {
            let message = format!("the function `{text}` calls itself");
            return Err(Box::new(Diagnostic::error(function.span, message)));
        }
        self.depth += 1;
        // The deck may not count the places inside the function as its own.
        let bound: Vec<(Symbol, Expr)> = arguments.iter().copied().zip(operands).collect();
        let mut value = self.expand(body, &bound)?;
        self.depth -= 1;
        value.span = span;
        Ok(value)
    }
}
