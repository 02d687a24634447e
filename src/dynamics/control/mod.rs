//! Controllability and observability.
