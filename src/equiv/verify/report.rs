//! The report as text.

use std::fmt::{self, Display, Formatter, Write};

use crate::{
    equiv::{
        Against, EquivalenceReport, Path,
        properties::{Judgement, summary},
    },
    task::Verdict,
    units::count,
};

/// Trials listed at most.
const LISTED: usize = 24;

impl Display for EquivalenceReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.headline())?;
        self.facts(f)?;
        if let Some(measured) = &self.measured {
            measured.text(f)?;
        }
        self.structure(f)?;
        self.built(f)?;
        self.linear(f)?;
        self.trajectory(f)?;
        if let Some(bound) = &self.bound {
            write!(f, "{bound}")?;
        }
        self.task(f)?;
        self.trials(f)
    }
}

impl EquivalenceReport {
    /// The verdict in one line.
    #[must_use]
    pub fn headline(&self) -> String {
        let verdict = match (self.equivalent, self.circuit.clockwork) {
            (true, None) if self.measured.is_some() => {
                "EQUIVALENT within the mismatch of its sigma: the circuit is the continuous network"
            }
            (true, None) => "EQUIVALENT: the circuit is the continuous network",
            (false, None) => "NOT EQUIVALENT: the circuit is not the continuous network",
            (true, Some(_)) => "EQUIVALENT: the circuit is the discrete network, step for step",
            (false, Some(_)) => "NOT EQUIVALENT: the circuit is not the discrete network",
        };
        let task = match self.task_preserved {
            None => "",
            Some(true) => ", and it decides as the trained discrete network does",
            Some(false) => {
                ", but it does not decide everything as the trained discrete network does"
            }
        };
        let joined = if !self.equivalent && self.task_preserved == Some(false) {
            task.replace(", but", ", and")
        } else {
            task.to_owned()
        };
        format!("{verdict}{joined}")
    }

    fn facts(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let n = &self.network;
        let trained =
            n.trained_step.map_or_else(String::new, |d| format!(", trained with step {d}"));
        writeln!(
            f,
            "network     {}, {}, {}; sigma = {}, form {:?}{trained}",
            count(n.units, "unit"),
            count(n.inputs, "input"),
            count(n.outputs, "output"),
            n.activation,
            n.form
        )?;
        let c = &self.circuit;
        writeln!(f, "circuit     {}", c.title.trim_start_matches(['*', ' ']))?;
        writeln!(
            f,
            "            {}, {}, {}",
            count(c.elements, "element"),
            count(c.nodes, "node"),
            count(c.states, "state")
        )?;
        let s = &self.scales;
        writeln!(
            f,
            "scales      1 unit of state = {} V, of input = {} V, of output = {} V, of time = {} s",
            s.state_volts, s.input_volts, s.output_volts, s.time_unit
        )?;
        if let Some(clock) = &c.clockwork {
            writeln!(
                f,
                "clock       one step a period of {} s; settles to {:.0e}, loses {:.0e} a period",
                clock.period, clock.settling, clock.droop
            )?;
        }
        let Some(clock) = &self.clock else { return Ok(()) };
        writeln!(f, "clock       the deck says 1 unit of time = {} s", clock.deck)?;
        writeln!(f, "            the decay of the states says {:.9e} s", clock.by_leaks)?;
        match (clock.by_trajectories, &clock.trial) {
            (Some(unit), Some(trial)) => {
                writeln!(f, "            the trajectories of `{trial}` say {unit:.9e} s")
            }
            _ => writeln!(f, "            no trajectory says anything about it"),
        }
    }

    fn structure(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let s = &self.structural;
        if let Some(obstacle) = &s.obstacle {
            return writeln!(f, "structure   FAILS: {obstacle}");
        }
        let Some(comparison) = &s.comparison else { return Ok(()) };
        writeln!(
            f,
            "structure   {}: coefficients differ by at most {:.1e} (tolerance {:.0e}), sigma by {:.1e}",
            mark(s.holds),
            comparison.max_relative,
            s.tolerance,
            comparison.sigma_error
        )?;
        if let Some(found) = comparison.circuit_activation
            && found != comparison.activation
        {
            writeln!(
                f,
                "            sigma is {found} in the circuit, {} in the network",
                comparison.activation
            )?;
        }
        if comparison.differing > 0 {
            let verb = if comparison.differing == 1 { "differs" } else { "differ" };
            let number = count(comparison.differing, "coefficient");
            writeln!(f, "            {number} {verb} by more:")?;
        }
        for blame in &s.blame {
            writeln!(f, "            - {}", blame.message)?;
        }
        Ok(())
    }

