//! Engine.IO: packets as WebSocket messages and in payloads.

use std::time::Duration;

use sansocket_socketio::{
    Binary,
    engine_io::{
        EncodedPacket, Handshake, Limits, Message, Packet, PacketError, PayloadDecoder, Transport,
    },
};

const OPEN: &str = r#"0{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;

fn handshake() -> Handshake {
    Handshake {
        sid: "lv_VI97HAXpY6yYWAAAC".into(),
        upgrades: vec![Transport::WebSocket],
        ping_interval: Duration::from_secs(25),
        ping_timeout: Duration::from_secs(20),
        max_payload: Some(1_000_000),
    }
}

/// Every packet, and its text.
fn packets() -> Vec<(&'static str, Packet<'static>)> {
    vec![
        (OPEN, Packet::Open(handshake())),
        ("1", Packet::Close),
        ("2", Packet::Ping("")),
        ("2probe", Packet::Ping("probe")),
        ("3", Packet::Pong("")),
        ("3probe", Packet::Pong("probe")),
        ("4hello", Packet::from("hello")),
        ("4", Packet::from("")),
        ("4€", Packet::from("€")),
        ("5", Packet::Upgrade),
        ("6", Packet::Noop),
    ]
}

#[test]
fn every_packet_has_its_text_in_both_directions() {
    for (text, packet) in packets() {
        assert_eq!(Packet::parse(text).as_ref(), Ok(&packet));
        assert_eq!(EncodedPacket::from(&packet), EncodedPacket::Text(text.into()));
    }
}

#[test]
fn a_binary_message_is_as_it_is_on_a_websocket_and_base64_in_a_payload() {
    let packet = Packet::from(&[1, 2, 3, 4][..]);
    let encoded = EncodedPacket::from(&packet);
    assert_eq!(encoded, EncodedPacket::Binary(Binary::from(vec![1, 2, 3, 4])));
    let mut payload = String::new();
    encoded.append_to_payload(&mut payload);
    assert_eq!(payload, "bAQIDBA==");
    assert_eq!(Packet::parse("bAQIDBA=="), Ok(packet.clone()));
    assert_eq!(Packet::parse("bAQIDBA"), Ok(packet));
    assert_eq!(Packet::parse("b"), Ok(Packet::from(&[][..])));
}

#[test]
fn the_length_in_a_payload_is_known_before_it_is_encoded() {
    for len in 0..10 {
        let encoded = EncodedPacket::Binary(Binary::from(vec![7; len]));
        let mut payload = String::new();
        encoded.append_to_payload(&mut payload);
        assert_eq!(encoded.payload_len(), payload.len());
    }
    assert_eq!(EncodedPacket::Text("4€".into()).payload_len(), 4);
}

#[test]
fn the_payloads_of_the_protocol_document_are_encoded_and_decoded() {
    let bytes = [1, 2, 3, 4];
    let payloads = [
        ("4hello\x1e2\x1e4world", vec![Packet::from("hello"), Packet::Ping(""), "world".into()]),
        ("4hello\x1ebAQIDBA==", vec![Packet::from("hello"), bytes[..].into()]),
        (
            "42[\"hello\"]\x1e42[\"world\"]",
            vec![Packet::from("2[\"hello\"]"), Packet::from("2[\"world\"]")],
        ),
        ("4test1\x1e4test2\x1e4test3", vec!["test1".into(), "test2".into(), "test3".into()]),
        ("6", vec![Packet::Noop]),
    ];
    for (payload, packets) in payloads {
        let mut encoded = String::new();
        for packet in &packets {
            EncodedPacket::from(packet).append_to_payload(&mut encoded);
        }
        assert_eq!(encoded, payload);
        assert_eq!(decode(&Limits::default(), &[payload.as_bytes()]), Ok(encode_all(&packets)));
    }
}

#[test]
fn a_character_may_be_cut_between_two_chunks() {
    let payload = "4€\x1e4ü".as_bytes();
    let packets = encode_all(&["€".into(), "ü".into()]);
    for cut in 0..=payload.len() {
        let (one, two) = payload.split_at(cut);
        assert_eq!(decode(&Limits::default(), &[one, two]).as_ref(), Ok(&packets));
    }
}

#[test]
fn an_open_packet_may_have_fewer_and_other_fields() {
    let text =
        r#"0{"sid":"a","upgrades":["webtransport"],"pingInterval":1,"pingTimeout":2,"new":{}}"#;
    let handshake = Handshake {
        sid: "a".into(),
        upgrades: vec![],
        ping_interval: Duration::from_millis(1),
        ping_timeout: Duration::from_millis(2),
        max_payload: None,
    };
    assert_eq!(Packet::parse(text), Ok(Packet::Open(handshake.clone())));
    let again = r#"0{"sid":"a","upgrades":[],"pingInterval":1,"pingTimeout":2}"#;
    assert_eq!(EncodedPacket::from(&Packet::Open(handshake)), EncodedPacket::Text(again.into()));
}

