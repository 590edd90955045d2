//! What counts as a sign of life, however it is received.

use core::time::Duration;

use sansocket::connection::{Watchdog, WatchdogAction};
use sansocket::{Limits, Role, TimeoutKind, Timeouts, Timestamp};

use crate::endpoint::Endpoint;
use crate::pair::ROLES;
use crate::wire::{self, BINARY, FIN, PING, PONG, TEXT};

fn at(secs: u64) -> Timestamp {
    Timestamp::from(Duration::from_secs(secs))
}

fn wake_at(secs: u64) -> WatchdogAction {
    WatchdogAction::WakeAt(at(secs))
}

/// A Ping at 20 s, a Pong within 5 s.
fn keepalive() -> Timeouts {
    Timeouts::default().pong(Duration::from_secs(5))
}

/// No data for 10 s, and no Pings.
fn idle() -> Timeouts {
    Timeouts::default().ping_interval(None).idle(Some(Duration::from_secs(10)))
}

/// Polls at this time in seconds.
fn poll(watchdog: &mut Watchdog, endpoint: &mut Endpoint, secs: u64) -> WatchdogAction {
    let liveness = endpoint.connection.receiver.liveness();
    watchdog.poll(at(secs), liveness, &mut endpoint.connection.sender, &mut endpoint.out)
}

/// A whole message in one read goes a short way through the buffer; one in more reads does not.
const READS: [&[usize]; 2] = [&[usize::MAX], &[3]];

#[test]
fn a_message_that_is_read_from_a_buffer_is_a_sign_of_life() {
    for (role, reads) in ROLES.into_iter().flat_map(|role| READS.map(|reads| (role, reads))) {
        let (mut endpoint, mut watchdog) = (Endpoint::new(role), Watchdog::new(keepalive()));
        poll(&mut watchdog, &mut endpoint, 0);
        assert_eq!(poll(&mut watchdog, &mut endpoint, 20), wake_at(25));
        endpoint.receive_buffered_in(&wire::to(role, FIN | TEXT, b"alive"), reads).unwrap();
        assert_eq!(poll(&mut watchdog, &mut endpoint, 24), wake_at(29));
    }
}

#[test]
fn a_message_that_is_read_from_a_buffer_is_data() {
    for (role, reads) in ROLES.into_iter().flat_map(|role| READS.map(|reads| (role, reads))) {
        let (mut endpoint, mut watchdog) = (Endpoint::new(role), Watchdog::new(idle()));
        assert_eq!(poll(&mut watchdog, &mut endpoint, 0), wake_at(10));
        endpoint.receive_buffered_in(&wire::to(role, FIN | TEXT, b"data"), reads).unwrap();
        assert_eq!(poll(&mut watchdog, &mut endpoint, 9), wake_at(19));
    }
}

/// A binary message in one frame is received when it is complete, and a text as it arrives.
#[test]
fn a_peer_that_sends_some_of_a_message_now_and_then_is_never_idle() {
    for (role, opcode) in ROLES.into_iter().flat_map(|role| [(role, TEXT), (role, BINARY)]) {
        let (mut endpoint, mut watchdog) = (Endpoint::new(role), Watchdog::new(idle()));
        poll(&mut watchdog, &mut endpoint, 0);
        let message = wire::to(role, FIN | opcode, &[b'x'; 20]);
        let (header, payload) = message.split_at(message.len() - 20);
        endpoint.receive_buffered_in(header, &[usize::MAX]).unwrap();
        for (index, byte) in (0..).zip(payload) {
            endpoint.receive_buffered_in(&[*byte], &[1]).unwrap();
            let now = 8 * (index + 1);
            assert_eq!(poll(&mut watchdog, &mut endpoint, now), wake_at(now + 10), "{opcode}");
        }
    }
}

#[test]
fn a_connection_opens_at_its_first_poll() {
    for role in ROLES {
        let (mut endpoint, mut watchdog) = (Endpoint::new(role), Watchdog::new(idle()));
        assert_eq!(poll(&mut watchdog, &mut endpoint, 1000), wake_at(1010));
        let expired = WatchdogAction::Expired(TimeoutKind::Idle);
        assert_eq!(poll(&mut watchdog, &mut endpoint, 1010), expired);
    }
}

#[test]
fn a_pong_in_pieces_gives_the_latency() {
    let (mut endpoint, mut watchdog) = (Endpoint::new(Role::Client), Watchdog::new(keepalive()));
    poll(&mut watchdog, &mut endpoint, 0);
    poll(&mut watchdog, &mut endpoint, 20);
    // An earlier Ping in pieces has left its data in the storage for the Pong's data.
    endpoint.receive_in(&wire::to(Role::Client, FIN | PING, &[7; 8]), &[4]).unwrap();
    let pong = wire::to(Role::Client, FIN | PONG, &0_u64.to_be_bytes());
    endpoint.receive_in(&pong, &[1]).unwrap();
    poll(&mut watchdog, &mut endpoint, 22);
    assert_eq!(watchdog.ping_latency(), Some(Duration::from_secs(2)));
}

#[test]
fn a_late_answer_to_an_older_ping_gives_no_latency() {
    let (mut endpoint, mut watchdog) = (Endpoint::new(Role::Client), Watchdog::new(keepalive()));
    poll(&mut watchdog, &mut endpoint, 0);
    poll(&mut watchdog, &mut endpoint, 20);
    // This one is unsolicited. It still ends the wait.
    endpoint.receive(&wire::to(Role::Client, FIN | PONG, b"")).unwrap();
    assert_eq!(poll(&mut watchdog, &mut endpoint, 21), wake_at(40));
    assert_eq!(poll(&mut watchdog, &mut endpoint, 40), wake_at(45));
    endpoint.receive(&wire::to(Role::Client, FIN | PONG, &0_u64.to_be_bytes())).unwrap();
    poll(&mut watchdog, &mut endpoint, 41);
    assert_eq!(watchdog.ping_latency(), None);
}

#[test]
fn a_byte_that_makes_no_event_is_a_sign_of_life_in_a_buffer_too() {
    let mut endpoint = Endpoint::with(Role::Client, &Limits::default());
    let mut watchdog = Watchdog::new(keepalive());
    poll(&mut watchdog, &mut endpoint, 0);
    poll(&mut watchdog, &mut endpoint, 20);
    endpoint.receive_buffered_in(&[FIN | TEXT], &[1]).unwrap();
    assert_eq!(poll(&mut watchdog, &mut endpoint, 24), wake_at(29));
}
