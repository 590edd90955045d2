use crate::case::{Codes, Expected, Kind, Outcome, Payload};

use super::Event;

/// How far an outcome has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// What was seen is not that.
    Impossible,
    /// More must come.
    Waiting,
    /// All of it was seen.
    Complete,
}

/// Whether it may have sent the message with which the run asks if it is still there.
pub(super) fn is_probe_echo(event: &Event) -> bool {
    matches!(event, Event::Message(Kind::Text, payload) if payload == PROBE)
}

/// The message that asks whether a target is still there.
pub(super) const PROBE: &[u8] = b"wsspec: still there?";
/// The Ping that asks whether a target goes on where it must not.
pub(super) const PROBE_PING: &[u8] = b"wsspec: going on?";

/// Compares what was seen with an outcome. Messages, Pongs, the Close frame and the end are compared each
/// with their kind: a Pong may come before or after an echo.
///
/// `before_last` is how many events there were when the last step was taken, if it was.
pub(super) fn progress(
    outcome: &Outcome,
    events: &[Event],
    before_last: Option<usize>,
) -> Progress {
    let of = |wanted: fn(&Expected) -> bool| {
        outcome.expected.iter().filter(move |expected| wanted(expected))
    };
    let parts = [
        head(
            of(|expected| matches!(expected, Expected::Opened | Expected::Refused(_))).next(),
            events,
        ),
        other_protocol(&outcome.expected, events),
        messages(&outcome.expected, events),
        pongs(&outcome.expected, events),
        still_open(&outcome.expected, events),
        ending(&outcome.expected, events),
    ];
    let timing = timing(&outcome.expected, events, before_last);
    if parts.contains(&Progress::Impossible) || timing == Progress::Impossible {
        return Progress::Impossible;
    }
    if parts.iter().all(|part| *part == Progress::Complete) {
        return timing;
    }
    // After its Close frame, or the end, only the end can come.
    let is_over = events.iter().any(|event| matches!(event, Event::Close(_) | Event::End));
    let (_, before) = parts.split_last().unwrap_or((&Progress::Complete, &[]));
    if is_over && before.contains(&Progress::Waiting) {
        Progress::Impossible
    } else {
        Progress::Waiting
    }
}

fn head(expected: Option<&Expected>, events: &[Event]) -> Progress {
    let seen = events.iter().find_map(|event| match event {
        // An interim response is not the answer (RFC 9110 15.2).
        Event::Head(head) if head.status == 0 || head.status == 101 || head.status >= 200 => {
            Some(head.status)
        }
        _ => None,
    });
    match (expected, seen) {
        (Some(_), None) => Progress::Waiting,
        (Some(Expected::Refused(statuses)), Some(status)) => {
            let is_right =
                if statuses.is_empty() { status != 101 } else { statuses.contains(&status) };
            if is_right { Progress::Complete } else { Progress::Impossible }
        }
        (_, Some(0 | 101)) => Progress::Complete,
        (_, Some(_)) => Progress::Impossible,
        // That it ends before its head may be right.
        (None, None) => Progress::Complete,
    }
}

fn other_protocol(expected: &[Expected], events: &[Event]) -> Progress {
    let is_asked = expected.contains(&Expected::OtherProtocol);
    let is_seen = events.iter().any(|event| matches!(event, Event::Unreadable(_)));
    match (is_asked, is_seen) {
        (true, false) => Progress::Waiting,
        (false, true) => Progress::Impossible,
        _ => Progress::Complete,
    }
}

fn messages(expected: &[Expected], events: &[Event]) -> Progress {
    let mut expected = expected.iter().filter_map(|expected| match expected {
        Expected::Message(kind, payload) => Some((*kind, payload, false)),
        Expected::MaybeMessage(kind, payload) => Some((*kind, payload, true)),
        _ => None,
    });
    for event in events.iter().filter(|event| !is_probe_echo(event)) {
        let Event::Message(kind, payload) = event else { continue };
        let is_it =
            |expected: (Kind, &Payload, bool)| expected.0 == *kind && expected.1.equals(payload);
        loop {
            match expected.next() {
                Some(next) if is_it(next) => break,
                Some((_, _, true)) => {}
                Some(_) | None => return Progress::Impossible,
            }
        }
    }
    match expected.all(|(_, _, is_optional)| is_optional) {
        true => Progress::Complete,
        false => Progress::Waiting,
    }
}

fn pongs(expected: &[Expected], events: &[Event]) -> Progress {
    let mut last = expected.iter().rev().filter_map(|expected| match expected {
        Expected::Pong(payload) => Some(payload),
        _ => None,
    });
    // RFC 6455 5.5.3: if more Pings came, the last one alone may be answered.
    let is_seen = |payload: &Payload| {
        events.iter().any(|event| matches!(event, Event::Pong(seen) if payload.equals(seen)))
    };
    if last.next().is_none_or(is_seen) { Progress::Complete } else { Progress::Waiting }
}

fn still_open(expected: &[Expected], events: &[Event]) -> Progress {
    let is_asked = expected.contains(&Expected::StillOpen);
    if !is_asked || events.iter().any(is_probe_echo) {
        Progress::Complete
    } else {
        Progress::Waiting
    }
}

fn ending(expected: &[Expected], events: &[Event]) -> Progress {
    let codes: Option<&Codes> = expected.iter().find_map(|expected| match expected {
        Expected::Close(codes) => Some(codes),
        _ => None,
    });
    let must_end = expected.contains(&Expected::End);
    let code = events.iter().find_map(|event| match event {
        Event::Close(code) => Some(*code),
        _ => None,
    });
    let has_ended = events.contains(&Event::End);
    match (codes, code) {
        (None, Some(_)) => return Progress::Impossible,
        (Some(codes), Some(code)) if !codes.contain(code) => return Progress::Impossible,
        (Some(_), None) if has_ended => return Progress::Impossible,
        (Some(_), None) => return Progress::Waiting,
        _ => {}
    }
    match (must_end, has_ended) {
        (true, false) => Progress::Waiting,
        (false, true) if codes.is_none() && !is_refusal(expected) => Progress::Impossible,
        _ => Progress::Complete,
    }
}

/// Whether the end comes before the last step, where that matters.
fn timing(expected: &[Expected], events: &[Event], before_last: Option<usize>) -> Progress {
    let early = before_last.and_then(|count| events.get(..count)).unwrap_or(events);
    let is_over = early.iter().any(|event| matches!(event, Event::Close(_) | Event::End));
    let is_early = !expected.contains(&Expected::Early) || is_over;
    let is_late = !expected.contains(&Expected::NotEarly) || before_last.is_some();
    if expected.contains(&Expected::NotEarly) && early.contains(&Event::End) {
        Progress::Impossible
    } else if is_early && is_late {
        Progress::Complete
    } else if before_last.is_some() {
        Progress::Impossible
    } else {
        Progress::Waiting
    }
}

/// After a refusal the server may end the stream at once.
fn is_refusal(expected: &[Expected]) -> bool {
    expected.iter().any(|expected| matches!(expected, Expected::Refused(_)))
}
