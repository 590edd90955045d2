//! Counts the invalid requests that a server refuses.

use super::peer::{PEERS, Peer};
use crate::memory::Memory;
use crate::table::Table;
use crate::wire::REQUEST;

/// Breaches of RFC 6455 4.2.1: a name, a part of the request, and its replacement.
const FAULTS: [(&str, &str, &str); 10] = [
    ("POST", "GET", "POST"),
    ("HTTP/1.0", "HTTP/1.1", "HTTP/1.0"),
    ("no Host", "Host: server.example.com\r\n", ""),
    ("no Upgrade", "Upgrade: websocket\r\n", ""),
    ("no Connection", "Connection: Upgrade\r\n", ""),
    ("no key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", ""),
    ("a key of 3 bytes", "dGhlIHNhbXBsZSBub25jZQ==", "dGhl"),
    ("a key that is not base64", "dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZ!=="),
    ("another upgrade", "Upgrade: websocket", "Upgrade: h2c"),
    ("version 8", "Version: 13", "Version: 8"),
];

/// Returns a table of the number that each server refuses.
pub fn table() -> Table {
    let title = format!("Of {} requests that RFC 6455 4.2.1 has a server refuse", FAULTS.len());
    let mut table = Table::new(title, ["refused"]);
    for peer in PEERS {
        if let Some(count) = refused(*peer) {
            table.push(peer.column(), [Some(count as f64)]);
        }
    }
    table
}

/// Returns whether a server refuses all of them.
pub fn is_strict(peer: &dyn Peer) -> bool {
    refused(peer) == Some(FAULTS.len())
}

fn refused(peer: &dyn Peer) -> Option<usize> {
    let is_refused = |(_, valid, invalid): &(&str, &str, &str)| {
        let request = REQUEST.replacen(valid, invalid, 1);
        assert_ne!(request, REQUEST);
        Some(!peer.accept(Memory::once(request.into()))?)
    };
    let refused: Vec<_> = FAULTS.iter().map(is_refused).collect::<Option<_>>()?;
    Some(refused.into_iter().filter(|is_refused| *is_refused).count())
}
