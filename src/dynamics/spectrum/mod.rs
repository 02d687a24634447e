//! Eigenvalues, non-normality, and what random matrices lead to expect.
