use std::{future::pending, time::Duration};

use sansocket::{
    CloseCode, Error, OwnedMessage,
    tokio::{ReadHalf, WriteHalf},
    upgrade::{Upgraded, WebSocket},
};
use scale_out::{
    engine::Next,
    log::LogError,
    protocol::{Event, Name, Publication, Request},
};
use tokio::time::{sleep, timeout};

use crate::hub::Connected;

/// How often a silent connection gets a sign of life.
const ALIVE: Duration = Duration::from_secs(2);
/// How long to wait before the log is asked again.
const RETRY: Duration = Duration::from_millis(200);
/// JavaScript and Lua have integers up to here.
const MAX_INTEGER: u64 = (1 << 53) - 1;

/// Serves a client until the connection ends.
pub(crate) async fn serve(
    socket: WebSocket,
    reader: &Connected,
    publisher: &Name,
) -> Result<(), Error> {
    let (mut writer, mut requests) = socket.split();
    // Writing must not wait for reading, nor reading for writing: a client that publishes may be slow
    // to read.
    tokio::select! {
        read = read(&mut requests, reader, publisher) => read,
        written = write(&mut writer, reader) => written,
    }
}

/// Does what the client asks for, one request after the other: so its messages get into the log in the
/// order in which it has sent them.
async fn read(
    requests: &mut ReadHalf<Upgraded>,
    reader: &Connected,
    publisher: &Name,
) -> Result<(), Error> {
    let hub = &reader.hub;
    while let Some(message) = requests.recv().await? {
        let is_in_bounds = match parse(&message) {
            Some(Request::Join { room, after }) => {
                let is_in_bounds = hub.node(|node| node.join(reader.id, room, after));
                hub.presence.notify_one();
                is_in_bounds
            }
            Some(Request::Publish { room, sequence, text }) => {
                let publication =
                    Publication { room, publisher: publisher.clone(), sequence, text };
                until_done(|| hub.log.append(&publication)).await;
                hub.node(|node| node.acknowledge(reader.id, sequence))
            }
            None => {
                requests.close(CloseCode::POLICY_VIOLATION, "this is no request").await?;
                return Ok(());
            }
        };
        if !is_in_bounds {
            requests.close(CloseCode::POLICY_VIOLATION, "too many requests").await?;
            return Ok(());
        }
    }
    Ok(())
}

fn parse(message: &OwnedMessage) -> Option<Request> {
    let OwnedMessage::Text(text) = message else { return None };
    let request = serde_json::from_str(text).ok()?;
    let largest = match &request {
        Request::Join { after, .. } => after.map_or(0, |after| after.epoch.max(after.number)),
        Request::Publish { sequence, .. } => *sequence,
    };
    (largest <= MAX_INTEGER).then_some(request)
}

/// Sends what the node has for the client. Ends only with an error.
async fn write(writer: &mut WriteHalf<Upgraded>, reader: &Connected) -> Result<(), Error> {
    let (hub, id) = (&reader.hub, reader.id);
    loop {
        match hub.node(|node| node.next(id)) {
            // `feed` waits while the client takes nothing; meanwhile the node keeps only a cursor.
            Next::Message(message) => writer.feed(message.frame()).await?,
            Next::Event(event) => writer.feed(event.to_json()).await?,
            Next::Read { ticket, room, after, limit } => {
                writer.flush().await?;
                let page = until_done(|| hub.log.read(&room, after, limit)).await;
                hub.node(|node| node.page(id, ticket, page));
            }
            Next::Close => {
                writer.flush().await?;
                writer.closer().close(CloseCode::SERVICE_RESTART, "this server stops")?;
                // Reading completes the closing handshake.
                return pending().await;
            }
            Next::Wait => {
                writer.flush().await?;
                if timeout(ALIVE, reader.ready.notified()).await.is_err() {
                    writer.feed(Event::Alive.to_json()).await?;
                }
            }
        }
    }
}

/// Asks the log until it answers. The client waits meanwhile, and may go to another node.
async fn until_done<R, F>(mut ask: impl FnMut() -> F) -> R
where
    F: Future<Output = Result<R, LogError>>,
{
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(error) => eprintln!("{error}"),
        }
        sleep(RETRY).await;
    }
}
