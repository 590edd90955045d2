use alloc::{borrow::ToOwned as _, collections::BTreeSet, string::String, sync::Arc, vec::Vec};
use std::collections::HashMap;

use super::{Selection, Socket};

/// The sockets of one namespace on this server, and their rooms.
#[derive(Debug, Default)]
pub(super) struct Rooms {
    sockets: HashMap<Arc<str>, Member>,
    /// Without the rooms that are named as a socket's id, which would double the memory of a socket.
    rooms: HashMap<Arc<str>, HashMap<Arc<str>, Socket>>,
}

#[derive(Debug)]
struct Member {
    socket: Socket,
    rooms: BTreeSet<Arc<str>>,
}

impl Rooms {
    /// Adds a socket, unless it is there.
    pub(super) fn insert(&mut self, socket: &Socket) {
        self.sockets
            .entry(socket.shared_id())
            .or_insert_with(|| Member { socket: socket.clone(), rooms: BTreeSet::new() });
    }

    /// Removes a socket, but not another one with the same id. Returns the rooms that it was in.
    pub(super) fn remove(&mut self, socket: &Socket) -> Vec<String> {
        if !self.get(socket.id()).is_some_and(|found| found.is_same(socket)) {
            return Vec::new();
        }
        let rooms = self.of(socket.id()).unwrap_or_default();
        self.sockets.remove(socket.id());
        for room in &rooms {
            self.remove_from(room, socket.id());
        }
        rooms
    }

    pub(super) fn get(&self, id: &str) -> Option<&Socket> {
        self.sockets.get(id).map(|member| &member.socket)
    }

    /// Returns whether the socket is there, and was not in the room.
    pub(super) fn join(&mut self, id: &str, room: &str) -> bool {
        let Some((id, member)) = self.sockets.get_key_value(id) else { return false };
        if **id == *room || member.rooms.contains(room) {
            return false;
        }
        let (id, socket) = (Arc::clone(id), member.socket.clone());
        let room = match self.rooms.get_key_value(room) {
            Some((room, _)) => Arc::clone(room),
            None => room.into(),
        };
        if let Some(member) = self.sockets.get_mut(&id) {
            member.rooms.insert(Arc::clone(&room));
        }
        self.rooms.entry(room).or_default().insert(id, socket);
        true
    }

    /// Returns whether the socket is there, and was in the room.
    pub(super) fn leave(&mut self, id: &str, room: &str) -> bool {
        let was_in = self.sockets.get_mut(id).is_some_and(|member| member.rooms.remove(room));
        if was_in {
            self.remove_from(room, id);
        }
        was_in
    }

    fn remove_from(&mut self, room: &str, id: &str) {
        if let Some(members) = self.rooms.get_mut(room) {
            members.remove(id);
            if members.is_empty() {
                self.rooms.remove(room);
            }
        }
    }

    /// Returns the rooms of a socket, without the one named as its id; `None` if it is not there.
    pub(super) fn of(&self, id: &str) -> Option<Vec<String>> {
        let rooms = &self.sockets.get(id)?.rooms;
        Some(rooms.iter().map(|room| (**room).to_owned()).collect())
    }

    /// Returns the selected sockets, each once.
    pub(super) fn select(&self, selection: &Selection) -> Vec<Socket> {
        let is_excluded = |id: &str| {
            selection.except.iter().any(|room| {
                room == id
                    || self.rooms.get(&**room).is_some_and(|members| members.contains_key(id))
            })
        };
        let mut seen = BTreeSet::new();
        let mut selected = Vec::new();
        let mut add = |id: &Arc<str>, socket: &Socket, is_unique: bool| {
            if !is_excluded(id) && (is_unique || seen.insert(Arc::clone(id))) {
                selected.push(socket.clone());
            }
        };
        if selection.rooms.is_empty() {
            self.sockets.iter().for_each(|(id, member)| add(id, &member.socket, true));
        }
        let is_unique = selection.rooms.len() == 1;
        for room in &selection.rooms {
            if let Some((id, member)) = self.sockets.get_key_value(&**room) {
                add(id, &member.socket, false);
            }
            let members = self.rooms.get(&**room);
            members.into_iter().flatten().for_each(|(id, socket)| add(id, socket, is_unique));
        }
        selected
    }
}
