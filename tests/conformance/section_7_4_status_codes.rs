//! RFC 6455 7.4: the codes of a Close frame. All of them are in `tests/exhaustive.rs`.

use sansocket::connection::{ProtocolError, SendError};
use sansocket::{CloseCode, CloseFrame};

use crate::endpoint::{Endpoint, Received};
use crate::violation::{ROLES, assert_fails};
use crate::wire::{self, CLOSE, FIN};

// Shows 6455-7.4.1-2 (both).
#[test]
fn the_constants_are_the_registered_codes() {
    for (code, number) in [
        (CloseCode::NORMAL, 1000),
        (CloseCode::GOING_AWAY, 1001),
        (CloseCode::PROTOCOL_ERROR, 1002),
        (CloseCode::UNSUPPORTED_DATA, 1003),
        (CloseCode::NO_STATUS, 1005),
        (CloseCode::ABNORMAL, 1006),
        (CloseCode::INVALID_PAYLOAD, 1007),
        (CloseCode::POLICY_VIOLATION, 1008),
        (CloseCode::MESSAGE_TOO_BIG, 1009),
        (CloseCode::MANDATORY_EXTENSION, 1010),
        (CloseCode::INTERNAL_ERROR, 1011),
        (CloseCode::SERVICE_RESTART, 1012),
        (CloseCode::TRY_AGAIN_LATER, 1013),
        (CloseCode::BAD_GATEWAY, 1014),
        (CloseCode::TLS_HANDSHAKE, 1015),
    ] {
        assert_eq!(u16::from(code), number);
        assert_eq!(code, CloseCode::from(number));
        assert_eq!(code.to_string(), number.to_string());
        assert_eq!(format!("{code:?}"), format!("CloseCode({number})"));
    }
}

// Shows 6455-7.4.1-2.
#[test]
fn a_code_that_is_allowed_on_the_wire_is_received_and_sent() {
    for role in ROLES {
        for code in [1000, 1003, 1007, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999] {
            let payload = wire::close_payload(code, "");
            let mut endpoint = Endpoint::new(role);
            endpoint.receive(&wire::to(role, FIN | CLOSE, &payload)).unwrap();
            assert_eq!(endpoint.received, [Received::close(code, "")]);

            let mut endpoint = Endpoint::new(role);
            let frame = CloseFrame { code: CloseCode::from(code), reason: "" };
            endpoint.send(|sender, out| sender.send_close(Some(frame), out)).unwrap();
            assert_eq!(wire::contents(&endpoint.out), [(FIN | CLOSE, payload)]);
        }
    }
}

// Shows 6455-7.4.1-1.
#[test]
fn any_other_code_fails_the_connection_and_is_not_sent() {
    for role in ROLES {
        for number in [0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535] {
            let code = CloseCode::from(number);
            let payload = wire::close_payload(number, "");
            let error = ProtocolError::InvalidCloseCode(code);
            assert_fails(role, &wire::to(role, FIN | CLOSE, &payload), error, 1002);

            let mut endpoint = Endpoint::new(role);
            let frame = CloseFrame { code, reason: "" };
            let sent = endpoint.send(|sender, out| sender.send_close(Some(frame), out));
            assert_eq!(sent, Err(SendError::InvalidCloseCode(code)));
            assert!(endpoint.out.is_empty() && !endpoint.connection.sender.is_closed());
        }
    }
}

#[test]
fn a_bad_code_takes_precedence_over_a_bad_reason() {
    for role in ROLES {
        let frame = wire::to(role, FIN | CLOSE, &wire::close_payload(1005, b"\xFF"));
        let error = ProtocolError::InvalidCloseCode(CloseCode::NO_STATUS);
        assert_fails(role, &frame, error, 1002);
    }
}
