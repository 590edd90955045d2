#![expect(clippy::expect_used, reason = "only what consumes the owner takes the value out")]

use core::ops::{Deref, DerefMut};

/// A value that can be taken out of a type that implements `Drop`, such as the stream of a connection.
#[derive(Debug)]
pub(super) struct Slot<T>(Option<T>);

impl<T> Slot<T> {
    pub(super) const fn new(value: T) -> Self {
        Self(Some(value))
    }

    /// Moves the value to the slot of another owner.
    pub(super) const fn take(&mut self) -> Self {
        Self(self.0.take())
    }

    pub(super) fn into_inner(self) -> T {
        self.0.expect("the owner is there")
    }
}

impl<T> Deref for Slot<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_ref().expect("the owner is there")
    }
}

impl<T> DerefMut for Slot<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.as_mut().expect("the owner is there")
    }
}