    /// What the circuit needs to be built; what fails is no difference to the network.
    fn built(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "properties  {}", summary(&self.properties))?;
        let failing = self.properties.iter().filter(|p| p.verdict == Judgement::Fails);
        failing.take(LISTED).try_for_each(|p| writeln!(f, "            - {}", p.fault()))
    }

    fn linear(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Some(l) = &self.linear else { return Ok(()) };
        let number = count(l.points.len(), "point");
        writeln!(
            f,
            "linear      {}: at {number} at rest eigenvalues, transfer functions and the points themselves differ by at most {:.1e} (tolerance {:.0e})",
            mark(l.holds),
            l.max_relative,
            l.tolerance
        )?;
        if l.singular > 0 {
            let (number, verb) =
                (count(l.singular, "point"), if l.singular == 1 { "is" } else { "are" });
            writeln!(f, "            {number} {verb} nearly singular and left out")?;
        }
        if l.holds {
            return Ok(());
        }
        for p in &l.points {
            writeln!(
                f,
                "            - {}: point {:.1e}, eigenvalues {:.1e}, transfer {:.1e}{}",
                p.reached,
                p.distance,
                p.eigenvalues,
                p.transfer,
                p.poles.map_or_else(String::new, |poles| format!(", poles {poles:.1e}"))
            )?;
        }
        Ok(())
    }

    fn trajectory(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Some(t) = &self.trajectory else {
            return writeln!(f, "trajectory  not compared");
        };
        if let Some(one_step) = t.one_step_max {
            let by = match self.path {
                Path::Reduced => "each phase of the clock solved exactly".to_owned(),
                Path::Mna => format!("nodal analysis at reltol {:.0e}", self.reltol),
            };
            writeln!(
                f,
                "steps       {}: one step from a state of the network is off by at most {one_step:.1e} (tolerance {:.0e})",
                mark(t.holds),
                t.tolerance
            )?;
            return writeln!(
                f,
                "            left to itself by at most {:.1e} at a full scale of {:.3}, rms {:.1e}; {by}",
                t.max_abs, t.full_scale, t.rms
            );
        }
        writeln!(
            f,
            "trajectory  {}: largest difference {:.1e} at a full scale of {:.3} (tolerance {:.0e} of it), rms {:.1e}",
            mark(t.holds),
            t.max_abs,
            t.full_scale,
            t.tolerance,
            t.rms
        )?;
        let path = match self.path {
            Path::Reduced => "normal form",
            Path::Mna => "nodal analysis",
        };
        writeln!(
            f,
            "            circuit by its {path} at reltol {:.0e} ({} steps), network by an independent DOP853",
            self.reltol, self.counters.accepted
        )?;
        if let Some(measured) = &self.measured {
            measured.explanation(f)?;
        }
        for attempt in self.attempts.iter().take(self.attempts.len().saturating_sub(1)) {
            writeln!(
                f,
                "            at reltol {:.0e} the difference was {:.1e} of full scale",
                attempt.reltol, attempt.relative
            )?;
        }
        if let Some(edge) = t.edge_effect {
            writeln!(
                f,
                "            input edges are {} units wide, for both; true steps would change up to {edge:.1e}",
                self.edge
            )?;
        }
        Ok(())
    }

    fn task(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let d = &self.decisions;
        if d.continuous.is_empty() {
            return writeln!(f, "task        none given: {} stimuli", self.task);
        }
        let mut line = format!("task        {}: right decisions:", self.task);
        for (name, verdicts) in
            [("discrete", &d.discrete), ("continuous", &d.continuous), ("circuit", &d.circuit)]
        {
            if !verdicts.is_empty() {
                let right = verdicts.iter().filter(|v| v.right == Some(true)).count();
                let judged = verdicts.iter().filter(|v| v.right.is_some()).count();
                let _ = write!(line, " {name} {right} of {judged},");
            }
        }
        writeln!(f, "{}", line.trim_end_matches(','))?;
        let clocked = self.circuit.clockwork.is_some();
        if !clocked && self.against == Against::Equation && self.task_preserved == Some(false) {
            writeln!(
                f,
                "            the network was trained in discrete time; run in continuous time it decides otherwise (`--against net` lets this decide, `--as sampled` realises the map)"
            )?;
        }
        Ok(())
    }

    fn trials(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Some(t) = &self.trajectory else { return Ok(()) };
        let name_width = t.trials.iter().map(|c| c.name.chars().count()).max().unwrap_or(5);
        let width = if name_width > 5 { name_width } else { 5 };
        let d = &self.decisions;
        let sides: Vec<(&str, &Vec<Verdict>)> =
            [("discrete", &d.discrete), ("continuous", &d.continuous), ("circuit", &d.circuit)]
                .into_iter()
                .filter(|(_, verdicts)| !verdicts.is_empty())
                .collect();
        let mut heading = format!("\n{:width$}  difference  rms    ", "trial");
        for (name, _) in &sides {
            let _ = write!(heading, "  {name:<13}");
        }
        writeln!(f, "{}", heading.trim_end())?;
        for (at, trial) in t.trials.iter().take(LISTED).enumerate() {
            let mut line =
                format!("{:width$}  {:<10.1e}  {:<7.1e}", trial.name, trial.max_abs, trial.rms);
            for (_, verdicts) in &sides {
                let _ = write!(line, "  {:<13}", verdicts.get(at).map_or("-".to_owned(), decision));
            }
            if trial.resting {
                line.push_str("  at rest");
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        if t.trials.len() > LISTED {
            writeln!(f, "... and {} more", t.trials.len() - LISTED)?;
        }
        Ok(())
    }
}

fn mark(holds: bool) -> &'static str {
    if holds { "agrees" } else { "FAILS" }
}

/// `right +1.02` with the mean of the last window.
fn decision(verdict: &Verdict) -> String {
    let word = match verdict.right {
        Some(true) => "right",
        Some(false) => "WRONG",
        None => "-",
    };
    match verdict.decisions.last() {
        Some(last) => format!("{word} {:+.2}", last.mean),
        None => word.to_owned(),
    }
}
