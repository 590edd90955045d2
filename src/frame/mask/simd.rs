/// The length from which the call of a function that is chosen at run time pays.
const MIN_LEN: usize = 256;

/// Runs a kernel that processes `len` bytes. A short one is inlined; a longer one runs with the best
/// vector instructions of the processor. It must be inlined into this, or the compiler does not use
/// them.
#[inline(always)]
pub(super) fn run<R>(len: usize, kernel: impl FnOnce() -> R) -> R {
    if len < MIN_LEN { kernel() } else { run_vectorized(kernel) }
}

#[cfg(feature = "std")]
#[inline(never)]
fn run_vectorized<R>(kernel: impl FnOnce() -> R) -> R {
    // The level is detected once per process.
    fearless_simd::dispatch!(fearless_simd::Level::new(), _ => kernel())
}

/// Without `std` the processor is not known: the compiler uses what every one of the target has.
#[cfg(not(feature = "std"))]
#[inline(never)]
fn run_vectorized<R>(kernel: impl FnOnce() -> R) -> R {
    kernel()
}

/// Runs a kernel as [`run`] would on this processor and on all lesser ones, and without detection.
#[cfg(test)]
pub(super) fn run_at_every_level(mut kernel: impl FnMut()) {
    kernel();
    #[cfg(feature = "std")]
    for level in levels() {
        fearless_simd::dispatch!(level, _ => kernel());
    }
}

#[cfg(all(test, feature = "std"))]
fn levels() -> impl Iterator<Item = fearless_simd::Level> {
    use fearless_simd::{Level, Simd as _};

    let best = Level::new();
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    let lesser = [
        best.as_sse2().map(|level| level.level()),
        best.as_sse4_2().map(|level| level.level()),
        best.as_avx2().map(|level| level.level()),
    ];
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    let lesser = [];
    lesser.into_iter().flatten().chain([best])
}
