//! Requests that open a connection.

use std::io::{Read, Write};
use std::net::TcpStream;

use sansocket::blocking::Connector;
use sansocket::handshake::OriginPolicy;
use sansocket::{CloseCode, Error, OwnedMessage, Role};

use crate::http::{Response, UPGRADE, upgrade_and};
use crate::server::{PAGE, Settings, each};
use crate::wire::{self, CLOSE, FIN, PING, PONG, TEXT};

/// Sends a frame to a server.
fn send(stream: &mut TcpStream, first: u8, payload: &[u8]) {
    stream.write_all(&wire::to(Role::Server, first, payload)).unwrap();
}

/// Reads a short frame of a server.
fn receive(stream: &mut TcpStream) -> (u8, Vec<u8>) {
    let mut header = [0; 2];
    stream.read_exact(&mut header).unwrap();
    assert!(header[1] < 126, "it is short and has no mask");
    let mut payload = vec![0; header[1].into()];
    stream.read_exact(&mut payload).unwrap();
    (header[0], payload)
}

fn ask_for_the_page(stream: &mut TcpStream) {
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let response = Response::read(stream);
    assert_eq!((response.status, response.body.as_str()), (200, PAGE));
}

#[test]
fn messages_go_both_ways_until_the_connection_is_closed() {
    each(&Settings::default(), |server| {
        let (mut socket, accepted) = server.open(&Connector::new()).unwrap();
        assert_eq!(accepted.subprotocol(), None);
        for message in [
            OwnedMessage::Text("Grüße".into()),
            OwnedMessage::Binary(Vec::new()),
            OwnedMessage::Binary(vec![7; 1 << 20]),
        ] {
            socket.send(&message).unwrap();
            assert_eq!(socket.recv().unwrap(), Some(message));
        }
        let info = socket.close(CloseCode::NORMAL, "that is all").unwrap();
        assert_eq!((info.code(), info.reason()), (CloseCode::NORMAL, "that is all"));
    });
}

// Shows 6455-4.2-1.
#[test]
fn the_response_is_the_one_of_the_handshake() {
    let settings = Settings { header: Some(("X-Served-By", "test")), ..Settings::default() };
    each(&settings, |server| {
        let mut stream = server.connect();
        stream.write_all(UPGRADE.as_bytes()).unwrap();
        let response = Response::read(&mut stream);
        assert_eq!(response.status, 101);
        for (name, value) in [
            ("upgrade", "websocket"),
            ("connection", "Upgrade"),
            ("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
            ("x-served-by", "test"),
        ] {
            assert_eq!(response.header(name), Some(value));
        }
        assert_eq!(response.header("sec-websocket-protocol"), None);
        assert_eq!(response.header("sec-websocket-extensions"), None);
    });
}

#[test]
fn plain_requests_are_served_on_the_same_port_and_before_an_upgrade() {
    each(&Settings::default(), |server| {
        let mut stream = server.connect();
        ask_for_the_page(&mut stream);
        ask_for_the_page(&mut stream);
        stream.write_all(UPGRADE.as_bytes()).unwrap();
        assert_eq!(Response::read(&mut stream).status, 101);
        send(&mut stream, FIN | TEXT, b"Hello");
        ask_for_the_page(&mut server.connect());
        assert_eq!(receive(&mut stream), (FIN | TEXT, b"Hello".into()));
    });
}

#[test]
fn frames_in_the_same_segment_as_the_request_are_answered() {
    let frames = [
        wire::to(Role::Server, FIN | TEXT, b"early"),
        wire::to(Role::Server, FIN | PING, b"?"),
        wire::to(Role::Server, FIN | CLOSE, &wire::close_payload(1000, "")),
    ]
    .concat();
    each(&Settings::default(), |server| {
        for len in [1, 11, 12, frames.len()] {
            let (early, late) = frames.split_at(len);
            let mut stream = server.connect();
            stream.write_all(&[UPGRADE.as_bytes(), early].concat()).unwrap();
            assert_eq!(Response::read(&mut stream).status, 101);
            stream.write_all(late).unwrap();
            assert_eq!(receive(&mut stream), (FIN | TEXT, b"early".into()));
            assert_eq!(receive(&mut stream), (FIN | PONG, b"?".into()));
            assert_eq!(receive(&mut stream), (FIN | CLOSE, wire::close_payload(1000, "")));
            assert_eq!(stream.read(&mut [0]).unwrap(), 0, "the server ends the stream");
        }
    });
}

#[test]
fn a_second_request_after_the_first_is_not_a_frame_and_gets_no_response() {
    each(&Settings::default(), |server| {
        let mut stream = server.connect();
        stream.write_all(format!("{UPGRADE}{UPGRADE}").as_bytes()).unwrap();
        assert_eq!(Response::read(&mut stream).status, 101);
        let (first, payload) = receive(&mut stream);
        assert_eq!((first, &payload[..2]), (FIN | CLOSE, &1002_u16.to_be_bytes()[..]));
        assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    });
}

#[test]
fn the_first_offered_subprotocol_that_is_supported_is_agreed_on() {
    let settings = Settings { subprotocols: &["v1", "v2"], ..Settings::default() };
    each(&settings, |server| {
        let offer = Connector::new().subprotocol("v3").subprotocol("v2").subprotocol("v1");
        let (socket, _) = server.open(&offer).unwrap();
        assert_eq!(socket.subprotocol(), Some("v2"));
        let (socket, _) = server.open(&Connector::new().subprotocol("v3")).unwrap();
        assert_eq!(socket.subprotocol(), None);
    });
}

#[test]
fn the_policy_decides_which_pages_connect() {
    each(&Settings::default(), |server| {
        let own = format!("http://{}", server.address);
        server.open(&Connector::new().origin(own)).unwrap();
        let error = server.open(&Connector::new().origin("http://example.com")).unwrap_err();
        let Error::Handshake(error) = error else { panic!("{error:?}") };
        assert!(error.to_string().contains("403"), "{error}");
    });
    let settings = Settings { origin_policy: OriginPolicy::Any, ..Settings::default() };
    each(&settings, |server| {
        server.open(&Connector::new().origin("http://example.com")).unwrap();
    });
}

#[test]
fn an_upgrade_may_have_lists_in_several_lines_and_any_case() {
    let request = upgrade_and("connection: keep-alive\r\nupgrade: WebSocket");
    each(&Settings::default(), |server| {
        let mut stream = server.connect();
        stream.write_all(request.as_bytes()).unwrap();
        assert_eq!(Response::read(&mut stream).status, 101);
    });
}
