//! The sizes of connections and their futures, which can move between threads.

use sansocket::tokio::{ReadHalf, WebSocket, WriteHalf, Writer};
use sansocket::{CloseFrame, Error, Options, Ping, Role};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio_test::task;

use super::adapter::RUNTIME;
use super::peer::{self, Peer, tcp};
use crate::allocations::held_after;
use crate::script::Script;
use crate::wire::{self, BINARY, FIN, PING, PONG, TEXT};

async fn lent<S: AsyncRead + AsyncWrite + Unpin>(mut socket: WebSocket<S>) -> Result<(), Error> {
    while let Some((message, mut writer)) = socket.read().await? {
        writer.send(message).await?;
    }
    Ok(())
}

async fn owned<S: AsyncRead + AsyncWrite + Unpin>(mut socket: WebSocket<S>) -> Result<(), Error> {
    while let Some(message) = socket.recv().await? {
        socket.send(message).await?;
    }
    Ok(())
}

/// The task of the README, starting with the stream.
async fn serve(stream: TcpStream) -> Result<(), Error> {
    let mut socket = WebSocket::accept(stream).await?;
    while let Some((message, mut writer)) = socket.read().await? {
        writer.send(message).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_socket_and_the_future_of_an_echo_are_small() {
    assert!(size_of::<WebSocket<TcpStream>>() <= 128);
    let ((one, other), (third, _)) = (tcp().await, tcp().await);
    let (lent_socket, _) = peer::over(Role::Server, (one, tokio::io::empty()), &Options::default());
    let (owned_socket, _) =
        peer::over(Role::Server, (other, tokio::io::empty()), &Options::default());
    // A task on a current-thread runtime needs 104 bytes more, and the allocator has a size class
    // of 384.
    for size in [
        size_of_val(&lent(lent_socket)),
        size_of_val(&owned(owned_socket)),
        size_of_val(&serve(third)),
    ] {
        println!("{size} bytes");
        assert!(size <= 280, "{size} bytes");
    }
}

fn is_send<T: Send>(value: T) -> T {
    value
}

/// Compiles if all futures of a connection can be spawned, over every stream that can.
fn spawn<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    one: WebSocket<S>,
    other: WebSocket<S>,
) {
    tokio::spawn(lent(one));
    tokio::spawn(owned(other));
}

fn futures_are_send<S: AsyncRead + AsyncWrite + Unpin + Send>(socket: &mut WebSocket<S>) {
    drop(is_send(socket.recv()));
    drop(is_send(socket.read()));
    drop(is_send(socket.read_chunk()));
    drop(is_send(socket.send("")));
    drop(is_send(socket.feed("")));
    drop(is_send(socket.send(Ping(b""))));
    drop(is_send(socket.send(CloseFrame::EMPTY)));
    drop(is_send(socket.flush()));
    drop(is_send(socket.close(1000.into(), "")));
}

fn futures_of_halves_are_send<S: AsyncRead + AsyncWrite + Unpin + Send>(
    reader: &mut ReadHalf<S>,
    writer: &mut WriteHalf<S>,
) {
    drop(is_send(reader.recv()));
    drop(is_send(reader.read()));
    drop(is_send(reader.read_chunk()));
    drop(is_send(reader.close(1000.into(), "")));
    drop(is_send(writer.send("")));
    drop(is_send(writer.feed("")));
    drop(is_send(writer.send(Ping(b""))));
    drop(is_send(writer.send(CloseFrame::EMPTY)));
    drop(is_send(writer.flush()));
}

#[tokio::test]
async fn connections_and_their_futures_move_between_threads() {
    let options = Options::default();
    let [one, other, mut third, fourth] = [(); 4].map(|()| {
        let (socket, _) = peer::over(Role::Server, tokio::io::duplex(1), &options);
        is_send(socket)
    });
    spawn(one, other);
    futures_are_send(&mut third);
    let (writer, reader) = fourth.split();
    let (mut reader, mut writer) = (is_send(reader), is_send(writer));
    futures_of_halves_are_send(&mut reader, &mut writer);
    let _: fn(Writer<'static, TcpStream>) -> Writer<'static, TcpStream> = is_send;
}

#[test]
fn connections_that_wait_share_the_buffers_of_their_thread() {
    const COUNT: u64 = 100;

    let _entered = RUNTIME.enter();
    let open = || {
        let script = Script::default().read(wire::to(Role::Server, FIN | TEXT, &[b'x'; 100]));
        let (socket, _) =
            peer::over(Role::Server, (script, tokio::io::empty()), &Options::default());
        let mut task = task::spawn(lent(socket));
        assert!(task.poll().is_pending(), "the echo is sent");
        task
    };
    // What the thread keeps.
    let _first = open();
    let (_connections, held) = held_after(|| (0..COUNT).map(|_| open()).collect::<Vec<_>>());
    println!("{} bytes for each connection", held / COUNT);
    // Including the log of the script.
    assert!(held / COUNT < 2 << 10, "{} bytes", held / COUNT);
}

/// Answers this many Pings.
async fn answer_pings(peer: &mut Peer<DuplexStream>, count: usize) {
    for _ in 0..count {
        let (first, data) = peer.receive().await;
        assert_eq!(first, FIN | PING);
        peer.send(FIN | PONG, &data).await;
    }
}

/// Checks that an echo of a large message has left nothing behind after a while.
fn assert_nothing_is_kept<T>(
    options: &Options,
    run: impl AsyncFn(WebSocket<DuplexStream>, Peer<DuplexStream>) -> T,
) {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let pass = || {
        // A client masks what it sends, so that the echo is a copy in the queue.
        let (socket, peer) = peer::over(Role::Client, tokio::io::duplex(1000), options);
        run(socket, peer)
    };
    // What the thread keeps.
    drop(runtime.block_on(async { pass().await }));
    let (_ends, kept) = held_after(|| runtime.block_on(async { pass().await }));
    println!("{kept} bytes are kept");
    assert!(kept < 8 << 10, "{kept} bytes");
}

/// Sends a large message and gets it back, and then sends only Pongs.
async fn talk(mut peer: Peer<DuplexStream>) -> Peer<DuplexStream> {
    const LEN: usize = 1 << 20;

    peer.send(FIN | BINARY, &vec![7; LEN]).await;
    assert_eq!(peer.receive().await.1.len(), LEN);
    answer_pings(&mut peer, 3).await;
    peer.forget();
    peer
}

#[test]
fn an_idle_connection_frees_the_memory_of_a_large_message() {
    assert_nothing_is_kept(&Options::default(), async |mut socket, peer| {
        let echo = async {
            let message = socket.recv().await.unwrap().unwrap();
            socket.send(message).await.unwrap();
            drop(socket.recv().await);
        };
        let peer = tokio::select! {
            peer = talk(peer) => peer,
            () = echo => unreachable!(),
        };
        (socket, peer)
    });
    assert_nothing_is_kept(&Options::default(), async |socket, peer| {
        let (mut writer, mut reader) = socket.split();
        let echo = async {
            let message = reader.recv().await.unwrap().unwrap();
            writer.send(message).await.unwrap();
            drop(reader.recv().await);
        };
        let peer = tokio::select! {
            peer = talk(peer) => peer,
            () = echo => unreachable!(),
        };
        (reader, writer, peer)
    });
}
