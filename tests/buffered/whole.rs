//! A session has the same messages however it is split into reads, and however messages are read.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use sansocket::buffered::Progress;
use sansocket::{Limits, MessageKind};

use crate::peer::{Sent, Server};
use crate::wire::{self, CLOSE, FIN};

fn message() -> impl Strategy<Value = Sent> {
    let len = prop_oneof![
        4 => 0..200_usize,
        2 => 3000..9000_usize,
        1 => 60_000..70_000_usize,
        1 => 0..300_000_usize,
    ];
    let kind = prop_oneof![Just(MessageKind::Text), Just(MessageKind::Binary)];
    (kind, len, vec(any::<Index>(), 0..5), any::<bool>()).prop_map(
        |(kind, len, cuts, has_pings)| {
            let sent = match kind {
                MessageKind::Text => Sent::text(len),
                MessageKind::Binary => Sent::binary(len),
            };
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(len + 1)).collect();
            cuts.sort_unstable();
            Sent { cuts, has_pings, ..sent }
        },
    )
}

/// The lengths of reads, repeated. One of them is large, so that the end is reached.
fn read_lens() -> impl Strategy<Value = Vec<usize>> {
    let len = prop_oneof![3 => 1..20_usize, 2 => 20..5000_usize, 1 => 5000..300_000_usize];
    (vec(len, 0..5), 3000..100_000_usize).prop_map(|(mut lens, large)| {
        lens.push(large);
        lens
    })
}

#[derive(Clone, Copy, Debug)]
enum Fetch {
    Whole,
    Owned,
    /// It is announced, and not looked at.
    Ignored,
    Chunk,
    Release,
}

fn fetches() -> impl Strategy<Value = Vec<Fetch>> {
    let fetch = prop_oneof![
        3 => Just(Fetch::Whole),
        3 => Just(Fetch::Owned),
        1 => Just(Fetch::Ignored),
        3 => Just(Fetch::Chunk),
        1 => Just(Fetch::Release),
    ];
    vec(fetch, 1..12).prop_filter("something has to be fetched", |fetches| {
        fetches.iter().any(|fetch| !matches!(fetch, Fetch::Release))
    })
}

/// The expected messages, and the position in the one that is read in chunks.
struct Expected<'s> {
    messages: core::slice::Iter<'s, Sent>,
    streamed: Option<(&'s Sent, usize)>,
}

