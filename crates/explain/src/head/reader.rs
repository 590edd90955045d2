use sansocket::{
    Parsed, Role,
    handshake::{
        HandshakeError, HeadLimits, HeadScanner, RequestError, ResponseError,
        server::AwaitingRequest,
    },
};

use super::{
    header_spans::header_value,
    offered::Offered,
    request::{mark_request, request_span},
    response::{agreement, mark_response, response_span},
};
use crate::{
    Element, Envelope, Field, conversation::Conversation, excerpt::len_u64, negotiated::Negotiated,
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

/// What follows a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AfterHead {
    Frames,
    /// After an interim response (RFC 9110 15.2).
    Head,
    /// Something that is no WebSocket, and why.
    Unread(&'static str),
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
        (!self.bytes.is_empty()).then(|| self.finish(conversation).0)
    }

    /// Returns whether the head ends with the last byte. After an error it ends with an empty line, or
    /// where no head goes on.
    fn is_complete(&mut self) -> bool {
        if self.fault.is_none() {
            match self.scanner.scan(&self.bytes) {
                Ok(Parsed::Complete { .. }) => return true,
                Ok(Parsed::Partial { .. }) => return false,
                Err(error) => {
                    let at = self.start.saturating_add(len_u64(&self.bytes)).saturating_sub(1);
                    self.fault = Some((error, at));
                }
            }
        }
        self.is_no_http()
            || self.bytes.len() >= limits().get_max_head_len()
            || self.bytes.ends_with(b"\n\r\n")
            || self.bytes.ends_with(b"\n\n")
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
        let target = root.find(Field::Target).and_then(|span| Envelope::of_target(&span.value));
        conversation.envelope = conversation.envelope.or(target);
        conversation.offered = Some(offered);
        conversation.awaits_response = true;
        let verdict = AwaitingRequest::new(&limits()).parse(&self.bytes).err();
        let at = self.verdict_at();
        let violation = verdict.and_then(|error| mark_request(&mut root, &error, at));
        let after = if self.is_no_http() {
            root.note = "it should be the request of a client".into();
            AfterHead::Unread("this is not HTTP")
        } else if self.bytes.len() >= limits().get_max_head_len() {
            AfterHead::Unread("the head is too long")
        } else {
            AfterHead::Frames
        };
        let violations = violation.into_iter().collect();
        let bytes = std::mem::take(&mut self.bytes);
        (Element { sender: self.sender, root, bytes, violations }, after)
    }

    fn finish_response(&mut self, conversation: &mut Conversation) -> (Element, AfterHead) {
        let offered = conversation.offered.as_ref();
        let (mut root, status) = response_span(self.start, &self.bytes, offered);
        let verdict = match offered.and_then(|offered| offered.client(&limits())) {
            Some(mut client) => client.parse(&self.bytes).err(),
            // Without the request only the grammar can be judged.
            None => self.fault.take().map(|(error, _)| error),
        };
        let verdict = verdict.filter(|error| !is_offered(error, offered));
        let at = self.verdict_at();
        let mut violation = verdict.and_then(|error| mark_response(&mut root, &error, at));
        let after = match status {
            Some(101) => {
                let negotiated = match agreement(&root, offered) {
                    Ok(negotiated) => negotiated,
                    Err(error) if violation.is_none() => {
                        violation = mark_response(&mut root, &error.into(), at);
                        Negotiated::Unknown
                    }
                    Err(_) => Negotiated::Unknown,
                };
                let subprotocol = header_value(&root, "Sec-WebSocket-Protocol");
                let subprotocol = subprotocol.and_then(Envelope::of_subprotocol);
                conversation.envelope = conversation.envelope.or(subprotocol);
                conversation.negotiated = negotiated;
                conversation.awaits_response = false;
                AfterHead::Frames
            }
            Some(100..=199) => AfterHead::Head,
            _ => AfterHead::Unread("the body of the response"),
        };
        let after = if self.is_no_http() {
            root.note = "it should be the response of a server".into();
            AfterHead::Unread("this is not HTTP")
        } else {
            after
        };
        let violations = violation.into_iter().collect();
        let bytes = std::mem::take(&mut self.bytes);
        (Element { sender: self.sender, root, bytes, violations }, after)
    }

    /// Returns the byte at which the receiver knows: the one that cannot be, or the last of the head.
    fn verdict_at(&self) -> u64 {
        match self.fault {
            Some((_, at)) => at,
            None => self.start.saturating_add(len_u64(&self.bytes)).saturating_sub(1),
        }
    }
}

/// Returns whether an error is about an extension that the request offers. The engine's client offers
/// those alone that it has.
fn is_offered(error: &HandshakeError, offered: Option<&Offered>) -> bool {
    let HandshakeError::Response(ResponseError::UnofferedExtension(name)) = error else {
        return false;
    };
    offered.is_some_and(|offered| offered.offers(name))
}
