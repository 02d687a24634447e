//! Devices: their models found, their parameters checked, their laws made.

use crate::{
    circuit::device::{Conditions, Device, Family, Parameter, Values},
    diag::{Diagnostic, Span, nearest},
    elaborate::scope::Env,
    netlist::{
        Netlist,
        ast::{self, Assignment, ControlKind, Model},
        shown,
        symbol::Symbol,
    },
};

/// 0 degrees Celsius, K.
pub(super) const ZERO_CELSIUS: f64 = 273.15;

/// Temperature and conductance that `.temp` and the options of `netlist` ask for.
pub(super) fn conditions(netlist: &Netlist, env: &Env<'_>) -> Conditions {
    // Faults of the card are reported where the card itself is elaborated.
    let mut ignored = Vec::new();
    let temperature = env.temperature() + ZERO_CELSIUS;
    let mut conditions = Conditions { temperature, ..Conditions::default() };
    for control in &netlist.controls {
        let ControlKind::Options(options) = &control.kind else { continue };
        for (name, value, span) in options {
            let target = match netlist.symbols.name(*name) {
                "tnom" => &mut conditions.nominal,
                "gmin" => &mut conditions.gmin,
                _ => continue,
            };
            let Some(value) = value else { continue };
            let number = env.value(value, *span, &mut ignored);
            let is_conductance = netlist.symbols.name(*name) == "gmin";
            *target = if is_conductance { number } else { number + ZERO_CELSIUS };
        }
    }
    conditions
}

/// A device with what its card says about its start.
pub(super) struct Built {
    pub(super) device: Device,
    pub(super) switched: Option<bool>,
    pub(super) initial: Vec<f64>,
}

/// The device of a card; `None` after a fault, which is reported.
pub(super) fn build(
    card: &ast::Device,
    span: Span,
    env: &Env<'_>,
    conditions: Conditions,
    faults: &mut Vec<Diagnostic>,
) -> Option<Built> {
    let before = faults.len();
    let (model, home) = find_model((card.model, kinds(card.family)), span, env, faults)?;
    let symbols = &env.netlist.symbols;
    let (kind, name) = (symbols.name(model.kind), symbols.name(model.name));
    let Some(family) = family(card.family, kind) else {
        let wanted = kinds(card.family);
        let message = format!("the model `{name}` is of type `{kind}`, this card needs {wanted}");
        let fault = Diagnostic::error(span, message);
        faults.push(fault.with_related(model.span, "the model is defined here"));
        return None;
    };
    let mut parameters = Values::new(family.model_table());
    let owner = format!("a model of type `{kind}`");
    read(&model.params, &mut parameters, (&owner, home), faults);
    if parameters.parameter("level").is_some() {
        let level = parameters.number("level");
        if !family.levels().contains(&level) {
            let known: Vec<String> = family.levels().iter().map(f64::to_string).collect();
            let message = format!("level {level} of `{kind}` is not supported");
            let fault = Diagnostic::error(model.span, message);
            faults.push(fault.with_hint(format!("supported: {}", known.join(", "))));
        }
    }
    let mut instance = Values::new(family.card_table());
    if let Some(area) = &card.area
        && let Some(parameter) = instance.parameter("area")
    {
        let value = env.value(area, span, faults);
        give(&mut instance, (parameter, value), span, faults);
    }
    read(&card.params, &mut instance, ("this device", env), faults);
    if card.initial.len() > family.initial_voltages() {
        let message = format!(
            "`ic` has {} values, this device has {}",
            card.initial.len(),
            family.initial_voltages()
        );
        faults.push(Diagnostic::error(span, message));
    }
    let initial = card.initial.iter().map(|v| env.value(v, span, faults)).collect();
    if faults.len() > before {
        return None;
    }
    match Device::new(family, &parameters, &instance, conditions) {
        Ok(device) => Some(Built { device, switched: card.switched, initial }),
        Err(message) => {
            let fault = Diagnostic::error(span, message);
            faults.push(fault.with_related(model.span, "the model is defined here"));
            None
        }
    }
}

/// The model of a card with the scope it is defined in.
pub(super) fn find_model<'e, 'a>(
    (wanted, kinds): (Symbol, &str),
    span: Span,
    env: &'e Env<'a>,
    faults: &mut Vec<Diagnostic>,
) -> Option<(&'a Model, &'e Env<'a>)> {
    if let Some(found) = env.model(wanted) {
        return Some(found);
    }
    let symbols = &env.netlist.symbols;
    let name = &*shown(symbols.name(wanted));
    let fault = Diagnostic::error(span, format!("the model `{name}` is not defined"));
    let known = env.models().map(|model| symbols.name(model.name));
    faults.push(match nearest(name, known) {
        Some(known) => fault.with_hint(format!("did you mean `{known}`?")),
        None => fault.with_hint(format!("add `.model {name} TYPE (...)`, where TYPE is {kinds}")),
    });
    None
}

