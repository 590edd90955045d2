use alloc::vec::Vec;

use super::{Body, DecodeError, Limits, Packet, parsing, placeholders};
use crate::{Binary, engine_io::Message};

/// Puts packets together from the messages of one connection.
///
/// ```
/// use sansocket_socketio::engine_io::Message;
/// use sansocket_socketio::packet::{Decoder, Limits, Packet};
/// use sansocket_socketio::{Arguments, Binary, Namespace};
///
/// let mut decoder = Decoder::new(&Limits::default());
/// let text = r#"51-["baz",{"_placeholder":true,"num":0}]"#;
/// assert_eq!(decoder.receive(Message::Text(text))?, None);
/// let bytes = [1, 2, 3, 4];
/// assert_eq!(
///     decoder.receive(Message::Binary(bytes[..].into()))?,
///     Some(Packet::event(
///         Namespace::default(),
///         "baz",
///         Arguments::new(&(Binary::from(&bytes[..]),))?,
///     ))
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Decoder {
    limits: Limits,
    unfinished: Option<Unfinished>,
}

/// A packet whose attachments have not all arrived.
#[derive(Debug)]
struct Unfinished {
    packet: Packet,
    attachments: Vec<Binary>,
    missing: usize,
    /// The bytes that arrived.
    len: usize,
}

impl Decoder {
    /// Creates a decoder for a connection.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self { limits: limits.clone(), unfinished: None }
    }

    /// Takes the next message, and returns the packet that it completes, if any.
    ///
    /// # Errors
    ///
    /// The message or the packet is invalid, or a limit is exceeded. Do not continue.
    pub fn receive(&mut self, message: Message<'_>) -> Result<Option<Packet>, DecodeError> {
        match message {
            Message::Text(text) => self.receive_text(text),
            Message::Binary(bytes) => self.receive_attachment(bytes.into_owned()),
        }
    }

    fn receive_text(&mut self, text: &str) -> Result<Option<Packet>, DecodeError> {
        if let Some(Unfinished { missing, .. }) = self.unfinished {
            return Err(DecodeError::MissingAttachments { missing });
        }
        self.check_len(text.len())?;
        let (packet, missing) = parsing::parse(text, &self.limits)?;
        if missing == 0 {
            return Ok(Some(packet));
        }
        self.unfinished =
            Some(Unfinished { packet, attachments: Vec::new(), missing, len: text.len() });
        Ok(None)
    }

    fn receive_attachment(&mut self, bytes: Vec<u8>) -> Result<Option<Packet>, DecodeError> {
        let Some(mut unfinished) = self.unfinished.take() else {
            return Err(DecodeError::UnexpectedAttachment);
        };
        unfinished.len = unfinished.len.saturating_add(bytes.len());
        self.check_len(unfinished.len)?;
        unfinished.attachments.push(bytes.into());
        unfinished.missing = unfinished.missing.saturating_sub(1);
        if unfinished.missing > 0 {
            self.unfinished = Some(unfinished);
            return Ok(None);
        }
        let Unfinished { mut packet, attachments, .. } = unfinished;
        if let Body::Event { arguments, .. } | Body::Ack { arguments, .. } = &mut packet.body {
            for argument in arguments.values_mut() {
                placeholders::replace(argument, &attachments);
            }
        }
        Ok(Some(packet))
    }

    fn check_len(&self, len: usize) -> Result<(), DecodeError> {
        let max = self.limits.max_len;
        if len > max { Err(DecodeError::TooLong { len, max }) } else { Ok(()) }
    }
}
