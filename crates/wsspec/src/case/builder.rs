use std::time::Duration;

use sansocket::Role;

use super::{
    Codes, Demand, Expected, Frame, Head, Kind, Level, Opening, Outcome, Part, Payload, Step,
};

/// A case: what is sent to a target, and what it may do about it.
///
/// ```
/// use wsspec::{Case, Kind, text};
///
/// let case = Case::must("rfc6455/5.6/text", "A text is echoed")
///     .rule("6455-5.6-1")
///     .why("Nothing else works without it.")
///     .autobahn("1.1.2")
///     .send([text("Hello")])
///     .echoes(Kind::Text, "Hello");
/// assert_eq!(case.id(), "rfc6455/5.6/text");
/// ```
#[derive(Clone, Debug)]
pub struct Case {
    id: String,
    title: String,
    level: Level,
    target: Option<Role>,
    rules: Vec<&'static str>,
    why: String,
    autobahn: Vec<String>,
    set: u32,
    patience: Duration,
    opening: Opening,
    script: Vec<Step>,
    outcomes: Vec<Outcome>,
    demands: Vec<Demand>,
}

impl Case {
    fn new(level: Level, id: impl Into<String>, title: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            level,
            target: None,
            rules: Vec::new(),
            why: String::new(),
            autobahn: Vec::new(),
            set: 1,
            patience: Duration::ZERO,
            opening: Opening::Plain,
            script: Vec::new(),
            outcomes: Vec::new(),
            demands: Vec::new(),
        }
    }

    /// A case about a MUST. The id is a slug that never changes: source, section, and what is special.
    #[must_use]
    pub fn must(id: impl Into<String>, title: impl Into<String>) -> Self {
        Self::new(Level::Must, id, title)
    }

    /// A case about a SHOULD.
    #[must_use]
    pub fn should(id: impl Into<String>, title: impl Into<String>) -> Self {
        Self::new(Level::Should, id, title)
    }

    /// A case about a MAY: what a peer must cope with.
    #[must_use]
    pub fn may(id: impl Into<String>, title: impl Into<String>) -> Self {
        Self::new(Level::May, id, title)
    }

    /// A case about a hostile peer.
    #[must_use]
    pub fn robust(id: impl Into<String>, title: impl Into<String>) -> Self {
        Self::new(Level::Robust, id, title)
    }

    /// A case that only measures.
    #[must_use]
    pub fn perf(id: impl Into<String>, title: impl Into<String>) -> Self {
        Self::new(Level::Perf, id, title)
    }

    /// Only for servers.
    #[must_use]
    pub fn for_servers(self) -> Self {
        Self { target: Some(Role::Server), ..self }
    }

    /// Only for clients.
    #[must_use]
    pub fn for_clients(self) -> Self {
        Self { target: Some(Role::Client), ..self }
    }

    /// Names a rule that the case is about, by its id in the page of clauses. The first one is reported.
    #[must_use]
    pub fn rule(mut self, id: &'static str) -> Self {
        self.rules.push(id);
        self
    }

    /// Why the rule matters, in a sentence or two.
    #[must_use]
    pub fn why(self, why: impl Into<String>) -> Self {
        Self { why: why.into(), ..self }
    }

    /// The Autobahn case that asks the same.
    #[must_use]
    pub fn autobahn(mut self, id: impl Into<String>) -> Self {
        self.autobahn.push(id.into());
        self
    }

    /// The set of a release in which the case came, 1 by default.
    #[must_use]
    pub fn since(self, set: u32) -> Self {
        Self { set, ..self }
    }

    /// How long the target may take, if that is longer than usual.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Opens with this head.
    #[must_use]
    pub fn opens_with(self, head: Head) -> Self {
        Self { opening: Opening::Head(head), ..self }
    }

    /// Opens with permessage-deflate: this offer to a server, this answer to a client.
    #[must_use]
    pub fn deflate(self, offer: &'static str, answer: &'static str) -> Self {
        Self { opening: Opening::Deflate { offer, answer }, ..self }
    }

    /// Sends in one write.
    #[must_use]
    pub fn send<P: Into<Part>>(self, parts: impl IntoIterator<Item = P>) -> Self {
        self.step(Step::Send(parts.into_iter().map(Into::into).collect()))
    }

    /// Sends in pieces of so many bytes, at least 1.
    #[must_use]
    pub fn send_in_pieces<P: Into<Part>>(
        self,
        size: usize,
        parts: impl IntoIterator<Item = P>,
    ) -> Self {
        self.step(Step::SendInPieces(size.max(1), parts.into_iter().map(Into::into).collect()))
    }

    /// Sends a message so many times, each after the echo of the one before.
    #[must_use]
    pub fn exchange(self, count: usize, message: Frame) -> Self {
        self.step(Step::Exchange(count, message))
    }

    /// Sends byte by byte, with so many milliseconds between.
    #[must_use]
    pub fn drip<P: Into<Part>>(
        self,
        milliseconds: u64,
        parts: impl IntoIterator<Item = P>,
    ) -> Self {
        let gap = Duration::from_millis(milliseconds);
        self.step(Step::Drip(gap, 1, parts.into_iter().map(Into::into).collect()))
    }

    /// Waits until the target has sent this.
    #[must_use]
    pub fn wait_for(self, expected: Expected) -> Self {
        self.step(Step::Await(expected))
    }

    /// Waits so many milliseconds.
    #[must_use]
    pub fn pause(self, milliseconds: u64) -> Self {
        self.step(Step::Pause(Duration::from_millis(milliseconds)))
    }

    /// Waits as long as the target may take for an answer.
    #[must_use]
    pub fn linger(self) -> Self {
        self.step(Step::Linger)
    }

    /// Ends what the run sends.
    #[must_use]
    pub fn end(self) -> Self {
        self.step(Step::End)
    }

    /// Adds a step.
    #[must_use]
    pub fn step(mut self, step: Step) -> Self {
        self.script.push(step);
        self
    }

    /// Accepts an outcome, beside those before.
    #[must_use]
    pub fn accepts(mut self, outcome: Outcome) -> Self {
        self.outcomes.push(outcome);
        self
    }

    /// Accepts that the target does this, which is right.
    #[must_use]
    pub fn expects(self, expected: impl IntoIterator<Item = Expected>) -> Self {
        self.accepts(Outcome::right(expected))
    }

    /// Accepts the echo of a message.
    #[must_use]
    pub fn echoes(self, kind: Kind, payload: impl Into<Payload>) -> Self {
        self.expects([Expected::Message(kind, payload.into())])
    }

    /// Accepts that the target fails the connection with this code (RFC 6455 7.1.7).
    #[must_use]
    pub fn fails(self, code: u16) -> Self {
        self.fails_after(code, &[])
    }

    /// Accepts that the target fails the connection with this code, after it has done this.
    #[must_use]
    pub fn fails_after(mut self, code: u16, before: &[Expected]) -> Self {
        self.outcomes.extend(Outcome::failing(code, before));
        self
    }

    /// Accepts that a server refuses the request, with any status (RFC 6455 4.2.1).
    #[must_use]
    pub fn refuses(self) -> Self {
        self.expects([Expected::Refused(vec![])]).accepts(Outcome::lax(
            "6455-4.2.1-12",
            "it should answer with an HTTP error before it ends the stream",
            [Expected::End],
        ))
    }

    /// Accepts that a server refuses the request with one of these statuses. With another one it is
    /// lax by this clause.
    #[must_use]
    pub fn refuses_with(self, statuses: &[u16], clause: &'static str) -> Self {
        self.expects([Expected::Refused(statuses.to_vec())])
            .accepts(Outcome::lax(
                clause,
                "the status should say what is wrong",
                [Expected::Refused(vec![])],
            ))
            .accepts(Outcome::lax(
                clause,
                "it should answer with an HTTP error before it ends the stream",
                [Expected::End],
            ))
    }

    /// Accepts that a client does not take the response, and closes the stream (RFC 6455 4.1).
    #[must_use]
    pub fn abandons(self) -> Self {
        self.expects([Expected::End]).accepts(Outcome::lax(
            "6455-7.2.1-3",
            "no connection was opened that a Close frame could close",
            [Expected::Close(Codes::Any)],
        ))
    }

    /// Accepts that the target gets rid of a peer in any way: by a Close frame, or without.
    #[must_use]
    pub fn drops(self) -> Self {
        self.expects([Expected::Close(Codes::Any)]).expects([Expected::End])
    }

    /// Accepts that the connection stays open.
    #[must_use]
    pub fn stays_open(self) -> Self {
        self.expects([Expected::StillOpen])
    }

    /// Demands something of the way in which the target sends.
    #[must_use]
    pub fn demands(mut self, demand: Demand) -> Self {
        self.demands.push(demand);
        self
    }

    /// Returns the id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns what is special, in a line.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Returns how strong the rule is.
    #[must_use]
    pub const fn level(&self) -> Level {
        self.level
    }

    /// Returns the rules that the case is about.
    #[must_use]
    pub fn rules(&self) -> &[&'static str] {
        &self.rules
    }

    /// Returns why the rule matters.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.why
    }

    /// Returns the ids of Autobahn's cases that ask the same.
    #[must_use]
    pub fn autobahn_ids(&self) -> &[String] {
        &self.autobahn
    }

    /// Returns the set in which the case came.
    #[must_use]
    pub const fn set(&self) -> u32 {
        self.set
    }

    /// Returns how long the target may take at least.
    #[must_use]
    pub const fn min_patience(&self) -> Duration {
        self.patience
    }

    /// Returns how the connection is opened.
    #[must_use]
    pub const fn opening(&self) -> &Opening {
        &self.opening
    }

    /// Returns the steps after the opening.
    #[must_use]
    pub fn script(&self) -> &[Step] {
        &self.script
    }

    /// Returns what is accepted.
    #[must_use]
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// Returns what is demanded of the way in which the target sends.
    #[must_use]
    pub fn all_demands(&self) -> &[Demand] {
        &self.demands
    }

    /// Returns whether the case is for targets of this role.
    ///
    /// ```
    /// use sansocket::Role;
    /// use wsspec::Case;
    ///
    /// let case = Case::must("rfc6455/4.2.1/no-host", "A request without Host").for_servers();
    /// assert!(case.is_for(Role::Server) && !case.is_for(Role::Client));
    /// ```
    #[must_use]
    pub fn is_for(&self, role: Role) -> bool {
        self.target.is_none_or(|target| target == role)
    }

    /// Returns how long the longest payload is that the script sends in a frame.
    ///
    /// ```
    /// use wsspec::{Case, ping, text};
    ///
    /// let case = Case::must("rfc6455/5.6/text", "A text").send([ping(""), text("Hello")]);
    /// assert_eq!(case.longest_payload(), 5);
    /// ```
    #[must_use]
    pub fn longest_payload(&self) -> usize {
        let of_part = |part: &Part| match part {
            Part::Frame(frame) => frame.payload().len(),
            Part::Raw(bytes) => bytes.len(),
        };
        let of_step = |step: &Step| match step {
            Step::Send(parts) | Step::SendInPieces(_, parts) => {
                parts.iter().map(of_part).max().unwrap_or(0)
            }
            Step::Exchange(_, frame) => frame.payload().len(),
            _ => 0,
        };
        self.script.iter().map(of_step).max().unwrap_or(0)
    }

    /// Returns how many bytes of payload the script sends in all.
    ///
    /// ```
    /// use wsspec::{Case, binary, text};
    ///
    /// let case = Case::perf("perf/texts", "Texts").send([text("Hello")]).exchange(10, binary("abc"));
    /// assert_eq!(case.payload_sent(), 35);
    /// ```
    #[must_use]
    pub fn payload_sent(&self) -> u64 {
        let of_part = |part: &Part| match part {
            Part::Frame(frame) => frame.payload().len(),
            Part::Raw(bytes) => bytes.len(),
        };
        let of_step = |step: &Step| match step {
            Step::Send(parts) | Step::SendInPieces(_, parts) | Step::Drip(_, _, parts) => {
                parts.iter().map(of_part).sum()
            }
            Step::Exchange(count, frame) => count * frame.payload().len(),
            _ => 0,
        };
        self.script.iter().map(|step| of_step(step) as u64).sum()
    }

    /// Returns the section of the id, such as `5.1` in `rfc6455/5.1/unmasked-text`.
    ///
    /// ```
    /// use wsspec::Case;
    ///
    /// assert_eq!(Case::must("rfc6455/5.1/unmasked-text", "").section(), "5.1");
    /// assert_eq!(Case::robust("robust/header-dripped", "").section(), "");
    /// ```
    #[must_use]
    pub fn section(&self) -> &str {
        let mut parts = self.id.split('/');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(_), Some(section), Some(_)) => section,
            _ => "",
        }
    }
}