impl Expected<'_> {
    fn whole(&mut self, server: &mut Server) {
        self.next_whole().assert_is(server.buffer.message().expect("UTF-8"));
    }

    /// A copy, and then what was copied.
    fn owned(&mut self, server: &mut Server) {
        let expected = self.next_whole();
        for _ in 0..2 {
            expected.assert_is(server.buffer.owned_message().expect("UTF-8").as_message());
        }
        expected.assert_is(server.buffer.message().expect("UTF-8"));
        expected.assert_is(server.buffer.owned_message().expect("UTF-8").as_message());
    }

    fn next_whole(&mut self) -> &Sent {
        // The rest of a message that was begun in chunks has been skipped.
        self.streamed = None;
        self.messages.next().expect("no further message")
    }

    fn chunk(&mut self, server: &mut Server) {
        let chunk = server.buffer.chunk();
        assert_eq!(chunk.is_first, self.streamed.is_none());
        let (message, start) = match self.streamed.take() {
            None => (self.messages.next().expect("no further message"), 0),
            Some(streamed) => streamed,
        };
        let end = start + chunk.payload.len();
        assert_eq!(chunk.kind, message.kind);
        assert!(message.payload.get(start..end) == Some(chunk.payload));
        if chunk.is_last {
            assert_eq!(end, message.payload.len());
        } else {
            self.streamed = Some((message, end));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    // Shows 6455-5.4-1 (server).
    #[test]
    fn a_session_in_any_reads_gives_the_same_whole_messages(
        messages in vec(message(), 0..8),
        read_lens in read_lens(),
    ) {
        let bytes: Vec<u8> = messages.iter().flat_map(Sent::bytes).collect();
        let mut server = Server::new(&Limits::default());
        let (mut rest, mut expected) = (&bytes[..], messages.iter());
        for &len in read_lens.iter().cycle() {
            while server.advance() == Ok(Progress::Message) {
                expected.next().expect("no further message").assert_is(
                    server.buffer.message().expect("UTF-8"),
                );
            }
            if rest.is_empty() {
                break;
            }
            server.read(&mut rest, len);
        }
        prop_assert_eq!(expected.len(), 0);
        let pongs: Vec<_> = messages.iter().flat_map(Sent::pongs).collect();
        prop_assert_eq!(server.pongs(), pongs);
    }

    #[test]
    fn a_session_in_storage_that_is_lent_for_each_read_gives_the_same_messages(
        messages in vec(message(), 0..8),
        read_lens in read_lens(),
        storage_len in prop_oneof![16..500_usize, 3000..100_000_usize],
        waits in vec(any::<bool>(), 1..9),
    ) {
        let bytes: Vec<u8> = messages.iter().flat_map(Sent::bytes).collect();
        let mut server = Server::new(&Limits::default());
        let (mut rest, mut expected) = (&bytes[..], messages.iter());
        for (&len, &waits) in read_lens.iter().cycle().zip(waits.iter().cycle()) {
            while server.advance() == Ok(Progress::Message) {
                expected.next().expect("no further message").assert_is(
                    server.buffer.message().expect("UTF-8"),
                );
            }
            if waits {
                server.buffer.detach();
            }
            if rest.is_empty() {
                break;
            }
            if server.buffer.is_detached() {
                // The contents left by another connection.
                server.buffer.attach(vec![0x81; storage_len]);
            }
            server.read(&mut rest, len);
        }
        prop_assert_eq!(expected.len(), 0);
        let pongs: Vec<_> = messages.iter().flat_map(Sent::pongs).collect();
        prop_assert_eq!(server.pongs(), pongs);
    }

    #[test]
    fn a_session_can_be_read_in_whole_messages_and_in_chunks_by_turns(
        messages in vec(message(), 0..8),
        read_lens in read_lens(),
        fetches in fetches(),
    ) {
        let mut bytes: Vec<u8> = messages.iter().flat_map(Sent::bytes).collect();
        bytes.extend(wire::to(sansocket::Role::Server, FIN | CLOSE, b""));
        let mut server = Server::new(&Limits::default());
        let mut expected = Expected { messages: messages.iter(), streamed: None };
        let (mut rest, mut read_lens) = (&bytes[..], read_lens.iter().cycle());
        let mut has_message = false;
        for fetch in fetches.iter().cycle() {
            let progress = match fetch {
                Fetch::Whole | Fetch::Owned | Fetch::Ignored => server.advance(),
                Fetch::Chunk => server.advance_chunk(),
                Fetch::Release => {
                    server.buffer.release();
                    continue;
                }
            };
            match (progress, fetch) {
                (Ok(Progress::Message), Fetch::Whole) => expected.whole(&mut server),
                (Ok(Progress::Message), Fetch::Owned) => expected.owned(&mut server),
                (Ok(Progress::Message), Fetch::Ignored) => drop(expected.next_whole()),
                (Ok(Progress::Message), _) => expected.chunk(&mut server),
                (Ok(Progress::NeedInput), _) => {
                    prop_assert!(!has_message, "a message was said to be there");
                    if !matches!(fetch, Fetch::Chunk) {
                        expected.streamed = None;
                    }
                    server.read(&mut rest, *read_lens.next().unwrap());
                }
                (Ok(Progress::Closed), _) => break,
                (Err(error), _) => panic!("{error}"),
            }
            has_message = progress == Ok(Progress::Message) && server.buffer.has_message();
        }
        prop_assert_eq!(expected.messages.len(), 0);
        let mut pongs: Vec<_> = messages.iter().flat_map(Sent::pongs).collect();
        // The answer to the Close frame.
        pongs.push(Vec::new());
        prop_assert_eq!(server.pongs(), pongs);
    }
}
