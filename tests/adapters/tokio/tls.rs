//! `wss` URLs: TLS on the way to the server, with and without a proxy.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig, crypto::ring};
use sansocket::tokio::{Acceptor, ClientStream, Connector, WebSocket};
use sansocket::{Error, OwnedMessage, Proxy, RedirectError, Role};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout};
use tokio_rustls::{TlsAcceptor, server};

use super::peer::Peer;
use crate::peer::{PATIENCE, innermost, localhost, response_to};
use crate::wire::{CLOSE, FIN, close_payload};

type TlsStream = server::TlsStream<TcpStream>;

/// The certificate of the server, which the client trusts.
#[derive(Clone)]
struct Identity {
    certificate: CertificateDer<'static>,
    acceptor: TlsAcceptor,
}

impl Identity {
    /// A server with its own certificate for these names.
    fn new(names: &[&str]) -> Self {
        Self::speaking(names, &[])
    }

    /// The same, which supports these protocols by ALPN, in order of preference.
    fn speaking(names: &[&str], protocols: &[&str]) -> Self {
        let names: Vec<String> = names.iter().map(|&name| name.into()).collect();
        let own = rcgen::generate_simple_self_signed(names).unwrap();
        let certificate = own.cert.der().clone();
        let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .unwrap();
        config.alpn_protocols = alpn(protocols);
        Self { certificate, acceptor: Arc::new(config).into() }
    }

    fn local() -> Self {
        Self::new(&["localhost", "127.0.0.1"])
    }

    /// A connector that trusts this server and no other.
    fn connector(&self) -> Connector {
        Connector::new().tls(Arc::new(self.client_config()))
    }

    fn client_config(&self) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth()
    }

    async fn accept(&self, listener: &TcpListener) -> std::io::Result<TlsStream> {
        self.acceptor.accept(accept(listener).await).await
    }
}

