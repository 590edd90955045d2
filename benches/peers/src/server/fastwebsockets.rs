use bytes::Bytes;
use fastwebsockets::upgrade::{UpgradeFut, upgrade};
use fastwebsockets::{FragmentCollector, Frame, OpCode, Payload, WebSocketError};
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::broadcast::Receiver;

use super::fan_out::PAYLOAD;

pub async fn accept(stream: TcpStream) -> hyper::Result<()> {
    through_hyper(stream, |upgraded| drop(tokio::spawn(echo(upgraded)))).await
}

/// Sends the message whenever it is published.
pub async fn subscribe(stream: TcpStream, published: Receiver<()>) -> Option<()> {
    let publish = |upgraded| drop(tokio::spawn(publish(upgraded, published.resubscribe())));
    through_hyper(stream, publish).await.ok()
}

async fn through_hyper(stream: TcpStream, start: impl Fn(UpgradeFut)) -> hyper::Result<()> {
    let service = service_fn(async |mut request: Request<Incoming>| {
        let (response, upgraded) = upgrade(&mut request)?;
        start(upgraded);
        Ok::<Response<Empty<Bytes>>, WebSocketError>(response)
    });
    http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades().await
}

async fn echo(upgraded: UpgradeFut) -> Result<(), WebSocketError> {
    let mut socket = FragmentCollector::new(upgraded.await?);
    loop {
        let frame = socket.read_frame().await?;
        match frame.opcode {
            OpCode::Close => return Ok(()),
            OpCode::Text | OpCode::Binary => socket.write_frame(frame).await?,
            _ => {}
        }
    }
}

async fn publish(upgraded: UpgradeFut, mut published: Receiver<()>) -> Option<()> {
    let mut socket = upgraded.await.ok()?;
    loop {
        published.recv().await.ok()?;
        socket.write_frame(Frame::binary(Payload::Borrowed(&PAYLOAD))).await.ok()?;
    }
}
