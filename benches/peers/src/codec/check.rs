//! Checks that a peer does the work that it is timed for.

use std::mem;

use sansocket::Message;
use sansocket::buffered::{Progress, ReadBuffer};

use super::case::{Case, Payload, Setup, Work, connection};
use super::peer::Peer;

/// The answer to the key of the request, from RFC 6455 1.3.
const ACCEPT: &[u8] = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// Panics if the peer reads or writes anything wrong.
pub fn check(peer: &dyn Peer, case: &Case) {
    let mut memory = case.memory();
    let written = memory.record();
    let Some(mut run) = peer.prepare(case, memory, true) else { return };
    match case.work {
        // So many that the bytes of the transport come again.
        Work::Read => run((512 << 10) / case.payload.as_bytes().len().max(16) + 2),
        Work::Write | Work::Accept => run(1),
    }
    drop(run);
    let written = mem::take(&mut *written.lock().expect("nobody holds it"));
    let is_right = match case.work {
        Work::Read => true,
        Work::Write => read_back(&written, case),
        Work::Accept => {
            written.starts_with(b"HTTP/1.1 101 ")
                && written.windows(ACCEPT.len()).any(|window| window == ACCEPT)
        }
    };
    assert!(is_right, "{}, {}: wrong bytes were written", peer.column(), case.name);
}

/// Returns whether these bytes are the message of the case, and nothing else, to the other side.
fn read_back(mut written: &[u8], case: &Case) -> bool {
    let mut receiver = connection(Setup { role: case.setup.role.peer(), ..case.setup }).receiver;
    let mut buffer = ReadBuffer::default();
    loop {
        match buffer.advance(&mut receiver, |_| ()) {
            Ok(Progress::Message) => {
                let expected = match &case.payload {
                    Payload::Text(text) => Message::Text(text),
                    Payload::Binary(data) => Message::Binary(data),
                };
                return written.is_empty() && buffer.message() == Ok(expected);
            }
            Ok(Progress::NeedInput) if !written.is_empty() => {
                let room = buffer.unfilled();
                let (now, later) = written.split_at(room.len().min(written.len()));
                room[..now.len()].copy_from_slice(now);
                buffer.filled(now.len());
                written = later;
            }
            _ => return false,
        }
    }
}
