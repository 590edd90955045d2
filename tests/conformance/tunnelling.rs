//! Answers of a proxy, however they are split.

use sansocket::Parsed;
use sansocket::handshake::{HandshakeError, proxy::Tunnel};

/// The result of opening a tunnel, and everything that was sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Opening {
    /// The length of the answers.
    pub(crate) end: Result<usize, HandshakeError>,
    pub(crate) sent: Vec<u8>,
}

/// Opens a tunnel through a proxy that gives this answer and then ends the stream, in one read and
/// byte by byte, with the same result.
#[track_caller]
pub(crate) fn open(tunnel: &Tunnel, answers: &[u8]) -> Opening {
    let whole = open_in(tunnel.clone(), answers, answers.len().max(1));
    let bytes = open_in(tunnel.clone(), answers, 1);
    assert_eq!(whole, bytes);
    whole
}

/// As [`open`], with reads of at most this length.
pub(crate) fn open_in(mut tunnel: Tunnel, answers: &[u8], read_len: usize) -> Opening {
    let mut sent = Vec::new();
    let mut len = 0;
    let end = loop {
        match tunnel.advance(&answers[..len], &mut sent) {
            Ok(Parsed::Complete { consumed, .. }) => {
                // A second call returns the same and sends nothing more.
                let mut more = Vec::new();
                let again = tunnel.advance(answers, &mut more);
                assert_eq!(again, Ok(Parsed::Complete { value: (), consumed }));
                assert_eq!(more, b"");
                break Ok(consumed);
            }
            Ok(Parsed::Partial { needed }) => {
                assert_ne!(needed, 0);
                if len == answers.len() {
                    break Err(tunnel.advance_eof(answers));
                }
            }
            Err(error) => break Err(error),
        }
        len = answers.len().min(len + read_len);
    };
    Opening { end, sent }
}

/// Returns the error of a tunnel for which nothing may be sent.
#[track_caller]
pub(crate) fn unsendable(tunnel: &Tunnel) -> HandshakeError {
    let opening = open(tunnel, b"");
    assert_eq!(opening.sent, b"");
    opening.end.unwrap_err()
}
