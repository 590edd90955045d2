//! RFC 6455 5.6, 5.7, 6.1 and 6.2: messages, and what becomes of them.

use crate::case::{Case, Kind, Payload, binary, raw, text};

pub(super) fn cases() -> Vec<Case> {
    [lengths(), pieces(), several(), contents(), examples()].concat()
}

/// Each length at which the header changes, and those beside it.
fn lengths() -> Vec<Case> {
    let lengths: [(usize, &[&str], &[&str]); 8] = [
        (0, &["1.1.1", "6.1.1"], &["1.2.1"]),
        (1, &[], &[]),
        (125, &["1.1.2"], &["1.2.2"]),
        (126, &["1.1.3"], &["1.2.3"]),
        (127, &["1.1.4"], &["1.2.4"]),
        (128, &["1.1.5"], &["1.2.5"]),
        (65535, &["1.1.6"], &["1.2.6"]),
        (65536, &["1.1.7"], &["1.2.7"]),
    ];
    let mut cases = Vec::new();
    for (length, text_ids, binary_ids) in lengths {
        let payload = Payload::Repeated(b'*', length);
        cases.push(
            Case::must(
                format!("rfc6455/5.2/text-of-{length}-bytes"),
                format!("A text of {length} bytes"),
            )
            .rule("6455-5.2-5")
            .why("A length is written in one of three ways: at the limits it goes wrong.")
            .same_as(text_ids)
            .send([text(payload.clone())])
            .echo(Kind::Text, payload),
        );
        let payload = Payload::Repeated(0xFE, length);
        cases.push(
            Case::must(
                format!("rfc6455/5.2/binary-of-{length}-bytes"),
                format!("A binary message of {length} bytes"),
            )
            .rule("6455-5.2-5")
            .why("A length is written in one of three ways: at the limits it goes wrong.")
            .same_as(binary_ids)
            .send([binary(payload.clone())])
            .echo(Kind::Binary, payload),
        );
    }
    cases
}

/// TCP cuts as it likes.
fn pieces() -> Vec<Case> {
    let large = |byte| Payload::Repeated(byte, 65536);
    vec![
        Case::must("rfc6455/6.2/text-in-pieces-of-997", "A text of 65536 bytes, in pieces of 997")
            .rule("6455-6.2-1")
            .why("A read of TCP may end anywhere in a frame.")
            .autobahn("1.1.8")
            .send_in_pieces(997, [text(large(b'*'))])
            .echo(Kind::Text, large(b'*')),
        Case::must(
            "rfc6455/6.2/binary-in-pieces-of-997",
            "A binary message of 65536 bytes, in pieces of 997",
        )
        .rule("6455-6.2-1")
        .why("A read of TCP may end anywhere in a frame.")
        .autobahn("1.2.8")
        .send_in_pieces(997, [binary(large(0xFE))])
        .echo(Kind::Binary, large(0xFE)),
        Case::must("rfc6455/6.2/text-byte-by-byte", "A text, byte by byte")
            .rule("6455-6.2-1")
            .why("A read of TCP may end anywhere, even in the header.")
            .send_in_pieces(1, [text("Hello, world!")])
            .echo(Kind::Text, "Hello, world!"),
        Case::must(
            "rfc6455/6.2/length-of-2-bytes-cut",
            "A binary message of 300 bytes, in pieces of 3: its length is cut",
        )
        .rule("6455-6.2-1")
        .why("A header is only there when all of it is.")
        .send_in_pieces(3, [binary(Payload::Repeated(7, 300))])
        .echo(Kind::Binary, Payload::Repeated(7, 300)),
        Case::must(
            "rfc6455/6.2/length-of-8-bytes-cut",
            "A binary message of 65536 bytes, in pieces of 5: its length is cut",
        )
        .rule("6455-6.2-1")
        .why("A header is only there when all of it is.")
        .send_in_pieces(5, [binary(large(7))])
        .echo(Kind::Binary, large(7)),
    ]
}

