//! Folded coefficients against the chain itself, files, and printed equations.

use super::{fold::Scheme, *};
use crate::{
    dae::Time,
    expr::{Notation, Tape, Tree},
    rnn::{Activation, Form},
    transform::tests::network,
};

const STATE: [f64; 4] = [0.3, -0.2, 0.5, 0.1];
const INPUT: [f64; 2] = [0.4, -0.7];

fn origin() -> Origin {
    Origin { name: "four".to_owned(), trained_step: Some(1.0), scales: Scales::default() }
}

fn recipe(form: Form, activation: Activation) -> Recipe {
    Recipe::new(Source::Network(network(form, activation).into()), origin())
}

fn chain(start: Recipe, steps: &[Step]) -> Recipe {
    steps.iter().fold(start, |recipe, step| recipe.then(step.clone()).unwrap())
}

fn rescale(factor: f64) -> Step {
    Step::Rescale { factor }
}

fn scale() -> Step {
    Step::Scale { factors: vec![2.0, 0.5, 3.0, 1.0] }
}

fn linearise() -> Step {
    Step::Linearise { state: vec![0.1, 0.2, -0.3, 0.4], input: vec![0.5, -0.5] }
}

fn discretise(method: Method) -> Step {
    Step::Discretise { method, step: 0.3 }
}

/// The next state, or rate, that folded coefficients and scheme give.
fn by_coefficients(recipe: &Recipe, x: &[f64], u: &[f64]) -> Vec<f64> {
    let folded = recipe.fold().unwrap();
    let flow = Flow::new(folded.lure);
    let mut out = vec![0.0; x.len()];
    match folded.scheme {
        Scheme::Rate | Scheme::Next => flow.evolve(x, u, &mut out).unwrap(),
        Scheme::Formula(method, step) => {
            Discretised::new(&flow, method, step).unwrap().evolve(x, u, &mut out).unwrap();
        }
    }
    out
}

#[test]
fn folded_coefficients_are_the_chain() {
    let mut chains = vec![
        vec![],
        vec![rescale(3.0)],
        vec![scale(), rescale(3.0)],
        vec![linearise()],
        vec![scale(), linearise(), rescale(0.5)],
    ];
    for method in Method::ALL {
        if method != Method::ZeroOrderHold {
            chains.push(vec![discretise(method)]);
            chains.push(vec![rescale(3.0), scale(), discretise(method), rescale(2.0)]);
            chains.push(vec![discretise(method), scale()]);
            chains.push(vec![discretise(method), linearise(), scale()]);
        }
        chains.push(vec![linearise(), discretise(method), rescale(7.0)]);
    }
    for form in [Form::A, Form::B] {
        for activation in [Activation::Tanh, Activation::Softplus, Activation::Linear] {
            for steps in &chains {
                let recipe = chain(recipe(form, activation), steps);
                let mut exact = vec![0.0; 4];
                recipe.system().evolve(&STATE, &INPUT, &mut exact).unwrap();
                let found = by_coefficients(&recipe, &STATE, &INPUT);
                for (exact, found) in exact.iter().zip(&found) {
                    let close = (exact - found).abs() <= 1e-13 * (1.0 + exact.abs());
                    assert!(close, "{form:?} {activation} {steps:?}: {exact} {found}");
                }
                // Outputs too.
                let flow = Flow::new(recipe.fold().unwrap().lure);
                let (mut exact, mut found) = (vec![0.0; 3], vec![0.0; 3]);
                recipe.system().output(&STATE, &INPUT, &mut exact).unwrap();
                flow.output(&STATE, &INPUT, &mut found).unwrap();
                for (exact, found) in exact.iter().zip(&found) {
                    assert!((exact - found).abs() <= 1e-13, "{steps:?}: {exact} {found}");
                }
            }
        }
    }
}

#[test]
fn names_and_units_survive_every_chain() {
    let start = recipe(Form::A, Activation::Tanh);
    let (states, inputs, outputs) =
        (start.system().states(), start.system().inputs(), start.system().outputs());
    for steps in [
        vec![rescale(2.0), scale(), linearise(), discretise(Method::ZeroOrderHold), rescale(0.1)],
        vec![discretise(Method::RungeKutta4), rescale(2.0), linearise(), scale()],
    ] {
        let recipe = chain(start.clone(), &steps);
        assert_eq!(recipe.system().states(), states);
        assert_eq!(recipe.system().inputs(), inputs);
        assert_eq!(recipe.system().outputs(), outputs);
    }
}

