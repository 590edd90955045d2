//! RFC 1928: a tunnel through a SOCKS5 proxy, and RFC 1929: user name and password for it.

use sansocket::Parsed;
use sansocket::handshake::proxy::{ProxyError, Tunnel};
use sansocket::handshake::{Credentials, HandshakeError, InvalidArgument};

use crate::tunnelling::{open, unsendable};

fn tunnel() -> Tunnel {
    Tunnel::socks5("example.com", 80)
}

fn with_credentials() -> Tunnel {
    tunnel().credentials(Credentials::new("Aladdin", "open sesame"))
}

/// A reply to `tunnel`, from an IPv4 address.
const REPLY: [u8; 10] = [5, 0, 0, 1, 192, 0, 2, 1, 0x30, 0x39];

const REQUEST: &[u8] = b"\x05\x01\x00\x03\x0bexample.com\x00\x50";

#[track_caller]
fn failed(tunnel: &Tunnel, answers: &[u8]) -> ProxyError {
    match open(tunnel, answers).end {
        Err(HandshakeError::Proxy(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn section_3_without_credentials_only_no_authentication_is_offered() {
    let opening = open(&tunnel(), &[&[5, 0], &REPLY[..]].concat());
    assert_eq!(opening.end, Ok(2 + REPLY.len()));
    assert_eq!(opening.sent, [&[5, 1, 0], REQUEST].concat());
}

#[test]
fn section_3_user_name_and_password_are_offered_and_need_not_be_chosen() {
    let opening = open(&with_credentials(), &[&[5, 0], &REPLY[..]].concat());
    assert_eq!(opening.end, Ok(2 + REPLY.len()));
    assert_eq!(opening.sent, [&[5, 2, 0, 2], REQUEST].concat());
}

#[test]
fn rfc_1929_user_name_and_password_are_sent_when_they_are_chosen() {
    let opening = open(&with_credentials(), &[&[5, 2, 1, 0], &REPLY[..]].concat());
    assert_eq!(opening.end, Ok(4 + REPLY.len()));
    let sent = [&[5, 2, 0, 2], &b"\x01\x07Aladdin\x0bopen sesame"[..], REQUEST].concat();
    assert_eq!(opening.sent, sent);
}

#[test]
fn nothing_is_sent_before_the_reply_that_it_answers() {
    let mut tunnel = with_credentials();
    let answers = [&[5, 2, 1, 0], &REPLY[..]].concat();
    let mut sent = Vec::new();
    // The number of bytes received, and the number sent by then.
    let mut steps = Vec::new();
    for len in 0..answers.len() {
        assert!(matches!(tunnel.advance(&answers[..len], &mut sent), Ok(Parsed::Partial { .. })));
        if steps.last().is_none_or(|&(_, before)| before < sent.len()) {
            steps.push((len, sent.len()));
        }
    }
    assert_eq!(steps, [(0, 4), (2, 4 + 21), (4, 4 + 21 + REQUEST.len())]);
}

#[test]
fn section_5_addresses_are_sent_as_such_and_names_for_the_proxy_to_resolve() {
    let name = "n".repeat(255);
    for (host, port, address) in [
        ("192.0.2.1", 80, &[1, 192, 0, 2, 1, 0, 80][..]),
        ("::1", 443, &[4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0xBB]),
        ("h", 65535, &[3, 1, b'h', 0xFF, 0xFF]),
        (&name, 80, &[&[3, 255], name.as_bytes(), &[0, 80]].concat()),
    ] {
        let sent = open(&Tunnel::socks5(host, port), &[5, 0]).sent;
        assert_eq!(sent, [&[5, 1, 0, 5, 1, 0], address].concat());
    }
}

#[test]
fn invalid_arguments_are_refused_before_anything_is_sent() {
    let too_long = "n".repeat(256);
    for host in ["", &too_long, "a b", "a\r\n", "a\0", "a:1", "[::1]", "b\u{fc}cher"] {
        let error = unsendable(&Tunnel::socks5(host, 80));
        assert_eq!(error, InvalidArgument::Host(host.into()).into());
    }
    // RFC 1929 2: 1 to 255 bytes.
    for (user, password) in [("", "b"), ("a", ""), (&too_long, "b"), ("a", &too_long)] {
        let tunnel = tunnel().credentials(Credentials::new(user, password));
        assert_eq!(unsendable(&tunnel), InvalidArgument::Credentials.into());
    }
}

#[test]
fn rfc_1929_the_longest_and_any_bytes_are_sent() {
    let longest = vec![b'\n'; 255];
    let tunnel = tunnel().credentials(Credentials::new(longest.clone(), *b":"));
    let sent = open(&tunnel, &[5, 2]).sent;
    assert_eq!(sent, [&[5, 2, 0, 2, 1, 255], &longest[..], &[1, b':']].concat());
}

#[test]
fn section_6_bytes_after_the_reply_belong_to_the_tunnel() {
    let name = [&[5, 0, 0, 3, 255], &[b'n'; 255][..], &[0, 80]].concat();
    for reply in [
        &REPLY[..],
        &[5, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 80],
        &[5, 0, 0, 3, 0, 0, 80],
        &[5, 0, 0, 3, 1, b'h', 0, 80],
        &name,
        // The reserved byte is ignored.
        &[5, 0, 7, 1, 0, 0, 0, 0, 0, 0],
    ] {
        for behind in [&b""[..], b"HTTP/1.1 101 ", &[5, 0]] {
            let answers = [&[5, 0], reply, behind].concat();
            assert_eq!(open(&tunnel(), &answers).end, Ok(2 + reply.len()));
        }
    }
}

#[test]
fn no_more_input_is_requested_than_must_come() {
    // Reading as much as is requested ends right after the reply.
    for reply in [&REPLY[..], &[5, 0, 0, 3, 0, 0, 80], &[5, 0, 0, 3, 3, 0, 0, 0, 0, 80]] {
        let answers = [&[5, 2, 1, 0], reply].concat();
        let mut tunnel = with_credentials();
        let mut len = 0;
        while let Parsed::Partial { needed } =
            tunnel.advance(&answers[..len], &mut Vec::new()).unwrap()
        {
            len += needed;
        }
        assert_eq!(len, answers.len());
    }
}

#[test]
fn section_3_other_methods_are_refused() {
    for tunnel in [tunnel(), with_credentials()] {
        assert_eq!(failed(&tunnel, &[5, 0xFF]), ProxyError::NoAcceptableMethod);
        for method in [1, 3, 0x7F, 0x80, 0xFE] {
            assert_eq!(failed(&tunnel, &[5, method]), ProxyError::UnofferedMethod(method));
        }
    }
    assert_eq!(failed(&tunnel(), &[5, 2]), ProxyError::UnofferedMethod(2));
}

#[test]
fn rfc_1929_every_status_but_zero_is_a_refusal() {
    for status in 1..=255 {
        let error = failed(&with_credentials(), &[5, 2, 1, status]);
        assert_eq!(error, ProxyError::CredentialsRefused(status));
    }
}

#[test]
fn section_6_every_reply_but_zero_is_a_refusal() {
    for reply in 1..=255 {
        // Whether or not the rest of the reply arrives.
        for rest in [&[][..], &REPLY[2..]] {
            let answers = [&[5, 0, 5, reply], rest].concat();
            let error = failed(&tunnel(), &answers);
            assert_eq!(error, ProxyError::Reply(reply));
        }
    }
    for (reply, meaning) in [
        (1, "general failure"),
        (2, "not allowed by its rules"),
        (3, "network unreachable"),
        (4, "host unreachable"),
        (5, "connection refused"),
        (6, "TTL expired"),
        (7, "command not supported"),
        (8, "type of address not supported"),
        (9, "for an unassigned reason"),
        (255, "for an unassigned reason"),
    ] {
        let text = ProxyError::Reply(reply).to_string();
        assert_eq!(text, format!("the proxy did not connect: {meaning}"));
    }
}

#[test]
fn section_6_a_type_of_address_that_is_not_known_is_refused() {
    for address_type in (0..=255).filter(|address_type| ![1, 3, 4].contains(address_type)) {
        let error = failed(&tunnel(), &[5, 0, 5, 0, 0, address_type]);
        assert_eq!(error, ProxyError::AddressType(address_type));
    }
}

#[test]
fn an_answer_of_another_version_is_refused_at_its_first_byte() {
    // SOCKS4, HTTP, TLS and SSH.
    for first in [0, 4, b'H', 0x15, b'S', 0xFF] {
        assert_eq!(failed(&tunnel(), &[first]), ProxyError::Version(first));
        assert_eq!(failed(&tunnel(), &[5, 0, first]), ProxyError::Version(first));
        assert_eq!(failed(&with_credentials(), &[5, 2, first]), ProxyError::Version(first));
    }
    assert_eq!(failed(&with_credentials(), &[5, 2, 5]), ProxyError::Version(5));
}

#[test]
fn a_stream_that_ends_inside_a_reply_opens_no_tunnel() {
    let answers = [&[5, 2, 1, 0], &REPLY[..]].concat();
    for len in 0..answers.len() {
        assert_eq!(failed(&with_credentials(), &answers[..len]), ProxyError::Incomplete);
    }
}
