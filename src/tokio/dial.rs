//! Opens a stream to a host.

use alloc::{boxed::Box, collections::VecDeque, string::ToString as _, vec::Vec};
use core::{
    future::{Future, poll_fn},
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use std::io;

use ::tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};

use super::{ClientStream, deadline::Deadline, reader::drive, transport::Transport};
use crate::{
    adapter::{ConnectStep, Error, Hop, Log, Options},
    buffered::ReadBuffer,
    connecting::{Endpoint, Proxy, by_turns},
    session::{Tunnelling, Writing},
};

/// How long an attempt may take before the next address is tried in parallel (RFC 8305 5).
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// Connects to the first address of the host that answers, and sets `TCP_NODELAY`.
pub(super) async fn dial(
    hop: Hop<'_>,
    deadline: Deadline,
    log: &Log,
) -> Result<ClientStream, Error> {
    let addresses = by_turns(look_up(hop, deadline).await?);
    log.looked_up(hop.host, addresses.len());
    let connecting = async {
        let stream = race(addresses, TcpStream::connect).await?;
        // Without this, a small message waits for the acknowledgement of the one before.
        stream.set_nodelay(true)?;
        Ok::<_, io::Error>(stream)
    };
    let stream = deadline.bound(connecting).await.map_err(hop.failed(ConnectStep::Tcp))?;
    log.connected(|| stream.peer_addr().ok());
    Ok(ClientStream::tcp(stream))
}

async fn look_up(
    hop: Hop<'_>,
    deadline: Deadline,
) -> Result<impl Iterator<Item = SocketAddr>, Error> {
    let addresses = deadline.bound(lookup_host((hop.host, hop.port))).await;
    addresses.map_err(hop.failed(ConnectStep::Lookup))
}

/// Opens a tunnel through a proxy. Also returns the bytes after its answer.
pub(super) async fn tunnel(
    proxy: &Proxy,
    endpoint: &Endpoint,
    deadline: Deadline,
    options: &Options,
    log: &Log,
) -> Result<(ClientStream, ReadBuffer), Error> {
    let mut host = endpoint.host.clone();
    if !proxy.resolves_names() {
        let server = Hop::server(endpoint);
        let address = look_up(server, deadline).await?.next();
        let address = address.ok_or(io::Error::from(io::ErrorKind::AddrNotAvailable));
        host = address.map_err(server.failed(ConnectStep::Lookup))?.ip().to_string();
    }
    let hop = Hop::proxy(proxy);
    let stream = dial(hop, deadline, log).await?;
    let mut transport = Transport::new(stream, Writing::new(options.write_timeout), log.clone());
    let tunnel = proxy.tunnel(&host, endpoint.port, &options.head_limits);
    let mut tunnelling = Tunnelling::new(tunnel, deadline.left());
    let driven = drive(&mut tunnelling, &mut transport).await;
    driven.map_err(hop.failed(ConnectStep::Tunnel))?;
    log.tunnelled(hop.host, hop.port);
    Ok((transport.into_parts().0, tunnelling.into_unread()))
}

/// Connects to the first address that answers (RFC 8305 5, "Happy Eyeballs"): in order, each with a
/// head start before the next. Then the other attempts are dropped.
async fn race<T, A: Future<Output = io::Result<T>>>(
    mut addresses: VecDeque<SocketAddr>,
    connect: impl Fn(SocketAddr) -> A,
) -> io::Result<T> {
    let mut attempts = Vec::new();
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    loop {
        if let Some(address) = addresses.pop_front() {
            attempts.push(Box::pin(connect(address)));
        } else if attempts.is_empty() {
            return Err(failure);
        }
        let limit = if addresses.is_empty() { Duration::MAX } else { ATTEMPT_DELAY };
        match timeout(limit, poll_fn(|cx| poll_any(&mut attempts, cx))).await {
            Ok(Ok(connected)) => return Ok(connected),
            Ok(Err(error)) => failure = error,
            // The next one joins the race.
            Err(_) => {}
        }
    }
}

