//! The one mathematical form: `d/dt q(x) + f(x, u) = 0`.

mod lure;
mod system;



