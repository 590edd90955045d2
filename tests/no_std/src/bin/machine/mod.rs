//! What a program has instead of the standard library: an allocator, a panic handler, a start, and a
//! way out for its bytes. On bare metal the start and the way out are made for the emulators of
//! processors that QEMU has for programs of Linux, since those need neither a board nor a linker
//! script.

extern crate alloc;

use alloc::vec::Vec;
use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::fmt::{self, Write};

#[cfg(target_os = "none")]
mod bare;
#[cfg(not(target_os = "none"))]
mod hosted;

#[cfg(target_os = "none")]
use bare as system;
#[cfg(not(target_os = "none"))]
use hosted as system;

const HEAP_LEN: usize = 1 << 20;

/// Hands out what follows, and takes nothing back. It counts what a better one would have to have.
struct Bump(UnsafeCell<Heap>);

struct Heap {
    bytes: [u8; HEAP_LEN],
    used: usize,
    live: usize,
    peak: usize,
}

// SAFETY: the programs have one thread, and no interrupt.
unsafe impl Sync for Bump {}

// SAFETY: no byte of the heap is handed out twice, since `used` only grows; what is handed out lies
// in the heap and is aligned.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as for `Sync`; the reference does not leave this call.
        let heap = unsafe { &mut *self.0.get() };
        // Enough to align the block wherever it begins.
        let len = layout.size() + layout.align();
        if len > HEAP_LEN - heap.used {
            return core::ptr::null_mut();
        }
        let block = heap.bytes.as_mut_ptr().wrapping_add(heap.used);
        heap.used += len;
        heap.live += layout.size();
        heap.peak = heap.peak.max(heap.live);
        block.wrapping_add(block.align_offset(layout.align()))
    }

    unsafe fn dealloc(&self, _: *mut u8, layout: Layout) {
        // SAFETY: as for `alloc`.
        unsafe { (*self.0.get()).live -= layout.size() }
    }
}

#[global_allocator]
static ALLOCATOR: Bump =
    Bump(UnsafeCell::new(Heap { bytes: [0; HEAP_LEN], used: 0, live: 0, peak: 0 }));

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    system::exit(2)
}

/// Runs the program, and writes its bytes to its output. On bare metal, to its errors go the most
/// bytes that were allocated at once, and how deep the stack was.
fn start() -> ! {
    let stack = system::Stack::paint();
    let Some(out) = crate::run() else { system::exit(1) };
    let depth = stack.depth();
    // SAFETY: nothing is allocated meanwhile.
    let peak = unsafe { (*ALLOCATOR.0.get()).peak };
    system::write(1, &out);
    if let Some(depth) = depth {
        let mut figures = Figures(Vec::new());
        let _ = writeln!(figures, "{peak} {depth}");
        system::write(2, &figures.0);
    }
    system::exit(0)
}

struct Figures(Vec<u8>);

impl Write for Figures {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}
