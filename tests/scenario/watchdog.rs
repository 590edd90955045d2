//! The keepalive, idle and close timeouts, in simulated time.

use core::time::Duration;

use sansocket::connection::{ProtocolError, TransportAction, Watchdog, WatchdogAction};
use sansocket::{Initiator, Role, TimeoutKind, Timeouts, Timestamp};

use crate::endpoint::{Endpoint, Received};
use crate::pair::{Pair, ROLES};
use crate::wire::{self, BINARY, CLOSE, CONTINUATION, FIN, Length, PING, PONG, TEXT, key_to};

/// An endpoint under a watchdog.
struct Watched {
    role: Role,
    endpoint: Endpoint,
    watchdog: Watchdog,
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn at(secs: u64) -> Timestamp {
    Timestamp::from(seconds(secs))
}

fn wake_at(secs: u64) -> WatchdogAction {
    WatchdogAction::WakeAt(at(secs))
}

/// No timeouts except for those that a test sets.
fn unlimited() -> Timeouts {
    Timeouts::default().ping_interval(None)
}

/// A Ping at 20 s, a Pong within 5 s.
fn keepalive() -> Timeouts {
    Timeouts::default().pong(seconds(5))
}

impl Watched {
    /// Opens at the time 0.
    fn open(role: Role, timeouts: Timeouts) -> Self {
        let (endpoint, watchdog) = (Endpoint::new(role), Watchdog::new(timeouts));
        let mut watched = Self { role, endpoint, watchdog };
        watched.poll(0);
        assert_eq!(watched.endpoint.out, []);
        watched
    }

    fn poll(&mut self, secs: u64) -> WatchdogAction {
        poll(&mut self.watchdog, &mut self.endpoint, at(secs))
    }

    fn receive(&mut self, first: u8, payload: &[u8]) {
        self.endpoint.receive(&wire::to(self.role, first, payload)).unwrap();
    }

