#![expect(clippy::expect_used, reason = "whoever takes the value out has nothing else left")]

use core::ops::{Deref, DerefMut};

/// A value, and a function that is called with it on drop. So the types that hold it need no
/// bounds, which a `Drop` impl of theirs would need to call a stream, and can be taken apart.
#[derive(Debug)]
pub(super) struct OnDrop<T> {
    /// `None` only after [`into_inner`](Self::into_inner), which consumes it.
    value: Option<T>,
    action: fn(&mut T),
}

impl<T> OnDrop<T> {
    pub(super) const fn new(value: T, action: fn(&mut T)) -> Self {
        Self { value: Some(value), action }
    }

    /// Returns the value without calling the function.
    pub(super) fn into_inner(mut self) -> T {
        self.value.take().expect("a value")
    }
}

impl<T> Deref for OnDrop<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.as_ref().expect("a value")
    }
}

impl<T> DerefMut for OnDrop<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_mut().expect("a value")
    }
}

impl<T> Drop for OnDrop<T> {
    fn drop(&mut self) {
        if let Some(value) = &mut self.value {
            (self.action)(value);
        }
    }
}
