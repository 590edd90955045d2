//! The subcommand `har`, and HAR files that are written.

use serde_json::Value;

use crate::{
    packets::Packets,
    pcap::{REQUEST, RESPONSE},
    program::{error, file, printed, run, run_with},
    snapshot::assert_snapshot,
};

/// A file with one connection and these messages.
fn har(messages: &Value) -> Vec<u8> {
    serde_json::to_vec(&serde_json::json!({ "log": { "version": "1.2", "entries": [
        { "request": { "method": "GET", "url": "http://localhost/" }, "response": { "status": 200 } },
        {
            "startedDateTime": "2026-11-30T10:17:12.000Z",
            "request": { "method": "GET", "url": "ws://localhost:9301/page?EIO=4", "headers": [] },
            "response": { "status": 101, "headers": [
                { "name": "sec-websocket-extensions", "value": "permessage-deflate" },
            ] },
            "_resourceType": "websocket",
            "_webSocketMessages": messages,
        },
    ] } }))
    .unwrap()
}

fn explained(name: &str) -> String {
    let path = file("tests/captures").join(name);
    printed(&run(&["har", path.to_str().unwrap()]), 0)
}

#[test]
fn a_file_of_chromium_is_explained() {
    assert_snapshot("har_chromium", &explained("chromium.har"));
}

// It writes no messages.
#[test]
fn a_file_of_firefox_names_the_connection() {
    assert_snapshot("har_firefox", &explained("firefox.har"));
}

#[test]
fn text_and_binary_messages_are_explained() {
    let messages = serde_json::json!([
        { "type": "send", "time": 1764497832.1, "opcode": 1, "data": "42[\"hello\",{\"a\":1}]" },
        { "type": "receive", "time": 1764497832.25, "opcode": 2, "data": "AQID" },
        { "type": "receive", "time": 1764497833, "opcode": 1, "data": "4caf\u{FFFD}" },
        { "type": "error", "time": 1764497834, "opcode": -1, "data": "Invalid frame header" },
    ]);
    let text = printed(&run_with(&["har", "-"], &har(&messages)), 0);
    assert_snapshot("har_messages", &text);
}

#[test]
fn a_connection_that_is_not_there_is_an_error() {
    let file = har(&serde_json::json!([]));
    printed(&run_with(&["har", "-", "--connection", "1"], &file), 0);
    let text = error(&run_with(&["har", "-", "--connection", "2"], &file));
    assert!(text.contains("there is no connection 2; there is 1"), "{text}");
}

#[test]
fn control_frames_of_other_programs_are_explained() {
    let messages = serde_json::json!([
        { "type": "send", "time": 1764497832.1, "opcode": 1, "data": "Hello" },
        { "type": "receive", "time": 1764497832.2, "opcode": 9, "data": "x" },
        { "type": "send", "time": 1764497832.2, "opcode": 10, "data": "x" },
        { "type": "receive", "time": 1764497832.3, "opcode": 8, "data": "\u{3}\u{e8}bye" },
        { "type": "send", "time": 1764497832.3, "opcode": 8, "data": "A+w=" },
    ]);
    let output = run_with(&["har", "-", "--envelope", "none"], &har(&messages));
    // The last Close frame has 1004, which is reserved.
    assert_snapshot("har_control_frames", &printed(&output, 1));
    // Places are those in the messages: no other bytes were seen.
    let output = run_with(&["har", "-", "--format", "json"], &har(&messages));
    let text = printed(&output, 1);
    let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert!(last["violations"][0]["at"].as_u64().unwrap() < 2, "{text}");
    assert!(!text.contains("\"bytes\":"), "{text}");
    let output = run_with(&["har", "-", "--format", "html"], &har(&messages));
    let text = printed(&output, 1);
    assert!(!text.contains(" at 0: ") && !text.contains("data-bytes"), "{text}");
}

