//! Counts what each thread allocates.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use std::alloc::System;

#[global_allocator]
static COUNTING: Counting = Counting;

struct Counting;

#[derive(Clone, Copy, Debug)]
struct Counts {
    /// Bytes that are allocated now; below zero if other threads' memory was freed.
    live: isize,
    /// The most that `live` has been.
    peak: isize,
    /// How often memory was asked for.
    calls: usize,
}

thread_local! {
    static COUNTS: Cell<Counts> = const { Cell::new(Counts { live: 0, peak: 0, calls: 0 }) };
}

fn count(calls: usize, difference: isize) {
    let mut counts = COUNTS.get();
    counts.live += difference;
    counts.peak = counts.peak.max(counts.live);
    counts.calls += calls;
    COUNTS.set(counts);
}

fn signed(size: usize) -> isize {
    isize::try_from(size).unwrap_or(isize::MAX)
}

// SAFETY: all is passed on to the system's allocator; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(1, signed(layout.size()));
        // SAFETY: as for this method.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(0, -signed(layout.size()));
        // SAFETY: as for this method.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(1, signed(size) - signed(layout.size()));
        // SAFETY: as for this method.
        unsafe { System.realloc(memory, layout, size) }
    }
}

/// What the calling thread has allocated since the mark was set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark(Counts);

impl Mark {
    pub(crate) fn set() -> Self {
        let mut counts = COUNTS.get();
        counts.peak = counts.live;
        COUNTS.set(counts);
        Self(counts)
    }

    /// Bytes that were allocated and not freed.
    pub(crate) fn live(&self) -> usize {
        usize::try_from(COUNTS.get().live - self.0.live).expect("more freed than allocated")
    }

    /// The most that [`live`](Self::live) has been.
    pub(crate) fn peak(&self) -> usize {
        usize::try_from(COUNTS.get().peak - self.0.live).expect("more freed than allocated")
    }

    /// How often memory was allocated or grown.
    pub(crate) fn calls(&self) -> usize {
        COUNTS.get().calls - self.0.calls
    }
}
