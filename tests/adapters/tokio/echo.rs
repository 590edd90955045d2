//! The basic loops, which send every message back, for every kind of message, role and stream.

use futures_util::stream::FusedStream as _;
use futures_util::{SinkExt, StreamExt};
use sansocket::tokio::WebSocket;
use sansocket::{
    Chunk, CloseCode, CloseInfo, Error, Initiator, Limits, MessageKind, Options, OwnedMessage,
    Role, Timeouts,
};
use tokio::io::{AsyncRead, AsyncWrite, BufStream};

use super::peer::{self, Peer, ROLES, tcp};
use crate::wire::{BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, TEXT, close_payload};

#[derive(Clone, Copy, Debug)]
enum Form {
    Owned,
    Fed,
    Lent,
    Streamed,
    Chunks,
}

const FORMS: [Form; 5] = [Form::Owned, Form::Fed, Form::Lent, Form::Streamed, Form::Chunks];

impl Form {
    /// How much a stream must hold so that a peer that does not read while it writes can send its
    /// message.
    const fn capacities(self) -> [usize; 2] {
        match self {
            Self::Chunks => [1 << 20, 32 << 20],
            _ => [100, 64 << 10],
        }
    }

    async fn echo<S>(self, mut socket: WebSocket<S>) -> Result<CloseInfo, Error>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        match self {
            Self::Owned => {
                while let Some(message) = socket.recv().await? {
                    socket.send(message).await?;
                }
            }
            Self::Fed => {
                while let Some((message, mut writer)) = socket.read().await? {
                    writer.feed(message).await?;
                }
            }
            Self::Lent => {
                while let Some((message, mut writer)) = socket.read().await? {
                    writer.send(message).await?;
                }
            }
            Self::Streamed => {
                while let Some(message) = socket.next().await {
                    SinkExt::send(&mut socket, message?).await?;
                }
                assert!(socket.is_terminated());
            }
            Self::Chunks => {
                while let Some((chunk, mut writer)) = socket.read_chunk().await? {
                    writer.send(chunk).await?;
                }
            }
        }
        Ok(socket.close_info().unwrap())
    }
}

/// Without Pings, which would come between the messages when the tests take long.
fn options() -> Options {
    Options::default().timeouts(Timeouts::default().ping_interval(None))
}

/// Sends messages of many lengths, in one frame and in fragments, and expects them back.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(mut peer: Peer<S>) {
    for len in [0, 1, 125, 126, 127, 1000, 65_535, 65_536, 300_000] {
        let payload: Vec<u8> = (0..=250).cycle().take(len).collect();
        let text = "\u{e9}".repeat(len.div_ceil(2)).into_bytes();
        peer.send(FIN | BINARY, &payload).await;
        assert!(receive_message(&mut peer).await == (BINARY, payload));
        let (one, other) = text.split_at(len / 3);
        peer.send(TEXT, one).await;
        peer.send(FIN | PING, b"between").await;
        peer.send(CONTINUATION, b"").await;
        peer.send(FIN | CONTINUATION, other).await;
        assert!(receive_message(&mut peer).await == (TEXT, text));
    }
    peer.send(FIN | CLOSE, &close_payload(1000, "bye")).await;
    assert_eq!(peer.receive().await, (FIN | CLOSE, close_payload(1000, "bye")));
    peer.shut_down().await;
    assert_eq!(peer.read_to_end().await, b"");
}

/// Gathers a message from its fragments, skipping Pongs.
async fn receive_message<S: AsyncRead + AsyncWrite + Unpin>(peer: &mut Peer<S>) -> (u8, Vec<u8>) {
    let (mut kind, mut message) = (CONTINUATION, Vec::new());
    loop {
        let (first, payload) = peer.receive().await;
        if first == FIN | PONG {
            assert_eq!(payload, b"between");
            continue;
        }
        if message.is_empty() && first & 0xF != CONTINUATION {
            kind = first & 0xF;
        }
        message.extend(payload);
        if first & FIN != 0 {
            return (kind, message);
        }
    }
}

fn assert_closed_by_peer(info: &CloseInfo) {
    assert_eq!(info.initiator, Initiator::Peer);
    assert_eq!((info.code(), info.reason()), (CloseCode::NORMAL, "bye"));
    assert!(info.was_clean);
}

#[tokio::test]
async fn every_message_comes_back_over_a_stream_in_memory() {
    for role in ROLES {
        for form in FORMS {
            for capacity in form.capacities() {
                let stream = tokio::io::duplex(capacity);
                let (socket, peer) = peer::over(role, stream, &options());
                let (info, ()) = tokio::join!(form.echo(socket), converse(peer));
                assert_closed_by_peer(&info.unwrap());
            }
        }
    }
}

#[tokio::test]
async fn every_message_comes_back_over_a_stream_that_must_be_flushed() {
    for role in ROLES {
        for form in FORMS {
            let [capacity, _] = form.capacities();
            let (stream, other) = tokio::io::duplex(capacity);
            let streams = (BufStream::new(stream), other);
            let (socket, peer) = peer::over(role, streams, &options());
            let (info, ()) = tokio::join!(form.echo(socket), converse(peer));
            assert_closed_by_peer(&info.unwrap());
        }
    }
}

