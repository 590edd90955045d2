//! Reserved bits, which are an extension's. None is negotiated.

use crate::case::{Case, Demand, Frame, Kind, binary, close, continuation, ping, pong, text};

pub(super) fn cases() -> Vec<Case> {
    [(1..=7).flat_map(on_each_frame).collect(), after_text()].concat()
}

fn case(bits: u8, id: &str, what: &str) -> Case {
    Case::must(
        format!("rfc6455/5.2/rsv-{bits:03b}-{id}"),
        format!("{what} with the reserved bits {bits:03b}"),
    )
    .rule("6455-5.2-2")
}

fn on_each_frame(bits: u8) -> Vec<Case> {
    let case = |id: &str, what: &str| {
        case(bits, id, what)
            .why("An extension that only one side knows changes what the payload means.")
    };
    let autobahn: &[(u8, &str, &str)] = &[
        (0b001, "text", "3.1"),
        (0b101, "binary", "3.5"),
        (0b110, "binary", "3.6"),
        (0b111, "close", "3.7"),
    ];
    let ids = |name: &str| -> Vec<&str> {
        let same = autobahn.iter().filter(|(others, other, _)| *others == bits && *other == name);
        same.map(|(_, _, id)| *id).collect()
    };
    let bytes = b"\x00\xFF\xFE\xFD\xFC\xFB\x00\xFF";
    vec![
        case("on-text", "A text")
            .same_as(&ids("text"))
            .send([text("Hello, world!").rsv(bits)])
            .failure(1002),
        case("on-binary", "A binary message")
            .same_as(&ids("binary"))
            .send([binary(bytes).rsv(bits)])
            .failure(1002),
        case("on-continuation", "A last fragment")
            .send([text("Hello").unfinished(), continuation("world").rsv(bits)])
            .failure(1002),
        case("on-ping", "A Ping").send([ping("Hello").rsv(bits)]).failure(1002),
        case("on-pong", "A Pong").send([pong("Hello").rsv(bits)]).failure(1002),
        case("on-close", "A Close frame")
            .same_as(&ids("close"))
            .send([close(1000, "").rsv(bits)])
            .refusal(&[1002]),
    ]
}

fn after_text() -> Vec<Case> {
    let case = |bits: u8, id: &str| {
        case(bits, "after-text", "After a good text, one")
            .rule("6455-7.1.7-6")
            .why("What came before counts, what comes after does not.")
            .autobahn(id)
            .demands(Demand::NoPong("after the failure"))
            .failure_after_echo(1002, Kind::Text, "Hello, world!")
    };
    let frames = |bits: u8| -> [Frame; 3] {
        let again = text("Hello, world!").rsv(bits);
        [text("Hello, world!"), again, ping("after the failure")]
    };
    let [first, second, third] = frames(0b011);
    vec![
        case(0b010, "3.2").send(frames(0b010)),
        case(0b011, "3.3").send([first]).send([second]).send([third]),
        case(0b100, "3.4").send_in_pieces(1, frames(0b100)),
    ]
}
