use std::io;

use sansocket::{Message, Random, Role, Seed, upgrade::WebSocket};
use sansocket_explain::Element;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
    time::{Duration, timeout},
};

use super::{
    built_in_peer,
    command::{Command, End},
    composition::Composition,
    connection::Connection,
    deflate_wish::DeflateWish,
    event::Event,
    explanation, gallery,
    hex::Hex,
    target::Target,
};

/// How long an address may take to answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How much may wait for a peer that does not read.
const MAX_OUTPUT: usize = 4 << 20;

/// The session of a page: it has one connection at a time.
#[derive(Debug)]
struct Session {
    random: Random,
    connection: Option<Connection>,
    stream: Option<Box<dyn Stream>>,
    events: Vec<Event>,
}

trait Stream: AsyncRead + AsyncWrite + std::fmt::Debug + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + std::fmt::Debug + Send + Unpin> Stream for S {}

/// Serves a page until it leaves.
pub(super) async fn serve(mut page: WebSocket) {
    let Ok(seed) = Seed::from_os() else { return };
    let session =
        Session { random: Random::new(seed), connection: None, stream: None, events: Vec::new() };
    // An error is a page that has gone.
    let _ = session.converse(&mut page).await;
}

impl Session {
    async fn converse(mut self, page: &mut WebSocket) -> Result<(), sansocket::Error> {
        self.events.push(Event::Welcome { gallery: gallery::pictures(), clauses: clauses() });
        loop {
            self.tell(page).await?;
            let output = self.connection.as_ref().map_or(&[][..], |connection| &connection.output);
            tokio::select! {
                received = page.recv() => {
                    let Some(message) = received? else { return Ok(()) };
                    let command = serde_json::from_slice(message.as_bytes());
                    match command {
                        Ok(command) => self.obey(command, page).await?,
                        Err(error) => self.events.push(Event::Failed { text: error.to_string() }),
                    }
                }
                exchanged = exchange(&mut self.stream, output) => self.exchanged(exchanged),
            }
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

    async fn obey(
        &mut self,
        command: Command,
        page: &mut WebSocket,
    ) -> Result<(), sansocket::Error> {
        match command {
            Command::Connect { address, deflate, answers } => {
                self.disconnect();
                let shown = address.as_deref().unwrap_or("the built-in peer").to_owned();
                self.events.push(Event::Connecting { address: shown });
                self.tell(page).await?;
                if let Err(text) = self.connect(address.as_deref(), deflate, answers).await {
                    self.events.push(Event::Failed { text });
                }
            }
            Command::Disconnect => self.disconnect(),
            Command::Compose { number, composition } => self.compose(number, &composition),
            Command::Explain { number, sender, bytes, deflate, is_alone } => {
                match Hex::parse(&bytes) {
                    Ok(bytes) => self.explain(number, sender, bytes, deflate.as_deref(), is_alone),
                    Err(text) => self.events.push(Event::Refused { number, text }),
                }
            }
            Command::Send { bytes: Hex(bytes) } => match &mut self.connection {
                Some(connection) if self.stream.is_some() => {
                    connection.send(&bytes, &mut self.random);
                }
                _ => self.events.push(Event::Failed { text: "there is no connection".into() }),
            },
        }
        Ok(())
    }

    async fn connect(
        &mut self,
        address: Option<&str>,
        deflate: Option<DeflateWish>,
        answers: bool,
    ) -> Result<(), String> {
        let target = Target::parse(address.unwrap_or("ws://built-in.invalid/echo"))?;
        let connection = Connection::open(&target, deflate, answers, &mut self.random)?;
        let stream: Box<dyn Stream> = match address {
            None => Box::new(built_in_peer::start(deflate)),
            Some(address) => {
                let connecting = TcpStream::connect((&*target.name, target.port));
                let connected = timeout(CONNECT_TIMEOUT, connecting)
                    .await
                    .map_err(|_| format!("{address}: no answer in {CONNECT_TIMEOUT:?}"))?;
                let stream = connected.map_err(|error| format!("{address}: {error}"))?;
                stream.set_nodelay(true).map_err(|error| format!("{address}: {error}"))?;
                Box::new(stream)
            }
        };
        (self.connection, self.stream) = (Some(connection), Some(stream));
        Ok(())
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
    }

    fn exchanged(&mut self, exchanged: io::Result<Exchanged>) {
        let Some(connection) = &mut self.connection else { return };
        match exchanged {
            Ok(Exchanged::Written(len)) => {
                connection.output.drain(..len.min(connection.output.len()));
            }
            Ok(Exchanged::Read(bytes)) if !bytes.is_empty() => {
                connection.receive(&bytes, &mut self.random);
                if connection.is_too_long() || connection.output.len() > MAX_OUTPUT {
                    let text = "more has crossed than can be shown; disconnected".into();
                    self.events.push(Event::Failed { text });
                    self.disconnect();
                }
            }
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
                self.explain(number, End::Client, bytes, None, false);
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
        is_alone: bool,
    ) {
        let of_connection = self.connection.as_ref().filter(|_| !is_alone);
        let explainer =
            of_connection.and_then(Connection::explainer).or_else(|| explanation::alone(deflate));
        let Some(mut explainer) = explainer else {
            let text = "these parameters of permessage-deflate cannot be read".into();
            return self.events.push(Event::Refused { number, text });
        };
        let elements: Vec<Element> = explanation::explain(&mut explainer, sender.into(), &bytes.0);
        let elements = elements.iter().map(explanation::to_json).collect();
        self.events.push(Event::Explained { number, bytes, elements });
    }
}

/// What happened first on the stream of the peer.
#[derive(Debug)]
enum Exchanged {
    Read(Vec<u8>),
    Written(usize),
}

/// Reads, and writes `output` if there is any. Cancel safe, as the calls of Tokio here are.
async fn exchange(stream: &mut Option<Box<dyn Stream>>, output: &[u8]) -> io::Result<Exchanged> {
    let Some(stream) = stream else { return std::future::pending().await };
    let (mut reader, mut writer) = tokio::io::split(stream);
    let mut input = vec![0; 16 << 10];
    tokio::select! {
        read = reader.read(&mut input) => {
            input.truncate(read?);
            Ok(Exchanged::Read(input))
        }
        written = writer.write(output), if !output.is_empty() => Ok(Exchanged::Written(written?)),
    }
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
