//! RFC 6455 7.2.3: when a client connects again, and after what.

use core::time::Duration;

use sansocket::handshake::proxy::{ProxyError, Tunnel};
use sansocket::handshake::{HandshakeError, HeadError, HeadLimits, ResponseError, server};
use sansocket::{Backoff, Seed};

use crate::upgrade::{Head, awaiting, refused};

fn backoff(seed: u8) -> Backoff {
    Backoff::new(Seed::from([seed; 32]))
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

// Shows 6455-7.2.3-2.
#[test]
fn the_first_delay_is_anything_from_zero_to_five_seconds() {
    let firsts: Vec<_> = (0..=255).map(|seed| backoff(seed).next().unwrap()).collect();
    assert!(firsts.iter().all(|&delay| delay <= seconds(5)));
    // Each fifth of the range occurs.
    for fifth in 0..5 {
        let range = seconds(fifth)..=seconds(fifth + 1);
        let count = firsts.iter().filter(|delay| range.contains(delay)).count();
        assert!((25..=80).contains(&count), "{count} of 256 in {range:?}");
    }
}

// Shows 6455-7.2.3-1, 6455-7.2.3-3.
#[test]
fn further_delays_are_increasingly_longer_up_to_the_limit() {
    for seed in 0..=255 {
        let delays: Vec<_> = backoff(seed).take(8).collect();
        let bounds = [(0, 5), (5, 10), (10, 20), (20, 40), (30, 60), (30, 60), (30, 60), (30, 60)];
        for (delay, (least, most)) in delays.into_iter().zip(bounds) {
            assert!((seconds(least)..=seconds(most)).contains(&delay), "{delay:?}");
        }
    }
}

// Shows 6455-7.2.3-2.
#[test]
fn each_delay_is_random_and_the_seed_decides() {
    let delays = |seed| backoff(seed).take(8).collect::<Vec<_>>();
    assert_eq!(delays(1), delays(1));
    for (one, other) in delays(1).into_iter().zip(delays(2)) {
        assert_ne!(one, other);
    }
}

// Shows 6455-7.2.3-1.
#[test]
fn delays_start_again_after_a_connection_that_has_lasted() {
    let mut backoff = backoff(7);
    for _ in 0..5 {
        backoff.next();
    }
    backoff.connected_for(seconds(30) - Duration::from_nanos(1));
    assert!(backoff.next() >= Some(seconds(30)), "too short a connection counts as none");
    backoff.connected_for(seconds(30));
    assert!(backoff.next() <= Some(seconds(5)));
    let second = backoff.next().unwrap();
    assert!((seconds(5)..=seconds(10)).contains(&second));
}

#[test]
fn short_connections_do_not_add_up() {
    let mut backoff = backoff(7);
    for _ in 0..10 {
        backoff.next();
        backoff.connected_for(seconds(29));
    }
    assert!(backoff.next() >= Some(seconds(30)));
}

#[test]
fn all_delays_are_options() {
    let mut backoff =
        backoff(7).first_delay(seconds(1)).max_delay(seconds(3)).min_uptime(Duration::ZERO);
    let bounds = [(0, 1_000), (1_000, 2_000), (1_500, 3_000), (1_500, 3_000)];
    for (least, most) in bounds {
        let range = Duration::from_millis(least)..=Duration::from_millis(most);
        assert!(range.contains(&backoff.next().unwrap()));
    }
    backoff.connected_for(Duration::ZERO);
    assert!(backoff.next() <= Some(seconds(1)));
}

#[test]
fn the_limit_holds_for_the_first_delay_as_well() {
    let backoff = backoff(7).first_delay(Duration::MAX).max_delay(seconds(1));
    assert!(backoff.take(100).all(|delay| delay <= seconds(1)));
    let mut none = self::backoff(7).max_delay(Duration::ZERO);
    assert!(none.by_ref().take(100).all(|delay| delay.is_zero()));
}

// Shows 6455-7.2.3-3.
#[test]
fn after_a_first_delay_of_zero_the_others_grow() {
    let delays: Vec<_> = backoff(7).first_delay(Duration::ZERO).take(30).collect();
    assert_eq!(delays[0], Duration::ZERO);
    assert!(delays[1] <= Duration::from_millis(1));
    assert!(delays[29] >= seconds(30));
}

#[test]
fn the_longest_durations_do_not_overflow() {
    let backoff = backoff(7).first_delay(Duration::MAX).max_delay(Duration::MAX);
    let delays: Vec<_> = backoff.take(10).collect();
    assert!(delays[1..].iter().all(|&delay| delay >= Duration::MAX / 2));
}

/// Returns the error of the handshake for this response.
fn failure(answer: &str) -> HandshakeError {
    let mut awaiting = awaiting();
    match awaiting.parse(answer.as_bytes()) {
        Ok(_) => awaiting.parse_eof(answer.as_bytes()),
        Err(error) => error,
    }
}

#[test]
fn a_temporary_refusal_is_retryable() {
    for status in 200..=999 {
        let expected = match status {
            408 | 425 | 429 => true,
            501 | 505 | 511 => false,
            _ => (500..=599).contains(&status),
        };
        let answer = format!("HTTP/1.1 {status} x\r\nContent-Length: 0\r\n\r\n");
        let error = failure(&answer);
        assert!(matches!(error, HandshakeError::UnexpectedResponse(_)));
        assert_eq!(error.is_retryable(), expected, "status {status}");

        let mut tunnel = Tunnel::http("h", 80, &HeadLimits::default());
        match tunnel.advance(answer.as_bytes(), &mut Vec::new()) {
            Ok(opened) => assert!((200..=299).contains(&status), "{opened:?}"),
            Err(error) => {
                assert_eq!(error.is_retryable(), expected, "status {status} of a proxy");
            }
        }
    }
}

#[test]
fn a_truncated_response_is_retryable_and_a_wrong_one_is_not() {
    let response = String::from_utf8(Head::response().bytes()).unwrap();
    for len in 0..response.len() {
        assert!(failure(&response[..len]).is_retryable());
    }
    for answer in ["SSH-2.0\r\n\r\n", "HTTP/2.0 101 x\r\n\r\n", "HTTP/1.1 101 x\r\n\r\n"] {
        assert!(!failure(answer).is_retryable());
    }
    let error = awaiting().parse(Head::response().with("a: \0").bytes().as_slice()).unwrap_err();
    assert!(!error.is_retryable());
}

#[test]
fn a_proxy_that_cannot_reach_the_server_is_retryable() {
    for reply in 0..=255 {
        let expected = [1, 3, 4, 5, 6].contains(&reply);
        assert_eq!(ProxyError::Reply(reply).is_retryable(), expected, "reply {reply}");
    }
    let cut_off = ResponseError::Head(HeadError::Incomplete);
    for error in [ProxyError::Incomplete, cut_off.into(), ResponseError::Missing.into()] {
        assert!(HandshakeError::from(error).is_retryable());
    }
    for error in [
        ProxyError::Response(ResponseError::HttpVersion),
        ProxyError::Version(4),
        ProxyError::NoAcceptableMethod,
        ProxyError::UnofferedMethod(1),
        ProxyError::CredentialsRefused(1),
        ProxyError::AddressType(2),
    ] {
        assert!(!HandshakeError::from(error).is_retryable());
    }
}

#[test]
fn errors_of_a_server_and_of_the_application_are_not_retryable() {
    let request = refused(&Head::request().without("Upgrade"));
    let rejected = server::Rejection::new(503);
    for error in [
        HandshakeError::Request(request),
        HandshakeError::Rejected(rejected),
        sansocket::handshake::InvalidArgument::Credentials.into(),
    ] {
        assert!(!error.is_retryable(), "{error:?}");
    }
}
