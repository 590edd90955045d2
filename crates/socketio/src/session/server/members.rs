use alloc::vec::Vec;

use crate::{Namespace, session::acknowledgements::Acknowledgements};

/// The namespaces of a client.
///
/// They are few, mostly one, and there is one of this for each client: searching them one by one takes
/// a tenth of the memory of a tree.
pub(super) struct Members(Vec<(Namespace, Member)>);

pub(super) enum Member {
    /// The client asked for a connection, and waits for the answer.
    Pending,
    Connected(Acknowledgements),
    /// The server disconnected it: packets of the client may be on their way.
    Left,
}

impl Members {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn get(&self, namespace: &Namespace) -> Option<&Member> {
        self.0.iter().find_map(|(found, member)| (found == namespace).then_some(member))
    }

    pub(super) fn get_mut(&mut self, namespace: &Namespace) -> Option<&mut Member> {
        self.0.iter_mut().find_map(|(found, member)| (found == namespace).then_some(member))
    }

    pub(super) fn insert(&mut self, namespace: Namespace, member: Member) {
        match self.get_mut(&namespace) {
            Some(old) => *old = member,
            None => {
                self.0.reserve_exact(1);
                self.0.push((namespace, member));
            }
        }
    }

    pub(super) fn remove(&mut self, namespace: &Namespace) {
        self.0.retain(|(found, _)| found != namespace);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the acknowledgements of those that are connected.
    pub(super) fn connected(&self) -> impl Iterator<Item = &Acknowledgements> {
        self.0.iter().filter_map(|(_, member)| match member {
            Member::Connected(acknowledgements) => Some(acknowledgements),
            Member::Pending | Member::Left => None,
        })
    }

    /// The same, with their names.
    pub(super) fn connected_mut(
        &mut self,
    ) -> impl Iterator<Item = (&Namespace, &mut Acknowledgements)> {
        self.0.iter_mut().filter_map(|(namespace, member)| match member {
            Member::Connected(acknowledgements) => Some((&*namespace, acknowledgements)),
            Member::Pending | Member::Left => None,
        })
    }
}
