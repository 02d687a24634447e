//! Netlists that a deck can say, with all places 0.

use proptest::prelude::*;

use crate::diag::Span;
use crate::expr::{Binary, Part, Unary};
use crate::netlist::ast::{
    Analysis, Assignment, Branch, Conditional, Control, ControlKind, ControlLaw, Count, Coupling,
    Crossing, Data, DcSweep, Device, Element, ElementKind, Expectation, Family, Frequencies,
    FunctionDefinition, Instance, Instant, Line, Measure, MeasureTask, Model, Netlist, Output,
    OutputKind, Passive, PassiveKind, PolyInput, Quantity, Scope, Source, Spacing, Step,
    StepTarget, Subckt, Sweep, Tolerance, Value, Wanted, Wave,
};
use crate::netlist::expr::{Expr, ExprKind};
use crate::netlist::symbol::{Interner, Symbol};
use crate::wave::{Edge, Measured, Statistic};

/// Names that are nodes and, the first ones, parameters too.
const NAMES: [&str; 13] =
    ["a", "gain", "_p", "x1.y#2", "µ", "e1x", "0", "n+", "a[0]<1>", "1k", "a$b", "x/y!z%", "m1#id"];
const IDENTIFIERS: usize = 6;
/// Element letters: one name for every index follows.
const LETTERS: [char; 19] =
    ['r', 'c', 'l', 'v', 'i', 'e', 'g', 'f', 'h', 'b', 'x', 'd', 'q', 'j', 'm', 's', 'w', 'k', 't'];
const INDICES: usize = 12;
const OPTIONS: [&str; 3] = ["reltol", "gmin", "method"];
const METHODS: [&str; 2] = ["trap", "gear"];
const FUNCTIONS: [&str; 2] = ["fn1", "fn2"];

/// All names, in the order that [`named`] and the other functions assume.
fn interner() -> Interner {
    let mut symbols = Interner::default();
    let numbered =
        LETTERS.iter().flat_map(|letter| (0..INDICES).map(move |k| format!("{letter}{k}")));
    let names = NAMES.iter().map(|&name| name.to_owned()).chain(numbered);
    for name in
        names.chain(OPTIONS.iter().chain(&METHODS).chain(&FUNCTIONS).map(|&name| name.to_owned()))
    {
        symbols.intern(&name);
    }
    symbols
}

fn named(name: &str) -> Symbol {
    interner().get(name).unwrap()
}

fn span() -> Span {
    Span::default()
}

fn node() -> impl Strategy<Value = Symbol> + Clone {
    (0..NAMES.len()).prop_map(|k| Symbol(k as u32))
}

fn inductor() -> impl Strategy<Value = Symbol> + Clone {
    (0..INDICES).prop_map(|k| named(&format!("l{k}")))
}

fn pair() -> impl Strategy<Value = [Symbol; 2]> + Clone {
    [node(), node()]
}

fn number() -> impl Strategy<Value = f64> + Clone {
    prop_oneof![
        any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |x| x.is_finite()),
        -10.0..10.0,
        (-20_i32..20).prop_map(|k| 4.7 * 10_f64.powi(k)),
        (-5_i8..5).prop_map(f64::from),
    ]
}

const UNARY: [Unary; 8] = [
    Unary::Neg,
    Unary::Not,
    Unary::Neg,
    Unary::Abs,
    Unary::Ln,
    Unary::Step,
    Unary::Tanh,
    Unary::Nint,
];

const BINARY: [Binary; 17] = [
    Binary::Add,
    Binary::Sub,
    Binary::Mul,
    Binary::Div,
    Binary::Pow,
    Binary::Pwr,
    Binary::Min,
    Binary::Max,
    Binary::Atan2,
    Binary::Lt,
    Binary::Le,
    Binary::Gt,
    Binary::Ge,
    Binary::Eq,
    Binary::Ne,
    Binary::And,
    Binary::Or,
];

fn of(kind: ExprKind) -> Expr {
    Expr { kind, span: span() }
}

