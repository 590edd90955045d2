use std::time::Instant;

use sansocket::{
    CloseCode, Parsed, Random, Role,
    frame::{FrameHeader, MaskKey},
};
use sansocket_explain::{Action, Element, Explainer, Field};

use super::{
    composition::{Composed, LengthForm, put_frame},
    compressor::Compressor,
    ends::{EndState, Ends},
    event::Event,
    explanation,
    tally::Tally,
    transcript::Transcript,
};

/// A connection as a client that sends what the user wants. No I/O: the session writes [`Self::output`].
#[derive(Debug)]
pub(super) struct Connection {
    begun: Instant,
    has_response: bool,
    transcript: Transcript,
    ends: Ends,
    shown_ends: Option<(EndState, EndState)>,
    tallies: (Tally, Tally),
    compressor: Option<Compressor>,
    /// The frames last made, to know them again when they are sent.
    composed: Option<Composed>,
    answers: bool,
    crossed: usize,
    /// What is to be written to the peer.
    pub(super) output: Vec<u8>,
    /// What the page is to be told.
    pub(super) events: Vec<Event>,
}

/// Nobody looks at more of one connection.
const MAX_CROSSED: usize = 2_000;

impl Connection {
    /// Begins with a request.
    pub(super) fn open(request: &[u8], answers: bool) -> Self {
        let mut connection = Self {
            begun: Instant::now(),
            has_response: false,
            transcript: Transcript::new(),
            ends: Ends::connecting(),
            shown_ends: None,
            tallies: Default::default(),
            compressor: None,
            composed: None,
            answers,
            crossed: 0,
            output: Vec::new(),
            events: Vec::new(),
        };
        connection.tell_ends();
        connection.send(request);
        connection
    }

    /// Sends bytes as they are.
    pub(super) fn send(&mut self, bytes: &[u8]) {
        self.output.extend_from_slice(bytes);
        let mut input = bytes;
        let mut is_compressed = false;
        while let Some(element) = self.next(Role::Client, &mut input) {
            is_compressed |= element.root.find(Field::Window).is_some();
        }
        self.tell_ends();
        let Some(compressor) = &mut self.compressor else { return };
        // An answer to a Ping may come between a preview and its frames.
        match self.composed.take_if(|composed| composed.bytes == bytes) {
            Some(Composed { compressed: Some(data), .. }) => compressor.sent(&data),
            _ if is_compressed => compressor.forget(),
            _ => {}
        }
    }

    /// Takes bytes of the peer.
    pub(super) fn receive(&mut self, bytes: &[u8], random: &mut Random) {
        let mut input = bytes;
        while let Some(element) = self.next(Role::Server, &mut input) {
            if self.answers
                && let Some(answer) = self.answer(&element, random)
            {
                self.send(&answer);
            }
        }
        self.tell_ends();
    }

    /// Takes the end of what `sender` sends.
    pub(super) fn end(&mut self, sender: Role) {
        while let Some(element) = self.transcript.end(sender) {
            self.show(&element);
        }
        if sender == Role::Server && !self.has_response {
            let text = "the server has ended the connection without a response".into();
            self.events.push(Event::Failed { text });
        }
        self.tell_ends();
    }

    /// Explains and shows the next element of what crosses. The session disconnects if there are too many;
    /// until then the rest is not shown.
    fn next(&mut self, sender: Role, input: &mut &[u8]) -> Option<Element> {
        if self.is_too_long() {
            return None;
        }
        let element = self.transcript.explain(sender, input)?;
        if element.root.field == Field::Response {
            self.respond(&element);
        }
        self.show(&element);
        Some(element)
    }

    /// Takes what the server has answered to the request.
    fn respond(&mut self, response: &Element) {
        let status = response.root.find(Field::Status).map_or("", |span| &span.value);
        let is_interim = status.starts_with('1') && status != "101";
        if is_interim && response.violations.is_empty() {
            return;
        }
        self.has_response = true;
        let text = match response.violations.first() {
            Some(violation) => violation.text.clone(),
            None if status == "101" => {
                let params = self.transcript.deflate();
                self.compressor = params.map(Compressor::new);
                self.ends.open();
                return self.events.push(Event::Opened { deflate: params.map(Into::into) });
            }
            None => response.root.value.clone(),
        };
        self.ends.refuse();
        self.events.push(Event::Failed { text: format!("the handshake has failed: {text}") });
    }

