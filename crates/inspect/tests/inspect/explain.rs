//! The subcommand `explain`.

use crate::{
    program::{error, printed, run, run_with},
    snapshot::assert_snapshot,
};

const HELLO: &[u8] = b"\x81\x85\x37\xFA\x21\x3D\x7F\x9F\x4D\x51\x58\x88\x80\x01\x02\x03\x04";
const HEX: &str = "81 85 37fa213d 7f9f4d5158 # a text\n0x88, 0x80, 1,2,3,4\n";

#[test]
fn the_exit_code_tells_whether_a_rule_is_broken() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bytes");
    for (bytes, code) in [(HELLO, 0), (b"\x81\x00", 1)] {
        std::fs::write(&path, bytes).unwrap();
        printed(&run(&["explain", path.to_str().unwrap()]), code);
    }
    let missing = error(&run(&["explain", "/nowhere"]));
    assert!(missing.contains("/nowhere: No such file"), "{missing}");
    assert!(error(&run(&["explain", "/"])).contains("directory"));
}

#[test]
fn a_masked_text_and_a_close() {
    assert_snapshot("explain_text", &printed(&run_with(&["explain"], HELLO), 0));
    let bits = run_with(&["explain", "--format", "bits"], HELLO);
    assert_snapshot("explain_bits", &printed(&bits, 0));
}

#[test]
fn all_notations_give_the_same() {
    let expected = printed(&run_with(&["explain"], HELLO), 0);
    let hex = HEX.replace("1,2,3,4", "01,02,03,04");
    for text in [
        hex.as_str(),
        "gYU3+iE9f59NUViIgAECAwQ=",
        "00000000: 8185 37fa 213d 7f9f 4d51 5888 8001 0203  ..7.!=..MQX.....\n00000010: 04                                       .\n",
        "00000000  81 85 37 fa 21 3d 7f 9f  4d 51 58 88 80 01 02 03  |..7.!=..MQX.....|\n00000010  04  |.|\n00000011\n",
    ] {
        assert_eq!(printed(&run_with(&["explain", "-"], text.as_bytes()), 0), expected, "{text}");
    }
    for (notation, text) in [("raw", HELLO), ("hex", hex.as_bytes())] {
        let output = run_with(&["explain", "--input", notation], text);
        assert_eq!(printed(&output, 0), expected);
    }
}

#[test]
fn a_mistake_in_the_input_names_its_place() {
    let output = run_with(&["explain", "--input", "hex"], HEX.as_bytes());
    let text = error(&output);
    assert!(text.contains("standard input: line 2, column 14: a digit is missing"), "{text}");
    // What came before it is explained.
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.starts_with("client frame at 0: text, masked, 5 bytes"), "{stdout}");
    let text = error(&run_with(&["explain", "--input", "base64"], b"gYU3+iE9f59NUViIgAECAwQ?"));
    assert!(text.contains("standard input: offset 23: '?' is no digit"), "{text}");
}

#[test]
fn compression_is_given() {
    let frame = b"c1 07 f2 48 cd c9 c9 07 00";
    for params in ["", "permessage-deflate", "server_no_context_takeover"] {
        let arguments = ["explain", "--role", "server", "--deflate", params];
        let text = printed(&run_with(&arguments, frame), 0);
        assert!(text.contains("\"Hello\"  text message of 5 bytes in 1 frame"), "{text}");
    }
    // Without it, RSV1 is unknown; with frames alone, it is wrong.
    printed(&run_with(&["explain", "--role", "server"], frame), 0);
    printed(&run_with(&["explain", "--role", "server", "--frames"], frame), 1);
    let text = error(&run_with(&["explain", "--deflate", "window=3"], frame));
    assert!(text.contains("permessage-deflate; window=3"), "{text}");
}

#[test]
fn the_handshake_can_be_demanded() {
    let text = printed(&run_with(&["explain", "--handshake"], b"81 80 00 00 00 00"), 1);
    assert!(text.contains("the request of a client is expected"), "{text}");
    assert!(error(&run(&["explain", "--handshake", "--frames"])).contains("cannot be used with"));
}

#[test]
fn envelopes_can_be_given() {
    let message = b"81 01 32";
    let arguments = ["explain", "--role", "server", "--envelope", "socket.io"];
    let text = printed(&run_with(&arguments, message), 0);
    assert!(text.contains("ping: the server asks for a pong"), "{text}");
}

#[test]
fn formats_for_programs_and_browsers() {
    let lines = printed(&run_with(&["explain", "--format", "json"], HELLO), 0);
    let elements: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(elements[0]["root"]["value"], "text");
    assert_eq!(elements[1]["root"]["value"], "Close");
    let page = printed(&run_with(&["explain", "--format", "html"], HELLO), 0);
    assert!(page.starts_with("<!DOCTYPE html>"), "{page}");
    assert!(page.contains("<article class=\"explain client\">"), "{page}");
    // Each clause leads to its words at the end.
    assert!(page.contains("<a href=\"#6455-5.3-1\">"), "{page}");
    assert!(page.contains("<p class=\"rule\" id=\"6455-5.3-1\"><b>6455-5.3-1</b> "), "{page}");
    assert!(page.ends_with("</html>\n"), "{page}");
}

#[test]
fn a_long_frame_shows_what_was_asked_for() {
    let mut bytes = b"\x82\x7F\0\0\0\0\0\x10\0\0".to_vec();
    bytes.resize(bytes.len() + (1 << 20), 0xAB);
    let arguments = ["explain", "--role", "server", "--input", "raw", "--shown", "2"];
    let text = printed(&run_with(&arguments, &bytes), 0);
    assert!(text.contains("ab ab …"), "{text}");
    assert!(!text.contains("ab ab ab …"), "{text}");
}
