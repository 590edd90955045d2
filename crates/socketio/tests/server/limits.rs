//! Clients that read too slowly, and handlers that do.

use core::time::Duration;

use sansocket_socketio::{
    server::{EmitError, Server},
    session::{DisconnectReason, SendError, server::Settings},
};

use crate::client::{Client, Poller, sockets};

#[tokio::test(start_paused = true)]
async fn a_slow_reader_is_disconnected_and_others_get_everything() {
    let mut settings = Settings::default();
    settings.max_queued_len = 100_000;
    let server = Server::builder().settings(settings).build();
    let mut sockets = sockets(&server);
    let (slow, _) = Client::join(&server).await;
    let (mut fast, _) = Client::join(&server).await;
    let (slow_socket, fast_socket) = (sockets.recv().await.unwrap(), sockets.recv().await.unwrap());
    let text = "x".repeat(10_000);
    for number in 0..100 {
        server.of("/").emit("news", &(number, &text)).await.unwrap();
        assert_eq!(fast.text().await, format!(r#"42["news",{number},"{text}"]"#));
    }
    assert_eq!(slow_socket.disconnect_reason(), Some(&DisconnectReason::QueueFull));
    assert_eq!(fast_socket.disconnect_reason(), None);
    drop(slow);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_does_not_fit_is_an_error_and_the_end() {
    let mut settings = Settings::default();
    settings.max_queued_len = 1000;
    let server = Server::builder().settings(settings).build();
    let mut sockets = sockets(&server);
    let (_poller, _) = Poller::join(&server).await;
    let socket = sockets.recv().await.unwrap();
    let result = socket.emit("news", &"x".repeat(2000)).await;
    assert!(
        matches!(result, Err(EmitError::Send(SendError::QueueFull { max: 1000, .. }))),
        "{result:?}"
    );
    assert_eq!(socket.disconnect_reason(), Some(&DisconnectReason::QueueFull));
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_waits_is_answered_when_the_server_gives_its_client_up() {
    let mut settings = Settings::default();
    settings.max_queued_len = 1000;
    let server = Server::builder().settings(settings).build();
    let mut sockets = sockets(&server);
    let (poller, _) = Poller::join(&server).await;
    let socket = sockets.recv().await.unwrap();
    let emit = async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        socket.emit("news", &"x".repeat(2000)).await
    };
    let wait = tokio::time::timeout(Duration::from_secs(1), poller.get());
    let (emitted, polled) = tokio::join!(emit, wait);
    assert!(emitted.is_err());
    assert_eq!(polled.as_deref(), Ok("1"));
}

#[tokio::test(start_paused = true)]
async fn a_slow_handler_makes_its_client_wait_and_nothing_is_lost() {
    let server = Server::new();
    let mut sockets = sockets(&server);
    let (mut client, _) = Client::join(&server).await;
    let socket = sockets.recv().await.unwrap();
    // More than waits for handlers and in the streams together.
    let text = "x".repeat(100_000);
    let send = async {
        for number in 0..30 {
            client.send(&format!(r#"42["news",{number},"{text}"]"#)).await;
        }
        client
    };
    let mut send = Box::pin(send);
    let mut is_sent = false;
    tokio::select! {
        _ = &mut send => is_sent = true,
        () = tokio::time::sleep(Duration::from_secs(1)) => {}
    }
    assert!(!is_sent, "3 MB were taken from the client while no handler did");
    let receive = async {
        for number in 0..30 {
            let event = socket.recv().await.unwrap();
            assert_eq!(event.read::<(u32, String)>().unwrap(), (number, text.clone()));
        }
    };
    let start = tokio::time::Instant::now();
    tokio::join!(send, receive);
    assert!(start.elapsed().is_zero(), "the client waited for more than the handler");
}

#[tokio::test(start_paused = true)]
async fn a_slow_handler_delays_the_answer_to_a_post() {
    let server = Server::new();
    let mut sockets = sockets(&server);
    let (poller, _) = Poller::join(&server).await;
    let socket = sockets.recv().await.unwrap();
    let payload = format!(r#"42["news","{}"]"#, "x".repeat(900_000));
    poller.post(&payload).await;
    poller.post(&payload).await;
    let mut post = Box::pin(poller.post(&payload));
    tokio::select! {
        () = &mut post => panic!("more than 1 MiB was taken"),
        () = tokio::time::sleep(Duration::from_secs(1)) => {}
    }
    assert_eq!(socket.recv().await.unwrap().name(), "news");
    post.await;
}

#[tokio::test(start_paused = true)]
async fn events_that_were_handled_do_not_count() {
    let server = Server::new();
    let mut sockets = sockets(&server);
    let (poller, _) = Poller::join(&server).await;
    let socket = sockets.recv().await.unwrap();
    let payload = format!(r#"42["news","{}"]"#, "x".repeat(400_000));
    for _ in 0..5 {
        poller.post(&payload).await;
        assert_eq!(socket.recv().await.unwrap().name(), "news");
    }
    poller.post(&payload).await;
    poller.post(&payload).await;
    poller.post(r#"42["last"]"#).await;
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_returns_does_not_hold_up_other_namespaces() {
    let server = Server::new();
    let mut sockets = sockets(&server);
    let ignore = |socket: sansocket_socketio::server::Socket| async move {
        // Long enough for the events to arrive.
        tokio::time::sleep(Duration::from_secs(1)).await;
        drop(socket);
    };
    server.namespace("/lazy").serve(ignore).unwrap();
    let (poller, _) = Poller::join(&server).await;
    let socket = sockets.recv().await.unwrap();
    poller.post("40/lazy,").await;
    tokio::task::yield_now().await;
    let payload = format!(r#"42/lazy,["news","{}"]"#, "x".repeat(900_000));
    poller.post(&payload).await;
    poller.post(&payload).await;
    poller.post(r#"42["here"]"#).await;
    assert_eq!(socket.recv().await.unwrap().name(), "here");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_connects_to_nothing_is_closed() {
    let server = Server::new();
    let mut client = Client::open(&server).await;
    let start = tokio::time::Instant::now();
    while let Some(packet) = client.packet().await {
        if packet == "2".into() {
            client.send("3").await;
        }
    }
    assert_eq!(start.elapsed().as_secs(), 45);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_answers_pings_stays() {
    let server = Server::new();
    let mut sockets = sockets(&server);
    let (mut client, _) = Client::join(&server).await;
    let socket = sockets.recv().await.unwrap();
    for _ in 0..10 {
        assert_eq!(client.text().await, "2");
        client.send("3").await;
    }
    assert_eq!(socket.disconnect_reason(), None);
    // And one that stops is noticed.
    assert_eq!(client.text().await, "2");
    assert_eq!(*socket.disconnected().await, DisconnectReason::PingTimeout);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_too_long_ends_the_connection() {
    let mut settings = Settings::default();
    settings.max_payload = 1000;
    let server = Server::builder().settings(settings).build();
    let mut sockets = sockets(&server);
    let (mut client, _) = Client::join(&server).await;
    let socket = sockets.recv().await.unwrap();
    client.send(&format!(r#"42["{}"]"#, "x".repeat(1000))).await;
    assert_eq!(client.packet().await, None);
    assert_eq!(*socket.disconnected().await, DisconnectReason::TransportLost);
}
