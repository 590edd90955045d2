use std::{cell::Cell, rc::Rc};

use crate::Failure;

/// How many bytes a HAR file holds at most.
pub(super) const MAX_HELD: usize = 256 << 20;

/// How many bytes a HAR file holds: those of the connections in it, and of those that are recorded. Its
/// clones count together.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    len: Rc<Cell<usize>>,
    max: usize,
}

impl Held {
    pub(super) fn new(max: usize) -> Self {
        Self { len: Rc::default(), max }
    }

    pub(super) fn add(&self, len: usize) -> Result<(), Failure> {
        self.len.set(self.len.get().saturating_add(len));
        if self.len.get() > self.max {
            let problem = "--write-har: the messages have more than 256 MiB; choose a connection with --connection";
            return Err(Failure::Argument(problem.into()));
        }
        Ok(())
    }

    pub(super) fn remove(&self, len: usize) {
        self.len.set(self.len.get().saturating_sub(len));
    }
}
