//! The traits of the `futures` crates.

use core::{
    pin::Pin,
    task::{Context, Poll},
};

use ::tokio::io::{AsyncRead, AsyncWrite};
use futures_core::{FusedStream, Stream};
use futures_sink::Sink;

use super::{ReadHalf, WebSocket, WriteHalf, tasks::Side};
use crate::{
    adapter::Error,
    buffered::{OwnedMessage, Sendable},
    close::{CloseCode, CloseFrame},
};

/// Messages as [`WebSocket::recv`] gives them; the end of the stream is a clean close. After an
/// error there is only the end.
impl<S: AsyncRead + AsyncWrite + Unpin> Stream for WebSocket<S> {
    type Item = Result<OwnedMessage, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_ended() {
            return Poll::Ready(None);
        }
        self.poll_recv(cx).map(Result::transpose)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> FusedStream for WebSocket<S> {
    fn is_terminated(&self) -> bool {
        self.is_ended()
    }
}

/// Messages, and anything else that is [`Sendable`], are queued, and leave with a flush. To close is
/// to send a Close frame with the code 1000, unless one was sent before, such as one with another
/// code through the sink: go on reading for the peer's answer.
impl<S: AsyncRead + AsyncWrite + Unpin, M: Sendable> Sink<M> for WebSocket<S> {
    type Error = Error;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.duplex().poll_as(Side::Writer, cx, |output, task| output.poll_room(task))
    }

    fn start_send(mut self: Pin<&mut Self>, item: M) -> Result<(), Error> {
        Ok(self.duplex().start_send(item)?)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.duplex().poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let frame = CloseFrame { code: CloseCode::NORMAL, reason: "" };
        self.duplex().poll_as(Side::Writer, cx, |output, task| {
            output.queue().close(frame)?;
            output.poll_flush(task)
        })
    }
}

/// As for [`WebSocket`].
impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Stream for ReadHalf<R, W> {
    type Item = Result<OwnedMessage, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_ended() {
            return Poll::Ready(None);
        }
        self.poll_recv(cx).map(Result::transpose)
    }
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> FusedStream for ReadHalf<R, W> {
    fn is_terminated(&self) -> bool {
        self.is_ended()
    }
}

/// As for [`WebSocket`]. The half that reads waits for the peer's answer to a Close frame.
impl<W: AsyncWrite + Unpin, M: Sendable> Sink<M> for WriteHalf<W> {
    type Error = Error;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll(cx, |output, task| output.poll_room(task))
    }

    fn start_send(self: Pin<&mut Self>, item: M) -> Result<(), Error> {
        Ok(self.feed_at_once(item)?)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll(cx, |output, task| output.poll_flush(task))
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let frame = CloseFrame { code: CloseCode::NORMAL, reason: "" };
        self.poll(cx, |output, task| {
            output.queue().close(frame)?;
            output.poll_flush(task)
        })
    }
}
