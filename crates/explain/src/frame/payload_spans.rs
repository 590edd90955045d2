//! The spans of a payload: as it was on the wire, unmasked, and what a Close frame holds.

use sansocket::{CloseCode, frame::OpCode};

use super::open_frame::OpenFrame;
use crate::{
    Field, Place, Span,
    excerpt::{len_u64, quoted},
};

/// Returns the span of the payload, as much as has come. There is none if it is empty.
pub(super) fn payload_span(frame: &OpenFrame, shown: usize, is_text: bool) -> Option<Span> {
    if frame.wire.len() == 0 {
        return None;
    }
    let place = Place::Bytes(frame.payload_start()..frame.end());
    let payload = Span::new(place.clone(), Field::Payload).value(frame.wire.hex(shown));
    let mut innermost = if frame.key().is_some() {
        let span = Span::new(place, Field::Unmasked).value(frame.plain.hex(shown));
        span.clause("6455-5.3-5")
    } else {
        payload.clone()
    };
    if is_text {
        innermost.note = frame.plain.text(shown).into();
    }
    if frame.opcode() == Some(OpCode::Close) && frame.is_complete() {
        innermost = innermost.with(close_spans(frame));
    }
    if frame.key().is_none() {
        return Some(innermost);
    }
    Some(payload.note(calculation(frame)).with([innermost]))
}

/// Shows how the first bytes are unmasked.
fn calculation(frame: &OpenFrame) -> String {
    let key = frame.key().unwrap_or_default();
    let bytes = frame.wire.bytes().iter().zip(key).zip(frame.plain.bytes());
    let steps =
        bytes.take(2).map(|((wire, key), plain)| format!("{wire:02x} ^ {key:02x} = {plain:02x}"));
    let mut text = steps.collect::<Vec<_>>().join(", ");
    if frame.wire.len() > 2 {
        text.push_str(", …");
    }
    text
}

fn close_spans(frame: &OpenFrame) -> Vec<Span> {
    let Some((&code, reason)) = frame.plain.bytes().split_first_chunk::<2>() else {
        return Vec::new();
    };
    let (start, code) = (frame.payload_start(), u16::from_be_bytes(code));
    let middle = start.saturating_add(2);
    let mut spans = vec![
        Span::new(Place::Bytes(start..middle), Field::CloseCode)
            .value(code.to_string())
            .note(code_meaning(code.into()))
            .clause("6455-5.5.1-1"),
    ];
    if !reason.is_empty() {
        let place = Place::Bytes(middle..middle.saturating_add(len_u64(reason)));
        let note = "for logs, not for users";
        let span = Span::new(place, Field::CloseReason).value(quoted(reason)).note(note);
        spans.push(span.clause("6455-5.5.1-2"));
    }
    spans
}

fn code_meaning(code: CloseCode) -> &'static str {
    match code {
        CloseCode::NORMAL => "normal closure",
        CloseCode::GOING_AWAY => "going away: the server stops, or the page is left",
        CloseCode::PROTOCOL_ERROR => "protocol error: the peer broke a rule",
        CloseCode::UNSUPPORTED_DATA => "unsupported data: a kind of message that is not accepted",
        CloseCode::NO_STATUS => "no status received: never on the wire",
        CloseCode::ABNORMAL => "abnormal closure: never on the wire",
        CloseCode::INVALID_PAYLOAD => "invalid payload: data that does not fit its type",
        CloseCode::POLICY_VIOLATION => "policy violation",
        CloseCode::MESSAGE_TOO_BIG => "message too big",
        CloseCode::MANDATORY_EXTENSION => "mandatory extension: the client misses one",
        CloseCode::INTERNAL_ERROR => "internal error",
        CloseCode::SERVICE_RESTART => "service restart",
        CloseCode::TRY_AGAIN_LATER => "try again later",
        CloseCode::BAD_GATEWAY => "bad gateway",
        CloseCode::TLS_HANDSHAKE => "TLS handshake failed: never on the wire",
        code => match u16::from(code) {
            3000..=3999 => "registered by a library or framework",
            4000..=4999 => "defined by the application",
            _ => "not defined",
        },
    }
}
