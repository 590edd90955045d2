//! Typical explanations, as they are printed. To write them anew: `UPDATE=1 cargo test -p
//! sansocket-explain snapshots`. Read them before they are committed.

use std::{env, fs, path::Path};

use sansocket::{
    Limits,
    Role::{self, Client, Server},
};
use sansocket_explain::{
    Envelope, Options,
    render::{Colours, bit_figure, text as rendered},
};

use crate::conversation;

const REQUEST: &[u8] = b"GET /chat?room=1 HTTP/1.1\r\n\
    Host: server.example.com\r\n\
    Upgrade: websocket\r\n\
    Connection: keep-alive, Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Origin: http://example.com\r\n\
    Sec-WebSocket-Protocol: chat, superchat\r\n\
    Sec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n";
const RESPONSE: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\n\
    Upgrade: websocket\r\n\
    Connection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
    Sec-WebSocket-Protocol: chat\r\n\
    Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n\r\n";

fn frames() -> Options {
    Options::frames()
}

fn deflate(answer: &str) -> Options {
    Options::deflate(answer).expect("it is valid")
}

/// Returns the frame of a short text of a server.
fn text(text: &str) -> Vec<u8> {
    [&[0x81, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
}

/// Compares the text of a conversation with `NAME.txt`, and the figures of its frames if they are
/// asked for.
#[track_caller]
fn check(name: &str, options: &Options, turns: &[(Role, &[u8])], has_figures: bool) {
    let mut actual = String::new();
    for element in conversation(options, turns) {
        actual.push_str(&rendered(&element, Colours::Never));
        if has_figures {
            actual.push_str(&bit_figure(&element));
        }
    }
    let path = format!("{}/tests/snapshots/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, &actual).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(actual, expected, "{name}: read it, and write it anew with UPDATE=1");
}

macro_rules! snapshots {
    ($($name:ident: $options:expr, [$(($sender:expr, $bytes:expr)),+ $(,)?] $(, $figures:ident)?;)+) => {
        $(
            #[test]
            fn $name() {
                let figures: &[&str] = &[$(stringify!($figures))?];
                check(stringify!($name), &$options, &[$(($sender, &$bytes[..])),+], !figures.is_empty());
            }
        )+

        #[test]
        fn each_snapshot_has_a_test() {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
            for entry in fs::read_dir(path).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                let names = [$(concat!(stringify!($name), ".txt")),+];
                assert!(names.contains(&name.as_str()), "{name}");
            }
        }
    };
}

snapshots! {
    handshake: Options::default(), [(Client, REQUEST), (Server, RESPONSE)];
    handshake_then_frames: Options::default(), [
        (Client, REQUEST),
        (Server, RESPONSE),
        (Client, b"\xC1\x87\x01\x02\x03\x04\xF3\x4A\xCE\xCD\xC8\x05\x03"),
        (Client, b"\x88\x82\x05\x06\x07\x08\x06\xEE"),
        (Server, b"\x88\x02\x03\xE8"),
    ];
    request_without_upgrade: Options::handshake(), [
        (Client, b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"),
    ];
    request_by_post: Options::handshake(), [
        (Client, b"POST / HTTP/1.1\r\nHost: example.com\r\n\r\n"),
    ];
    request_with_short_key: Options::handshake(), [
        (Client, b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Key: c2hvcnQ=\r\nSec-WebSocket-Version: 13\r\n\r\n"),
    ];
    request_with_bare_line_feed: Options::handshake(), [
        (Client, b"GET / HTTP/1.1\nHost: example.com\n\n\x81\x80\x01\x02\x03\x04"),
    ];
    request_that_is_tls: Options::handshake(), [(Client, b"\x16\x03\x01\x02\x00\x01\x00\x01\xFC")];
    response_with_wrong_accept: Options::default(), [
        (Client, REQUEST),
        (Server, b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
            Connection: Upgrade\r\nSec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n"),
    ];
    response_that_refuses: Options::default(), [
        (Client, REQUEST),
        (Server, b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"),
        (Client, b"\x89\x80\x01\x02\x03\x04"),
    ];
    response_with_unoffered_window: Options::default(), [
        (Client, b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
            Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"),
        (Server, b"HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
            Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=10\r\n\r\n"),
    ];
    response_with_another_extension: Options::default(), [
        (Client, b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
            Sec-WebSocket-Extensions: x-webkit-deflate-frame\r\n\r\n"),
        (Server, b"HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
            Sec-WebSocket-Extensions: x-webkit-deflate-frame\r\n\r\n\xC1\x00"),
    ];
    response_after_100: Options::default(), [
        (Client, REQUEST),
        (Server, b"HTTP/1.1 100 Continue\r\n\r\n"),
        (Server, RESPONSE),
    ];
    response_401_and_the_request_again: Options::default(), [
        (Client, REQUEST),
        (Server, b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"chat\"\r\n\
            Content-Length: 0\r\n\r\n"),
        (Client, REQUEST),
        (Server, RESPONSE),
    ];
    response_that_redirects: Options::default(), [
        (Client, REQUEST),
        (Server, b"HTTP/1.1 302 Found\r\nLocation: wss://server.example.com/chat\r\n\
            Content-Length: 0\r\n\r\n"),
    ];
    response_with_windows: Options::default(), [
        (Client, b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
            Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10; \
            client_max_window_bits\r\n\r\n"),
        (Server, b"HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
            Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10; \
            client_max_window_bits=11\r\n\r\n"),
        (Server, b"\xC1\x07\xF2\x48\xCD\xC9\xC9\x07\x00"),
    ];
    text_empty: frames(), [(Server, b"\x81\x00")], figures;
    text_unmasked: frames(), [(Server, b"\x81\x05Hello")], figures;
    text_masked: frames(), [(Client, b"\x81\x85\x37\xFA\x21\x3D\x7F\x9F\x4D\x51\x58")], figures;
    text_in_fragments_with_a_ping: frames(), [
        (Client, b"\x01\x83\x37\xFA\x21\x3D\x7F\x9F\x4D"),
        (Client, b"\x89\x85\x01\x02\x03\x04\x49\x67\x6F\x68\x6E"),
        (Server, b"\x8A\x05Hello"),
        (Client, b"\x80\x82\x3D\x37\xFA\x21\x51\x58"),
    ];
    text_with_a_cut_character: frames(), [(Server, b"\x01\x02k\xC3\x80\x02\xB6n")];
    binary_of_256_bytes: frames(), [(Server, [&b"\x82\x7E\x01\x00"[..], &[7; 256]].concat())], figures;
    binary_of_64_kib: frames(), [
        (Server, [&b"\x82\x7F\x00\x00\x00\x00\x00\x01\x00\x00"[..], &[0; 65_536]].concat()),
    ], figures;
    binary_in_fragments: frames(), [(Server, b"\x02\x02\x01\x02\x80\x01\x03")];
    binary_masked_with_zeros: frames(), [(Client, b"\x82\x82\x00\x00\x00\x00\x01\x02")];
    binary_masked_with_the_key_before: frames(), [
        (Client, b"\x82\x81\x01\x02\x03\x04\x00\x82\x81\x01\x02\x03\x04\x00"),
    ];
    response_after_an_interim_one: Options::default(), [
        (Client, REQUEST),
        (Server, b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"),
        (Server, RESPONSE),
    ];
    response_without_its_request: Options::default(), [(Server, RESPONSE)];
    cut_off_request: Options::default(), [(Client, b"GET / HTTP/1.1\r\nHost: exam")];
    cut_off_response: Options::default(), [(Server, b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\n")];
    frame_before_the_response: Options::default(), [
        (Client, REQUEST),
        (Client, b"\x89\x80\x01\x02\x03\x04"),
    ];
    compressed_with_context: deflate("permessage-deflate"), [
        (Server, b"\xC1\x07\xF2\x48\xCD\xC9\xC9\x07\x00\xC1\x05\xF2\x00\x11\x00\x00"),
    ];
    compressed_without_context: deflate("permessage-deflate; server_no_context_takeover"), [
        (Server, b"\xC1\x07\xF2\x48\xCD\xC9\xC9\x07\x00"),
    ];
    compressed_and_masked: deflate("permessage-deflate; client_no_context_takeover"), [
        (Client, b"\xC1\x87\x01\x02\x03\x04\xF3\x4A\xCE\xCD\xC8\x05\x03"),
    ];
    compressed_empty: deflate("permessage-deflate"), [(Server, b"\xC1\x01\x00")];
    compressed_in_fragments: deflate("permessage-deflate"), [
        (Server, b"\x41\x03\xF2\x48\xCD\x80\x04\xC9\xC9\x07\x00"),
    ];
    compressed_stored: deflate("permessage-deflate"), [
        (Server, b"\xC1\x0B\x00\x05\x00\xFA\xFF\x48\x65\x6C\x6C\x6F\x00"),
    ];
    compressed_and_unknown: Options::default(), [(Server, b"\xC1\x07\xF2\x48\xCD\xC9\xC9\x07\x00")];
    compressed_and_corrupt: deflate("permessage-deflate"), [
        (Server, b"\xC1\x02\xFF\xFF\xC1\x07\xF2\x48\xCD\xC9\xC9\x07\x00\x81\x02ok"),
    ];
    close_and_answer: frames(), [
        (Server, b"\x88\x0A\x03\xE9shutdown"),
        (Client, b"\x88\x82\x00\x01\x02\x03\x03\xE8"),
    ], figures;
    close_without_a_code: frames(), [(Server, b"\x88\x00")];
    close_without_a_code_and_answer: frames(), [
        (Client, b"\x88\x80\x01\x02\x03\x04"),
        (Server, b"\x88\x00"),
    ];
    close_with_a_code_of_the_application: frames(), [(Server, b"\x88\x06\x0F\xA0seen")];
    close_with_one_byte: frames(), [(Server, b"\x88\x01\x03")];
    close_with_1005: frames(), [
        (Server, b"\x88\x02\x03\xED"),
        (Client, b"\x88\x82\x01\x02\x03\x04\x02\xE8"),
    ];
    close_with_a_reason_that_is_not_utf8: frames(), [(Server, b"\x88\x03\x03\xE8\xFF")];
    data_after_close: frames(), [(Server, b"\x88\x02\x03\xE8\x81\x02hi")];
    ping_and_pong: frames(), [
        (Server, b"\x89\x04beat"),
        (Client, b"\x8A\x84\x01\x02\x03\x04\x63\x67\x62\x70"),
    ], figures;
    pong_unsolicited: frames(), [(Server, b"\x8A\x00")];
    violation_message_over_the_limit: frames().limits(Limits::default().max_message_len(4)), [
        (Server, b"\x81\x05Hello"),
    ];
    violation_unmasked: frames(), [(Client, b"\x81\x05Hello\x81\x80\x01\x02\x03\x04")], figures;
    violation_masked: frames(), [(Server, b"\x81\x85\x37\xFA\x21\x3D\x7F\x9F\x4D\x51\x58")];
    violation_rsv2: frames(), [(Server, b"\xA1\x00")];
    violation_rsv1_without_extension: frames(), [(Server, b"\xC1\x00")];
    violation_rsv1_on_a_ping: deflate("permessage-deflate"), [(Server, b"\xC9\x00")];
    violation_reserved_opcode: frames(), [(Server, b"\x83\x01x\x81\x00")], figures;
    violation_long_ping: frames(), [(Server, [&b"\x89\x7E\x00\x7E"[..], &[b'x'; 126]].concat())];
    violation_fragmented_ping: frames(), [(Server, b"\x09\x00")];
    violation_length_not_minimal: frames(), [(Server, b"\x82\x7E\x00\x01x\x81\x00")];
    violation_length_top_bit: frames(), [(Server, b"\x82\x7F\x80\x00\x00\x00\x00\x00\x00\x01xyz")];
    violation_continuation_first: frames(), [(Server, b"\x80\x01x")];
    violation_message_inside_a_message: frames(), [(Server, b"\x01\x01a\x81\x01b")];
    violation_text_not_utf8: frames(), [(Server, b"\x01\x03a\xFFb\x80\x01c\x81\x02ok")];
    socket_io_by_target: Options::default(), [
        (Client, b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\n\
            Upgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"),
        (Server, b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
            Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"),
        (Server, text(r#"0{"sid":"lv_VI97HAXpY6yYWAAAC","pingInterval":25000}"#)),
    ];
    socket_io: frames().envelope(Envelope::EngineIo), [
        (Server, text("2")),
        (Client, b"\x81\x86\x00\x00\x00\x002probe"),
        (Server, text("40/admin,")),
        (Server, text(r#"42/admin,12["message",{"text":"hi"}]"#)),
        (Server, text(r#"451-["picture",{"_placeholder":true,"num":0}]"#)),
        (Server, b"\x82\x03\x01\x02\x03"),
        (Server, text("x")),
    ];
    graphql: frames().envelope(Envelope::GraphqlTransportWs), [
        (Server, text(r#"{"type":"connection_ack"}"#)),
        (Server, text(r#"{"id":"1","type":"next","payload":{"data":{"n":1}}}"#)),
        (Server, text(r#"{"type":"next"}"#)),
        (Server, text(r#"{"id":"1","type":"subscribe"}"#)),
        (Server, text("hello")),
        (Client, b"\x81\x82\x00\x00\x00\x00{}"),
    ];
    stomp: frames().envelope(Envelope::Stomp), [
        (Server, text("MESSAGE\nsubscription:0\ndestination:/queue/a\ncontent-length:5\n\nhello\0")),
        (Server, text("\n")),
        (Server, text("RECEIPT\nreceipt-id:7\n\n")),
    ];
    stomp_of_a_client: frames().envelope(Envelope::Stomp), [
        (Client, b"\x81\xB6\x00\x00\x00\x00CONNECT\naccept-version:1.2\nhost:a\nheart-beat:0,9000\n\n\0"),
    ];
    mqtt: frames().envelope(Envelope::Mqtt), [
        (Server, b"\x82\x04\x20\x02\x00\x00"),
        (Server, b"\x82\x0A\xD0\x00\x30\x08\x00\x03a/bh"),
        (Server, b"\x82\x03iy\xD0"),
        (Server, b"\x82\x01\x00"),
        (Server, b"\x81\x02\x50\x00"),
    ];
    json_rpc: frames(), [
        (Server, text(r#"{"jsonrpc":"2.0","method":"add","params":[1,2],"id":7}"#)),
        (Server, text(r#"{"jsonrpc":"2.0","result":3,"id":7}"#)),
        (Server, text(r#"{"jsonrpc":"2.0","method":"tick"}"#)),
        (Server, text(r#"{"jsonrpc":"1.0","error":{"code":-1},"result":0,"id":null}"#)),
    ];
    cut_off_message: frames(), [(Server, b"\x01\x03Hel")];
    cut_off_header: frames(), [(Server, b"\x82\x7E\x01")], figures;
    cut_off_payload: frames(), [(Server, b"\x81\x05Hel")], figures;
}