/// The types that the model of a card may have, in words.
fn kinds(family: ast::Family) -> &'static str {
    match family {
        ast::Family::Diode => "`d`",
        ast::Family::Bipolar => "`npn` or `pnp`",
        ast::Family::Jfet => "`njf` or `pjf`",
        ast::Family::Mosfet => "`nmos` or `pmos`",
        ast::Family::VoltageSwitch => "`sw`",
        ast::Family::CurrentSwitch => "`csw`",
    }
}

fn family(letter: ast::Family, kind: &str) -> Option<Family> {
    Some(match (letter, kind) {
        (ast::Family::Diode, "d") => Family::Diode,
        (ast::Family::Bipolar, "npn") => Family::Npn,
        (ast::Family::Bipolar, "pnp") => Family::Pnp,
        (ast::Family::Mosfet, "nmos") => Family::Nmos,
        (ast::Family::Mosfet, "pmos") => Family::Pmos,
        (ast::Family::Jfet, "njf") => Family::Njf,
        (ast::Family::Jfet, "pjf") => Family::Pjf,
        (ast::Family::VoltageSwitch, "sw") => Family::VoltageSwitch,
        (ast::Family::CurrentSwitch, "csw") => Family::CurrentSwitch,
        _ => return None,
    })
}

/// Reads parameters of `owner`, which are evaluated in `env`.
pub(super) fn read(
    params: &[Assignment],
    values: &mut Values,
    (owner, env): (&str, &Env<'_>),
    faults: &mut Vec<Diagnostic>,
) {
    for param in params {
        let name = env.netlist.symbols.name(param.name);
        let Some(parameter) = values.parameter(alias(name, values.table())) else {
            let fault = Diagnostic::error(param.span, format!("{owner} has no parameter `{name}`"));
            let known = values.table().iter().map(|p| p.name);
            faults.push(match nearest(name, known.clone()) {
                Some(known) => fault.with_hint(format!("did you mean `{known}`?")),
                None => {
                    fault.with_hint(format!("known are {}", known.collect::<Vec<_>>().join(" ")))
                }
            });
            continue;
        };
        if values.has(parameter.name) {
            let message = format!("`{name}` is given twice");
            faults.push(Diagnostic::error(param.span, message));
            continue;
        }
        let value = env.value(&param.value, param.span, faults);
        give(values, (parameter, value), param.span, faults);
    }
}

fn give(
    values: &mut Values,
    (parameter, value): (&'static Parameter, f64),
    span: Span,
    faults: &mut Vec<Diagnostic>,
) {
    if let Some(rule) = parameter.range.fault(value) {
        let unit = if parameter.unit.is_empty() { "" } else { " " };
        let message = format!("`{}` is {value}{unit}{}, {rule}", parameter.name, parameter.unit);
        faults.push(Diagnostic::error(span, message));
        return;
    }
    values.give(parameter, value);
}

/// Other names of parameters.
const ALIASES: [(&str, &str); 21] = [
    ("cj0", "cjo"),
    ("cj", "cjo"),
    ("pb", "vj"),
    ("mj", "m"),
    ("vb", "bv"),
    ("js", "is"),
    ("pe", "vje"),
    ("me", "mje"),
    ("pc", "vjc"),
    ("mc", "mjc"),
    ("ps", "vjs"),
    ("ms", "mjs"),
    ("ccs", "cjs"),
    ("va", "vaf"),
    ("vb", "var"),
    ("ik", "ikf"),
    ("vto", "vt0"),
    ("res", "r"),
    ("zo", "z0"),
    ("l", "defl"),
    ("w", "defw"),
];

/// The name in `table` of what a card calls `name`.
fn alias<'n>(name: &'n str, table: &[Parameter]) -> &'n str {
    let known = |name: &str| table.iter().any(|p| p.name == name);
    if known(name) {
        return name;
    }
    let other = ALIASES.iter().find_map(|&(a, b)| match () {
        () if a == name && known(b) => Some(b),
        () if b == name && known(a) => Some(a),
        () => None,
    });
    other.unwrap_or(name)
}
