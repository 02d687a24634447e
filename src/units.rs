//! SPICE numbers.
