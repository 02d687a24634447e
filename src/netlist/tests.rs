//! Laws of the parser and the printer over all netlists.

mod generate;
mod normal;

use proptest::prelude::*;

use super::*;
use crate::diag::{NoSources, SourceMap, Sources, has_errors, render};

use normal::{normal, normal_in};

/// Decks of every card, to be mutilated.
const DECKS: [&str; 4] = [
    include_str!("../../tests/ui/ok/elements.cir"),
    include_str!("../../tests/ui/ok/subckts.cir"),
    include_str!("../../tests/ui/ok/controls.cir"),
    include_str!("../../tests/ui/ok/expressions.cir"),
];

/// Every file is the same.
struct Always(&'static str);

impl Sources for Always {
    fn read(&self, _name: &str, _from: &str) -> Result<Vec<u8>, String> {
        Ok(self.0.as_bytes().to_vec())
    }
}

/// Every place lies in its file, between characters, and can be shown.
fn assert_places(parsed: &Parsed) {
    let inside = |span: crate::diag::Span| {
        let file = parsed.map.file(span).unwrap();
        let (text, bytes) = (&file.text, file.bytes(span));
        assert!(bytes.start <= bytes.end);
        assert!(bytes.end <= text.len(), "{span:?} of {}", text.len());
        assert!(text.is_char_boundary(bytes.start));
    };
    for fault in &parsed.diagnostics {
        fault.span.into_iter().chain(fault.related.iter().map(|(span, _)| *span)).for_each(inside);
        assert!(!fault.message.is_empty());
    }
    normal::spans(&parsed.netlist).into_iter().for_each(inside);
    let _ = render(&parsed.map, &parsed.diagnostics);
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..Default::default() }
}

proptest! {
    #![proptest_config(config(1000))]

    #[test]
    fn parse_inverts_print(netlist in generate::netlist()) {
        let text = print(&netlist);
        prop_assert!(text.lines().skip(1).all(|line| line.len() < 2000));
        let parsed = parse("printed", &text, &NoSources);
        let told = render(&parsed.map, &parsed.diagnostics);
        prop_assert!(!has_errors(&parsed.diagnostics), "{told}\n{text}");
        let again = normal_in(&parsed.netlist, netlist.symbols.clone());
        prop_assert_eq!(&again.title, &netlist.title);
        prop_assert_eq!(&again.scope, &netlist.scope, "{}", text);
        prop_assert_eq!(&again.controls, &netlist.controls, "{}", text);
        prop_assert_eq!(&again.globals, &netlist.globals, "{}", text);
    }

    #[test]
    fn any_text_is_read(text in "(?s).{0,200}") {
        assert_places(&parse("any", &text, &Always("R1 a b 1k5\n.inc x\n")));
    }

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        assert_places(&parse("any", &bytes, &NoSources));
    }

    #[test]
    fn any_signs_are_read(
        text in "t\n([RCLVIEFGHBXrb.+*;$ \n\t(){}'\",=:?!<>|&^a0-9km-]|v\\(|\\.subckt |\\.ends\n|tanh\\(|PWL\\(|\n){0,80}"
    ) {
        assert_places(&parse("any", &text, &NoSources));
    }

    /// Cut, doubled and changed decks are told something or mean something.
    #[test]
    fn mutilated_decks_are_read(
        deck in 0..DECKS.len(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..12, "[RV.+*;$ \n(){}'=,?:^0-9ek-]{0,4}"), 1..6),
    ) {
        let mut text: Vec<char> = DECKS[deck].chars().collect();
        for (place, length, replacement) in cuts {
            let start = place.index(text.len() + 1);
            let end = std::cmp::min(start + length, text.len());
            text.splice(start..end, replacement.chars());
        }
        let text: String = text.into_iter().collect();
        let parsed = parse("mutilated", &text, &NoSources);
        assert_places(&parsed);
        // What was understood can be written and is understood again.
        let printed = print(&parsed.netlist);
        let again = parse("printed", &printed, &NoSources);
        if !has_errors(&parsed.diagnostics) {
            prop_assert_eq!(print(&again.netlist), printed);
            let first = normal(&parsed.netlist);
            let second = normal_in(&again.netlist, first.symbols.clone());
            prop_assert_eq!(&second.scope, &first.scope, "{}", text);
        }
    }
}

