//! Texts with bytes of a target, for terminals and logs.

/// Writes control characters and those that change the direction of a text as `\u{..}`, so that a target
/// cannot write over what is printed, nor hide a part of it.
pub(super) fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_control() || is_bidirectional(char) {
            printable.extend(char.escape_unicode());
        } else {
            printable.push(char);
        }
    }
    printable
}

const fn is_bidirectional(char: char) -> bool {
    matches!(
        char,
        '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sansocket::Role;

    use super::printable;
    use crate::{
        Action, Case, CaseReport, Demand, Expected, Report, Run, Settings, case::Head, run::Verdict,
    };

    #[test]
    fn other_characters_stay() {
        assert_eq!(printable("a\"b\\ \u{e9}\u{1F600}"), "a\"b\\ \u{e9}\u{1F600}");
        assert_eq!(printable("\x1B[2J\n\x7F\u{200F}"), r"\u{1b}[2J\u{a}\u{7f}\u{200f}");
    }

    #[test]
    fn a_header_of_a_target_cannot_steer_a_terminal() {
        let case = Case::must("rfc6455/4.2.2/no-name", "A request")
            .rule("6455-4.2.2-9")
            .opens_with(Head::request())
            .expects([Expected::Opened])
            .demands(Demand::NoHeader("X-Name"));
        let mut run = Run::new(&case, Role::Server, &Settings::default());
        let mut now = Duration::ZERO;
        assert!(matches!(run.poll(now), Action::Send(_)));
        let response =
            "HTTP/1.1 101 Switching Protocols\r\nX-Name: \u{9B}2J\u{202E}a\u{2066}\r\n\r\n";
        run.received(response.as_bytes(), now);
        for _ in 0..100 {
            match run.poll(now) {
                Action::Wait(until) => now = until,
                Action::Finished => break,
                _ => run.ended(now),
            }
        }
        let judged = CaseReport::new(&case, run.judgement());
        assert_eq!(judged.verdict(), Verdict::Fail);
        assert!(judged.reason.ends_with(r"X-Name: \u{9b}2J\u{202e}a\u{2066}"), "{}", judged.reason);
        let mut report = Report::new(Role::Server, "ws://localhost/".to_owned());
        report.cases = vec![judged];
        for text in [report.junit(), report.html(), report.tap(), report.summary()] {
            assert!(!text.contains(['\u{9B}', '\u{202E}', '\u{2066}']), "{text}");
        }
    }
}
