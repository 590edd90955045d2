//! The memory of compression: a connection frees it while it is idle, and keeps it while messages
//! are sent.

use std::cell::RefCell;

use sansocket::connection::Connection;
use sansocket::deflate::{self, Offer};
use sansocket::tokio::WebSocket;
use sansocket::{Limits, Options, Role};
use tokio::io::DuplexStream;
use tokio::runtime::Builder;
use tokio::time::{Duration, timeout};

use super::peer::Peer;
use crate::allocations::held_after;
use crate::wire::{FIN, PING, PONG, RSV1, TEXT};

fn open() -> (WebSocket<DuplexStream>, Peer<DuplexStream>) {
    let config = deflate::Config::default();
    let (_, params) = Offer::new(&config).answer(&config);
    let connection = Connection::server(&Limits::default()).with_deflate(&params, &config);
    let (stream, other) = tokio::io::duplex(1000);
    let options = Options::default();
    (
        WebSocket::from_upgraded(stream, connection, Vec::new(), &options),
        Peer::new(other, Role::Server),
    )
}

/// Answers Pings for ever, and passes on other frames.
async fn answer_pings(peer: &mut Peer<DuplexStream>, mut receive: impl FnMut(u8, Vec<u8>)) {
    loop {
        match peer.receive().await {
            (first, data) if first == FIN | PING => peer.send(FIN | PONG, &data).await,
            (first, payload) => receive(first, payload),
        }
    }
}

/// Sends the same message five times, with such pauses, and returns the lengths of its frames.
async fn lens(pause: Duration) -> Vec<usize> {
    // It contains no repetition.
    let text: String = ('a'..='\u{17f}').collect();
    let lens = RefCell::new(Vec::new());
    let (mut socket, mut peer) = open();
    let sending = async {
        for _ in 0..5 {
            socket.send(&*text).await.unwrap();
            assert!(timeout(pause, socket.recv()).await.is_err(), "nothing comes");
        }
    };
    let receiving = answer_pings(&mut peer, |first, payload| {
        assert_eq!(first, FIN | RSV1 | TEXT);
        lens.borrow_mut().push(payload.len());
    });
    tokio::select! {
        () = sending => {}
        () = receiving => unreachable!(),
    }
    lens.into_inner()
}

// Two or three Pings are sent in each pause.
#[tokio::test(start_paused = true)]
async fn a_message_after_a_silence_refers_to_none_before_it() {
    let lens = lens(Duration::from_secs(60)).await;
    assert!(lens[0] > 100, "{lens:?}");
    assert_eq!(lens, [lens[0]; 5]);
}

// A Ping is due every 20 seconds.
#[tokio::test(start_paused = true)]
async fn messages_refer_to_each_other_while_some_are_sent_between_two_pings() {
    let lens = lens(Duration::from_secs(15)).await;
    assert!(lens[0] > 100, "{lens:?}");
    assert!(lens[1..].iter().all(|len| *len < lens[0] / 4), "{lens:?}");
}

#[test]
fn the_inflater_is_given_back_while_nothing_happens() {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let run = || {
        runtime.block_on(async {
            let (mut socket, mut peer) = open();
            // RFC 7692 7.2.3: "Hello".
            peer.send(FIN | RSV1 | TEXT, &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]).await;
            assert!(socket.recv().await.unwrap().is_some());
            let silence = timeout(Duration::from_secs(70), socket.recv());
            tokio::select! {
                received = silence => assert!(received.is_err(), "nothing comes"),
                () = answer_pings(&mut peer, |first, _| panic!("{first}")) => unreachable!(),
            }
            peer.forget();
            (socket, peer)
        })
    };
    // What the thread keeps.
    drop(run());
    let (_ends, held) = held_after(run);
    assert!(held < 8 << 10, "{held} bytes");
}
