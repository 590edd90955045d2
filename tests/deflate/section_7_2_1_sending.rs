//! RFC 7692 6.1 and 7.2.1: which messages are compressed, so that the peer can read all of them.

use sansocket::connection::{ChunkMut, SendError};
use sansocket::deflate::{self, Compression};
use sansocket::{Chunk, Limits, MessageKind, Role};

use crate::agreement::{ROLES, endpoint};
use crate::data::{ever_more_compressible, json, random};
use crate::endpoint::Endpoint;
use crate::naive::{NaiveFrame, NaivePeer};
use crate::wire::{self, BINARY, CONTINUATION, FIN, PING, PONG, RSV1, TEXT};

/// An endpoint, and one that reads what it sends.
struct Sending {
    end: Endpoint,
    peer: NaivePeer,
}

impl Sending {
    fn new(role: Role, compression: Compression, deflate: &deflate::Config) -> Self {
        let mut end = endpoint(role, &Limits::default(), deflate);
        end.connection.sender.set_compression(compression);
        Self { end, peer: NaivePeer::new(15, false) }
    }

    fn set(&mut self, compression: Compression) {
        self.end.connection.sender.set_compression(compression);
    }

    fn read(&mut self) -> Vec<NaiveFrame> {
        self.peer.read(&self.end.take_out())
    }

    /// Sends a message and checks how it arrives.
    #[track_caller]
    fn assert_sends(&mut self, message: &[u8], is_compressed: bool) {
        self.end.send(|sender, out| sender.send_binary(message, out)).unwrap();
        let frames = self.read();
        assert_eq!(frames.len(), 1);
        assert_eq!(frames[0].first, FIN | BINARY);
        assert_eq!(frames[0].is_compressed, is_compressed, "{} bytes", message.len());
        assert!(frames[0].payload == message);
        assert!(is_compressed || frames[0].wire_len == message.len());
    }

    /// Sends a chunk and checks how it arrives.
    #[track_caller]
    fn assert_sends_chunk(&mut self, chunk: Chunk<'_>, first: u8, is_compressed: bool) {
        self.end.send(|sender, out| sender.send_chunk(chunk, out)).unwrap();
        let frames = self.read();
        assert_eq!(frames.len(), 1);
        assert_eq!(frames[0].first, first);
        assert_eq!(frames[0].is_compressed, is_compressed);
        assert_eq!(frames[0].payload, chunk.payload);
    }

    /// Sends a whole message in place and checks how it arrives.
    #[track_caller]
    fn assert_sends_in_place(&mut self, message: &[u8]) {
        let mut payload = message.to_vec();
        let sender = &mut self.end.connection.sender;
        let frame =
            sender.frame_in_place(ChunkMut::last(MessageKind::Binary, &mut payload)).unwrap();
        let bytes = [&*frame.header, &*frame.payload].concat();
        let frames = self.peer.read(&bytes);
        assert!(!frames[0].is_compressed);
        assert!(frames[0].payload == message);
    }
}

fn more(data: &[u8]) -> Chunk<'_> {
    Chunk::more(MessageKind::Text, data)
}

fn last(data: &[u8]) -> Chunk<'_> {
    Chunk::last(MessageKind::Text, data)
}

fn config() -> deflate::Config {
    deflate::Config::default()
}

#[test]
fn auto_compresses_from_a_length_on() {
    for role in ROLES {
        for (min_len, config) in
            [(64, config()), (1000, config().min_len(1000)), (10, config().min_len(10))]
        {
            let mut sending = Sending::new(role, Compression::Auto, &config);
            for len in [0, 1, min_len - 1] {
                sending.assert_sends(&vec![b'a'; len], false);
            }
            for len in [min_len, min_len + 1, 100_000] {
                sending.assert_sends(&vec![b'a'; len], true);
            }
        }
    }
}

// Shows 7692-6-1.
#[test]
fn auto_is_the_default() {
    for role in ROLES {
        let mut end = endpoint(role, &Limits::default(), &config());
        end.send(|sender, out| sender.send_text(&json(1000), out)).unwrap();
        end.send(|sender, out| sender.send_text("short", out)).unwrap();
        let frames = wire::frames(&end.out);
        assert_eq!(frames[0].first, FIN | RSV1 | TEXT);
        assert_eq!(frames[1].first, FIN | TEXT);
        for frame in frames {
            assert_eq!(frame.key.is_some(), role == Role::Client);
        }
    }
}

