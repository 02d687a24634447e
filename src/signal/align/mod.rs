//! Segments that repeat, brought onto one clock and averaged.
