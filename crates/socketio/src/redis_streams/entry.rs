use alloc::{string::String, vec::Vec};

use super::EntryId;
use crate::{
    Binary, Namespace,
    engine_io::EncodedPacket,
    server::{Publication, Selection},
};

/// An entry as Redis has it: its id, and its fields in their order.
pub(super) type Raw = (String, Vec<(String, Vec<u8>)>);

/// What servers tell each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// Deliver an event.
    Publication(Publication),
    /// Push the ids of the selected sockets to the list with this key.
    Census { namespace: Namespace, selection: Selection, reply_to: String },
}

impl Entry {
    /// Returns the fields of the entry.
    pub(super) fn fields(&self) -> Vec<(&'static str, &[u8])> {
        let (namespace, selection) = match self {
            Self::Publication(publication) => (&publication.namespace, &publication.selection),
            Self::Census { namespace, selection, .. } => (namespace, selection),
        };
        let mut fields = Vec::from([("namespace", namespace.as_str().as_bytes())]);
        fields.extend(selection.rooms.iter().map(|room| ("room", room.as_bytes())));
        fields.extend(selection.except.iter().map(|room| ("except", room.as_bytes())));
        match self {
            Self::Publication(publication) => {
                if publication.is_volatile {
                    fields.push(("volatile", b"1"));
                }
                fields.extend(publication.packets.iter().map(|packet| match packet {
                    EncodedPacket::Text(text) => ("text", text.as_bytes()),
                    EncodedPacket::Binary(binary) => ("binary", &**binary),
                }));
            }
            Self::Census { reply_to, .. } => fields.push(("reply-to", reply_to.as_bytes())),
        }
        fields
    }

    /// Reads an entry. `None`: another program, or another version of this one, has written it.
    pub(super) fn read((id, fields): Raw) -> Option<(EntryId, Self)> {
        let id: EntryId = id.parse().ok()?;
        let mut namespace = None;
        let mut selection = Selection::default();
        let (mut is_volatile, mut packets, mut reply_to) = (false, Vec::new(), None);
        for (name, value) in fields {
            if name == "binary" {
                packets.push(EncodedPacket::Binary(Binary::from(value)));
                continue;
            }
            let value = String::from_utf8(value).ok()?;
            match &*name {
                "namespace" => namespace = Some(Namespace::new(&value).ok()?),
                "room" => selection.rooms.push(value),
                "except" => selection.except.push(value),
                "volatile" => is_volatile = true,
                "text" => packets.push(EncodedPacket::Text(value.into())),
                "reply-to" => reply_to = Some(value),
                _ => return None,
            }
        }
        let namespace = namespace?;
        if let Some(reply_to) = reply_to {
            return Some((id, Self::Census { namespace, selection, reply_to }));
        }
        let publication = Publication { namespace, selection, is_volatile, packets, offset: None };
        Some((id, Self::Publication(publication)))
    }
}

#[cfg(test)]
mod tests {
    use alloc::{string::String, vec, vec::Vec};

    use super::{Entry, EntryId, Raw};
    use crate::{
        Binary, Namespace,
        engine_io::EncodedPacket,
        server::{Publication, Selection},
    };

    fn raw(id: &str, entry: &Entry) -> Raw {
        let fields = entry.fields().into_iter();
        (id.into(), fields.map(|(name, value)| (name.into(), value.into())).collect())
    }

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        let selection =
            Selection { rooms: vec!["red".into(), String::new()], except: vec!["muted\n".into()] };
        let packets = vec![
            EncodedPacket::Text(r#"451-["file",{"_placeholder":true,"num":0}]"#.into()),
            EncodedPacket::Binary(Binary::from(vec![0, 255, 10])),
        ];
        let namespace = Namespace::new("/chat").unwrap();
        let census = Entry::Census {
            namespace: namespace.clone(),
            selection: selection.clone(),
            reply_to: "here".into(),
        };
        let publication = |is_volatile, packets| {
            let (namespace, selection) = (namespace.clone(), selection.clone());
            Entry::Publication(Publication {
                namespace,
                selection,
                is_volatile,
                packets,
                offset: None,
            })
        };
        for entry in [census, publication(true, vec![]), publication(false, packets)] {
            let read = Entry::read(raw("1700000000000000-7", &entry));
            let id = EntryId { epoch: 1_700_000_000_000_000, number: 7 };
            assert_eq!(read, Some((id, entry)));
        }
    }

    #[test]
    fn an_entry_of_another_program_is_not_read() {
        let field = |name: &str, value: &[u8]| (String::from(name), Vec::from(value));
        let namespace = || field("namespace", b"/");
        let entries: [(&str, Vec<_>); 6] = [
            ("7", vec![namespace()]),
            ("7-x", vec![namespace()]),
            ("7-1", vec![]),
            ("7-1", vec![field("namespace", b"chat")]),
            ("7-1", vec![namespace(), field("text", b"\xFF")]),
            ("7-1", vec![namespace(), field("colour", b"red")]),
        ];
        for (id, fields) in entries {
            assert_eq!(Entry::read((id.into(), fields.clone())), None, "{id}: {fields:?}");
        }
    }

    #[test]
    fn only_the_next_number_of_the_same_epoch_follows() {
        let id = |epoch, number| EntryId { epoch, number };
        assert!(id(5, 8).follows(id(5, 7)));
        for other in [id(5, 6), id(5, 8), id(5, 9), id(4, 7), id(6, 7)] {
            assert!(!id(5, 8).follows(other), "{other}");
        }
    }
}