/// Ready with the first attempt that is finished, and removes it.
fn poll_any<A: Future>(attempts: &mut Vec<Pin<Box<A>>>, cx: &mut Context<'_>) -> Poll<A::Output> {
    for (index, attempt) in attempts.iter_mut().enumerate() {
        if let Poll::Ready(result) = attempt.as_mut().poll(cx) {
            drop(attempts.swap_remove(index));
            return Poll::Ready(result);
        }
    }
    Poll::Pending
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;
    use core::{
        cell::{Cell, RefCell},
        future::pending,
        net::SocketAddr,
        time::Duration,
    };
    use std::io;

    use ::tokio::time::{Instant, sleep};

    use super::race;

    /// The result of an attempt to connect.
    #[derive(Clone, Copy)]
    enum End {
        /// After this many milliseconds.
        Connected(u64),
        Failed(u64, io::ErrorKind),
        Never,
    }
    use End::{Connected, Failed, Never};

    struct Running<'a>(&'a Cell<usize>);

    impl<'a> Running<'a> {
        fn new(count: &'a Cell<usize>) -> Self {
            count.set(count.get() + 1);
            Self(count)
        }
    }

    impl Drop for Running<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() - 1);
        }
    }

    /// Races addresses with these results. Returns when each attempt began, which one won, and
    /// when, in milliseconds.
    fn run(ends: &[End]) -> (Vec<u128>, Result<usize, io::ErrorKind>, u128) {
        let runtime = ::tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let start = Instant::now();
            let (begun, running) = (RefCell::new(Vec::new()), Cell::new(0));
            let addresses = (0..ends.len())
                .map(|index| SocketAddr::from(([127, 0, 0, 1], u16::try_from(index).unwrap())));
            let connect = |address: SocketAddr| {
                let (begun, running) = (&begun, &running);
                async move {
                    begun.borrow_mut().push(start.elapsed().as_millis());
                    let _running = Running::new(running);
                    let index = usize::from(address.port());
                    match ends[index] {
                        Connected(after) => {
                            sleep(Duration::from_millis(after)).await;
                            Ok(index)
                        }
                        Failed(after, kind) => {
                            sleep(Duration::from_millis(after)).await;
                            Err(io::Error::from(kind))
                        }
                        Never => pending().await,
                    }
                }
            };
            let won = race(addresses.collect(), connect).await;
            assert_eq!(running.get(), 0, "those that have lost are given up");
            (begun.take(), won.map_err(|error| error.kind()), start.elapsed().as_millis())
        })
    }

    const REFUSED: End = Failed(0, io::ErrorKind::ConnectionRefused);

    #[test]
    fn an_address_that_answers_in_time_is_the_only_one_tried() {
        assert_eq!(run(&[Connected(249), Connected(0)]), ([0].into(), Ok(0), 249));
    }

    #[test]
    fn rfc_8305_5_the_next_address_joins_after_250_ms() {
        assert_eq!(run(&[Never, Connected(10)]), ([0, 250].into(), Ok(1), 260));
        assert_eq!(run(&[Never, Never, Connected(0)]), ([0, 250, 500].into(), Ok(2), 500));
        // The first one continues, and may still win.
        assert_eq!(run(&[Connected(300), Connected(100)]), ([0, 250].into(), Ok(0), 300));
    }

    #[test]
    fn rfc_8305_5_the_next_address_is_tried_at_once_when_one_fails() {
        assert_eq!(run(&[REFUSED, Connected(10)]), ([0, 0].into(), Ok(1), 10));
        let late = Failed(100, io::ErrorKind::HostUnreachable);
        assert_eq!(run(&[late, Connected(10)]), ([0, 100].into(), Ok(1), 110));
        // An attempt that fails makes room for the next.
        assert_eq!(run(&[Never, REFUSED, Connected(10)]), ([0, 250, 250].into(), Ok(2), 260));
    }

    #[test]
    fn the_error_is_that_of_the_attempt_that_failed_last() {
        let late = Failed(400, io::ErrorKind::TimedOut);
        assert_eq!(run(&[late, REFUSED]), ([0, 250].into(), Err(io::ErrorKind::TimedOut), 400));
        let unreachable = Failed(0, io::ErrorKind::HostUnreachable);
        let failed = Err(io::ErrorKind::HostUnreachable);
        assert_eq!(run(&[REFUSED, unreachable]), ([0, 0].into(), failed, 0));
    }

    #[test]
    fn a_name_without_addresses_is_not_available() {
        assert_eq!(run(&[]), ([].into(), Err(io::ErrorKind::AddrNotAvailable), 0));
    }
}
