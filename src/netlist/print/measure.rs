//! Measures and expectations.

use crate::netlist::ast::{Count, Expectation, Instant, Measure, MeasureTask, Tolerance, Value};
use crate::netlist::expr::Expr;
use crate::netlist::print::Printer;
use crate::units::format_number;

impl Printer<'_> {
    pub(super) fn measure(&mut self, measure: &Measure) {
        self.push(".measure");
        if let Some(analysis) = measure.analysis {
            self.push(" ");
            self.push(analysis.name());
        }
        self.word(measure.name);
        match &measure.task {
            MeasureTask::Delay { trigger, target } => {
                self.instant(" TRIG", trigger);
                self.instant(" TARG", target);
            }
            MeasureTask::Find { what, at } => {
                self.formula(" FIND ", what);
                self.instant(" WHEN", at);
            }
            MeasureTask::Derivative { what, at } => {
                self.formula(" DERIV ", what);
                self.instant(" WHEN", at);
            }
            MeasureTask::When(at) => self.instant(" WHEN", at),
            MeasureTask::Window { statistic, what, from, to } => {
                self.push(" ");
                self.push(statistic.name());
                self.formula(" ", what);
                self.given(" FROM=", from.as_ref());
                self.given(" TO=", to.as_ref());
            }
            MeasureTask::Parameter(expr) => {
                self.push(" PARAM='");
                self.expression(expr);
                self.push("'");
            }
        }
    }

    /// Bare where other simulators want it bare.
    fn formula(&mut self, before: &str, expr: &Expr) {
        self.push(before);
        if is_bare(expr) {
            return self.expression(expr);
        }
        if reads_parameters_only(expr) {
            return self.braced(expr);
        }
        self.push("par('");
        self.expression(expr);
        self.push("')");
    }

    fn given(&mut self, before: &str, value: Option<&Value>) {
        if let Some(value) = value {
            self.push(before);
            self.value(value);
        }
    }

    /// `AT=x`, or `keyword left=right` with what chooses among the crossings.
    fn instant(&mut self, keyword: &str, instant: &Instant) {
        let crossing = match instant {
            Instant::At(value) => {
                if keyword != " WHEN" {
                    self.push(keyword);
                }
                return self.given(" AT=", Some(value));
            }
            Instant::Crossing(crossing) => crossing,
        };
        self.push(keyword);
        self.formula(" ", &crossing.left);
        self.push(if keyword == " WHEN" { "=" } else { " VAL=" });
        self.formula("", &crossing.right);
        self.given(" TD=", crossing.after.as_ref());
        self.push(" ");
        self.push(crossing.edge.name());
        match &crossing.count {
            Count::Last => self.push("=LAST"),
            Count::Nth(count) => self.given("=", Some(count)),
        }
    }

    /// A line of its own, which is never broken.
    pub(super) fn expectation(&mut self, expected: &Expectation) {
        self.push("*! expect");
        self.word(expected.name);
        self.operand(&expected.value);
        match &expected.tolerance {
            Tolerance::Percent(percent) => {
                self.push(" tol=");
                self.push(&format_number(*percent));
                self.push("%");
            }
            Tolerance::Absolute(value) => self.given(" tol=", Some(value)),
        }
        self.whole();
    }

    /// A line of its own, which is never broken.
    pub(super) fn until(&mut self, condition: &Expr) {
        self.push("*! until '");
        self.expression(condition);
        self.push("'");
        self.whole();
    }

    /// Ends a card that is one line, however long.
    fn whole(&mut self) {
        self.out.push_str(&self.card);
        self.out.push('\n');
        self.card.clear();
    }
}

fn is_bare(expr: &Expr) -> bool {
    use crate::netlist::expr::ExprKind::{Current, Number, Part, Voltage};
    match &expr.kind {
        Number(value) => value.is_sign_positive(),
        // ngspice measures no difference by its name.
        Voltage(_, None) | Current(_) => true,
        Part(_, x) => is_bare(x),
        _ => false,
    }
}

fn reads_parameters_only(expr: &Expr) -> bool {
    use crate::netlist::expr::ExprKind as Kind;
    match &expr.kind {
        Kind::Number(_) | Kind::Name(_) => true,
        Kind::Voltage(..) | Kind::Current(_) | Kind::Part(..) => false,
        Kind::Unary(_, x) => reads_parameters_only(x),
        Kind::Binary(_, a, b) => reads_parameters_only(a) && reads_parameters_only(b),
        Kind::Select(a, b, c) => [a, b, c].into_iter().all(|x| reads_parameters_only(x)),
        Kind::Call(_, operands) => operands.iter().all(reads_parameters_only),
    }
}
