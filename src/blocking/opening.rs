use std::io::{self, Read, Write};

use super::{
    SocketOf, WebSocket,
    link::{Link, SLICE, is_vain},
    reader::{Reader, Wire as _, would_block},
    writer::Duplex,
};
use crate::{
    adapter::{Error, Options},
    session::{Clock as _, Exchange, Failure, Opening, Reading, Step, Writing},
};

/// A stream over which a connection is to be opened.
pub(super) fn unopened<S: Read + Write>(
    stream: S,
    socket: Option<SocketOf<S>>,
    options: &Options,
) -> io::Result<Duplex<S>> {
    let mut link = Link::new(stream);
    link.set_socket(socket)?;
    Ok(Duplex { link, writing: Writing::new(options.write_timeout) })
}

/// Goes on until the connection is open, or the application is asked.
pub(super) fn advance<E: Exchange, S: Read + Write>(
    opening: &mut Opening<E>,
    duplex: &mut Duplex<S>,
) -> Result<Step, Error> {
    let clock = duplex.link.clock();
    let mut broken = None;
    loop {
        match opening.next(clock, duplex) {
            Ok(step @ (Step::Request | Step::Opened)) => return Ok(step),
            Ok(Step::Write) => {
                duplex.write(SLICE);
            }
            Ok(Step::Read) => {
                if let Err(error) = read(opening, duplex) {
                    opening.failed(duplex);
                    broken = Some(error);
                }
            }
            Ok(Step::HalfClose) => {
                duplex.link.shutdown_write();
                opening.half_closed(duplex);
            }
            Ok(Step::Drain) => {
                let due = opening.deadline(clock, duplex);
                if let Some(count) = duplex.link.discard(due.since(clock.now())) {
                    opening.drained(count, duplex);
                }
            }
            // The call before this step has waited, if the stream waits at all.
            Ok(_) if duplex.link.has_socket() => {}
            Ok(_) => return Err(would_block()),
            // What the stream said is more than that it is lost.
            Err(Failure::Lost) => {
                let Duplex { link, writing } = duplex;
                broken.map_or_else(|| link.check(writing), Err)?;
                return Err(Failure::Lost.into());
            }
            Err(verdict) => return Err(verdict.into()),
        }
    }
}

/// The connection that was opened.
pub(super) fn opened<S: Read + Write>(
    reading: Reading,
    mut duplex: Duplex<S>,
    subprotocol: Option<&str>,
    options: &Options,
) -> io::Result<WebSocket<S>> {
    duplex.link.set_read_timeout(None)?;
    Ok(WebSocket::from_sides(Reader::new(reading), duplex, subprotocol, options.timeouts.close))
}

/// Reads once, for as long as the opening may take.
fn read<E: Exchange, S: Read + Write>(
    opening: &mut Opening<E>,
    duplex: &mut Duplex<S>,
) -> io::Result<()> {
    let clock = duplex.link.clock();
    let left = opening.deadline(clock, duplex).since(clock.now());
    let left = duplex.link.has_socket().then_some(left);
    match duplex.link.read(opening.unfilled(), left) {
        Ok(0) => opening.end_of_stream(),
        Ok(count) => opening.filled(count),
        Err(error) if is_vain(&error) => {}
        Err(error) => return Err(error),
    }
    Ok(())
}
