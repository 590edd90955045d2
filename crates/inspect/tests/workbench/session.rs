use std::{io::Write as _, net::TcpListener};

use serde_json::{Value, json};

use crate::{page::Page, program::Program};

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
    assert_eq!(page.frame("server")["root"]["value"], "Close");
    // The program answers, and both ends close.
    page.closed();
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
            "context": "opened",
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
    page.closed();
    peer.join().unwrap();
    page.tell(&json!({ "do": "no such command" }));
    assert!(page.failure().contains("unknown variant `no such command`"));
}

#[test]
fn the_request_can_be_edited() {
    let program = Program::start();
    let mut page = Page::open(&program);
    page.tell(
        &json!({ "do": "request", "number": 3, "address": "ws://a.example:81/b", "deflate": null }),
    );
    let explained = page.event("explained");
    assert_eq!((&explained["number"], &explained["caveat"]), (&json!(3), &Value::Null));
    assert_eq!(explained["elements"][0]["violations"], json!([]));
    page.tell(&json!({ "do": "request", "number": 4, "address": "http://a/", "deflate": null }));
    assert!(page.event("refused")["text"].as_str().unwrap().contains("use ws://"));

    let request = "GET /x HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n\r\n";
    page.tell(&connect_with(request));
    let sent = page.crossed("client");
    assert_eq!(sent["element"]["wire"].as_str().unwrap().split(' ').count(), request.len());
    // The peer compresses only if the form says so.
    assert_eq!(page.event("opened")["deflate"], Value::Null);

    let broken = request.replace("Upgrade: websocket\r\n", "");
    page.tell(&json!({
        "do": "explain", "number": 5, "sender": "client", "bytes": hex(&broken), "deflate": null,
        "context": "nothing",
    }));
    let violations = page.event("explained")["elements"][0]["violations"].clone();
    assert_eq!(violations.as_array().unwrap().len(), 1);
    page.tell(&connect_with(&broken));
    assert!(page.failure().starts_with("the handshake has failed: HTTP/1.1 4"));
    assert_eq!(page.crossed("server")["element"]["root"]["field"], "response");
    page.closed();
}

fn connect_with(request: &str) -> Value {
    json!({ "do": "connect", "address": null, "deflate": null, "answers": true, "request": hex(request) })
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_built_in_peer_sends_what_it_is_told() {
    let program = Program::start();
    let mut page = Page::open(&program);
    page.connect(None, false);
    page.send_as("server", &json!("8900"));
    assert_eq!(page.frame("client")["root"]["value"], "Pong");
    // It goes on as before.
    page.send(&json!("8180000000008880000000 00"));
    assert_eq!(page.frame("server")["root"]["value"], "text");

    page.connect(None, false);
    // Masked.
    page.send_as("server", &json!("818537fa213d7f9f4d5158"));
    assert_eq!(page.frame("server")["violations"][0]["clause"], "6455-5.1-4");
    let close = page.frame("client");
    assert_eq!(close["root"]["value"], "Close");
    assert!(close.to_string().contains("1002"), "{close}");
    let answer = page.frame("server");
    assert_eq!((&answer["root"]["value"], &answer["violations"]), (&json!("Close"), &json!([])));
    page.closed();
}

#[test]
fn a_close_frame_that_the_built_in_peer_is_told_to_send_is_its_last_frame() {
    let program = Program::start();
    let mut page = Page::open(&program);
    page.connect(None, false);
    page.send_as("server", &json!("880203e8"));
    assert_eq!(page.frame("server")["violations"], json!([]));
    assert_eq!(page.frame("client")["root"]["value"], "Close");
    assert_eq!(page.crossed("server")["element"]["root"]["field"], "end");
    page.closed();
    page.send_as("server", &json!("8900"));
    assert_eq!(page.failure(), "there is no connection");
}

#[test]
fn a_preview_says_what_it_does_not_know() {
    let program = Program::start();
    let mut page = Page::open(&program);
    let alone = page.compose(json!({}));
    assert!(alone["caveat"].as_str().unwrap().contains("a new connection"));
    page.connect(None, false);
    assert_eq!(page.compose(json!({}))["caveat"], Value::Null);
    // 300 KiB in many messages are no reason to forget.
    let payload = "x".repeat(50_000);
    for _ in 0..6 {
        let composed = page.compose(json!({ "payload": payload }));
        assert_eq!(composed["caveat"], Value::Null);
        page.send(&composed["bytes"]);
        page.frame("server");
    }
    page.send(&json!("010000"));
    page.frame("client");
}
