//! Counts equal a naive count of the frames on the wire.

use core::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;

use sansocket::connection::{ChunkMut, Connection};
use sansocket::deflate::{self, Offer};
use sansocket::session::{Reading, Session, Step, Want};
use sansocket::{
    Chunk, CloseCode, CloseFrame, Limits, Message, MessageKind, Ping, Pong, PreparedMessage, Role,
    Timestamp, Traffic,
};

use crate::wire::{self, BINARY, CLOSE, FIN, PING, PONG, Sent};

/// What an endpoint sends.
#[derive(Clone, Debug)]
enum Action {
    Text(String),
    Binary(Vec<u8>),
    /// The header is queued, and the payload is written without copying.
    Large(Vec<u8>),
    Prepared(Vec<u8>),
    Chunks(Vec<Vec<u8>>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close,
}

/// One endpoint, and everything that it has written.
struct End {
    session: Session,
    wire: Vec<u8>,
    /// How much of the other endpoint's output it has read.
    read: usize,
}

/// Counts the frames in these bytes. The last one may be incomplete.
fn naive(bytes: &[u8]) -> Traffic {
    let (frames, _) = wire::frames_and_rest(bytes);
    let count = |is_counted: fn(&Sent) -> bool| {
        u64::try_from(frames.iter().filter(|frame| is_counted(frame)).count()).unwrap()
    };
    let mut traffic = Traffic::default();
    traffic.messages = count(|frame| frame.first & FIN != 0 && frame.first & 0x0F < CLOSE);
    traffic.bytes = u64::try_from(bytes.len()).unwrap();
    traffic.pings = count(|frame| frame.first & 0x0F == PING);
    traffic.pongs = count(|frame| frame.first & 0x0F == PONG);
    traffic
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from(Duration::from_secs(seconds))
}

impl End {
    fn new(role: Role, deflate: Option<&deflate::Config>) -> Self {
        let limits = Limits::default();
        let connection = match role {
            Role::Client => Connection::client(&limits, [7; 32].into()),
            Role::Server => Connection::server(&limits),
        };
        let connection = match deflate {
            Some(config) => connection.with_deflate(&Offer::new(config).answer(config).1, config),
            None => connection,
        };
        Self { session: Session::new(connection), wire: Vec::new(), read: 0 }
    }

    fn act(&mut self, action: &Action) {
        let writing = &mut self.session.writing;
        // What must not be sent any more, for example after a Close frame, is not counted.
        let _ = match action {
            Action::Text(text) => writing.send(text),
            Action::Binary(data) => writing.send(data),
            Action::Large(data) => match writing.send_header(Message::Binary(data)) {
                Ok(true) => {
                    writing.leave(data);
                    Ok(())
                }
                Ok(false) => writing.send(data),
                Err(error) => Err(error),
            },
            Action::Prepared(data) => {
                let config = deflate::Config::default();
                writing.send(PreparedMessage::binary(data).with_deflate(&config))
            }
            Action::Chunks(chunks) => {
                let kind = MessageKind::Binary;
                for chunk in chunks {
                    let _ = writing.send(Chunk::more(kind, chunk));
                }
                writing.send(Chunk::last(kind, b"the last"))
            }
            Action::Ping(data) => writing.send(Ping(data)),
            Action::Pong(data) => writing.send(Pong(data)),
            Action::Close => writing.send(CloseFrame { code: CloseCode::NORMAL, reason: "bye" }),
        };
    }

    /// Runs until everything from the `other` endpoint was read, in reads of these lengths.
    fn run(&mut self, other: &[u8], lens: &mut impl Iterator<Item = usize>) {
        let now = at(1);
        loop {
            let Session { reading, writing } = &mut self.session;
            match reading.next(now, writing).unwrap() {
                Step::Message => drop(reading.message().unwrap()),
                Step::Write => {
                    while writing.wants(now) == Want::Write {
                        let count = writing.unwritten().len().min(lens.next().unwrap());
                        self.wire.extend(&writing.unwritten()[..count]);
                        writing.written(count);
                    }
                    writing.flushed();
                }
                Step::Read => {
                    self.assert_counts(&other[..self.read]);
                    let room = self.session.reading.unfilled();
                    let rest = &other[self.read..];
                    let count = rest.len().min(room.len()).min(lens.next().unwrap());
                    if count > 0 {
                        room[..count].copy_from_slice(&rest[..count]);
                        self.read += count;
                        self.session.reading.filled(count);
                    }
                }
                Step::HalfClose => reading.lifecycle().half_closed(writing),
                Step::Drain => {
                    self.read = other.len();
                    reading.lifecycle().drained(0, writing);
                }
                Step::Ended | Step::Wait(_) => return,
                step => panic!("{step:?}"),
            }
        }
    }

