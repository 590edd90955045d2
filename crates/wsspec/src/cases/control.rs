//! RFC 6455 5.5, 5.5.2 and 5.5.3: Pings and Pongs. Close frames are elsewhere.

use crate::case::{
    Case, Demand, Expected, Frame, Kind, Payload, close, continuation, frame, ping, pong, raw, text,
};

pub(super) fn cases() -> Vec<Case> {
    [pings(), many(), among_texts(), pongs(), too_long(), fragmented()].concat()
}

fn pings() -> Vec<Case> {
    let case = |id: &str, title: &str| {
        Case::must(format!("rfc6455/5.5.2/{id}"), title)
            .rule("6455-5.5.2-1")
            .why("Without a Pong the peer takes the connection for dead.")
    };
    let bytes = b"\x00\xFF\xFE\xFD\xFC\xFB\x00\xFF";
    let longest = Payload::Repeated(0xFE, 125);
    vec![
        case("empty-ping", "A Ping without payload").autobahn("2.1").send([ping("")]).pong_of(""),
        case("ping-with-text", "A Ping with a text")
            .autobahn("2.2")
            .send([ping("Hello, world!")])
            .pong_of("Hello, world!"),
        case("ping-of-1-byte", "A Ping of a byte").send([ping("a")]).pong_of("a"),
        case("ping-with-bytes", "A Ping with bytes that are no text")
            .autobahn("2.3")
            .send([ping(bytes)])
            .pong_of(bytes),
        case("ping-of-124-bytes", "A Ping of 124 bytes")
            .send([ping(Payload::Repeated(b'*', 124))])
            .pong_of(Payload::Repeated(b'*', 124)),
        case("ping-of-125-bytes", "A Ping of 125 bytes, the most")
            .autobahn("2.4")
            .send([ping(longest.clone())])
            .pong_of(longest.clone()),
        case("ping-byte-by-byte", "A Ping of 125 bytes, byte by byte")
            .rule("6455-6.2-1")
            .autobahn("2.6")
            .send_in_pieces(1, [ping(longest.clone())])
            .pong_of(longest),
        case("ping-cut-in-payload", "A Ping whose payload comes in two parts, the second later")
            .rule("6455-6.2-1")
            .send([ping("Hel").claims(5).key([0; 4])])
            .linger()
            .send([raw("lo")])
            .pong_of("Hello"),
        case("ping-like-a-close", "A Ping that holds a Close frame")
            .send([ping(b"\x88\x02\x03\xE8")])
            .pong_of(b"\x88\x02\x03\xE8"),
    ]
}

fn ten() -> impl Iterator<Item = Frame> {
    (0..10).map(|number| ping(format!("payload-{number}").as_str()))
}

fn many() -> Vec<Case> {
    let case = |id: &str, title: &str| {
        Case::must(format!("rfc6455/5.5.2/{id}"), title)
            .rule("6455-5.5.2-1")
            .why("Pongs may be left out, but for that of the last Ping.")
    };
    vec![
        case("ten-pings", "10 Pings in one write")
            .autobahn("2.10")
            .send(ten())
            .pong_of("payload-9"),
        case("ten-pings-byte-by-byte", "10 Pings, byte by byte")
            .rule("6455-6.2-1")
            .autobahn("2.11")
            .send_in_pieces(1, ten())
            .pong_of("payload-9"),
        case("thousand-pings", "1000 Pings in one write")
            .send((0..1000).map(|number| ping(format!("{number}").as_str())))
            .pong_of("999"),
        case("ping-after-pong", "A Ping, and another after its Pong")
            .send([ping("first")])
            .wait_for(Expected::Pong("first".into()))
            .send([ping("second")])
            .pong_of("second"),
    ]
}

fn among_texts() -> Vec<Case> {
    let case = |id: &str, title: &str| {
        Case::must(format!("rfc6455/5.5.2/{id}"), title)
            .rule("6455-5.5.2-1")
            .why("A Ping does not disturb messages, nor they it.")
    };
    vec![
        case("ping-before-text", "A Ping, then a text in the same write")
            .send([ping("Ping"), text("Hello")])
            .pong_and_echo("Ping", Kind::Text, "Hello"),
        case("ping-after-text", "A text, then a Ping in the same write")
            .send([text("Hello"), ping("Ping")])
            .pong_and_echo("Ping", Kind::Text, "Hello"),
        case("ping-after-long-text", "A text of 65536 bytes, then a Ping in the same write")
            .send([text(Payload::Repeated(b'*', 65536)), ping("Ping")])
            .pong_and_echo("Ping", Kind::Text, Payload::Repeated(b'*', 65536)),
        case("ping-instead-of-text", "A Ping, and nothing else: it is no message")
            .rule("6455-6.2-2")
            .send([ping("Hello")])
            .wait_for(Expected::Pong("Hello".into()))
            .linger()
            .pong_of("Hello"),
        Case::should("rfc6455/5.5.2/ping-answered-soon", "A Ping while no message comes")
            .rule("6455-5.5.2-3")
            .why("A Pong that waits for the next message comes too late.")
            .send([ping("Hello")])
            .wait_for(Expected::Pong("Hello".into()))
            .send([text("Hello")])
            .pong_and_echo("Hello", Kind::Text, "Hello"),
    ]
}

