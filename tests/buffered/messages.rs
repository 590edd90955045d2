//! Messages, borrowed and owned.

use sansocket::buffered::{AsMessage, Message, OwnedMessage};
use sansocket::connection::MessageKind;

fn check<M: AsMessage>(message: M, expected: Message<'_>) {
    assert_eq!(message.as_message(), expected);
    assert_eq!((&&message).as_message(), expected);
}

#[test]
fn what_is_text_is_sent_as_text_and_bytes_as_binary() {
    check("text", Message::Text("text"));
    check(String::from("text"), Message::Text("text"));
    check(OwnedMessage::Text("text".into()), Message::Text("text"));
    check(Message::Text("text"), Message::Text("text"));
    check([1, 2], Message::Binary(&[1, 2]));
    check(&[1, 2][..], Message::Binary(&[1, 2]));
    check(vec![1, 2], Message::Binary(&[1, 2]));
    check(OwnedMessage::Binary(vec![1, 2]), Message::Binary(&[1, 2]));
    check(Message::Binary(&[1, 2]), Message::Binary(&[1, 2]));
}

#[test]
fn an_owned_message_equals_the_one_it_was_made_of() {
    for message in [Message::Text("a€"), Message::Text(""), Message::Binary(&[0, 255])] {
        let owned = message.to_owned();
        assert_eq!(owned.as_message(), message);
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

#[cfg(feature = "bytes")]
#[test]
fn owned_messages_become_bytes_and_back_without_a_copy() {
    use bytes::Bytes;

    let data = vec![1; 100];
    let at = data.as_ptr();
    let bytes = Bytes::from(OwnedMessage::Binary(data));
    assert_eq!(bytes.as_ptr(), at);
    check(bytes.clone(), Message::Binary(&[1; 100]));
    drop(bytes.clone());
    let OwnedMessage::Binary(data) = OwnedMessage::from(bytes) else {
        panic!("bytes are binary");
    };
    assert_eq!(data.as_ptr(), at);
    assert_eq!(Bytes::from(OwnedMessage::Text("a€".into())), "a€");
}