    /// Checks the counts of both halves, when everything that was read has been received.
    fn assert_counts(&self, read: &[u8]) {
        let Session { reading, writing } = &self.session;
        let sent = [&self.wire, writing.unwritten()].concat();
        let stats = reading.stats(at(5), writing);
        assert_eq!(stats.sent, naive(&sent));
        assert_eq!(stats.received, naive(read));
        assert_eq!(stats.queued, writing.waiting());
        assert_eq!(writing.stats(at(5)), stats, "the half that writes says the same");
    }
}

fn payload() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        10 => vec(any::<u8>(), 0..140),
        5 => (any::<u8>(), 0..1000_usize).prop_map(|(byte, len)| vec![byte; len]),
        1 => (any::<u8>(), 65_530..70_000_usize).prop_map(|(byte, len)| vec![byte; len]),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    let control = || vec(any::<u8>(), 0..=125);
    prop_oneof![
        6 => "[a-z\u{20AC}]{0,200}".prop_map(Action::Text),
        6 => payload().prop_map(Action::Binary),
        3 => payload().prop_map(Action::Large),
        3 => payload().prop_map(Action::Prepared),
        3 => vec(payload(), 0..3).prop_map(Action::Chunks),
        3 => control().prop_map(Action::Ping),
        3 => control().prop_map(Action::Pong),
        1 => Just(Action::Close),
    ]
}

proptest! {
    #[test]
    fn counts_equal_a_naive_count_of_the_frames_on_the_wire(
        rounds in vec((vec(action(), 0..4), vec(action(), 0..4)), 1..5),
        lens in vec(prop_oneof![4 => 1..20_usize, 2 => 20..5000_usize, 1 => Just(100_000)], 1..8),
        is_compressed in any::<bool>(),
    ) {
        let config = deflate::Config::default();
        let deflate = is_compressed.then_some(&config);
        let mut client = End::new(Role::Client, deflate);
        let mut server = End::new(Role::Server, deflate);
        let mut lens = lens.into_iter().cycle();
        for (of_client, of_server) in rounds {
            of_client.iter().for_each(|action| client.act(action));
            of_server.iter().for_each(|action| server.act(action));
            // Exchange the answers to Pings and Close frames.
            for _ in 0..3 {
                client.run(&server.wire, &mut lens);
                server.run(&client.wire, &mut lens);
            }
            let [of_client, of_server] = [&client, &server].map(|end| {
                let Session { reading, writing } = &end.session;
                reading.stats(at(5), writing)
            });
            assert_eq!(of_client.sent, naive(&client.wire));
            assert_eq!(of_server.sent, naive(&server.wire));
            assert_eq!(of_client.age, Duration::from_secs(4));
        }
    }
}

#[test]
fn a_frame_made_in_place_counts() {
    for role in [Role::Client, Role::Server] {
        let mut sender = End::new(role, None).session.writing.into_parts().0;
        let mut wire = Vec::new();
        for len in [0, 125, 126, 65_535, 65_536] {
            let mut payload = vec![1; len];
            let chunk = ChunkMut::last(MessageKind::Binary, &mut payload);
            let frame = sender.frame_in_place(chunk).unwrap();
            wire.extend_from_slice(&frame.header);
            wire.extend_from_slice(frame.payload);
        }
        assert_eq!(sender.traffic(), naive(&wire));
    }
}

#[test]
fn an_invalid_item_is_not_counted() {
    let mut end = End::new(Role::Server, None);
    end.act(&Action::Ping(vec![0; 126]));
    end.act(&Action::Close);
    end.act(&Action::Text("late".into()));
    let stats = end.session.writing.stats(at(0));
    assert_eq!(stats.sent, naive(end.session.writing.unwritten()));
    assert_eq!(stats.queued, 7);
}

#[test]
fn a_message_counts_with_its_last_frame() {
    let mut receiver = Connection::server(&Limits::default()).receiver;
    let mut wire = wire::to(Role::Server, BINARY, b"of two");
    let first_len = wire.len();
    wire.extend(wire::to(Role::Server, FIN, b"frames"));
    for (at, byte) in wire.clone().iter_mut().enumerate() {
        let mut input = core::slice::from_mut(byte);
        while receiver.receive(&mut input).unwrap().is_some() {}
        let traffic = receiver.traffic();
        assert_eq!(traffic.bytes, u64::try_from(at + 1).unwrap());
        assert_eq!(traffic.messages, u64::from(at + 1 == wire.len()), "{first_len} and {at}");
    }
}

#[test]
fn bytes_that_arrive_just_before_the_end_are_counted() {
    for is_error in [false, true] {
        let now = at(1);
        let connection = Connection::client(&Limits::default(), [7; 32].into());
        let Session { mut reading, mut writing } = Session::new(connection);
        let mut fill = |reading: &mut Reading, needed, bytes: &[u8]| {
            while reading.next(now, &mut writing).unwrap() != Step::Read {}
            assert_eq!(reading.needed(), needed);
            reading.unfilled()[..bytes.len()].copy_from_slice(bytes);
            reading.filled(bytes.len());
        };
        fill(&mut reading, 1, &[0x82]);
        fill(&mut reading, 1, &[0x05]);
        fill(&mut reading, 5, b"Hel");
        if is_error {
            reading.failed(&mut writing);
        } else {
            reading.end_of_stream();
        }
        assert_eq!(reading.stats(now, &writing).received.bytes, 5);
    }
}
