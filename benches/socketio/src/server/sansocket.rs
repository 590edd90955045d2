use axum::Router;
use axum::routing::any;
use sansocket_socketio::server::{EmitError, Event, Server, Socket};

use super::{NEWS_TEXT, ROOM};

pub fn routes() -> Router {
    let server = Server::new();
    server.namespace("/").serve(serve).expect("the name is a constant");
    Router::new().route("/socket.io/", any(move |request| server.respond(request)))
}

async fn serve(socket: Socket) {
    while let Some(event) = socket.recv().await {
        // Its client notices an error.
        let _ = handle(&socket, event).await;
    }
}

async fn handle(socket: &Socket, event: Event) -> Result<(), EmitError> {
    match event.name() {
        "say" => socket.emit("say", &event.read::<String>()?).await,
        "join" => {
            socket.join(ROOM).await?;
            event.ack(&())
        }
        "publish" => socket.server().of("/").to(ROOM).emit("news", &**NEWS_TEXT).await,
        _ => Ok(()),
    }
}
