//! Requests that are answered in steps: the application looks at them first, for as long as it
//! likes.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use sansocket::blocking::{Acceptor, Connector};
use sansocket::handshake::HandshakeError;
use sansocket::handshake::server::Rejection;
use sansocket::{Error, Options, OwnedMessage};

use crate::peer;

/// The handshake timeout, and a longer time.
const LIMIT: Duration = Duration::from_millis(200);
const LONGER: Duration = Duration::from_millis(400);

fn acceptor() -> Acceptor {
    Acceptor::new().options(Options::default().handshake_timeout(LIMIT)).subprotocol("chat")
}

/// Sends a plain request, and returns the response.
fn get(address: &str, target: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {target} HTTP/1.0\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

#[test]
fn a_request_that_is_no_upgrade_is_answered_by_the_application() {
    let (listener, address) = peer::listen();
    let asking = thread::spawn(move || get(&address.to_string(), "/health"));
    let received = acceptor().receive(peer::accept(&listener)).unwrap();
    let request = received.request().unwrap();
    assert_eq!((request.method(), request.target()), ("GET", "/health"));
    assert!(request.upgrade().is_err());
    received.reject(Rejection::new(200).body("fine")).unwrap();
    let response = asking.join().unwrap();
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    assert!(response.ends_with("\r\n\r\nfine"), "{response}");
}

#[test]
fn a_request_that_is_no_upgrade_is_refused_if_it_is_accepted() {
    let (listener, address) = peer::listen();
    let asking = thread::spawn(move || get(&address.to_string(), "/"));
    let received = acceptor().receive(peer::accept(&listener)).unwrap();
    assert!(matches!(received.accept(), Err(Error::Handshake(_))));
    assert!(asking.join().unwrap().starts_with("HTTP/1.1 505 "));
}

#[test]
fn a_decision_does_not_count_towards_the_handshake_timeout() {
    let (listener, address) = peer::listen();
    let connecting = thread::spawn(move || {
        let connector = Connector::new().subprotocol("chat").header("X-User", "7");
        let (mut socket, response) =
            connector.connect_over(TcpStream::connect(address).unwrap(), "localhost", "/room")?;
        assert_eq!(response.headers().get("X-Served-By"), Some(&b"step by step"[..]));
        assert_eq!(socket.subprotocol(), Some("chat"));
        socket.send("Hello")?;
        socket.recv()
    });
    let received = acceptor().receive(peer::accept(&listener)).unwrap();
    assert_eq!(received.request().unwrap().headers().get("X-User"), Some(&b"7"[..]));
    thread::sleep(LONGER);
    let mut socket = received.header("X-Served-By", "step by step").accept().unwrap();
    assert_eq!(socket.subprotocol(), Some("chat"));
    assert!(socket.get_ref().nodelay().unwrap());
    assert_eq!(socket.recv().unwrap(), Some(OwnedMessage::Text("Hello".into())));
    socket.send("Hello yourself").unwrap();
    let answer = connecting.join().unwrap().unwrap();
    assert_eq!(answer, Some(OwnedMessage::Text("Hello yourself".into())));
}

#[test]
fn a_rejection_that_comes_late_says_why() {
    let (listener, address) = peer::listen();
    let connecting = thread::spawn(move || {
        Connector::new()
            .connect_over(TcpStream::connect(address).unwrap(), "localhost", "/")
            .map(|_| ())
    });
    let received = acceptor().receive(peer::accept(&listener)).unwrap();
    thread::sleep(LONGER);
    received.reject(Rejection::new(403).body("not you")).unwrap();
    let Err(Error::Handshake(error)) = connecting.join().unwrap() else { panic!() };
    let HandshakeError::UnexpectedResponse(refusal) = *error else { panic!("{error:?}") };
    assert_eq!((refusal.status(), refusal.body()), (403, &b"not you"[..]));
}

#[test]
fn a_response_that_may_not_be_sent_becomes_an_error_of_the_application() {
    let (listener, address) = peer::listen();
    let connecting = thread::spawn(move || {
        Connector::new()
            .connect_over(TcpStream::connect(address).unwrap(), "localhost", "/")
            .map(|_| ())
    });
    let received = acceptor().receive(peer::accept(&listener)).unwrap();
    let accepted = received.header("a name", "with a space").accept();
    assert!(matches!(accepted, Err(Error::Handshake(_))), "{accepted:?}");
    let Err(Error::Handshake(error)) = connecting.join().unwrap() else { panic!() };
    let HandshakeError::UnexpectedResponse(refusal) = *error else { panic!("{error:?}") };
    assert_eq!(refusal.status(), 500);
}

/// The subprotocols of the acceptor are ignored; it would select "chat".
#[test]
fn a_subprotocol_is_chosen_after_a_look_at_the_request() {
    let (listener, address) = peer::listen();
    let connecting = thread::spawn(move || {
        let connector = Connector::new().subprotocol("chat").subprotocol("chat.v2");
        let stream = TcpStream::connect(address).unwrap();
        connector.connect_over(stream, "localhost", "/").unwrap().0
    });
    let received = acceptor().receive(peer::accept(&listener)).unwrap();
    let socket = received.subprotocol("chat.v2").accept().unwrap();
    assert_eq!(socket.subprotocol(), Some("chat.v2"));
    assert_eq!(connecting.join().unwrap().subprotocol(), Some("chat.v2"));
}

#[cfg(feature = "net")]
mod with_tasks {
    use sansocket::handshake::server::Rejection;
    use sansocket::tokio::{Acceptor, Connector};
    use sansocket::{Error, OwnedMessage};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::time::sleep;

    use super::{LIMIT, LONGER};

    fn acceptor() -> Acceptor {
        let options = sansocket::Options::default().handshake_timeout(LIMIT);
        Acceptor::new().options(options).subprotocol("chat")
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_is_no_upgrade_is_answered_by_the_application() {
        let (stream, mut client) = tokio::io::duplex(1000);
        client.write_all(b"GET /health HTTP/1.0\r\n\r\n").await.unwrap();
        let received = acceptor().receive_over(stream).await.unwrap();
        assert_eq!(received.request().unwrap().target(), "/health");
        let mut response = String::new();
        let reading = async {
            client.read_to_string(&mut response).await.unwrap();
            drop(client);
        };
        let (rejected, ()) =
            tokio::join!(received.reject(Rejection::new(200).body("fine")), reading);
        rejected.unwrap();
        assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
        assert!(response.ends_with("\r\n\r\nfine"), "{response}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_decision_does_not_count_towards_the_handshake_timeout() {
        let (stream, client) = tokio::io::duplex(1000);
        let serving = async {
            let received = acceptor().receive_over(stream).await?;
            sleep(LONGER).await;
            let mut socket = received.header("X-Served-By", "tasks").accept().await?;
            let message = socket.recv().await?;
            socket.send("Hello yourself").await?;
            Ok::<_, Error>((message, socket))
        };
        let connecting = async {
            let connector = Connector::new().subprotocol("chat");
            let (mut socket, response) = connector.connect_over(client, "localhost", "/").await?;
            assert_eq!(response.headers().get("X-Served-By"), Some(&b"tasks"[..]));
            assert_eq!(socket.subprotocol(), Some("chat"));
            socket.send("Hello").await?;
            socket.recv().await
        };
        let ((message, _socket), answer) = tokio::try_join!(serving, connecting).unwrap();
        assert_eq!(message, Some(OwnedMessage::Text("Hello".into())));
        assert_eq!(answer, Some(OwnedMessage::Text("Hello yourself".into())));
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_chooses_its_subprotocol_whatever_the_acceptor_speaks() {
        for (name, is_offered) in [("chat.v2", true), ("chat.v3", false)] {
            let (stream, client) = tokio::io::duplex(1000);
            let serving = async {
                let received = acceptor().receive_over(stream).await?;
                received.subprotocol(name).accept().await
            };
            let connector = Connector::new().subprotocol("chat").subprotocol("chat.v2");
            let connecting = connector.connect_over(client, "localhost", "/");
            match tokio::join!(serving, connecting) {
                (Ok(server), Ok((client, _))) => {
                    assert!(is_offered);
                    assert_eq!(server.subprotocol(), Some(name));
                    assert_eq!(client.subprotocol(), Some(name));
                }
                (Err(error), Err(_)) => {
                    assert!(!is_offered && matches!(error, Error::Handshake(_)), "{error:?}");
                }
                ends => panic!("{ends:?}"),
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_rejection_that_comes_late_says_why() {
        let (stream, client) = tokio::io::duplex(1000);
        let serving = async {
            let received = acceptor().receive_over(stream).await.unwrap();
            sleep(LONGER).await;
            received.reject(Rejection::new(403)).await
        };
        let connector = Connector::new();
        let (rejected, refused) =
            tokio::join!(serving, connector.connect_over(client, "localhost", "/"));
        rejected.unwrap();
        assert!(matches!(refused, Err(Error::Handshake(_))), "{refused:?}");
    }
}
