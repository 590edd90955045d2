mod steps;

use std::time::Duration;

use sansocket::Role;

use crate::case::{Case, Expected, Frame, Opening, Outcome, close, ping, pong};

use super::{
    Action, Event, Judgement, SeenHead, Settings, Transcript, Verdict,
    demands::Sent,
    encoder::Encoder,
    judgement::Ruling,
    matching::{PROBE_PING, Progress, is_probe_echo, progress},
    opening,
    outgoing::{Outgoing, Write},
    phase::Phase,
    reader::Reader,
    script::ends_inside_frame,
};
use steps::StepResult;

/// A case being run on one connection, which its owner has opened.
///
/// Call [`poll`](Self::poll) and do what it says, and pass on what comes. Times are those since the
/// connection was there.
#[derive(Debug)]
pub struct Run<'c> {
    case: &'c Case,
    target: Role,
    settings: Settings,
    encoder: Encoder,
    outgoing: Outgoing,
    reader: Reader,
    events: Vec<Event>,
    head: Option<SeenHead>,
    accept: String,
    has_deflate: bool,
    phase: Phase,
    /// When the phase began, or something else that makes waiting begin anew.
    since: Duration,
    /// Whether a step was passed on to be written.
    is_writing: bool,
    next_step: usize,
    /// How many events there were when the last step was taken.
    before_last: Option<usize>,
    /// How many messages of [`Step::Exchange`](crate::Step::Exchange) were echoed.
    exchanged: usize,
    is_exchanging: bool,
    /// What the steps wait for, up to here.
    awaited: Outcome,
    has_probed: bool,
    has_ended: bool,
    transcript: Transcript,
    result: Option<Ruling>,
    now: Duration,
}

/// A target that sends more floods the run.
const MAX_EVENTS: usize = 12_000;

impl<'c> Run<'c> {
    /// Creates the run of a case for a target of a role, on a connection of its own.
    #[must_use]
    pub fn new(case: &'c Case, target: Role, settings: &Settings) -> Self {
        let mut run = Self {
            case,
            target,
            settings: settings.clone(),
            encoder: Encoder::new(target.peer(), settings.seed),
            outgoing: Outgoing::new(settings.cut),
            reader: Reader::new(target),
            events: Vec::new(),
            head: None,
            accept: String::new(),
            has_deflate: false,
            phase: Phase::Opening,
            since: Duration::ZERO,
            is_writing: false,
            next_step: 0,
            before_last: None,
            exchanged: 0,
            is_exchanging: false,
            awaited: Outcome::right([]),
            has_probed: false,
            has_ended: false,
            transcript: Transcript::default(),
            result: None,
            now: Duration::ZERO,
        };
        if let Some(reason) = opening::cannot_run(case, settings) {
            run.conclude(Verdict::Skip, reason.to_owned(), None);
        } else if target == Role::Server {
            let key =
                opening::key([run.encoder.random(u64::MAX), run.encoder.random(u64::MAX - 1)]);
            run.accept = opening::accept(&key);
            opening::send_request(case, settings, &key, &mut run.outgoing);
        }
        run
    }

    /// Returns what to do next.
    pub fn poll(&mut self, now: Duration) -> Action {
        self.now = now;
        if std::mem::take(&mut self.is_writing) {
            // It is written, and the time for an answer begins.
            self.since = now;
        }
        loop {
            if self.phase != Phase::Finished
                && let Some(write) = self.outgoing.next_write(now)
            {
                self.is_writing = matches!(write, Write::Step(_));
                match write {
                    Write::Step(bytes) | Write::Aside(bytes) => {
                        self.transcript.bytes(now, self.target.peer(), &bytes);
                        return Action::Send(bytes);
                    }
                    Write::NotBefore(until) => return Action::Wait(until),
                }
            }
            let until = match self.phase {
                Phase::Opening => self.since + self.limit(),
                Phase::Script => match self.step() {
                    StepResult::Sent => continue,
                    StepResult::End => {
                        self.transcript.end(now, self.target.peer());
                        return Action::End;
                    }
                    StepResult::Wait(until) => until,
                },
                Phase::Settling if self.can_probe() => self.since + self.patience(),
                Phase::Settling => self.since + self.limit(),
                Phase::Closing if self.must_end() => {
                    self.has_ended = true;
                    self.transcript.end(now, self.target.peer());
                    return Action::End;
                }
                Phase::Closing => self.since + self.patience(),
                Phase::Finished => return Action::Finished,
            };
            if now < until {
                return Action::Wait(until);
            }
            self.time_is_up();
        }
    }

