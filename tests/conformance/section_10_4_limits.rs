//! RFC 6455 10.4: limits on frames and on messages.

use sansocket::connection::ProtocolError;
use sansocket::{CloseCode, Limits, Role};

use crate::endpoint::{Endpoint, Received};
use crate::violation::{ROLES, assert_fails, assert_fails_with};
use crate::wire::{self, BINARY, CONTINUATION, FIN, Length, PING, PONG, TEXT, key_to};

// Shows 6455-10.4-1, own-frames-2.
#[test]
fn a_frame_over_its_limit_fails_the_connection_at_its_header() {
    let config = Limits::default().max_frame_len(10);
    for role in ROLES {
        for (first, len) in [(FIN | TEXT, 11), (BINARY, 11), (FIN | BINARY, (1 << 63) - 1)] {
            let header = wire::header(first, Length::of(len), key_to(role));
            let error = ProtocolError::FrameTooLong { len, limit: 10 };
            assert_fails_with(&config, role, &header, error, 1009);
        }
        let later = [
            wire::to(role, BINARY, b"first"),
            wire::header(FIN | CONTINUATION, Length::of(11), key_to(role)),
        ];
        let error = ProtocolError::FrameTooLong { len: 11, limit: 10 };
        assert_fails_with(&config, role, &later.concat(), error, 1009);
    }
}

// Shows 6455-10.4-1.
#[test]
fn a_whole_frame_over_a_limit_is_not_delivered() {
    let limit = 10;
    let of_frames = Limits::default().max_frame_len(limit);
    let of_messages = Limits::default().max_message_len(limit);
    for role in ROLES {
        for opcode in [TEXT, BINARY] {
            let frame = wire::to(role, FIN | opcode, b"eleven byte");
            let error = ProtocolError::FrameTooLong { len: 11, limit };
            assert_fails_with(&of_frames, role, &frame, error, 1009);
            let error = ProtocolError::MessageTooLong { len: 11, limit };
            assert_fails_with(&of_messages, role, &frame, error, 1009);
        }
    }
}

// Shows 6455-10.4-1, own-frames-2.
#[test]
fn a_message_over_its_limit_fails_the_connection_at_the_header_that_exceeds_it() {
    let config = Limits::default().max_message_len(10);
    for role in ROLES {
        for len in [5, 60000, 16 << 20] {
            let frames = [
                wire::to(role, BINARY, b"123"),
                wire::to(role, CONTINUATION, b"456"),
                wire::header(CONTINUATION, Length::of(len), key_to(role)),
            ];
            let error = ProtocolError::MessageTooLong { len: 6 + len, limit: 10 };
            assert_fails_with(&config, role, &frames.concat(), error, 1009);
        }
    }
}

// Shows own-limits-2.
#[test]
fn the_limit_of_a_frame_follows_that_of_the_message_unless_it_is_set() {
    let len = 64 << 20;
    let follows = Limits::default().max_message_len(len);
    let is_set = [
        Limits::default().max_message_len(len).max_frame_len(10),
        Limits::default().max_frame_len(10).max_message_len(len),
    ];
    for role in ROLES {
        for first in [FIN | BINARY, TEXT] {
            let header = |len| wire::header(first, Length::of(len), key_to(role));
            assert_eq!(Endpoint::with(role, &follows).receive(&header(len)), Ok(()));
            let error = ProtocolError::MessageTooLong { len: len + 1, limit: len };
            assert_fails_with(&follows, role, &header(len + 1), error, 1009);
            for is_set in &is_set {
                let error = ProtocolError::FrameTooLong { len: 11, limit: 10 };
                assert_fails_with(is_set, role, &header(11), error, 1009);
            }
        }
    }
}

// Shows 6455-10.4-1.
#[test]
fn lengths_add_up_without_wrapping() {
    let greatest = (1 << 63) - 1;
    let config = Limits::default().max_message_len(greatest);
    for role in ROLES {
        let frames = [
            wire::to(role, BINARY, b"12345"),
            wire::header(CONTINUATION, Length::of(greatest), key_to(role)),
        ];
        let error = ProtocolError::MessageTooLong { len: 5 + greatest, limit: greatest };
        assert_fails_with(&config, role, &frames.concat(), error, 1009);
    }
}

// Shows own-limits-2.
#[test]
fn a_frame_and_a_message_at_their_limits_are_received() {
    let config = Limits::default().max_frame_len(6).max_message_len(10).max_fragments(3);
    for role in ROLES {
        let mut endpoint = Endpoint::with(role, &config);
        let frames = [
            wire::to(role, BINARY, b"123456"),
            wire::to(role, CONTINUATION, b"7890"),
            wire::to(role, FIN | CONTINUATION, b""),
        ];
        assert_eq!(endpoint.receive(&frames.concat()), Ok(()));
        assert_eq!(endpoint.received, [Received::Binary(b"1234567890".into())]);
    }
}

// Shows own-limits-3.
#[test]
fn too_many_fragments_fail_the_connection_even_if_they_are_empty() {
    let config = Limits::default().max_fragments(3);
    for role in ROLES {
        for last in [CONTINUATION, FIN | CONTINUATION] {
            let frames = [
                wire::to(role, TEXT, b""),
                wire::to(role, CONTINUATION, b"").repeat(2),
                wire::to(role, last, b""),
            ];
            let error = ProtocolError::TooManyFragments { limit: 3 };
            assert_fails_with(&config, role, &frames.concat(), error, 1008);
        }
    }
}

