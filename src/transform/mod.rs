//! The three procedures: rescaling, discretisation and linearisation, and
//! whether they commute.
