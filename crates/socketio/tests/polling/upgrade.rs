//! Sessions that begin with polling, and try a WebSocket out.

use std::time::Duration;

use sansocket_socketio::{
    client::{Builder, Incoming, Socket, Transports},
    session::DisconnectReason,
};
use tokio::time::sleep;

use crate::http_server::{HttpServer, OPEN, Request, joined};

/// Long enough for the client to take what was sent, which nobody sees.
const ARRIVAL: Duration = Duration::from_millis(200);

fn upgrading(builder: Builder) -> Builder {
    builder.transports(Transports::PollingThenUpgrade)
}

/// Lets events travel by polling in both directions.
async fn goes_on_polling(socket: &mut Socket, server: &mut HttpServer, mut poll: Request) {
    for number in 0..3 {
        socket.emit("a", &number).await.unwrap();
        let post = server.post().await;
        assert_eq!(post.body, format!(r#"42["a",{number}]"#));
        post.answer("ok");
        poll.answer(&format!(r#"42["b",{number}]"#));
        let Some(Incoming::Event(event)) = socket.recv().await else { panic!("no event") };
        assert_eq!(event.read(), Ok(number));
        poll = server.get().await;
    }
    assert!(server.has_no_upgrade());
}

#[tokio::test]
async fn the_session_moves_once_its_requests_are_answered_and_keeps_the_order() {
    let (mut socket, mut server, poll) = joined(upgrading).await;
    let upgrade = server.upgrade().await;
    let line = "GET /socket.io/?EIO=4&transport=websocket&sid=e1 HTTP/1.1\r\n";
    assert!(upgrade.head.starts_with(line), "{}", upgrade.head);
    let mut peer = upgrade.accept().await;
    assert_eq!(peer.text().await, "2probe");
    socket.emit("a", &1).await.unwrap();
    let post = server.post().await;
    peer.send("3probe").await;
    sleep(ARRIVAL).await;
    socket.emit("a", &2).await.unwrap();
    post.answer("ok");
    poll.answer("42[\"b\",1]\x1e6");
    assert_eq!(peer.text().await, "5");
    assert_eq!(peer.text().await, r#"42["a",2]"#);
    peer.send(r#"42["b",2]"#).await;
    for number in 1..=2 {
        let Some(Incoming::Event(event)) = socket.recv().await else { panic!("no event") };
        assert_eq!(event.read(), Ok(number));
    }
    let client = socket.client();
    let ((), ()) = tokio::join!(client.close(), async {
        assert_eq!(peer.text().await, "41");
        assert_eq!(peer.next().await, None);
    });
    assert!(server.has_no_get());
}

#[tokio::test]
async fn a_web_socket_that_is_refused_leaves_the_session_on_polling_and_is_not_tried_again() {
    let (mut socket, mut server, poll) = joined(upgrading).await;
    server.upgrade().await.refuse().await;
    goes_on_polling(&mut socket, &mut server, poll).await;
}

#[tokio::test]
async fn a_web_socket_that_fails_the_probe_leaves_the_session_on_polling() {
    for answer in [Some("3wrong"), Some("what?"), None] {
        let (mut socket, mut server, poll) = joined(upgrading).await;
        let mut peer = server.upgrade().await.accept().await;
        assert_eq!(peer.text().await, "2probe");
        match answer {
            Some(answer) => {
                peer.send(answer).await;
                assert_eq!(peer.next().await, None);
            }
            None => drop(peer),
        }
        goes_on_polling(&mut socket, &mut server, poll).await;
    }
}

#[tokio::test]
async fn a_web_socket_that_ends_before_the_requests_do_leaves_the_session_on_polling() {
    let (mut socket, mut server, poll) = joined(upgrading).await;
    let mut peer = server.upgrade().await.accept().await;
    assert_eq!(peer.text().await, "2probe");
    peer.send("3probe").await;
    sleep(ARRIVAL).await;
    drop(peer);
    sleep(ARRIVAL).await;
    goes_on_polling(&mut socket, &mut server, poll).await;
}

#[tokio::test]
async fn a_session_that_ends_while_a_web_socket_is_tried_out_begins_anew_with_polling() {
    let (mut socket, mut server, poll) = joined(upgrading).await;
    let mut peer = server.upgrade().await.accept().await;
    assert_eq!(peer.text().await, "2probe");
    drop(poll);
    assert!(matches!(
        socket.recv().await,
        Some(Incoming::Disconnected(DisconnectReason::TransportLost))
    ));
    assert_eq!(peer.next().await, None);
    let _poll = server.join().await;
    // Each session has an attempt of its own.
    let mut peer = server.upgrade().await.accept().await;
    assert_eq!(peer.text().await, "2probe");
}

#[tokio::test]
async fn a_client_that_closes_while_a_web_socket_is_tried_out_does_so_by_polling() {
    let (socket, mut server, poll) = joined(upgrading).await;
    let mut peer = server.upgrade().await.accept().await;
    assert_eq!(peer.text().await, "2probe");
    let client = socket.client();
    let ((), ()) = tokio::join!(client.close(), async {
        let mut sent = String::new();
        while !sent.ends_with('1') || sent == "41" {
            let post = server.post().await;
            sent.push_str(&post.body);
            post.answer("ok");
        }
        assert_eq!(sent.replace('\x1e', ""), "411");
    });
    poll.given_up().await;
    assert_eq!(peer.next().await, None);
}

#[tokio::test]
async fn a_client_that_closes_while_the_session_moves_does_so_after_it() {
    let (socket, mut server, poll) = joined(upgrading).await;
    let mut peer = server.upgrade().await.accept().await;
    assert_eq!(peer.text().await, "2probe");
    peer.send("3probe").await;
    sleep(ARRIVAL).await;
    let client = socket.client();
    let ((), ()) = tokio::join!(client.close(), async {
        sleep(ARRIVAL).await;
        poll.answer("6");
        assert_eq!(peer.text().await, "5");
        assert_eq!(peer.text().await, "41");
        while peer.next().await.is_some() {}
    });
    assert!(server.has_no_get());
}

#[tokio::test]
async fn a_server_without_upgrade_is_not_asked_for_one() {
    let mut server = HttpServer::start().await;
    let client = upgrading(crate::http_server::builder(&server.url)).build();
    let (socket, poll) = tokio::join!(client.connect(), async {
        let open = r#"0{"sid":"e1","upgrades":[],"pingInterval":3600000,"pingTimeout":3600000}"#;
        server.get().await.answer(open);
        server.post().await.answer("ok");
        server.get().await.answer(r#"40{"sid":"s1"}"#);
        server.get().await
    });
    goes_on_polling(&mut socket.unwrap(), &mut server, poll).await;
}

#[tokio::test]
async fn a_web_socket_that_ends_while_the_session_moves_to_it_is_a_lost_transport() {
    // What the client notices first is left to chance.
    for _ in 0..20 {
        let (mut socket, mut server, poll) = joined(upgrading).await;
        let mut peer = server.upgrade().await.accept().await;
        assert_eq!(peer.text().await, "2probe");
        peer.send("3probe").await;
        sleep(Duration::from_millis(20)).await;
        poll.answer("6");
        tokio::spawn(async move { drop(peer) });
        let poll = server.get().await;
        if poll.head.contains("sid=e1") {
            // It had not moved yet.
            goes_on_polling(&mut socket, &mut server, poll).await;
            continue;
        }
        poll.answer(OPEN);
        assert!(matches!(socket.recv().await, Some(Incoming::Disconnected(_))));
        let post = server.post().await;
        assert_eq!(post.body, "40");
        post.answer("ok");
        server.get().await.answer(r#"40{"sid":"s2"}"#);
        assert!(matches!(socket.recv().await, Some(Incoming::Connected { recovered: false })));
    }
}
