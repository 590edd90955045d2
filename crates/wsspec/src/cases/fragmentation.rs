//! RFC 6455 5.4: messages in several frames.

use crate::case::{
    Case, Demand, Expected, Frame, Kind, Payload, binary, close, continuation, ping, pong, text,
};

pub(super) fn cases() -> Vec<Case> {
    [whole(), sizes(), around_controls(), nothing_to_continue(), not_continued()].concat()
}

fn fragments() -> [Frame; 2] {
    [text("fragment1").unfinished(), continuation("fragment2")]
}

/// Messages that come back.
fn whole() -> Vec<Case> {
    let two = |id: &str, title: &str| {
        Case::must(format!("rfc6455/5.4/{id}"), title)
            .rule("6455-5.4-3")
            .rule("6455-5.4-10")
            .why("Who streams a message does not know its length, and sends it in fragments.")
    };
    let [first, second] = fragments();
    let all = "fragment1fragment2";
    vec![
        two("text-in-two", "A text in two fragments, in one write")
            .autobahn("5.3")
            .send(fragments())
            .echo(Kind::Text, all),
        two("text-in-two-writes", "A text in two fragments, each in its own write")
            .autobahn("5.4")
            .send([first.clone()])
            .send([second.clone()])
            .echo(Kind::Text, all),
        two("text-in-two-byte-by-byte", "A text in two fragments, byte by byte")
            .autobahn("5.5")
            .send_in_pieces(1, fragments())
            .echo(Kind::Text, all),
        two("text-with-pause", "A text in two fragments, the second a while after the first")
            .rule("6455-5.4-9")
            .send([first])
            .linger()
            .send([second])
            .echo(Kind::Text, all),
        two("binary-in-two", "A binary message in two fragments")
            .rule("6455-5.4-14")
            .send([binary(&[0xFF, 0x00]).unfinished(), continuation(&[0x00, 0xFE])])
            .echo(Kind::Binary, &[0xFF, 0x00, 0x00, 0xFE]),
        two("text-in-three", "A text in three fragments")
            .rule("6455-5.4-6")
            .send([
                text("one ").unfinished(),
                continuation("two ").unfinished(),
                continuation("three"),
            ])
            .echo(Kind::Text, "one two three"),
        two("two-messages", "A text in two fragments, then a binary message in two")
            .rule("6455-6.2-5")
            .send([fragments(), [binary(&[0xFF]).unfinished(), continuation(&[0xFE])]].concat())
            .echo_all([(Kind::Text, all.as_bytes()), (Kind::Binary, &[0xFF, 0xFE])]),
        two("fragments-then-whole", "A text in two fragments, then one in one frame")
            .rule("6455-6.2-5")
            .send([fragments().to_vec(), vec![text("whole")]].concat())
            .echo_all([(Kind::Text, all), (Kind::Text, "whole")]),
    ]
}

/// Fragments of any size, none included.
fn sizes() -> Vec<Case> {
    let case = |id: &str, title: &str| {
        Case::must(format!("rfc6455/5.4/{id}"), title).rule("6455-5.4-9").rule("6455-5.4-3")
    };
    let parts = |first: &str, middle: &str, last: &str| {
        [text(first).unfinished(), continuation(middle).unfinished(), continuation(last)]
    };
    let single = |frame: Frame, count: usize| {
        let middle = (2..count).map(|_| continuation("*").unfinished());
        let frames: Vec<_> = [frame.unfinished()].into_iter().chain(middle).collect();
        [frames, vec![continuation("*")]].concat()
    };
    let large = Payload::Repeated(b'*', 65536);
    vec![
        case("all-fragments-empty", "A text in three empty fragments")
            .why("Fragments are of any size, and an empty message is one.")
            .autobahn("6.1.2")
            .send(parts("", "", ""))
            .echo(Kind::Text, ""),
        case("outer-fragments-empty", "A text in three fragments, the first and the last empty")
            .why("Who has not yet anything to send, or nothing more, sends an empty fragment.")
            .autobahn("6.1.3")
            .send(parts("", "middle frame payload", ""))
            .echo(Kind::Text, "middle frame payload"),
        case("first-fragment-empty", "A text in two fragments, the first empty")
            .why("The type is known before there is anything to send.")
            .send([text("").unfinished(), continuation("Hello")])
            .echo(Kind::Text, "Hello"),
        case("last-fragment-empty", "A text in two fragments, the last empty")
            .why("The usual way to end a stream whose end was not known.")
            .send([text("Hello").unfinished(), continuation("")])
            .echo(Kind::Text, "Hello"),
        case("middle-fragment-empty", "A text in three fragments, the second empty")
            .why("An empty fragment does not end a message.")
            .send(parts("Hello, ", "", "world!"))
            .echo(Kind::Text, "Hello, world!"),
        case("hundred-fragments", "A text in 100 fragments of a byte")
            .why("How many there are does not matter.")
            .send(single(text("*"), 100))
            .echo(Kind::Text, Payload::Repeated(b'*', 100)),
        case("thousand-fragments", "A binary message in 1000 fragments of a byte")
            .why("How many there are does not matter.")
            .send(single(binary("*"), 1000))
            .echo(Kind::Binary, Payload::Repeated(b'*', 1000)),
        case("short-then-long", "A text in fragments of 1 and 65536 bytes")
            .rule("6455-5.2-5")
            .why("Each fragment has a length of its own, in its own way.")
            .send([text("*").unfinished(), continuation(large.clone())])
            .echo(Kind::Text, Payload::Repeated(b'*', 65537)),
        case("long-then-short", "A text in fragments of 65536 bytes and 1")
            .rule("6455-5.2-5")
            .why("Each fragment has a length of its own, in its own way.")
            .send([text(large).unfinished(), continuation("*")])
            .echo(Kind::Text, Payload::Repeated(b'*', 65537)),
    ]
}

