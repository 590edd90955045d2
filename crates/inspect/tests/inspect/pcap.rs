//! The subcommand `pcap`.

use serde_json::Value;

use crate::{
    packets::Packets,
    program::{error, file, printed, run, run_with},
    snapshot::assert_snapshot,
};

pub(crate) const REQUEST: &[u8] =
    b"GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
pub(crate) const RESPONSE: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

fn capture(name: &str) -> String {
    file("tests/captures").join(name).to_str().unwrap().to_owned()
}

/// Explains packets through standard input.
fn explained(packets: &Packets, arguments: &[&str]) -> String {
    let arguments = [&["pcap", "-"], arguments].concat();
    printed(&run_with(&arguments, &packets.pcap()), 0)
}

/// Returns what an end has sent, without when.
fn sent_by(sender: &str, packets: &Packets) -> Vec<Value> {
    let lines = explained(packets, &["--format", "json"]);
    let elements = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut elements: Vec<_> = elements.filter(|element| element["sender"] == sender).collect();
    for element in &mut elements {
        let element = element.as_object_mut().unwrap();
        element.remove("packet");
        element.remove("seconds");
    }
    elements
}

/// Returns the position of the first packet after the handshake.
fn after_handshake(packets: &Packets) -> usize {
    let is_response =
        |(_, packet): &(u64, Vec<u8>)| packet.windows(12).any(|part| part == b"HTTP/1.1 101");
    packets.packets.iter().position(is_response).unwrap() + 1
}

#[test]
fn real_clients_are_explained() {
    for name in ["python", "node", "chromium"] {
        let text = printed(&run(&["pcap", &capture(&format!("{name}.pcap"))]), 0);
        assert_snapshot(&format!("pcap_{name}"), &text);
    }
}

#[test]
fn a_summary_has_a_line_for_each_connection() {
    let mut all = Packets::read("python.pcap");
    all.packets.extend(Packets::read("node.pcap").packets);
    all.packets.extend(Packets::read("chromium.pcap").packets);
    let text = explained(&all, &["--summary"]);
    assert_snapshot("pcap_summary", &text);
    let text = explained(&all, &["--summary", "--format", "json", "--connection", "2"]);
    let line: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(line["target"], "/rpc");
    assert_eq!(line["client"]["messages"], 3);
    assert_eq!(line["server"]["close"], "1001");
    // One connection alone.
    let text = explained(&all, &["--connection", "3"]);
    assert!(text.starts_with("== connection 3: client 127.0.0.1:"), "{text}");
    assert!(!text.contains("connection 1"), "{text}");
    for wrong in ["0", "4"] {
        let output = run_with(&["pcap", "-", "--connection", wrong], &all.pcap());
        let text = error(&output);
        assert!(text.contains(&format!("there is no connection {wrong}; there are 3")), "{text}");
    }
}

#[test]
fn only_messages_that_are_received_are_counted() {
    let frame = |frame| {
        Packets::conversation(&[
            (true, REQUEST),
            (false, RESPONSE),
            (false, b"\x81\x02Hi"),
            (false, frame),
        ])
    };
    for (frame, code, counted) in [
        (frame(b"\x81\x02Hi"), 0, "messages 0 > 2 <"),
        (frame(b"\x81\x05Hel"), 0, "messages 0 > 1 <"),
        (frame(b"\x88\x05\x03"), 0, "Close none > none <"),
        (frame(b"\x81\x02H\xFF"), 1, "messages 0 > 1 <"),
    ] {
        let text = printed(&run_with(&["pcap", "-", "--summary"], &frame.pcap()), code);
        assert!(text.contains(counted), "{text}");
    }
}

#[test]
fn repeated_and_disordered_segments_change_nothing() {
    let python = Packets::read("python.pcap");
    let mut disordered = python.clone();
    let from = |packet: &(u64, Vec<u8>)| packet.1[34..36].to_vec();
    // Of each end, two segments change places, over those of the other end in between.
    let mut at = after_handshake(&python);
    while at + 6 < disordered.packets.len() {
        let one = from(&disordered.packets[at]);
        let next = (at + 1..).find(|next| from(&disordered.packets[*next]) == one).unwrap();
        disordered.packets.swap(at, next);
        at = next + 1;
    }
    for index in (4..disordered.packets.len() - 2).rev().step_by(3) {
        let packet = disordered.packets[index].clone();
        disordered.packets.insert(index + 2, packet);
    }
    for sender in ["client", "server"] {
        assert_eq!(sent_by(sender, &disordered), sent_by(sender, &python), "{sender}");
    }
}

#[test]
fn a_response_may_be_before_its_request_in_the_capture() {
    let python = Packets::read("python.pcap");
    let mut disordered = python.clone();
    let response = after_handshake(&python) - 1;
    let is_request = |(_, packet): &(u64, Vec<u8>)| packet.windows(5).any(|part| part == b"GET /");
    let request = python.packets.iter().position(is_request).unwrap();
    disordered.packets.swap(request, response);
    for sender in ["client", "server"] {
        assert!(sent_by(sender, &disordered) == sent_by(sender, &python), "{sender}");
    }
}

