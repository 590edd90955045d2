//! Addresses that are slow, and addresses over TLS.

use std::{
    io::Write as _,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    thread,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned, crypto::ring, pki_types::PrivateKeyDer};
use sansocket::blocking::{Acceptor, Untimed};
use serde_json::{Value, json};

use crate::{page::Page, program::Program};

fn connect(address: &str) -> Value {
    json!({ "do": "connect", "address": address, "deflate": null, "answers": true })
}

#[test]
fn while_an_address_is_dialled_everything_else_goes_on() {
    let program = Program::start();
    let mut page = Page::open(&program);
    // It never answers the first message of TLS.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let slow = connect(&format!("wss://{}/", silent.local_addr().unwrap()));
    page.tell(&slow);
    page.event("connecting");
    page.compose(json!({}));
    page.send(&json!("8180"));
    assert_eq!(page.failure(), "there is no connection");
    page.tell(&json!({ "do": "disconnect" }));
    page.event("cancelled");

    page.tell(&slow);
    page.event("connecting");
    // A new attempt takes the place of the other.
    page.connect(None, false);
    let composed = page.compose(json!({}));
    page.send(&composed["bytes"]);
    assert_eq!(page.frame("server")["root"]["value"], "text");
}

/// Starts an echo server over TLS for one connection. Returns its address and its certificate.
fn secure_echo() -> (SocketAddr, String) {
    let own = rcgen::generate_simple_self_signed(["localhost".into()]).unwrap();
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let connection = ServerConnection::new(Arc::new(config)).unwrap();
        let stream = StreamOwned::new(connection, stream);
        // Whoever does not trust the certificate ends it here.
        let Ok(mut socket) = Acceptor::new().accept_over(Untimed(stream)) else { return };
        while let Ok(Some(message)) = socket.recv() {
            let message = message.to_owned();
            socket.send(message).unwrap();
        }
    });
    (address, own.cert.pem())
}

#[test]
fn a_server_with_a_trusted_certificate_is_reached_over_tls() {
    let (address, certificate) = secure_echo();
    let mut roots = tempfile::NamedTempFile::new().unwrap();
    roots.write_all(certificate.as_bytes()).unwrap();
    let program = Program::start_with_roots(roots.path());
    let mut page = Page::open(&program);
    page.connect(Some(&format!("wss://localhost:{}/echo", address.port())), false);
    let composed = page.compose(json!({ "payload": "over TLS" }));
    page.send(&composed["bytes"]);
    assert!(page.frame("server").to_string().contains("over TLS"));
}

#[test]
fn a_certificate_that_is_not_trusted_is_an_error_in_words() {
    let (address, _) = secure_echo();
    let program = Program::start();
    let mut page = Page::open(&program);
    page.tell(&connect(&format!("wss://localhost:{}/", address.port())));
    let text = page.failure();
    assert!(text.contains("localhost, port") && text.contains("certificate"), "{text}");
}