/// Control frames between fragments.
fn around_controls() -> Vec<Case> {
    let case = |id: &str, title: &str| {
        Case::must(format!("rfc6455/5.4/{id}"), title)
            .rule("6455-5.4-8")
            .rule("6455-5.4-3")
            .why("A Ping cannot wait for the end of a long message.")
    };
    let [first, last] = fragments();
    let with_ping = [first.clone(), ping("ping payload"), last.clone()];
    let [a, b, c] = with_ping.clone();
    let first_three =
        [first.clone(), continuation("fragment2").unfinished(), ping("pongme 1!")].to_vec();
    let others = [
        continuation("fragment3").unfinished(),
        continuation("fragment4").unfinished(),
        ping("pongme 2!"),
        continuation("fragment5"),
    ]
    .to_vec();
    let all_five = "fragment1fragment2fragment3fragment4fragment5";
    let in_five_writes = case(
        "pings-between-five-writes",
        "A text in five fragments, with two Pings and a pause, each frame in its own write",
    );
    let in_writes = |frames: Vec<Frame>, case: Case| {
        frames.into_iter().fold(case, |case, frame| case.send([frame]))
    };
    let all = "fragment1fragment2";
    vec![
        case("ping-between", "A Ping between two fragments, in one write")
            .autobahn("5.6")
            .send(with_ping.clone())
            .pong_and_echo("ping payload", Kind::Text, all),
        case("ping-between-writes", "A Ping between two fragments, each frame in its own write")
            .autobahn("5.7")
            .send([a])
            .send([b])
            .send([c])
            .pong_and_echo("ping payload", Kind::Text, all),
        case("ping-between-byte-by-byte", "A Ping between two fragments, byte by byte")
            .autobahn("5.8")
            .send_in_pieces(1, with_ping)
            .pong_and_echo("ping payload", Kind::Text, all),
        case("pings-between-five", "A text in five fragments, with two Pings and a pause")
            .autobahn("5.19")
            .send(first_three.clone())
            .linger()
            .send(others.clone())
            .pong_and_echo("pongme 2!", Kind::Text, all_five),
        in_writes(others, in_writes(first_three, in_five_writes).linger())
            .autobahn("5.20")
            .pong_and_echo("pongme 2!", Kind::Text, all_five),
        Case::should(
            "rfc6455/5.4/ping-answered-before-end",
            "A Ping between two fragments, the second after the Pong",
        )
        .rule("6455-5.5.2-3")
        .rule("6455-5.4-8")
        .rule("6455-5.4-3")
        .why("A Ping cannot wait for the end of a long message.")
        .send([first.clone(), ping("Hello")])
        .wait_for(Expected::Pong("Hello".into()))
        .send([last.clone()])
        .pong_and_echo("Hello", Kind::Text, all),
        case("pong-between", "A Pong, which nothing asked for, between two fragments")
            .rule("6455-5.5.3-3")
            .send([first.clone(), pong("Hello"), last.clone()])
            .echo(Kind::Text, all),
        case("empty-ping-between", "An empty Ping between two fragments")
            .send([first.clone(), ping(""), last.clone()])
            .pong_and_echo("", Kind::Text, all),
        case("many-pings-between", "100 Pings between two fragments")
            .send([vec![first], (0..100).map(|_| ping("Hello")).collect(), vec![last]].concat())
            .pong_and_echo("Hello", Kind::Text, all),
    ]
}

