//! `.step`, `.temp` and `.data`: one deck as several.

use std::borrow::Cow;

use crate::{
    diag::{Diagnostic, Span, has_errors},
    elaborate::{
        self,
        scope::{self, Env},
    },
    netlist::{
        Netlist,
        ast::{
            Assignment, Control, ControlKind, Data, ElementKind, Step, StepTarget, Sweep, Value,
        },
        symbol::Symbol,
    },
};

/// Times that a deck may be carried out.
const MOST: usize = 100_000;
/// Beyond its last value a sweep goes by this fraction of an increment, for rounding.
const SLACK: f64 = 1e-9;

/// What a step sets.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// The parameter, the element, or `temp`.
    pub name: String,
    /// Its value.
    pub value: f64,
    target: StepTarget,
}

/// The steps of a deck, in the order in which they are carried out: the first card
/// varies fastest.
#[derive(Clone, Debug, PartialEq)]
pub struct Steps {
    /// What every step sets; one step that sets nothing where the deck has none.
    pub points: Vec<Vec<Setting>>,
}

impl Steps {
    /// The deck of one step.
    ///
    /// # Panics
    ///
    /// If there is no such step, or `netlist` is not that of [`steps`].
    #[must_use]
    pub fn netlist(&self, netlist: &Netlist, step: usize) -> Netlist {
        let mut result = netlist.clone();
        for Setting { value, target, .. } in &self.points[step] {
            set(&mut result, *target, *value);
        }
        result
    }
}

/// Gives `target` a value.
pub(super) fn set(netlist: &mut Netlist, target: StepTarget, value: f64) {
    match target {
        StepTarget::Parameter(name) => {
            for param in &mut netlist.scope.params {
                if param.name == name {
                    param.value = Value::Number(value);
                }
            }
        }
        StepTarget::Element(name) => {
            for element in &mut netlist.scope.elements {
                if element.name == name
                    && let Some(place) = place(&mut element.kind)
                {
                    *place = Value::Number(value);
                }
            }
        }
        StepTarget::Temperature => {
            netlist.controls.retain(|control| !is_temperature(control));
            let sweep = Sweep::List(vec![Value::Number(value)]);
            let step = Step { target: StepTarget::Temperature, sweep };
            let kind = ControlKind::Step(Box::new(step));
            netlist.controls.push(Control { kind, span: Span::default() });
        }
        StepTarget::Data(_) => {}
    }
}

/// True where `target` is something that can be set; a fault at `span` elsewhere.
pub(super) fn can_set(
    netlist: &Netlist,
    env: &Env<'_>,
    (target, span): (StepTarget, Span),
    faults: &mut Vec<Diagnostic>,
) -> bool {
    Plan { netlist, env, span }.exists(target, faults)
}

fn is_temperature(control: &Control) -> bool {
    matches!(&control.kind, ControlKind::Step(step) if step.target == StepTarget::Temperature)
}

/// The value of an element that a step may set.
fn place(kind: &mut ElementKind) -> Option<&mut Value> {
    match kind {
        ElementKind::Resistor { value, .. }
        | ElementKind::Capacitor { value, .. }
        | ElementKind::Inductor { value, .. }
        | ElementKind::VoltageControlled { gain: value, .. }
        | ElementKind::CurrentControlled { gain: value, .. } => Some(value),
        ElementKind::Source { source, .. } if source.wave.is_none() => {
            Some(source.dc.get_or_insert(Value::Number(0.0)))
        }
        ElementKind::Passive(passive) => passive.value.as_mut(),
        _ => None,
    }
}

