use sansocket::{
    Parsed, Role,
    handshake::{
        HandshakeError, HeadLimits, HeadScanner, RequestError, ResponseError,
        server::AwaitingRequest,
    },
};

use super::{
    blame::mark,
    header_spans::header_values,
    offered::Offered,
    request::request_span,
    response::{agreement, response_span, values},
};
use crate::{
    Element, Envelope, Field, Span, Violation,
    conversation::Conversation,
    excerpt::len_u64,
    negotiated::{DEFLATE, Negotiated},
    opening::Opening,
};

/// The head that one end sends first.
#[derive(Debug)]
pub(crate) struct HeadReader {
    sender: Role,
    start: u64,
    bytes: Vec<u8>,
    scanner: HeadScanner,
    /// The error of the scanner, and the byte at which it came.
    fault: Option<(HandshakeError, u64)>,
}

/// The kind of bytes after a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AfterHead {
    Frames,
    /// After an interim response (RFC 9110 15.2).
    Head,
    /// Bytes that are not WebSocket, and why.
    Unread(&'static str),
    /// Bytes that belong to HTTP, and why. What follows them depends on the other end.
    Body(&'static str),
}

fn limits() -> HeadLimits {
    HeadLimits::default()
}

impl HeadReader {
    pub(crate) fn new(sender: Role, start: u64) -> Self {
        let limits = match sender {
            Role::Client => limits(),
            // In a response, the second word is the status, not a target.
            Role::Server => limits().max_target_len(usize::MAX),
        };
        Self { sender, start, bytes: Vec::new(), scanner: HeadScanner::new(&limits), fault: None }
    }

    /// Returns a reader in the same state, unless the head has begun.
    pub(crate) fn try_clone(&self) -> Option<Self> {
        self.bytes.is_empty().then(|| Self::new(self.sender, self.start))
    }

    /// Reads up to the end of the head.
    pub(crate) fn read(
        &mut self,
        input: &mut &[u8],
        conversation: &mut Conversation,
    ) -> Option<(Element, AfterHead)> {
        while let Some((&byte, rest)) = input.split_first() {
            *input = rest;
            self.bytes.push(byte);
            if self.is_complete() {
                return Some(self.finish(conversation));
            }
        }
        None
    }

    /// Returns the head that the stream has cut off.
    pub(crate) fn end(&mut self, conversation: &mut Conversation) -> Option<Element> {
        if self.bytes.is_empty() {
            return None;
        }
        let (mut element, _) = self.finish(conversation);
        let clause = match self.sender {
            Role::Client => "6455-4.2.1-12",
            Role::Server => "6455-4.1-29",
        };
        element.root.push_remark("the end of the head is missing", clause);
        Some(element)
    }

    /// Returns whether the head ends with the last byte. After an error it ends with an empty line, or
    /// where no head goes on.
    fn is_complete(&mut self) -> bool {
        if self.fault.is_none() {
            match self.scanner.scan(&self.bytes) {
                Ok(Parsed::Complete { .. }) => return true,
                Ok(Parsed::Partial { .. }) => return false,
                Err(error) => {
                    self.fault = Some((error, self.last()));
                }
            }
        }
        self.is_no_http() || self.bytes.len() >= limits().get_max_head_len() || self.has_end()
    }

    /// Returns whether there is the empty line after the head. Without it, the head opens nothing, and
    /// what it says is not known to the end.
    fn has_end(&self) -> bool {
        self.bytes.ends_with(b"\n\r\n") || self.bytes.ends_with(b"\n\n")
    }

    fn is_no_http(&self) -> bool {
        matches!(
            self.fault,
            Some((HandshakeError::Request(RequestError::Tls | RequestError::NotHttp), _))
        )
    }

    fn finish(&mut self, conversation: &mut Conversation) -> (Element, AfterHead) {
        match self.sender {
            Role::Client => self.finish_request(conversation),
            Role::Server => self.finish_response(conversation),
        }
    }

    fn finish_request(&mut self, conversation: &mut Conversation) -> (Element, AfterHead) {
        let (mut root, offered) = request_span(self.start, &self.bytes);
        let mut server = AwaitingRequest::new(&limits());
        let verdict = self.verdict(|head| server.parse(head).err());
        let violation = verdict.and_then(|(error, at)| mark(&mut root, &error, at));
        let after = if self.is_no_http() {
            root.note = "the request of a client is expected".into();
            AfterHead::Unread("this is not HTTP")
        } else if !self.has_end() {
            AfterHead::Unread("the head is too long")
        } else {
            let target = root.find(Field::Target).and_then(|span| Envelope::of_target(&span.value));
            conversation.envelope = conversation.envelope.or(target);
            conversation.offered = Some(offered);
            conversation.opening = Opening::Requested;
            match &violation {
                Some(_) => AfterHead::Body("what follows a request that is rejected"),
                None => AfterHead::Frames,
            }
        };
        (self.element(root, violation), after)
    }

    fn finish_response(&mut self, conversation: &mut Conversation) -> (Element, AfterHead) {
        let offered = conversation.offered.as_ref();
        let (mut root, status) = response_span(self.start, &self.bytes, offered, self.has_end());
        let subprotocol = values(&self.bytes, "Sec-WebSocket-Protocol").next();
        let unseen = Offered::default();
        let client = offered.unwrap_or(&unseen).client(&limits(), subprotocol);
        let verdict = client.and_then(|mut client| self.verdict(|head| client.parse(head).err()));
        let verdict = verdict.filter(|(error, _)| !is_uncertain(error, offered));
        let is_no_http = self.is_no_http()
            || matches!(
                verdict,
                Some((HandshakeError::Response(ResponseError::Tls | ResponseError::NotHttp), _))
            );
        let mut violation = verdict.and_then(|(error, at)| mark(&mut root, &error, at));
        let after = match status {
            _ if is_no_http => {
                root.note = "the response of a server is expected".into();
                AfterHead::Unread("this is not HTTP")
            }
            _ if !self.has_end() => AfterHead::Unread("the head is too long"),
            Some(101) => {
                let agreed = agreement(&self.bytes, offered);
                let subprotocol = header_values(&root, "Sec-WebSocket-Protocol").next();
                let subprotocol = subprotocol.and_then(Envelope::of_subprotocol);
                conversation.envelope = conversation.envelope.or(subprotocol);
                conversation.opening = Opening::Open;
                conversation.negotiated = agreed.clone().unwrap_or(Negotiated::Unknown);
                if let (Err(error), None) = (agreed, &violation) {
                    violation = mark(&mut root, &error.into(), self.last());
                }
                AfterHead::Frames
            }
            Some(100..=199) => AfterHead::Head,
            _ => {
                conversation.opening = Opening::Refused;
                AfterHead::Body("the body of the response")
            }
        };
        (self.element(root, violation), after)
    }

    fn element(&mut self, root: Span, violation: Option<Violation>) -> Element {
        let violations = violation.into_iter().collect();
        Element { sender: self.sender, root, bytes: std::mem::take(&mut self.bytes), violations }
    }

    /// Returns the first error of a parser that gets one byte after the other, and the byte at which it
    /// came. The parser goes on where it stopped.
    fn verdict(
        &self,
        mut parse: impl FnMut(&[u8]) -> Option<HandshakeError>,
    ) -> Option<(HandshakeError, u64)> {
        (1..=self.bytes.len()).find_map(|len| {
            let error = parse(self.bytes.get(..len)?)?;
            Some((error, self.start.saturating_add(u64::try_from(len).ok()?).saturating_sub(1)))
        })
    }

    /// Returns the offset of the last byte of the head.
    fn last(&self) -> u64 {
        self.start.saturating_add(len_u64(&self.bytes)).saturating_sub(1)
    }
}

/// Returns whether an error depends on what is not known here: on the request, if it was not seen, on its
/// key, if it has none, or on an extension other than compression, which the engine's client never offers.
fn is_uncertain(error: &HandshakeError, offered: Option<&Offered>) -> bool {
    let HandshakeError::Response(error) = error else { return false };
    match (error, offered) {
        (ResponseError::WrongAccept, offered) => offered.and_then(Offered::nonce).is_none(),
        (ResponseError::UnofferedSubprotocol(_) | ResponseError::UnofferedExtension(_), None) => {
            true
        }
        (ResponseError::UnofferedExtension(name), Some(offered)) => {
            // Compression that is offered is an error only if it comes twice.
            let is_other = !cfg!(feature = "deflate") || name != DEFLATE;
            is_other && offered.offers(name)
        }
        _ => false,
    }
}