#[tokio::test]
async fn every_message_comes_back_over_tcp() {
    for role in ROLES {
        for form in FORMS {
            let (socket, peer) = peer::over(role, tcp().await, &options());
            let (info, ()) = tokio::join!(form.echo(socket), converse(peer));
            assert_closed_by_peer(&info.unwrap());
        }
    }
}

#[tokio::test]
async fn a_message_as_long_as_it_may_be_comes_back() {
    let payload: Vec<u8> = (0..=250).cycle().take(16 << 20).collect();
    for role in ROLES {
        for form in FORMS {
            let [_, capacity] = form.capacities();
            let stream = tokio::io::duplex(capacity);
            let (socket, mut peer) = peer::over(role, stream, &options());
            let peer = async {
                peer.send(FIN | BINARY, &payload).await;
                assert!(receive_message(&mut peer).await == (BINARY, payload.clone()));
                peer.send(FIN | CLOSE, &close_payload(1000, "bye")).await;
                peer.shut_down().await;
                peer.read_to_end().await;
            };
            let (info, ()) = tokio::join!(form.echo(socket), peer);
            assert_closed_by_peer(&info.unwrap());
        }
    }
}

/// An end with each role over the same stream.
fn pair(options: &Options) -> [WebSocket<tokio::io::DuplexStream>; 2] {
    let (one, other) = tokio::io::duplex(10_000);
    [(one, Role::Client), (other, Role::Server)].map(|(stream, role)| {
        let connection = peer::connection(role, &Limits::default());
        WebSocket::from_upgraded(stream, connection, Vec::new(), options)
    })
}

#[tokio::test]
async fn both_ends_pass_a_message_in_chunks_at_once() {
    const COUNT: usize = 300;

    let part: Vec<u8> = (0..=250).cycle().take(10_040).collect();
    let pass = async |socket: WebSocket<tokio::io::DuplexStream>| {
        let (mut writer, mut reader) = socket.split();
        let sending = async {
            for number in 1..=COUNT {
                let is_last = number == COUNT;
                writer
                    .send(Chunk { is_last, ..Chunk::more(MessageKind::Binary, &part) })
                    .await
                    .unwrap();
            }
        };
        let receiving = async {
            let mut received = Vec::new();
            loop {
                let chunk = reader.read_chunk().await.unwrap().unwrap();
                assert_eq!(chunk.is_first, received.is_empty());
                received.extend_from_slice(chunk.payload);
                if chunk.is_last {
                    return received;
                }
            }
        };
        let ((), received) = tokio::join!(sending, receiving);
        assert!(received == part.repeat(COUNT));
    };
    let [client, server] = pair(&Options::default());
    tokio::join!(pass(client), pass(server));
}

#[tokio::test]
async fn a_stream_of_messages_can_be_forwarded() {
    let [client, mut server] = pair(&Options::default());
    let (sink, stream) = StreamExt::split(client);
    let serving = async {
        for number in 0..1000 {
            server.send(format!("{number}")).await.unwrap();
        }
        for number in 0..1000 {
            let message = server.recv().await.unwrap();
            assert_eq!(message, Some(OwnedMessage::Text(format!("{number}"))));
        }
        server.close(CloseCode::NORMAL, "").await.unwrap();
    };
    let (forwarded, ()) = tokio::join!(stream.forward(sink), serving);
    forwarded.unwrap();
}

#[tokio::test]
async fn a_relay_flushes_when_its_source_has_no_message() {
    let [mut source, mut left] = pair(&Options::default());
    let [mut right, mut sink] = pair(&Options::default());
    let relaying = async move {
        while let Some((message, _)) = left.read().await.unwrap() {
            right.feed(message).await.unwrap();
            if !left.has_message() {
                right.flush().await.unwrap();
            }
        }
        right.close(CloseCode::NORMAL, "").await.unwrap();
    };
    let sending = async {
        for number in 0..1000 {
            source.feed(format!("{number}")).await.unwrap();
        }
        source.close(CloseCode::NORMAL, "").await.unwrap()
    };
    let receiving = async {
        for number in 0..1000 {
            let message = sink.recv().await.unwrap();
            assert_eq!(message, Some(OwnedMessage::Text(format!("{number}"))));
        }
        assert_eq!(sink.recv().await.unwrap(), None);
    };
    tokio::join!(relaying, sending, receiving);
}

#[cfg(feature = "deflate")]
#[tokio::test]
async fn compressed_messages_come_back() {
    use sansocket::tokio::{Acceptor, Connector};

    for form in FORMS {
        let options = Options::default().deflate(Some(sansocket::deflate::Config::default()));
        let [_, capacity] = form.capacities();
        let (one, other) = tokio::io::duplex(capacity);
        let acceptor = Acceptor::new().options(options.clone());
        let connector = Connector::new().options(options);
        let (server, client) = tokio::join!(
            acceptor.accept_over(one),
            connector.connect_over(other, "localhost", "/")
        );
        let (server, (mut client, _)) = (server.unwrap(), client.unwrap());
        assert!(server.deflate().is_some());
        let talking = async {
            for len in [0, 1, 1000, 1 << 20] {
                let message = OwnedMessage::Text("0123456789".repeat(len / 10));
                client.send(&message).await.unwrap();
                assert!(client.recv().await.unwrap().as_ref() == Some(&message));
            }
            client.close(CloseCode::NORMAL, "bye").await.unwrap()
        };
        let (info, _) = tokio::join!(form.echo(server), talking);
        assert_closed_by_peer(&info.unwrap());
    }
}
