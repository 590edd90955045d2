use core::{
    future::poll_fn,
    task::{Context, Poll, ready},
    time::Duration,
};
use std::io;

use ::tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{
    WebSocket,
    output::Output,
    reader::{Reader, Wire, poll_step},
    timer::Timer,
    writer::Duplex,
};
use crate::{
    adapter::Error,
    session::{Exchange, Failure, Opening, Reading, Step, Writing},
};

/// A stream over which a connection is to be opened.
pub(super) fn unopened<S: AsyncWrite + Unpin>(
    stream: S,
    write_timeout: Option<Duration>,
) -> Duplex<S> {
    Duplex::new(Output::new(stream, Writing::new(write_timeout)), Timer::new())
}

/// Goes on until the connection is open, or the application is asked.
pub(super) async fn advance<E: Exchange, S: AsyncRead + AsyncWrite + Unpin>(
    opening: &mut Opening<E>,
    duplex: &mut Duplex<S>,
) -> Result<Step, Error> {
    let mut failure = None;
    poll_fn(|cx| poll(opening, duplex, &mut failure, cx)).await
}

/// The connection that was opened.
pub(super) fn opened<S: AsyncRead + AsyncWrite + Unpin>(
    reading: Reading,
    duplex: Duplex<S>,
    subprotocol: Option<&str>,
) -> WebSocket<S> {
    WebSocket::from_sides(Reader::new(reading), duplex, subprotocol.into())
}

fn poll<E: Exchange, S: AsyncRead + AsyncWrite + Unpin>(
    opening: &mut Opening<E>,
    duplex: &mut Duplex<S>,
    failure: &mut Option<io::Error>,
    cx: &mut Context<'_>,
) -> Poll<Result<Step, Error>> {
    loop {
        match opening.next(duplex.timer.clock(), duplex) {
            Ok(step @ (Step::Request | Step::Opened)) => return Poll::Ready(Ok(step)),
            Ok(Step::Read) => {
                if let Err(error) = read(opening, duplex, cx) {
                    opening.failed(duplex);
                    *failure = Some(error);
                }
            }
            Ok(Step::Wait(at)) => ready!(duplex.timer.poll(cx, at)),
            Ok(step) => ready!(poll_step(opening, step, cx, duplex)),
            // What the stream said is more than that it is lost.
            Err(Failure::Lost) => {
                let error = failure.take().map_or_else(|| duplex.output.check(), Err);
                error?;
                return Poll::Ready(Err(Failure::Lost.into()));
            }
            Err(verdict) => return Poll::Ready(Err(verdict.into())),
        }
    }
}

/// Reads what there is, if anything.
fn read<E: Exchange, S: AsyncRead + AsyncWrite + Unpin>(
    opening: &mut Opening<E>,
    duplex: &mut Duplex<S>,
    cx: &mut Context<'_>,
) -> io::Result<()> {
    loop {
        let mut unfilled = ReadBuf::new(opening.unfilled());
        let Poll::Ready(result) = duplex.poll_read(cx, &mut unfilled) else {
            return Ok(());
        };
        let count = unfilled.filled().len();
        match result {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
            Ok(()) if count > 0 => opening.filled(count),
            Ok(()) => opening.end_of_stream(),
        }
        return Ok(());
    }
}
