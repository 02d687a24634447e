//! The report as text.

use std::fmt::{self, Display, Formatter};

use super::{Claim, Commutation, Procedure, Row, Verdict};
use crate::{transform::Method, units::count};

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

/// `0` or three digits.
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
            self.factor, self.step, self.rescaled_step
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
            self.wrong_step
        )?;
        self.table(f)?;
        writeln!(
            f,
            "\nDefects are relative to the largest value of their kind. Products act from the right. A, B, const.,\n\
             output: of one step; state: the largest at points near the trajectory; run: of two runs of so many steps.\n\
             Predicted: of D*, |d*/a - d| |F| for explicit Euler and the like for others; of L elsewhere, kappa d^2 |(dJ/dx) F|."
        )
    }
}

/// The columns of the table but the first and the last.
const HEADS: [&str; 9] = ["state", "A", "B", "const.", "output", "bound", "run", "bound", "steps"];

impl Commutation {
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
                writeln!(f, "{}", method.map_or("", Method::name))?;
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
        for value in [d.state, d.a, d.b, d.constant, d.output] {
            write!(f, "{:>8}", defect(value))?;
        }
        // Where nothing is claimed there is no bound.
        let is_claimed = matches!(self.verdict, Verdict::Exact | Verdict::AtEquilibrium)
            || (self.verdict == Verdict::Fails && self.predicted.is_none());
        let bound = |value: f64| if is_claimed { defect(value) } else { String::new() };
        write!(f, "{:>8}{:>8}{:>8}", bound(self.bound), defect(d.run), bound(self.run_bound))?;
        write!(f, "{:>8}  {}", d.steps, self.verdict.text())?;
        if let (Some(measured), Some(predicted)) = (self.measured, self.predicted) {
            let of = if self.claim == Claim::WrongStep { "state" } else { "A" };
            write!(f, ": {of} {measured:.4e}, predicted {predicted:.4e}")?;
        }
        writeln!(f)
    }
}