/// Numbers are positive: a sign before one is an operation.
fn expr(law: bool) -> impl Strategy<Value = Expr> + Clone {
    let name = (0..IDENTIFIERS).prop_map(|k| of(ExprKind::Name(Symbol(k as u32))));
    let value = number().prop_map(|x| of(ExprKind::Number(x.abs())));
    let probe = (node(), prop::option::of(node()), any::<bool>()).prop_map(|(a, b, current)| {
        of(if current { ExprKind::Current(a) } else { ExprKind::Voltage(a, b) })
    });
    let parameter = prop_oneof![value, name];
    let leaf =
        if law { prop_oneof![2 => parameter, 1 => probe].boxed() } else { parameter.boxed() };
    leaf.prop_recursive(4, 24, 3, |inner| {
        let inner = inner.prop_map(Box::new);
        prop_oneof![
            (0..UNARY.len(), inner.clone()).prop_map(|(op, x)| of(ExprKind::Unary(UNARY[op], x))),
            inner.clone().prop_map(|x| of(ExprKind::Call(named("fn2"), vec![*x]))),
            (0..BINARY.len(), inner.clone(), inner.clone())
                .prop_map(|(op, a, b)| of(ExprKind::Binary(BINARY[op], a, b))),
            (inner.clone(), inner.clone(), inner)
                .prop_map(|(c, a, b)| of(ExprKind::Select(c, a, b))),
        ]
    })
}

fn value() -> impl Strategy<Value = Value> + Clone {
    prop_oneof![
        3 => number().prop_map(Value::Number),
        1 => expr(false).prop_map(|expr| Value::Expr(Box::new(expr))),
    ]
}

fn values(count: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(value(), count)
}

/// Distinct parameters, up to three.
fn assignments() -> impl Strategy<Value = Vec<Assignment>> {
    prop::collection::vec(value(), 0..3).prop_map(|values| {
        let named = values.into_iter().enumerate();
        named.map(|(k, value)| Assignment { name: Symbol(k as u32), value, span: span() }).collect()
    })
}

fn some_assignments() -> impl Strategy<Value = Vec<Assignment>> {
    (value(), assignments()).prop_map(|(value, list)| match list.is_empty() {
        true => vec![Assignment { name: Symbol(0), value, span: span() }],
        false => list,
    })
}

fn wave() -> impl Strategy<Value = Wave> {
    prop_oneof![
        values(2..=7).prop_map(Wave::Pulse),
        values(2..=6).prop_map(Wave::Sin),
        values(2..=6).prop_map(Wave::Exp),
        values(2..=7).prop_map(Wave::Sffm),
        values(4..=5).prop_map(Wave::Am),
        values(1..=300).prop_map(|values| {
            let points = values.into_iter().enumerate();
            Wave::Pwl(points.flat_map(|(k, v)| [Value::Number(k as f64 * 0.3), v]).collect())
        }),
    ]
}

fn source() -> impl Strategy<Value = Source> {
    let ac = prop::option::of((value(), prop::option::of(value())));
    (prop::option::of(value()), ac, prop::option::of(wave())).prop_map(|(dc, ac, wave)| Source {
        dc,
        ac,
        wave,
    })
}

fn frequencies() -> impl Strategy<Value = Frequencies> {
    let spacing = prop::sample::select(Spacing::ALL.map(|(_, spacing)| spacing).to_vec());
    (spacing, value(), value(), value()).prop_map(|(spacing, points, start, stop)| Frequencies {
        spacing,
        points,
        start,
        stop,
    })
}

fn analysis() -> impl Strategy<Value = Analysis> {
    let sweep = (step_target(), value(), value(), value())
        .prop_map(|(target, start, stop, step)| DcSweep { target, start, stop, step });
    let observed = || {
        let kind = prop_oneof![
            (node(), prop::option::of(node())).prop_map(|(a, b)| OutputKind::Voltage(a, b)),
            node().prop_map(OutputKind::Current),
        ];
        kind.prop_map(|kind| Output { kind, span: span() })
    };
    let wanted = prop::sample::select(vec![Wanted::Poles, Wanted::Zeros, Wanted::Both]);
    let driven = || (observed(), node());
    prop_oneof![
        prop::collection::vec(sweep, 1..3).prop_map(Analysis::Dc),
        frequencies().prop_map(Analysis::Ac),
        (driven(), frequencies()).prop_map(|((output, source), frequencies)| {
            Analysis::Noise { output, source, frequencies }
        }),
        driven().prop_map(|(output, source)| Analysis::Transfer { output, source }),
        (observed(), prop::option::of(frequencies()))
            .prop_map(|(output, frequencies)| Analysis::Sensitivity { output, frequencies }),
        (pair(), pair(), any::<bool>(), wanted).prop_map(|(input, output, is_voltage, wanted)| {
            Analysis::PolesZeros { input, output, is_voltage, wanted }
        }),
    ]
}