#[test]
fn a_chain_has_a_flow_and_a_map() {
    let plain = chain(recipe(Form::A, Activation::Tanh), &[rescale(2.0)]);
    // The map that was trained, in the rescaled time.
    let map = plain.map().unwrap().unwrap();
    assert_eq!(map.time(), Time::Discrete { step: 2.0 });
    let own =
        chain(plain.clone(), &[Step::Discretise { method: Method::ExplicitEuler, step: 2.0 }]);
    let (mut one, mut other) = (vec![0.0; 4], vec![0.0; 4]);
    map.evolve(&STATE, &INPUT, &mut one).unwrap();
    own.system().evolve(&STATE, &INPUT, &mut other).unwrap();
    for (one, other) in one.iter().zip(&other) {
        assert!((one - other).abs() < 1e-15);
    }
    // Without its discretisation it is what it was.
    let flow = own.flow().unwrap();
    flow.evolve(&STATE, &INPUT, &mut one).unwrap();
    plain.system().evolve(&STATE, &INPUT, &mut other).unwrap();
    assert_eq!(one, other);
    assert_eq!(own.time_factor(), 2.0);
    let mut never = origin();
    never.trained_step = None;
    let source = Source::Network(network(Form::A, Activation::Tanh).into());
    assert!(Recipe::new(source, never).map().unwrap().is_none());
}

/// A normal form with laws of several controls, feedthrough and odd numbers.
fn form() -> Recipe {
    let mut parts = network(Form::B, Activation::Tanh).to_lure().parts().clone();
    let tree = Tree::from_postfix("z1 0.1 / tanh 3e-310 + -0.0 max", 1).unwrap();
    parts.phi[2].law = crate::dae::Phi { tape: Tape::new(&tree, 1), tree };
    parts.states[1] = "v(out_1)".to_owned();
    parts.states[2] = "i(l1)".to_owned();
    let scales = Scales { time_unit: 1e-3, ..Scales::default() };
    let origin = Origin { name: "deck.cir".to_owned(), trained_step: None, scales };
    Recipe::new(Source::NormalForm(Arc::new(Lure::new(parts).unwrap())), origin)
}

#[test]
fn a_normal_form_keeps_its_bits_in_a_file() {
    let saved = chain(form(), &[rescale(1.0 / 3.0), scale()]);
    let loaded = Recipe::from_json(saved.to_json().as_bytes()).unwrap();
    assert_eq!(loaded, saved);
    let (mut one, mut other) = (vec![0.0; 4], vec![0.0; 4]);
    saved.system().evolve(&STATE, &INPUT, &mut one).unwrap();
    loaded.system().evolve(&STATE, &INPUT, &mut other).unwrap();
    assert_eq!(one, other);
    assert_eq!(loaded.system().states(), saved.system().states());
    assert_eq!(loaded.to_json(), saved.to_json());
}

#[test]
fn what_is_wrong_with_a_file_is_said_where_it_is() {
    let good = chain(recipe(Form::A, Activation::Tanh), &[rescale(2.0)]).to_json();
    let fault = |from: &str, to: &str| {
        assert!(good.contains(from), "{from} is not in\n{good}");
        Recipe::from_json(good.replacen(from, to, 1).as_bytes()).unwrap_err().to_string()
    };
    assert_eq!(
        fault("analogon system", "analogue system"),
        "`format` is \"analogue system\", expected `analogon system`"
    );
    assert_eq!(
        fault("\"version\": 1", "\"version\": 7"),
        "`version` is 7, this program reads version 1"
    );
    assert_eq!(
        fault("\"factor\": 2.0", "\"factor\": -2.0"),
        "steps[0] (rescale): the factor of time is -2, it must be positive and finite"
    );
    let unknown = fault("\"rescale\"", "\"enlarge\"");
    assert!(unknown.contains("unknown variant `enlarge`, expected one of `rescale`"), "{unknown}");
    assert!(unknown.starts_with("line "), "{unknown}");
    let short = fault("\"b\": [", "\"b\": [1.0, ");
    assert_eq!(short, "source.network: b has shape (5, 1), expected (4, 1)");
    assert_eq!(
        fault("\"leak\": [", "\"leak\": [-1.0, "),
        "source.network: leak has shape (5, 1), expected (4, 1)"
    );
    assert_eq!(
        fault("\"trained_step\": 1.0", "\"trained_step\": 0.0"),
        "trained_step: 0, expected a positive number"
    );
    assert!(fault("\"W\": [\n", "\"W\": [[1.0],\n").starts_with("source.network.W[0]: 1 numbers"));
    assert!(fault("{", "").starts_with("line "));
    assert_eq!(
        Recipe::from_json(b"{}").unwrap_err().to_string(),
        "`format` is missing, expected `analogon system`"
    );
    assert!(Recipe::from_json(&[0xff, 0xfe]).is_err());
}

