//! The engine as a library of its own, optimised as a whole. What can panic in it reaches the panic
//! handler; `panic_paths.py` looks from where.
//!
//! What is not mangled stays in the library, and all that it calls.

#![no_std]

extern crate alloc;

mod buffered;
mod connection;
mod frame;
#[cfg(feature = "handshake")]
mod handshake;

use core::alloc::{GlobalAlloc, Layout};
use core::ffi::c_void;
use core::panic::PanicInfo;

unsafe extern "C" {
    fn malloc(len: usize) -> *mut u8;
    fn free(block: *mut u8);
    /// Defined nowhere: the library is never loaded.
    fn panicked(info: *const c_void) -> !;
}

struct Malloc;

// SAFETY: the library is never loaded.
unsafe impl GlobalAlloc for Malloc {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe { malloc(layout.size()) }
    }

    unsafe fn dealloc(&self, block: *mut u8, _: Layout) {
        // SAFETY: as above.
        unsafe { free(block) }
    }
}

#[global_allocator]
static ALLOCATOR: Malloc = Malloc;

/// Does something with what it is told, so that no two panics are alike to the optimiser.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    // SAFETY: as above.
    unsafe { panicked(core::ptr::from_ref(info).cast()) }
}

/// `alloc` comes compiled for unwinding and names this. Where panics abort, nobody calls it.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}
