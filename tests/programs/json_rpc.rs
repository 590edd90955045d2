//! A JSON-RPC 2.0 server that works on one request at a time. It notifies the client when the work
//! starts, if asked for `tracked_work`.

use std::time::Duration;

use sansocket::{Error, tokio::WebSocket};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::sleep,
};

#[derive(Deserialize)]
struct Request {
    id: Value,
    method: String,
}

/// Answers requests in order until the client closes.
async fn serve<S>(mut socket: WebSocket<S>) -> Result<(), Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(message) = socket.recv().await? {
        let answer = match serde_json::from_slice(message.as_bytes()) {
            Ok(Request { id, method }) => match method.as_str() {
                "work" => success(&id, work().await),
                "tracked_work" => {
                    let started = json!({ "jsonrpc": "2.0", "method": "started", "params": [id] });
                    socket.send(started.to_string()).await?;
                    success(&id, work().await)
                }
                _ => failure(&id, -32601, "Method not found"),
            },
            Err(_) => failure(&Value::Null, -32700, "Parse error"),
        };
        socket.send(answer.to_string()).await?;
    }
    Ok(())
}

fn success(id: &Value, result: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "result": result })
}

fn failure(id: &Value, code: i32, message: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
}

async fn work() -> &'static str {
    sleep(Duration::from_millis(300)).await;
    "done"
}

mod tests {
    use sansocket::{
        CloseCode, Error,
        tokio::{Acceptor, Connector, WebSocket},
    };
    use serde_json::{Value, json};
    use tokio::{
        io::{AsyncRead, AsyncWrite, duplex},
        net::{TcpListener, TcpStream},
        time::Instant,
    };

    async fn serve<S>(stream: S) -> Result<(), Error>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        super::serve(Acceptor::new().accept_over(stream).await?).await
    }

    async fn connect<S>(stream: S) -> WebSocket<S>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        Connector::new().connect_over(stream, "localhost", "/").await.unwrap().0
    }

    async fn receive<S>(socket: &mut WebSocket<S>) -> Value
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        serde_json::from_slice(socket.recv().await.unwrap().unwrap().as_bytes()).unwrap()
    }

    /// Sends two requests at once; each message from the server comes after so many milliseconds.
    async fn pipeline(method: &str, expected: &[(u128, Value)]) {
        let (client, server) = duplex(4096);
        let serving = tokio::spawn(serve(server));
        let mut socket = connect(client).await;
        let begin = Instant::now();
        for id in [1, 2] {
            let request = json!({ "jsonrpc": "2.0", "id": id, "method": method });
            socket.feed(request.to_string()).await.unwrap();
        }
        socket.flush().await.unwrap();
        for (millis, message) in expected {
            assert_eq!(receive(&mut socket).await, *message);
            assert_eq!(begin.elapsed().as_millis(), *millis, "{message}");
        }
        assert!(socket.close(CloseCode::NORMAL, "").await.unwrap().was_clean);
        serving.await.unwrap().unwrap();
    }

    fn started(id: u32) -> Value {
        json!({ "jsonrpc": "2.0", "method": "started", "params": [id] })
    }

    fn done(id: u32) -> Value {
        json!({ "jsonrpc": "2.0", "id": id, "result": "done" })
    }

    #[tokio::test(start_paused = true)]
    async fn each_of_two_pipelined_requests_is_answered_when_its_work_is_done() {
        pipeline("work", &[(300, done(1)), (600, done(2))]).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_notification_arrives_before_the_work_that_it_announces() {
        let expected = [(0, started(1)), (300, done(1)), (300, started(2)), (600, done(2))];
        pipeline("tracked_work", &expected).await;
    }

    #[tokio::test]
    async fn an_unknown_method_and_invalid_json_are_answered_with_an_error() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let serving = tokio::spawn(serve(listener.accept().await.unwrap().0));
        let mut socket = connect(client).await;
        socket.feed(r#"{"jsonrpc":"2.0","id":"a","method":"rest"}"#).await.unwrap();
        socket.feed("work").await.unwrap();
        for (id, code) in [(json!("a"), -32601), (Value::Null, -32700)] {
            let answer = receive(&mut socket).await;
            assert_eq!((&answer["id"], &answer["error"]["code"]), (&id, &json!(code)));
        }
        assert!(socket.close(CloseCode::NORMAL, "").await.unwrap().was_clean);
        serving.await.unwrap().unwrap();
    }
}
