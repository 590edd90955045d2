use std::io;

use sansocket::{Message, Random, Role, Seed, upgrade::WebSocket};
use sansocket_explain::Element;
use tokio::{
    io::{AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    task::JoinSet,
};

use super::{
    built_in_peer::{self, Prompter},
    command::{self, Command, Context, End},
    composition::Composition,
    connection::Connection,
    deflate_wish::DeflateWish,
    event::Event,
    explanation, gallery,
    hex::Hex,
    peer_stream::{self, PeerStream},
    request,
    target::Target,
};

/// How much may wait for a peer that does not read.
const MAX_OUTPUT: usize = 4 << 20;

/// The address in the request to the built-in peer.
const BUILT_IN: &str = "ws://built-in.invalid/echo";

/// The session of a page: it has one connection at a time.
#[derive(Debug)]
struct Session {
    random: Random,
    connection: Option<Connection>,
    stream: Option<PeerStream>,
    /// To make the peer send, if it is the built-in one.
    prompter: Option<Prompter>,
    /// At most one address; what is dropped is dialled no more.
    dialling: JoinSet<Result<Dialled, String>>,
    /// Whether the stream holds nothing that was written.
    is_flushed: bool,
    events: Vec<Event>,
}

/// An address that has answered.
#[derive(Debug)]
struct Dialled {
    stream: PeerStream,
    request: Vec<u8>,
    answers: bool,
}

/// Serves a page until it leaves.
pub(super) async fn serve(mut page: WebSocket) {
    let Ok(seed) = Seed::from_os() else { return };
    let session = Session {
        random: Random::new(seed),
        connection: None,
        stream: None,
        prompter: None,
        dialling: JoinSet::new(),
        is_flushed: true,
        events: Vec::new(),
    };
    // An error is a page that has gone.
    let _ = session.converse(&mut page).await;
}

impl Session {
    async fn converse(mut self, page: &mut WebSocket) -> Result<(), sansocket::Error> {
        let (gallery, clauses) = (gallery::pictures(), clauses());
        self.events.push(Event::Welcome { max_len: command::MAX_LEN, gallery, clauses });
        loop {
            self.keep_bounds();
            self.tell(page).await?;
            let output = self.connection.as_ref().map_or(&[][..], |connection| &connection.output);
            tokio::select! {
                received = page.recv() => {
                    let Some(message) = received? else { return Ok(()) };
                    let command = serde_json::from_slice(message.as_bytes());
                    match command {
                        Ok(command) => self.obey(command),
                        Err(error) => self.events.push(Event::Failed { text: error.to_string() }),
                    }
                }
                Some(dialled) = self.dialling.join_next() => {
                    let dialled = dialled.unwrap_or_else(|error| Err(error.to_string()));
                    match dialled {
                        Ok(dialled) => self.begin(dialled),
                        Err(text) => self.events.push(Event::Failed { text }),
                    }
                }
                exchanged = exchange(&mut self.stream, output, self.is_flushed) => self.exchanged(exchanged),
            }
        }
    }

    /// Disconnects from a peer that sends too much, or that does not read.
    fn keep_bounds(&mut self) {
        let Some(connection) = &self.connection else { return };
        let is_beyond = connection.is_too_long() || connection.output.len() > MAX_OUTPUT;
        if is_beyond && self.stream.is_some() {
            let text = "more has crossed, or waits to be sent, than can be shown: disconnected";
            self.events.push(Event::Failed { text: text.into() });
            self.disconnect();
        }
    }

    /// Tells the page what has happened.
    async fn tell(&mut self, page: &mut WebSocket) -> Result<(), sansocket::Error> {
        if let Some(connection) = &mut self.connection {
            self.events.append(&mut connection.events);
        }
        for event in self.events.drain(..) {
            // Nothing of an event cannot be JSON.
            let text = serde_json::to_string(&event).unwrap_or_default();
            page.feed(Message::Text(&text)).await?;
        }
        page.flush().await
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Connect { address, deflate, answers, request } => {
                self.give_up();
                let shown = address.as_deref().unwrap_or("the built-in peer").to_owned();
                self.events.push(Event::Connecting { address: shown });
                let request = request.map(|Hex(head)| head);
                if let Err(text) = self.connect(address.as_deref(), deflate, answers, request) {
                    self.events.push(Event::Failed { text });
                }
            }
            Command::Disconnect => self.give_up(),
            Command::Request { number, address, deflate } => {
                match self.request(address.as_deref(), deflate) {
                    Ok((_, head)) => {
                        self.explain(number, End::Client, Hex(head), None, Context::Nothing);
                    }
                    Err(text) => self.events.push(Event::Refused { number, text }),
                }
            }
            Command::Compose { number, composition } => self.compose(number, &composition),
            Command::Explain { number, sender, bytes, deflate, context } => {
                match Hex::parse(&bytes) {
                    Ok(bytes) => self.explain(number, sender, bytes, deflate.as_deref(), context),
                    Err(text) => self.events.push(Event::Refused { number, text }),
                }
            }
            Command::Send { sender, bytes: Hex(bytes) } => {
                if let Err(text) = self.send(sender, bytes) {
                    self.events.push(Event::Failed { text });
                }
            }
        }
    }

    /// Returns where to connect, and the request for it.
    fn request(
        &mut self,
        address: Option<&str>,
        deflate: Option<DeflateWish>,
    ) -> Result<(Target, Vec<u8>), String> {
        let target = Target::parse(address.unwrap_or(BUILT_IN))?;
        let head = request::head(&target, deflate, &mut self.random)?;
        Ok((target, head))
    }

    /// Starts the built-in peer, or begins to dial an address.
    fn connect(
        &mut self,
        address: Option<&str>,
        deflate: Option<DeflateWish>,
        answers: bool,
        edited: Option<Vec<u8>>,
    ) -> Result<(), String> {
        let (target, head) = self.request(address, deflate)?;
        let request = edited.unwrap_or(head);
        if address.is_some() {
            self.dialling.spawn(async move {
                let stream = peer_stream::dial(&target).await?;
                Ok(Dialled { stream, request, answers })
            });
        } else {
            let (stream, prompter) = built_in_peer::start(deflate);
            self.prompter = Some(prompter);
            self.begin(Dialled { stream: Box::new(stream), request, answers });
        }
        Ok(())
    }

    /// Begins a connection over the stream to its peer.
    fn begin(&mut self, dialled: Dialled) {
        let Dialled { stream, request, answers } = dialled;
        self.connection = Some(Connection::open(&request, answers));
        (self.stream, self.is_flushed) = (Some(stream), true);
    }

    fn send(&mut self, sender: End, bytes: Vec<u8>) -> Result<(), String> {
        let connection = self.connection.as_mut().filter(|_| self.stream.is_some());
        let connection = connection.ok_or("there is no connection")?;
        match (sender, &self.prompter) {
            (End::Client, _) => connection.send(&bytes),
            (End::Server, Some(prompter)) => prompter.prompt(bytes)?,
            (End::Server, None) => return Err("only the built-in peer sends what you want".into()),
        }
        Ok(())
    }

    /// Dials no more, and ends the connection without a Close frame.
    fn give_up(&mut self) {
        if !self.dialling.is_empty() {
            self.dialling = JoinSet::new();
            self.events.push(Event::Cancelled);
        }
        self.disconnect();
    }

    /// Ends the connection without a Close frame, if there is one.
    fn disconnect(&mut self) {
        if self.stream.take().is_some()
            && let Some(connection) = &mut self.connection
        {
            connection.output.clear();
            connection.end(Role::Client);
            self.events.append(&mut connection.events);
        }
        self.prompter = None;
    }

    fn exchanged(&mut self, exchanged: io::Result<Exchanged>) {
        let Some(connection) = &mut self.connection else { return };
        match exchanged {
            Ok(Exchanged::Written(len)) => {
                connection.output.drain(..len.min(connection.output.len()));
                self.is_flushed = false;
            }
            Ok(Exchanged::Read(bytes)) if !bytes.is_empty() => {
                connection.receive(&bytes, &mut self.random);
            }
            Ok(Exchanged::Flushed) => self.is_flushed = true,
            Ok(Exchanged::Read(_)) => {
                connection.end(Role::Server);
                self.disconnect();
            }
            Err(error) => {
                self.events.push(Event::Failed { text: error.to_string() });
                connection.end(Role::Server);
                self.disconnect();
            }
        }
    }

    fn compose(&mut self, number: u64, composition: &Composition) {
        let compressor = self.connection.as_ref().and_then(Connection::compressor);
        match composition.frames(compressor, &mut self.random) {
            Ok(composed) => {
                let bytes = Hex(composed.bytes.clone());
                if let Some(connection) = &mut self.connection {
                    connection.composed(composed);
                }
                self.explain(number, End::Client, bytes, None, Context::Connection);
            }
            Err(text) => self.events.push(Event::Refused { number, text }),
        }
    }

    fn explain(
        &mut self,
        number: u64,
        sender: End,
        bytes: Hex,
        deflate: Option<&str>,
        context: Context,
    ) {
        let (explainer, caveat) = match context {
            Context::Nothing => (Some(explanation::of_head()), None),
            Context::Opened => (explanation::alone(deflate), None),
            Context::Connection => match self.connection.as_ref().filter(|own| own.is_open()) {
                None => (explanation::alone(deflate), Some("as the first one of a new connection")),
                Some(connection) => match connection.preview() {
                    Some(explainer) => (Some(explainer), None),
                    None => (
                        explanation::alone(deflate),
                        Some("without the message that crosses now, which is too long"),
                    ),
                },
            },
        };
        let Some(mut explainer) = explainer else {
            let text = "these parameters of permessage-deflate cannot be read".into();
            return self.events.push(Event::Refused { number, text });
        };
        let elements: Vec<Element> = explanation::explain(&mut explainer, sender.into(), &bytes.0);
        let elements = elements.iter().map(explanation::to_json).collect();
        self.events.push(Event::Explained { number, bytes, elements, caveat });
    }
}

