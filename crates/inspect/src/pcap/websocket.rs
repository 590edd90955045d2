use std::net::SocketAddr;

use sansocket::Role;
use sansocket_explain::{Element, Explainer, Field, Options, role_name};

use super::{moment::Moment, plausible::sender_of_frames, printer::Printer, tally::Tally};
use crate::{Failure, har::Recorder, view::View};

/// A WebSocket connection in a capture: the bytes of both ends, explained.
#[derive(Debug)]
pub(super) struct WebSocket {
    number: u64,
    client: SocketAddr,
    server: SocketAddr,
    view: View,
    /// The explainer of both directions.
    explainer: Explainer,
    /// What explains a direction in which bytes were lost.
    client_again: Again,
    server_again: Again,
    /// What the server has answered in `Sec-WebSocket-Extensions`, if its response was seen.
    extensions: Option<String>,
    /// Whether bytes of an end are missing, so that the ends are not explained together any more.
    is_split: bool,
    tally: Tally,
    recorder: Option<Box<Recorder>>,
    last: Moment,
}

/// How a direction is read.
#[derive(Debug)]
enum Again {
    /// By the explainer of both.
    No,
    /// No byte is known to begin a frame; so many bytes were skipped, and nothing was explained before
    /// if it is the first time.
    Searching { skipped: u64, is_first: bool },
    /// By one of its own, since a frame seemed to begin.
    By(Box<Explainer>),
    /// Its end was explained.
    Ended,
}

impl WebSocket {
    /// Begins with the request of a client.
    pub(super) fn with_handshake(
        number: u64,
        ends: (SocketAddr, SocketAddr),
        view: View,
        moment: Moment,
        recorder: Option<Box<Recorder>>,
    ) -> Self {
        Self::new(number, ends, view, Options::handshake(), moment, recorder)
    }

    /// Begins somewhere, without a handshake.
    pub(super) fn in_the_middle(
        number: u64,
        ends: (SocketAddr, SocketAddr),
        view: View,
        moment: Moment,
        recorder: Option<Box<Recorder>>,
    ) -> Self {
        let options = Options::frames().extensions_unknown();
        let mut this = Self {
            client_again: Again::Searching { skipped: 0, is_first: true },
            server_again: Again::Searching { skipped: 0, is_first: true },
            tally: Tally::without_handshake(),
            ..Self::new(number, ends, view, options, moment, recorder)
        };
        if let Some(recorder) = &mut this.recorder {
            recorder.frames(Role::Client);
            recorder.frames(Role::Server);
        }
        this
    }

    fn new(
        number: u64,
        (client, server): (SocketAddr, SocketAddr),
        view: View,
        options: Options,
        moment: Moment,
        recorder: Option<Box<Recorder>>,
    ) -> Self {
        Self {
            number,
            client,
            server,
            view,
            explainer: Explainer::new(&view.set(options)),
            client_again: Again::No,
            server_again: Again::No,
            extensions: None,
            is_split: false,
            tally: Tally::default(),
            recorder,
            last: moment,
        }
    }

    /// Counts bytes of each end that came before, and were not explained.
    pub(super) fn skip(&mut self, of_client: u64, of_server: u64) {
        for (sender, len) in [(Role::Client, of_client), (Role::Server, of_server)] {
            if let Again::Searching { skipped, .. } = self.again(sender) {
                *skipped = skipped.saturating_add(len);
            }
        }
    }

    /// Prints what the connection is.
    pub(super) fn heading(&self, printer: &mut Printer) -> Result<(), Failure> {
        let Self { client, server, .. } = self;
        printer.heading(self.number, &format!("client {client}, server {server}"))
    }

    pub(super) fn remark(&self, printer: &mut Printer, remark: &str) -> Result<(), Failure> {
        printer.remark(self.number, self.last, remark)
    }

