use std::time::Instant;

use sansocket::{
    Parsed, Random, Role,
    frame::{FrameHeader, MaskKey},
    handshake::client::{AwaitingResponse, Request},
};
use sansocket_explain::{Element, Explainer, Field};

use super::{
    composition::{Composed, LengthForm, put_frame},
    compressor::Compressor,
    deflate_wish::DeflateWish,
    ends::{EndState, Ends},
    event::Event,
    explanation,
    tally::Tally,
    target::Target,
    wire_log::WireLog,
};

/// A connection as a client that sends what the user wants. No I/O: the session writes [`Self::output`].
#[derive(Debug)]
pub(super) struct Connection {
    begun: Instant,
    handshake: Handshake,
    explainer: Explainer,
    log: WireLog,
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

#[derive(Debug)]
enum Handshake {
    Awaiting { response: Box<AwaitingResponse>, input: Vec<u8> },
    Done,
}

/// Nobody looks at more of one connection.
const MAX_CROSSED: usize = 2_000;

impl Connection {
    /// Begins with a request.
    pub(super) fn open(
        target: &Target,
        deflate: Option<DeflateWish>,
        answers: bool,
        random: &mut Random,
    ) -> Result<Self, String> {
        let mut request = Request::new(&target.host, &target.resource);
        if let Some(wish) = deflate {
            request = request.deflate(&wish.config());
        }
        let mut head = Vec::new();
        let response =
            request.send(random.nonce(), &mut head).map_err(|error| error.to_string())?;
        let mut connection = Self {
            begun: Instant::now(),
            handshake: Handshake::Awaiting { response: Box::new(response), input: Vec::new() },
            explainer: Explainer::new(&explanation::options()),
            log: WireLog::default(),
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
        connection.send(&head, random);
        Ok(connection)
    }

    /// Sends bytes as they are.
    pub(super) fn send(&mut self, bytes: &[u8], random: &mut Random) {
        self.output.extend_from_slice(bytes);
        let composed = self.composed.take().filter(|composed| composed.bytes == bytes);
        let is_compressed = self.crossed(Role::Client, bytes, random);
        if let Some(compressor) = &mut self.compressor {
            match composed.and_then(|composed| composed.compressed) {
                Some(data) => compressor.sent(&data),
                None if is_compressed => compressor.forget(),
                None => {}
            }
        }
    }

    /// Takes bytes of the peer.
    pub(super) fn receive(&mut self, bytes: &[u8], random: &mut Random) {
        if let Handshake::Awaiting { response, input } = &mut self.handshake {
            input.extend_from_slice(bytes);
            match response.parse(input) {
                Ok(Parsed::Partial { .. }) => {}
                Ok(Parsed::Complete { value: accepted, .. }) => {
                    let params = accepted.deflate();
                    self.compressor = params.map(Compressor::new);
                    self.handshake = Handshake::Done;
                    self.ends.open();
                    self.events.push(Event::Opened { deflate: params.map(Into::into) });
                }
                Err(error) => {
                    self.handshake = Handshake::Done;
                    self.events.push(Event::Failed { text: error.to_string() });
                }
            }
        }
        self.crossed(Role::Server, bytes, random);
    }

    /// Takes the end of what `sender` sends.
    pub(super) fn end(&mut self, sender: Role) {
        while let Some(element) = self.explainer.end(sender) {
            self.show(&element);
        }
        self.tell_ends();
    }

    /// Explains what has crossed. Returns whether a compressed message of the client was in it.
    fn crossed(&mut self, sender: Role, bytes: &[u8], random: &mut Random) -> bool {
        self.log.push(sender, bytes);
        let mut input = bytes;
        let mut is_compressed = false;
        let mut answers = Vec::new();
        while let Some(element) = self.explainer.explain(sender, &mut input) {
            // The session disconnects; until then the rest is not shown.
            if self.is_too_long() {
                break;
            }
            is_compressed |= element.root.find(Field::Window).is_some();
            self.show(&element);
            if sender == Role::Server && self.answers {
                self.answer(&element, random, &mut answers);
            }
        }
        self.tell_ends();
        if !answers.is_empty() {
            self.send(&answers, random);
        }
        is_compressed
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

    /// Answers as RFC 6455 5.5.1 and 5.5.2 demand.
    fn answer(&self, element: &Element, random: &mut Random, out: &mut Vec<u8>) {
        let Ok(Parsed::Complete { value: header, consumed }) = FrameHeader::parse(&element.bytes)
        else {
            return;
        };
        let Some(payload) = element.bytes.get(consumed..) else { return };
        let (first, payload) = match &*element.root.value {
            "Ping" => (0x8A, payload),
            // A Close frame has its code alone in the answer.
            "Close" if !self.ends.client_has_closed() => {
                (0x88, payload.get(..2).unwrap_or_default())
            }
            _ => return,
        };
        if header.mask.is_none() && element.violations.is_empty() {
            let key = MaskKey(random.mask_key());
            put_frame(first, Some(key), LengthForm::Shortest, payload, out);
        }
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

    /// Returns an explainer in the state of this connection, if it is open and not too long.
    pub(super) fn explainer(&self) -> Option<Explainer> {
        if self.ends.is_open() { self.log.replay() } else { None }
    }

    pub(super) const fn compressor(&self) -> Option<&Compressor> {
        self.compressor.as_ref()
    }

    /// Keeps frames that the user is about to send.
    pub(super) fn composed(&mut self, composed: Composed) {
        self.composed = Some(composed);
    }
}

#[cfg(test)]
mod tests {
    use sansocket::{Seed, frame::OpCode};

    use super::*;

    fn opened(random: &mut Random) -> (Connection, Vec<u8>) {
        let target = Target::parse("ws://example.com/").unwrap();
        let connection = Connection::open(&target, None, true, random).unwrap();
        let limits = sansocket::handshake::HeadLimits::default();
        let request =
            sansocket::handshake::server::Request::parse(&connection.output, &limits).unwrap();
        let Parsed::Complete { value: request, .. } = request else { panic!("a whole head") };
        let mut response = Vec::new();
        request.accept().send(&sansocket::Limits::default(), &mut response).unwrap();
        (connection, response)
    }

    #[test]
    fn any_bytes_of_a_peer_are_explained() {
        let mut random = Random::new(Seed::from([7; 32]));
        for _ in 0..300 {
            let (mut connection, mut response) = opened(&mut random);
            let [kind, at, bit, len] = random.mask_key();
            if kind % 2 == 0 {
                let at = usize::from(at) % response.len();
                response[at] ^= 1 << (bit % 8);
            }
            for _ in 0..len {
                response.extend(random.mask_key());
            }
            for piece in response.chunks(usize::from(bit).max(1)) {
                connection.receive(piece, &mut random);
            }
            connection.end(Role::Server);
            assert!(connection.events.len() > 1);
        }
    }

    #[test]
    fn a_ping_and_a_close_are_answered() {
        let mut random = Random::new(Seed::from([7; 32]));
        let (mut connection, response) = opened(&mut random);
        connection.receive(&response, &mut random);
        connection.output.clear();
        connection.receive(b"\x89\x02hi\x88\x05\x03\xE8bye", &mut random);
        let mut output = &connection.output[..];
        for (opcode, payload_len) in [(OpCode::Pong, 2), (OpCode::Close, 2)] {
            let Ok(Parsed::Complete { value, consumed }) = FrameHeader::parse(output) else {
                panic!("{output:?}");
            };
            assert_eq!((value.opcode, value.payload_len), (opcode, payload_len));
            assert!(value.mask.is_some());
            output = &output[consumed + 2..];
        }
        assert!(output.is_empty());
        assert_eq!(connection.ends.client(), EndState::Closed);
    }

    #[test]
    fn a_peer_that_sends_too_much_is_noticed() {
        let mut random = Random::new(Seed::from([7; 32]));
        let (mut connection, response) = opened(&mut random);
        connection.receive(&response, &mut random);
        connection.receive(&b"\x8A\x00".repeat(10_000), &mut random);
        assert!(connection.is_too_long());
        assert!(connection.events.len() < 2_100);
    }
}