/// The steps that the cards of `netlist` ask for.
///
/// # Errors
///
/// Targets that do not exist and sweeps that never end.
pub fn steps(netlist: &Netlist) -> Result<Steps, Vec<Diagnostic>> {
    let netlist = &*with_stepped_parameters(netlist);
    let mut faults = Vec::new();
    // Its own faults are those of the deck and are reported there.
    let env = Env::top(netlist, &mut Vec::new());
    let mut points = vec![Vec::new()];
    for control in &netlist.controls {
        let ControlKind::Step(step) = &control.kind else { continue };
        let plan = Plan { netlist, env: &env, span: control.span };
        let values = plan.settings(step, &mut faults);
        if points.len().saturating_mul(values.len()) > MOST {
            let message = format!("the deck asks for more than {MOST} steps");
            faults.push(Diagnostic::error(control.span, message));
            break;
        }
        if values.len() == 1 && step.target == StepTarget::Temperature {
            continue;
        }
        // Later cards vary slower.
        points = values
            .iter()
            .flat_map(|setting| {
                points.iter().map(move |point: &Vec<Setting>| [point.as_slice(), setting].concat())
            })
            .collect();
    }
    if has_errors(&faults) { Err(faults) } else { Ok(Steps { points }) }
}

/// The netlist in which parameters that steps set, and that nobody defines, have their
/// first value, so that it means something without steps too.
pub(super) fn with_stepped_parameters(netlist: &Netlist) -> Cow<'_, Netlist> {
    let mut missing: Vec<Assignment> = Vec::new();
    for control in &netlist.controls {
        let span = control.span;
        let mut add = |name: Symbol, value: Option<&Value>| {
            let known = |params: &[Assignment]| params.iter().any(|param| param.name == name);
            let is_known = known(&netlist.scope.params) || known(&missing);
            if let (false, Some(value)) = (is_known, value) {
                missing.push(Assignment { name, value: value.clone(), span });
            }
        };
        match &control.kind {
            ControlKind::Step(step) => {
                if let StepTarget::Parameter(name) = step.target {
                    add(name, step.sweep.first());
                }
            }
            ControlKind::Data(data) => {
                for (at, name) in data.columns.iter().enumerate() {
                    add(*name, data.values.get(at));
                }
            }
            _ => {}
        }
    }
    if missing.is_empty() {
        return Cow::Borrowed(netlist);
    }
    // One that no card asks for is a mistake, and stays undefined.
    let mut faults = Vec::new();
    elaborate::parts(netlist, &mut faults);
    missing.retain(|param| {
        let message = scope::undefined(netlist.symbols.name(param.name));
        faults.iter().any(|fault| fault.message == message)
    });
    let mut defined = netlist.clone();
    defined.scope.params.extend(missing);
    Cow::Owned(defined)
}

struct Plan<'p> {
    netlist: &'p Netlist,
    env: &'p Env<'p>,
    span: Span,
}

