//! Kernels over slices, with the vector instructions of the machine.

mod tanh;

use pulp::{Arch, WithSimd};

pub(crate) use tanh::tanh;

/// Runs a kernel with the vectors of AVX2 where the machine has them, even where it
/// has longer ones: these products wait for memory, and so every machine of the
/// last ten years rounds in the same order and prints the same numbers.
pub(crate) fn dispatch<W: WithSimd>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = pulp::x86::V3::try_new() {
        return pulp::Simd::vectorize(simd, work);
    }
    Arch::new().dispatch(work)
}