// Shows 7692-6-1, 7692-7.2.1-2, 7692-7.2.1-6.
#[test]
fn always_compresses_every_message() {
    for role in ROLES {
        let mut sending = Sending::new(role, Compression::Always, &config());
        for message in [&[][..], b"x", &random(1000, 1), &[0; 1000], &random(100_000, 2)] {
            sending.assert_sends(message, true);
        }
    }
}

// Shows 7692-8-2.
#[test]
fn never_compresses_none() {
    for role in ROLES {
        let mut sending = Sending::new(role, Compression::Never, &config());
        sending.assert_sends(&[0; 1000], false);
        let text = json(100).into_bytes();
        sending.assert_sends_chunk(more(&text), TEXT, false);
        sending.assert_sends_chunk(last(&text), FIN | CONTINUATION, false);
    }
}

// Shows 7692-6.1-1, 7692-8-2.
#[test]
fn the_choice_can_change_between_messages() {
    for role in ROLES {
        let mut sending = Sending::new(role, Compression::Never, &config());
        let text = json(1000).into_bytes();
        for _ in 0..3 {
            sending.set(Compression::Never);
            sending.assert_sends(&text, false);
            sending.set(Compression::Auto);
            sending.assert_sends(&text, true);
            sending.assert_sends(b"short", false);
            sending.set(Compression::Always);
            sending.assert_sends(b"short", true);
        }
    }
}

// Shows 7692-6.1-1, 7692-7.2.1-5.
#[test]
fn a_message_that_does_not_shrink_is_sent_plain_and_leaves_the_window() {
    for role in ROLES {
        for level in 0..=9 {
            let mut sending = Sending::new(role, Compression::Auto, &config().level(level));
            let is_compressed = level > 0;
            let text = json(1000).into_bytes();
            sending.assert_sends(&text, is_compressed);
            let secret = random(2000, 3);
            sending.assert_sends(&secret, false);
            // Begins like the message that is not in the peer's window, and does shrink.
            sending.assert_sends(&[&secret[..], &[0; 2000]].concat(), is_compressed);
            sending.assert_sends(&text, is_compressed);
            sending.assert_sends(&random(70_000, 4), false);
            sending.assert_sends(&text, is_compressed);
        }
    }
}

#[test]
fn a_message_is_not_made_longer() {
    for role in ROLES {
        let mut sending = Sending::new(role, Compression::Auto, &config().min_len(0));
        for len in 0..200 {
            let message = random(len, 5);
            sending.end.send(|sender, out| sender.send_binary(&message, out)).unwrap();
            let frames = sending.read();
            assert!(frames[0].payload == message);
            assert!(frames[0].wire_len <= len);
        }
    }
}

#[test]
fn after_messages_that_do_not_shrink_some_are_not_tried() {
    let in_vain = random(120, 1);
    let text = json(120);
    for role in ROLES {
        // The number of messages that were tried or skipped, and of those that are skipped next.
        for (sent, skipped) in
            [(0, 0), (1, 0), (2, 1), (3, 0), (4, 3), (5, 2), (8, 7), (64, 63), (500, 11)]
        {
            let mut sending = Sending::new(role, Compression::Auto, &config());
            for _ in 0..sent {
                sending.assert_sends(&in_vain, false);
            }
            for _ in 0..skipped {
                sending.assert_sends(text.as_bytes(), false);
            }
            // After the first one that shrinks, all are tried.
            sending.assert_sends(text.as_bytes(), true);
            sending.assert_sends(&in_vain, false);
            sending.assert_sends(text.as_bytes(), true);
        }
        let mut sending = Sending::new(role, Compression::Auto, &config());
        for _ in 0..500 {
            sending.assert_sends(&in_vain, false);
        }
        // A longer one than any that was tried; and where the application has chosen.
        sending.assert_sends(json(121).as_bytes(), true);
        for _ in 0..64 {
            sending.assert_sends(&in_vain, false);
        }
        sending.set(Compression::Always);
        sending.assert_sends(text.as_bytes(), true);
    }
}

#[test]
fn a_message_is_compressed_if_that_saves_a_byte() {
    let mut shorter_by = Vec::new();
    for message in ever_more_compressible() {
        let mut sending = Sending::new(Role::Server, Compression::Always, &config());
        sending.end.send(|sender, out| sender.send_binary(&message, out)).unwrap();
        let len = sending.read()[0].wire_len;
        let mut sending = Sending::new(Role::Server, Compression::Auto, &config());
        sending.assert_sends(&message, len < message.len());
        shorter_by.push(message.len().checked_sub(len));
    }
    for bytes in [None, Some(0), Some(1)] {
        assert!(shorter_by.contains(&bytes), "{bytes:?}");
    }
}

