//! Answers that many cases accept, with the rules on which each depends.

use sansocket::Role;

use crate::case::{Case, Codes, Expected, Frame, Kind, Outcome, Part, Payload, Step};

/// A message comes back only if these are kept.
const ECHO: [&str; 5] = ["6455-6.2-3", "6455-6.2-4", "6455-5.2-4", "6455-6.1-3", "6455-6.1-4"];

impl Case {
    /// Names these rules, too, if it does not yet.
    pub(super) fn depends_on(mut self, rules: &[&'static str]) -> Self {
        for rule in rules {
            if !self.rules().contains(rule) {
                self = self.rule(rule);
            }
        }
        self
    }

    /// A message of this kind and length only comes back if these are kept, too.
    fn depends_on_echo_of(self, kind: Kind, payload: &Payload) -> Self {
        let case = self.depends_on(&ECHO);
        let case = if kind == Kind::Binary { case.depends_on(&["6455-5.6-2"]) } else { case };
        if payload.len() > 125 { case.depends_on(&["6455-5.2-5"]) } else { case }
    }

    /// Names the rules without which what is sent cannot be read: by how it is masked, cut and long.
    pub(super) fn readable(self) -> Self {
        let mut rules = Vec::new();
        if self.is_for(Role::Server) {
            rules.extend(["6455-5.3-5", "6455-6.2-6"]);
        }
        for step in self.script() {
            let (parts, is_cut) = match step {
                Step::Send(parts) => (parts, parts.len() > 1),
                Step::SendInPieces(_, parts) => (parts, true),
                _ => continue,
            };
            if is_cut || parts.iter().any(|part| matches!(part, Part::Raw(_))) {
                rules.push("6455-6.2-1");
            }
            let frames = || {
                parts.iter().filter_map(|part| match part {
                    Part::Frame(frame) => Some(frame),
                    Part::Raw(_) => None,
                })
            };
            // Fragments that are short alone come back as a long message.
            if frames().map(|frame| frame.payload().len()).sum::<usize>() > 125 {
                rules.push("6455-5.2-5");
            }
            if frames().any(Frame::is_control) {
                rules.push("6455-6.2-2");
            }
        }
        self.depends_on(&rules)
    }

    /// It matters whether a message comes back, and how.
    pub(super) fn depends_on_echo(self) -> Self {
        self.depends_on(&ECHO)
    }

    /// The message comes back.
    pub(super) fn echo(self, kind: Kind, payload: impl Into<Payload>) -> Self {
        let payload = payload.into();
        self.depends_on_echo_of(kind, &payload).echoes(kind, payload)
    }

    /// These messages come back, in this order.
    pub(super) fn echo_all<P: Into<Payload>>(
        self,
        messages: impl IntoIterator<Item = (Kind, P)>,
    ) -> Self {
        let messages: Vec<_> =
            messages.into_iter().map(|(kind, payload)| (kind, payload.into())).collect();
        let case = messages
            .iter()
            .fold(self, |case, (kind, payload)| case.depends_on_echo_of(*kind, payload));
        // What follows a message is not lost.
        let case = if messages.len() > 1 { case.depends_on(&["6455-6.2-5"]) } else { case };
        case.expects(messages.into_iter().map(|(kind, payload)| Expected::Message(kind, payload)))
    }

    /// Nothing comes back, and the connection stays open: the target answers a message.
    pub(super) fn no_answer(self) -> Self {
        self.depends_on(&ECHO).stays_open()
    }

    /// The Ping is answered.
    pub(super) fn pong_of(self, payload: impl Into<Payload>) -> Self {
        let payload = payload.into();
        let case = self.depends_on(&["6455-5.5.2-1"]);
        let case = if payload.is_empty() { case } else { case.depends_on(&["6455-5.5.3-1"]) };
        case.expects([Expected::Pong(payload)])
    }

    /// The Ping is answered, and the message comes back.
    pub(super) fn pong_and_echo(self, ping: &str, kind: Kind, payload: impl Into<Payload>) -> Self {
        let payload = payload.into();
        self.depends_on(&["6455-5.5.2-1", "6455-5.5.3-1"])
            .depends_on_echo_of(kind, &payload)
            .expects([Expected::Pong(ping.into()), Expected::Message(kind, payload)])
    }

    /// The target fails the connection.
    pub(super) fn failure(self, code: u16) -> Self {
        self.depends_on(&["6455-7.1.7-1"]).fails(code)
    }

    /// The target sends the message back that came before, and fails the connection.
    pub(super) fn failure_after_echo(
        self,
        code: u16,
        kind: Kind,
        payload: impl Into<Payload>,
    ) -> Self {
        let payload = payload.into();
        let dropped = |last| {
            let reason = "a message before a wrong frame should be delivered";
            let message = Expected::MaybeMessage(kind, payload.clone());
            Outcome::lax("own-frames-6", reason, [message, last])
        };
        let closed = dropped(Expected::Close(Codes::Any));
        let ended = dropped(Expected::End);
        self.depends_on(&["6455-7.1.7-1", "6455-6.2-5"])
            .depends_on_echo_of(kind, &payload)
            .fails_after(code, &[Expected::Message(kind, payload)])
            .accepts(closed)
            .accepts(ended)
    }

    /// The Close frame is answered with one that has its code, or 1000, or none. That the code is echoed is
    /// only typical: others are lax, but for those of a failure.
    pub(super) fn closing(self, code: u16) -> Self {
        self.closing_after(code, &[])
    }

    /// The same, after this was done.
    pub(super) fn closing_after(self, code: u16, before: &[Expected]) -> Self {
        let and = |last| before.iter().cloned().chain([last]);
        let codes = if code == 1000 { vec![1000] } else { vec![code, 1000] };
        let case = before.iter().fold(self, |case, expected| match expected {
            Expected::Message(kind, payload) | Expected::MaybeMessage(kind, payload) => {
                case.depends_on_echo_of(*kind, payload)
            }
            _ => case,
        });
        case.depends_on(&["6455-5.5.1-6"])
            .expects(and(Expected::Close(Codes::OneOf(codes))))
            .expects(and(Expected::Close(Codes::NoCode)))
            .accepts(Outcome::lax(
                "6455-5.5.1-6",
                "an endpoint typically echoes the code of the Close frame that it answers",
                and(Expected::Close(Codes::ValidBut(vec![1002, 1007]))),
            ))
    }

    /// This text comes back, and then the Close frame with 1000 is answered.
    pub(super) fn closing_after_echo(self, payload: &str) -> Self {
        let echo = Expected::Message(Kind::Text, payload.into());
        self.closing_after(1000, &[echo])
    }

    /// The Close frame is wrong, and is not answered as if it were right. With another code nobody
    /// can tell whether that was noticed.
    pub(super) fn refusal(self, codes: &[u16]) -> Self {
        self.depends_on(&["6455-7.1.7-1", "6455-7.4.1-3"])
            .expects([Expected::Close(Codes::OneOf(codes.to_vec()))])
            .accepts(Outcome::lax(
                "6455-7.1.7-4",
                "the Close frame should have the code for what went wrong",
                [Expected::Close(Codes::NoCode)],
            ))
            .accepts(Outcome::lax(
                "6455-7.1.7-4",
                "before it ends the stream it should say why in a Close frame",
                [Expected::End],
            ))
    }

    /// Names all these cases of Autobahn.
    pub(super) fn same_as(self, ids: &[&str]) -> Self {
        ids.iter().fold(self, |case, id| case.autobahn(*id))
    }
}
