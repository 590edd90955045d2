//! A counter that all open pages show and change together. Pages of other sites cannot connect.

use std::{io, pin::pin};

use axum::{Router, extract::State, response::Response, routing::get, serve::ListenerExt as _};
use sansocket::{
    CloseCode, Error,
    upgrade::{WebSocket, WebSocketUpgrade},
};
use tokio::{net::TcpListener, sync::watch};

#[derive(Clone, Default)]
struct App {
    count: watch::Sender<i64>,
    /// Turns `true` when the server stops. Each connection has a receiver.
    stop: watch::Sender<bool>,
}

/// Serves until the application stops, and then until all connections are closed.
async fn serve(listener: TcpListener, app: App) -> io::Result<()> {
    let routes = Router::new()
        .route("/", get("The counter is at /count."))
        .route("/count", get(connect))
        .with_state(app.clone());
    let listener = listener.tap_io(|stream| {
        // Without this, a small message waits for the acknowledgement of the one before.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, routes).with_graceful_shutdown(stopped(app.stop.subscribe())).await?;
    // axum waits for its requests, but not for the connections that were upgraded.
    app.stop.closed().await;
    Ok(())
}

/// By the default origin policy, pages of this host may connect, and clients other than browsers.
async fn connect(State(app): State<App>, upgrade: WebSocketUpgrade) -> Response {
    let stop = app.stop.subscribe();
    upgrade.subprotocol("counter.v1").on_upgrade(async |socket| {
        if let Err(error) = count(socket, app.count, stop).await {
            eprintln!("a connection failed: {error}");
        }
    })
}

/// Sends the count whenever it changes, and changes it on request.
async fn count(
    mut socket: WebSocket,
    count: watch::Sender<i64>,
    stop: watch::Receiver<bool>,
) -> Result<(), Error> {
    let mut stopped = pin!(stopped(stop));
    let mut changes = count.subscribe();
    changes.mark_changed();
    let (code, reason) = loop {
        tokio::select! {
            message = socket.recv() => {
                let Some(message) = message? else { return Ok(()) };
                match message.as_text() {
                    Some("up") => count.send_modify(|count| *count += 1),
                    Some("down") => count.send_modify(|count| *count -= 1),
                    _ => break (CloseCode::POLICY_VIOLATION, "say up or down"),
                }
            }
            Ok(()) = changes.changed() => {
                let now = changes.borrow_and_update().to_string();
                socket.send(now).await?;
            }
            () = &mut stopped => break (CloseCode::GOING_AWAY, "the server stops"),
        }
    };
    socket.close(code, reason).await?;
    Ok(())
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    // Does not fail: the application keeps the sender.
    let _ = stop.wait_for(|stop| *stop).await;
}

mod tests {
    use sansocket::{
        CloseCode, Error,
        tokio::{ClientStream, Connector, WebSocket},
    };
    use tokio::{net::TcpListener, task::JoinHandle};

    use super::App;

    /// Serves an application; returns it, the server's address and its task.
    async fn start() -> (App, String, JoinHandle<()>) {
        let app = App::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let serving = super::serve(listener, app.clone());
        let serving = tokio::spawn(async { serving.await.unwrap() });
        (app, address, serving)
    }

    struct Page(WebSocket<ClientStream>);

    impl Page {
        async fn open(address: &str, origin: &str) -> Result<Self, Error> {
            let connector =
                Connector::new().subprotocol("counter.v2").subprotocol("counter.v1").origin(origin);
            Ok(Self(connector.connect(&format!("ws://{address}/count")).await?.0))
        }

        /// Connects two pages of the host itself.
        async fn two(address: &str) -> [Self; 2] {
            let origin = format!("http://{address}");
            [
                Self::open(address, &origin).await.unwrap(),
                Self::open(address, &origin).await.unwrap(),
            ]
        }

        async fn say(&mut self, text: &str) {
            self.0.send(text).await.unwrap();
        }

        async fn sees(&mut self, count: &str) {
            assert_eq!(self.0.recv().await.unwrap().unwrap().as_text(), Some(count));
        }

        /// Reads until the server closes, and returns the code.
        async fn end(mut self) -> CloseCode {
            while self.0.recv().await.unwrap().is_some() {}
            self.0.close_info().unwrap().code()
        }
    }

    #[tokio::test]
    async fn all_pages_count_together_and_speak_the_same_subprotocol() {
        let (_app, address, _serving) = start().await;
        let [mut one, mut other] = Page::two(&address).await;
        for page in [&mut one, &mut other] {
            assert_eq!(page.0.subprotocol(), Some("counter.v1"));
            page.sees("0").await;
        }
        for (text, count) in [("up", "1"), ("up", "2"), ("down", "1")] {
            one.say(text).await;
            one.sees(count).await;
            other.sees(count).await;
        }
        other.say("sideways").await;
        assert_eq!(other.end().await, CloseCode::POLICY_VIOLATION);
        one.say("up").await;
        one.sees("2").await;
    }

    #[tokio::test]
    async fn a_page_of_another_site_is_refused() {
        let (_app, address, _serving) = start().await;
        let Err(error) = Page::open(&address, "https://elsewhere.example").await else {
            panic!("it has connected");
        };
        assert!(error.to_string().contains("403"), "{error}");
    }

    #[tokio::test]
    async fn a_server_that_stops_notifies_every_page_and_waits_for_it() {
        let (app, address, serving) = start().await;
        let pages = Page::two(&address).await.map(|page| tokio::spawn(page.end()));
        app.stop.send_replace(true);
        for page in pages {
            assert_eq!(page.await.unwrap(), CloseCode::GOING_AWAY);
        }
        serving.await.unwrap();
    }
}