/// Pongs without Pings, which are not answered.
fn pongs() -> Vec<Case> {
    let case = |id: &str, title: &str| {
        Case::must(format!("rfc6455/5.5.3/{id}"), title)
            .rule("6455-5.5.3-3")
            .why("Some send Pongs as signs of life. To answer them would never end.")
    };
    let unsolicited = "unsolicited pong payload";
    vec![
        case("empty-pong", "A Pong without payload, then a Close frame")
            .autobahn("2.7")
            .send([pong(""), close(1000, "")])
            .closing(1000)
            .demands(Demand::NoPong("")),
        case("pong-with-payload", "A Pong with payload, then a Close frame")
            .autobahn("2.8")
            .send([pong(unsolicited), close(1000, "")])
            .closing(1000)
            .demands(Demand::NoPong(unsolicited)),
        case("pong-then-ping", "A Pong with payload, then a Ping")
            .autobahn("2.9")
            .send([pong(unsolicited), ping("ping payload")])
            .pong_of("ping payload")
            .demands(Demand::NoPong(unsolicited)),
        case("pong-of-125-bytes", "A Pong of 125 bytes, then a text")
            .send([pong(Payload::Repeated(0xFE, 125)), text("Hello")])
            .echo(Kind::Text, "Hello"),
        case("pong-then-text", "A Pong, then a text")
            .send([pong("Hello"), text("world")])
            .echo(Kind::Text, "world"),
        case("pong-byte-by-byte", "A Pong, then a text, byte by byte")
            .rule("6455-6.2-1")
            .send_in_pieces(1, [pong("Hello"), text("world")])
            .echo(Kind::Text, "world"),
        case("hundred-pongs", "100 Pongs, then a text")
            .send((0..100).map(|_| pong("Hello")).chain([text("world")]))
            .echo(Kind::Text, "world"),
    ]
}

fn too_long() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, words, opcode) in [("ping", "A Ping", 9), ("pong", "A Pong", 10)] {
        for length in [126, 127, 65535, 65536] {
            let case = Case::must(
                format!("rfc6455/5.5/{name}-of-{length}-bytes"),
                format!("{words} of {length} bytes"),
            )
            .rule("6455-5.5-1")
            .why("Control frames are small, so that there is always room for one.")
            .send([frame(opcode, Payload::Repeated(0xFE, length))])
            .failure(1002);
            let is_autobahns = name == "ping" && length == 126;
            cases.push(if is_autobahns { case.autobahn("2.5") } else { case });
        }
    }
    cases.push(
        Case::must("rfc6455/5.5/close-of-65536-bytes", "A Close frame of 65536 bytes")
            .rule("6455-5.5-1")
            .why("Control frames are small, so that there is always room for one.")
            .send([close(1000, [b'*'; 65534])])
            .refusal(&[1002]),
    );
    cases
}

fn fragmented() -> Vec<Case> {
    let case = |id: &str, title: &str| {
        Case::must(format!("rfc6455/5.5/{id}"), title)
            .rule("6455-5.5-2")
            .rule("6455-5.4-5")
            .why("If a control frame could be cut, another could not stand between its parts.")
    };
    let last = || continuation("fragment2");
    vec![
        case("fragmented-ping", "A Ping in two fragments")
            .autobahn("5.1")
            .send([ping("fragment1").unfinished(), last()])
            .failure(1002)
            .demands(Demand::NoPong("fragment1")),
        case("fragmented-pong", "A Pong in two fragments")
            .autobahn("5.2")
            .send([pong("fragment1").unfinished(), last()])
            .failure(1002),
        case("fragmented-close", "A Close frame in two fragments")
            .send([close(1000, "").unfinished(), last()])
            .refusal(&[1002]),
        case("ping-without-fin", "A Ping with FIN clear")
            .send([ping("Hello").unfinished()])
            .failure(1002),
        case("pong-without-fin", "A Pong with FIN clear")
            .send([pong("Hello").unfinished()])
            .failure(1002),
        case("empty-ping-without-fin", "A Ping with FIN clear, without payload")
            .send([ping("").unfinished()])
            .failure(1002),
        case("ping-without-fin-between", "A Ping with FIN clear between two fragments of a text")
            .send([text("fragment1").unfinished(), ping("Hello").unfinished(), last()])
            .failure(1002)
            .demands(Demand::NoPong("Hello")),
    ]
}
