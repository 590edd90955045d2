//! A stream that is never ready at the first call, and moves little at the second.

use std::cell::{Ref, RefCell};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A handle of a stream. Another handle is another direction of the same stream.
#[derive(Clone, Debug)]
pub(crate) struct Stingy(Rc<RefCell<State>>);

#[derive(Debug)]
struct State {
    input: Vec<u8>,
    read: usize,
    /// How many bytes a read gets.
    chunk: usize,
    written: Vec<u8>,
    /// How many bytes a write accepts; if none, it waits for that to change.
    take: usize,
    reading: Gate,
    writing: Gate,
}

/// Not ready at every other call.
#[derive(Debug, Default)]
struct Gate {
    is_open: bool,
}

impl Gate {
    fn poll(&mut self, cx: &Context<'_>) -> Poll<()> {
        self.is_open = !self.is_open;
        if self.is_open {
            cx.waker().wake_by_ref();
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    }
}

impl Stingy {
    /// A stream that ends after the input.
    pub(crate) fn new(input: &[u8], chunk: usize, take: usize) -> Self {
        Self(Rc::new(RefCell::new(State {
            input: input.into(),
            read: 0,
            chunk,
            written: Vec::new(),
            take,
            reading: Gate::default(),
            writing: Gate::default(),
        })))
    }

    /// From now on a write accepts this many bytes.
    pub(crate) fn set_take(&self, take: usize) {
        self.0.borrow_mut().take = take;
    }

    pub(crate) fn written(&self) -> Ref<'_, [u8]> {
        Ref::map(self.0.borrow(), |state| &state.written[..])
    }
}

impl State {
    fn poll_take(&mut self, cx: &Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.take == 0 {
            return Poll::Pending;
        }
        ready!(self.writing.poll(cx));
        let count = bytes.len().min(self.take);
        self.written.extend(&bytes[..count]);
        Poll::Ready(Ok(count))
    }
}

impl AsyncRead for Stingy {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let state = &mut *self.0.borrow_mut();
        ready!(state.reading.poll(cx));
        let unread = &state.input[state.read..];
        let count = unread.len().min(state.chunk).min(buffer.remaining());
        buffer.put_slice(&unread[..count]);
        state.read += count;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stingy {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.borrow_mut().poll_take(cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let bytes = slices.iter().flat_map(|slice| slice.iter().copied());
        let mut state = self.0.borrow_mut();
        let bytes: Vec<u8> = bytes.take(state.take).collect();
        state.poll_take(cx, &bytes)
    }

    /// Like TLS, a stream that accepts little has not sent it yet.
    fn is_write_vectored(&self) -> bool {
        self.0.borrow().take > 4096
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.borrow_mut().writing.poll(cx).map(Ok)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.borrow_mut().writing.poll(cx).map(Ok)
    }
}