impl Plan<'_> {
    /// What each value of a card sets; one empty setting after a fault.
    fn settings(&self, step: &Step, faults: &mut Vec<Diagnostic>) -> Vec<Vec<Setting>> {
        if let StepTarget::Data(name) = step.target {
            return self.rows(name, faults);
        }
        if !self.exists(step.target, faults) {
            return vec![Vec::new()];
        }
        let values = self.values(&step.sweep, faults);
        let name = self.name(step.target);
        let setting = |value: f64| vec![Setting { name: name.clone(), value, target: step.target }];
        values.into_iter().map(setting).collect()
    }

    fn name(&self, target: StepTarget) -> String {
        match target {
            StepTarget::Parameter(name) | StepTarget::Element(name) | StepTarget::Data(name) => {
                self.netlist.symbols.name(name).to_owned()
            }
            StepTarget::Temperature => "temp".to_owned(),
        }
    }

    /// True where there is something to set; a fault elsewhere.
    fn exists(&self, target: StepTarget, faults: &mut Vec<Diagnostic>) -> bool {
        let scope = &self.netlist.scope;
        let name = self.name(target);
        let (message, hint) = match target {
            StepTarget::Parameter(wanted) => {
                if scope.params.iter().any(|param| param.name == wanted) {
                    return true;
                }
                let hint = format!("add `.param {name}=...`");
                (format!("the deck has no parameter `{name}`"), hint)
            }
            StepTarget::Element(wanted) => {
                let found = scope.elements.iter().find(|element| element.name == wanted);
                let Some(found) = found else {
                    let param = scope.params.iter().any(|param| param.name == wanted);
                    let hint = match param {
                        true => format!("write `.step param {name} ...`"),
                        false => {
                            "check the spelling; only elements of the top level can be stepped"
                                .to_owned()
                        }
                    };
                    let fault =
                        Diagnostic::error(self.span, format!("there is no element `{name}`"));
                    faults.push(fault.with_hint(hint));
                    return false;
                };
                if place(&mut found.kind.clone()).is_some() {
                    return true;
                }
                let hint = "put a parameter into its card and step that".to_owned();
                (format!("`{name}` has no single value to step"), hint)
            }
            StepTarget::Temperature | StepTarget::Data(_) => return true,
        };
        faults.push(Diagnostic::error(self.span, message).with_hint(hint));
        false
    }

    /// The rows of a table.
    fn rows(&self, name: Symbol, faults: &mut Vec<Diagnostic>) -> Vec<Vec<Setting>> {
        let mut tables = self.netlist.controls.iter().filter_map(|control| match &control.kind {
            ControlKind::Data(data) if data.name == name => Some((&**data, control.span)),
            _ => None,
        });
        let Some((Data { columns, values, .. }, span)) = tables.next_back() else {
            let name = self.netlist.symbols.name(name);
            let fault = Diagnostic::error(self.span, format!("there is no table `{name}`"));
            faults.push(fault.with_hint(format!("add `.data {name} parameters... values...`")));
            return vec![Vec::new()];
        };
        let targets: Vec<StepTarget> = columns.iter().map(|&c| StepTarget::Parameter(c)).collect();
        let own = Plan { span, ..*self };
        if !targets.iter().all(|&target| own.exists(target, faults)) {
            return vec![Vec::new()];
        }
        let rows = values.chunks_exact(columns.len()).map(|row| {
            let cells = row.iter().zip(&targets);
            cells
                .map(|(value, &target)| Setting {
                    name: self.name(target),
                    value: self.env.value(value, span, faults),
                    target,
                })
                .collect()
        });
        rows.collect()
    }

    fn values(&self, sweep: &Sweep, faults: &mut Vec<Diagnostic>) -> Vec<f64> {
        let mut value = |value: &Value| self.env.value(value, self.span, faults);
        let (three, ratio) = match sweep {
            Sweep::List(values) => return values.iter().map(value).collect(),
            Sweep::Linear(three) => (three, None),
            Sweep::Decade(three) => (three, Some(10.0_f64)),
            Sweep::Octave(three) => (three, Some(2.0)),
        };
        let [start, stop, third] = [0, 1, 2].map(|at| value(&three[at]));
        let (count, message) = match ratio {
            None => (
                ((stop - start) / third + SLACK).floor(),
                "the increment of a sweep must lead from its first to its last value",
            ),
            Some(ratio) if start > 0.0 && stop > 0.0 && third >= 1.0 => (
                ((stop / start).ln() / ratio.ln() * third + SLACK).floor(),
                "the last value of a logarithmic sweep must lie above its first",
            ),
            Some(_) => (
                f64::NAN,
                "a logarithmic sweep needs positive values and at least one point an interval",
            ),
        };
        if !(count >= 0.0) {
            faults.push(Diagnostic::error(self.span, message));
            return vec![start];
        }
        if count >= MOST as f64 {
            let message = format!("the sweep has more than {MOST} values");
            faults.push(Diagnostic::error(self.span, message));
            return vec![start];
        }
        let at = |k: usize| match ratio {
            None => start + k as f64 * third,
            Some(ratio) => start * ratio.powf(k as f64 / third),
        };
        (0..=count as usize).map(at).collect()
    }
}
