//! Where there is a C library: it starts the program, and writes.

use core::ffi::c_int;

#[link(name = "c")]
unsafe extern "C" {
    #[link_name = "write"]
    fn c_write(file: c_int, bytes: *const u8, len: usize) -> isize;
    #[link_name = "exit"]
    fn c_exit(status: c_int) -> !;
}

pub(super) fn write(file: c_int, bytes: &[u8]) {
    // SAFETY: the bytes are valid for the length.
    let written = unsafe { c_write(file, bytes.as_ptr(), bytes.len()) };
    if usize::try_from(written) != Ok(bytes.len()) {
        exit(3);
    }
}

pub(super) fn exit(status: c_int) -> ! {
    // SAFETY: it takes any status.
    unsafe { c_exit(status) }
}

/// How deep the stack was is measured on bare metal alone.
pub(super) struct Stack;

impl Stack {
    pub(super) const fn paint() -> Self {
        Self
    }

    pub(super) const fn depth(&self) -> Option<usize> {
        None
    }
}

// SAFETY: the only `main`, with the signature that the C runtime calls.
#[unsafe(no_mangle)]
extern "C" fn main() -> c_int {
    super::start()
}

/// `alloc` comes compiled for unwinding and names this. Where panics abort, nobody calls it.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}
