//! RFC 6455 5.1 and 5.3: who masks, and how.

use crate::case::{
    Case, Demand, Frame, Kind, Payload, binary, close, continuation, ping, pong, text,
};

pub(super) fn cases() -> Vec<Case> {
    [wrongly_masked(), of_the_target(), keys(), payloads(), cuts(), fragments()].concat()
}

/// Frames of each opcode that a client does not mask, or that a server masks.
fn wrongly_masked() -> Vec<Case> {
    let good = || text("Hello").unfinished();
    let frames: Vec<(&str, &str, Vec<Frame>)> = vec![
        ("text", "A text", vec![text("Hello").wrongly_masked()]),
        ("binary", "A binary message", vec![binary("Hello").wrongly_masked()]),
        ("continuation", "A last fragment", vec![good(), continuation("!").wrongly_masked()]),
        ("ping", "A Ping", vec![ping("Hello").wrongly_masked()]),
        ("pong", "A Pong", vec![pong("Hello").wrongly_masked()]),
        ("close", "A Close frame", vec![close(1000, "").wrongly_masked()]),
        ("empty-text", "An empty text", vec![text("").wrongly_masked()]),
        ("empty-ping", "An empty Ping", vec![ping("").wrongly_masked()]),
        ("second-text", "A second text", vec![text("Hello"), text("again").wrongly_masked()]),
        ("first-fragment", "A first fragment", vec![good().wrongly_masked(), continuation("!")]),
        (
            "empty-fragment",
            "An empty last fragment",
            vec![good(), continuation("").wrongly_masked()],
        ),
    ];
    let mut cases = Vec::new();
    for (name, what, frames) in frames {
        let server = Case::must(
            format!("rfc6455/5.1/unmasked-{name}"),
            format!("{what} of a client that is not masked"),
        )
        .for_servers()
        .rule("6455-5.1-2")
        .why("A cache on the way could take a payload for a response (RFC 6455 10.3).");
        let client = Case::must(
            format!("rfc6455/5.1/masked-{name}"),
            format!("{what} of a server that is masked"),
        )
        .for_clients()
        .rule("6455-5.1-4")
        .why("Who masks is the client: the other end of this connection is none, or broken.");
        for case in [server, client] {
            let case = case.send(frames.clone());
            cases.push(match name {
                "close" => case.refusal(&[1002]),
                "second-text" => case.failure_after_echo(1002, Kind::Text, "Hello"),
                _ => case.failure(1002),
            });
        }
    }
    let zero = text("Hello").wrongly_masked().key([0; 4]);
    cases.push(
        Case::must("rfc6455/5.1/masked-with-zero", "A text of a server that is masked with zero")
            .for_clients()
            .rule("6455-5.1-4")
            .why("The payload is readable, but the mask bit is set.")
            .send([zero])
            .failure(1002),
    );
    cases
}

fn of_the_target() -> Vec<Case> {
    vec![
        Case::must("rfc6455/5.1/masks-as-its-role", "A client masks its frames, a server does not")
            .rule("6455-5.1-1")
            .rule("6455-5.1-3")
            .why("The peer must fail the connection otherwise.")
            .send([text("Hello")])
            .echo(Kind::Text, "Hello")
            .demands(Demand::Masking),
        Case::must("rfc6455/5.1/masks-pongs", "A client masks its Pongs, a server does not")
            .rule("6455-5.1-1")
            .rule("6455-5.1-3")
            .why("The rule is for all frames.")
            .send([ping("Hello")])
            .pong_of("Hello")
            .demands(Demand::Masking),
        Case::must("rfc6455/5.1/masks-empty-frames", "A client masks an empty text, too")
            .rule("6455-5.1-1")
            .rule("6455-5.1-3")
            .why("Where there is nothing to mask, the bit and the key are needed nevertheless.")
            .send([text("")])
            .echo(Kind::Text, "")
            .demands(Demand::Masking),
        Case::must("rfc6455/5.1/masks-close", "A client masks its Close frame, a server does not")
            .rule("6455-5.1-1")
            .rule("6455-5.1-3")
            .rule("6455-5.5.1-4")
            .why("The rule is for all frames.")
            .send([close(1000, "")])
            .closing(1000)
            .demands(Demand::Masking),
        Case::must("rfc6455/5.3/fresh-keys", "50 texts: each answer of a client has its own key")
            .for_clients()
            .rule("6455-5.3-2")
            .why(
                "With a key that is known, a script chooses the bytes on the wire (RFC 6455 10.3).",
            )
            .exchange(50, text("Hello"))
            .no_answer()
            .demands(Demand::FreshKeys),
        Case::must(
            "rfc6455/5.3/unpredictable-keys",
            "50 texts: the keys of the answers do not follow from each other",
        )
        .for_clients()
        .rule("6455-5.3-4")
        .rule("6455-5.3-3")
        .rule("6455-5.3-2")
        .why("A key that can be told before is no better than none (RFC 6455 10.3).")
        .exchange(50, text("Hello"))
        .no_answer()
        .demands(Demand::UnpredictableKeys),
    ]
}

