use std::time::Duration;

use super::{Phase, Run};
use crate::{
    case::{Expected, Part, Step, text},
    run::{
        Event,
        matching::{PROBE, Progress, progress},
    },
};

/// What taking a step leads to.
pub(super) enum StepResult {
    Sent,
    End,
    Wait(Duration),
}

impl Run<'_> {
    /// Takes the next step.
    pub(super) fn step(&mut self) -> StepResult {
        let case = self.case;
        match case.script().get(self.next_step) {
            None => {
                self.before_last.get_or_insert(self.events.len());
                self.phase = Phase::Settling;
                self.since = self.now;
                if self.accepts(&Expected::StillOpen) {
                    self.send_frame(&text(PROBE));
                }
                self.evaluate();
            }
            Some(Step::Send(parts)) => {
                let bytes = self.encode(parts);
                self.outgoing.push(bytes);
                self.sending_step_taken();
            }
            Some(Step::SendInPieces(size, parts)) => {
                let bytes = self.encode(parts);
                self.outgoing.push_in_pieces(*size, &bytes);
                self.sending_step_taken();
            }
            Some(Step::Drip(gap, size, parts)) => {
                let bytes = self.encode(parts);
                self.outgoing.push_slowly(*size, *gap, &bytes);
                self.next_step += 1;
            }
            Some(Step::Exchange(..)) if self.is_exchanging => {
                return StepResult::Wait(self.since + self.limit());
            }
            Some(Step::Exchange(_, message)) => {
                self.is_exchanging = true;
                let bytes = self.encoder.frame(message, self.reader.deflate());
                self.outgoing.push(bytes);
            }
            Some(Step::Await(expected)) => {
                let mut awaited = self.awaited.clone();
                awaited.expected.push(expected.clone());
                if progress(&awaited, &self.events, None) != Progress::Complete {
                    return StepResult::Wait(self.since + self.limit());
                }
                self.awaited = awaited;
                self.since = self.now;
                self.next_step += 1;
            }
            Some(Step::Pause(time)) => return self.wait(*time),
            Some(Step::Linger) => return self.wait(self.patience()),
            Some(Step::End) => {
                self.sending_step_taken();
                self.has_ended = true;
                return StepResult::End;
            }
        }
        StepResult::Sent
    }

    /// Waits so long, and goes on to the next step then.
    fn wait(&mut self, time: Duration) -> StepResult {
        let until = self.since + time;
        if self.now < until {
            return StepResult::Wait(until);
        }
        self.since = self.now;
        self.next_step += 1;
        StepResult::Sent
    }

    /// Goes on to the next step. What comes from now on may answer what the last step sends.
    fn sending_step_taken(&mut self) {
        self.next_step += 1;
        if self.next_step == self.case.script().len() {
            self.before_last = Some(self.events.len());
        }
    }

    fn encode(&mut self, parts: &[Part]) -> Vec<u8> {
        self.encoder.parts(parts, self.reader.deflate())
    }

    /// An echo has come, or something in its place.
    pub(super) fn exchanged(&mut self, event: Event) {
        let Some(Step::Exchange(count, message)) = self.case.script().get(self.next_step) else {
            return;
        };
        let is_echo =
            matches!(&event, Event::Message(_, payload) if message.payload().equals(payload));
        if !is_echo {
            self.events.push(event);
            return self.fail_for_last_event(" in place of the echo");
        }
        self.exchanged += 1;
        self.is_exchanging = false;
        if self.exchanged == *count {
            self.exchanged = 0;
            self.next_step += 1;
        }
    }
}