const FAMILIES: [(Family, usize); 6] = [
    (Family::Diode, 2),
    (Family::Bipolar, 3),
    (Family::Jfet, 3),
    (Family::Mosfet, 4),
    (Family::VoltageSwitch, 4),
    (Family::CurrentSwitch, 2),
];

/// A device and the number of its letter.
fn device() -> impl Strategy<Value = (usize, ElementKind)> {
    // The model is a name: a fifth word of a bipolar transistor that is a number is
    // its area.
    let model = (0..IDENTIFIERS).prop_map(|k| Symbol(k as u32));
    let nodes = prop::collection::vec(node(), 5);
    let tail = (prop::option::of(value()), prop::option::of(any::<bool>()), values(0..=3));
    (0..FAMILIES.len(), any::<bool>(), nodes, model, tail, assignments()).prop_map(
        |(which, has_substrate, nodes, model, (area, switched, initial), params)| {
            let (family, count) = FAMILIES[which];
            let is_switch = matches!(family, Family::VoltageSwitch | Family::CurrentSwitch);
            let count = count + usize::from(has_substrate && family == Family::Bipolar);
            let device = Device {
                family,
                nodes: nodes[..count].to_vec(),
                control: (family == Family::CurrentSwitch).then_some(nodes[4]),
                model,
                area: area.filter(|_| !is_switch && family != Family::Mosfet),
                switched: switched.filter(|on| is_switch || !on),
                initial: if is_switch { Vec::new() } else { initial },
                params: if is_switch { Vec::new() } else { params },
            };
            (11 + which, ElementKind::Device(Box::new(device)))
        },
    )
}

/// R, C or L with a model or a law, and the number of its letter.
fn passive() -> impl Strategy<Value = (usize, ElementKind)> {
    let kinds = [PassiveKind::Resistor, PassiveKind::Capacitor, PassiveKind::Inductor];
    let model = (0..IDENTIFIERS).prop_map(|k| Symbol(k as u32));
    let law = (any::<prop::sample::Index>(), expr(true));
    let parts = (prop::option::of(value()), model, prop::option::of(law));
    (0..3usize, pair(), parts, prop::option::of(value()), assignments()).prop_map(
        move |(which, nodes, (value, model, law), initial, params)| {
            let kind = kinds[which];
            let law = law.map(|(of, law)| (kind.laws()[of.index(kind.laws().len())], law));
            // A value excludes a law, and one without both has a model.
            let law = law.filter(|_| value.is_none());
            let initial = initial.filter(|_| kind != PassiveKind::Resistor);
            let is_plain = value.is_some() && (initial.is_some() || !params.is_empty());
            let model = (law.is_none() && !is_plain).then_some(model);
            let passive = Passive { kind, nodes, value, model, law, initial, params };
            (which, ElementKind::Passive(Box::new(passive)))
        },
    )
}

/// A line, and the number of its letter.
fn line() -> impl Strategy<Value = (usize, ElementKind)> {
    (pair(), pair(), some_assignments(), values(0..=4)).prop_map(
        |([a, b], [c, d], params, initial)| {
            let line = Line { nodes: [a, b, c, d], params, initial };
            (18, ElementKind::Line(Box::new(line)))
        },
    )
}

