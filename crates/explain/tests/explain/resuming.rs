//! After a violation the bytes are read on, in the state in which the sender is.

use sansocket::{Limits, Role};
use sansocket_explain::{Envelope, Field, Options};

use crate::{
    agreement, elements,
    generator::{self, Numbers},
    verdict,
};

fn deflate(answer: &str) -> Options {
    Options::deflate(answer).unwrap()
}

/// Returns the values of a field, in order.
fn values(options: &Options, bytes: &[u8], field: Field) -> Vec<String> {
    let elements = elements(options, Role::Server, bytes);
    elements.iter().filter_map(|element| Some(element.root.find(field)?.value.clone())).collect()
}

/// RFC 7692 7.2.3.2: "Hello", and once more with a reference to the first.
const HELLO: &[u8] = b"\xC1\x07\xF2\x48\xCD\xC9\xC9\x07\x00";
const HELLO_AGAIN: &[u8] = b"\xC1\x05\xF2\x00\x11\x00\x00";
/// A Ping with RSV2.
const FAULT: &[u8] = b"\xA9\x00";

#[test]
fn a_violation_between_messages_keeps_the_window() {
    let bytes = [HELLO, FAULT, HELLO_AGAIN].concat();
    let messages = values(&deflate("permessage-deflate"), &bytes, Field::Message);
    assert_eq!(messages, ["\"Hello\"", "\"Hello\""]);
}

#[test]
fn a_violation_between_messages_changes_no_verdict_on_what_follows() {
    let limits = Limits::default();
    let mut further = 0;
    for seed in 0..3000 {
        let mut numbers = Numbers::new(seed);
        let params = generator::params(&mut numbers);
        let Some(params) = &params else { continue };
        for (sender, fault) in [(Role::Client, &b"\xA9\x80\0\0\0\0"[..]), (Role::Server, FAULT)] {
            let before = generator::messages(&mut numbers, sender, params);
            let after = generator::stream(&mut numbers, sender, Some(params));
            let whole = [&before, fault, &after].concat();
            let mut verdicts = agreement::explained(sender, &limits, Some(params), &whole);
            let Some((_, at)) = verdicts.next() else {
                // They end with a Close frame, after which nothing counts.
                continue;
            };
            assert_eq!(at, (before.len() + fault.len()) as u64 - 1, "{seed}");
            let expected =
                verdict::engine(sender, &limits, Some(params), &[before, after].concat());
            let expected = expected.map(|(code, at)| (code, at + fault.len() as u64));
            assert_eq!(verdicts.next(), expected, "{seed}");
            further += u64::from(expected.is_some());
        }
    }
    assert!(further > 1000, "{further}");
}

#[test]
fn a_violation_inside_a_compressed_message_loses_the_window_and_says_so() {
    let options = deflate("permessage-deflate");
    let bytes = [&b"\x41\x03\xF2\x48\xCD"[..], FAULT, b"\x80\x04\xC9\xC9\x07\x00", HELLO].concat();
    assert_eq!(values(&options, &bytes, Field::Message), ["", ""]);
    let elements = elements(&options, Role::Server, &bytes);
    assert_eq!(elements.iter().map(|element| element.violations.len()).sum::<usize>(), 1);
    let rsv1 = elements[3].root.find(Field::Rsv1).unwrap();
    assert_eq!(rsv1.note, "compressed, but the window that it refers to is not known any more");
}

#[test]
fn without_context_takeover_no_violation_loses_the_next_message() {
    let options = deflate("permessage-deflate; server_no_context_takeover");
    let bytes = [&b"\xC1\x02\xFF\xFF"[..], HELLO].concat();
    assert_eq!(values(&options, &bytes, Field::Message), ["\"Hello\""]);
}

#[test]
fn a_long_window_survives_a_violation() {
    use sansocket::{
        connection::Connection,
        deflate::{Config, Offer},
    };
    let config = Config::default();
    let (_, params) = Offer::new(&config).answer(&config);
    let mut sender = Connection::server(&Limits::default()).with_deflate(&params, &config).sender;
    // No byte of it repeats soon, so that the copy refers far back.
    let long: String =
        (0..4000_u32).map(|number| number.wrapping_mul(2_654_435_761).to_string()).collect();
    let (mut first, mut second) = (Vec::new(), Vec::new());
    sender.send_text(&long, &mut first).unwrap();
    sender.send_text(&long[long.len() - 20_000..], &mut second).unwrap();
    assert!(second.len() < 500, "it refers to the first one");
    let bytes = [&first, FAULT, &second].concat();
    let elements = elements(&deflate("permessage-deflate"), Role::Server, &bytes);
    assert_eq!(elements.iter().map(|element| element.violations.len()).sum::<usize>(), 1);
    let message = elements[2].root.find(Field::Message).unwrap();
    assert_eq!(message.place.range(), 0..20_000);
}