#[test]
fn malformed_packets_are_errors_that_name_the_fault() {
    let table = [
        ("", PacketError::Empty),
        ("abc", PacketError::UnknownType('a')),
        ("7", PacketError::UnknownType('7')),
        ("€", PacketError::UnknownType('€')),
        ("1x", PacketError::UnexpectedData("close")),
        ("5x", PacketError::UnexpectedData("upgrade")),
        ("6x", PacketError::UnexpectedData("noop")),
    ];
    for (text, error) in table {
        assert_eq!(Packet::parse(text), Err(error));
    }
    for text in ["0", "0{}", "0[]", r#"0{"sid":1,"pingInterval":1,"pingTimeout":1}"#] {
        assert!(matches!(Packet::parse(text), Err(PacketError::Handshake { .. })), "{text}");
    }
    let open = r#"0{"sid":"a","pingInterval":"secret","pingTimeout":1}"#;
    assert_eq!(
        Packet::parse(open).unwrap_err().to_string(),
        "the peer sent an open packet with an invalid handshake at byte 34: invalid type"
    );
    assert_eq!(
        Packet::parse("0{}").unwrap_err().to_string(),
        "the peer sent an open packet with an invalid handshake at byte 2: missing field `sid`"
    );
    for text in ["b!", "bA", "bAQ=A", "bAQIDBA==x"] {
        assert!(matches!(Packet::parse(text), Err(PacketError::Base64(_))), "{text}");
    }
    let error = Packet::parse(r#"0{"sid":"a","pingInterval":-1,"pingTimeout":1}"#).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the peer sent an open packet with an invalid handshake at byte 28: invalid value"
    );
}

#[test]
fn malformed_payloads_are_errors() {
    let limits = Limits::default();
    let table: [(&[u8], PacketError); 6] = [
        (b"", PacketError::Empty),
        (b"4a\x1e", PacketError::Empty),
        (b"\x1e4a", PacketError::Empty),
        (b"4a\x1e\x1e4b", PacketError::Empty),
        (b"4a\x1e4\xff", PacketError::Utf8 { at: 1 }),
        (b"abc", PacketError::UnknownType('a')),
    ];
    for (payload, error) in table {
        assert_eq!(decode(&limits, &[payload]), Err(error));
    }
}

#[test]
fn the_limits_of_a_payload_are_exact() {
    let mut limits = Limits::default();
    limits.max_packet_len = 3;
    limits.max_payload_len = 7;
    limits.max_packets = 2;
    assert_eq!(decode(&limits, &[b"4ab\x1e4cd"]).unwrap().len(), 2);

    let too_long = Err(PacketError::PacketTooLong { max: 3 });
    assert_eq!(decode(&limits, &[b"4abc"]), too_long);
    assert_eq!(decode(&limits, &[b"4a", b"bc"]), too_long);
    assert_eq!(decode(&limits, &[b"4a\x1e4b\x1e4c"]), Err(PacketError::PayloadTooLong { max: 7 }));
    limits.max_payload_len = 8;
    assert_eq!(decode(&limits, &[b"4a\x1e4b\x1e4c"]), Err(PacketError::TooManyPackets { max: 2 }));
}

#[test]
fn the_limit_that_is_reached_first_counts_in_any_chunks() {
    let mut limits = Limits::default();
    limits.max_packet_len = 7;
    limits.max_payload_len = 11;
    let payload = b"4abcd\x1e4abcdefgh";
    for cut in 0..=payload.len() {
        let (one, two) = payload.split_at(cut);
        assert_eq!(
            decode(&limits, &[one, two]),
            Err(PacketError::PayloadTooLong { max: 11 }),
            "{cut}"
        );
    }
}

#[test]
fn a_session_id_is_not_in_debug_output() {
    for debug in
        [format!("{:?}", Packet::parse(OPEN)), format!("{:?}", EncodedPacket::Text(OPEN.into()))]
    {
        assert!(!debug.contains("lv_VI97HAXpY6yYWAAAC"), "{debug}");
    }
}

fn encode_all(packets: &[Packet<'_>]) -> Vec<EncodedPacket> {
    packets.iter().map(EncodedPacket::from).collect()
}

pub(crate) fn decode(limits: &Limits, chunks: &[&[u8]]) -> Result<Vec<EncodedPacket>, PacketError> {
    let mut decoder = PayloadDecoder::new(limits);
    let mut packets = Vec::new();
    for mut chunk in chunks.iter().copied() {
        while let Some(packet) = decoder.decode(&mut chunk)? {
            packets.push(EncodedPacket::from(&packet));
        }
        assert!(chunk.is_empty());
    }
    packets.push(EncodedPacket::from(&decoder.finish()?));
    Ok(packets)
}

#[test]
fn what_is_text_and_what_is_binary_is_told_apart() {
    assert_eq!(Packet::parse("4b"), Ok(Packet::Message(Message::Text("b"))));
    assert!(matches!(Packet::parse("bAA=="), Ok(Packet::Message(Message::Binary(_)))));
}
