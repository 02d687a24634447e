//! Which weights and units a task needs.
