//! Switches that move in a transient.

use std::ops::ControlFlow;

use crate::{
    dae::Dae,
    solve::{
        Observe,
        tran::{
            run::{CORNER_STEP, Plan, Run},
            stops::SMALLEST_STEP,
        },
    },
};

impl<S: Dae> Run<'_, S> {
    /// True where a switch crosses its threshold inside the step and not near its
    /// end; the next one is to end there then, just beyond.
    pub(super) fn overshoots(&mut self, plan: &Plan) -> bool {
        let switches = &self.newton.eval.switches;
        if switches.is_empty() {
            return false;
        }
        let [before, after] = &mut self.switchings;
        for (found, x) in [(&mut *before, &self.history.last().x), (&mut *after, &self.x)] {
            found.clear();
            self.system.switching(x, switches, found);
        }
        let mut first = 1.0;
        for (before, after) in before.iter().zip(&*after) {
            let near = self.options.reltol * after.threshold.abs() + self.options.vntol;
            if after.excess > near && before.excess < 0.0 {
                let part = (0.5 * near - before.excess) / (after.excess - before.excess);
                first = if part < first { part } else { first };
            }
        }
        let step = plan.step * if first > 0.01 { first } else { 0.01 };
        if first >= 1.0 || step < self.options.max_step * SMALLEST_STEP * 10.0 {
            return false;
        }
        self.newton.counters.rejected += 1;
        self.resumed.get_or_insert(plan.step);
        self.step = step;
        if let Some(unchecked) = &mut self.unchecked {
            unchecked.step = step;
        }
        true
    }

    /// Moves the switches whose thresholds are crossed; what follows begins there as
    /// at a corner.
    pub(super) fn switch(&mut self, observe: &mut Observe<'_>) -> ControlFlow<()> {
        if !self.newton.switch(self.system, &self.history.last().x) {
            return ControlFlow::Continue(());
        }
        if self.unchecked.take().is_some() {
            let first = self.history.last();
            observe(first.time, &first.x)?;
        }
        self.newton.forget();
        self.history.restart();
        self.switched = true;
        self.step = CORNER_STEP * self.resumed.take().unwrap_or(self.step);
        ControlFlow::Continue(())
    }
}
