//! Socket.IO: every packet form, and the examples of the protocol document.

use sansocket_socketio::{
    Arguments, Binary, Namespace, Value,
    engine_io::{EncodedPacket, Message},
    packet::{Body, ConnectError, DecodeError, Decoder, EncodeError, Limits, Packet},
    value::Object,
};
use serde_json::json;

fn admin() -> Namespace {
    "/admin".parse().unwrap()
}

fn packet(namespace: Namespace, body: Body) -> Packet {
    Packet { namespace, body }
}

fn object(value: serde_json::Value) -> Option<Object> {
    match Value::from(value) {
        Value::Object(object) => Some(object),
        _ => panic!("an object"),
    }
}

fn event(id: Option<u64>, name: &str, arguments: impl serde::Serialize) -> Body {
    Body::Event { id, name: name.into(), arguments: Arguments::new(&arguments).unwrap() }
}

fn ack(id: u64, arguments: impl serde::Serialize) -> Body {
    Body::Ack { id, arguments: Arguments::new(&arguments).unwrap() }
}

fn bytes<const N: usize>(bytes: [u8; N]) -> Binary {
    Binary::from(bytes.to_vec())
}

/// Asserts that the packet and the messages are each other's.
fn assert_form(packet: Packet, text: &str, attachments: &[&[u8]]) {
    let mut messages = vec![EncodedPacket::Text(format!("4{text}").into())];
    messages.extend(attachments.iter().map(|bytes| EncodedPacket::Binary((*bytes).into())));
    assert_eq!(packet.encode().unwrap(), messages);
    assert_eq!(decode(text, attachments), Ok(Some(packet)));
}

pub(crate) fn decode(text: &str, attachments: &[&[u8]]) -> Result<Option<Packet>, DecodeError> {
    let mut decoder = Decoder::new(&Limits::default());
    let mut packet = decoder.receive(Message::Text(text))?;
    for bytes in attachments {
        assert_eq!(packet, None, "no packet before its last attachment");
        packet = decoder.receive(Message::Binary((*bytes).into()))?;
    }
    Ok(packet)
}