/// What happened first on the stream of the peer.
#[derive(Debug)]
enum Exchanged {
    Read(Vec<u8>),
    Written(usize),
    Flushed,
}

/// Reads, and writes `output` or flushes. Cancel safe, as the calls of Tokio here are.
async fn exchange(
    stream: &mut Option<PeerStream>,
    output: &[u8],
    is_flushed: bool,
) -> io::Result<Exchanged> {
    let Some(stream) = stream else { return std::future::pending().await };
    let (mut reader, mut writer) = tokio::io::split(stream);
    let mut input = vec![0; 16 << 10];
    tokio::select! {
        read = reader.read(&mut input) => {
            input.truncate(read?);
            Ok(Exchanged::Read(input))
        }
        written = write(&mut writer, output), if !(output.is_empty() && is_flushed) => written,
    }
}

/// Writes some of `output`; if there is none, flushes what TLS may hold of what was written before.
async fn write(writer: &mut (impl AsyncWrite + Unpin), output: &[u8]) -> io::Result<Exchanged> {
    if output.is_empty() {
        writer.flush().await?;
        return Ok(Exchanged::Flushed);
    }
    Ok(Exchanged::Written(writer.write(output).await?))
}

/// Returns the rules by id, for the page to show their words.
fn clauses() -> Vec<(&'static str, String)> {
    let page = include_str!("../../../../docs/clauses.md");
    let rules = page.split("\n- ").skip(1).filter_map(|rule| {
        let (id, rest) = rule.split_once(" (")?;
        let (_, text) = rest.split_once("): ")?;
        let text = text.split("\n\n").next()?;
        Some((id, text.split_whitespace().collect::<Vec<_>>().join(" ")))
    });
    rules.collect()
}