/// Messages follow each other.
fn several() -> Vec<Case> {
    vec![
        Case::must("rfc6455/6.2/two-texts-at-once", "Two texts in one write")
            .rule("6455-6.2-5")
            .why("A read of TCP may hold two frames: the second must not wait for the next read.")
            .send([text("first"), text("second")])
            .echo_all([(Kind::Text, "first"), (Kind::Text, "second")]),
        Case::must("rfc6455/6.2/hundred-texts-at-once", "100 texts in one write")
            .rule("6455-6.2-5")
            .why("All of what was read is to be used, in order.")
            .send((0..100).map(|number| text(format!("text {number}").as_str())))
            .echo_all((0..100).map(|number| (Kind::Text, format!("text {number}").into_bytes()))),
        Case::must("rfc6455/6.2/text-then-binary", "A text, then a binary message")
            .rule("6455-6.2-3")
            .why("The type belongs to a message, not to a connection.")
            .send([text("Hello"), binary(&[0xFF, 0x00])])
            .echo_all([(Kind::Text, &b"Hello"[..]), (Kind::Binary, &[0xFF, 0x00])]),
        Case::must("rfc6455/6.2/binary-then-text", "A binary message, then a text")
            .rule("6455-6.2-3")
            .why("The type belongs to a message, not to a connection.")
            .send([binary(&[0xFF, 0x00]), text("Hello")])
            .echo_all([(Kind::Binary, &[0xFF, 0x00][..]), (Kind::Text, b"Hello")]),
        Case::must("rfc6455/6.2/empty-between-texts", "An empty text between two others")
            .rule("6455-6.2-5")
            .why("An empty message is one: who counts answers must get it.")
            .send([text("first"), text(""), text("third")])
            .echo_all([(Kind::Text, "first"), (Kind::Text, ""), (Kind::Text, "third")]),
        Case::must("rfc6455/6.2/exchange", "50 texts, each after the answer to the one before")
            .rule("6455-6.2-5")
            .why("Most connections are like that.")
            .exchange(50, text("Hello"))
            .no_answer(),
        Case::must(
            "rfc6455/6.2/short-after-long",
            "A text of 70000 bytes, then one of 3, in one write",
        )
        .rule("6455-6.2-5")
        .why("Nothing of the one before may be left in a buffer.")
        .send([text(Payload::Repeated(b'a', 70_000)), text("end")])
        .echo_all([
            (Kind::Text, Payload::Repeated(b'a', 70_000)),
            (Kind::Text, Payload::from("end")),
        ]),
    ]
}

fn contents() -> Vec<Case> {
    let all: Vec<u8> = (0..=255).collect();
    vec![
        Case::must(
            "rfc6455/5.6/binary-of-all-bytes",
            "A binary message with each of the 256 bytes",
        )
        .rule("6455-5.6-2")
        .why("A binary message is any bytes; none of them means anything.")
        .send([binary(all.clone())])
        .echo(Kind::Binary, all),
        Case::must("rfc6455/5.6/binary-of-zeros", "A binary message of 8 zero bytes")
            .rule("6455-5.6-2")
            .why("In C a zero byte ends a string, here it does not.")
            .send([binary(Payload::Repeated(0, 8))])
            .echo(Kind::Binary, Payload::Repeated(0, 8)),
        Case::must("rfc6455/5.6/binary-like-a-frame", "A binary message that holds a Close frame")
            .rule("6455-5.6-2")
            .why("What looks like a frame in a payload is none.")
            .send([binary(b"\x88\x02\x03\xE8")])
            .echo(Kind::Binary, b"\x88\x02\x03\xE8"),
        Case::must("rfc6455/5.6/text-of-line-ends", "A text with each kind of line end")
            .rule("6455-5.6-1")
            .why("A text is not read in lines.")
            .send([text("a\r\nb\nc\rd\r\n\r\n")])
            .echo(Kind::Text, "a\r\nb\nc\rd\r\n\r\n"),
        Case::must("rfc6455/5.6/text-like-http", "A text that looks like a request of HTTP")
            .rule("6455-5.6-1")
            .why("After the opening handshake nothing is HTTP any more.")
            .send([text("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")])
            .echo(Kind::Text, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ]
}

/// RFC 6455 5.7, byte by byte.
fn examples() -> Vec<Case> {
    let example = |id: &str, title: &str| {
        Case::must(format!("rfc6455/5.7/{id}"), title)
            .rule("6455-5.7-1")
            .why("The RFC shows these bytes.")
    };
    vec![
        example("masked-text", "The masked text of the examples")
            .for_servers()
            .send([raw(b"\x81\x85\x37\xFA\x21\x3D\x7F\x9F\x4D\x51\x58")])
            .echo(Kind::Text, "Hello"),
        example("unmasked-text", "The text of the examples, not masked")
            .for_clients()
            .send([raw(b"\x81\x05\x48\x65\x6C\x6C\x6F")])
            .echo(Kind::Text, "Hello"),
        example("fragmented-text", "The text in two fragments of the examples")
            .for_clients()
            .send([raw(b"\x01\x03\x48\x65\x6C\x80\x02\x6C\x6F")])
            .echo(Kind::Text, "Hello"),
        example("unmasked-ping", "The Ping of the examples")
            .for_clients()
            .send([raw(b"\x89\x05\x48\x65\x6C\x6C\x6F")])
            .pong_of("Hello"),
    ]
}
