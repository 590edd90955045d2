//! Peers that read slowly, in real time: a large message arrives with the default options.

use std::io::{Read, Write};
use std::thread;

use sansocket::tokio::WebSocket;
use sansocket::{CloseCode, CloseFrame, Limits, Options, OwnedMessage, Role};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::peer::{ROLES, connection};
use crate::slow_reader::{LEN, SlowPeer};

/// A stream that other tasks can own.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Stream for S {}

/// One task sends, and then waits for the answer.
async fn send_whole<S: Stream>(mut socket: WebSocket<S>) {
    socket.send(vec![7; LEN]).await.unwrap();
    let answer = socket.recv().await.unwrap();
    assert_eq!(answer, Some(OwnedMessage::Text("it is there".into())));
    assert!(socket.close(CloseCode::NORMAL, "").await.unwrap().was_clean);
}

/// One task sends, and another one reads.
async fn send_by_halves<S: Stream>(socket: WebSocket<S>) {
    let (mut writer, mut reader) = socket.split();
    let sending = tokio::spawn(async move {
        writer.send(vec![7; LEN]).await.unwrap();
        writer
    });
    let answer = reader.recv().await.unwrap();
    assert_eq!(answer, Some(OwnedMessage::Text("it is there".into())));
    let mut writer = sending.await.unwrap();
    let frame = CloseFrame { code: CloseCode::NORMAL, reason: "" };
    writer.send(frame).await.unwrap();
    assert_eq!(reader.recv().await.unwrap(), None);
    assert!(reader.close_info().unwrap().was_clean);
}

/// Starts both ways to send, each over its own stream.
async fn start<S: Stream, T: Read + Write + Send + 'static>(
    role: Role,
    mut streams: impl AsyncFnMut() -> (S, T),
) -> Vec<JoinHandle<()>> {
    let mut sending = Vec::new();
    for is_split in [false, true] {
        let (stream, other) = streams().await;
        thread::spawn(move || SlowPeer::new(other, role).run());
        let connection = connection(role, &Limits::default());
        let options = Options::default();
        let socket = WebSocket::from_upgraded(stream, connection, Vec::new(), &options);
        sending.push(if is_split {
            tokio::spawn(send_by_halves(socket))
        } else {
            tokio::spawn(send_whole(socket))
        });
    }
    sending
}

/// A stream for the endpoint under test, and its other end.
fn tcp(role: Role) -> (TcpStream, std::net::TcpStream) {
    let (stream, peer) = crate::peer::connect(role);
    stream.set_nonblocking(true).unwrap();
    (TcpStream::from_std(stream).unwrap(), peer.stream)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes more than a minute: `.ci/run slow`"]
async fn a_large_message_of_a_task_arrives_at_a_peer_that_reads_slowly() {
    let mut sending = Vec::new();
    for role in ROLES {
        sending.extend(start(role, async || tcp(role)).await);
    }
    #[cfg(feature = "tokio-rustls")]
    {
        use std::sync::Arc;

        use rustls::pki_types::ServerName;
        use tokio_rustls::{TlsAcceptor, TlsConnector};

        use crate::tls;

        let (of_server, of_client) = tls::configs();
        let servers = start(Role::Server, async || {
            let (stream, other) = tcp(Role::Server);
            let mut other = tls::client(Arc::clone(&of_client), other);
            let handshake = thread::spawn(move || {
                other.conn.complete_io(&mut other.sock).unwrap();
                other
            });
            let acceptor = TlsAcceptor::from(Arc::clone(&of_server));
            let stream = acceptor.accept(stream).await.unwrap();
            (stream, handshake.join().unwrap())
        });
        sending.extend(servers.await);
        let clients = start(Role::Client, async || {
            let (stream, other) = tcp(Role::Client);
            let mut other = tls::server(Arc::clone(&of_server), other);
            let handshake = thread::spawn(move || {
                other.conn.complete_io(&mut other.sock).unwrap();
                other
            });
            let connector = TlsConnector::from(Arc::clone(&of_client));
            let name = ServerName::try_from("localhost").unwrap();
            let stream = connector.connect(name, stream).await.unwrap();
            (stream, handshake.join().unwrap())
        });
        sending.extend(clients.await);
    }
    for sending in sending {
        sending.await.unwrap();
    }
}
