//! Fixed points, cycles, exponents, basins, and where stimuli lead.
