//! Random sessions of a well-behaved peer, and corrupted ones.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use sansocket::Role;

use crate::endpoint::Received;
use crate::wire::{self, BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, TEXT};

/// What a peer sends, frame by frame, and what it means.
#[derive(Clone, Debug, Default)]
pub(crate) struct Session {
    frames: Vec<(u8, Vec<u8>, [u8; 4])>,
    pub(crate) received: Vec<Received>,
}

impl Session {
    /// Returns the bytes that reach the endpoint with this role.
    pub(crate) fn bytes(&self, role: Role) -> Vec<u8> {
        let frames = self.frames.iter();
        frames
            .flat_map(|(first, payload, key)| {
                let key = (role == Role::Server).then_some(*key);
                wire::frame(*first, payload, key)
            })
            .collect()
    }

    fn control(&mut self, (opcode, data, key): Control) {
        self.received.push(match opcode {
            PING => Received::Ping(data.clone()),
            _ => Received::Pong(data.clone()),
        });
        self.frames.push((FIN | opcode, data, key));
    }

    fn message(&mut self, message: Message) {
        let payload = match &message.content {
            Received::Text(text) => text.as_bytes(),
            Received::Binary(data) => data,
            other => unreachable!("{other:?} is no message"),
        };
        let mut opcode = match message.content {
            Received::Text(_) => TEXT,
            _ => BINARY,
        };
        let mut cuts: Vec<usize> =
            message.cuts.iter().map(|cut| cut.index(payload.len() + 1)).collect();
        cuts.sort_unstable();
        let mut start = 0;
        let mut controls = message.controls.into_iter();
        for cut in cuts {
            self.frames.push((opcode, payload[start..cut].to_vec(), message.key));
            opcode = CONTINUATION;
            start = cut;
            if let Some(control) = controls.next() {
                self.control(control);
            }
        }
        self.frames.push((FIN | opcode, payload[start..].to_vec(), message.key));
        self.received.push(message.content);
    }
}

type Control = (u8, Vec<u8>, [u8; 4]);

#[derive(Clone, Debug)]
struct Message {
    content: Received,
    key: [u8; 4],
    /// Where fragments end, before the last one.
    cuts: Vec<Index>,
    /// The control frames between them.
    controls: Vec<Control>,
}

#[derive(Clone, Debug)]
enum Item {
    Message(Message),
    Control(Control),
}

fn control() -> impl Strategy<Value = Control> {
    (prop_oneof![Just(PING), Just(PONG)], vec(any::<u8>(), 0..=125), any::<[u8; 4]>())
}

/// Payloads whose lengths have all three forms; the longest form is rare.
pub(crate) fn payload() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        20 => vec(any::<u8>(), 0..=200),
        1 => (any::<u8>(), 65_530..65_545_usize).prop_map(|(byte, len)| vec![byte; len]),
    ]
}

/// Text with characters of all lengths.
pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[a-z\u{E4}\u{3B1}\u{20AC}\u{1F44B}]{0,150}",]
}

fn message() -> impl Strategy<Value = Message> {
    let content =
        prop_oneof![payload().prop_map(Received::Binary), text().prop_map(Received::Text),];
    let (cuts, controls) = (vec(any::<Index>(), 0..4), vec(control(), 0..3));
    (content, any::<[u8; 4]>(), cuts, controls).prop_map(|(content, key, cuts, controls)| Message {
        content,
        key,
        cuts,
        controls,
    })
}

fn close() -> impl Strategy<Value = Option<(u16, String)>> {
    proptest::option::of((3000..5000_u16, "[a-z\u{20AC}]{0,40}"))
}

/// A session of a peer that keeps all rules.
pub(crate) fn session() -> impl Strategy<Value = Session> {
    let item = prop_oneof![
        3 => message().prop_map(Item::Message),
        1 => control().prop_map(Item::Control),
    ];
    (vec(item, 0..6), proptest::option::of(close())).prop_map(|(items, close)| {
        let mut session = Session::default();
        for item in items {
            match item {
                Item::Message(message) => session.message(message),
                Item::Control(control) => session.control(control),
            }
        }
        if let Some(close) = close {
            let payload = close.as_ref().map(|(code, reason)| wire::close_payload(*code, reason));
            session.frames.push((FIN | CLOSE, payload.unwrap_or_default(), [9; 4]));
            session.received.push(Received::Close(close));
        }
        session
    })
}

#[derive(Clone, Debug)]
enum Damage {
    Flip(Index, u8),
    Insert(Index, u8),
    Remove(Index),
    CutOff(Index),
}

/// Bytes for an endpoint with this role: garbage, or a session that was corrupted in a few places,
/// so that it breaks some rule deep inside.
pub(crate) fn garbage(role: Role) -> impl Strategy<Value = Vec<u8>> {
    let damage = prop_oneof![
        4 => (any::<Index>(), 0..8_u8).prop_map(|(at, bit)| Damage::Flip(at, 1 << bit)),
        1 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Insert(at, byte)),
        1 => any::<Index>().prop_map(Damage::Remove),
        1 => any::<Index>().prop_map(Damage::CutOff),
    ];
    let spoilt = (session(), vec(damage, 1..4)).prop_map(move |(session, damages)| {
        let mut bytes = session.bytes(role);
        for damage in damages {
            let len = bytes.len();
            match damage {
                Damage::Insert(at, byte) => bytes.insert(at.index(len + 1), byte),
                Damage::Flip(at, bit) if len > 0 => bytes[at.index(len)] ^= bit,
                Damage::Remove(at) if len > 0 => _ = bytes.remove(at.index(len)),
                Damage::CutOff(at) if len > 0 => bytes.truncate(at.index(len)),
                _ => {}
            }
        }
        bytes
    });
    prop_oneof![1 => vec(any::<u8>(), 0..100), 6 => spoilt]
}

/// The lengths of reads, repeated. Some reads are empty.
pub(crate) fn read_lens() -> impl Strategy<Value = Vec<usize>> {
    let len = prop_oneof![4 => 0..12_usize, 1 => 12..300_usize];
    (vec(len, 0..8), 1..20_usize).prop_map(|(mut lens, last)| {
        lens.push(last);
        lens
    })
}

pub(crate) fn role() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Client), Just(Role::Server)]
}
