//! The report as text.

use std::fmt::{self, Display, Formatter};

use super::{Claim, Commutation, Leading, Procedure, Row, Verdict};
use crate::{expr::Notation, transform::Method, units::count};

impl Procedure {
    /// Its letter in a product.
    fn letter(self) -> char {
        match self {
            Self::Rescale => 'R',
            Self::Discretise => 'D',
            Self::Linearise => 'L',
        }
    }
}

impl Verdict {
    /// In words, as in JSON.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Exact => "exact to rounding",
            Self::AtEquilibrium => "vanishes at an equilibrium only",
            Self::Differs => "does not commute, as predicted",
            Self::Blurred => "cannot be judged, rounding may be as large",
            Self::Fails => "FAILS",
        }
    }
}

/// A product of operators, the first procedure rightmost; D after R is D'.
fn product(order: &[Procedure], discretised: &str) -> String {
    let mut text = Vec::new();
    let mut rescaled = false;
    for &procedure in order {
        rescaled |= procedure == Procedure::Rescale;
        text.push(match procedure {
            Procedure::Discretise if rescaled => discretised.to_owned(),
            other => other.letter().to_string(),
        });
    }
    text.reverse();
    text.join(" ")
}

impl Row {
    /// `D' R = R D`
    #[must_use]
    pub fn identity(&self) -> String {
        let wrong = self.claim == Claim::WrongStep;
        let left = product(&self.left, if wrong { "D*" } else { "D'" });
        format!("{left} = {}", product(&self.right, "D'"))
    }
}

fn number(value: f64) -> String {
    Notation::Text.number(value)
}

/// `0` or two digits.
fn defect(value: f64) -> String {
    if value == 0.0 { "0".to_owned() } else { format!("{value:.1e}") }
}

impl Display for Commutation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (states, inputs, outputs) = self.shape;
        writeln!(
            f,
            "{}\n",
            if self.holds {
                "COMMUTES where it must, and only there"
            } else {
                "FAILS: a defect contradicts the theory"
            }
        )?;
        writeln!(
            f,
            "system      {}, {}, {}; {}",
            count(states, "state"),
            count(inputs, "input"),
            count(outputs, "output"),
            if self.affine { "affine" } else { "not affine" }
        )?;
        writeln!(
            f,
            "procedures  R: s = a t, a = {}; D: step d = {}; D': d' = a d = {}; L: at (x*, u*)",
            number(self.factor),
            number(self.step),
            number(self.rescaled_step)
        )?;
        let place = if self.equilibrium { "an equilibrium" } else { "no equilibrium" };
        writeln!(
            f,
            "point       {place}: F moves the state by {} of its size in one step",
            defect(self.drift)
        )?;
        writeln!(
            f,
            "control     D*: the step {} instead of d'; and L elsewhere, at a point of the trajectory\n",
            number(self.wrong_step)
        )?;
        self.table(f)?;
        writeln!(
            f,
            "\nDefects are relative to the largest value of their kind; products act from the right. state: next states at\n\
             points near the trajectory; const.: next state at (x*, u*); run: of two runs of up to {} steps; bound: of\n\
             rounding in one step, that of a run is in --json. Predicted: of D*, |d*/a - d| |F| for explicit Euler and\n\
             the like for others; of L elsewhere, kappa d^2 |(dJ/dx) F|.",
            self.rows.iter().map(|row| row.defect.steps).max().unwrap_or(0)
        )
    }
}

/// The columns of the table but the first and the last.
const HEADS: [&str; 7] = ["state", "A", "B", "const.", "output", "run", "bound"];

impl Commutation {
    /// What a method means here.
    fn remark(&self, method: Method) -> &'static str {
        match method {
            Method::ZeroOrderHold if !self.affine => " (the flow itself, sampled to 1e-12)",
            _ => "",
        }
    }

    fn table(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:24}", "")?;
        for head in HEADS {
            write!(f, "{head:>8}")?;
        }
        writeln!(f, "  verdict")?;
        let methods: Vec<Option<Method>> = self.rows.iter().map(|row| row.method).collect();
        // With many methods the orders are gathered.
        let gathers =
            methods.iter().flatten().any(|method| Some(*method) != methods[methods.len() - 1]);
        let mut method = None;
        let mut at = 0;
        while let Some(row) = self.rows.get(at) {
            if row.method != method {
                method = row.method;
                if let Some(method) = method {
                    writeln!(f, "{}{}", method.name(), self.remark(method))?;
                }
            }
            let orders = self.rows[at..].iter().take_while(|row| row.claim == Claim::Triple);
            let orders: Vec<&Row> = orders.collect();
            if gathers && !orders.is_empty() {
                at += orders.len();
                for (name, linear_first) in
                    [("orders, L before D", true), ("orders, D before L", false)]
                {
                    let own =
                        orders.iter().copied().filter(|row| row.is_linear_first() == linear_first);
                    if let Some(worst) = Row::worst(own) {
                        worst.line(name, f)?;
                    }
                }
                continue;
            }
            let off = if row.claim == Claim::OffEquilibrium { ", elsewhere" } else { "" };
            row.line(&format!("{}{off}", row.identity()), f)?;
            at += 1;
        }
        for skipped in &self.skipped {
            writeln!(f, "{}\n  not measured: {}", skipped.method.name(), skipped.reason)?;
        }
        Ok(())
    }
}

impl Row {
    fn is_linear_first(&self) -> bool {
        let place = |wanted| self.left.iter().position(|procedure| *procedure == wanted);
        place(Procedure::Linearise) < place(Procedure::Discretise)
    }

    /// The row that fails, or has the largest defect.
    fn worst<'a>(rows: impl Iterator<Item = &'a Self>) -> Option<&'a Self> {
        let size = |row: &Self| (row.verdict == Verdict::Fails, row.defect.one_step());
        rows.max_by(|a, b| {
            let (a, b) = (size(a), size(b));
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
        })
    }

    fn line(&self, name: &str, f: &mut Formatter<'_>) -> fmt::Result {
        let d = &self.defect;
        write!(f, "  {name:22}")?;
        for value in [d.state, d.a, d.b, d.constant, d.output, d.run] {
            write!(f, "{:>8}", defect(value))?;
        }
        // Where nothing is claimed there is no bound.
        let is_claimed = matches!(self.verdict, Verdict::Exact | Verdict::AtEquilibrium)
            || (self.verdict == Verdict::Fails && self.predicted.is_none());
        let bound = if is_claimed { defect(self.bound) } else { "-".to_owned() };
        write!(f, "{bound:>8}  {}", self.verdict.text())?;
        if let (Some(measured), Some(predicted)) = (self.measured, self.predicted) {
            let of = if self.claim == Claim::WrongStep { "state" } else { "A" };
            match self.leading {
                // At this step the leading order is no guide.
                Some(Leading { step, measured: m, predicted: p })
                    if !(0.5 * predicted..2.0 * predicted).contains(&measured) =>
                {
                    let step = number(step);
                    write!(f, " (at the step {step}: {of} {m:.3e}, predicted {p:.3e})")?;
                }
                _ => write!(f, " ({of} {measured:.3e}, predicted {predicted:.3e})")?,
            }
        }
        writeln!(f)
    }
}