#[test]
fn a_window_longer_than_the_limits_survives_a_violation() {
    let bytes = [&HELLO.repeat(300), FAULT, HELLO_AGAIN].concat();
    for limits in [
        Limits::default().max_frame_len(0),
        Limits::default().max_frame_len(1),
        Limits::default().max_message_len(5),
    ] {
        let options = deflate("permessage-deflate").limits(limits);
        let elements = elements(&options, Role::Server, &bytes);
        assert_eq!(elements.iter().map(|element| element.violations.len()).sum::<usize>(), 1);
        assert_eq!(elements[301].root.find(Field::Message).unwrap().value, "\"Hello\"");
    }
}

#[test]
fn each_frame_that_breaks_a_rule_ends_where_its_length_says() {
    let options = Options::frames();
    for fault in [
        &b"\x83\x02ab"[..],
        b"\x09\x02ab",
        b"\xF1\x02ab",
        b"\x80\x02ab",
        b"\x81\x82\x01\x02\x03\x04ab",
        b"\x82\x7E\x00\x02ab",
        b"\x82\x7F\0\0\0\0\0\0\0\x02ab",
        b"\x81\x02\xFF\xFF",
        b"\x88\x02\0\0",
    ] {
        let bytes = [fault, b"\x8A\x01!"].concat();
        let elements = elements(&options, Role::Server, &bytes);
        assert_eq!(elements[0].violations.len(), 1, "{fault:x?}");
        assert_eq!(elements[0].root.place.range(), 0..fault.len() as u64, "{fault:x?}");
        assert_eq!(elements[1].root.value, "Pong", "{fault:x?}");
        let resumed = elements[0].root.find(Field::Resumed).unwrap();
        assert_eq!(resumed.value, fault.len().to_string());
    }
}

#[test]
fn a_message_goes_on_after_a_violation_inside_it() {
    let bytes = [&b"\x01\x01a"[..], FAULT, b"\x80\x01b\x80\x01c"].concat();
    let elements = elements(&Options::frames(), Role::Server, &bytes);
    assert_eq!(elements[2].root.find(Field::Message).unwrap().value, "\"ab\"");
    // It has ended, so that a continuation is wrong again.
    assert_eq!(elements[3].violations[0].clause, "6455-5.4-3");
}

#[test]
fn the_limits_of_a_message_start_anew_after_a_violation_inside_it_and_that_is_said() {
    let options = Options::frames().limits(Limits::default().max_message_len(3));
    for (first, end) in [
        (b"\x02\x03abc", "and counts for the limits anew"),
        (
            b"\x01\x03abc",
            "counts for the limits anew, and does not check the rest of the message for UTF-8",
        ),
    ] {
        let bytes = [&first[..], FAULT, b"\x80\x03def"].concat();
        let elements = elements(&options, Role::Server, &bytes);
        let note = &elements[1].root.find(Field::Resumed).unwrap().note;
        assert!(note.ends_with(end), "{note}");
        assert!(elements[2].violations.is_empty());
    }
    // Between messages there is nothing to count.
    let elements = elements(&options, Role::Server, FAULT);
    assert!(!elements[0].root.find(Field::Resumed).unwrap().note.contains("limits"));
}

#[test]
fn without_the_handshake_no_reserved_bit_has_a_known_meaning() {
    for bits in 0..8_u8 {
        let bytes = [0x81 | bits << 4, 1, b'a', 0x89 | bits << 4, 0];
        for element in elements(&Options::default(), Role::Server, &bytes) {
            assert!(element.violations.is_empty(), "{bits}");
            // Nor does any say for certain whether the message is compressed.
            assert!(!element.root.note.contains("compressed"), "{bits}: {}", element.root.note);
            if let Some(rsv1) = element.root.find(Field::Rsv1) {
                let is_certain = rsv1.note.starts_with("the message is");
                assert!(!is_certain, "{bits}: {}", rsv1.note);
            }
        }
    }
}

#[test]
fn a_packet_of_mqtt_after_a_message_of_unknown_content_is_not_guessed() {
    let options = Options::frames().envelope(Envelope::Mqtt).max_envelope(4);
    let bytes = b"\x82\x02\xD0\x00\x82\x05\x30\x03abc\x82\x02\xD0\x00";
    let elements = elements(&options, Role::Server, bytes);
    let envelope = |index: usize| elements[index].root.find(Field::Envelope);
    assert_eq!(envelope(0).unwrap().note, "1 packet begins here");
    assert!(envelope(1).is_none());
    assert_eq!(envelope(2).unwrap().children[0].note, "where a packet begins is not known");
}
