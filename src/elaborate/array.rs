//! Arrays: nodes by name, and the factor of their matrix.

use crate::{
    circuit::{Array, ArrayForm, Kind, NodeId},
    diag::Diagnostic,
    elaborate::{flatten::Flattener, names::Names, scope::Env},
    netlist::ast::{self, NodeList},
};

impl Flattener<'_, '_> {
    /// The array of a card; `None` after a fault, which is reported.
    pub(super) fn array(
        &mut self,
        array: &ast::Array,
        element: &ast::Element,
        env: &Env<'_>,
        names: &mut Names<'_>,
    ) -> Option<Kind> {
        let span = element.span;
        let mut nodes = |list: &NodeList| -> Vec<NodeId> {
            list.names.iter().map(|name| self.node(*name, span, names)).collect()
        };
        let (rows, columns) = (nodes(&array.rows), nodes(&array.columns));
        let inverted = array.inverted.as_ref().map(&mut nodes);
        let gain = array.gain.as_ref().map_or(1.0, |gain| env.value(gain, span, self.faults));
        let form = match array.form {
            ast::ArrayForm::Resistors => ArrayForm::Resistors,
            ast::ArrayForm::Vccs => ArrayForm::Vccs,
        };
        let weights = (array.matrix.clone(), gain);
        let found = Array::new(form, (&rows, &columns), inverted.as_deref(), weights);
        if found.is_none() {
            let message = "the matrix has another number of rows or columns than there are nodes";
            self.faults.push(Diagnostic::error(span, message));
        }
        found.map(|array| Kind::Array(Box::new(array)))
    }
}
