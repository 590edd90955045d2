//! Compression is negotiated in other HTTP servers, too.

use sansocket::blocking::Connector;
use sansocket::deflate::Config;
use sansocket::{Options, OwnedMessage};

use crate::server::{Settings, each};

#[test]
fn compression_is_agreed_on_if_both_want_it() {
    let compressing = Options::default().deflate(Some(Config::default()));
    let client = Connector::new().options(compressing.clone());
    let text = "compressible ".repeat(10_000);
    each(&Settings { options: compressing, ..Settings::default() }, |server| {
        let (mut socket, accepted) = server.open(&client).unwrap();
        assert!(accepted.deflate().is_some());
        socket.send(&text).unwrap();
        assert_eq!(socket.recv().unwrap(), Some(OwnedMessage::Text(text.clone())));
        let (_, accepted) = server.open(&Connector::new()).unwrap();
        assert_eq!(accepted.deflate(), None);
    });
    each(&Settings::default(), |server| {
        let (_, accepted) = server.open(&client).unwrap();
        assert_eq!(accepted.deflate(), None);
    });
}
