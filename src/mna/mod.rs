//! mna
