//! `.measure` cards and `*! expect` lines.

use crate::diag::{Diagnostic, nearest};
use crate::netlist::ast::{
    Count, Crossing, Expectation, Instant, Measure, MeasureTask, Tolerance, Value,
};
use crate::netlist::card::{Card, Fault, Word, shown};
use crate::netlist::expr::Expr;
use crate::netlist::expression::Context;
use crate::wave::{Edge, Measured, Statistic};

/// What may follow the name of a measure.
const TASKS: [&str; 14] = [
    "TRIG", "FIND", "WHEN", "DERIV", "PARAM", "AVG", "RMS", "MIN", "MAX", "PP", "INTEG", "MIN_AT",
    "MAX_AT", "TARG",
];

const FORM: &str = "the card reads `.measure tran NAME FIND v(a) AT=x` or the like; NAME is followed by TRIG, FIND, WHEN, DERIV, PARAM, AVG, RMS, MIN, MAX, PP, INTEG, MIN_AT or MAX_AT";

/// The form of a card by what it measures.
fn form(task: &str) -> &'static str {
    match task.to_ascii_lowercase().as_str() {
        "trig" => {
            "the card reads `... TRIG v(a) VAL=x RISE=1 TARG v(b) VAL=x FALL=1`; the last of many crossings is `=LAST`"
        }
        "find" => "the card reads `... FIND v(a) AT=x` or `... FIND v(a) WHEN v(b)=x RISE=1`",
        "deriv" | "derivative" => {
            "the card reads `... DERIV v(a) AT=x` or `... DERIV v(a) WHEN v(b)=x RISE=1`"
        }
        "when" => "the card reads `... WHEN v(a)=x RISE=1`; the last of many crossings is `=LAST`",
        "param" => "the card reads `... PARAM='expression'` of parameters and earlier measures",
        _ => "the card reads `... AVG v(a) FROM=x TO=x`",
    }
}

/// Tolerance of an expectation that gives none, per cent.
const USUAL_TOLERANCE: f64 = 0.1;

/// Words of results that are of something, beside `v` and `i`.
const NESTED: [&str; 3] = ["re", "im", "sens"];

