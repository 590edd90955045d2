//! Servers behind TLS.

use std::{fs, net::TcpListener, sync::Arc, thread};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

use crate::{
    server::{Fault, echo_anything},
    wsspec::{GOOD, judge},
};

/// Starts a server, and returns its URL, and its certificate as PEM.
fn start() -> (String, String) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("wss://localhost:{}/", listener.local_addr().unwrap().port());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let stream = StreamOwned::new(connection, stream.unwrap());
            thread::spawn(|| echo_anything(stream, Fault::Lenient));
        }
    });
    (url, cert.pem())
}

#[test]
fn a_certificate_that_nobody_knows_is_refused() {
    let (url, _) = start();
    let ended = judge(&url, GOOD, &[]);
    assert_eq!(ended.code, 3, "{}", ended.out);
    assert!(ended.err.to_lowercase().contains("certificate"), "{}", ended.err);
}

#[test]
fn any_certificate_is_accepted_if_that_is_asked_for() {
    let ended = judge(&start().0, GOOD, &["--insecure"]);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
}

#[test]
fn certificates_of_an_authority_are_accepted() {
    let (url, certificate) = start();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).into_os_string().into_string().unwrap();
    fs::write(path("ours.pem"), certificate).unwrap();
    fs::write(path("another.pem"), start().1).unwrap();
    fs::write(path("empty.pem"), "").unwrap();
    let with = |name| judge(&url, GOOD, &["--ca", &path(name)]);
    let ours = with("ours.pem");
    assert_eq!(ours.code, 0, "{}{}", ours.out, ours.err);
    assert_eq!(with("another.pem").code, 3);
    assert_eq!(with("empty.pem").code, 2);
    assert_eq!(with("missing.pem").code, 2);
}