fn server(id: impl Into<String>, title: impl Into<String>) -> Case {
    Case::must(id, title).for_servers().rule("6455-5.3-5")
}

fn keys() -> Vec<Case> {
    let keys: [[u8; 4]; 9] = [
        [0, 0, 0, 0],
        [0xFF, 0xFF, 0xFF, 0xFF],
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 1, 0],
        [0, 0, 0, 1],
        [0x80, 0x80, 0x80, 0x80],
        [0x81, 0x85, 0x88, 0x89],
        [0x0D, 0x0A, 0x0D, 0x0A],
    ];
    keys.map(|key| {
        let [a, b, c, d] = key;
        server(
            format!("rfc6455/5.3/key-{a:02x}{b:02x}{c:02x}{d:02x}"),
            format!("A text that is masked with {a:02X} {b:02X} {c:02X} {d:02X}"),
        )
        .why("Any key is a key. Each byte of it has its own bytes of the payload.")
        .send([text("Hello, world!").key(key)])
        .echo(Kind::Text, "Hello, world!")
    })
    .to_vec()
}

/// Payloads that end at each byte of the key, and of the words that masking works in.
fn payloads() -> Vec<Case> {
    let lengths = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65];
    lengths
        .map(|length: usize| {
            let payload: Vec<u8> = (0..length as u8).collect();
            server(
                format!("rfc6455/5.3/masked-payload-of-{length}"),
                format!("A binary message of {length} bytes, masked with 12 34 56 78"),
            )
            .why("Fast code masks several bytes at once, and must do so with those that remain.")
            .send([binary(payload.clone()).key([0x12, 0x34, 0x56, 0x78])])
            .echo(Kind::Binary, payload)
        })
        .to_vec()
}

/// Where TCP cuts inside the key, or between bytes of a payload that is masked on.
fn cuts() -> Vec<Case> {
    let cut = |size: usize, length: usize, what: &str| {
        let payload = Payload::Repeated(b'*', length);
        server(
            format!("rfc6455/5.3/{length}-bytes-in-pieces-of-{size}"),
            format!("A text of {length} bytes in pieces of {size}: {what}"),
        )
        .rule("6455-5.2-8")
        .why("A read of TCP may end anywhere, and masking goes on where it was.")
        .send_in_pieces(size, [text(payload.clone())])
        .echo(Kind::Text, payload)
    };
    vec![
        cut(3, 5, "the key is cut after its first byte"),
        cut(4, 5, "the key is cut after its second byte"),
        cut(5, 5, "the key is cut after its third byte"),
        cut(6, 300, "the key after a length in 2 bytes is cut in its middle"),
        cut(12, 65536, "the key after a length in 8 bytes is cut in its middle"),
        cut(7, 125, "the payload is cut at each byte of the key"),
    ]
}

fn fragments() -> Vec<Case> {
    let keys = [[0x11, 0x22, 0x33, 0x44], [0x55, 0x66, 0x77, 0x88], [0x99, 0xAA, 0xBB, 0xCC]];
    let [first, second, third] = keys;
    vec![
        server("rfc6455/5.3/key-per-fragment", "A text in three fragments, each with its own key")
            .rule("6455-5.4-3")
            .why("The key is the frame's, not the message's, and begins anew with each.")
            .send([
                text("Hel").unfinished().key(first),
                continuation("lo, w").unfinished().key(second),
                continuation("orld!").key(third),
            ])
            .echo(Kind::Text, "Hello, world!"),
        server("rfc6455/5.3/key-per-message", "Two texts in one write, each with its own key")
            .rule("6455-6.2-5")
            .why("A key of the frame before makes noise of this one.")
            .send([text("Hello").key(first), text("world").key(second)])
            .echo_all([(Kind::Text, "Hello"), (Kind::Text, "world")]),
        server("rfc6455/5.3/key-of-ping", "A Ping with its own key between two fragments")
            .rule("6455-5.4-8")
            .rule("6455-5.4-3")
            .why("The key of the Ping is not that of the message around it.")
            .send([
                text("Hello").unfinished().key(first),
                ping("Ping").key(second),
                continuation("world").key(first),
            ])
            .pong_and_echo("Ping", Kind::Text, "Helloworld"),
        server("rfc6455/5.3/key-after-empty", "An empty text, then a text with another key")
            .rule("6455-6.2-5")
            .why("A frame without payload has a key, too, which must be read and forgotten.")
            .send([text("").key(first), text("Hello").key(second)])
            .echo_all([(Kind::Text, ""), (Kind::Text, "Hello")]),
        server(
            "rfc6455/5.3/key-per-fragment-cut",
            "A text in two fragments, each with its own key, in pieces of 5 bytes",
        )
        .rule("6455-5.4-3")
        .why("Where the payload is cut, masking goes on; where a frame begins, it begins anew.")
        .send_in_pieces(
            5,
            [text("Hello, ").unfinished().key(first), continuation("world!").key(second)],
        )
        .echo(Kind::Text, "Hello, world!"),
    ]
}