#[test]
fn parsing_ends_however_files_include_each_other() {
    // Every file includes two more, so that a tree of them would be 2^50.
    struct Tree;
    impl Sources for Tree {
        fn read(&self, name: &str, _from: &str) -> Result<Vec<u8>, String> {
            Ok(format!(".inc {name}0\n.inc {name}1\n").into_bytes())
        }
    }
    let parsed = parse("tree", "t\n.inc f\n", &Tree);
    assert!(has_errors(&parsed.diagnostics));
    let files = parsed.map.files().len();
    assert!((1_000..20_000).contains(&files), "{files} files");
}

/// A deck of a million cards holds a million of them.
#[test]
fn cards_are_small() {
    assert!(size_of::<ast::Element>() <= 56, "{}", size_of::<ast::Element>());
}

#[test]
fn fragments_have_no_title() {
    let parsed = parse_cards("cards", "R1 a b 1k\nR2 b 0 1k\n", &NoSources);
    assert!(parsed.diagnostics.is_empty());
    assert_eq!(parsed.netlist.scope.elements.len(), 2);
    assert!(parse_cards("cards", "", &NoSources).diagnostics.is_empty());
}

#[test]
fn included_files_follow_their_place() {
    let parsed = parse("top", "t\nR1 a b 1\n.inc x\nR3 a b 3\n", &Always("R2 a b 2\n"));
    let names: Vec<_> = parsed
        .netlist
        .scope
        .elements
        .iter()
        .map(|element| parsed.netlist.symbols.name(element.name))
        .collect();
    assert_eq!(names, ["r1", "r2", "r3"]);
}

#[test]
fn places_are_those_of_the_file() {
    let text = "\u{feff}t\r\nR1 a b {2*\r\n* c\r\n+ gain}\r\n";
    let parsed = parse("deck", text, &NoSources);
    let text_of = |map: &SourceMap, span| map.text(span).to_owned();
    let element = &parsed.netlist.scope.elements[0];
    assert_eq!(text_of(&parsed.map, element.span), "R1 a b {2*\r\n* c\r\n+ gain}");
    let ast::ElementKind::Resistor { value: ast::Value::Expr(value), .. } = &element.kind else {
        panic!("{element:?}");
    };
    let expr::ExprKind::Binary(_, _, gain) = &value.kind else { panic!("{value:?}") };
    assert_eq!(text_of(&parsed.map, gain.span), "gain");
}

#[test]
fn elements_are_compact() {
    assert!(size_of::<ast::Element>() <= 80);
    assert!(size_of::<expr::Expr>() <= 48);
}