    /// Explains bytes of one end.
    pub(super) fn bytes(
        &mut self,
        sender: Role,
        bytes: &[u8],
        moment: Moment,
        printer: &mut Printer,
    ) -> Result<(), Failure> {
        self.last = moment;
        self.tally.bytes(sender, bytes.len());
        if let Again::Searching { skipped, is_first } = *self.again(sender)
            && !self.search(sender, bytes, (skipped, is_first), printer)?
        {
            return Ok(());
        }
        let mut rest = bytes;
        loop {
            let before = rest;
            let element = match self.again(sender) {
                Again::By(explainer) => explainer.explain(sender, &mut rest),
                Again::No => self.explainer.explain(sender, &mut rest),
                Again::Searching { .. } | Again::Ended => None,
            };
            let used = before.len().saturating_sub(rest.len());
            if let Some(recorder) = &mut self.recorder {
                let used = before.get(..used).unwrap_or_default();
                recorder.bytes(sender, used, moment.seconds_since_1970())?;
            }
            let Some(element) = element else { return Ok(()) };
            self.tally.element(&element);
            self.element(&element, printer)?;
        }
    }

    /// Tries to find a frame in bytes that begin anywhere. Returns whether there is one.
    fn search(
        &mut self,
        sender: Role,
        bytes: &[u8],
        (skipped, is_first): (u64, bool),
        printer: &mut Printer,
    ) -> Result<bool, Failure> {
        let name = role_name(sender);
        if sender_of_frames(bytes) != Some(sender) {
            let skipped = skipped.saturating_add(bytes.len() as u64);
            *self.again(sender) = Again::Searching { skipped, is_first };
            return Ok(false);
        }
        let before = match skipped {
            0 => String::new(),
            skipped => format!("; not explained before it: {}", bytes_of(skipped)),
        };
        let remark = format!(
            "a frame of the {name} seems to begin with this segment: from here its bytes are explained, at 0{before}"
        );
        self.remark(printer, &remark)?;
        *self.again(sender) = if is_first {
            Again::No
        } else {
            // Without the handshake, it is not known whether messages are compressed. If they are, the
            // receiver ends.
            if let Some(recorder) = &mut self.recorder
                && self.extensions.is_none()
            {
                recorder.frames(sender);
            }
            Again::By(Box::new(Explainer::new(&self.options_again(sender))))
        };
        Ok(true)
    }

    /// Returns what is known where a direction is read again.
    fn options_again(&self, sender: Role) -> Options {
        let takeover = match sender {
            Role::Client => "client_no_context_takeover",
            Role::Server => "server_no_context_takeover",
        };
        let unknown = || Options::frames().extensions_unknown();
        let options = match self.extensions.as_deref() {
            Some("") => Options::frames(),
            // Each message is compressed by itself.
            Some(answer) if answer.contains(takeover) => {
                Options::deflate(answer).unwrap_or_else(unknown)
            }
            _ => unknown(),
        };
        self.view.set(options)
    }

    /// Takes note of bytes that are not in the capture.
    pub(super) fn lost(
        &mut self,
        sender: Role,
        len: u64,
        printer: &mut Printer,
    ) -> Result<(), Failure> {
        self.tally.lost(len);
        if let Again::Searching { skipped, .. } = self.again(sender) {
            *skipped = skipped.saturating_add(len);
            return Ok(());
        }
        self.unfinished(sender, printer)?;
        *self.again(sender) = Again::Searching { skipped: 0, is_first: false };
        let apart = if std::mem::replace(&mut self.is_split, true) {
            ""
        } else {
            "; from here each end is explained by itself, so that no Pong is related to its Ping, and no Close to the other"
        };
        if let Some(recorder) = &mut self.recorder {
            recorder.lost(sender);
        }
        let name = role_name(sender);
        let remark = format!(
            "the capture lacks {} of the {name}: what was there, and where the next frame begins, is not known{apart}",
            bytes_of(len)
        );
        self.remark(printer, &remark)
    }