#[test]
fn a_message_in_one_frame_is_received_whatever_the_limit_on_fragments() {
    let config = Limits::default().max_fragments(0);
    for role in ROLES {
        let mut endpoint = Endpoint::with(role, &config);
        assert_eq!(endpoint.receive(&wire::to(role, FIN | TEXT, b"whole")), Ok(()));
        assert_eq!(endpoint.receive(&wire::to(role, TEXT, b"")), Ok(()));
        let error = endpoint.receive(&wire::to(role, CONTINUATION, b""));
        assert_eq!(error, Err(ProtocolError::TooManyFragments { limit: 1 }));
    }
}

// Shows own-limits-4.
#[test]
fn too_many_control_frames_inside_a_message_fail_the_connection() {
    let config = Limits::default().max_controls_per_message(2);
    for role in ROLES {
        let mut endpoint = Endpoint::with(role, &config);
        for _ in 0..5 {
            endpoint.receive(&wire::to(role, FIN | PING, b"")).unwrap();
        }
        endpoint.receive(&wire::to(role, TEXT, b"a")).unwrap();
        endpoint.receive(&wire::to(role, FIN | PONG, b"")).unwrap();
        endpoint.receive(&wire::to(role, FIN | PING, b"")).unwrap();
        let error = endpoint.receive(&wire::to(role, FIN | PING, b""));
        assert_eq!(error, Err(ProtocolError::TooManyControls { limit: 2 }));
        let frames = wire::frames(&endpoint.out);
        assert_eq!(frames.last().unwrap().payload[..2], 1008_u16.to_be_bytes());
    }
}

// Shows own-limits-4.
#[test]
fn control_frames_are_counted_over_all_fragments_of_a_message() {
    let config = Limits::default().max_controls_per_message(2);
    for role in ROLES {
        let ping = wire::to(role, FIN | PING, b"");
        let more = wire::to(role, CONTINUATION, b"a");
        let within = [
            wire::to(role, TEXT, b"a"),
            ping.clone(),
            more.clone(),
            ping.clone(),
            wire::to(role, FIN | CONTINUATION, b"a"),
        ];
        let mut endpoint = Endpoint::with(role, &config);
        // The limit applies to each message separately.
        for _ in 0..3 {
            assert_eq!(endpoint.receive(&within.concat()), Ok(()));
            assert_eq!(endpoint.receive(&ping), Ok(()));
        }
        let above = [wire::to(role, TEXT, b"a"), [&ping[..], &more].concat().repeat(3)].concat();
        let error = ProtocolError::TooManyControls { limit: 2 };
        assert_eq!(endpoint.receive(&above), Err(error));
        assert_eq!(error.close_code(), CloseCode::POLICY_VIOLATION);
    }
}

// Shows 6455-10.4-1.
#[test]
fn a_control_frame_inside_a_message_leaves_its_length_as_it_is() {
    let config = Limits::default().max_message_len(10);
    for role in ROLES {
        let mut endpoint = Endpoint::with(role, &config);
        endpoint.receive(&wire::to(role, TEXT, b"sixsix")).unwrap();
        endpoint.receive(&wire::to(role, FIN | PING, b"")).unwrap();
        let error = endpoint.receive(&wire::to(role, FIN | CONTINUATION, b"fives"));
        assert_eq!(error, Err(ProtocolError::MessageTooLong { len: 11, limit: 10 }));
    }
}

#[test]
fn limits_on_data_do_not_bind_control_frames() {
    let config = Limits::default().max_frame_len(0).max_message_len(0).max_fragments(0);
    for role in ROLES {
        let mut endpoint = Endpoint::with(role, &config);
        assert_eq!(endpoint.receive(&wire::to(role, FIN | PING, &[1; 125])), Ok(()));
    }
}

// Shows 6455-10.4-2, own-limits-2, own-limits-3, own-limits-4.
#[test]
fn the_limits_have_defaults() {
    let length = |len| Length::of(len);
    let max = 16 << 20;
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        let header = wire::header(FIN | BINARY, length(max), key_to(role));
        assert_eq!(endpoint.receive(&header), Ok(()));

        let header = wire::header(FIN | BINARY, length(max + 1), key_to(role));
        let error = ProtocolError::MessageTooLong { len: max + 1, limit: max };
        assert_fails(role, &header, error, 1009);

        let frames =
            [wire::to(role, BINARY, b"1"), wire::header(CONTINUATION, length(max), key_to(role))];
        let error = ProtocolError::MessageTooLong { len: max + 1, limit: max };
        assert_fails(role, &frames.concat(), error, 1009);
    }
    let mut bytes = wire::to(Role::Client, TEXT, b"");
    bytes.extend(wire::to(Role::Client, CONTINUATION, b"").repeat((1 << 17) - 1));
    let mut client = Endpoint::new(Role::Client);
    assert_eq!(client.receive(&bytes), Ok(()));
    let error = client.receive(&wire::to(Role::Client, CONTINUATION, b""));
    assert_eq!(error, Err(ProtocolError::TooManyFragments { limit: 1 << 17 }));

    let mut client = Endpoint::new(Role::Client);
    client.receive(&wire::to(Role::Client, TEXT, b"")).unwrap();
    let pongs = wire::to(Role::Client, FIN | PONG, b"").repeat(1 << 16);
    assert_eq!(client.receive(&pongs), Ok(()));
    let error = client.receive(&wire::to(Role::Client, FIN | PONG, b""));
    assert_eq!(error, Err(ProtocolError::TooManyControls { limit: 1 << 16 }));
}