#[test]
fn a_request_that_is_lost_may_be_another_one() {
    let turns: [(bool, &[u8]); 6] = [
        (true, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        (false, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        (true, REQUEST),
        (false, RESPONSE),
        (true, b"\x81\x82\0\0\0\0Hi"),
        (false, b"\x81\x02Hi"),
    ];
    let mut packets = Packets::conversation(&turns);
    packets.packets.swap(5, 6);
    packets.packets.remove(3);
    let text = explained(&packets, &["--summary"]);
    assert!(text.contains("/chat  messages 1 > 1 <"), "{text}");
}

#[test]
fn a_response_whose_request_is_lost_is_said() {
    let long = [&b"\x82\x7E\x40\0"[..], &[7; 16 << 10]].concat();
    for (frame, value) in [(&b"\x81\x02Hi"[..], "text"), (&long, "binary")] {
        let turns: [(bool, &[u8]); 5] = [
            (true, REQUEST),
            (false, RESPONSE),
            (false, frame),
            (false, b"\x81\x05again"),
            (true, b"\x81\x82\0\0\0\0Hi"),
        ];
        for turns in [&turns[..], &turns[..4], &turns[..3]] {
            let mut packets = Packets::conversation(turns);
            packets.packets.remove(3);
            let text = explained(&packets, &["--port", "9001"]);
            let skipped = format!("not explained before it: {} bytes", RESPONSE.len());
            assert!(text.contains(&skipped), "{text}");
            assert!(text.contains(&format!("server frame at 0: {value}")), "{text}");
        }
    }
}

#[test]
fn all_link_types_and_both_formats_give_the_same() {
    let python = Packets::read("python.pcap");
    let expected = explained(&python, &[]);
    let link = |link, prefix: &'static [u8]| {
        let packets = python.clone().map(|packet| [prefix, &packet[14..]].concat());
        Packets { link, ..packets }
    };
    let cooked = b"\0\0\x03\x04\0\x06\0\0\0\0\0\0\0\0\x08\0";
    let cooked_2 = b"\x08\0\0\0\0\0\0\x01\x03\x04\0\x06\0\0\0\0\0\0\0\0";
    for packets in [link(101, b""), link(0, &[2, 0, 0, 0]), link(113, cooked), link(276, cooked_2)]
    {
        assert_eq!(explained(&packets, &[]), expected, "{}", packets.link);
    }
    let vlan =
        python.clone().map(|packet| [&packet[..12], &[0x81, 0, 0, 7], &packet[12..]].concat());
    assert_eq!(explained(&vlan, &[]), expected);
    assert_eq!(printed(&run_with(&["pcap", "-"], &python.pcapng()), 0), expected);
    let unknown = Packets { link: 147, ..python };
    let text = explained(&unknown, &[]);
    assert!(text.contains("packets of link type 147 are not understood"), "{text}");
}

#[test]
fn ipv6_is_read() {
    let mut packets = Packets::read("python.pcap").map(|packet| {
        let tcp = etherparse::TcpHeaderSlice::from_slice(&packet[34..]).unwrap().to_header();
        let payload = &packet[34 + tcp.header_len()..];
        let address =
            |port| [0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, u8::from(port != 9301)];
        let (from, to) = (address(tcp.source_port), address(tcp.destination_port));
        let mut bytes = Vec::new();
        let builder = etherparse::PacketBuilder::ipv6(from, to, 64).tcp_header(tcp);
        builder.write(&mut bytes, payload).unwrap();
        bytes
    });
    packets.link = 101;
    let text = explained(&packets, &["--summary"]);
    assert!(
        text.contains("[2001:db8::1]:41478 > [2001:db8::]:9301  /chat  messages 4 > 4 <"),
        "{text}"
    );
}

#[test]
fn a_missing_handshake_is_said() {
    let mut packets = Packets::read("python.pcap");
    let start = after_handshake(&packets);
    packets.packets.drain(..start);
    let text = explained(&packets, &[]);
    assert!(text.contains("1 connection looks like WebSocket without a handshake in the capture (127.0.0.1:41478 >"), "{text}");
    assert_snapshot("pcap_without_handshake", &explained(&packets, &["--port", "9301"]));
    // Whichever end comes first, the MASK bit tells them apart.
    packets.packets.remove(1);
    let text = explained(&packets, &["--port", "9301", "--summary"]);
    assert!(text.contains("127.0.0.1:41478 > 127.0.0.1:9301  handshake not captured"), "{text}");
}

#[test]
fn a_capture_may_begin_inside_a_frame() {
    let text = vec![b'a'; 300];
    let frame = [&[0x81, 0x7E, 1, 44][..], &text].concat();
    let mut packets = Packets::conversation(&[
        (false, &frame[..100]),
        (false, &frame[100..200]),
        (false, &frame[200..]),
        (false, b"\x81\x02Hi"),
    ]);
    packets.packets.drain(..4);
    let text = explained(&packets, &["--port", "9001"]);
    assert!(text.contains("not explained before it: 204 bytes"), "{text}");
    assert!(text.contains("server frame at 0: text, 2 bytes of payload"), "{text}");
}

#[test]
fn a_lost_segment_is_said_and_the_next_frames_are_found() {
    let mut packets = Packets::read("node.pcap");
    let first = after_handshake(&packets);
    let of_client = |packet: &[u8]| packet[36..38] == 9301_u16.to_be_bytes() && packet.len() > 66;
    let lost =
        (first..packets.packets.len()).find(|index| of_client(&packets.packets[*index].1)).unwrap();
    packets.packets.remove(lost);
    assert_snapshot("pcap_with_a_lost_segment", &explained(&packets, &[]));
}

#[test]
fn a_capture_of_the_first_bytes_of_packets_says_so() {
    let packets = Packets::read("node.pcap").map(|packet| packet[..packet.len().min(100)].to_vec());
    let text = explained(&packets, &["--port", "9301"]);
    assert!(text.contains("compressed messages are not inflated"), "{text}");
    let packets = Packets::read("node.pcap").map(|packet| packet[..packet.len().min(80)].to_vec());
    explained(&packets, &["--port", "9301", "--summary"]);
}

#[test]
fn tls_is_said_once() {
    let mut packets = Packets::conversation(&[
        (true, b"\x16\x03\x01\x02\0\x01\0\x01\xFC\x03\x03"),
        (false, b"\x16\x03\x03\0\x7A\x02"),
        (true, b"\x17\x03\x03\0\x7A\x02"),
    ]);
    let text = explained(&packets, &[]);
    let said =
        "1 connection is encrypted by TLS, and not explained (10.0.0.1:40000 > 10.0.0.2:9001)";
    assert!(text.contains(said), "{text}");
    packets.packets.truncate(3);
    let text = explained(&packets, &[]);
    assert!(text.contains("no WebSocket connection was found"), "{text}");
}

#[test]
fn a_request_may_come_after_others_on_the_connection() {
    let packets = Packets::conversation(&[
        (true, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        (false, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nHi"),
        (true, b"GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: web"),
        (
            true,
            b"socket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
              Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        ),
        (
            false,
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
              Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\x81\x02Hi",
        ),
    ]);
    let text = explained(&packets, &["--summary"]);
    assert!(text.contains("10.0.0.1:40000 > 10.0.0.2:9001  /chat  messages 0 > 1 <"), "{text}");
}

#[test]
fn ports_that_are_used_again_begin_a_connection() {
    let turns: [(bool, &[u8]); 3] = [(true, REQUEST), (false, RESPONSE), (false, b"\x81\x02Hi")];
    let mut packets = Packets::conversation(&turns);
    // A SYN that is repeated changes nothing.
    packets.packets.insert(4, packets.packets[0].clone());
    packets.packets.extend(Packets::conversation_from([700_000, 3], &turns).packets);
    let text = explained(&packets, &[]);
    assert!(text.contains("the client has not ended TCP: its ports are used again"), "{text}");
    let text = explained(&packets, &["--summary"]);
    let line = "10.0.0.1:40000 > 10.0.0.2:9001  /chat  messages 0 > 1 <";
    assert_eq!(text.matches(line).count(), 2, "{text}");
    assert!(!text.contains("bytes lost"), "{text}");
}

#[test]
fn a_broken_rule_is_an_exit_code() {
    let packets = Packets::conversation(&[(false, b"\x81\x02Hi"), (true, b"\x82\x02\0\0")]);
    let arguments = ["pcap", "-", "--port", "9001"];
    let text = printed(&run_with(&arguments, &packets.pcap()), 0);
    assert!(text.contains("not explained, as no frame was found there: 4 bytes"), "{text}");
    let packets =
        Packets::conversation(&[(true, b"\x81\x81\0\0\0\0H"), (true, b"\x8F\x80\0\0\0\0")]);
    let text = printed(&run_with(&arguments, &packets.pcap()), 1);
    assert!(text.contains("violation"), "{text}");
}

#[test]
fn a_damaged_file_names_its_offset() {
    let folder = tempfile::tempdir().unwrap();
    let path = Packets::read("python.pcap").save(&folder);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 10]).unwrap();
    let output = run(&["pcap", path.to_str().unwrap()]);
    let text = error(&output);
    let expected = format!("{}: offset ", path.display());
    assert!(text.contains(&expected), "{text}");
    assert!(text.contains("the file ends inside the block after packet 26"), "{text}");
    // What came before it is explained.
    assert!(String::from_utf8_lossy(&output.stdout).contains("client frame"), "{text}");
    std::fs::write(&path, b"GET / HTTP/1.1\r\n\r\n and more").unwrap();
    assert!(error(&run(&["pcap", path.to_str().unwrap()])).contains("neither pcap nor pcapng"));
}
