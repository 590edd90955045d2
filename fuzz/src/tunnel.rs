use sansocket::{
    Parsed,
    handshake::{
        Credentials, HandshakeError,
        proxy::{ProxyError, Tunnel},
    },
};

use crate::{http_head::HttpHead, input::Input, request_head::limits};

/// Any bytes in any reads as the answers of a proxy: the same is sent, with the same end. A tunnel
/// that opens begins where RFC 9110 9.3.6 or RFC 1928 say so.
///
/// Input: 1 for SOCKS5 and 2 for credentials, limits, [cuts](Input::cuts), bytes.
pub fn tunnel(data: &[u8]) {
    let mut input = Input::new(data);
    let choice = input.byte();
    let limits = limits(input.byte());
    let cuts = input.cuts();
    let bytes = input.rest();
    let (is_socks5, has_credentials) = (choice & 1 != 0, choice & 2 != 0);
    let mut tunnel = if is_socks5 {
        Tunnel::socks5("server.example.com", 443)
    } else {
        Tunnel::http("server.example.com", 443, &limits)
    };
    if has_credentials {
        tunnel = tunnel.credentials(Credentials::new("Aladdin", "open sesame"));
    }

    let (whole, sent) = open(tunnel.clone(), [bytes].into_iter(), bytes);
    let (pieces, same_sent) = open(tunnel, cuts.pieces(bytes), bytes);
    assert_eq!(sent, same_sent);
    assert_eq!(whole, pieces);
    match whole {
        Ok(end) if is_socks5 => assert_eq!(Some(end), socks5_end(bytes, has_credentials)),
        Ok(end) => check_http(&bytes[..end]),
        Err(_) if is_socks5 => assert_eq!(None, socks5_end(bytes, has_credentials)),
        Err(_) => {}
    }
}

/// Where the tunnel begins or why there is none, and what was sent.
fn open<'a>(
    mut tunnel: Tunnel,
    reads: impl Iterator<Item = &'a [u8]>,
    bytes: &[u8],
) -> (Result<usize, ProxyError>, Vec<u8>) {
    let mut sent = Vec::new();
    let mut len = 0;
    for read in [&b""[..]].into_iter().chain(reads) {
        len += read.len();
        match tunnel.advance(&bytes[..len], &mut sent) {
            Ok(Parsed::Complete { consumed, .. }) => return (Ok(consumed), sent),
            Ok(Parsed::Partial { needed }) => assert_ne!(needed, 0),
            Err(error) => return (Err(proxy_error(error)), sent),
        }
    }
    (Err(proxy_error(tunnel.advance_eof(bytes))), sent)
}

fn proxy_error(error: HandshakeError) -> ProxyError {
    match error {
        HandshakeError::Proxy(error) => error,
        error => panic!("the application did not err: {error}"),
    }
}

/// RFC 9110 9.3.6 and 15.2: interim responses, and one with a status of 2xx.
fn check_http(bytes: &[u8]) {
    let mut head = HttpHead::parse(bytes);
    while !head.rest.is_empty() {
        assert_eq!(head.start_line[9], b'1');
        head = HttpHead::parse(head.rest);
    }
    assert_eq!(head.start_line[9], b'2');
}

/// Where the tunnel begins by RFC 1928 and 1929, if there is one.
fn socks5_end(bytes: &[u8], has_credentials: bool) -> Option<usize> {
    let reply = match bytes {
        [5, 0, reply @ ..] => reply,
        [5, 2, 1, 0, reply @ ..] if has_credentials => reply,
        _ => return None,
    };
    let behind = match reply {
        [5, 0, _, 1, rest @ ..] => rest.get(4 + 2..)?,
        [5, 0, _, 4, rest @ ..] => rest.get(16 + 2..)?,
        [5, 0, _, 3, len, rest @ ..] => rest.get(usize::from(*len) + 2..)?,
        _ => return None,
    };
    Some(bytes.len() - behind.len())
}
