//! What must happen when a peer breaks a rule (RFC 6455 7.1.7).

use sansocket::connection::{ProtocolError, SendError, TransportAction};
use sansocket::{Initiator, Limits, Role};

use crate::endpoint::{Endpoint, Received};
use crate::wire::{self, CLOSE, FIN, PING, TEXT};

/// Both roles, for rules that hold for both.
pub(crate) const ROLES: [Role; 2] = [Role::Client, Role::Server];

/// Checks that `bytes` fail a connection of the default configuration.
#[track_caller]
pub(crate) fn assert_fails(role: Role, bytes: &[u8], error: ProtocolError, code: u16) {
    assert_fails_with(&Limits::default(), role, bytes, error, code);
}

/// Checks that a message before `bytes` is delivered, that `bytes` cause nothing but `error`, that
/// the Close frame with `code` is sent, and that nothing else happens on the connection: in one
/// read and byte by byte, and with messages read in chunks and through a read buffer.
#[track_caller]
pub(crate) fn assert_fails_with(
    limits: &Limits,
    role: Role,
    bytes: &[u8],
    error: ProtocolError,
    code: u16,
) {
    let good = wire::to(role, FIN | TEXT, b"good");
    let input = [&good, bytes].concat();
    type Receive = fn(&mut Endpoint, &[u8], &[usize]) -> Result<(), ProtocolError>;
    let ways: [Receive; 2] = [Endpoint::receive_in, Endpoint::receive_buffered_in];
    for (receive, read_len) in ways.into_iter().flat_map(|way| [(way, usize::MAX), (way, 1)]) {
        let mut endpoint = Endpoint::with(role, limits);
        let result = receive(&mut endpoint, &input, &[read_len]);
        assert_eq!(result, Err(error), "to the {role:?}");
        assert_eq!(endpoint.received, [Received::text("good")]);

        let frames = wire::frames(&endpoint.out);
        let [close] = &frames[..] else {
            panic!("one Close frame goes out, not {frames:?}");
        };
        assert_eq!(close.first, FIN | CLOSE);
        assert_eq!(close.key.is_some(), role == Role::Client);
        assert_eq!(close.payload[..2], code.to_be_bytes());
        let reason = core::str::from_utf8(&close.payload[2..]).expect("the reason is UTF-8");
        assert!((1..=123).contains(&reason.len()), "{reason:?} tells what was wrong");

        // RFC 6455 7.1.7: no data from the peer is processed any more, nor a Close frame.
        for first in [TEXT, PING, CLOSE] {
            let further = wire::to(role, FIN | first, b"");
            let result = receive(&mut endpoint, &further, &[read_len]);
            assert_eq!(result, Err(error), "the error stays");
        }
        assert_eq!(endpoint.receive_eof(), Err(error), "the end of the stream changes nothing");
        assert_eq!(endpoint.received.len(), 1);
        assert_eq!(wire::frames(&endpoint.out).len(), 1, "one Close frame, and only once");
        let more = endpoint.send(|sender, out| sender.send_text("more", out));
        assert_eq!(more, Err(SendError::Closed));

        assert_eq!(endpoint.connection.transport(), TransportAction::CloseNow);
        let info = endpoint.connection.close_info().expect("the connection has ended");
        assert_eq!(info.initiator, Initiator::Local);
        assert_eq!(info.received, None);
        assert_eq!(u16::from(info.sent.as_ref().expect("a Close frame was sent").code), code);
        assert!(!info.was_clean);
        assert_eq!(u16::from(info.code()), 1006);
    }
}
