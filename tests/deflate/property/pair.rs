//! Whatever two endpoints agree on and send arrives.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use sansocket::connection::ChunkMut;
use sansocket::deflate::{self, Compression, Offer, Params};
use sansocket::{Chunk, MessageKind, PreparedMessage, Role};

use super::strategy::{cuts, deflate, message, parts, read_lens};
use crate::agreement::ROLES;
use crate::endpoint::{Endpoint, Received};
use crate::naive::NaivePeer;
use crate::reading::{read_chunks, read_messages};

/// How a message is sent.
#[derive(Clone, Debug)]
enum Way {
    Whole,
    InPlace,
    /// Compressed before, for these windows.
    Prepared(Vec<u8>),
    /// In parts that end there, perhaps with a Ping after each.
    Parts(Vec<Index>, bool),
}

#[derive(Clone, Debug)]
enum Step {
    Message(Received, Way),
    Choose(Compression),
    ReleaseSender,
    ReleaseReceiver,
    /// What was sent so far reaches the other end.
    Deliver,
}

fn step() -> impl Strategy<Value = Step> {
    let way = prop_oneof![
        4 => Just(Way::Whole),
        1 => Just(Way::InPlace),
        1 => vec(8..=15_u8, 0..3).prop_map(Way::Prepared),
        3 => (cuts(), any::<bool>()).prop_map(|(cuts, pings)| Way::Parts(cuts, pings)),
    ];
    let compression = prop_oneof![
        3 => Just(Compression::Auto),
        2 => Just(Compression::Always),
        1 => Just(Compression::Never),
    ];
    prop_oneof![
        8 => (message(), way).prop_map(|(message, way)| Step::Message(message, way)),
        2 => compression.prop_map(Step::Choose),
        1 => Just(Step::ReleaseSender),
        1 => Just(Step::ReleaseReceiver),
        2 => Just(Step::Deliver),
    ]
}

fn send(end: &mut Endpoint, message: &Received, way: Way) -> Vec<Received> {
    let (kind, payload) = match message {
        Received::Text(text) => (MessageKind::Text, text.as_bytes()),
        Received::Binary(data) => (MessageKind::Binary, &data[..]),
        other => unreachable!("{other:?} is no message"),
    };
    let mut expected = Vec::new();
    let (sender, out) = (&mut end.connection.sender, &mut end.out);
    match way {
        Way::Whole => match message {
            Received::Text(text) => sender.send_text(text, out).unwrap(),
            _ => sender.send_binary(payload, out).unwrap(),
        },
        Way::InPlace => {
            let mut payload = payload.to_vec();
            let frame = sender.frame_in_place(ChunkMut::last(kind, &mut payload)).unwrap();
            out.extend_from_slice(&frame.header);
            out.extend_from_slice(frame.payload);
        }
        Way::Prepared(windows) => {
            let prepared = match message {
                Received::Text(text) => PreparedMessage::text(text),
                _ => PreparedMessage::binary(payload),
            };
            let prepared = windows.into_iter().fold(prepared, |prepared, bits| {
                let config = deflate::Config::default().server_max_window_bits(bits);
                prepared.with_deflate(&config)
            });
            sender.send_prepared(&prepared, out).unwrap();
        }
        Way::Parts(cuts, pings) => {
            let mut parts = parts(payload, &cuts);
            let last = parts.pop().unwrap();
            for part in parts {
                sender.send_chunk(Chunk::more(kind, part), out).unwrap();
                if pings {
                    sender.send_ping(b"ping", out).unwrap();
                    expected.push(Received::Ping(b"ping".into()));
                }
            }
            sender.send_chunk(Chunk::last(kind, last), out).unwrap();
        }
    }
    expected.push(message.clone());
    expected
}

/// What a client and a server with different configs agree on.
fn agreed(client: &deflate::Config, server: &deflate::Config) -> Params {
    let offer = Offer::new(client);
    let (answer, params) = offer.answer(server);
    assert_eq!(offer.accept(&answer), Ok(params));
    params
}

/// One endpoint, and its history.
struct End {
    endpoint: Endpoint,
    /// What it must receive.
    expected: Vec<Received>,
    /// All bytes that have reached it.
    bytes: Vec<u8>,
    /// Reads what it sends.
    naive: NaivePeer,
}

impl End {
    fn new(role: Role, params: &Params, config: &deflate::Config) -> Self {
        let mut endpoint = Endpoint::new(role);
        endpoint.connection = endpoint.connection.with_deflate(params, config);
        let naive = match role {
            Role::Client => {
                NaivePeer::new(params.client_max_window_bits, params.client_no_context_takeover)
            }
            Role::Server => {
                NaivePeer::new(params.server_max_window_bits, params.server_no_context_takeover)
            }
        };
        Self { endpoint, expected: Vec::new(), bytes: Vec::new(), naive }
    }
}

fn index(role: Role) -> usize {
    match role {
        Role::Client => 0,
        Role::Server => 1,
    }
}

fn is_pong(received: &Received) -> bool {
    matches!(received, Received::Pong(_))
}

fn is_message(received: &Received) -> bool {
    matches!(received, Received::Text(_) | Received::Binary(_))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn messages_pass_unchanged_and_in_order_both_ways(
        (client, server) in (deflate(), deflate()),
        steps in vec((0..2_usize, step()), 0..12),
        read_lens in read_lens(),
    ) {
        let params = agreed(&client, &server);
        let mut ends = [
            End::new(Role::Client, &params, &client),
            End::new(Role::Server, &params, &server),
        ];
        let last = [(0, Step::Deliver), (1, Step::Deliver)];
        for (from, step) in steps.into_iter().chain(last.clone()).chain(last) {
            let [first, second] = &mut ends;
            let (end, other) = if from == 0 { (first, second) } else { (second, first) };
            match step {
                Step::Message(message, way) => {
                    other.expected.extend(send(&mut end.endpoint, &message, way));
                }
                Step::Choose(compression) => {
                    end.endpoint.connection.sender.set_compression(compression);
                }
                Step::ReleaseSender => end.endpoint.connection.sender.release(),
                Step::ReleaseReceiver => end.endpoint.connection.receiver.release(),
                Step::Deliver => {
                    let bytes = end.endpoint.take_out();
                    // No reference goes beyond the window, and each part can be read when it
                    // arrives.
                    end.naive.read(&bytes);
                    prop_assert_eq!(other.endpoint.receive_in(&bytes, &read_lens), Ok(()));
                    other.bytes.extend(bytes);
                }
            }
        }
        for role in ROLES {
            let End { endpoint, expected, bytes, .. } = &mut ends[index(role)];
            endpoint.received.retain(|received| !is_pong(received));
            prop_assert!(endpoint.received == *expected);

            // The same bytes in other reads.
            expected.retain(is_message);
            let receiver = |config| End::new(role, &params, config).endpoint.connection.receiver;
            let mut messages = Vec::new();
            let error = read_messages(&mut receiver(&client), bytes, 3000, &mut messages);
            prop_assert!(error.is_none() && messages == *expected);
            let mut messages = Vec::new();
            let error = read_chunks(&mut receiver(&client), bytes, usize::MAX, &mut messages);
            prop_assert!(error.is_none() && messages == *expected);
        }
    }
}
