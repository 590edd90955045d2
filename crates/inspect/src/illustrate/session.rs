use std::error::Error;

use sansocket::{
    Chunk, CloseFrame, Limits, MessageKind, Parsed, Role, Seed,
    connection::Connection,
    deflate::{Compression, Config},
    frame::{FrameHeader, MaskKey, OpCode, Rsv},
    handshake::{HeadLimits, client::Request, server::AwaitingRequest},
};
use sansocket_explain::{Element, Explainer, Options};

use super::chapter::Chapter;

/// RFC 6455 1.3 calculates with it. A real one is random.
const NONCE: [u8; 16] = *b"the sample nonce";

/// The masking keys come from it. A real one is random.
const SEED: [u8; 32] = [7; 32];

/// A message that is worth compressing.
const MESSAGE: &str = r#"{"user":"ada","text":"compress me, compress me, compress me"}"#;

type Failed = Box<dyn Error + Send + Sync>;

/// Lets the engine talk with itself, and explains what crosses.
pub(super) fn chapters() -> Result<Vec<Chapter>, Failed> {
    let mut session = Session::new();
    let opening = session.open()?;
    let text = session.text()?;
    let long = session.long()?;
    let fragments = session.fragments()?;
    let compression = session.compression()?;
    let closing = session.close()?;
    let violation = violation()?;
    Ok(vec![
        Chapter {
            id: "opening",
            title: "The opening handshake",
            text: &[
                "A TCP connection is open, between a client and a server. Nothing has been sent on it. The client begins with a request of HTTP/1.1 that asks to change the protocol; the server agrees with status 101. After the two empty lines, the same TCP connection carries frames.",
                "The server proves that it has understood: it calculates Sec-WebSocket-Accept from the key of the client. So no server that knows only HTTP opens a WebSocket by mistake.",
            ],
            elements: opening,
        },
        Chapter {
            id: "text",
            title: "A masked text, and its echo",
            text: &[
                "The client sends “Hello” in a frame: two bytes of header, four bytes of masking key, five bytes of payload. A client masks what it sends, with a fresh key for each frame, so that a web page cannot choose the bytes on the wire and confuse a proxy that takes them for HTTP.",
                "The server sends the same text back. It masks nothing, so that the letters can be read on the wire.",
            ],
            elements: text,
        },
        Chapter {
            id: "length",
            title: "A longer message",
            text: &[
                "Seven bits hold a length up to 125. For more, they hold 126, and two bytes follow; or 127, and eight bytes follow. The shortest of the three forms must be used.",
            ],
            elements: long,
        },
        Chapter {
            id: "fragments",
            title: "Fragments, and a Ping between them",
            text: &[
                "A message may come in several frames. The first has the opcode of the message, the others have the opcode of a continuation, and only the last has FIN set. So a sender can begin before it knows the length.",
                "A control frame may come between fragments. Here it is a Ping, which the server answers at once, without waiting for the rest of the message.",
            ],
            elements: fragments,
        },
        Chapter {
            id: "compression",
            title: "Compression, with a window and without",
            text: &[
                "The handshake has agreed on permessage-deflate. RSV1 marks a compressed message. The client keeps its window, the last 32 KiB that it has sent, from one message to the next: when it sends the same message again, the second one only refers to the first.",
                "The server has agreed to server_no_context_takeover: it begins each message with an empty window. It needs no memory between messages, and its second message is as long as its first.",
            ],
            elements: compression,
        },
        Chapter {
            id: "closing",
            title: "The closing handshake",
            text: &[
                "The client sends a Close frame with a code and a reason. The server answers with a Close frame that has the same code. Now both know that everything has arrived, and the server ends TCP first: the end that does so remembers the connection for some minutes, which would keep a client from using the same port again, and does a server no harm.",
            ],
            elements: closing,
        },
        Chapter {
            id: "violation",
            title: "A broken rule, and its Close",
            text: &[
                "This is another connection, after the same handshake without compression. A client sends a text with a byte that is never in UTF-8. The server must not pass it on: it fails the connection with a Close frame whose code says why, reads nothing more, and ends TCP.",
            ],
            elements: violation,
        },
    ])
}

/// A connection whose two ends are both here.
struct Session {
    explainer: Explainer,
    client: Connection,
    server: Connection,
}

/// All bytes are shown.
fn options(options: Options) -> Options {
    options.shown(4096)
}

impl Session {
    fn new() -> Self {
        let limits = Limits::default();
        Self {
            explainer: Explainer::new(&options(Options::handshake())),
            client: Connection::client(&limits, Seed::from(SEED)),
            server: Connection::server(&limits),
        }
    }

    /// Opens the connection, and puts the two connections of the handshake in place.
    fn open(&mut self) -> Result<Vec<Element>, Failed> {
        let limits = Limits::default();
        let config = Config::default().server_no_context_takeover(true);
        let mut request = Vec::new();
        let awaiting = Request::new("server.example.com", "/chat").deflate(&config);
        let mut awaiting = awaiting.send(NONCE, &mut request)?;
        let mut response = Vec::new();
        match AwaitingRequest::new(&HeadLimits::default()).parse(&request)? {
            Parsed::Complete { value, .. } => {
                self.server = value.accept().deflate(&config).send(&limits, &mut response)?;
            }
            Parsed::Partial { .. } => return Err("the request has no end".into()),
        }
        match awaiting.parse(&response)? {
            Parsed::Complete { value, .. } => {
                self.client = value.connection(&limits, Seed::from(SEED));
            }
            Parsed::Partial { .. } => return Err("the response has no end".into()),
        }
        let mut elements = self.explained(Role::Client, &request);
        elements.extend(self.explained(Role::Server, &response));
        Ok(elements)
    }