// Shows 7692-6-1, 7692-6-2, 7692-6-6, 7692-6.1-2, 7692-7.2.1-6.
#[test]
fn each_chunk_can_be_read_when_it_arrives() {
    for role in ROLES {
        for compression in [Compression::Auto, Compression::Always] {
            let mut sending = Sending::new(role, compression, &config());
            for _ in 0..2 {
                sending.assert_sends_chunk(more(b"short"), TEXT, true);
                sending.assert_sends_chunk(more(&[]), CONTINUATION, true);
                // The two bytes of one character.
                sending.assert_sends_chunk(more(b"Z\xC3"), CONTINUATION, true);
                sending.assert_sends_chunk(more(b"\xBCrich"), CONTINUATION, true);
                let text = json(100_000).into_bytes();
                sending.assert_sends_chunk(more(&text), CONTINUATION, true);
                sending.assert_sends_chunk(last(b"end"), FIN | CONTINUATION, true);

                sending.assert_sends_chunk(more(&[]), TEXT, true);
                sending.assert_sends_chunk(more(&text), CONTINUATION, true);
                sending.assert_sends_chunk(last(&[]), FIN | CONTINUATION, true);

                sending.assert_sends_chunk(more(&[]), TEXT, true);
                sending.assert_sends_chunk(last(&[]), FIN | CONTINUATION, true);
                sending.assert_sends_chunk(last(&[]), FIN | TEXT, true);
            }
        }
    }
}

#[test]
fn a_chunk_refers_to_those_before_it() {
    for role in ROLES {
        let mut sending = Sending::new(role, Compression::Auto, &config());
        let mut lens = Vec::new();
        for is_last in [false, false, true] {
            let data = random(1000, 6);
            sending
                .end
                .send(|sender, out| {
                    sender.send_chunk(
                        Chunk { is_last, ..Chunk::more(MessageKind::Binary, &data) },
                        out,
                    )
                })
                .unwrap();
            lens.push(sending.read()[0].wire_len);
        }
        assert!(lens[0] > 1000);
        assert!(lens[1] < 50 && lens[2] < 50, "{lens:?}");
    }
}

#[test]
fn a_message_continues_as_it_began_whatever_is_chosen_meanwhile() {
    for role in ROLES {
        let mut sending = Sending::new(role, Compression::Always, &config());
        sending.assert_sends_chunk(more(b"compressed"), TEXT, true);
        sending.set(Compression::Never);
        sending.assert_sends_chunk(more(b"compressed"), CONTINUATION, true);
        sending.assert_sends_chunk(last(b"compressed"), FIN | CONTINUATION, true);
        sending.assert_sends_chunk(more(b"plain"), TEXT, false);
        sending.set(Compression::Always);
        sending.assert_sends_chunk(more(b"plain"), CONTINUATION, false);
        sending.assert_sends_chunk(last(b"plain"), FIN | CONTINUATION, false);
        sending.assert_sends(b"compressed", true);
    }
}

// Shows 7692-6-2.
#[test]
fn control_frames_between_chunks_are_plain() {
    for role in ROLES {
        let mut sending = Sending::new(role, Compression::Always, &config());
        sending.assert_sends_chunk(more(b"first"), TEXT, true);
        sending.end.send(|sender, out| sender.send_ping(b"ping", out)).unwrap();
        sending.end.send(|sender, out| sender.send_pong(b"pong", out)).unwrap();
        let frames = sending.read();
        let contents: Vec<_> = frames
            .iter()
            .map(|frame| (frame.first, frame.is_compressed, &frame.payload[..]))
            .collect();
        assert_eq!(contents, [(FIN | PING, false, &b"ping"[..]), (FIN | PONG, false, b"pong"),]);
        sending.assert_sends_chunk(last(b"last"), FIN | CONTINUATION, true);
    }
}