    fn show(&mut self, element: &Element) {
        self.crossed = self.crossed.saturating_add(1);
        self.ends.element(element);
        match element.sender {
            Role::Client => self.tallies.0.element(element),
            Role::Server => self.tallies.1.element(element),
        }
        self.events.push(Event::Crossed {
            sender: element.sender.into(),
            millis: self.begun.elapsed().as_secs_f64() * 1e3,
            element: explanation::to_json(element),
            client: self.tallies.0,
            server: self.tallies.1,
        });
    }

    /// Returns the answer that RFC 6455 5.5.1, 5.5.2 and 7.1.7 demand. After a Close frame there is none.
    fn answer(&self, element: &Element, random: &mut Random) -> Option<Vec<u8>> {
        if self.ends.client_has_closed() || element.root.field != Field::Frame {
            return None;
        }
        let (first, payload) = match element.violations.first().map(|violation| violation.action) {
            Some(Action::Close(code)) => (CLOSE, code_of(code)),
            Some(_) => return None,
            None => {
                let header = FrameHeader::parse(&element.bytes);
                let Ok(Parsed::Complete { consumed, .. }) = header else { return None };
                let payload = element.bytes.get(consumed..)?;
                match &*element.root.value {
                    "Ping" => (PONG, payload.to_vec()),
                    // A Close frame has its code alone in the answer.
                    "Close" => (CLOSE, payload.get(..2).unwrap_or_default().to_vec()),
                    _ => return None,
                }
            }
        };
        let key = MaskKey(random.mask_key());
        let mut frame = Vec::new();
        put_frame(first, Some(key), LengthForm::Shortest, &payload, &mut frame);
        Some(frame)
    }

    fn tell_ends(&mut self) {
        let (client, server) = (self.ends.client(), self.ends.server());
        if self.shown_ends.replace((client, server)) != Some((client, server)) {
            self.events.push(Event::Ends { client, server });
        }
    }

    /// Returns whether there is more than a page can show.
    pub(super) const fn is_too_long(&self) -> bool {
        self.crossed > MAX_CROSSED
    }

    /// Returns whether more than the answer to a Close frame may be sent.
    pub(super) const fn is_open(&self) -> bool {
        self.ends.is_open()
    }

    /// Returns an explainer in the state of this connection, unless a message before it is too long.
    pub(super) fn preview(&self) -> Option<Explainer> {
        self.transcript.preview()
    }

    /// Returns the compressor of what the client may send next.
    pub(super) fn compressor(&self) -> Option<&Compressor> {
        self.compressor.as_ref().filter(|_| self.is_open())
    }

    /// Keeps frames that the user is about to send.
    pub(super) fn composed(&mut self, composed: Composed) {
        self.composed = Some(composed);
    }
}

/// First bytes of frames.
const CLOSE: u8 = 0x88;
const PONG: u8 = 0x8A;

