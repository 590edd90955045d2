//! Messages, borrowed and owned.

use std::collections::HashSet;

use sansocket::buffered::NotText;
use sansocket::{Message, MessageKind, OwnedMessage, PreparedMessage};

const MESSAGES: [Message<'_>; 3] =
    [Message::Text("a€"), Message::Text(""), Message::Binary(&[0, 255])];

#[test]
fn an_owned_message_equals_its_original() {
    for message in MESSAGES {
        let owned = message.into_owned();
        assert_eq!(owned, OwnedMessage::from(message));
        assert_eq!(owned.as_message(), message);
        assert_eq!(Message::from(&owned), message);
        assert_eq!(owned.as_message().kind(), message.kind());
    }
}

#[test]
fn a_message_knows_its_kind_and_its_bytes() {
    let text = Message::Text("a€");
    assert_eq!(text.kind(), MessageKind::Text);
    assert_eq!(text.as_bytes(), "a€".as_bytes());
    let binary = Message::Binary(&[0, 255]);
    assert_eq!(binary.kind(), MessageKind::Binary);
    assert_eq!(binary.as_bytes(), [0, 255]);
}

#[test]
fn an_owned_message_has_the_kind_the_length_and_the_content_of_a_borrowed_one() {
    for message in MESSAGES {
        let owned = message.into_owned();
        assert_eq!(owned.kind(), message.kind());
        assert_eq!(
            (owned.len(), message.len()),
            (message.as_bytes().len(), message.as_bytes().len())
        );
        assert_eq!(
            (owned.is_empty(), message.is_empty()),
            (message.as_bytes().is_empty(), message.as_bytes().is_empty())
        );
        assert_eq!(owned.as_bytes(), message.as_bytes());
        assert_eq!(owned.as_text(), message.as_text());
        let is_text = message.kind() == MessageKind::Text;
        assert_eq!(message.as_text().map(str::as_bytes), is_text.then_some(message.as_bytes()));
    }
}

#[test]
fn the_content_outlives_the_message_that_borrows_it() {
    let owned = OwnedMessage::from("a€");
    let (text, bytes) = {
        let message = owned.as_message();
        (message.as_text(), message.as_bytes())
    };
    assert_eq!((text, bytes), (Some("a€"), "a€".as_bytes()));
}

#[test]
fn text_and_bytes_become_messages() {
    for text in
        [OwnedMessage::from("a€"), OwnedMessage::from("a€".to_owned()), Message::from("a€").into()]
    {
        assert_eq!(text, OwnedMessage::Text("a€".into()));
    }
    for binary in [
        OwnedMessage::from(&[0, 255][..]),
        OwnedMessage::from(&[0, 255]),
        OwnedMessage::from([0, 255]),
        OwnedMessage::from(vec![0, 255]),
        Message::from(&[0, 255][..]).into(),
        Message::from(&[0, 255]).into(),
    ] {
        assert_eq!(binary, OwnedMessage::Binary(vec![0, 255]));
    }
}

#[test]
fn messages_become_text_and_bytes_without_a_copy() {
    let text = String::from("a€");
    let at = text.as_ptr();
    let text = OwnedMessage::from(text).into_text().unwrap();
    let text = String::try_from(OwnedMessage::from(text)).unwrap();
    let bytes = OwnedMessage::from(text).into_bytes();
    let bytes = Vec::from(OwnedMessage::from(bytes));
    assert_eq!((&*bytes, bytes.as_ptr()), ("a€".as_bytes(), at));
    assert_eq!(<&str>::try_from(Message::Text("a€")), Ok("a€"));
    assert_eq!(<&[u8]>::from(Message::Text("a€")), "a€".as_bytes());
}

#[test]
fn a_binary_message_that_is_not_text_is_returned_and_not_printed() {
    fn check<M>(error: NotText<M>) -> M {
        assert_eq!(error.to_string(), "a binary message, not text");
        assert_eq!(format!("{error:?}"), "NotText { .. }");
        error.into_message()
    }
    // Which is UTF-8 by chance.
    let owned = OwnedMessage::from(b"text");
    assert_eq!(check(owned.clone().into_text().unwrap_err()), owned);
    assert_eq!(check(String::try_from(owned.clone()).unwrap_err()), owned);
    assert_eq!(check(<&str>::try_from(owned.as_message()).unwrap_err()), owned.as_message());
}

#[test]
fn messages_can_be_kept_in_sets() {
    let owned: HashSet<_> = MESSAGES.into_iter().chain(MESSAGES).map(Message::into_owned).collect();
    let borrowed: HashSet<_> = MESSAGES.into_iter().chain(MESSAGES).collect();
    assert_eq!((owned.len(), borrowed.len()), (3, 3));
}

#[test]
fn any_message_can_be_prepared() {
    for message in MESSAGES {
        let prepared = PreparedMessage::from(message);
        assert_eq!((prepared.kind(), prepared.payload()), (message.kind(), message.as_bytes()));
    }
    assert_eq!(PreparedMessage::from("a€"), PreparedMessage::text("a€"));
    assert_eq!(PreparedMessage::from(&[0, 255][..]), PreparedMessage::binary(&[0, 255]));
}

#[cfg(feature = "bytes")]
#[test]
fn owned_messages_become_bytes_and_back_without_a_copy() {
    use bytes::Bytes;

    let data = vec![1; 100];
    let at = data.as_ptr();
    let bytes = Bytes::from(OwnedMessage::Binary(data));
    assert_eq!(bytes.as_ptr(), at);
    drop(bytes.clone());
    let OwnedMessage::Binary(data) = OwnedMessage::from(bytes) else {
        panic!("bytes are binary");
    };
    assert_eq!(data.as_ptr(), at);
    assert_eq!(Bytes::from(OwnedMessage::Text("a€".into())), "a€");
}
