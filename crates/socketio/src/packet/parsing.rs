//! The text of a packet.

use alloc::{
    borrow::ToOwned as _,
    string::{String, ToString as _},
    vec::Vec,
};

use super::{Body, ConnectError, DecodeError, Limits, Namespace, Packet, event_name, placeholders};
use crate::{
    Arguments, Value,
    value::{Object, json},
};

/// Parses a packet, and returns how many attachments follow it.
pub(super) fn parse(text: &str, limits: &Limits) -> Result<(Packet, usize), DecodeError> {
    let mut parser = Parser { text, at: 0 };
    let kind = text.chars().next().ok_or(DecodeError::Empty)?;
    if !matches!(kind, '0'..='6') {
        return Err(DecodeError::UnknownType(kind));
    }
    parser.at = 1;
    let attachments = match kind {
        '5' | '6' => parser.attachments(limits.max_attachments)?,
        _ => 0,
    };
    let namespace = parser.namespace()?;
    let body = match kind {
        '0' => Body::Connect(parser.connect_data()?),
        '1' => {
            parser.end()?;
            Body::Disconnect
        }
        '4' => Body::ConnectError(parser.connect_error()?),
        '2' | '5' => {
            let id = parser.id()?;
            let (name, arguments) = parser.event()?;
            Body::Event { id, name, arguments }
        }
        _ => {
            let at = parser.at;
            let id = parser.id()?.ok_or(DecodeError::MissingId { at })?;
            Body::Ack { id, arguments: parser.array("an array")?.into() }
        }
    };
    if let Body::Event { arguments, .. } | Body::Ack { arguments, .. } = &body
        && attachments > 0
    {
        placeholders::check(arguments, attachments)?;
    }
    Ok((Packet { namespace, body }, attachments))
}

/// Takes the fields of a packet one after another.
struct Parser<'a> {
    text: &'a str,
    /// The byte where the next field begins.
    at: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip(&mut self, len: usize) {
        self.at = self.at.saturating_add(len);
    }

    fn digits(&mut self) -> &'a str {
        let rest = self.rest();
        let len = rest.bytes().take_while(u8::is_ascii_digit).count();
        self.skip(len);
        rest.get(..len).unwrap_or_default()
    }

    fn attachments(&mut self, max: usize) -> Result<usize, DecodeError> {
        let count = self.digits().parse::<u64>();
        let has_dash = self.rest().starts_with('-');
        self.skip(1);
        let Some(count) = count.ok().filter(|&count| count > 0 && has_dash) else {
            return Err(DecodeError::AttachmentCount);
        };
        match usize::try_from(count) {
            Ok(count) if count <= max => Ok(count),
            _ => Err(DecodeError::TooManyAttachments { count, max }),
        }
    }

    fn namespace(&mut self) -> Result<Namespace, DecodeError> {
        let (rest, at) = (self.rest(), self.at);
        if !rest.starts_with('/') {
            return Ok(Namespace::default());
        }
        let name = match rest.split_once(',') {
            Some((name, _)) => {
                self.skip(name.len().saturating_add(1));
                name
            }
            None => {
                self.skip(rest.len());
                rest
            }
        };
        Namespace::new(name).map_err(|error| DecodeError::Namespace { at, error })
    }

    fn id(&mut self) -> Result<Option<u64>, DecodeError> {
        let at = self.at;
        match self.digits() {
            "" => Ok(None),
            digits => digits.parse().map(Some).map_err(|_| DecodeError::Id { at }),
        }
    }

    fn end(&self) -> Result<(), DecodeError> {
        if self.rest().is_empty() { Ok(()) } else { Err(self.payload("empty")) }
    }

    fn connect_data(&self) -> Result<Option<Object>, DecodeError> {
        if self.rest().is_empty() {
            return Ok(None);
        }
        match self.json()? {
            Value::Object(object) => Ok(Some(object)),
            _ => Err(self.payload("an object")),
        }
    }

    fn connect_error(&self) -> Result<ConnectError, DecodeError> {
        match self.json()? {
            // As servers before Socket.IO 3 send it.
            Value::String(message) => Ok(ConnectError { message, data: None }),
            Value::Object(object) => {
                let message = object.get("message").and_then(Value::as_str).unwrap_or_default();
                Ok(ConnectError { message: message.to_owned(), data: object.get("data").cloned() })
            }
            _ => Err(self.payload("an object or a string")),
        }
    }

    fn event(&self) -> Result<(String, Arguments), DecodeError> {
        const EXPECTED: &str = "an array whose first element is the name of an event";

        let mut elements = self.array(EXPECTED)?.into_iter();
        let name = match elements.next() {
            Some(Value::String(name)) => name,
            // In JavaScript, a number names the same event as its text.
            Some(Value::Number(name)) => name.to_string(),
            _ => return Err(self.payload(EXPECTED)),
        };
        if event_name::is_reserved(&name) {
            return Err(DecodeError::ReservedEvent(name));
        }
        Ok((name, elements.collect::<Vec<_>>().into()))
    }

    fn array(&self, expected: &'static str) -> Result<Vec<Value>, DecodeError> {
        match self.json()? {
            Value::Array(elements) => Ok(elements),
            _ => Err(self.payload(expected)),
        }
    }

    fn json(&self) -> Result<Value, DecodeError> {
        let rest = self.rest();
        serde_json::from_str(rest).map_err(|error| {
            let (at, reason) = json::explain(&error, rest);
            DecodeError::Json { at: self.at.saturating_add(at), reason }
        })
    }

    fn payload(&self, expected: &'static str) -> DecodeError {
        DecodeError::Payload { at: self.at, expected }
    }
}
