//! Fixed points, cycles, exponents, basins, and where stimuli lead.

pub mod fixed_points;