#[test]
fn messages_that_make_no_sense_are_said() {
    let messages = serde_json::json!([
        { "type": "sent", "opcode": 1, "data": "a" },
        { "type": "send", "opcode": 3, "data": "a" },
        { "type": "send", "opcode": 2, "data": "\u{100}" },
        { "type": "send", "opcode": 1, "data": "fine" },
    ]);
    let text = printed(&run_with(&["har", "-", "--envelope", "none"], &har(&messages)), 0);
    assert!(text.contains("message 1: the type \"sent\" is neither send nor receive"), "{text}");
    assert!(text.contains("message 2: opcode 3 is reserved"), "{text}");
    assert!(text.contains("message 3: its data is no base64"), "{text}");
    assert!(text.contains("\"fine\""), "{text}");
}

#[test]
fn times_that_are_far_apart_are_no_invalid_json() {
    let messages = serde_json::json!([
        { "type": "send", "time": -1e308, "opcode": 1, "data": "a" },
        { "type": "send", "time": 1e308, "opcode": 1, "data": "b" },
        { "type": "error", "time": 1e308, "data": "c" },
    ]);
    let text = printed(&run_with(&["har", "-", "--format", "json"], &har(&messages)), 0);
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let seconds = lines.filter_map(|line| line.get("seconds").cloned()).collect::<Vec<_>>();
    assert_eq!(seconds, [serde_json::json!(0.0), Value::Null, Value::Null]);
}

#[test]
fn a_file_that_is_none_names_its_place() {
    let text = error(&run_with(&["har", "-"], b"{\n \"log\": 3 }"));
    assert!(text.contains("standard input: line 2, column"), "{text}");
    let text = printed(&run_with(&["har", "-"], b"{\"log\":{\"entries\":[]}}"), 0);
    assert!(text.contains("it has no WebSocket connection; other requests: 0"), "{text}");
}

#[test]
fn a_capture_is_written_as_har_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chromium.har");
    let path = path.to_str().unwrap();
    for (name, first) in [
        ("python", "Hello from Python"),
        ("node", r#"{"jsonrpc":"2.0","method":"add","params":[1,2],"id":7}"#),
        ("chromium", r#"42["hello",{"from":"Chromium"}]"#),
    ] {
        let capture = file("tests/captures").join(format!("{name}.pcap"));
        printed(&run(&["pcap", capture.to_str().unwrap(), "--write-har", path]), 0);
        let har: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let entry = &har["log"]["entries"][0];
        assert_eq!(entry["_resourceType"], "websocket");
        assert_eq!(entry["response"]["status"], 101);
        let messages = entry["_webSocketMessages"].as_array().unwrap();
        // An echo server: each message comes back.
        let (sent, received): (Vec<_>, Vec<_>) =
            messages.iter().partition(|message| message["type"] == "send");
        let data = |messages: Vec<&Value>| {
            messages.iter().map(|message| message["data"].clone()).collect::<Vec<_>>()
        };
        let (sent, received) = (data(sent), data(received));
        assert!(sent.len() >= 3, "{sent:?}");
        assert_eq!(sent, received, "{name}");
        assert_eq!(sent[0], first);
        let text = printed(&run(&["har", path]), 0);
        assert!(text.starts_with("== connection 1: ws://127.0.0.1:9301/"), "{text}");
    }
}

#[test]
fn what_programs_leave_out_is_not_needed() {
    let text = r#"{"log":{"entries":[
        {"request":{"url":"http://a/"},"response":null},
        {"request":{"url":"ws://a/","method":null,"headers":[{"name":null},{"value":"b"}]},
            "time":null,"_webSocketMessages":null},
        {"request":{"url":"http://b/"}},
        {"request":{"url":"ws://c/"},"response":{"status":null,"headers":null},
            "_webSocketMessages":[{"type":"send","time":null,"opcode":1,"data":"Hi"},{}]}
    ]}}"#;
    let text = printed(&run_with(&["har", "-"], format!("\u{FEFF}{text}").as_bytes()), 0);
    assert!(
        text.contains("== connection 1: ws://a/, no response\n-- the file has no messages"),
        "{text}"
    );
    assert!(text.contains("== connection 2: ws://c/, no response\n[2] 0.000000 s"), "{text}");
    assert!(text.contains("\"Hi\""), "{text}");
    assert!(text.contains("message 2: the type \"\" is neither send nor receive"), "{text}");
    let output = run_with(&["har", "-"], br#"{"log":{"entries":[{"request":{}}]}}"#);
    assert!(error(&output).contains("missing field `url`"));
}

