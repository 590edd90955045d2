//! The opening handshake of a client, also through a proxy: how it handles answers, and when.

use sansocket::Role;
use sansocket::TimeoutKind;
use sansocket::buffered::OwnedMessage;
use sansocket::connection::SendError;
use sansocket::handshake::proxy::{ProxyError, Tunnel};
use sansocket::handshake::{Credentials, HandshakeError, HeadLimits};
use sansocket::session::{Failure, Tunnelling, Writing};

use super::super::driver::{Driver, Transport};
use super::super::link::{Arrival, at};
use super::super::pieces::Pieces;
use super::super::recorded::Outcome;
use super::opener::{Line, Opener};
use super::{ALL, LIMIT, MESSAGE, client, connecting, input, request};

const REFUSAL: &str = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 13\r\n\r\nToken expired";

/// Returns the status and the body of the refusal.
#[track_caller]
fn refusal_of(failure: &Failure) -> (u16, String) {
    let Failure::Handshake(error) = failure else { panic!("{failure:?}") };
    let (HandshakeError::UnexpectedResponse(refusal)
    | HandshakeError::Proxy(ProxyError::UnexpectedResponse(refusal))) = &**error
    else {
        panic!("{error:?}")
    };
    (refusal.status(), String::from_utf8(refusal.body().into()).unwrap())
}

// Shows own-client-2, own-client-6.
#[test]
fn a_refusal_has_what_arrived_of_its_body_whatever_happens_to_the_rest() {
    let head = REFUSAL.len() - 13;
    for come in head..=REFUSAL.len() {
        for end in [None, Some(Arrival::End), Some(Arrival::Reset)] {
            let bytes = (at(1), Arrival::Bytes(REFUSAL[..come].into()));
            let ends = end.clone().map(|end| (at(2), end));
            let mut opener = client(Line::new([bytes].into_iter().chain(ends)));
            let failure = opener.run().unwrap_err();
            assert_eq!(refusal_of(&failure), (401, REFUSAL[head..come].into()), "{end:?}");
            let secs = match end {
                _ if come == REFUSAL.len() => 1,
                None => 10,
                Some(_) => 2,
            };
            assert_eq!(opener.transport.half_closed_at, Some(at(secs)));
            assert_eq!(opener.transport.now, at(secs), "nothing is waited for");
            opener.assert_is_over(&failure);
        }
    }
}

#[test]
fn following_a_redirect_does_not_wait_for_its_body() {
    let head = "HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 13\r\n\r\n";
    for (status, secs) in [("302", 1), ("401", 10)] {
        let head = head.replace("302", status);
        let mut opener = client(Line::with(at(1), head.as_bytes()));
        opener.opening = opener.opening.without_body_if(|refusal| refusal.status() == 302);
        let failure = opener.run().unwrap_err();
        assert_eq!(refusal_of(&failure), (status.parse().unwrap(), String::new()));
        assert_eq!(opener.transport.now, at(secs));
    }
}

#[test]
fn half_a_head_of_a_response_is_not_a_refusal() {
    let head = &REFUSAL[..REFUSAL.len() - 14];
    for (end, secs) in [(None, 10), (Some(Arrival::End), 2), (Some(Arrival::Reset), 2)] {
        let bytes = (at(1), Arrival::Bytes(head.into()));
        let ends = end.clone().map(|end| (at(2), end));
        let mut opener = client(Line::new([bytes].into_iter().chain(ends)));
        let failure = opener.run().unwrap_err();
        match (end, &failure) {
            (None, failure) => assert_eq!(*failure, Failure::Timeout(TimeoutKind::Response)),
            (Some(Arrival::Reset), failure) => assert_eq!(*failure, Failure::Lost),
            (_, Failure::Handshake(error)) => {
                assert!(matches!(**error, HandshakeError::Response(_)), "{error:?}");
            }
            (_, failure) => panic!("{failure:?}"),
        }
        assert_eq!(opener.transport.now, at(secs));
    }
}

const PROXY_ANSWER: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";

fn tunnel(is_socks: bool) -> Tunnel {
    let credentials = Credentials::new("user", "password");
    let tunnel = if is_socks {
        Tunnel::socks5("example.com", 80)
    } else {
        Tunnel::http("example.com", 80, &HeadLimits::default())
    };
    tunnel.credentials(credentials)
}

/// Opens a client's connection through a proxy.
pub(super) fn open_through<T: Transport>(
    is_socks: bool,
    transport: T,
) -> Result<Driver<T>, (Failure, T)> {
    let tunnelling = Tunnelling::new(tunnel(is_socks), LIMIT);
    let mut opener = Opener::new(tunnelling, Writing::new(None), transport);
    if let Err(failure) = opener.run() {
        return Err((failure, opener.transport));
    }
    let Opener { opening, mut writing, transport, .. } = opener;
    assert_eq!(writing.send("early"), Err(SendError::Closed));
    writing.out().extend(request().0);
    Opener::new(connecting(opening.into_unread()), writing, transport).open()
}

/// The answers of a proxy, and of the server behind it.
pub(super) fn input_through(is_socks: bool) -> Vec<u8> {
    let socks = &b"\x05\x02\x01\x00\x05\x00\x00\x01\0\0\0\0\0\0"[..];
    let answers = if is_socks { socks } else { PROXY_ANSWER };
    [answers, &input(Role::Client)].concat()
}

/// Runs a client's connection through a proxy to its end.
#[track_caller]
fn run_through(is_socks: bool, input: &[u8], reads: &[usize], writes: &[usize]) -> Vec<u8> {
    let transport = Pieces::new(input, reads, writes);
    let Ok(mut driver) = open_through(is_socks, transport) else { panic!() };
    let outcome = Outcome::of(&mut driver);
    assert_eq!(outcome.received, [OwnedMessage::Text(MESSAGE.into())]);
    assert!(outcome.info.was_clean);
    driver.transport.written
}

#[test]
fn a_connection_through_a_proxy_is_the_same_however_it_is_split() {
    for is_socks in [false, true] {
        let input = input_through(is_socks);
        let whole = run_through(is_socks, &input, ALL, ALL);
        let head = request().0;
        assert!(whole.windows(head.len()).any(|part| part == head));
        for cut in 1..input.len() {
            let reads = [cut, 0, usize::MAX];
            assert_eq!(run_through(is_socks, &input, &reads, ALL), whole, "read up to {cut}");
        }
        for cut in 1..whole.len() {
            let writes = [cut, 0, usize::MAX];
            assert_eq!(run_through(is_socks, &input, ALL, &writes), whole, "written to {cut}");
        }
        for len in 1..20 {
            assert_eq!(run_through(is_socks, &input, &[len, 0], &[len, 0]), whole);
        }
    }
}

#[test]
fn refusals_and_timeouts_of_a_proxy_are_different_errors() {
    let refusal = REFUSAL.replace("401 Unauthorized", "407 Proxy Authentication Required");
    for (bytes, is_refused) in [(&refusal[..refusal.len() - 5], true), (&refusal[..20], false)] {
        let tunnelling = Tunnelling::new(tunnel(false), LIMIT);
        let line = Line::with(at(1), bytes.as_bytes());
        let mut opener = Opener::new(tunnelling, Writing::new(None), line);
        let failure = opener.run().unwrap_err();
        if is_refused {
            assert_eq!(refusal_of(&failure), (407, "Token ex".into()));
        } else {
            assert_eq!(failure, Failure::Timeout(TimeoutKind::Handshake));
        }
        assert_eq!(opener.transport.now, at(10));
        opener.assert_is_over(&failure);
    }
}
