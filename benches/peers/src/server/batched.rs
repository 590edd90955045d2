use futures_util::{FutureExt as _, Sink, SinkExt as _, Stream, StreamExt as _};

/// Echoes messages that came together with one flush: batching by hand.
pub async fn echo<S, M, E>(mut socket: S) -> Result<(), E>
where
    S: Stream<Item = Result<M, E>> + Sink<M, Error = E> + Unpin,
{
    while let Some(message) = socket.next().await {
        socket.feed(message?).await?;
        while let Some(Some(message)) = socket.next().now_or_never() {
            socket.feed(message?).await?;
        }
        socket.flush().await?;
    }
    Ok(())
}