/// A million characters in one line, and a million lines, in one pass each.
#[test]
fn long_texts_are_read_in_one_pass() {
    let points: Vec<String> = (0..200_000).map(|k| k.to_string()).collect();
    let points = points.join(" 1 ") + " 1";
    let parsed = parse("long", format!("t\nV1 a 0 PWL({points})\n"), &NoSources);
    assert!(parsed.diagnostics.is_empty());
    for text in [
        format!("t\nR1 a b {}\n", "9".repeat(1_000_000)),
        format!("t\nR1 a b {}\n", "(".repeat(1_000_000)),
        format!("t\nB1 a b V={}\n", "-".repeat(1_000_000)),
        format!("t\nB1 a b V={}\n", "a+".repeat(500_000)),
        format!("t\nB1 a b V={}\n", "f(".repeat(500_000)),
        format!("t\nX1 {}\n", "$".repeat(1_000_000)),
        format!("t\nR1 a b 1k{}\n+ 2\n", "\n* c".repeat(300_000)),
        format!("t\n.param {}\n", "a=1 ".repeat(250_000)),
        format!("t\n.subckt s {}\n", "a ".repeat(500_000)),
        format!("t\n{}", ".subckt s a\n".repeat(100_000)),
        format!("t\n{}", ".ends\n".repeat(100_000)),
        format!("t\n{}", "R1 a b 1\n".repeat(100_000)),
        format!("t\nR1 a b 1\n{}+ 2\n", "+\n".repeat(500_000)),
        "t".repeat(1_000_000),
    ] {
        let parsed = parse("long", &text, &NoSources);
        assert!(has_errors(&parsed.diagnostics), "{}", &text[..40]);
        let told = render(&parsed.map, &parsed.diagnostics[..1]);
        assert!(told.len() < 2000, "{} characters for {}", told.len(), &text[..40]);
    }
}

/// The value of a law at v(a) = 0.5, v(b) = -0.5, gain = 2, vt = 25 m.
fn value_of(expr: &expr::Expr, symbols: &symbol::Interner) -> f64 {
    let inner = |expr: &expr::Expr| value_of(expr, symbols);
    let known = |name: symbol::Symbol| match symbols.name(name) {
        "a" => 0.5,
        "b" => -0.5,
        "gain" => 2.0,
        "vt" => 0.025,
        other => panic!("{other}"),
    };
    match &expr.kind {
        expr::ExprKind::Number(value) => *value,
        expr::ExprKind::Name(name) => known(*name),
        expr::ExprKind::Voltage(plus, minus) => known(*plus) - minus.map_or(0.0, known),
        expr::ExprKind::Current(_) | expr::ExprKind::Part(..) | expr::ExprKind::Call(..) => {
            f64::NAN
        }
        expr::ExprKind::Unary(op, x) => op.value(inner(x)),
        expr::ExprKind::Binary(op, a, b) => op.value(inner(a), inner(b)),
        expr::ExprKind::Select(c, a, b) => inner(if inner(c) == 0.0 { b } else { a }),
    }
}

/// ngspice 39 gave these values, to the six digits it prints, for the same
/// laws in behavioural sources.
#[test]
fn laws_have_the_values_of_ngspice() {
    let table = [
        ("1+2*3-4/5", 6.2),
        ("-2^2 + (-2)^2 + 2^(-2) + 2**(3^2)", 512.25),
        ("1 < 2 && 3 >= 4 || !(5 == 6) && 7 != 8", 1.0),
        ("v(a) > 1 ? 1 : (v(b) > 0 ? 2 : 3)", 3.0),
        ("(v(a) ? min(max(v(a), -1), 0.3) : 2)*u(v(a)) + uramp(v(a))", 0.8),
        ("log(2k)+ln(1e3)+4.7u*1meg", 19.20866),
        ("gain*v(a,b) - - 3", 5.0),
        ("2 - (3 - 4) - 5 / (6 / 7) * 8", -43.66667),
        ("pwr(v(b),3)+sgn(v(b))+abs(v(b))+nint(2.5)+floor(v(b))+ceil(v(b))", 0.375),
        ("2*-v(a)", -1.0),
        ("-v(a)*-3", 1.5),
        ("tanh(v(a)/vt)", 1.0),
    ];
    for (text, expected) in table {
        let parsed = parse_cards("law", format!("B1 x 0 V={text}"), &NoSources);
        assert!(parsed.diagnostics.is_empty(), "{text}");
        let ast::ElementKind::Behavioural { law, .. } = &parsed.netlist.scope.elements[0].kind
        else {
            panic!("{text}");
        };
        let value = value_of(law, &parsed.netlist.symbols);
        assert!((value - expected).abs() < 1e-5 * expected.abs(), "{text}: {value}");
    }
}
