//! Expressions with the parentheses they need.

use crate::expr::{Binary, Unary};
use crate::netlist::expr::{Expr, ExprKind};
use crate::netlist::print::Printer;
use crate::units::format_number;

/// How strongly a binary operator binds, from 1. Operators that are functions
/// by name bind as strongly as a call.
pub(crate) fn binding(op: Binary) -> u8 {
    match op {
        Binary::Or => 1,
        Binary::And => 2,
        Binary::Eq | Binary::Ne => 3,
        Binary::Lt | Binary::Le | Binary::Gt | Binary::Ge => 4,
        Binary::Add | Binary::Sub => 5,
        Binary::Mul | Binary::Div => 6,
        Binary::Pow => POWER,
        Binary::Pwr | Binary::Min | Binary::Max | Binary::Atan2 => PRIMARY,
    }
}

/// Condition `? :`.
const CONDITION: u8 = 0;
const SIGN: u8 = 7;
const POWER: u8 = 8;
/// Numbers, names, calls and whatever stands in parentheses.
const PRIMARY: u8 = 9;

fn strength(expr: &Expr) -> u8 {
    match &expr.kind {
        ExprKind::Number(value) if value.is_sign_negative() => SIGN,
        ExprKind::Number(_) | ExprKind::Name(_) | ExprKind::Voltage(..) | ExprKind::Current(_) => {
            PRIMARY
        }
        ExprKind::Unary(Unary::Neg | Unary::Not, _) => SIGN,
        ExprKind::Unary(..) | ExprKind::Part(..) | ExprKind::Call(..) => PRIMARY,
        ExprKind::Binary(op, ..) => binding(*op),
        ExprKind::Select(..) => CONDITION,
    }
}

impl Printer<'_> {
    /// The expression, in parentheses where it binds weaker than `least`.
    fn bound(&mut self, expr: &Expr, least: u8) {
        if strength(expr) >= least {
            return self.expression(expr);
        }
        self.push("(");
        self.expression(expr);
        self.push(")");
    }

    pub(super) fn expression(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Number(value) => self.push(&format_number(*value)),
            ExprKind::Name(name) => self.name(*name),
            ExprKind::Voltage(plus, minus) => self.probe("v", *plus, *minus),
            ExprKind::Current(source) => self.probe("i", *source, None),
            ExprKind::Unary(op @ (Unary::Neg | Unary::Not), x) => {
                self.push(op.name());
                self.bound(x, POWER);
            }
            ExprKind::Unary(op, x) => self.call(op.name(), &[x]),
            ExprKind::Call(function, operands) => {
                let symbols = self.symbols;
                let operands: Vec<&Expr> = operands.iter().collect();
                self.call(symbols.name(*function), &operands);
            }
            ExprKind::Part(part, x) => self.call(part.name(), &[x]),
            ExprKind::Binary(op, a, b) if binding(*op) == PRIMARY => self.call(op.name(), &[a, b]),
            ExprKind::Binary(Binary::Pow, a, b) => {
                self.bound(a, PRIMARY);
                self.push("**");
                self.bound(b, PRIMARY);
            }
            ExprKind::Binary(op, a, b) => {
                self.bound(a, binding(*op));
                self.push(" ");
                self.push(op.name());
                self.push(" ");
                self.bound(b, binding(*op) + 1);
            }
            ExprKind::Select(condition, then, otherwise) => {
                self.bound(condition, CONDITION + 1);
                self.push(" ? ");
                self.bound(then, CONDITION + 1);
                self.push(" : ");
                self.bound(otherwise, CONDITION + 1);
            }
        }
    }

    fn call(&mut self, name: &str, operands: &[&Expr]) {
        self.push(name);
        self.push("(");
        for (index, operand) in operands.iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            self.expression(operand);
        }
        self.push(")");
    }
}
