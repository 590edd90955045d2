//! Malformed packets: which error, and where.

use sansocket_socketio::{
    Namespace,
    engine_io::Message,
    packet::{DecodeError, Decoder, Limits},
};

use crate::packets::decode;

fn payload(at: usize, expected: &'static str) -> DecodeError {
    DecodeError::Payload { at, expected }
}

const EVENT: &str = "an array whose first element is the name of an event";

#[test]
fn malformed_texts_are_errors_that_name_the_byte_or_the_field() {
    let namespace = |name: &str| Namespace::new(name).unwrap_err();
    let table = [
        ("", DecodeError::Empty),
        ("7", DecodeError::UnknownType('7')),
        ("abc", DecodeError::UnknownType('a')),
        ("€", DecodeError::UnknownType('€')),
        // Attachments.
        ("5", DecodeError::AttachmentCount),
        ("5[\"a\"]", DecodeError::AttachmentCount),
        ("5-[\"a\"]", DecodeError::AttachmentCount),
        ("50-[\"a\"]", DecodeError::AttachmentCount),
        ("51", DecodeError::AttachmentCount),
        ("51[\"a\"]", DecodeError::AttachmentCount),
        ("5x-[\"a\"]", DecodeError::AttachmentCount),
        ("5+1-[\"a\"]", DecodeError::AttachmentCount),
        ("51€-[\"a\"]", DecodeError::AttachmentCount),
        ("599999999999999999999-[\"a\"]", DecodeError::AttachmentCount),
        ("511-[\"a\"]", DecodeError::TooManyAttachments { count: 11, max: 10 }),
        ("618446744073709551615-1[]", DecodeError::TooManyAttachments { count: u64::MAX, max: 10 }),
        // Namespaces.
        ("0/a\u{1e}b,", DecodeError::Namespace { at: 1, error: namespace("/a\u{1e}b") }),
        ("51-/a\nb,[]", DecodeError::Namespace { at: 3, error: namespace("/a\nb") }),
        // Ids.
        ("218446744073709551616[\"a\"]", DecodeError::Id { at: 1 }),
        ("3[]", DecodeError::MissingId { at: 1 }),
        ("3/admin,[]", DecodeError::MissingId { at: 8 }),
        // Payloads.
        ("0[]", payload(1, "an object")),
        ("0/admin,1", payload(8, "an object")),
        ("0null", payload(1, "an object")),
        ("1{}", payload(1, "empty")),
        ("1/admin,1", payload(8, "empty")),
        ("2{}", payload(1, EVENT)),
        ("2[]", payload(1, EVENT)),
        ("2[null]", payload(1, EVENT)),
        ("2[{}]", payload(1, EVENT)),
        ("2[[\"a\"]]", payload(1, EVENT)),
        ("2\"a\"", payload(1, EVENT)),
        ("31{}", payload(2, "an array")),
        ("31null", payload(2, "an array")),
        ("4[]", payload(1, "an object or a string")),
        ("41", payload(1, "an object or a string")),
        // Placeholders.
        (r#"51-["a",{"_placeholder":true,"num":1}]"#, DecodeError::Placeholder { attachments: 1 }),
        (r#"51-["a",{"_placeholder":true,"num":-1}]"#, DecodeError::Placeholder { attachments: 1 }),
        (
            r#"51-["a",{"_placeholder":true,"num":"0"}]"#,
            DecodeError::Placeholder { attachments: 1 },
        ),
        (r#"51-["a",{"_placeholder":true}]"#, DecodeError::Placeholder { attachments: 1 }),
        (
            r#"52-["a",{"_placeholder":true,"num":0},[{"_placeholder":true,"num":0}]]"#,
            DecodeError::Placeholder { attachments: 2 },
        ),
        (r#"51-["a"]"#, DecodeError::UnusedAttachment { num: 0 }),
        (r#"52-["a",{"_placeholder":true,"num":0}]"#, DecodeError::UnusedAttachment { num: 1 }),
        (r#"51-[{"_placeholder":true,"num":0}]"#, payload(3, EVENT)),
    ];
    for (text, error) in table {
        assert_eq!(decode(text, &[]), Err(error), "{text}");
    }
}

#[test]
fn invalid_json_is_an_error_that_names_the_byte() {
    let table = [
        ("2", 1),
        ("2[", 2),
        ("2[\"a\"", 5),
        ("2[\"a\",]", 6),
        ("2[\"a\"] x", 7),
        ("2/admin,12[\"a\",nul]", 18),
        ("2[\"a\",\n\n\"\u{1}\"]", 9),
        ("31", 2),
        ("4", 1),
        ("4x", 1),
        ("0x", 1),
        ("012{}", 3),
    ];
    for (text, expected) in table {
        match decode(text, &[]) {
            Err(DecodeError::Json { at, .. }) => assert_eq!(at, expected, "{text:?}"),
            other => panic!("{text:?} is {other:?}"),
        }
    }
    let error = decode("2[\"a\",]", &[]).unwrap_err();
    assert_eq!(error.to_string(), "the peer sent invalid JSON at byte 6: trailing comma");
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| format!("2[\"a\",{}{}]", "[".repeat(depth), "]".repeat(depth));
    assert!(decode(&nested(126), &[]).is_ok());
    for depth in [127, 100_000] {
        let Err(DecodeError::Json { reason, .. }) = decode(&nested(depth), &[]) else {
            panic!("{depth} is too deep")
        };
        assert_eq!(reason, "recursion limit exceeded");
    }
}

#[test]
fn text_and_attachments_come_in_their_turn() {
    let mut decoder = Decoder::new(&Limits::default());
    assert_eq!(
        decoder.receive(Message::Binary([1][..].into())),
        Err(DecodeError::UnexpectedAttachment)
    );

    let mut decoder = Decoder::new(&Limits::default());
    let text = r#"52-["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#;
    assert_eq!(decoder.receive(Message::Text(text)), Ok(None));
    assert_eq!(decoder.receive(Message::Binary([1][..].into())), Ok(None));
    assert_eq!(
        decoder.receive(Message::Text(r#"2["a"]"#)),
        Err(DecodeError::MissingAttachments { missing: 1 })
    );
}

#[test]
fn the_limits_are_exact() {
    let text = r#"52-["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#;
    let mut limits = Limits::default();
    limits.max_attachments = 2;
    limits.max_len = text.len() + 4;
    for (first, second, is_within) in [(2, 2, true), (4, 0, true), (2, 3, false), (5, 0, false)] {
        let mut decoder = Decoder::new(&limits);
        let mut result = decoder.receive(Message::Text(text)).map(|_| ());
        for len in [first, second] {
            let bytes = vec![0; len];
            result =
                result.and_then(|()| decoder.receive(Message::Binary(bytes.into())).map(|_| ()));
        }
        let (len, max) = (text.len() + 5, limits.max_len);
        let expected = if is_within { Ok(()) } else { Err(DecodeError::TooLong { len, max }) };
        assert_eq!(result, expected);
    }

    limits.max_attachments = 1;
    assert_eq!(
        Decoder::new(&limits).receive(Message::Text(text)),
        Err(DecodeError::TooManyAttachments { count: 2, max: 1 })
    );
    limits.max_len = 5;
    assert_eq!(
        Decoder::new(&limits).receive(Message::Text(r#"2["a"]"#)),
        Err(DecodeError::TooLong { len: 6, max: 5 })
    );
}