#[test]
fn a_faulty_normal_form_is_refused_before_it_is_made() {
    let good = form().to_json();
    let fault = |from: &str, to: &str| {
        assert!(good.contains(from), "{from} is not in\n{good}");
        Recipe::from_json(good.replacen(from, to, 1).as_bytes()).unwrap_err().to_string()
    };
    assert_eq!(
        fault("\"law\": \"z1 tanh\"", "\"law\": \"z1 tahn\""),
        "source.normal_form.laws[0] (`u1`): word 2 is `tahn`, expected a number, one of z1 to z1, or an operator"
    );
    let huge = fault("\"controls\": 1,", "\"controls\": 9000000000000000000,");
    assert!(huge.starts_with("source.normal_form.z0: 4 numbers"), "{huge}");
    let outside = fault("[0, 0, ", "[0, 9, ");
    assert_eq!(outside, "source.normal_form.A[0]: row 0, column 9 of a matrix of 4 x 4");
    let twice = fault("[1, 1, ", "[0, 0, ");
    assert_eq!(twice, "source.normal_form.A[1]: row 0, column 0 comes after a later one, or twice");
    let infinite = fault("[0, 0, ", "[0, 0, 1e999], [0, 1, ");
    assert!(infinite.contains("number out of range"), "{infinite}");
}

#[test]
fn equations_as_text() {
    let text = |steps: &[Step]| {
        let start = recipe(Form::A, Activation::Tanh);
        chain(start, steps).equations(Notation::Text, 1000).unwrap()
    };
    let plain = text(&[]);
    assert!(
        plain.starts_with(
            "four: 4 states, 2 inputs, 3 outputs\ncontinuous time t in model units\n\n"
        ),
        "{plain}"
    );
    assert!(plain.contains("\ndh1/dt = -"), "{plain}");
    let map = text(&[rescale(2.0), discretise(Method::ExplicitEuler)]);
    assert!(map.contains("discrete time, one step is 0.3 of s = 2 t, t in model units"), "{map}");
    assert!(map.contains("h1[n+1] = ") && map.contains(" h4[n] "), "{map}");
    let implicit = text(&[discretise(Method::Trapezoidal)]);
    assert!(
        implicit.contains("X[n+1] = X[n] + 0.15 (F(X[n], U[n]) + F(X[n+1], U[n]))"),
        "{implicit}"
    );
    assert!(implicit.contains("X = (h1, h2, h3, h4)") && implicit.contains("F4(X, U) = "));
    let stages = text(&[discretise(Method::RungeKutta4)]);
    assert!(stages.contains("X[n+1] = X[n] + 0.05 (k1 + 2 k2 + 2 k3 + k4)"), "{stages}");
}

#[test]
fn equations_of_a_circuit_in_latex() {
    let text = form().equations(Notation::Latex, 1000).unwrap();
    assert!(text.starts_with("% deck.cir: 4 states"), "{text}");
    assert!(text.contains("% in V: v(out_1)\n% in A: i(l1)\n"), "{text}");
    assert!(text.contains("\\mathrm{d}v_{\\mathrm{out\\_1}}"), "{text}");
    assert!(text.contains("i_{\\mathrm{l1}}") && text.contains("\\begin{align*}"), "{text}");
    // The law that is no activation and has many readers stands on its own line.
    assert!(text.contains("\\varphi_{3} &= "), "{text}");
}

#[test]
fn a_large_system_is_summarised() {
    let start = recipe(Form::A, Activation::Tanh);
    let text = start.equations(Notation::Text, 10).unwrap();
    assert!(text.contains("dx/dt = A x + B phi(z)\nz = C x + F u + z0\ny = H x + y0\n"), "{text}");
    assert!(text.contains("phi = tanh of each z"), "{text}");
    let weights = &network(Form::A, Activation::Tanh).parts().recurrent.clone();
    let norm = Notation::Text.number(weights.norm());
    let row = text.lines().find(|line| line.starts_with("C ")).unwrap();
    assert!(row.contains("4 x 4") && row.contains(&norm), "{row} {norm}");
    let linear = chain(start, &[linearise()]).equations(Notation::Latex, 3).unwrap();
    assert!(linear.contains("&= A\\,x + E\\,u + x_0"), "{linear}");
}

#[test]
fn a_scaled_output_is_not_taken_for_its_state() {
    let mut parts = form().source.lure().parts().clone();
    parts.outputs[0] = "v(out_1)".to_owned();
    let mut row = sprs::TriMat::new((3, 4));
    row.add_triplet(0, 1, 1.0);
    parts.matrices[6] = row.to_csr();
    parts.matrices[7] = sprs::CsMat::zero((3, 4));
    parts.constants[2] = vec![0.0; 3];
    let lure = Lure::new(parts).unwrap();
    let plain = Recipe::new(Source::NormalForm(Arc::new(lure)), form().origin);
    let text = plain.equations(Notation::Text, 1000).unwrap();
    assert!(!text.contains("\nv(out_1) ="), "{text}");
    let scaled = chain(plain, &[Step::Scale { factors: vec![4.0; 4] }]);
    let text = scaled.equations(Notation::Text, 1000).unwrap();
    assert!(text.contains("\noutput v(out_1) = 0.25 v(out_1)\n"), "{text}");
    assert!(text.contains("states in V / 4: v(out_1)"), "{text}");
}