#[test]
fn a_capture_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = Packets::read("node.pcap").save(&folder);
    let bytes = std::fs::read(&path).unwrap();
    let other = folder.path().join(".").join("test.pcap");
    let output = run(&["pcap", path.to_str().unwrap(), "--write-har", other.to_str().unwrap()]);
    assert!(error(&output).contains("test.pcap is the capture itself"));
    assert!(std::fs::read(&path).unwrap() == bytes);
}

/// Writes a HAR file from packets. Returns the messages of each connection: which way, and their data.
fn recorded(packets: &Packets, arguments: &[&str]) -> Vec<Vec<(String, String)>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("written.har");
    let path = path.to_str().unwrap();
    let arguments = [&["pcap", "-", "--write-har", path], arguments].concat();
    printed(&run_with(&arguments, &packets.pcap()), 0);
    let har: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let message = |message: &Value| (text(&message["type"]), text(&message["data"]));
    let entries = har["log"]["entries"].as_array().unwrap();
    let messages = entries.iter().map(|entry| entry["_webSocketMessages"].as_array().unwrap());
    messages.map(|messages| messages.iter().map(message).collect()).collect()
}

const HI: &[u8] = b"\x81\x82\0\0\0\0Hi";

fn hi_and_hello() -> Vec<Vec<(String, String)>> {
    vec![vec![("send".into(), "Hi".into()), ("receive".into(), "Hello".into())]]
}

#[test]
fn the_last_response_opens_the_connection() {
    let frames: [(bool, &[u8]); 2] = [(true, HI), (false, b"\x81\x05Hello")];
    let refused = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
    let again: [(bool, &[u8]); 4] =
        [(true, REQUEST), (false, refused), (true, REQUEST), (false, RESPONSE)];
    let packets = Packets::conversation(&[&again[..], &frames].concat());
    assert_eq!(recorded(&packets, &[]), hi_and_hello());
    let interim: [(bool, &[u8]); 3] =
        [(true, REQUEST), (false, b"HTTP/1.1 100 Continue\r\n\r\n"), (false, RESPONSE)];
    let packets = Packets::conversation(&[&interim[..], &frames].concat());
    assert_eq!(recorded(&packets, &[]), hi_and_hello());
}

#[test]
fn without_a_handshake_the_first_messages_are_written_too() {
    let packets = Packets::conversation(&[(true, HI), (false, b"\x81\x05Hello")]);
    assert_eq!(recorded(&packets, &["--port", "9001"]), hi_and_hello());
}

#[test]
fn no_control_character_of_a_file_gets_to_the_terminal() {
    let esc = "\u{1b}]0;title\u{7}\u{9b}2J\n";
    let file = serde_json::json!({ "log": { "entries": [{
        "request": { "url": format!("ws://a/{esc}") },
        "response": { "status": 101, "headers": [
            { "name": "Sec-WebSocket-Extensions", "value": esc },
        ] },
        "_webSocketMessages": [
            { "type": "error", "data": esc },
            { "type": esc, "data": "" },
            { "type": "send", "opcode": 1, "data": esc },
        ],
    }] } });
    for format in ["text", "bits"] {
        let output = run_with(&["har", "-", "--format", format], file.to_string().as_bytes());
        let text = printed(&output, 0);
        assert!(
            text.contains("== connection 1: ws://a/\\u{1b}]0;title\\u{7}\\u{9b}2J\\n,"),
            "{text}"
        );
        assert!(!text.contains(|char: char| char.is_control() && char != '\n'), "{text:?}");
        assert!(text.lines().all(|line| !line.is_empty()), "{text:?}");
    }
}