#[test]
fn connect() {
    let main = Namespace::default;
    assert_form(packet(main(), Body::Connect(None)), "0", &[]);
    assert_form(packet(admin(), Body::Connect(None)), "0/admin,", &[]);
    let sid = object(json!({ "sid": "oSO0OpakMV_3jnilAAAA" }));
    assert_form(
        packet(admin(), Body::Connect(sid)),
        r#"0/admin,{"sid":"oSO0OpakMV_3jnilAAAA"}"#,
        &[],
    );
    let sid = object(json!({ "sid": "wZX3oN0bSVIhsaknAAAI" }));
    assert_form(packet(main(), Body::Connect(sid)), r#"0{"sid":"wZX3oN0bSVIhsaknAAAI"}"#, &[]);
    let token = object(json!({ "token": "123" }));
    assert_form(packet(admin(), Body::Connect(token)), r#"0/admin,{"token":"123"}"#, &[]);
}

#[test]
fn a_namespace_may_end_with_the_packet() {
    assert_eq!(decode("0/admin", &[]), Ok(Some(packet(admin(), Body::Connect(None)))));
    assert_eq!(decode("1/admin", &[]), Ok(Some(packet(admin(), Body::Disconnect))));
    assert_eq!(decode("0/,", &[]), Ok(Some(packet(Namespace::default(), Body::Connect(None)))));
}

#[test]
fn disconnect() {
    assert_form(packet(Namespace::default(), Body::Disconnect), "1", &[]);
    assert_form(packet(admin(), Body::Disconnect), "1/admin,", &[]);
}

#[test]
fn connect_error() {
    let error = ConnectError::new("Not authorized");
    assert_form(
        packet(Namespace::default(), Body::ConnectError(error)),
        r#"4{"message":"Not authorized"}"#,
        &[],
    );
    assert_form(
        packet("/random".parse().unwrap(), Body::ConnectError(ConnectError::invalid_namespace())),
        r#"4/random,{"message":"Invalid namespace"}"#,
        &[],
    );
    let error = ConnectError { message: "Wait".into(), data: Some(json!({ "seconds": 5 }).into()) };
    assert_form(
        packet(Namespace::default(), Body::ConnectError(error)),
        r#"4{"message":"Wait","data":{"seconds":5}}"#,
        &[],
    );
    // As older servers send it.
    assert_eq!(
        decode(r#"4"Not authorized""#, &[]),
        Ok(Some(packet(
            Namespace::default(),
            Body::ConnectError(ConnectError::new("Not authorized"))
        )))
    );
}

#[test]
fn event_forms() {
    let main = Namespace::default;
    assert_form(packet(main(), event(None, "foo", ())), r#"2["foo"]"#, &[]);
    assert_form(packet(admin(), event(None, "bar", ())), r#"2/admin,["bar"]"#, &[]);
    assert_form(packet(main(), event(Some(12), "foo", ())), r#"212["foo"]"#, &[]);
    assert_form(packet(main(), event(Some(0), "foo", ())), r#"20["foo"]"#, &[]);
    assert_form(packet(admin(), event(Some(13), "foo", ())), r#"2/admin,13["foo"]"#, &[]);
    assert_form(packet(admin(), event(Some(1), "tellme", ())), r#"2/admin,1["tellme"]"#, &[]);
    assert_form(packet(main(), event(None, "hey", "Jude")), r#"2["hey","Jude"]"#, &[]);
    assert_form(
        packet(main(), event(None, "message", (1, "2", json!({ "3": [true] })))),
        r#"2["message",1,"2",{"3":[true]}]"#,
        &[],
    );
    assert_form(
        packet(main(), event(Some(u64::MAX), "a", ())),
        r#"218446744073709551615["a"]"#,
        &[],
    );
}

#[test]
fn binary_event() {
    let main = Namespace::default;
    assert_form(
        packet(main(), event(None, "baz", bytes([1, 2, 3, 4]))),
        r#"51-["baz",{"_placeholder":true,"num":0}]"#,
        &[&[1, 2, 3, 4]],
    );
    assert_form(
        packet(admin(), event(None, "baz", (bytes([1, 2]), bytes([3, 4])))),
        r#"52-/admin,["baz",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#,
        &[&[1, 2], &[3, 4]],
    );
    assert_form(
        packet(main(), event(Some(14), "foo", bytes([1, 2, 3, 4]))),
        r#"51-14["foo",{"_placeholder":true,"num":0}]"#,
        &[&[1, 2, 3, 4]],
    );
    assert_form(
        packet(main(), event(None, "empty", bytes([]))),
        r#"51-["empty",{"_placeholder":true,"num":0}]"#,
        &[&[]],
    );
}

#[test]
fn binary_inside_arrays_and_objects_is_found() {
    let mut object = Object::default();
    object.insert("files", vec![Value::from(bytes([1])), Value::from(bytes([2]))]);
    object.insert("name", "cat");
    assert_form(
        packet(Namespace::default(), event(None, "a", Value::Object(object))),
        r#"52-["a",{"files":[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}],"name":"cat"}]"#,
        &[&[1], &[2]],
    );
}

#[test]
fn attachments_go_where_their_number_says() {
    let text = r#"52-["a",{"num":1,"_placeholder":true},{"_placeholder":true,"num":0}]"#;
    assert_eq!(
        decode(text, &[&[1], &[2]]),
        Ok(Some(packet(Namespace::default(), event(None, "a", (bytes([2]), bytes([1]))))))
    );
}

#[test]
fn ack_forms() {
    let main = Namespace::default;
    assert_form(packet(main(), ack(12, ())), "312[]", &[]);
    assert_form(packet(main(), ack(12, "bar")), r#"312["bar"]"#, &[]);
    assert_form(packet(admin(), ack(13, "bar")), r#"3/admin,13["bar"]"#, &[]);
    assert_form(
        packet(main(), ack(15, ("bar", bytes([1, 2, 3, 4])))),
        r#"61-15["bar",{"_placeholder":true,"num":0}]"#,
        &[&[1, 2, 3, 4]],
    );
    assert_form(
        packet(admin(), ack(1, bytes([9]))),
        r#"61-/admin,1[{"_placeholder":true,"num":0}]"#,
        &[&[9]],
    );
}

#[test]
fn without_attachments_a_placeholder_is_an_object() {
    let placeholder = json!({ "_placeholder": true, "num": 0 });
    assert_form(
        packet(Namespace::default(), event(None, "a", placeholder)),
        r#"2["a",{"_placeholder":true,"num":0}]"#,
        &[],
    );
}

#[test]
fn an_object_like_a_placeholder_is_not_sent_beside_binary() {
    let placeholder = json!({ "_placeholder": true, "num": 0 });
    let event = event(None, "a", (bytes([1]), json!({ "deep": [placeholder] })));
    assert_eq!(packet(admin(), event).encode(), Err(EncodeError::Placeholder));
}

#[test]
fn binary_is_not_sent_where_it_cannot_be() {
    let mut object = Object::default();
    object.insert("key", bytes([1]));
    let connect = packet(admin(), Body::Connect(Some(object)));
    assert_eq!(connect.encode(), Err(EncodeError::Binary("CONNECT")));
    let error = ConnectError { message: String::new(), data: Some(bytes([1]).into()) };
    let error = packet(admin(), Body::ConnectError(error));
    assert_eq!(error.encode(), Err(EncodeError::Binary("CONNECT_ERROR")));
}

#[test]
fn reserved_names_are_neither_sent_nor_received() {
    for name in
        ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"]
    {
        assert_eq!(
            packet(admin(), event(None, name, ())).encode(),
            Err(EncodeError::ReservedEvent(name.into()))
        );
        assert_eq!(
            decode(&format!(r#"2["{name}"]"#), &[]),
            Err(DecodeError::ReservedEvent(name.into()))
        );
    }
}

#[test]
fn a_number_names_the_event_of_its_text() {
    assert_eq!(decode("2[1,2]", &[]), Ok(Some(packet(Namespace::default(), event(None, "1", 2)))));
}

#[test]
fn strings_are_escaped_as_json_needs_it() {
    let text = "\"\\\u{8}\u{c}\n\r\t\u{1e}\u{0}\u{7f}/€\u{1f600}";
    assert_form(
        packet(Namespace::default(), event(None, text, text)),
        "2[\"\\\"\\\\\\b\\f\\n\\r\\t\\u001e\\u0000\u{7f}/€\u{1f600}\",\
         \"\\\"\\\\\\b\\f\\n\\r\\t\\u001e\\u0000\u{7f}/€\u{1f600}\"]",
        &[],
    );
}

#[test]
fn numbers_keep_their_values() {
    let numbers =
        "[0,-1,18446744073709551615,-9223372036854775808,1.5,1e300,-0.0,118446744073709551616]";
    let text = format!(r#"2["a",{numbers}]"#);
    let packet = decode(&text, &[]).unwrap().unwrap();
    let [EncodedPacket::Text(again)] = &packet.encode().unwrap()[..] else { panic!("one text") };
    assert_eq!(
        &**again,
        "42[\"a\",[0,-1,18446744073709551615,-9223372036854775808,1.5,1e+300,-0.0,\
         1.1844674407370955e+20]]"
    );
}

#[test]
fn the_order_of_members_is_kept_and_the_last_of_two_counts() {
    let text = r#"2["a",{"z":1,"y":2,"z":3,"a":4}]"#;
    let Some(Packet { body: Body::Event { arguments, .. }, .. }) = decode(text, &[]).unwrap()
    else {
        panic!("an event")
    };
    assert_eq!(arguments[0].get("z"), Some(&Value::from(3_u64)));
    let Value::Object(object) = &arguments[0] else { panic!("an object") };
    let names: Vec<_> = object.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["y", "z", "a"]);
}
