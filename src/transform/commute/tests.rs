use super::*;
use crate::rnn::{Activation, Form, Rnn};
use crate::transform::tests::network;

#[test]
fn scratch() {
    let mut parts = network(Form::A, Activation::Tanh).into_parts();
    let rnn = Rnn::new(parts.clone()).unwrap();
    let r =
        commute(&rnn, &Options::at(vec![0.3, -0.2, 0.5, 0.1], vec![0.4, -0.7]), &|_| ()).unwrap();
    println!("{r}");
    parts.bias.fill(0.0);
    let rnn = Rnn::new(parts.clone()).unwrap();
    let r = commute(&rnn, &Options::at(vec![0.0; 4], vec![0.0; 2]), &|_| ()).unwrap();
    println!("{r}");
    parts.activation = Activation::Relu;
    let rnn = Rnn::new(parts).unwrap();
    let r = commute(&rnn, &Options::at(vec![0.1; 4], vec![0.0; 2]), &|_| ()).unwrap();
    println!("{r}");
}
