use std::{
    net::SocketAddr,
    time::{Duration, UNIX_EPOCH},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sansocket::{
    Limits, MessageKind, Role, Seed,
    connection::{Connection, Event, Receiver},
    deflate::{Config, Offer, Params},
    handshake::Extensions,
};
use sansocket_explain::{Element, Field};

use super::{
    held::{Held, MAX_HELD},
    log::{Content, Empty, Entry, Header, Message, Request, Response, Timings},
};
use crate::Failure;

/// Records the messages of a connection for a HAR file: the bytes of both ends go through the engine's
/// receivers.
#[derive(Debug)]
pub(crate) struct Recorder {
    server: SocketAddr,
    request: Option<Vec<u8>>,
    response: Option<Vec<u8>>,
    /// The seconds since 1970 of the first bytes and of the last ones.
    times: Option<(f64, f64)>,
    directions: Directions,
    messages: Vec<Message>,
    held: Held,
}

/// What one end sends.
#[derive(Debug)]
struct Direction {
    receiver: Receiver,
    message: Vec<u8>,
}

/// What both ends send, as far as it is read.
#[derive(Debug, Default)]
struct Directions {
    client: Option<Direction>,
    server: Option<Direction>,
}

impl Directions {
    /// Returns what this end sends.
    fn of(&mut self, sender: Role) -> &mut Option<Direction> {
        match sender {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }
}

impl Recorder {
    pub(super) fn new(server: SocketAddr, held: Held) -> Self {
        Self {
            server,
            request: None,
            response: None,
            times: None,
            directions: Directions::default(),
            messages: Vec::new(),
            held,
        }
    }

    /// Takes bytes before they are explained. Those of a head are passed over.
    pub(crate) fn bytes(&mut self, sender: Role, bytes: &[u8], time: f64) -> Result<(), Failure> {
        let (first, _) = *self.times.get_or_insert((time, time));
        self.times = Some((first, time));
        let Some(Direction { receiver, message }) = self.directions.of(sender) else {
            return Ok(());
        };
        let mut bytes = bytes.to_vec();
        let mut input = &mut bytes[..];
        // After a broken rule, a receiver receives nothing.
        while let Ok(Some(event)) = receiver.receive(&mut input) {
            let Event::Chunk(chunk) = event else { continue };
            message.extend_from_slice(chunk.payload);
            self.held.add(chunk.payload.len())?;
            if chunk.is_last {
                let content = std::mem::take(message);
                self.held.remove(content.len());
                let message = recorded(sender, chunk.kind, content, time);
                // A message takes memory even if it is empty.
                self.held.add(message.data.len().saturating_add(size_of::<Message>()))?;
                self.messages.push(message);
            }
        }
        Ok(())
    }

    /// Learns from an element whose bytes were taken: after the heads, frames begin.
    pub(crate) fn element(&mut self, element: &Element) -> Result<(), Failure> {
        match element.root.field {
            Field::Request => {
                self.head(&element.bytes)?;
                self.request = Some(element.bytes.clone());
                self.begin(Role::Client, None);
            }
            // The last one counts: before it may be others, as 100 and 401.
            Field::Response => {
                let is_open = element.root.find(Field::Status).is_some_and(|it| it.value == "101");
                self.head(&element.bytes)?;
                self.response = Some(element.bytes.clone());
                if is_open {
                    let answer = header(&element.bytes, "Sec-WebSocket-Extensions");
                    let params = answer.and_then(|answer| params(answer.as_bytes()));
                    self.begin(Role::Client, params.as_ref());
                    self.begin(Role::Server, params.as_ref());
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Counts a head, which becomes an entry with a string for each part of a line.
    fn head(&self, head: &[u8]) -> Result<(), Failure> {
        let lines = head.iter().filter(|byte| **byte == b'\n').count();
        let parts = lines.saturating_mul(size_of::<Header>());
        self.held.add(head.len().saturating_add(parts).saturating_add(size_of::<Entry>()))
    }

    /// Begins with the frames of an end whose handshake is not in the capture.
    pub(crate) fn frames(&mut self, sender: Role) {
        self.begin(sender, None);
    }

    /// Stops with one end, of which bytes are missing.
    pub(crate) fn lost(&mut self, sender: Role) {
        self.set(sender, None);
    }

    /// Returns the entry of the connection.
    pub(super) fn into_entry(self) -> Entry {
        let (start, end) = self.times.unwrap_or_default();
        let request = self.request.as_deref().unwrap_or_default();
        let response = self.response.as_deref().unwrap_or_default();
        let host = header(request, "Host").unwrap_or_else(|| self.server.to_string());
        let mut words = first_line(request);
        let method = words.next().unwrap_or_else(|| "GET".into());
        let target = words.next().unwrap_or_else(|| "/".into());
        let mut words = first_line(response);
        let version = words.next().unwrap_or_else(|| "HTTP/1.1".into());
        let status = words.next().and_then(|status| status.parse().ok()).unwrap_or_default();
        let started = Duration::try_from_secs_f64(start).unwrap_or_default();
        Entry {
            started_date_time: humantime::format_rfc3339_millis(UNIX_EPOCH + started).to_string(),
            time: (end - start) * 1000.0,
            request: Request {
                method,
                url: format!("ws://{host}{target}"),
                http_version: "HTTP/1.1".into(),
                headers: headers(request),
                query_string: [],
                cookies: [],
                headers_size: -1,
                body_size: 0,
            },
            response: Response {
                status,
                status_text: words.collect::<Vec<_>>().join(" "),
                http_version: version,
                headers: headers(response),
                cookies: [],
                content: Content { size: 0, mime_type: "x-unknown" },
                redirect_url: "",
                headers_size: -1,
                body_size: -1,
            },
            cache: Empty {},
            timings: Timings::default(),
            server_ip_address: self.server.ip().to_string(),
            resource_type: "websocket",
            messages: Some(self.messages),
        }
    }

    fn begin(&mut self, sender: Role, params: Option<&Params>) {
        let limits = Limits::default().max_message_len(MAX_HELD as u64).max_fragments(u32::MAX);
        let connection = match sender {
            Role::Client => Connection::server(&limits),
            // It sends nothing, so that no mask depends on the seed.
            Role::Server => Connection::client(&limits, Seed::from([0; 32])),
        };
        let connection = match params {
            Some(params) => connection.with_deflate(params, &Config::default()),
            None => connection,
        };
        let direction = Direction { receiver: connection.receiver, message: Vec::new() };
        self.set(sender, Some(direction));
    }

    /// Sets what reads an end. A message that was begun is dropped.
    fn set(&mut self, sender: Role, direction: Option<Direction>) {
        if let Some(old) = std::mem::replace(self.directions.of(sender), direction) {
            self.held.remove(old.message.len());
        }
    }
}

fn recorded(sender: Role, kind: MessageKind, content: Vec<u8>, time: f64) -> Message {
    let (opcode, data) = match kind {
        // The receiver has checked that it is UTF-8.
        MessageKind::Text => (1, String::from_utf8(content).unwrap_or_default()),
        MessageKind::Binary => (2, STANDARD.encode(content)),
    };
    let kind = match sender {
        Role::Client => "send",
        Role::Server => "receive",
    };
    Message { kind: kind.into(), time, opcode, data }
}

/// Returns what a server has agreed on.
fn params(answer: &[u8]) -> Option<Params> {
    let mut answers = Extensions::new(answer).flatten();
    let answer = answers.find(|answer| answer.name() == "permessage-deflate")?;
    let offer = Offer::parse([("client_max_window_bits", None)]).ok()?;
    offer.accept(&Offer::parse(answer.params()).ok()?).ok()
}

fn first_line(head: &[u8]) -> impl Iterator<Item = String> {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let words = String::from_utf8_lossy(line).into_owned();
    let words: Vec<_> = words.split_whitespace().map(str::to_owned).collect();
    words.into_iter()
}

fn headers(head: &[u8]) -> Vec<Header> {
    let head = String::from_utf8_lossy(head);
    let lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    lines.map(|(name, value)| Header { name: name.into(), value: value.trim().into() }).collect()
}

fn header(head: &[u8], name: &str) -> Option<String> {
    let mut headers = headers(head).into_iter();
    headers.find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_open_connections_are_counted_together_and_empty_messages_too() {
        let server = SocketAddr::from(([127, 0, 0, 1], 9001));
        let empty = b"\x81\0".repeat(10);
        let room = |messages: usize| {
            let held = Held::new(messages * size_of::<Message>());
            let mut results = [1, 2].map(|_| {
                let mut recorder = Recorder::new(server, held.clone());
                recorder.frames(Role::Server);
                let result = recorder.bytes(Role::Server, &empty, 0.0);
                assert!(recorder.messages.len() <= 10);
                result
            });
            results.iter_mut().all(|result| result.is_ok())
        };
        assert!(room(20));
        assert!(!room(19));
        // A message that is dropped does not count any more.
        let held = Held::new(2 + size_of::<Message>());
        let mut recorder = Recorder::new(server, held);
        for _ in 0..3 {
            recorder.frames(Role::Server);
            recorder.bytes(Role::Server, b"\x01\x02Hi", 0.0).unwrap();
            recorder.lost(Role::Server);
        }
        recorder.frames(Role::Server);
        recorder.bytes(Role::Server, b"\x81\x02Hi", 0.0).unwrap();
    }
}
