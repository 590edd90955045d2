//! Any packet and any payload.

use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any, prop},
    prop_oneof, proptest,
};
use sansocket_socketio::{
    Arguments, Binary, Namespace, Value,
    engine_io::{EncodedPacket, Limits, Message, Packet as EnginePacket},
    packet::{self, Body, ConnectError, Decoder, Packet},
    value::Object,
};

fn json() -> impl Strategy<Value = Value> {
    value(prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ])
}

fn json_with_binary() -> impl Strategy<Value = Value> {
    value(prop_oneof![
        any::<i64>().prop_map(Value::from),
        vec(any::<u8>(), 0..8).prop_map(|bytes| Value::from(Binary::from(bytes))),
    ])
}

fn value(leaf: impl Strategy<Value = Value> + 'static) -> impl Strategy<Value = Value> {
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((".{0,4}", inner), 0..4).prop_map(|members| Object::from(members).into()),
        ]
    })
}

fn object() -> impl Strategy<Value = Object> {
    vec((".{0,4}", json()), 0..4).prop_map(Object::from)
}

fn arguments() -> impl Strategy<Value = Arguments> {
    vec(prop_oneof![json(), json_with_binary()], 0..4).prop_map(Arguments::from)
}

fn body() -> impl Strategy<Value = Body> {
    prop_oneof![
        prop::option::of(object()).prop_map(Body::Connect),
        Just(Body::Disconnect),
        (any::<Option<u64>>(), "e.{0,8}", arguments())
            .prop_map(|(id, name, arguments)| Body::Event { id, name, arguments }),
        (any::<u64>(), arguments()).prop_map(|(id, arguments)| Body::Ack { id, arguments }),
        (".{0,8}", prop::option::of(json()))
            .prop_map(|(message, data)| Body::ConnectError(ConnectError { message, data })),
    ]
}

fn packet() -> impl Strategy<Value = Packet> {
    ("/[a-z0-9/{}é-]{0,8}", body()).prop_map(|(namespace, body)| Packet {
        namespace: Namespace::new(&namespace).unwrap(),
        body,
    })
}

fn packet_limits() -> packet::Limits {
    let mut limits = packet::Limits::default();
    limits.max_attachments = 1000;
    limits
}

proptest! {
    #[test]
    fn a_packet_survives_the_wire(packet in packet()) {
        let messages = packet.encode().unwrap();
        let mut decoder = Decoder::new(&packet_limits());
        let mut decoded = None;
        for message in &messages {
            assert_eq!(decoded, None);
            decoded = match message {
                EncodedPacket::Text(text) => match EnginePacket::parse(text) {
                    Ok(EnginePacket::Message(message)) => decoder.receive(message),
                    other => panic!("{other:?}"),
                },
                EncodedPacket::Binary(bytes) => decoder.receive(Message::Binary(bytes[..].into())),
            }
            .unwrap();
        }
        assert_eq!(decoded, Some(packet));
    }

    /// Serde_json is the naive reference.
    #[test]
    fn json_is_written_as_serde_json_writes_it(value in json()) {
        let arguments = Arguments::from(vec![value.clone()]);
        let packet = Packet::event(Namespace::default(), "e", arguments);
        let text = format!("42[\"e\",{}]", serde_json::to_string(&value).unwrap());
        assert_eq!(packet.encode(), Ok(vec![EncodedPacket::Text(text.into())]));
    }

    #[test]
    fn any_text_and_attachment_is_decoded_or_refused(
        text in "[0-6][0-9]{0,2}-?(/[a-z]{0,2},)?[0-9]{0,2}[\\[{\"a:,0_placeholdertruenum}\\]]{0,30}",
        bytes in vec(any::<u8>(), 0..8),
    ) {
        let mut decoder = Decoder::new(&packet::Limits::default());
        if decoder.receive(Message::Text(&text)) == Ok(None) {
            decoder.receive(Message::Binary(bytes.into())).unwrap();
        }
    }

    #[test]
    fn any_chunks_of_a_payload_give_the_same(
        payload in prop_oneof![
            vec(any::<u8>(), 0..40),
            "([0-6b]([a-z€]|AQID){0,4}\u{1e}?){0,6}".prop_map(String::into_bytes),
        ],
        lens in vec(0..8_usize, 0..40),
        max in 0..40_usize,
    ) {
        let mut limits = Limits::default();
        limits.max_packet_len = max;
        limits.max_payload_len = max + 4;
        limits.max_packets = 4;
        let mut chunks = Vec::new();
        let mut rest = &payload[..];
        for len in lens {
            let (chunk, after) = rest.split_at(len.min(rest.len()));
            chunks.push(chunk);
            rest = after;
        }
        chunks.push(rest);
        let in_chunks = crate::engine_io::decode(&limits, &chunks);
        let at_once = crate::engine_io::decode(&limits, &[&payload]);
        assert_eq!(in_chunks, at_once);
    }

    #[test]
    fn a_payload_has_the_packets_that_it_was_made_of(
        packets in vec(
            prop_oneof![
                "[^\u{1e}]{0,8}".prop_map(|text| EncodedPacket::from(&EnginePacket::from(&text[..]))),
                vec(any::<u8>(), 0..8)
                    .prop_map(|bytes| EncodedPacket::from(&EnginePacket::from(&bytes[..]))),
            ],
            1..6,
        ),
    ) {
        let mut payload = String::new();
        for packet in &packets {
            packet.append_to_payload(&mut payload);
        }
        assert_eq!(crate::engine_io::decode(&Limits::default(), &[payload.as_bytes()]), Ok(packets));
    }
}
