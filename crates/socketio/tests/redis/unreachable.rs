//! A server whose Redis answers nothing. It needs none.

use std::{convert::Infallible, time::Duration};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use sansocket_socketio::{
    client::Client,
    redis_streams::{RedisStreams, Settings},
    server::Server,
};
use tokio::{net::TcpListener, time::timeout};

/// Serves the main namespace on loopback, and returns the URL.
async fn serve(adapter: RedisStreams) -> String {
    let server = Server::builder().adapter(adapter).build();
    server.namespace("/").serve(async |socket| while socket.recv().await.is_some() {}).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let service = service_fn(move |request| {
            let response = server.respond(request);
            async { Ok::<_, Infallible>(response.await) }
        });
        let stream = TokioIo::new(stream);
        // The client ends it.
        let _ = http1::Builder::new().serve_connection(stream, service).with_upgrades().await;
    });
    url
}

#[tokio::test]
async fn a_client_is_connected_once_the_stream_is_followed_or_cannot_be() {
    let redis = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("redis://{}", redis.local_addr().unwrap());
    let url = serve(RedisStreams::new(&address, &Settings::default()).unwrap()).await;
    let (silent, _) = redis.accept().await.unwrap();
    let client = Client::builder(url).build();
    let connecting = client.connect();
    tokio::pin!(connecting);
    assert!(timeout(Duration::from_millis(300), &mut connecting).await.is_err());
    drop((silent, redis));
    connecting.await.unwrap();
}
