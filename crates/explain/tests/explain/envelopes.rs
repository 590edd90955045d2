use proptest::prelude::*;
use sansocket::Role;
use sansocket_explain::{Envelope, Explainer, Field, Options, Place, Span};

const ALL: [Envelope; 5] = [
    Envelope::EngineIo,
    Envelope::GraphqlTransportWs,
    Envelope::JsonRpc,
    Envelope::Mqtt,
    Envelope::Stomp,
];

/// Checks that the places of an envelope are in the message.
fn check(span: &Span, len: usize) {
    let Place::Message(range) = &span.place else { panic!("{span:?}") };
    assert!(range.start <= range.end && range.end <= len as u64, "{range:?} of {len}");
    for child in &span.children {
        check(child, len);
    }
}

fn message(opcode: u8, payload: &[u8]) -> Vec<u8> {
    [&[0x80 | opcode, u8::try_from(payload.len()).unwrap()], payload].concat()
}

#[test]
fn of_many_parts_the_first_have_a_span_each() {
    let stomp = [b"SEND\n", &b"a\n".repeat(30_000)[..], b"\n\0"].concat();
    for (envelope, message, count, others) in [
        (Envelope::Mqtt, b"\xD0\x00".repeat(30_000), 101, "… and 29900 more"),
        (Envelope::Mqtt, b"\xD0\x00".repeat(100), 100, ""),
        // The command and the end of the frame besides.
        (Envelope::Stomp, stomp, 103, "… and 29900 more"),
    ] {
        let len = u16::try_from(message.len()).unwrap();
        let frame = [&b"\x82\x7E"[..], &len.to_be_bytes(), &message].concat();
        let mut explainer = Explainer::new(&Options::frames().envelope(envelope));
        let element = explainer.explain(Role::Server, &mut &frame[..]).unwrap();
        let span = element.root.find(Field::Envelope).unwrap();
        check(span, message.len());
        assert_eq!(span.children.len(), count);
        let mut end = 0;
        for part in &span.children {
            let range = part.place.range();
            // Ends of lines are between the parts of a STOMP frame.
            assert!(range.start == end || envelope == Envelope::Stomp && range.start <= end + 2);
            end = range.end;
        }
        assert_eq!(end, message.len() as u64);
        let note = span.children.iter().map(|part| &*part.note).find(|note| note.starts_with('…'));
        assert_eq!(note.unwrap_or_default(), others);
    }
}

proptest! {
    #[test]
    fn any_messages_have_parts_that_are_in_them(
        texts in prop::collection::vec("[0-9{}\\[\\]\":,a-z\\\\\n/-]{0,60}", 1..4),
        bytes in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 1..4),
    ) {
        for envelope in ALL {
            let mut explainer = Explainer::new(&Options::frames().envelope(envelope));
            let texts = texts.iter().map(|text| message(1, text.as_bytes()));
            for frame in texts.chain(bytes.iter().map(|bytes| message(2, bytes))) {
                let element = explainer.explain(Role::Server, &mut &frame[..]).unwrap();
                if let Some(span) = element.root.find(Field::Envelope) {
                    check(span, frame.len() - 2);
                }
            }
        }
    }

    #[test]
    fn packets_of_mqtt_have_the_same_borders_however_messages_cut_them(
        lens in prop::collection::vec(0..200_usize, 1..6),
        cuts in prop::collection::vec(1..60_usize, 1..5),
    ) {
        let mut stream = Vec::new();
        for len in &lens {
            stream.push(0x30);
            if *len > 127 {
                stream.extend([0x80 | (len & 0x7F) as u8, (len >> 7) as u8]);
            } else {
                stream.push(*len as u8);
            }
            // No topic is that long.
            stream.extend(std::iter::repeat_n(0xFF, *len));
        }
        let mut explainer = Explainer::new(&Options::frames().envelope(Envelope::Mqtt));
        let mut begun = 0;
        let mut rest = &stream[..];
        for len in cuts.iter().cycle() {
            let (piece, more) = rest.split_at_checked(*len).unwrap_or((rest, &[]));
            rest = more;
            let element = explainer.explain(Role::Server, &mut &message(2, piece)[..]).unwrap();
            let span = element.root.find(Field::Envelope).unwrap();
            begun += span.children.iter().filter(|part| part.note.starts_with("PUBLISH")).count();
            // The parts are all of the message.
            let covered: u64 = span.children.iter().map(|part| part.place.range().end - part.place.range().start).sum();
            prop_assert_eq!(covered, piece.len() as u64);
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!(begun, lens.len());
    }
}