/// An element and the number of its letter.
fn kind() -> impl Strategy<Value = (usize, ElementKind)> {
    let quantity = |voltage| if voltage { Quantity::Voltage } else { Quantity::Current };
    let plain = |build: fn([Symbol; 2], Value) -> (usize, ElementKind)| {
        (pair(), value()).prop_map(move |(nodes, value)| build(nodes, value))
    };
    prop_oneof![
        plain(|nodes, value| (0, ElementKind::Resistor { nodes, value })),
        plain(|nodes, value| (1, ElementKind::Capacitor { nodes, value })),
        plain(|nodes, value| (2, ElementKind::Inductor { nodes, value })),
        passive(),
        (any::<bool>(), pair(), source()).prop_map(move |(voltage, nodes, source)| {
            let source = Box::new(source);
            let quantity = quantity(voltage);
            (if voltage { 3 } else { 4 }, ElementKind::Source { quantity, nodes, source })
        }),
        (any::<bool>(), pair(), pair(), value()).prop_map(
            move |(voltage, nodes, control, gain)| {
                let quantity = quantity(voltage);
                let kind = ElementKind::VoltageControlled { quantity, nodes, control, gain };
                (if voltage { 5 } else { 6 }, kind)
            }
        ),
        (any::<bool>(), pair(), node(), value()).prop_map(
            move |(voltage, nodes, control, gain)| {
                let quantity = quantity(voltage);
                let kind = ElementKind::CurrentControlled { quantity, nodes, control, gain };
                (if voltage { 8 } else { 7 }, kind)
            }
        ),
        (any::<bool>(), pair(), expr(true)).prop_map(move |(voltage, nodes, law)| {
            let (quantity, law) = (quantity(voltage), Box::new(law));
            (9, ElementKind::Behavioural { quantity, nodes, law })
        }),
        (any::<bool>(), pair(), expr(true)).prop_map(move |(voltage, nodes, law)| {
            let (quantity, law) = (quantity(voltage), Box::new(law));
            (if voltage { 5 } else { 6 }, ElementKind::Behavioural { quantity, nodes, law })
        }),
        (any::<bool>(), pair(), control_law(true)).prop_map(move |(voltage, nodes, law)| {
            let (quantity, law) = (quantity(voltage), Box::new(law));
            (if voltage { 5 } else { 6 }, ElementKind::Controlled { quantity, nodes, law })
        }),
        (any::<bool>(), pair(), control_law(false)).prop_map(move |(voltage, nodes, law)| {
            let (quantity, law) = (quantity(voltage), Box::new(law));
            (if voltage { 8 } else { 7 }, ElementKind::Controlled { quantity, nodes, law })
        }),
        (prop::collection::vec(node(), 1..5), node(), assignments()).prop_map(
            |(nodes, subckt, params)| {
                (10, ElementKind::Instance(Box::new(Instance { nodes, subckt, params })))
            }
        ),
        (prop::collection::vec(inductor(), 2..5), value()).prop_map(|(inductors, factor)| {
            (17, ElementKind::Coupling(Box::new(Coupling { inductors, factor })))
        }),
        line(),
        device(),
    ]
}

/// What controls a source: of voltages, or of currents.
fn control_law(voltages: bool) -> BoxedStrategy<ControlLaw> {
    let input = (node(), node()).prop_map(move |(a, b)| match voltages {
        true => PolyInput::Voltage(a, b),
        false => PolyInput::Current(a),
    });
    let polynomial = (prop::collection::vec(input, 1..4), values(1..=8))
        .prop_map(|(inputs, coefficients)| ControlLaw::Polynomial { inputs, coefficients });
    if !voltages {
        return polynomial.boxed();
    }
    let points = prop::collection::vec((value(), value()), 1..5);
    prop_oneof![
        polynomial,
        (expr(true), points).prop_map(|(input, points)| ControlLaw::Table { input, points }),
        (expr(true), expr(true))
            .prop_map(|(input, transfer)| ControlLaw::Laplace { input, transfer }),
    ]
    .boxed()
}

fn elements() -> impl Strategy<Value = Vec<Element>> {
    prop::collection::vec(kind(), 0..INDICES).prop_map(|kinds| {
        let element = |(index, (letter, kind)): (usize, (usize, ElementKind))| {
            let name = Symbol((NAMES.len() + letter * INDICES + index) as u32);
            Element { name, kind, span: span() }
        };
        kinds.into_iter().enumerate().map(element).collect()
    })
}

/// Contents, parameters and the number of ports.
type Definition = (Scope, Vec<Assignment>, usize);

fn scope() -> impl Strategy<Value = Scope> {
    let model = prop::option::of(assignments());
    let leaf = (elements(), assignments(), model).prop_map(|(elements, params, given)| {
        let model = |params| Model { name: Symbol(0), kind: Symbol(1), params, span: span() };
        let models = given.into_iter().map(model).collect();
        Scope { elements, params, models, ..Scope::default() }
    });
    // A parameter of the definition must not be defined inside again, so only
    // definitions without own parameters keep theirs.
    leaf.prop_recursive(2, 6, 2, |inner| {
        let subckt = (inner.clone(), assignments(), 0_usize..4);
        (inner, prop::collection::vec(subckt, 0..2)).prop_map(|(mut scope, subckts)| {
            let build = |(index, parts): (usize, Definition)| {
                let (scope, params, ports) = parts;
                let params = if scope.params.is_empty() { params } else { Vec::new() };
                let ports = (0..ports).map(|k| Symbol(k as u32)).collect();
                Subckt { name: Symbol(index as u32), ports, params, scope, span: span() }
            };
            scope.subckts = subckts.into_iter().enumerate().map(build).collect();
            scope
        })
    })
}