#[test]
fn a_frame_in_place_is_plain_and_not_part_of_a_compressed_message() {
    for role in ROLES {
        let mut sending = Sending::new(role, Compression::Always, &config());
        sending.assert_sends(&[b'a'; 100], true);
        sending.assert_sends_in_place(&[b'b'; 100]);
        sending.assert_sends(&[b'a'; 100], true);

        sending.assert_sends_chunk(more(b"compressed"), TEXT, true);
        let mut payload = *b"in place";
        for is_last in [false, true] {
            let sender = &mut sending.end.connection.sender;
            let error = sender.frame_in_place(ChunkMut {
                is_last,
                ..ChunkMut::more(MessageKind::Text, &mut payload)
            });
            assert_eq!(error.unwrap_err(), SendError::Compressed);
        }
        assert_eq!(payload, *b"in place");
        sending.assert_sends_chunk(last(b"compressed"), FIN | CONTINUATION, true);

        // A message that began in place continues uncompressed.
        let sender = &mut sending.end.connection.sender;
        let frame = sender.frame_in_place(ChunkMut::more(MessageKind::Text, &mut payload)).unwrap();
        let bytes = [&*frame.header, &*frame.payload].concat();
        assert!(!sending.peer.read(&bytes)[0].is_compressed);
        sending.assert_sends_chunk(more(b"plain"), CONTINUATION, false);
        sending.assert_sends_chunk(last(b"plain"), FIN | CONTINUATION, false);
        sending.assert_sends(&[b'a'; 100], true);
    }
}

#[test]
fn a_refused_message_changes_nothing() {
    for role in ROLES {
        let mut sending = Sending::new(role, Compression::Always, &config());
        sending.assert_sends_chunk(more(b"begun"), TEXT, true);
        let unfinished = SendError::MessageUnfinished { kind: MessageKind::Text };
        let text = json(1000);
        let error = sending.end.send(|sender, out| sender.send_text(&text, out));
        assert_eq!(error, Err(unfinished));
        let error = sending.end.send(|sender, out| {
            sender.send_chunk(Chunk::last(MessageKind::Binary, text.as_bytes()), out)
        });
        assert_eq!(error, Err(unfinished));
        let invalid = [text.as_bytes(), b"\xFF"].concat();
        let error = sending
            .end
            .send(|sender, out| sender.send_chunk(Chunk::last(MessageKind::Text, &invalid), out));
        assert_eq!(error, Err(SendError::InvalidUtf8));
        assert_eq!(sending.end.out, []);
        sending.assert_sends_chunk(last(text.as_bytes()), FIN | CONTINUATION, true);

        sending.end.send(|sender, out| sender.send_close(None, out)).unwrap();
        sending.end.take_out();
        let error = sending.end.send(|sender, out| sender.send_text(&text, out));
        assert_eq!(error, Err(SendError::Closed));
        assert_eq!(sending.end.out, []);
    }
}

#[test]
fn a_pending_pong_is_sent_before_the_next_message() {
    let config = Limits::default().high_water_mark(100);
    for role in ROLES {
        let mut end = endpoint(role, &config, &deflate::Config::default());
        let text = random(100, 7);
        end.send(|sender, out| sender.send_binary(&text, out)).unwrap();
        for data in [b"1", b"2"] {
            end.receive(&wire::to(role, FIN | PING, data)).unwrap();
        }
        let mut peer = NaivePeer::new(15, false);
        assert_eq!(peer.read(&end.take_out()).len(), 1, "the Pong is kept back");
        let text = json(1000);
        end.send(|sender, out| sender.send_text(&text, out)).unwrap();
        let frames = peer.read(&end.take_out());
        assert_eq!(frames[0].first, FIN | PONG);
        assert_eq!(frames[0].payload, b"2");
        assert!(frames[1].is_compressed);
        assert_eq!(frames[1].payload, text.as_bytes());

        // The same before a chunk, and alone.
        for in_chunks in [true, false] {
            end.out = vec![0; 100];
            end.receive(&wire::to(role, FIN | PING, b"3")).unwrap();
            assert_eq!(end.out.len(), 100);
            end.out.clear();
            if in_chunks {
                end.send(|sender, out| {
                    sender.send_chunk(Chunk::last(MessageKind::Text, text.as_bytes()), out)
                })
                .unwrap();
            } else {
                end.connection.sender.send_deferred(&mut end.out);
            }
            let frames = peer.read(&end.take_out());
            assert_eq!(frames[0].first, FIN | PONG);
            assert_eq!(frames.len(), if in_chunks { 2 } else { 1 });
        }
    }
}

// Shows own-adapters-6 (server).
#[test]
fn a_connection_that_compresses_is_printed_without_what_it_holds() {
    let mut end = endpoint(Role::Server, &Limits::default(), &config());
    let text = json(1000);
    end.send(|sender, out| sender.send_text(&text, out)).unwrap();
    let printed = format!("{:?}", end.connection);
    assert!(printed.contains("Deflater { config: DeflateConfig {"), "{printed}");
    assert!(printed.contains("Inflater { window_bits: 15, .. }"), "{printed}");
    assert!(!printed.contains("temperature"));
}
