//! Sessions that only poll.

use std::{net::TcpListener, time::Duration};

use sansocket::tokio::Connector;
use sansocket_socketio::{
    Binary,
    client::{ConnectError, Incoming, Socket, TransportError},
    engine_io::PacketError,
    packet::Limits,
    session::DisconnectReason,
};
use tokio::time::sleep;

use crate::http_server::{HttpServer, OPEN, builder, joined};

async fn next(socket: &mut Socket) -> Incoming {
    socket.recv().await.expect("nothing more comes")
}

async fn next_number(socket: &mut Socket) -> u32 {
    match next(socket).await {
        Incoming::Event(event) => event.read().unwrap(),
        other => panic!("{other:?} instead of an event"),
    }
}

#[tokio::test]
async fn requests_have_the_target_of_the_session_and_the_headers_of_the_connector() {
    let mut server = HttpServer::start().await;
    let url = server.url.replace("://", "://user:secret@");
    let connector = Connector::new().origin("https://example.com").header("Cookie", "a=b");
    let client = builder(&format!("{url}/live/?room=1#top")).connector(connector).build();
    let connecting = tokio::spawn(async move { client.connect().await.map(drop) });
    let get = server.get().await;
    assert!(get.head.starts_with("GET /live/?EIO=4&transport=polling&room=1 HTTP/1.1\r\n"));
    let host = format!("\r\nhost: {}\r\n", server.url.trim_start_matches("http://"));
    let others = [
        "\r\norigin: https://example.com\r\n",
        "\r\ncookie: a=b\r\n",
        "\r\nauthorization: Basic dXNlcjpzZWNyZXQ=\r\n",
    ];
    let has_all =
        |head: &str| head.contains(&host) && others.iter().all(|line| head.contains(line));
    assert!(has_all(&get.head), "{}", get.head);
    get.answer(OPEN);
    let post = server.post().await;
    let line = "POST /live/?EIO=4&transport=polling&sid=e1&room=1 HTTP/1.1\r\n";
    assert!(post.head.starts_with(line), "{}", post.head);
    assert!(has_all(&post.head), "{}", post.head);
    assert!(post.head.contains("\r\ncontent-type: text/plain;charset=UTF-8\r\n"));
    post.answer("ok");
    server.get().await.answer(r#"40{"sid":"s1"}"#);
    connecting.await.unwrap().unwrap();
}

#[tokio::test]
async fn events_and_binary_arrive_while_a_post_waits_and_leave_while_a_poll_waits() {
    let (mut socket, mut server, poll) = joined(|builder| builder).await;
    socket.emit("a", &Binary::from(vec![1, 2, 3])).await.unwrap();
    let post = server.post().await;
    assert_eq!(post.body, "451-[\"a\",{\"_placeholder\":true,\"num\":0}]\x1ebAQID");
    // What is emitted now waits for the answer.
    socket.emit("b", &1).await.unwrap();
    poll.answer("451-[\"c\",{\"_placeholder\":true,\"num\":0}]\x1ebAwIB\x1e42[\"d\",4]");
    let Incoming::Event(event) = next(&mut socket).await else { panic!("no event") };
    assert_eq!(event.read::<Binary>().unwrap(), Binary::from(vec![3, 2, 1]));
    assert_eq!(next_number(&mut socket).await, 4);
    post.answer("ok");
    assert_eq!(server.post().await.body, r#"42["b",1]"#);
}

#[tokio::test]
async fn a_ping_is_answered_while_nothing_happens() {
    let (_socket, mut server, poll) = joined(|builder| builder).await;
    poll.answer("2");
    let post = server.post().await;
    assert_eq!(post.body, "3");
    post.answer("ok");
    server.get().await;
}

#[tokio::test]
async fn closing_sends_a_close_packet_and_gives_up_the_poll() {
    let (socket, mut server, poll) = joined(|builder| builder).await;
    socket.emit("last", &1).await.unwrap();
    let client = socket.client();
    let closing = tokio::spawn(async move { client.close().await });
    let mut sent = Vec::new();
    while sent.last().map(String::as_str) != Some("1") {
        let post = server.post().await;
        sent.extend(post.body.split('\x1e').map(String::from));
        assert!(!closing.is_finished());
        post.answer("ok");
    }
    assert_eq!(sent, [r#"42["last",1]"#, "41", "1"]);
    closing.await.unwrap();
    poll.given_up().await;
}

#[tokio::test]
async fn a_dropped_client_leaves_and_ends() {
    let (socket, mut server, poll) = joined(|builder| builder).await;
    drop(socket);
    let post = server.post().await;
    assert_eq!(post.body, "41\x1e1");
    post.answer("ok");
    poll.given_up().await;
}

#[tokio::test]
async fn a_session_that_is_lost_is_followed_by_another() {
    let (mut socket, mut server, poll) = joined(|builder| builder).await;
    drop(poll);
    assert!(matches!(
        next(&mut socket).await,
        Incoming::Disconnected(DisconnectReason::TransportLost)
    ));
    let poll = server.join().await;
    assert!(matches!(next(&mut socket).await, Incoming::Connected { recovered: false }));
    // The server ends it with a packet.
    poll.answer("1");
    assert!(matches!(
        next(&mut socket).await,
        Incoming::Disconnected(DisconnectReason::TransportClosed)
    ));
    let _poll = server.join().await;
    assert!(matches!(next(&mut socket).await, Incoming::Connected { recovered: false }));
}

#[tokio::test]
async fn a_request_of_an_open_session_that_is_refused_ends_it() {
    let (mut socket, mut server, poll) = joined(|builder| builder).await;
    poll.refuse(400, r#"{"code":1,"message":"Session ID unknown"}"#);
    assert!(matches!(
        next(&mut socket).await,
        Incoming::Disconnected(DisconnectReason::TransportLost)
    ));
    // A new session, without the id of the old one.
    let get = server.get().await;
    assert!(get.head.starts_with("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\n"));
    get.refuse(503, "later");
    let Incoming::AttemptFailed(error) = next(&mut socket).await else { panic!("no attempt") };
    assert!(matches!(&*error, TransportError::Response { status: 503, body } if body == "later"));
    server.join().await;
}

#[tokio::test]
async fn a_refusal_has_the_status_and_the_start_of_the_body() {
    let long = "x".repeat(10_000);
    for (status, body) in [(400, r#"{"code":5,"message":"Unsupported"}"#), (302, &long)] {
        let mut server = HttpServer::start().await;
        let client = builder(&server.url).build();
        let (result, ()) = tokio::join!(client.connect(), async {
            server.get().await.refuse(status, body);
        });
        let Err(ConnectError::Transport(error)) = result else { panic!("{result:?}") };
        let TransportError::Response { status: got, body: start } = &*error else {
            panic!("{error:?}")
        };
        assert_eq!((*got, &**start), (status, &body[..body.len().min(1024)]));
        // The first attempt is not repeated.
        sleep(Duration::from_millis(100)).await;
        assert!(server.has_no_get());
    }
}

#[tokio::test]
async fn an_answer_that_is_not_http_or_breaks_off_is_an_error() {
    for answer in ["SSH-2.0-x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0{"] {
        let mut server = HttpServer::start().await;
        let client = builder(&server.url).build();
        let (result, ()) = tokio::join!(client.connect(), async {
            server.get().await.write(answer.into(), true);
        });
        let Err(ConnectError::Transport(error)) = result else { panic!("{result:?}") };
        assert!(matches!(&*error, TransportError::Request(_)), "{error:?}");
    }
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = builder(&url).build();
    let Err(ConnectError::Transport(error)) = client.connect().await else { panic!("connected") };
    assert!(matches!(&*error, TransportError::Connect(_)), "{error:?}");
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_left_in_time() {
    let mut server = HttpServer::start().await;
    let client = builder(&server.url).connect_timeout(Duration::from_millis(100)).build();
    let (result, get) = tokio::join!(client.connect(), server.get());
    assert!(matches!(
        result,
        Err(ConnectError::Timeout(..) | ConnectError::Closed(DisconnectReason::ConnectTimeout))
    ));
    get.given_up().await;
}

#[tokio::test]
async fn a_packet_that_exceeds_the_limit_ends_the_session_before_the_body_has_ended() {
    let mut limits = Limits::default();
    limits.max_len = 3000;
    let (mut socket, mut server, poll) = joined(|builder| builder.limits(limits)).await;
    // The rest never comes.
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";
    let (answer, end) = (format!("{head}42[\"a\",\"{}", "x".repeat(4000)), false);
    poll.write(answer, end);
    let Incoming::Disconnected(reason) = next(&mut socket).await else { panic!("no end") };
    let expected = DisconnectReason::Packet(PacketError::PacketTooLong { max: 4000 });
    assert_eq!(reason, expected);
    server.join().await;
}

#[tokio::test]
async fn packets_arrive_before_the_body_has_ended() {
    let (mut socket, _server, poll) = joined(|builder| builder).await;
    poll.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n42[\"a\",1]\x1e42[\"".into(), false);
    assert_eq!(next_number(&mut socket).await, 1);
}

#[tokio::test]
async fn a_client_whose_application_takes_nothing_stops_polling_and_reading() {
    let (mut socket, mut server, poll) = joined(|builder| builder.max_unread_len(1)).await;
    poll.answer("42[\"a\",1]\x1e42[\"a\",2]");
    // The second event is not even decoded, and its payload not finished.
    sleep(Duration::from_millis(100)).await;
    assert!(server.has_no_get());
    assert_eq!(next_number(&mut socket).await, 1);
    assert_eq!(next_number(&mut socket).await, 2);
    server.get().await;
}

#[tokio::test]
async fn the_answer_to_the_first_post_is_the_reason_why_no_namespace_is_connected() {
    let mut server = HttpServer::start().await;
    let client = builder(&server.url).build();
    let connecting = tokio::spawn(async move { client.connect().await.map(drop) });
    server.get().await.answer(OPEN);
    // Another server behind the same address.
    server.post().await.refuse(400, r#"{"code":1,"message":"Session ID unknown"}"#);
    let Err(ConnectError::Transport(error)) = connecting.await.unwrap() else { panic!() };
    let TransportError::Response { status: 400, body } = &*error else { panic!("{error}") };
    assert_eq!(body, r#"{"code":1,"message":"Session ID unknown"}"#);
}
