//! A global allocator that counts separately for each thread, so that tests can run in parallel.

#![allow(dead_code, reason = "each test target uses a part of it")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct Counting;

thread_local! {
    static COUNTS: Cell<Counts> = const { Cell::new(Counts { calls: 0, live: 0, peak: 0 }) };
}

#[derive(Clone, Copy)]
struct Counts {
    /// The number of allocations.
    calls: u64,
    /// The number of bytes that the thread has allocated and not freed. Negative if it freed what
    /// another thread allocated.
    live: i64,
    /// The maximum of `live`.
    peak: i64,
}

impl Counting {
    fn count(calls: u64, taken: usize, given: usize) {
        // A thread that ends still allocates and frees after its counts are gone.
        let _ = COUNTS.try_with(|counts| {
            let Counts { calls: before, live, peak } = counts.get();
            let live = live + i64::try_from(taken).unwrap() - i64::try_from(given).unwrap();
            counts.set(Counts { calls: before + calls, live, peak: peak.max(live) });
        });
    }
}

// SAFETY: every call is passed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::count(1, layout.size(), 0);
        // SAFETY: the caller keeps the rules of `GlobalAlloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        Self::count(1, layout.size(), 0);
        // SAFETY: the caller keeps the rules of `GlobalAlloc`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        Self::count(1, new_size, layout.size());
        // SAFETY: the caller keeps the rules of `GlobalAlloc`.
        unsafe { System.realloc(memory, layout, new_size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        Self::count(0, 0, layout.size());
        // SAFETY: the caller keeps the rules of `GlobalAlloc`.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// Returns how often `action` allocates in this thread.
pub(crate) fn calls_during(action: impl FnOnce()) -> u64 {
    let before = COUNTS.get().calls;
    action();
    COUNTS.get().calls - before
}

/// Returns by how many bytes the memory of this thread grows at most during `action`.
pub(crate) fn growth_during<T>(action: impl FnOnce() -> T) -> (T, u64) {
    let before = COUNTS.get();
    COUNTS.set(Counts { peak: before.live, ..before });
    let value = action();
    let growth = COUNTS.get().peak - before.live;
    (value, u64::try_from(growth).unwrap())
}

/// Returns how many more bytes this thread holds after `action` than before. Negative if it freed
/// what another thread allocated.
pub(crate) fn kept_after<T>(action: impl FnOnce() -> T) -> (T, i64) {
    let before = COUNTS.get().live;
    let value = action();
    (value, COUNTS.get().live - before)
}

/// As [`kept_after`], if nothing comes from another thread.
pub(crate) fn held_after<T>(action: impl FnOnce() -> T) -> (T, u64) {
    let (value, held) = kept_after(action);
    (value, u64::try_from(held).unwrap())
}