impl<'t> Card<'_, 't> {
    /// What follows `.measure`.
    pub(super) fn measure(&mut self) -> Result<Measure, Fault> {
        self.measure_parts().map_err(|fault| match (&fault.hint, self.inside_value) {
            (None, false) => Box::new(fault.with_hint(FORM)),
            _ => fault,
        })
    }

    fn measure_parts(&mut self) -> Result<Measure, Fault> {
        let mark = self.cursor;
        let Some(word) = self.word() else { return self.expected("the analysis, such as `tran`") };
        let analysis = measured(word.text);
        if analysis.is_none() {
            self.cursor = mark;
        }
        let name = self.symbol("the name of the measure")?;
        let Some(task) = self.word() else { return self.expected("what to measure") };
        let read = self.measure_task(task).and_then(|read| {
            self.finish("the measure")?;
            Ok(read)
        });
        let read = read.map_err(|fault| match (&fault.hint, self.inside_value) {
            (None, false) => Box::new(fault.with_hint(form(task.text))),
            _ => fault,
        });
        Ok(Measure { name, analysis, task: read? })
    }

    fn measure_task(&mut self, word: Word<'t>) -> Result<MeasureTask, Fault> {
        let lower = word.text.to_ascii_lowercase();
        Ok(match lower.as_str() {
            "trig" => {
                let trigger = self.trigger()?;
                if !self.keyword("targ") {
                    return self.expected("`TARG` and where the interval ends");
                }
                MeasureTask::Delay { trigger, target: self.trigger()? }
            }
            "find" => {
                let what = self.formula()?;
                MeasureTask::Find { what, at: self.moment()? }
            }
            "deriv" | "derivative" => {
                let what = self.formula()?;
                MeasureTask::Derivative { what, at: self.moment()? }
            }
            "when" => MeasureTask::When(self.crossing()?),
            "param" => {
                self.eat('=');
                MeasureTask::Parameter(self.formula()?)
            }
            lower => match statistic(lower) {
                Some(statistic) => self.window(statistic)?,
                None => return self.unknown_task(word),
            },
        })
    }

    fn unknown_task<T>(&self, word: Word<'_>) -> Result<T, Fault> {
        let message = format!("unknown measure `{}`", shown(word.text));
        let fault = Diagnostic::error(self.word_span(word), message);
        let upper = word.text.to_ascii_uppercase();
        Err(Box::new(match nearest(&upper, TASKS) {
            Some(known) => fault.with_hint(format!("did you mean `{known}`?")),
            None => fault.with_hint(format!("known are {}", TASKS[..13].join(", "))),
        }))
    }

    /// An expression of outputs, bare, in braces, quotes or `par('...')`.
    pub(super) fn formula(&mut self) -> Result<Expr, Fault> {
        let mark = self.cursor;
        let wrapped = self.keyword("par") && self.eat('(');
        if !wrapped {
            self.cursor = mark;
        }
        let open = self.span(self.cursor.last);
        let start = self.at();
        let expr = if self.eat('\'') {
            let open = self.span(start);
            let expr = self.expression(Context::Output)?;
            self.close(open, '\'')?;
            expr
        } else {
            self.expression(Context::Output)?
        };
        if wrapped {
            self.close(open, ')')?;
        }
        Ok(expr)
    }

    /// `AT=x`, or an expression and its crossing.
    fn trigger(&mut self) -> Result<Instant, Fault> {
        if let Some(value) = self.setting("at")? {
            return Ok(Instant::At(value));
        }
        self.crossing()
    }

    /// `AT=x`, or `WHEN` and a crossing.
    fn moment(&mut self) -> Result<Instant, Fault> {
        if let Some(value) = self.setting("at")? {
            return Ok(Instant::At(value));
        }
        if !self.keyword("when") {
            return self.expected("`AT=x` or `WHEN expression=value`");
        }
        self.crossing()
    }

    /// `key=value`, if the next word is `key`.
    fn setting(&mut self, key: &str) -> Result<Option<Value>, Fault> {
        if !self.keyword(key) {
            return Ok(None);
        }
        // LTspice's cards may leave the sign out.
        self.eat('=');
        self.value(&format!("the value of `{}`", key.to_ascii_uppercase())).map(Some)
    }

    /// `left=right [RISE=n]` or `left VAL=right [RISE=n]`; the settings in any order.
    fn crossing(&mut self) -> Result<Instant, Fault> {
        let left = self.formula()?;
        let mut right = if self.eat('=') { Some(self.formula()?) } else { None };
        let (mut chosen, mut after) = (None, None);
        loop {
            let start = self.at();
            let edge = if self.keyword("rise") {
                Edge::Rise
            } else if self.keyword("fall") {
                Edge::Fall
            } else if self.keyword("cross") {
                Edge::Any
            } else if right.is_none() && self.keyword("val") {
                if !self.eat('=') {
                    return self.expected("`=` after `VAL`");
                }
                right = Some(self.formula()?);
                continue;
            } else if let (None, Some(value)) = (&after, self.setting("td")?) {
                after = Some(value);
                continue;
            } else {
                break;
            };
            if !self.eat('=') {
                return self.expected(&format!("`=` after `{}`", edge.name()));
            }
            let count = if self.keyword("last") {
                Count::Last
            } else {
                Count::Nth(self.value("a number or `LAST`")?)
            };
            if chosen.replace((edge, count)).is_some() {
                let message = "a crossing has one of `RISE`, `FALL` and `CROSS`";
                return Err(Box::new(Diagnostic::error(self.span(start), message)));
            }
        }
        let Some(right) = right else { return self.expected("`VAL=` or `=` and a level") };
        let (edge, count) = chosen.unwrap_or((Edge::Any, Count::Nth(Value::Number(1.0))));
        Ok(Instant::Crossing(Box::new(Crossing { left, right, edge, count, after })))
    }

    fn window(&mut self, statistic: Statistic) -> Result<MeasureTask, Fault> {
        let what = self.formula()?;
        let (mut from, mut to) = (None, None);
        loop {
            if let (None, Some(value)) = (&from, self.setting("from")?) {
                from = Some(value);
            } else if let (None, Some(value)) = (&to, self.setting("to")?) {
                to = Some(value);
            } else {
                return Ok(MeasureTask::Window { statistic, what, from, to });
            }
        }
    }

    /// An expression of quantities, after `*! until`.
    pub(super) fn until(&mut self) -> Result<Expr, Fault> {
        let read = self.formula().and_then(|condition| {
            self.finish("the condition")?;
            Ok(condition)
        });
        read.map_err(|fault| match &fault.hint {
            None => Box::new(fault.with_hint(
                "a condition reads like `v(out)>1`, with <, >, <=, >=, ==, !=, && and ||",
            )),
            Some(_) => fault,
        })
    }

    /// `NAME value [tol=x | tol=x%]`, after `*! expect`.
    pub(super) fn expectation(&mut self) -> Result<Expectation, Fault> {
        let start = self.at();
        self.expectation_parts(start).map_err(|fault| match &fault.hint {
            None => Box::new(fault.with_hint(
                "the line reads `*! expect NAME value tol=1%` or `... tol=10m`; NAME is a measure, `v(node)` or `i(element)` of an operating point, `transfer_function`, `input_resistance` or `output_resistance`, `onoise_total` or `inoise_total`, `re(pole(1))`, `sens(r1)`",
            )),
            Some(_) => fault,
        })
    }

    fn expectation_parts(&mut self, start: usize) -> Result<Expectation, Fault> {
        let Some(word) = self.word() else { return self.expected("the name of a measure") };
        let lower = word.text.to_ascii_lowercase();
        let name = if matches!(lower.as_str(), "v" | "i") && self.peek() == Some('(') {
            let bracket = self.at();
            self.eat('(');
            let (plus, minus) = self.node_pair(self.span(bracket))?;
            let minus = minus.map(|minus| format!(",{}", self.symbols.name(minus)));
            format!("{lower}({}{})", self.symbols.name(plus), minus.unwrap_or_default())
        } else if NESTED.contains(&lower.as_str()) && self.peek() == Some('(') {
            self.nested_name(&lower)?
        } else {
            lower
        };
        let name = self.intern(&name);
        self.eat('=');
        let value = self.value("the expected value")?;
        let tolerance = if self.keyword("tol") {
            if !self.eat('=') {
                return self.expected("`=` after `tol`");
            }
            self.tolerance()?
        } else {
            Tolerance::Percent(USUAL_TOLERANCE)
        };
        self.finish("the tolerance")?;
        Ok(Expectation { name, value, tolerance, span: self.span(start) })
    }

    /// `re(pole(1))` or `sens(r1)`, after its first word.
    fn nested_name(&mut self, outer: &str) -> Result<String, Fault> {
        let bracket = self.at();
        self.eat('(');
        let open = self.span(bracket);
        let Some(word) = self.word() else { return self.expected("what it is of") };
        let inner = word.text.to_ascii_lowercase();
        let inner = match self.peek() {
            Some('(') => self.nested_name(&inner)?,
            _ => inner,
        };
        self.close(open, ')')?;
        Ok(format!("{outer}({inner})"))
    }

    /// A value, or a number and `%`.
    fn tolerance(&mut self) -> Result<Tolerance, Fault> {
        let mark = self.cursor;
        if let Some(word) = self.word()
            && let Some(digits) = word.text.strip_suffix('%')
        {
            let number = self.number(Word { text: digits, ..word })?;
            return Ok(Tolerance::Percent(number));
        }
        self.cursor = mark;
        self.value("a tolerance").map(Tolerance::Absolute)
    }
}

fn measured(word: &str) -> Option<Measured> {
    Measured::ALL.into_iter().find(|known| word.eq_ignore_ascii_case(known.name()))
}

fn statistic(lower: &str) -> Option<Statistic> {
    if lower == "integral" {
        return Some(Statistic::Integral);
    }
    Statistic::ALL.into_iter().find(|known| lower.eq_ignore_ascii_case(known.name()))
}