    fn text(&mut self) -> Result<Vec<Element>, Failed> {
        self.compress(Compression::Never);
        let mut out = Vec::new();
        self.client.sender.send_text("Hello", &mut out)?;
        let mut elements = self.pass(Role::Client, out)?;
        let mut out = Vec::new();
        self.server.sender.send_text("Hello", &mut out)?;
        elements.extend(self.pass(Role::Server, out)?);
        Ok(elements)
    }

    fn long(&mut self) -> Result<Vec<Element>, Failed> {
        let data: Vec<u8> = (0..=u8::MAX).collect();
        let mut out = Vec::new();
        self.server.sender.send_binary(&data, &mut out)?;
        self.pass(Role::Server, out)
    }

    fn fragments(&mut self) -> Result<Vec<Element>, Failed> {
        let sender = &mut self.client.sender;
        let mut first = Vec::new();
        sender.send_chunk(Chunk::more(MessageKind::Text, b"Hel"), &mut first)?;
        let mut elements = self.pass(Role::Client, first)?;
        let mut ping = Vec::new();
        self.client.sender.send_ping(b"still there?", &mut ping)?;
        elements.extend(self.pass(Role::Client, ping)?);
        let mut last = Vec::new();
        self.client.sender.send_chunk(Chunk::last(MessageKind::Text, b"lo!"), &mut last)?;
        elements.extend(self.pass(Role::Client, last)?);
        Ok(elements)
    }

    fn compression(&mut self) -> Result<Vec<Element>, Failed> {
        self.compress(Compression::Always);
        let mut elements = Vec::new();
        for _ in 0..2 {
            let mut out = Vec::new();
            self.client.sender.send_text(MESSAGE, &mut out)?;
            elements.extend(self.pass(Role::Client, out)?);
        }
        for _ in 0..2 {
            let mut out = Vec::new();
            self.server.sender.send_text(MESSAGE, &mut out)?;
            elements.extend(self.pass(Role::Server, out)?);
        }
        Ok(elements)
    }

    fn close(&mut self) -> Result<Vec<Element>, Failed> {
        let mut out = Vec::new();
        let close = CloseFrame { code: 1000.into(), reason: "done" };
        self.client.sender.send_close(Some(close), &mut out)?;
        let mut elements = self.pass(Role::Client, out)?;
        elements.extend(self.end(Role::Server));
        elements.extend(self.end(Role::Client));
        Ok(elements)
    }

    fn compress(&mut self, compression: Compression) {
        self.client.sender.set_compression(compression);
        self.server.sender.set_compression(compression);
    }

    /// Passes bytes to the other end, and what it answers back. Returns all explained.
    fn pass(&mut self, sender: Role, mut bytes: Vec<u8>) -> Result<Vec<Element>, Failed> {
        let mut elements = self.explained(sender, &bytes);
        let receiver = match sender {
            Role::Client => &mut self.server,
            Role::Server => &mut self.client,
        };
        let (mut input, mut answer) = (&mut bytes[..], Vec::new());
        while receiver.receive(&mut input, &mut answer)?.is_some() {}
        if !answer.is_empty() {
            elements.extend(self.pass(sender.peer(), answer)?);
        }
        Ok(elements)
    }

    fn explained(&mut self, sender: Role, mut bytes: &[u8]) -> Vec<Element> {
        let mut elements = Vec::new();
        while let Some(element) = self.explainer.explain(sender, &mut bytes) {
            elements.push(element);
        }
        elements
    }

    fn end(&mut self, sender: Role) -> Option<Element> {
        self.explainer.end(sender)
    }
}

/// A client that breaks a rule, which the engine's own cannot, and the engine's server.
fn violation() -> Result<Vec<Element>, Failed> {
    let mut session = Session::new();
    session.explainer = Explainer::new(&options(Options::frames()));
    let mut payload = *b"caf\xE9";
    let mask = MaskKey([0x37, 0xFA, 0x21, 0x3D]);
    sansocket::frame::Masker::new(mask).apply(&mut payload);
    let payload_len = payload.len() as u64;
    let (opcode, mask) = (OpCode::Text, Some(mask));
    let header = FrameHeader { fin: true, rsv: Rsv::NONE, opcode, mask, payload_len };
    let mut bytes = [&header.encode()[..], &payload].concat();
    let mut elements = session.explained(Role::Client, &bytes);
    let (mut input, mut answer) = (&mut bytes[..], Vec::new());
    loop {
        match session.server.receive(&mut input, &mut answer) {
            Ok(Some(_)) => {}
            Ok(None) => return Err("the server has accepted a text that is not UTF-8".into()),
            Err(_) => break,
        }
    }
    elements.extend(session.explained(Role::Server, &answer));
    elements.extend(session.end(Role::Server));
    Ok(elements)
}
