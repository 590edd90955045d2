use axum::Router;
use socketioxide::SocketIo;
use socketioxide::extract::{AckSender, Data, SocketRef};

use super::{NEWS_TEXT, ROOM};

pub fn routes() -> Router {
    let (layer, io) = SocketIo::new_layer();
    io.ns("/", async |socket: SocketRef| {
        socket.on("say", async |socket: SocketRef, Data::<String>(text)| {
            drop(socket.emit("say", &text));
        });
        socket.on("join", async |socket: SocketRef, ack: AckSender| {
            socket.join(ROOM);
            drop(ack.send(&()));
        });
        socket.on("publish", async |io: SocketIo| {
            drop(io.to(ROOM).emit("news", &*NEWS_TEXT).await);
        });
    });
    Router::new().layer(layer)
}
