//! HTTP is not read as frames, nor are frames as HTTP.

use sansocket::Role::{self, Client, Server};
use sansocket_explain::{Element, Field, Options};

use crate::conversation;

const REQUEST: &str = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const RESPONSE: &[u8] = b"HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
const REFUSAL: &[u8] = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno";
const POST: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n";
const PING: &[u8] = b"\x89\x80\x01\x02\x03\x04";

fn elements(turns: &[(Role, &[u8])]) -> Vec<Element> {
    conversation(&Options::handshake(), turns)
}

/// Returns the fields of the elements of one end, and checks how many rules they break.
#[track_caller]
fn fields(turns: &[(Role, &[u8])], sender: Role, violations: usize) -> Vec<Field> {
    let elements = elements(turns);
    let count = elements.iter().map(|element| element.violations.len()).sum::<usize>();
    assert_eq!(count, violations, "{elements:#?}");
    let elements = elements.iter().filter(|element| element.sender == sender);
    elements.map(|element| element.root.field).collect()
}

#[test]
fn a_response_that_is_too_long_is_followed_by_nothing_that_is_read() {
    let response = [b"HTTP/1.1 101 OK\r\n", &b"a: b\r\n".repeat(4_000)[..]].concat();
    let turns = [(Client, REQUEST.as_bytes()), (Server, &response)];
    assert_eq!(fields(&turns, Server, 1), [Field::Response, Field::Unread, Field::End]);
}

#[test]
fn a_request_of_the_greatest_length_is_followed_by_frames() {
    let start = REQUEST.strip_suffix("\r\n").unwrap();
    let request = format!("{start}A: {}\r\n\r\n", "x".repeat((16 << 10) - start.len() - 7));
    assert_eq!(request.len(), 16 << 10);
    let turns = [(Client, request.as_bytes()), (Server, RESPONSE), (Client, PING)];
    assert_eq!(fields(&turns, Client, 0), [Field::Request, Field::Frame, Field::End]);
}

#[test]
fn the_body_of_a_request_that_is_rejected_is_not_read() {
    let turns = [(Client, POST), (Client, b"body"), (Server, REFUSAL)];
    assert_eq!(fields(&turns, Client, 1), [Field::Request, Field::Unread, Field::End]);
}

#[test]
fn after_a_request_that_is_rejected_the_response_decides() {
    // A server that is not as strict opens the connection.
    let turns = [(Client, POST), (Server, RESPONSE), (Client, PING)];
    assert_eq!(fields(&turns, Client, 1), [Field::Request, Field::Frame, Field::End]);
    let turns =
        [(Client, POST), (Client, b"body"), (Server, REFUSAL), (Client, REQUEST.as_bytes())];
    let expected = [Field::Request, Field::Unread, Field::Request, Field::End];
    assert_eq!(fields(&turns, Client, 1), expected);
}

#[test]
fn after_a_refusal_there_may_be_another_request() {
    let request = REQUEST.as_bytes();
    let turns = [
        (Client, request),
        (Server, REFUSAL),
        (Client, request),
        (Server, RESPONSE),
        (Client, PING),
        (Server, b"\x8A\x00"),
    ];
    let expected = [Field::Request, Field::Request, Field::Frame, Field::End];
    assert_eq!(fields(&turns, Client, 0), expected);
    let expected = [Field::Response, Field::Unread, Field::Response, Field::Frame, Field::End];
    assert_eq!(fields(&turns, Server, 0), expected);
}

#[test]
fn after_a_refusal_no_frame_is_read() {
    let turns = [(Client, REQUEST.as_bytes()), (Server, REFUSAL), (Client, PING), (Client, b"G")];
    assert_eq!(fields(&turns, Client, 0), [Field::Request, Field::Unread, Field::End]);
    // One that has begun before is read to its end.
    let (start, end) = PING.split_at(1);
    let turns = [(Client, REQUEST.as_bytes()), (Client, start), (Server, REFUSAL), (Client, end)];
    let elements = elements(&turns);
    let remark = elements[2].root.find(Field::Remark).unwrap();
    assert_eq!(remark.note, "the server has not opened the connection");
}

#[test]
fn what_answers_a_request_is_a_head() {
    for answer in [&b"\x15\x03\x03\x00\x02\x02\x28"[..], b"SSH-2.0-OpenSSH_9.6\r\n"] {
        let turns = [(Client, REQUEST.as_bytes()), (Server, answer)];
        let elements = conversation(&Options::default(), &turns);
        let answer = elements.iter().find(|element| element.sender == Server).unwrap();
        assert_eq!(answer.root.field, Field::Response);
        assert_eq!(answer.violations[0].at, 0, "{answer:#?}");
    }
}