/// A scope with functions and a conditional block.
fn rich_scope() -> impl Strategy<Value = Scope> {
    let function = prop::option::of((0_usize..3, expr(true)));
    let branches = (scope(), prop::collection::vec((expr(false), scope()), 1..3), any::<bool>());
    let block = prop::option::of(branches);
    (scope(), function, block).prop_map(|(mut scope, function, block)| {
        scope.functions.extend(function.map(|(count, body)| {
            let arguments = (0..count).map(|k| Symbol(k as u32)).collect();
            FunctionDefinition { name: named("fn1"), arguments, body, span: span() }
        }));
        scope.conditionals.extend(block.map(|(last, branches, otherwise)| {
            let branch =
                |(condition, scope)| Branch { condition: Some(condition), scope, span: span() };
            let mut branches: Vec<Branch> = branches.into_iter().map(branch).collect();
            if otherwise {
                branches.push(Branch { condition: None, scope: last, span: span() });
            }
            Conditional { branches, span: span() }
        }));
        scope
    })
}

fn node_values() -> impl Strategy<Value = Vec<(Symbol, Value, Span)>> {
    prop::collection::vec((node(), value()).prop_map(|(n, v)| (n, v, span())), 1..4)
}

fn output() -> impl Strategy<Value = Output> {
    let kind = prop_oneof![
        Just(OutputKind::All),
        node().prop_map(OutputKind::Current),
        formula()
            .prop_filter("more than a quantity", |expr| !matches!(
                expr.kind,
                ExprKind::Voltage(..) | ExprKind::Current(_)
            ))
            .prop_map(|expr| OutputKind::Expression(Box::new(expr))),
        (node(), prop::option::of(node())).prop_map(|(a, b)| OutputKind::Voltage(a, b)),
    ];
    kind.prop_map(|kind| Output { kind, span: span() })
}

fn option() -> impl Strategy<Value = (Symbol, Option<Value>, Span)> {
    prop_oneof![
        (0..2_usize, value()).prop_map(|(k, value)| (named(OPTIONS[k]), Some(value), span())),
        (0..2_usize).prop_map(|k| {
            let method = of(ExprKind::Name(named(METHODS[k])));
            (named("method"), Some(Value::Expr(Box::new(method))), span())
        }),
    ]
}

/// A formula of outputs; parts of complex numbers stand outside.
fn formula() -> impl Strategy<Value = Expr> + Clone {
    (expr(true), prop::option::of(0..Part::ALL.len())).prop_map(|(inner, part)| match part {
        Some(part) => of(ExprKind::Part(Part::ALL[part], Box::new(inner))),
        None => inner,
    })
}

fn instant() -> impl Strategy<Value = Instant> {
    let count = prop_oneof![Just(Count::Last), value().prop_map(Count::Nth)];
    let edge = prop_oneof![Just(Edge::Rise), Just(Edge::Fall), Just(Edge::Any)];
    prop_oneof![
        value().prop_map(Instant::At),
        (formula(), formula(), edge, count, prop::option::of(value())).prop_map(
            |(left, right, edge, count, after)| {
                Instant::Crossing(Box::new(Crossing { left, right, edge, count, after }))
            }
        ),
    ]
}

fn measure() -> impl Strategy<Value = Measure> {
    let window = (0..Statistic::ALL.len(), formula(), [(); 2].map(|()| prop::option::of(value())));
    let task = prop_oneof![
        (instant(), instant()).prop_map(|(trigger, target)| MeasureTask::Delay { trigger, target }),
        (formula(), instant()).prop_map(|(what, at)| MeasureTask::Find { what, at }),
        (formula(), instant()).prop_map(|(what, at)| MeasureTask::Derivative { what, at }),
        instant()
            .prop_filter("a crossing", |at| matches!(at, Instant::Crossing(_)))
            .prop_map(MeasureTask::When),
        window.prop_map(|(statistic, what, [from, to])| {
            let statistic = Statistic::ALL[statistic];
            MeasureTask::Window { statistic, what, from, to }
        }),
        formula().prop_map(MeasureTask::Parameter),
    ];
    let analysis = prop::option::of((0..Measured::ALL.len()).prop_map(|k| Measured::ALL[k]));
    (0..IDENTIFIERS, analysis, task).prop_map(|(name, analysis, task)| Measure {
        name: Symbol(name as u32),
        analysis,
        task,
    })
}

