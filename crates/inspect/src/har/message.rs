use base64::{Engine as _, engine::general_purpose::STANDARD};
use sansocket::{
    Role,
    frame::{FrameHeader, MaskKey, OpCode, Rsv},
};
use sansocket_explain::{Element, Explainer, Field, Level, Options, Place, Span};

use super::log::{Entry, Message};
use crate::view::View;

/// Explains the messages of a connection. Each goes to the explainer in frames that were never on the
/// wire, of which nothing is shown.
#[derive(Debug)]
pub(super) struct Messages {
    explainer: Explainer,
}

impl Messages {
    /// Learns from the handshake which protocol is inside.
    pub(super) fn new(entry: &Entry, view: &View) -> Self {
        let mut explainer = Explainer::new(&view.set(Options::default()));
        let url = &entry.request.url;
        let target = url
            .split_once("://")
            .and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..)));
        let request = format!("GET {} HTTP/1.1\r\n\r\n", target.unwrap_or("/"));
        let subprotocol = entry.answered("Sec-WebSocket-Protocol").unwrap_or_default();
        let response = format!(
            "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Protocol: {subprotocol}\r\n\r\n"
        );
        // What is wrong with these heads is not wrong with those on the wire.
        for (sender, head) in [(Role::Client, request), (Role::Server, response)] {
            let mut head = head.as_bytes();
            while explainer.explain(sender, &mut head).is_some() {}
        }
        Self { explainer }
    }

    /// Explains a message, or says why that is not possible.
    pub(super) fn element(&mut self, message: &Message) -> Result<Element, String> {
        let sender = match message.kind.as_ref() {
            "send" => Role::Client,
            "receive" => Role::Server,
            "error" => return Err(format!("the browser reports an error: {}", message.data)),
            kind => return Err(format!("the type \"{kind}\" is neither send nor receive")),
        };
        let opcode = u8::try_from(message.opcode).ok().and_then(OpCode::from_bits);
        let opcode = opcode.ok_or_else(|| format!("opcode {} is reserved", message.opcode))?;
        let is_text = opcode == OpCode::Text;
        let content = if is_text {
            message.data.clone().into_bytes()
        } else {
            let data = message.data.trim();
            STANDARD
                .decode(data)
                .or_else(|_| latin_1(data))
                .map_err(|error| format!("its data is no base64: {error}"))?
        };
        if opcode == OpCode::Continuation {
            return Err(format!("a continuation of {} bytes", content.len()));
        }
        let (mut element, payload) = self.explain(sender, opcode, &content)?;
        let replaced = is_text.then(|| message.data.matches('\u{FFFD}').count());
        let len = content.len();
        describe(&mut element, opcode, len as u64, replaced.unwrap_or_default());
        move_places(&mut element, payload);
        Ok(element)
    }

    /// Returns the last element, and where its payload begins in what the explainer has seen.
    fn explain(
        &mut self,
        sender: Role,
        opcode: OpCode,
        content: &[u8],
    ) -> Result<(Element, u64), String> {
        // With two frames, the message is explained as a whole.
        let mut frames = frame(sender, opcode, opcode.is_control(), content);
        let header_len = frames.len().saturating_sub(content.len()) as u64;
        if !opcode.is_control() {
            frames.extend(frame(sender, OpCode::Continuation, true, b""));
        }
        let mut input = &frames[..];
        let mut last = None;
        while let Some(element) = self.explainer.explain(sender, &mut input) {
            last = Some(element);
        }
        let last = last.ok_or("it cannot be explained after what came before")?;
        let payload = last.root.place.range().start.saturating_add(header_len);
        Ok((last, payload))
    }
}

/// Some programs write the bytes as characters.
fn latin_1(data: &str) -> Result<Vec<u8>, std::num::TryFromIntError> {
    data.chars().map(|char| u8::try_from(u32::from(char))).collect()
}

fn frame(sender: Role, opcode: OpCode, fin: bool, payload: &[u8]) -> Vec<u8> {
    // With zeros for a key, the payload stays as it is.
    let mask = (sender == Role::Client).then_some(MaskKey([0; 4]));
    let payload_len = payload.len() as u64;
    let header = FrameHeader { fin, rsv: Rsv::NONE, opcode, mask, payload_len };
    [&header.encode()[..], payload].concat()
}

/// Removes from an element what was not in the file.
fn describe(element: &mut Element, opcode: OpCode, len: u64, replaced: usize) {
    let mut kept = Vec::new();
    keep(std::mem::take(&mut element.root.children), &mut kept);
    let root = &mut element.root;
    let bytes = if len == 1 { "byte" } else { "bytes" };
    root.place = Place::Message(0..len);
    root.field = Field::Message;
    root.value = match opcode {
        OpCode::Text => "text",
        OpCode::Close => "Close",
        OpCode::Ping => "Ping",
        OpCode::Pong => "Pong",
        OpCode::Binary | OpCode::Continuation => "binary",
    }
    .into();
    root.note = format!("{len} {bytes}").into();
    root.children = kept;
    element.bytes.clear();
    if replaced > 0 {
        let mut remark = root.clone();
        remark.children.clear();
        remark.field = Field::Remark;
        remark.level = Level::Remark;
        remark.clause = Some("6455-8.1-1");
        remark.note =
            format!("it has U+FFFD {replaced} times: perhaps for bytes that were not UTF-8").into();
        root.children.push(remark);
    }
}

/// Counts places from the start of the payload: the bytes before it were on no wire.
fn move_places(element: &mut Element, payload: u64) {
    for violation in &mut element.violations {
        violation.at = violation.at.saturating_sub(payload);
    }
    move_spans(&mut element.root.children, payload);
}

fn move_spans(spans: &mut [Span], payload: u64) {
    for span in spans {
        if !matches!(span.place, Place::Message(_)) {
            let range = span.place.range();
            let moved = |at: u64| at.saturating_sub(payload);
            span.place = Place::Message(moved(range.start)..moved(range.end));
        }
        move_spans(&mut span.children, payload);
    }
}

fn keep(spans: Vec<Span>, kept: &mut Vec<Span>) {
    for mut span in spans {
        match span.field {
            Field::Message => {
                span.note = "".into();
                span.clause = None;
                kept.push(span);
            }
            Field::Envelope | Field::CloseCode | Field::CloseReason | Field::Violation => {
                kept.push(span);
            }
            _ => keep(span.children, kept),
        }
    }
}
