use sansocket::{Chunk, CloseCode, CloseFrame, MessageKind, OwnedMessage, connection::Event};

/// What a connection has received, kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Received {
    Message(OwnedMessage),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<(CloseCode, String)>),
}

impl Received {
    pub(crate) fn message(kind: MessageKind, payload: Vec<u8>) -> Self {
        Self::Message(match kind {
            MessageKind::Text => {
                OwnedMessage::Text(String::from_utf8(payload).expect("text is UTF-8"))
            }
            MessageKind::Binary => OwnedMessage::Binary(payload),
        })
    }

    pub(crate) fn close(frame: Option<CloseFrame<'_>>) -> Self {
        Self::Close(frame.map(|CloseFrame { code, reason }| (code, reason.to_owned())))
    }
}

/// Gathers chunks to messages.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Inbox {
    pub(crate) received: Vec<Received>,
    /// The message whose end has not come.
    pub(crate) unfinished: Option<(MessageKind, Vec<u8>)>,
}

impl Inbox {
    pub(crate) fn take(&mut self, event: Event<'_>) {
        self.received.push(match event {
            Event::Chunk(chunk) => return self.take_chunk(chunk.as_chunk()),
            Event::Ping(data) => Received::Ping(data.to_vec()),
            Event::Pong(data) => Received::Pong(data.to_vec()),
            Event::Close(frame) => Received::close(frame),
        });
    }

    pub(crate) fn take_chunk(&mut self, chunk: Chunk<'_>) {
        assert_eq!(chunk.is_first, self.unfinished.is_none(), "`is_first` begins a message");
        let (kind, mut payload) = self.unfinished.take().unwrap_or((chunk.kind, Vec::new()));
        assert_eq!(chunk.kind, kind, "a message is of one kind");
        payload.extend_from_slice(chunk.payload);
        if chunk.is_last {
            self.received.push(Received::message(kind, payload));
        } else {
            self.unfinished = Some((kind, payload));
        }
    }
}
