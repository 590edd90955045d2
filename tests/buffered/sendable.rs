//! Everything that can be sent, with one method.

use std::borrow::Cow;
use std::rc::Rc;

use sansocket::buffered::{Outgoing, WriteBuffer};
use sansocket::connection::{Connection, SendError};
use sansocket::{
    Chunk, CloseCode, CloseFrame, Limits, Message, MessageKind, OwnedMessage, Ping, Pong,
    PreparedMessage, Sendable,
};

use crate::wire::{self, BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, TEXT};

fn check<M: Sendable>(item: M, expected: Outgoing<'_>) {
    assert_eq!(item.as_outgoing(), expected);
    assert_eq!((&&item).as_outgoing(), expected);
    assert_eq!(expected.as_outgoing(), expected);
    let boxed: Box<dyn Sendable + '_> = Box::new(&item);
    assert_eq!(boxed.as_outgoing(), expected);
    assert_eq!(Rc::new(&item).as_outgoing(), expected);
    #[cfg(feature = "std")]
    assert_eq!(std::sync::Arc::new(&item).as_outgoing(), expected);
}

#[test]
fn text_is_sent_as_text_and_bytes_as_binary() {
    let text = Outgoing::Message(Message::Text("text"));
    check("text", text);
    check(String::from("text"), text);
    check(Cow::Borrowed("text"), text);
    check(Cow::<str>::Owned("text".into()), text);
    check(Box::<str>::from("text"), text);
    check(Rc::<str>::from("text"), text);
    check(OwnedMessage::Text("text".into()), text);
    check(Message::Text("text"), text);
    #[cfg(feature = "std")]
    check(std::sync::Arc::<str>::from("text"), text);

    let binary = Outgoing::Message(Message::Binary(&[1, 2]));
    check([1, 2], binary);
    check(&[1, 2][..], binary);
    check(vec![1, 2], binary);
    check(Cow::Borrowed(&[1, 2][..]), binary);
    check(Box::<[u8]>::from([1, 2]), binary);
    check(OwnedMessage::Binary(vec![1, 2]), binary);
    check(Message::Binary(&[1, 2]), binary);
    // The type decides.
    check(*b"text", Outgoing::Message(Message::Binary(b"text")));
}

#[cfg(feature = "bytes")]
#[test]
fn shared_bytes_are_sent_as_binary() {
    let binary = Outgoing::Message(Message::Binary(&[1; 100]));
    check(bytes::Bytes::from(vec![1; 100]), binary);
}

#[test]
fn everything_else_is_sent_as_what_it_is() {
    let prepared = PreparedMessage::text("text");
    check(&prepared, Outgoing::Prepared(&prepared));
    let chunk = Chunk::more(MessageKind::Text, b"te");
    check(chunk, Outgoing::Chunk(chunk));
    check(Ping(b"1"), Outgoing::Ping(b"1"));
    check(Pong(b"2"), Outgoing::Pong(b"2"));
    let close = CloseFrame { code: CloseCode::NORMAL, reason: "bye" };
    check(close, Outgoing::Close(Some(close)));
    check(Some(close), Outgoing::Close(Some(close)));
    check(CloseFrame::EMPTY, Outgoing::Close(None));
}

#[test]
fn one_call_queues_all_of_it_in_order() {
    let limits = Limits::default();
    let mut sender = Connection::server(&limits).sender;
    let mut buffer = WriteBuffer::default();
    buffer.send(&mut sender, "text").unwrap();
    buffer.send(&mut sender, PreparedMessage::binary(b"prepared")).unwrap();
    buffer.send(&mut sender, Chunk::more(MessageKind::Text, b"chu")).unwrap();
    buffer.send(&mut sender, Ping(b"1")).unwrap();
    buffer.send(&mut sender, Pong(b"2")).unwrap();
    buffer.send(&mut sender, Chunk::last(MessageKind::Text, b"nk")).unwrap();
    let close = CloseFrame { code: CloseCode::NORMAL, reason: "bye" };
    buffer.send(&mut sender, close).unwrap();
    let payload = wire::close_payload(1000, b"bye");
    let expected: [(u8, &[u8]); 7] = [
        (FIN | TEXT, b"text"),
        (FIN | BINARY, b"prepared"),
        (TEXT, b"chu"),
        (FIN | PING, b"1"),
        (FIN | PONG, b"2"),
        (FIN | CONTINUATION, b"nk"),
        (FIN | CLOSE, &payload),
    ];
    let contents = wire::contents(buffer.unwritten());
    assert_eq!(contents.len(), expected.len());
    for (sent, expected) in contents.iter().zip(expected) {
        assert_eq!((sent.0, &*sent.1), expected);
    }
}

#[test]
fn an_invalid_item_queues_nothing() {
    let limits = Limits::default();
    let mut sender = Connection::server(&limits).sender;
    let mut buffer = WriteBuffer::default();
    let error = buffer.send(&mut sender, Ping(&[0; 126]));
    assert_eq!(error, Err(SendError::ControlTooLong { len: 126 }));
    let error = buffer.send(&mut sender, Pong(&[0; 126]));
    assert_eq!(error, Err(SendError::ControlTooLong { len: 126 }));
    let error = buffer.send(&mut sender, Chunk::last(MessageKind::Text, b"\xFF"));
    assert_eq!(error, Err(SendError::InvalidUtf8));
    let close = CloseFrame { code: CloseCode::NO_STATUS, reason: "" };
    let error = buffer.send(&mut sender, close);
    assert_eq!(error, Err(SendError::InvalidCloseCode(CloseCode::NO_STATUS)));
    assert_eq!(buffer.unwritten(), b"");

    buffer.send(&mut sender, CloseFrame::EMPTY).unwrap();
    assert_eq!(buffer.unwritten(), [FIN | CLOSE, 0]);
    let close = Outgoing::Close(None);
    for item in [Outgoing::Message(Message::Text("late")), Outgoing::Ping(b""), close] {
        assert_eq!(buffer.send(&mut sender, item), Err(SendError::Closed));
    }
    assert_eq!(buffer.unwritten(), [FIN | CLOSE, 0]);
}

#[test]
fn sending_a_chunk_does_not_look_at_whether_it_was_the_first() {
    let limits = Limits::default();
    for is_first in [false, true] {
        let mut sender = Connection::server(&limits).sender;
        let mut buffer = WriteBuffer::default();
        for chunk in
            [Chunk::more(MessageKind::Binary, b"1"), Chunk::last(MessageKind::Binary, b"2")]
        {
            buffer.send(&mut sender, Chunk { is_first, ..chunk }).unwrap();
        }
        assert_eq!(buffer.unwritten(), [BINARY, 1, b'1', FIN | CONTINUATION, 1, b'2']);
    }
}
