//! equiv