fn alpn(protocols: &[&str]) -> Vec<Vec<u8>> {
    protocols.iter().map(|&protocol| protocol.into()).collect()
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Accepts the next stream. Since the client may have failed, this must not wait for ever.
async fn accept(listener: &TcpListener) -> TcpStream {
    timeout(PATIENCE, listener.accept()).await.expect("somebody connects").unwrap().0
}

/// Answers the next request over TLS, and echoes.
async fn echo(stream: TlsStream) -> Result<(), Error> {
    let mut socket = Acceptor::new().accept_over(stream).await?;
    while let Some(message) = socket.recv().await? {
        socket.send(message).await?;
    }
    Ok(())
}

/// A client over TLS whose server is the peer.
async fn open() -> (WebSocket<ClientStream>, Peer<TlsStream>) {
    let (listener, address) = listen().await;
    let identity = Identity::local();
    let serving = async {
        let mut peer = Peer::new(identity.accept(&listener).await.unwrap(), Role::Client);
        let head = peer.read_head().await;
        peer.write(&response_to(&head)).await;
        peer.stream.flush().await.unwrap();
        peer
    };
    let url = format!("wss://{address}/");
    let (socket, peer) = tokio::join!(identity.connector().connect(&url), serving);
    (socket.unwrap().0, peer)
}

/// Returns the error of connecting to a server that gets no further than TLS.
async fn refused(connector: Connector, server: Identity, host: &str) -> Error {
    let (listener, address) = listen().await;
    let serving = tokio::spawn(async move { server.accept(&listener).await.map(drop) });
    let url = format!("wss://{host}:{}/", address.port());
    let error = connector.connect(&url).await.unwrap_err();
    serving.abort();
    error
}

// Shows 6455-3-2, 6455-4.2.2-1, 6455-10.6-1 (both).
#[tokio::test]
async fn messages_go_both_ways_whatever_their_size() {
    let name = localhost(0).map(|_| "localhost");
    for host in name.into_iter().chain(["127.0.0.1"]) {
        let (listener, address) = listen().await;
        let identity = Identity::local();
        let connector = identity.connector();
        let serving =
            tokio::spawn(async move { echo(identity.accept(&listener).await.unwrap()).await });
        let url = format!("wss://{host}:{}/", address.port());
        let mut socket = connector.connect(&url).await.unwrap().0;
        for len in [0, 1, 125, 16 << 10, (16 << 10) + 1, 1 << 20, 3 << 20] {
            let payload: Vec<u8> = (0..=250).cycle().take(len).collect();
            socket.send(&payload[..]).await.unwrap();
            let echoed = socket.recv().await.unwrap();
            assert!(echoed == Some(OwnedMessage::Binary(payload)), "{len} bytes");
        }
        assert!(socket.close(1000.into(), "").await.unwrap().was_clean);
        serving.await.unwrap().unwrap();
    }
}

// Shows 6455-4.1-9.
#[tokio::test]
async fn tls_names_the_server() {
    if localhost(0).is_none() {
        return;
    }
    let (listener, address) = listen().await;
    let identity = Identity::local();
    let connector = identity.connector();
    let serving = tokio::spawn(async move {
        let stream = identity.accept(&listener).await.unwrap();
        stream.get_ref().1.server_name().map(String::from)
    });
    // The server sends nothing more.
    connector.connect(&format!("wss://localhost:{}/", address.port())).await.unwrap_err();
    assert_eq!(serving.await.unwrap().as_deref(), Some("localhost"));
}

#[tokio::test]
async fn the_tls_session_can_be_inspected() {
    let (listener, address) = listen().await;
    let identity = Identity::local();
    let (connector, certificate) = (identity.connector(), identity.certificate.clone());
    tokio::spawn(async move { echo(identity.accept(&listener).await.unwrap()).await });
    let socket = connector.connect(&format!("wss://{address}/")).await.unwrap().0;
    let stream = socket.get_ref();
    assert_eq!(stream.tcp_stream().peer_addr().unwrap(), address);
    let connection = stream.tls_connection().unwrap();
    assert_eq!(connection.peer_certificates(), Some(&[certificate][..]));

    let (listener, address) = listen().await;
    tokio::spawn(async move { WebSocket::accept(accept(&listener).await).await });
    let socket = connector.connect(&format!("ws://{address}/")).await.unwrap().0;
    let stream = socket.get_ref();
    assert_eq!(stream.tcp_stream().peer_addr().unwrap(), address);
    assert!(stream.tls_connection().is_none());
}

#[tokio::test]
async fn http_2_is_not_negotiated_even_if_both_sides_speak_it() {
    for (offered, agreed) in [
        (&["h2", "http/1.1"][..], Some("http/1.1")),
        (&["h2"], Some("http/1.1")),
        (&["http/1.1"], Some("http/1.1")),
        (&["http/1.0", "http/1.1"], Some("http/1.1")),
        (&[], None),
    ] {
        let (listener, address) = listen().await;
        let identity = Identity::speaking(&["127.0.0.1"], &["h2", "http/1.1"]);
        let mut config = identity.client_config();
        config.alpn_protocols = alpn(offered);
        let connector = Connector::new().tls(Arc::new(config));
        let serving =
            tokio::spawn(async move { echo(identity.accept(&listener).await.unwrap()).await });
        let mut socket = connector.connect(&format!("wss://{address}/")).await.unwrap().0;
        let stream = socket.get_ref();
        let protocol = stream.tls_connection().unwrap().alpn_protocol();
        assert_eq!(protocol, agreed.map(str::as_bytes), "{offered:?}");
        socket.send("Hello").await.unwrap();
        assert_eq!(socket.recv().await.unwrap(), Some(OwnedMessage::Text("Hello".into())));
        assert!(socket.close(1000.into(), "").await.unwrap().was_clean);
        serving.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_server_that_only_speaks_http_2_is_refused_and_gets_no_request() {
    for is_checked in [true, false] {
        let (listener, address) = listen().await;
        let identity = Identity::speaking(&["127.0.0.1"], &["h2"]);
        let mut config = identity.client_config();
        config.alpn_protocols = alpn(&["h2"]);
        config.check_selected_alpn = is_checked;
        let connector = Connector::new().tls(Arc::new(config));
        let serving = tokio::spawn(async move { identity.accept(&listener).await.map(drop) });
        let error = connector.connect(&format!("wss://{address}/")).await.unwrap_err();
        assert!(error.to_string().contains("NoApplicationProtocol"), "{error}");
        assert!(!error.is_retryable());
        serving.await.unwrap().unwrap_err();
    }
}

// Shows 6455-5.1-1, 6455-7.1.1-2 (client).
#[tokio::test]
async fn the_closing_handshake_of_a_client_ends_tls_too() {
    let (mut socket, mut peer) = open().await;
    let closing = async {
        assert_eq!(peer.receive_close().await, 1000);
        peer.send(FIN | CLOSE, &close_payload(1000, "")).await;
        peer.shut_down().await;
        // A TLS reader needs an alert to accept the end.
        assert_eq!(peer.read_to_end().await, b"");
    };
    let (closed, ()) = tokio::join!(socket.close(1000.into(), ""), closing);
    assert!(closed.unwrap().was_clean);
}

// Shows 6455-4.2.2-1, 6455-5.1-3, 6455-7.1.1-2 (server), 6455-10.6-1 (server).
#[tokio::test]
async fn the_closing_handshake_of_a_server_ends_tls_too() {
    let (listener, address) = listen().await;
    let identity = Identity::local();
    let connector = identity.connector();
    let serving =
        tokio::spawn(async move { echo(identity.accept(&listener).await.unwrap()).await });
    let socket = connector.connect(&format!("wss://{address}/")).await.unwrap().0;
    let mut peer = Peer::new(socket.into_parts().stream, Role::Server);
    peer.send(FIN | CLOSE, &close_payload(1000, "")).await;
    assert_eq!(peer.receive_close().await, 1000);
    assert_eq!(peer.read_to_end().await, b"");
    peer.shut_down().await;
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_server_that_ends_without_an_alert_after_its_close_frame_was_clean() {
    let (mut socket, mut peer) = open().await;
    let closing = async {
        peer.receive_close().await;
        peer.send(FIN | CLOSE, &close_payload(1000, "")).await;
        drop(peer);
    };
    let (closed, ()) = tokio::join!(socket.close(1000.into(), ""), closing);
    assert!(closed.unwrap().was_clean);
}

#[tokio::test]
async fn a_server_that_ends_without_an_alert_before_its_close_frame_is_lost() {
    let (mut socket, peer) = open().await;
    drop(peer);
    let error = socket.recv().await.unwrap_err();
    assert!(matches!(error, Error::ConnectionLost), "{error:?}");
    assert!(error.is_retryable() && error.is_closed());
}

#[track_caller]
fn assert_untrusted(error: &Error) {
    let is_expected =
        matches!(innermost(error), Error::Io(error) if error.kind() == ErrorKind::InvalidData);
    assert!(is_expected && error.to_string().contains("certificate"), "{error:?}");
    assert!(!error.is_retryable());
}

// Shows 6455-4.1-8.
#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_refused() {
    let other = Identity::local();
    assert_untrusted(&refused(other.connector(), Identity::local(), "127.0.0.1").await);
}

#[tokio::test]
async fn by_default_a_self_signed_certificate_is_not_trusted() {
    for _ in 0..2 {
        assert_untrusted(&refused(Connector::new(), Identity::local(), "127.0.0.1").await);
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let identity = Identity::new(&["other.example", "localhost"]);
    assert_untrusted(&refused(identity.connector(), identity, "127.0.0.1").await);
    if localhost(0).is_some() {
        let identity = Identity::new(&["other.example", "127.0.0.1"]);
        assert_untrusted(&refused(identity.connector(), identity, "localhost").await);
    }
}

// Shows 6455-4.1-8.
#[tokio::test]
async fn a_server_without_tls_is_refused() {
    let (listener, address) = listen().await;
    let serving = tokio::spawn(async move {
        let mut peer = Peer::new(accept(&listener).await, Role::Client);
        peer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        peer.read_to_end().await
    });
    let connector = Identity::local().connector();
    let error = connector.connect(&format!("wss://{address}/")).await.unwrap_err();
    let is_expected =
        matches!(innermost(&error), Error::Io(error) if error.kind() == ErrorKind::InvalidData);
    assert!(is_expected, "{error:?}");
    let expected = format!(
        "TLS handshake with {address}: received corrupt message of type InvalidContentType; \
        if the server has no TLS, write ws://"
    );
    assert_eq!(error.to_string(), expected);
    serving.abort();
}

#[tokio::test(start_paused = true)]
async fn the_handshake_timeout_includes_tls() {
    let (_listener, address) = listen().await;
    let connector = Identity::local().connector();
    let start = Instant::now();
    // The system accepts the connection, but nobody answers.
    let error = connector.connect(&format!("wss://{address}/")).await.unwrap_err();
    assert_eq!(error.to_string(), format!("TLS handshake with {address} took too long"));
    assert_eq!(start.elapsed(), Duration::from_secs(10));
}

/// A peer that is reached through a proxy, and the head of the request to the proxy.
async fn tunnel(listener: &TcpListener, answer: &[u8]) -> (TcpStream, String) {
    let mut peer = Peer::new(accept(listener).await, Role::Client);
    let head = peer.read_head().await;
    peer.write(answer).await;
    (peer.stream, head)
}

// Shows 6455-4.1-8.
#[tokio::test]
async fn tls_begins_after_the_tunnel_with_the_name_of_the_server() {
    let (listener, address) = listen().await;
    let identity = Identity::new(&["server.example"]);
    let proxy = Proxy::parse(&format!("http://user:secret@{address}")).unwrap();
    let connector = identity.connector().proxies(proxy);
    let serving = tokio::spawn(async move {
        let (stream, head) = tunnel(&listener, b"HTTP/1.1 200 OK\r\n\r\n").await;
        assert!(head.starts_with("CONNECT server.example:443 HTTP/1.1\r\n"), "{head}");
        assert!(head.contains("\r\nProxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n"), "{head}");
        echo(identity.acceptor.accept(stream).await.unwrap()).await
    });
    let mut socket = connector.connect("wss://server.example/").await.unwrap().0;
    socket.send("Hello").await.unwrap();
    assert_eq!(socket.recv().await.unwrap(), Some(OwnedMessage::Text("Hello".into())));
    assert!(socket.close(1000.into(), "").await.unwrap().was_clean);
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn bytes_after_the_answer_of_a_proxy_are_not_the_servers() {
    let (listener, address) = listen().await;
    let proxy = Proxy::parse(&format!("http://{address}")).unwrap();
    let connector = Identity::local().connector().proxies(proxy);
    let answer = b"HTTP/1.1 200 OK\r\n\r\n\x16\x03\x03";
    let url = "wss://server.example/";
    let (refused, (stream, _)) = tokio::join!(connector.connect(url), tunnel(&listener, answer));
    let error = refused.unwrap_err();
    let is_expected =
        matches!(innermost(&error), Error::Io(error) if error.kind() == ErrorKind::InvalidData);
    assert!(is_expected && error.to_string().contains("proxy"), "{error:?}");
    assert!(!error.is_retryable());
    assert_eq!(Peer::new(stream, Role::Client).read_to_end().await, b"");
}

/// Answers the next request on the stream with a redirect.
async fn redirect(stream: impl AsyncRead + AsyncWrite + Unpin, location: &str) -> String {
    let mut peer = Peer::new(stream, Role::Client);
    let head = peer.read_head().await;
    let response = format!("HTTP/1.1 302 x\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
    peer.write(response.as_bytes()).await;
    peer.stream.flush().await.unwrap();
    head
}

#[tokio::test]
async fn a_redirect_may_lead_to_tls_but_not_away_from_it() {
    let (plain, plain_address) = listen().await;
    let (secure, secure_address) = listen().await;
    let identity = Identity::local();
    let connector = identity.connector().max_redirects(2).header("X-Token", "secret");
    let serving = async {
        let stream = accept(&plain).await;
        let head = redirect(stream, &format!("https://{secure_address}/")).await;
        assert!(head.contains("\r\nX-Token: secret\r\n"), "{head}");
        let stream = identity.accept(&secure).await.unwrap();
        let head = redirect(stream, &format!("ws://{plain_address}/")).await;
        assert!(!head.contains("X-Token"), "{head}");
    };
    let url = format!("ws://{plain_address}/");
    let (refused, ()) = tokio::join!(connector.connect(&url), serving);
    let error = refused.unwrap_err();
    assert!(
        matches!(&error, Error::Redirect(error) if **error == RedirectError::Insecure),
        "{error:?}"
    );
}