    /// Passes on bytes of the target.
    pub fn received(&mut self, bytes: &[u8], now: Duration) {
        self.now = now;
        if self.phase == Phase::Finished {
            return;
        }
        self.transcript.bytes(now, self.target, bytes);
        self.reader.push(bytes);
        while let Some(event) = self.reader.next_event() {
            self.seen(event);
        }
        if self.reader.is_inside_long_frame() {
            self.since = now;
        }
    }

    /// Passes on that the target has ended the stream, or that it has failed.
    pub fn ended(&mut self, now: Duration) {
        self.now = now;
        if self.phase == Phase::Finished || self.events.contains(&Event::End) {
            return;
        }
        self.transcript.end(now, self.target);
        self.seen(Event::End);
    }

    /// Passes on that the target reads nothing any more, so that the run cannot go on.
    pub fn blocked(&mut self, now: Duration) {
        self.stop(now, "it does not read what is sent".to_owned());
    }

    /// Ends a run that takes too long.
    pub fn give_up(&mut self, now: Duration) {
        self.stop(now, format!("it is not done after {} s", now.as_secs()));
    }

    fn stop(&mut self, now: Duration, reason: String) {
        self.now = now;
        if self.result.is_none() {
            self.fail(reason);
        }
        self.phase = Phase::Finished;
    }

    /// Returns how many bytes the run has sent that [`Cut::After`](super::Cut::After) can cut.
    #[must_use]
    pub const fn cuttable(&self) -> usize {
        self.outgoing.queued()
    }

    /// Returns the judgement. Before the run is finished it is an error.
    #[must_use]
    pub fn judgement(mut self) -> Judgement {
        let sent = Sent {
            target: self.target,
            head: self.head.as_ref(),
            frames: self.reader.frames(),
            has_deflate: self.has_deflate,
            breach: self.reader.breach(),
            has_sent_tail: self.reader.has_seen_tail(),
            accept: &self.accept,
        };
        let ruling = self.result.take().unwrap_or_else(Ruling::given_up);
        Judgement::new(self.case, ruling, &sent, &self.events, self.transcript, self.now)
    }

    // What comes.

    fn seen(&mut self, event: Event) {
        match &event {
            Event::Head(head) => self.opened(head.clone()),
            Event::Message(..) if self.is_exchanging && self.phase == Phase::Script => {
                return self.exchanged(event);
            }
            Event::Ping(payload) => return self.pinged(payload.clone()),
            _ => {}
        }
        let is_unreadable = matches!(event, Event::Unreadable(_));
        let is_end = event == Event::End;
        let is_surplus = self.phase == Phase::Closing
            && matches!(event, Event::Message(..))
            && !is_probe_echo(&event)
            && !self.events.iter().any(|event| matches!(event, Event::Close(_)));
        self.events.push(event);
        if self.events.len() > MAX_EVENTS {
            self.fail(format!("it sent more than {MAX_EVENTS} messages and control frames"));
            self.phase = Phase::Finished;
            return;
        }
        if self.phase == Phase::Closing {
            let is_right = self.result.as_ref().is_some_and(Ruling::is_right);
            if is_surplus && is_right {
                self.fail_for_last_event(", which nothing asked for");
            }
            if is_end {
                self.phase = Phase::Finished;
            }
            return;
        }
        if is_unreadable && !self.accepts(&Expected::OtherProtocol) {
            return self.fail_for_last_event("");
        }
        self.evaluate();
    }

    /// A target may ask whether the run is still there. Inside a frame no answer is possible.
    fn pinged(&mut self, payload: Vec<u8>) {
        let is_open = matches!(self.phase, Phase::Script | Phase::Settling);
        let sent = self.case.script().get(..self.next_step).unwrap_or_default();
        if is_open && !self.has_ended && !ends_inside_frame(sent) {
            let bytes = self.encoder.frame(&pong(payload), None);
            self.outgoing.push_aside(bytes);
        }
    }

    fn accepts(&self, expected: &Expected) -> bool {
        self.case.outcomes().iter().any(|outcome| outcome.expected.contains(expected))
    }

    /// Compares what was seen with the outcomes.
    fn evaluate(&mut self) {
        let all: Vec<_> = self
            .case
            .outcomes()
            .iter()
            .map(|outcome| (outcome, progress(outcome, &self.events, self.before_last)))
            .collect();
        let is_over = self.events.iter().any(|event| matches!(event, Event::Close(_) | Event::End));
        let is_sent = self.phase == Phase::Settling && self.outgoing.is_empty();
        // A refusal is all that comes, and what closes ends the script.
        let is_refused = self.head.as_ref().is_some_and(|head| head.status >= 200)
            || matches!(self.events.last(), Some(Event::Unreadable(_)));
        let complete = all.iter().find(|(_, progress)| *progress == Progress::Complete);
        if let Some((outcome, _)) = complete.filter(|_| is_over || is_sent || is_refused) {
            match outcome.lax {
                None => self.conclude(Verdict::Pass, String::new(), None),
                Some(lax) => self.conclude(Verdict::Warn, lax.reason.to_owned(), Some(lax.clause)),
            }
        } else if all.iter().all(|(_, progress)| *progress == Progress::Impossible) {
            self.fail_for_last_event("");
        }
    }