/// Expectations are read after all cards, so they come last.
fn expectation() -> impl Strategy<Value = Control> {
    let tolerance = prop_oneof![
        (0.0..100.0).prop_map(Tolerance::Percent),
        value().prop_map(Tolerance::Absolute)
    ];
    (0..IDENTIFIERS, value(), tolerance).prop_map(|(name, value, tolerance)| {
        let name = Symbol(name as u32);
        let expected = Expectation { name, value, tolerance, span: span() };
        Control { kind: ControlKind::Expect(Box::new(expected)), span: span() }
    })
}

fn condition() -> impl Strategy<Value = Control> {
    formula().prop_map(|condition| Control {
        kind: ControlKind::Until(Box::new(condition)),
        span: span(),
    })
}

fn step_target() -> impl Strategy<Value = StepTarget> {
    prop_oneof![
        (0..IDENTIFIERS).prop_map(|k| StepTarget::Parameter(Symbol(k as u32))),
        Just(StepTarget::Element(named("v1"))),
        Just(StepTarget::Temperature),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let target = step_target();
    let three = || [value(), value(), value()];
    let sweep = prop_oneof![
        three().prop_map(Sweep::Linear),
        three().prop_map(Sweep::Decade),
        three().prop_map(Sweep::Octave),
        values(1..=4).prop_map(Sweep::List),
    ];
    let table = Step { target: StepTarget::Data(Symbol(0)), sweep: Sweep::List(Vec::new()) };
    prop_oneof![
        4 => (target, sweep).prop_map(|(target, sweep)| Step { target, sweep }),
        1 => Just(table)
    ]
}

fn control() -> impl Strategy<Value = Control> {
    let optional = || prop::option::of(value());
    let tran = (value(), value(), optional(), optional(), any::<bool>());
    let kind = prop_oneof![
        Just(ControlKind::Op),
        tran.prop_map(|(step, stop, start, max_step, uic)| {
            // The largest step comes after a start.
            let max_step = if start.is_some() { max_step } else { None };
            ControlKind::Tran { step, stop, start, max_step, uic }
        }),
        analysis().prop_map(|analysis| ControlKind::Analysis(Box::new(analysis))),
        prop::collection::vec(output(), 1..4).prop_map(ControlKind::Save),
        node_values().prop_map(ControlKind::Ic),
        node_values().prop_map(ControlKind::NodeSet),
        measure().prop_map(|measure| ControlKind::Measure(Box::new(measure))),
        step().prop_map(|step| ControlKind::Step(Box::new(step))),
        values(4..=4).prop_map(|values| {
            let columns = vec![Symbol(0), Symbol(1)];
            ControlKind::Data(Box::new(Data { name: Symbol(0), columns, values }))
        }),
        (value(), prop::collection::vec(output(), 1..3))
            .prop_map(|(frequency, outputs)| ControlKind::Four { frequency, outputs }),
        prop::collection::vec(option(), 1..4).prop_map(ControlKind::Options),
    ];
    kind.prop_map(|kind| Control { kind, span: span() })
}

pub(super) fn netlist() -> impl Strategy<Value = Netlist> {
    let title = "([A-Za-zµ(.*+][ -~]{0,20}[a-z])?";
    let expected = prop::collection::vec(prop_oneof![expectation(), condition()], 0..3);
    let globals = prop::collection::vec(node(), 0..2);
    (title, rich_scope(), prop::collection::vec(control(), 1..5), expected, globals).prop_map(
        |(title, mut scope, mut controls, expected, mut globals)| {
            controls.extend(expected);
            globals.dedup();
            // Calls need a definition.
            let body = of(ExprKind::Number(1.0));
            let arguments = vec![Symbol(0)];
            let function = FunctionDefinition { name: named("fn2"), arguments, body, span: span() };
            scope.functions.push(function);
            Netlist { title, symbols: interner(), scope, controls, globals }
        },
    )
}
