//! Whatever one endpoint sends, in any frames, the other endpoint receives.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use sansocket::connection::ChunkMut;
use sansocket::{Chunk, Limits, MessageKind, PreparedMessage, Role};

use crate::endpoint::{Endpoint, Received};
use crate::session::{payload, read_lens, role, text};

/// How a message is sent.
#[derive(Clone, Debug)]
enum Way {
    Whole,
    Prepared,
    InPlace,
    /// In parts that end there, with an optional Ping after each.
    Parts(Vec<Index>, Option<Vec<u8>>),
}

#[derive(Clone, Debug)]
enum Step {
    Message(Received, Way),
    Ping(Vec<u8>),
    /// What was sent so far reaches the other endpoint.
    Deliver,
}

fn step() -> impl Strategy<Value = Step> {
    let data = || vec(any::<u8>(), 0..=125);
    let message =
        prop_oneof![payload().prop_map(Received::Binary), text().prop_map(Received::Text),];
    let way = prop_oneof![
        Just(Way::Whole),
        Just(Way::Prepared),
        Just(Way::InPlace),
        (vec(any::<Index>(), 0..5), proptest::option::of(data()))
            .prop_map(|(cuts, ping)| Way::Parts(cuts, ping)),
    ];
    prop_oneof![
        4 => (message, way).prop_map(|(message, way)| Step::Message(message, way)),
        1 => data().prop_map(Step::Ping),
        2 => Just(Step::Deliver),
    ]
}

fn kind_and_payload(message: &Received) -> (MessageKind, &[u8]) {
    match message {
        Received::Text(text) => (MessageKind::Text, text.as_bytes()),
        Received::Binary(data) => (MessageKind::Binary, data),
        other => unreachable!("{other:?} is no message"),
    }
}

/// The parts of a payload that end at these places.
fn parts<'a>(payload: &'a [u8], cuts: &[Index]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(payload.len() + 1)).collect();
    cuts.extend([0, payload.len()]);
    cuts.sort_unstable();
    cuts.windows(2).map(|ends| &payload[ends[0]..ends[1]]).collect()
}

fn send_in_place(endpoint: &mut Endpoint, kind: MessageKind, payload: &[u8], is_last: bool) {
    let mut payload = payload.to_vec();
    let sender = &mut endpoint.connection.sender;
    let frame =
        sender.frame_in_place(ChunkMut { is_last, ..ChunkMut::more(kind, &mut payload) }).unwrap();
    endpoint.out.extend_from_slice(&frame.header);
    endpoint.out.extend_from_slice(frame.payload);
}

/// Sends, and returns what the other endpoint must receive.
fn send(endpoint: &mut Endpoint, message: Received, way: Way) -> Vec<Received> {
    let (kind, payload) = kind_and_payload(&message);
    let mut expected = Vec::new();
    match (&message, way) {
        (Received::Text(text), Way::Whole) => {
            endpoint.send(|sender, out| sender.send_text(text, out)).unwrap();
        }
        (_, Way::Whole) => {
            endpoint.send(|sender, out| sender.send_binary(payload, out)).unwrap();
        }
        (Received::Text(text), Way::Prepared) => {
            let prepared = PreparedMessage::text(text);
            endpoint.send(|sender, out| sender.send_prepared(&prepared, out)).unwrap();
        }
        (_, Way::Prepared) => {
            let prepared = PreparedMessage::binary(payload);
            endpoint.send(|sender, out| sender.send_prepared(&prepared, out)).unwrap();
        }
        (_, Way::InPlace) => send_in_place(endpoint, kind, payload, true),
        (_, Way::Parts(cuts, ping)) => {
            let mut parts = parts(payload, &cuts);
            let last = parts.pop().expect("there is one part at least");
            for part in parts {
                endpoint
                    .send(|sender, out| sender.send_chunk(Chunk::more(kind, part), out))
                    .unwrap();
                if let Some(ping) = &ping {
                    endpoint.send(|sender, out| sender.send_ping(ping, out)).unwrap();
                    expected.push(Received::Ping(ping.clone()));
                }
            }
            endpoint.send(|sender, out| sender.send_chunk(Chunk::last(kind, last), out)).unwrap();
        }
    }
    expected.push(message);
    expected
}

fn split_off_pongs(received: Vec<Received>) -> (Vec<Received>, Vec<Received>) {
    received.into_iter().partition(|received| !matches!(received, Received::Pong(_)))
}

proptest! {
    // Shows 6455-5.4-9 (both).
    #[test]
    fn messages_pass_unchanged_and_in_order_both_ways(
        steps in vec((role(), step()), 0..10),
        read_lens in read_lens(),
    ) {
        // Above the high-water mark only the latest Ping is answered.
        let limits = Limits::default().high_water_mark(usize::MAX);
        let [mut client, mut server] =
            [Role::Client, Role::Server].map(|role| Endpoint::with(role, &limits));
        let (mut to_client, mut to_server) = (Vec::new(), Vec::new());
        let last = [(Role::Client, Step::Deliver), (Role::Server, Step::Deliver)];
        for (from, step) in steps.into_iter().chain(last.clone()).chain(last) {
            let (end, other, expected) = match from {
                Role::Client => (&mut client, &mut server, &mut to_server),
                Role::Server => (&mut server, &mut client, &mut to_client),
            };
            match step {
                Step::Message(message, way) => expected.extend(send(end, message, way)),
                Step::Ping(data) => {
                    end.send(|sender, out| sender.send_ping(&data, out)).unwrap();
                    expected.push(Received::Ping(data));
                }
                Step::Deliver => {
                    let bytes = end.take_out();
                    prop_assert_eq!(other.receive_in(&bytes, &read_lens), Ok(()));
                }
            }
        }
        let pongs = |sent: &[Received]| -> Vec<Received> {
            let pongs = sent.iter().filter_map(|sent| match sent {
                Received::Ping(data) => Some(Received::Pong(data.clone())),
                _ => None,
            });
            pongs.collect()
        };
        prop_assert_eq!(split_off_pongs(client.received), (to_client.clone(), pongs(&to_server)));
        prop_assert_eq!(split_off_pongs(server.received), (to_server, pongs(&to_client)));
    }

    #[test]
    fn a_frame_in_place_equals_a_chunk_that_was_copied(
        role in role(),
        payload in payload(),
        cuts in vec(any::<Index>(), 0..5),
    ) {
        let (mut in_place, mut copied) = (Endpoint::new(role), Endpoint::new(role));
        let kind = MessageKind::Binary;
        for piece in parts(&payload, &cuts) {
            send_in_place(&mut in_place, kind, piece, false);
            copied.send(|sender, out| sender.send_chunk(Chunk::more(kind, piece), out)).unwrap();
        }
        prop_assert_eq!(in_place.out, copied.out);
    }
}
