use std::{io::Write as _, net::TcpListener};

use sansocket::blocking::{Connector, WebSocket};
use serde_json::{Value, json};

use crate::program::Program;

/// A page, as far as the program can tell.
#[derive(Debug)]
struct Page {
    socket: WebSocket<std::net::TcpStream>,
}

impl Page {
    fn open(program: &Program) -> Self {
        let address = program.address.to_string();
        let connector = Connector::new().origin(format!("http://{address}"));
        let (socket, _) = connector.connect_over(program.connect(), &address, "/session").unwrap();
        let mut page = Self { socket };
        let welcome = page.event("welcome");
        assert!(welcome["gallery"].as_array().unwrap().len() >= 20);
        let clauses = welcome["clauses"].as_array().unwrap();
        for picture in welcome["gallery"].as_array().unwrap() {
            let rule = clauses.iter().find(|clause| clause[0] == picture["clause"]);
            assert!(rule.is_some(), "{picture}");
        }
        page
    }

    fn tell(&mut self, command: &Value) {
        self.socket.send(command.to_string()).unwrap();
    }

    /// Returns the next event of this name.
    fn event(&mut self, name: &str) -> Value {
        loop {
            let message = self.socket.recv().unwrap().unwrap();
            let event: Value = serde_json::from_slice(message.as_bytes()).unwrap();
            if event["event"] == name {
                return event;
            }
            assert_ne!(event["event"], "failed", "{event}");
        }
    }

    /// Returns the next element that this end has sent.
    fn crossed(&mut self, sender: &str) -> Value {
        loop {
            let event = self.event("crossed");
            if event["sender"] == sender {
                return event;
            }
        }
    }

    fn connect(&mut self, address: Option<&str>, deflate: bool) -> Value {
        let deflate = deflate.then(|| {
            json!({
                "client_window_bits": 15, "server_window_bits": 10,
                "client_keeps_window": true, "server_keeps_window": false,
            })
        });
        self.tell(
            &json!({ "do": "connect", "address": address, "deflate": deflate, "answers": true }),
        );
        self.event("opened")
    }

    fn compose(&mut self, other: Value) -> Value {
        let mut composition = json!({
            "kind": "text", "payload": "Hello", "code": null, "fragments": 1,
            "is_compressed": false, "mask": "fixed", "key": "37 fa 21 3d", "rsv": 0,
            "length": "shortest",
        });
        for (name, value) in other.as_object().unwrap() {
            composition[name] = value.clone();
        }
        self.tell(&json!({ "do": "compose", "number": 1, "composition": composition }));
        self.event("explained")
    }

    fn send(&mut self, bytes: &Value) {
        self.tell(&json!({ "do": "send", "bytes": bytes }));
    }
}

#[test]
fn a_text_goes_to_the_built_in_peer_and_back() {
    let program = Program::start();
    let mut page = Page::open(&program);
    assert_eq!(page.connect(None, false)["deflate"], Value::Null);
    let composed = page.compose(json!({}));
    assert_eq!(composed["bytes"], "818537fa213d7f9f4d5158");
    assert_eq!(composed["elements"][0]["violations"], json!([]));
    page.send(&composed["bytes"]);
    let sent = page.crossed("client");
    assert_eq!(sent["element"]["wire"], "81 85 37 fa 21 3d 7f 9f 4d 51 58");
    // After the response.
    page.crossed("server");
}

#[test]
fn each_broken_frame_of_a_client_is_answered_with_a_close() {
    let program = Program::start();
    let mut page = Page::open(&program);
    page.connect(None, false);
    // Not masked.
    page.send(&json!("810548656c6c6f"));
    let sent = page.crossed("client");
    assert_eq!(sent["element"]["violations"][0]["clause"], "6455-5.1-2");
    let answer = loop {
        let event = page.crossed("server");
        if event["element"]["root"]["field"] == "frame" {
            break event;
        }
    };
    assert_eq!(answer["element"]["root"]["value"], "Close");
    // The program answers, and both ends close.
    let mut ends = page.event("ends");
    while ends["server"] != "tcp_closed" || ends["client"] != "tcp_closed" {
        ends = page.event("ends");
    }
}

#[test]
fn compression_counts_both_ends() {
    let program = Program::start();
    let mut page = Page::open(&program);
    let opened = page.connect(None, true);
    assert_eq!(opened["deflate"]["server_window_bits"], 10);
    assert_eq!(opened["deflate"]["server_keeps_window"], false);
    let mut lens = Vec::new();
    for _ in 0..2 {
        let composed =
            page.compose(json!({ "is_compressed": true, "payload": "Hello, hello, hello" }));
        lens.push(composed["bytes"].as_str().unwrap().len());
        page.send(&composed["bytes"]);
        let sent = page.crossed("client");
        assert_eq!(sent["element"]["violations"], json!([]), "{sent}");
        loop {
            let event = page.crossed("server");
            if event["element"]["root"]["field"] == "frame" {
                assert_eq!(event["client"]["messages"], lens.len(), "{event}");
                assert_eq!(event["server"]["messages"], lens.len(), "{event}");
                break;
            }
        }
    }
    // The second one refers to the first.
    assert!(lens[1] < lens[0], "{lens:?}");
}

#[test]
fn bytes_are_explained_without_a_connection() {
    let program = Program::start();
    let mut page = Page::open(&program);
    let explain = |bytes: &str, deflate: Option<&str>| {
        json!({
            "do": "explain", "number": 7, "sender": "server", "bytes": bytes, "deflate": deflate,
            "is_alone": true,
        })
    };
    page.tell(&explain("81 85 37 fa 21 3d 7f 9f 4d 51 58", None));
    let explained = page.event("explained");
    assert_eq!(explained["number"], 7);
    assert_eq!(explained["elements"][0]["violations"][0]["clause"], "6455-5.1-4");
    page.tell(&explain("8", None));
    assert!(page.event("refused")["text"].as_str().unwrap().contains("odd"));
    page.tell(&explain("81 00", Some("permessage-deflate; nonsense")));
    page.event("refused");
}

#[test]
fn another_peer_may_send_anything() {
    let program = Program::start();
    let mut page = Page::open(&program);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("ws://{}/x", listener.local_addr().unwrap());
    let peer = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 200 \xFF\r\n\r\n\x81\xFF\xFF").unwrap();
    });
    page.tell(&json!({ "do": "connect", "address": address, "deflate": null, "answers": true }));
    loop {
        let message = page.socket.recv().unwrap().unwrap();
        let event: Value = serde_json::from_slice(message.as_bytes()).unwrap();
        if event["event"] == "ends" && event["server"] == "tcp_closed" {
            break;
        }
    }
    peer.join().unwrap();
    page.tell(&json!({ "do": "no such command" }));
    loop {
        let message = page.socket.recv().unwrap().unwrap();
        if message.as_text().unwrap().contains("unknown variant `no such command`") {
            break;
        }
    }
}
