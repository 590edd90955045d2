use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks what is complete whenever the lock is free, so that a panic elsewhere does no harm.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