/// Continuations where no message has begun.
fn nothing_to_continue() -> Vec<Case> {
    let case = |id: &str, title: &str| {
        Case::must(format!("rfc6455/5.4/{id}"), title)
            .rule("6455-5.4-3")
            .why("It has no type, and belongs to no message: something was lost.")
    };
    let text = || text("Hello, world!");
    let last = || continuation("non-continuation payload");
    let mut cases = Vec::new();
    for (name, words, frame, ids) in [
        ("last", "A last fragment", last(), ["5.9", "5.10", "5.11"]),
        ("further", "A fragment with FIN clear", last().unfinished(), ["5.12", "5.13", "5.14"]),
    ] {
        let [once, frame_wise, byte_wise] = ids;
        let title = format!("{words}, with nothing to continue, then a text");
        cases.extend([
            case(&format!("stray-{name}"), &title)
                .autobahn(once)
                .send([frame.clone(), text()])
                .failure(1002),
            case(&format!("stray-{name}-writes"), &format!("{title}, in two writes"))
                .autobahn(frame_wise)
                .send([frame.clone()])
                .send([text()])
                .failure(1002),
            case(&format!("stray-{name}-byte-by-byte"), &format!("{title}, byte by byte"))
                .autobahn(byte_wise)
                .send_in_pieces(1, [frame, text()])
                .failure(1002),
        ]);
    }
    cases.extend([
        case("stray-empty", "An empty last fragment, with nothing to continue")
            .send([continuation("")])
            .failure(1002),
        case("stray-after-whole", "A text, then a last fragment with nothing to continue")
            .send([text(), last()])
            .failure_after_echo(1002, Kind::Text, "Hello, world!"),
        case("stray-after-ping", "A Ping, then a last fragment with nothing to continue")
            .send([ping("Hello"), last()])
            .failure(1002),
    ]);
    cases.extend(stray_among_fragments());
    cases
}

fn stray_among_fragments() -> Vec<Case> {
    let case = |id: &str, title: &str| {
        Case::must(format!("rfc6455/5.4/{id}"), title)
            .rule("6455-5.4-3")
            .why("Once a message has ended, a continuation continues nothing.")
    };
    let thrice = |stray: Frame| {
        let once = [stray, text("fragment2").unfinished(), continuation("fragment3")];
        [once.clone(), once].concat()
    };
    let [first, second] = fragments();
    vec![
        case(
            "stray-after-fragments",
            "A text in two fragments, then one that continues nothing, then a text",
        )
        .autobahn("5.15")
        .send([first, second, continuation("fragment3").unfinished(), text("fragment4")])
        .failure_after_echo(1002, Kind::Text, "fragment1fragment2"),
        case(
            "stray-further-twice",
            "Twice: a fragment with FIN clear that continues nothing, then a text in two fragments",
        )
        .autobahn("5.16")
        .send(thrice(continuation("fragment1").unfinished()))
        .failure(1002),
        case(
            "stray-last-twice",
            "Twice: a last fragment that continues nothing, then a text in two fragments",
        )
        .autobahn("5.17")
        .send(thrice(continuation("fragment1")))
        .failure(1002),
    ]
}

/// Messages that begin before the one before has ended.
fn not_continued() -> Vec<Case> {
    let case = |id: &str, title: &str| {
        Case::must(format!("rfc6455/5.4/{id}"), title)
            .rule("6455-5.4-7")
            .rule("6455-5.4-3")
            .why("If two messages mix, the end of one is taken for that of the other.")
    };
    let first = || text("fragment1").unfinished();
    vec![
        case("text-within-text", "A text in two fragments, both with the opcode of a text")
            .autobahn("5.18")
            .send([first(), text("fragment2")]),
        case("binary-within-text", "A text that has not ended, then a binary message")
            .rule("6455-5.4-14")
            .send([first(), binary("fragment2")]),
        case("text-within-binary", "A binary message that has not ended, then a text")
            .rule("6455-5.4-14")
            .send([binary("fragment1").unfinished(), text("fragment2")]),
        case("second-first-fragment", "Two first fragments, then a last one").send([
            first(),
            text("fragment2").unfinished(),
            continuation("fragment3"),
        ]),
        case("text-after-continuation", "A text within another, after its second fragment").send([
            first(),
            continuation("fragment2").unfinished(),
            text("fragment3"),
        ]),
        case("empty-text-within-text", "An empty text within another").send([
            first(),
            text(""),
            continuation("fragment2"),
        ]),
    ]
    .into_iter()
    .map(|case| case.failure(1002))
    .chain([Case::must(
        "rfc6455/5.4/close-between",
        "A Close frame between two fragments, of which the second does not come",
    )
    .rule("6455-5.4-8")
    .rule("6455-5.5.1-5")
    .why("A peer may give up in the middle of a message.")
    .send([first(), close(1000, "")])
    .closing(1000)
    .demands(Demand::NothingAfterClose)])
    .collect()
}
