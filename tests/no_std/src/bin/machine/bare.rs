//! Calls of Linux by hand, for the emulators of QEMU.

use core::arch::asm;

#[cfg(target_arch = "arm")]
const WRITE: usize = 4;
#[cfg(target_arch = "arm")]
const EXIT: usize = 1;
#[cfg(target_arch = "riscv32")]
const WRITE: usize = 64;
#[cfg(target_arch = "riscv32")]
const EXIT: usize = 93;

fn call(number: usize, mut first: usize, second: usize, third: usize) -> usize {
    // SAFETY: it only reads the bytes that the second and third name. The compiler keeps `r7` for
    // itself.
    #[cfg(target_arch = "arm")]
    unsafe {
        asm!(
            "mov {kept}, r7", "mov r7, {number}", "svc #0", "mov r7, {kept}",
            number = in(reg) number, kept = out(reg) _,
            inlateout("r0") first, in("r1") second, in("r2") third,
        );
    }
    // SAFETY: as above.
    #[cfg(target_arch = "riscv32")]
    unsafe {
        asm!("ecall", in("a7") number, inlateout("a0") first, in("a1") second, in("a2") third);
    }
    first
}

pub(super) fn write(file: usize, bytes: &[u8]) {
    if call(WRITE, file, bytes.as_ptr() as usize, bytes.len()) != bytes.len() {
        exit(3);
    }
}

pub(super) fn exit(status: usize) -> ! {
    call(EXIT, status, 0, 0);
    loop {}
}

/// The stack below the start, painted to see how far it was used.
pub(super) struct Stack {
    top: usize,
}

impl Stack {
    const LEN: usize = 32 << 10;
    /// What the painting itself uses.
    const OWN: usize = 128;
    const PAINT: u8 = 0xA5;

    #[inline(always)]
    pub(super) fn paint() -> Self {
        let top: usize;
        // SAFETY: it reads a register.
        unsafe {
            #[cfg(target_arch = "arm")]
            asm!("mov {}, sp", out(reg) top);
            #[cfg(target_arch = "riscv32")]
            asm!("mv {}, sp", out(reg) top);
        }
        for at in top - Self::LEN..top - Self::OWN {
            // SAFETY: nothing lives below the stack's end, and nothing interrupts.
            unsafe { (at as *mut u8).write_volatile(Self::PAINT) }
        }
        Self { top }
    }

    pub(super) fn depth(&self) -> Option<usize> {
        let mut at = self.top - Self::LEN;
        // SAFETY: as above; the end is this function's own frame at the latest.
        while unsafe { (at as *const u8).read_volatile() } == Self::PAINT {
            at += 1;
        }
        Some(self.top - at)
    }
}

// SAFETY: the linker begins a program here, with a stack.
#[unsafe(no_mangle)]
extern "C" fn _start() -> ! {
    super::start()
}

/// What `zlib-rs` calls: without `std` it takes its memory from a C library, and here is none. So
/// these hand out what the application's allocator has. Each block is led by its length.
#[cfg(feature = "deflate")]
mod c_memory {
    use alloc::alloc::{alloc, alloc_zeroed, dealloc};
    use core::alloc::Layout;
    use core::ptr::null_mut;

    const HEAD: usize = 16;

    fn layout(len: usize) -> Option<Layout> {
        Layout::from_size_align(len.checked_add(HEAD)?, HEAD).ok()
    }

    unsafe fn led(block: *mut u8, len: usize) -> *mut u8 {
        if block.is_null() {
            return block;
        }
        // SAFETY: the block has room for its length before the bytes that were asked for.
        unsafe {
            block.cast::<usize>().write(len);
            block.add(HEAD)
        }
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn malloc(len: usize) -> *mut u8 {
        let Some(layout) = layout(len) else { return null_mut() };
        // SAFETY: the layout is not empty.
        unsafe { led(alloc(layout), len) }
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn calloc(count: usize, len: usize) -> *mut u8 {
        let Some(len) = count.checked_mul(len) else { return null_mut() };
        let Some(layout) = layout(len) else { return null_mut() };
        // SAFETY: the layout is not empty.
        unsafe { led(alloc_zeroed(layout), len) }
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn free(block: *mut u8) {
        if block.is_null() {
            return;
        }
        // SAFETY: the block came from one of the above, with its length in front.
        unsafe {
            let block = block.sub(HEAD);
            let len = block.cast::<usize>().read();
            if let Some(layout) = layout(len) {
                dealloc(block, layout);
            }
        }
    }
}