    /// Explains the end of a direction.
    pub(super) fn end(
        &mut self,
        sender: Role,
        moment: Moment,
        printer: &mut Printer,
    ) -> Result<(), Failure> {
        self.last = moment;
        let again = std::mem::replace(self.again(sender), Again::Ended);
        match again {
            Again::No if !self.is_split => {
                while let Some(element) = self.explainer.end(sender) {
                    self.tally.cut_off(&element);
                    self.element(&element, printer)?;
                }
                Ok(())
            }
            again @ (Again::No | Again::By(_)) => {
                *self.again(sender) = again;
                self.unfinished(sender, printer)?;
                *self.again(sender) = Again::Ended;
                let name = role_name(sender);
                self.remark(printer, &format!("the {name} ends TCP"))
            }
            Again::Searching { skipped, .. } => {
                let name = role_name(sender);
                self.remark(printer, &format!("the {name} ends TCP{}", not_explained(skipped)))
            }
            Again::Ended => Ok(()),
        }
    }

    /// Ends both directions where the capture ends, or with a reset. Returns what was recorded.
    pub(super) fn finish(
        mut self,
        why: &str,
        printer: &mut Printer,
    ) -> Result<Option<Box<Recorder>>, Failure> {
        for sender in [Role::Client, Role::Server] {
            let again = std::mem::replace(self.again(sender), Again::Ended);
            if !matches!(again, Again::Ended) {
                *self.again(sender) = again;
                self.unfinished(sender, printer)?;
                let skipped = match self.again(sender) {
                    Again::Searching { skipped, .. } => not_explained(*skipped),
                    _ => String::new(),
                };
                let name = role_name(sender);
                self.remark(printer, &format!("the {name} has not ended TCP: {why}{skipped}"))?;
            }
        }
        let (client, server) = (self.client.to_string(), self.server.to_string());
        let line = self.tally.line(self.number, &format!("{client} > {server}"));
        printer.row(self.number, &line, &self.tally.json(self.number, &client, &server))?;
        Ok(self.recorder)
    }

    /// Explains what a direction has begun and not ended.
    fn unfinished(&mut self, sender: Role, printer: &mut Printer) -> Result<(), Failure> {
        let element = match self.again(sender) {
            Again::No => self.explainer.end(sender),
            Again::By(explainer) => explainer.end(sender),
            Again::Searching { .. } | Again::Ended => None,
        };
        // Its end is not the end of the connection.
        match element.filter(|element| element.root.field != Field::End) {
            Some(element) => {
                self.tally.cut_off(&element);
                self.element(&element, printer)
            }
            None => Ok(()),
        }
    }

    fn element(&mut self, element: &Element, printer: &mut Printer) -> Result<(), Failure> {
        let is_open = element.root.find(Field::Status).is_some_and(|status| status.value == "101");
        if element.root.field == Field::Response && is_open {
            let value = |span: &sansocket_explain::Span| {
                let (name, value) = span.value.split_once(':')?;
                let is_it = name.eq_ignore_ascii_case("sec-websocket-extensions");
                is_it.then(|| value.trim().to_owned())
            };
            let extensions = element.root.children.iter().find_map(value);
            self.extensions = Some(extensions.unwrap_or_default());
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.element(element)?;
        }
        printer.element(self.number, self.last, element)
    }

    fn again(&mut self, sender: Role) -> &mut Again {
        match sender {
            Role::Client => &mut self.client_again,
            Role::Server => &mut self.server_again,
        }
    }
}

/// Says how many bytes were skipped until the end, if there are any.
fn not_explained(skipped: u64) -> String {
    match skipped {
        0 => String::new(),
        skipped => {
            format!("; not explained, as no frame was found there: {}", bytes_of(skipped))
        }
    }
}

/// Returns a number of bytes in words.
fn bytes_of(count: u64) -> String {
    format!("{count} {}", if count == 1 { "byte" } else { "bytes" })
}