    fn opened(&mut self, head: SeenHead) {
        if self.head.is_some() || matches!(head.status, 100 | 102..200) {
            return;
        }
        if head.status == 0 {
            let key = head.values("Sec-WebSocket-Key").next().unwrap_or_default();
            self.accept = opening::accept(key);
        }
        let is_open = matches!(head.status, 0 | 101);
        let agreed = opening::agreed(self.case, self.target, &head);
        self.head = Some(head);
        if !is_open || self.phase != Phase::Opening {
            return;
        }
        match agreed {
            Some(deflate) => {
                self.reader.set_deflate(deflate);
                self.has_deflate = true;
            }
            None if matches!(self.case.opening(), Opening::Deflate { .. }) => {
                if self.target == Role::Client {
                    opening::send_plain_response(&self.accept, &mut self.outgoing);
                }
                self.phase = Phase::Script;
                let reason = "the target does not agree on this compression";
                return self.conclude(Verdict::Skip, reason.to_owned(), None);
            }
            None => {}
        }
        self.phase = Phase::Script;
        self.since = self.now;
        if self.target == Role::Client {
            opening::send_response(self.case, &self.accept, &mut self.outgoing);
        }
    }

    fn send_frame(&mut self, frame: &Frame) {
        let bytes = self.encoder.frame(frame, self.reader.deflate());
        self.outgoing.push_whole(bytes);
    }

    // The end.

    /// How long a target may say nothing before it is asked whether it goes on.
    fn patience(&self) -> Duration {
        self.settings.patience().max(self.settings.scaled(self.case.min_patience()))
    }

    /// How long a target may say nothing.
    fn limit(&self) -> Duration {
        (self.settings.patience() * 4).max(self.settings.scaled(self.case.min_patience()))
    }

    /// Whether a Ping may ask if the target goes on.
    fn can_probe(&self) -> bool {
        !self.has_probed
            && !self.encoder.has_sent_close()
            && !self.has_ended
            && !ends_inside_frame(self.case.script())
            && self.head.is_some()
    }

    fn time_is_up(&mut self) {
        match self.phase {
            Phase::Settling if self.can_probe() => {
                self.has_probed = true;
                self.send_frame(&ping(PROBE_PING));
            }
            Phase::Closing => self.phase = Phase::Finished,
            _ => {
                let is_probe =
                    |event: &Event| matches!(event, Event::Pong(sent) if sent == PROBE_PING);
                if self.events.iter().any(is_probe) {
                    return self.fail(
                        "it goes on as if nothing had happened: it answers a Ping".to_owned(),
                    );
                }
                let waited = self.now.saturating_sub(self.since).as_millis();
                self.fail(format!("it sent nothing more within {waited} ms"));
                self.result.iter_mut().for_each(|ruling| ruling.is_late = true);
            }
        }
    }

    fn fail_for_last_event(&mut self, more: &str) {
        let reason = self.events.last().map(Event::as_a_reason).unwrap_or_default();
        self.fail(reason + more);
    }

    fn fail(&mut self, reason: String) {
        self.conclude(Verdict::Fail, reason, self.case.rules().first().copied());
    }

    /// Sets the verdict, and closes the connection as far as that is possible.
    fn conclude(&mut self, verdict: Verdict, reason: String, clause: Option<&'static str>) {
        self.result = Some(Ruling { verdict, reason, is_late: false, clause });
        let is_open = self.phase != Phase::Opening
            && self.head.as_ref().is_some_and(|head| matches!(head.status, 0 | 101));
        if self.phase == Phase::Finished || self.events.contains(&Event::End) || !is_open {
            self.phase = Phase::Finished;
            return;
        }
        self.phase = Phase::Closing;
        self.since = self.now;
        if verdict != Verdict::Skip {
            self.outgoing.clear();
        }
        if !self.encoder.has_sent_close() && !self.has_ended {
            self.send_frame(&close(1000, ""));
        }
    }

    /// RFC 6455 7.1.1: the server ends the stream first.
    fn must_end(&self) -> bool {
        let has_closed = self.events.iter().any(|event| matches!(event, Event::Close(_)));
        self.target == Role::Client && has_closed && !self.has_ended
    }
}