    /// Returns what was sent since the last call.
    fn sent(&mut self) -> Vec<(u8, Vec<u8>)> {
        wire::contents(&self.endpoint.take_out())
    }
}

/// Polls when the transport has accepted this many bytes in total, and this many wait.
fn poll_writing(watched: &mut Watched, secs: u64, taken: u32, waiting: usize) -> WatchdogAction {
    let Watched { endpoint, watchdog, .. } = watched;
    let liveness = endpoint.connection.receiver.liveness().with_writes(taken, waiting);
    watchdog.poll(at(secs), liveness, &mut endpoint.connection.sender, &mut endpoint.out)
}

fn poll(watchdog: &mut Watchdog, endpoint: &mut Endpoint, now: Timestamp) -> WatchdogAction {
    let liveness = endpoint.connection.receiver.liveness();
    watchdog.poll(now, liveness, &mut endpoint.connection.sender, &mut endpoint.out)
}

fn ping(number: u64) -> (u8, Vec<u8>) {
    (FIN | PING, number.to_be_bytes().to_vec())
}

fn close(code: u16, reason: &str) -> (u8, Vec<u8>) {
    (FIN | CLOSE, wire::close_payload(code, reason))
}

// Shows 6455-7.2.1-2, 6455-7.3-2.
#[test]
fn without_timeouts_there_is_nothing_to_wait_for() {
    for role in ROLES {
        let mut watched = Watched::open(role, unlimited());
        assert_eq!(watched.poll(0), WatchdogAction::Idle);
        assert_eq!(watched.poll(1_000_000_000), WatchdogAction::Idle);
        assert_eq!(watched.sent(), []);
    }
}

// Shows 6455-5.5.2-4.
#[test]
fn a_ping_is_sent_when_its_interval_has_passed_and_not_before() {
    for role in ROLES {
        let mut watched = Watched::open(role, keepalive());
        assert_eq!(watched.poll(0), wake_at(20));
        assert_eq!(watched.poll(19), wake_at(20));
        assert_eq!(watched.sent(), []);
        assert_eq!(watched.poll(20), wake_at(25));
        assert_eq!(watched.sent(), [ping(0)]);
        assert_eq!(watched.poll(22), wake_at(25));
        assert_eq!(watched.sent(), [], "one Ping at a time");
    }
}

#[test]
fn a_ping_that_is_answered_is_followed_by_the_next_one() {
    for role in ROLES {
        let mut watched = Watched::open(role, keepalive());
        for number in 0..5 {
            let now = 20 * (number + 1);
            assert_eq!(watched.poll(now), wake_at(now + 5));
            assert_eq!(watched.sent(), [ping(number)]);
            watched.receive(FIN | PONG, &number.to_be_bytes());
            assert_eq!(watched.poll(now + 1), wake_at(now + 20));
        }
        assert_eq!(watched.sent(), []);
    }
}

#[test]
fn a_pong_that_took_longer_than_the_interval_is_followed_by_a_ping_at_once() {
    let timeouts = Timeouts::default().ping_interval(Some(seconds(2))).pong(seconds(60));
    let mut watched = Watched::open(Role::Server, timeouts);
    watched.poll(2);
    assert_eq!(watched.sent(), [ping(0)]);
    watched.receive(FIN | PONG, &0_u64.to_be_bytes());
    assert_eq!(watched.poll(10), wake_at(70));
    assert_eq!(watched.sent(), [ping(1)]);
}

// Shows 6455-7.4.1-3, own-limits-8.
#[test]
fn a_peer_that_does_not_answer_expires() {
    for role in ROLES {
        let mut watched = Watched::open(role, keepalive());
        watched.poll(20);
        watched.sent();
        assert_eq!(watched.poll(24), wake_at(25));
        assert_eq!(watched.poll(25), WatchdogAction::Expired(TimeoutKind::Pong));
        assert_eq!(watched.sent(), [close(1011, "no Pong")]);
        assert!(watched.endpoint.connection.sender.is_closed());

        // The transport is dropped then.
        assert_eq!(watched.endpoint.receive_eof(), Err(ProtocolError::ConnectionLost));
        let info = watched.endpoint.connection.close_info().unwrap();
        assert_eq!((info.initiator, info.was_clean), (Initiator::Local, false));
    }
}

#[test]
fn any_byte_is_a_sign_of_life() {
    for role in ROLES {
        let mut watched = Watched::open(role, keepalive());
        watched.poll(20);
        watched.sent();
        // A large frame, after which the Pong comes.
        let header = wire::header(FIN | BINARY, Length::Bits16(1000), key_to(role));
        for (now, byte) in (24..).step_by(4).zip(header) {
            watched.endpoint.receive(&[byte]).unwrap();
            assert_eq!(watched.poll(now), wake_at(now + 5));
        }
        watched.endpoint.receive(&[0]).unwrap();
        assert_eq!(watched.poll(100), wake_at(105));
        assert_eq!(watched.sent(), [], "the first Ping is not answered yet");
        assert_eq!(watched.poll(105), WatchdogAction::Expired(TimeoutKind::Pong));
    }
}

// Shows 6455-5.5.3-2.
#[test]
fn a_peer_that_answers_only_the_latest_of_several_pings_does_not_expire() {
    // RFC 6455 5.5.3: it may. The latest is one that the application has sent.
    for role in ROLES {
        for data in [&b""[..], b"from the application", &77_u64.to_be_bytes()] {
            let mut watched = Watched::open(role, keepalive());
            watched.poll(20);
            watched.endpoint.send(|sender, out| sender.send_ping(data, out)).unwrap();
            watched.receive(FIN | PONG, data);
            assert_eq!(watched.poll(21), wake_at(40));
            assert_eq!(watched.poll(39), wake_at(40));
            watched.sent();
            assert_eq!(watched.poll(40), wake_at(45));
            assert_eq!(watched.sent(), [ping(1)]);
        }
    }
}

#[test]
fn only_the_answer_to_the_last_ping_gives_the_latency() {
    for data in [&b""[..], b"other", &1_u64.to_be_bytes(), &[0; 7], &[0; 9]] {
        let mut watched = Watched::open(Role::Client, keepalive());
        watched.poll(20);
        watched.receive(FIN | PONG, data);
        watched.poll(21);
        assert_eq!(watched.watchdog.ping_latency(), None);
    }
}

#[test]
fn an_answer_counts_even_if_another_pong_follows() {
    let mut watched = Watched::open(Role::Server, keepalive());
    watched.poll(20);
    watched.receive(FIN | PONG, &0_u64.to_be_bytes());
    watched.receive(FIN | PONG, b"unsolicited");
    assert_eq!(watched.poll(21), wake_at(40));
    assert_eq!(watched.watchdog.ping_latency(), Some(seconds(1)));
}

#[test]
fn a_pong_before_the_ping_is_not_an_answer() {
    let mut watched = Watched::open(Role::Server, keepalive());
    watched.receive(FIN | PONG, &0_u64.to_be_bytes());
    watched.poll(20);
    assert_eq!(watched.poll(24), wake_at(25));
    assert_eq!(watched.poll(25), WatchdogAction::Expired(TimeoutKind::Pong));
    assert_eq!(watched.watchdog.ping_latency(), None);
}

#[test]
fn bytes_between_two_polls_count_at_the_second_poll() {
    let mut watched = Watched::open(Role::Server, keepalive());
    watched.poll(20);
    watched.receive(FIN | TEXT, b"alive");
    assert_eq!(watched.poll(1000), wake_at(1005));
}

#[test]
fn a_late_poll_sends_a_ping_before_it_expires() {
    for role in ROLES {
        let mut watched = Watched::open(role, keepalive());
        assert_eq!(watched.poll(1000), wake_at(1005));
        assert_eq!(watched.sent(), [ping(0)]);
        assert_eq!(watched.poll(2000), WatchdogAction::Expired(TimeoutKind::Pong));
    }
}

#[test]
fn latency_is_the_time_from_ping_to_pong() {
    let mut watched = Watched::open(Role::Client, keepalive());
    assert_eq!(watched.watchdog.ping_latency(), None);
    for (ping_at, latency, number) in [(20, 3, 0_u64), (40, 1, 1)] {
        watched.poll(ping_at);
        watched.receive(FIN | PONG, &number.to_be_bytes());
        watched.poll(ping_at + latency);
        assert_eq!(watched.watchdog.ping_latency(), Some(seconds(latency)));
    }
}

// Shows 6455-7.4.1-3, own-limits-8.
#[test]
fn a_connection_without_data_expires_when_idle() {
    for role in ROLES {
        let mut watched = Watched::open(role, unlimited().idle(Some(seconds(60))));
        assert_eq!(watched.poll(0), wake_at(60));
        assert_eq!(watched.poll(59), wake_at(60));
        assert_eq!(watched.sent(), []);
        assert_eq!(watched.poll(60), WatchdogAction::Expired(TimeoutKind::Idle));
        assert_eq!(watched.sent(), [close(1001, "idle")]);
    }
}

#[test]
fn data_in_either_direction_keeps_a_connection_from_being_idle() {
    for role in ROLES {
        let mut watched = Watched::open(role, unlimited().idle(Some(seconds(60))));
        watched.receive(FIN | TEXT, b"received");
        assert_eq!(watched.poll(50), wake_at(110));
        let (sender, out) = (&mut watched.endpoint.connection.sender, &mut watched.endpoint.out);
        sender.send_text("sent", out).unwrap();
        assert_eq!(watched.poll(100), wake_at(160));
        // A chunk of a message is data as well.
        watched.receive(BINARY, b"chunk");
        assert_eq!(watched.poll(150), wake_at(210));
        watched.receive(FIN | CONTINUATION, b"");
        assert_eq!(watched.poll(200), wake_at(260));
        assert_eq!(watched.poll(260), WatchdogAction::Expired(TimeoutKind::Idle));
    }
}

#[test]
fn control_frames_do_not_keep_a_connection_from_being_idle() {
    for role in ROLES {
        let timeouts = keepalive().idle(Some(seconds(60)));
        let mut watched = Watched::open(role, timeouts);
        assert_eq!(watched.poll(0), wake_at(20));
        for number in 0..2_u64 {
            watched.poll(20 * (number + 1));
            watched.receive(FIN | PONG, &number.to_be_bytes());
            watched.receive(FIN | PING, b"theirs");
        }
        assert_eq!(watched.poll(50), wake_at(60));
        watched.sent();
        assert_eq!(watched.poll(60), WatchdogAction::Expired(TimeoutKind::Idle));
        let sent = watched.sent();
        assert_eq!(sent.last(), Some(&close(1001, "idle")));
        let closes = sent.iter().filter(|(first, _)| *first == FIN | CLOSE);
        assert_eq!(closes.count(), 1);
    }
}

#[test]
fn the_nearest_of_several_deadlines_is_the_time_to_wake() {
    let mut watched = Watched::open(Role::Server, keepalive().idle(Some(seconds(22))));
    assert_eq!(watched.poll(1), wake_at(20));
    assert_eq!(watched.poll(20), wake_at(22));
    watched.receive(FIN | TEXT, b"");
    assert_eq!(watched.poll(21), wake_at(26), "the Pong is due before the connection is idle");
}

// Shows own-limits-7.
#[test]
fn the_closing_handshake_has_a_deadline_from_our_close_frame() {
    for role in ROLES {
        let mut watched = Watched::open(role, keepalive().idle(Some(seconds(60))));
        let (sender, out) = (&mut watched.endpoint.connection.sender, &mut watched.endpoint.out);
        sender.send_close(None, out).unwrap();
        watched.sent();
        assert_eq!(watched.poll(5), wake_at(15));
        watched.receive(FIN | TEXT, b"the peer is still sending");
        assert_eq!(watched.poll(14), wake_at(15));
        assert_eq!(watched.poll(15), WatchdogAction::Expired(TimeoutKind::Close));
        assert_eq!(watched.poll(1000), WatchdogAction::Expired(TimeoutKind::Close));
        assert_eq!(watched.sent(), [], "neither a Ping nor another Close frame");
    }
}

// Shows 6455-7.1.1-6.
#[test]
fn the_end_of_the_transport_has_a_deadline_from_our_answer() {
    for role in ROLES {
        let mut watched = Watched::open(role, Timeouts::default().close(seconds(3)));
        watched.receive(FIN | CLOSE, b"");
        assert_ne!(watched.endpoint.connection.transport(), TransportAction::KeepOpen);
        assert_eq!(watched.poll(7), wake_at(10));
        assert_eq!(watched.poll(10), WatchdogAction::Expired(TimeoutKind::Close));
    }
}

#[test]
fn a_failed_connection_has_a_deadline_for_its_end() {
    for role in ROLES {
        let mut watched = Watched::open(role, Timeouts::default());
        watched.endpoint.receive(&wire::to(role, CONTINUATION, b"")).unwrap_err();
        assert_eq!(watched.poll(1), wake_at(11));
        assert_eq!(watched.poll(11), WatchdogAction::Expired(TimeoutKind::Close));
    }
}

#[test]
fn a_peer_that_has_expired_has_a_deadline_for_its_end() {
    let mut watched = Watched::open(Role::Server, keepalive());
    watched.poll(20);
    assert_eq!(watched.poll(25), WatchdogAction::Expired(TimeoutKind::Pong));
    assert_eq!(watched.poll(26), wake_at(36));
    assert_eq!(watched.poll(36), WatchdogAction::Expired(TimeoutKind::Close));
}

// Shows own-keepalive-1, own-keepalive-2.
#[test]
fn a_pong_is_due_from_when_its_ping_has_left_the_queue() {
    for role in ROLES {
        let mut watched = Watched::open(role, keepalive());
        // The Ping is queued after 300 bytes, of which the transport accepts some every 4 s.
        assert_eq!(poll_writing(&mut watched, 20, 0, 300), wake_at(25));
        let frame = watched.endpoint.out.len();
        assert_eq!(watched.sent(), [ping(0)], "one Ping at a time");
        assert_eq!(poll_writing(&mut watched, 24, 100, 200 + frame), wake_at(24 + 4 + 5));
        assert_eq!(poll_writing(&mut watched, 28, 200, 100 + frame), wake_at(28 + 8 + 5));
        // It leaves at 32 s, and may wait as long in the buffers of the system.
        assert_eq!(poll_writing(&mut watched, 32, 300, frame), wake_at(32 + 12 + 5));
        let all = 300 + u32::try_from(frame).unwrap();
        assert_eq!(poll_writing(&mut watched, 32, all, 50), wake_at(49));
        // Bytes after it do not extend the timeout of its Pong, but they are a sign of life.
        assert_eq!(poll_writing(&mut watched, 40, all + 10, 40), wake_at(40 + 12 + 5));
        assert_eq!(poll_writing(&mut watched, 56, all + 10, 40), wake_at(57));
        assert_eq!(
            poll_writing(&mut watched, 57, all + 10, 40),
            WatchdogAction::Expired(TimeoutKind::Pong)
        );
        assert_eq!(watched.sent(), [close(1011, "no Pong")]);
    }
}

#[test]
fn the_next_ping_has_the_usual_time_again() {
    for role in ROLES {
        let mut watched = Watched::open(role, keepalive());
        poll_writing(&mut watched, 20, 0, 300);
        assert_eq!(poll_writing(&mut watched, 30, 310, 4), wake_at(30 + 10 + 5));
        watched.receive(FIN | PONG, &0_u64.to_be_bytes());
        assert_eq!(poll_writing(&mut watched, 31, 314, 0), wake_at(40));
        assert_eq!(poll_writing(&mut watched, 40, 314, 0), wake_at(45));
        assert_eq!(poll_writing(&mut watched, 44, 324, 0), wake_at(45));
        assert_eq!(
            poll_writing(&mut watched, 45, 324, 0),
            WatchdogAction::Expired(TimeoutKind::Pong)
        );
    }
}

#[test]
fn counts_of_accepted_bytes_may_wrap() {
    for role in ROLES {
        let mut watched = Watched::open(role, keepalive());
        let start = u32::MAX - 100;
        assert_eq!(poll_writing(&mut watched, 20, start, 300), wake_at(25));
        assert_eq!(poll_writing(&mut watched, 24, start.wrapping_add(200), 114), wake_at(33));
    }
}

#[test]
fn a_ping_that_has_left_is_not_counted_as_waiting_again() {
    for role in ROLES {
        let mut watched = Watched::open(role, keepalive());
        poll_writing(&mut watched, 20, 0, 1 << 20);
        let mut taken = 2 << 20;
        // It waits for a second.
        assert_eq!(poll_writing(&mut watched, 21, taken, 1 << 20), wake_at(21 + 1 + 5));
        // 4 GiB more, so that the counter wraps around to the same value.
        for now in 22..22 + 4096 {
            taken = u32::wrapping_add(taken, 1 << 20);
            assert_eq!(poll_writing(&mut watched, now, taken, 1 << 20), wake_at(now + 1 + 5));
        }
    }
}

// Shows own-keepalive-1, own-closing-1.
#[test]
fn the_buffers_of_the_system_extend_the_pong_and_close_timeouts() {
    let with_backlog = |watched: &mut Watched, now, until| {
        let Watched { endpoint, watchdog, .. } = watched;
        let liveness = endpoint.connection.receiver.liveness().with_backlog(at(until));
        watchdog.poll(at(now), liveness, &mut endpoint.connection.sender, &mut endpoint.out)
    };
    for role in ROLES {
        let mut watched = Watched::open(role, keepalive());
        assert_eq!(with_backlog(&mut watched, 20, 32), wake_at(20 + 12 + 5));
        assert_eq!(with_backlog(&mut watched, 36, 32), wake_at(37));
        assert_eq!(with_backlog(&mut watched, 37, 32), WatchdogAction::Expired(TimeoutKind::Pong));

        // A backlog that is gone does not extend the timeout.
        let mut watched = Watched::open(role, keepalive());
        assert_eq!(with_backlog(&mut watched, 20, 19), wake_at(25));

        let mut watched = Watched::open(role, unlimited());
        watched.endpoint.send(|sender, out| sender.send_close(None, out)).unwrap();
        assert_eq!(with_backlog(&mut watched, 10, 15), wake_at(10 + 2 * 5 + 10));
    }
}

#[test]
fn data_that_the_transport_accepts_counts_as_data() {
    let timeouts = unlimited().idle(Some(seconds(10)));
    for role in ROLES {
        let mut watched = Watched::open(role, timeouts);
        assert_eq!(poll_writing(&mut watched, 0, 0, 5000), wake_at(10));
        assert_eq!(poll_writing(&mut watched, 9, 1000, 4000), wake_at(19));
        assert_eq!(poll_writing(&mut watched, 18, 2000, 3000), wake_at(28));
        assert_eq!(
            poll_writing(&mut watched, 28, 2000, 3000),
            WatchdogAction::Expired(TimeoutKind::Idle)
        );

        // A Ping that waits is not data.
        let mut watched = Watched::open(role, timeouts);
        assert_eq!(poll_writing(&mut watched, 0, 0, 14), wake_at(10));
        assert_eq!(poll_writing(&mut watched, 9, 14, 0), wake_at(10));
    }
}

#[test]
fn bytes_that_the_system_buffers_at_once_are_not_a_sign_of_life() {
    for role in ROLES {
        let mut watched = Watched::open(role, keepalive());
        // A server that pushes to a peer that has vanished.
        for now in 0..25 {
            poll_writing(&mut watched, now, u32::try_from(now).unwrap() * 100, 0);
        }
        assert_eq!(
            poll_writing(&mut watched, 25, 2500, 0),
            WatchdogAction::Expired(TimeoutKind::Pong)
        );
    }
}

#[test]
fn a_transport_that_accepts_nothing_does_not_extend_timeouts() {
    for role in ROLES {
        let mut watched = Watched::open(role, keepalive());
        assert_eq!(poll_writing(&mut watched, 20, 7, 9), wake_at(25));
        assert_eq!(poll_writing(&mut watched, 24, 7, 19), wake_at(25));
        assert_eq!(
            poll_writing(&mut watched, 25, 7, 19),
            WatchdogAction::Expired(TimeoutKind::Pong)
        );
    }
}

// Shows own-closing-1.
#[test]
fn a_close_waits_while_bytes_before_it_are_accepted() {
    for role in ROLES {
        let mut watched = Watched::open(role, unlimited());
        watched.endpoint.send(|sender, out| sender.send_close(None, out)).unwrap();
        assert_eq!(poll_writing(&mut watched, 0, 0, 100), wake_at(10));
        for step in 1..=10 {
            let now = u64::from(step) * 9;
            let (taken, waiting) = (step * 10, 100 - usize::try_from(step).unwrap() * 10);
            let due = now + now + 10;
            assert_eq!(poll_writing(&mut watched, now, taken, waiting), wake_at(due));
            // What the peer sends does not extend the timeout.
            watched.receive(FIN | TEXT, b"and");
            assert_eq!(poll_writing(&mut watched, now + 1, taken, waiting), wake_at(due));
        }
        watched.receive(FIN | TEXT, b"on");
        assert_eq!(poll_writing(&mut watched, 189, 100, 0), wake_at(190));
        assert_eq!(
            poll_writing(&mut watched, 190, 100, 0),
            WatchdogAction::Expired(TimeoutKind::Close)
        );
    }
}

// Shows own-limits-7 (server), own-limits-8 (server).
#[test]
fn the_defaults_are_twenty_seconds_twenty_seconds_and_ten_seconds() {
    let mut watched = Watched::open(Role::Server, Timeouts::default());
    assert_eq!(watched.poll(0), wake_at(20));
    assert_eq!(watched.poll(20), wake_at(40));
    assert_eq!(watched.poll(40), WatchdogAction::Expired(TimeoutKind::Pong));
    assert_eq!(watched.poll(40), wake_at(50));
}

/// Runs two endpoints, each with a watchdog, for `length` seconds, with a link that delivers once
/// per second and is cut after `cut_after` seconds. Returns when each endpoint expired.
fn keep_alive_over_link(cut_after: u64, length: u64) -> [Option<(u64, TimeoutKind)>; 2] {
    let mut pair = Pair::new(usize::MAX);
    let mut watchdogs = [(); 2].map(|()| Watchdog::new(keepalive()));
    let mut given_up = [None; 2];
    for now in 0..=length {
        if now < cut_after {
            pair.deliver_to(Role::Server).unwrap();
            pair.deliver_to(Role::Client).unwrap();
        }
        let ends = ROLES.into_iter().zip(&mut watchdogs).zip(&mut given_up);
        for ((role, watchdog), given_up) in ends {
            let watch = poll(watchdog, pair.end(role), at(now));
            if let WatchdogAction::Expired(deadline) = watch {
                given_up.get_or_insert((now, deadline));
            }
        }
    }
    let pongs = |end: &Endpoint| {
        let pongs = end.received.iter().filter(|r| matches!(r, Received::Pong(_)));
        u64::try_from(pongs.count()).unwrap()
    };
    let answered = cut_after.min(length) / 20 - 1;
    assert!(pongs(&pair.client) >= answered && pongs(&pair.server) >= answered);
    given_up
}

#[test]
fn two_ends_keep_each_other_alive() {
    assert_eq!(keep_alive_over_link(u64::MAX, 3600), [None, None]);
}

#[test]
fn two_ends_notice_that_their_link_is_cut() {
    for cut_after in [100, 105, 119] {
        for end in keep_alive_over_link(cut_after, 3600) {
            let (at, deadline) = end.expect("noticed");
            assert_eq!(deadline, TimeoutKind::Pong);
            assert!((cut_after..cut_after + 20 + 5 + 1).contains(&at), "noticed at {at}");
        }
    }
}

#[test]
fn time_does_not_overflow_and_does_not_run_backwards() {
    let end = Timestamp::from(Duration::MAX);
    assert_eq!(end + seconds(1), end);
    assert_eq!(at(1).since(at(2)), Duration::ZERO);
    let mut watched = Watched::open(Role::Server, Timeouts::default().pong(Duration::MAX));
    watched.poll(20);
    assert_eq!(watched.poll(21), WatchdogAction::WakeAt(end));
}

#[test]
fn every_timeout_has_its_own_text() {
    let deadlines = [
        TimeoutKind::Handshake,
        TimeoutKind::Request,
        TimeoutKind::Response,
        TimeoutKind::Pong,
        TimeoutKind::Idle,
        TimeoutKind::Close,
        TimeoutKind::Write,
    ];
    let mut texts = deadlines.map(|deadline| deadline.to_string());
    texts.sort();
    assert!(texts.is_sorted_by(|one, next| one < next), "all different");
}