fn code_of(code: CloseCode) -> Vec<u8> {
    u16::from(code).to_be_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use sansocket::{
        Seed,
        frame::{Masker, OpCode},
    };

    use super::*;

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\
        Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
    const RESPONSE: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
        Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

    fn random() -> Random {
        Random::new(Seed::from([7; 32]))
    }

    fn opened(headers: &str) -> Connection {
        let mut connection = Connection::open(REQUEST, true);
        connection.output.clear();
        let response = format!("{RESPONSE}{headers}\r\n");
        connection.receive(response.as_bytes(), &mut random());
        connection
    }

    /// Returns the opcodes and the codes of the Close frames that wait to be written.
    fn sent(connection: &Connection) -> Vec<(OpCode, Option<u16>)> {
        let mut output = connection.output.clone();
        let mut sent = Vec::new();
        while !output.is_empty() {
            let Ok(Parsed::Complete { value, consumed }) = FrameHeader::parse(&output) else {
                panic!("{output:?}");
            };
            output.drain(..consumed);
            let mut payload: Vec<u8> =
                output.drain(..usize::try_from(value.payload_len).unwrap()).collect();
            Masker::new(value.mask.unwrap()).apply(&mut payload);
            let code = payload.first_chunk().filter(|_| value.opcode == OpCode::Close);
            sent.push((value.opcode, code.map(|code| u16::from_be_bytes(*code))));
        }
        sent
    }

    fn failures(connection: &Connection) -> Vec<&str> {
        let failures = connection.events.iter().filter_map(|event| match event {
            Event::Failed { text } => Some(&**text),
            _ => None,
        });
        failures.collect()
    }

    fn is_opened(connection: &Connection) -> bool {
        connection.events.iter().any(|event| matches!(event, Event::Opened { .. }))
    }

    #[test]
    fn any_bytes_of_a_peer_are_explained() {
        let mut random = random();
        for _ in 0..300 {
            let mut response = format!("{RESPONSE}\r\n").into_bytes();
            let [kind, at, bit, len] = random.mask_key();
            if kind % 2 == 0 {
                let at = usize::from(at) % response.len();
                response[at] ^= 1 << (bit % 8);
            }
            for _ in 0..len {
                response.extend(random.mask_key());
            }
            let mut connection = Connection::open(REQUEST, true);
            for piece in response.chunks(usize::from(bit).max(1)) {
                connection.receive(piece, &mut random);
            }
            connection.end(Role::Server);
            assert!(connection.events.len() > 1);
        }
    }

    #[test]
    fn a_response_opens_or_fails() {
        let connection = opened("Sec-WebSocket-Extensions: permessage-deflate\r\n");
        assert!(is_opened(&connection) && connection.compressor().is_some());
        assert_eq!(failures(&connection), [""; 0]);
        let answer = |response: &[u8]| {
            let mut connection = Connection::open(REQUEST, true);
            connection.receive(b"HTTP/1.1 103 Early Hints\r\n\r\n", &mut random());
            assert_eq!(failures(&connection), [""; 0]);
            connection.receive(response, &mut random());
            connection.end(Role::Server);
            assert!(!is_opened(&connection));
            assert_eq!(failures(&connection).len(), 1);
            failures(&connection)[0].to_owned()
        };
        let refused = answer(b"HTTP/1.1 403 Forbidden\r\n\r\nno");
        assert_eq!(refused, "the handshake has failed: HTTP/1.1 403 Forbidden");
        // Without the accept value.
        let wrong = b"HTTP/1.1 101 \r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
        assert!(answer(wrong).contains("Sec-WebSocket-Accept"), "{}", answer(wrong));
        for cut in [&b""[..], b"HTTP/1.1 101 Switching Protocols\r\nUpgr"] {
            assert_eq!(answer(cut), "the server has ended the connection without a response");
        }
    }

    #[test]
    fn a_ping_and_a_close_are_answered_and_then_nothing() {
        let mut connection = opened("");
        connection.receive(b"\x89\x02hi\x88\x05\x03\xE8bye\x89\0\x88\0", &mut random());
        let expected = [(OpCode::Pong, None), (OpCode::Close, Some(1000))];
        assert_eq!(sent(&connection), expected);
        assert_eq!(connection.ends.client(), EndState::Closed);
    }

    #[test]
    fn a_broken_frame_is_answered_with_the_close_code_of_its_rule() {
        for (frame, code) in
            [(&b"\x81\x81\0\0\0\0a"[..], 1002), (b"\x81\x01\xFF", 1007), (b"\x89\x7E\0\x7E", 1002)]
        {
            let mut connection = opened("");
            connection.receive(frame, &mut random());
            connection.receive(&[0; 200], &mut random());
            assert_eq!(sent(&connection), [(OpCode::Close, Some(code))]);
            assert_eq!(connection.ends.client(), EndState::CloseSent);
        }
    }

    #[test]
    fn an_answer_keeps_what_the_preview_is_known_by() {
        let mut connection = opened("Sec-WebSocket-Extensions: permessage-deflate\r\n");
        let bytes = b"\xC1\x87\0\0\0\0\xF2\x48\xCD\xC9\xC9\x07\x00";
        let compressed = Some(b"Hello".to_vec());
        connection.composed(Composed { bytes: bytes.to_vec(), compressed });
        connection.receive(b"\x89\x00", &mut random());
        connection.send(bytes);
        let again = connection.compressor().unwrap().compress(b"Hello").unwrap();
        assert!(again.len() < 7, "it does not refer to the first: {again:?}");
    }

    #[test]
    fn a_peer_that_sends_too_much_is_noticed() {
        let mut connection = opened("");
        connection.receive(&b"\x8A\x00".repeat(10_000), &mut random());
        assert!(connection.is_too_long());
        assert!(connection.events.len() < 2_100);
    }
}
