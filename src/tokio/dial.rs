//! From a name to a TCP connection.

use alloc::{boxed::Box, collections::VecDeque, vec::Vec};
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

/// How long an address may be silent before the next is tried beside it (RFC 8305 5).
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

type Attempt = Pin<Box<dyn Future<Output = io::Result<TcpStream>> + Send>>;

/// Connects to the first address of `host` that answers (RFC 8305, "Happy Eyeballs"): in the order
/// in which the system names them, the two families by turns, each with a head start before the
/// next. Small writes are not delayed.
pub(super) async fn dial(host: &str, port: u16) -> io::Result<TcpStream> {
    let mut addresses = by_turns(lookup_host((host, port)).await?);
    let mut attempts: Vec<Attempt> = Vec::new();
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    loop {
        if let Some(address) = addresses.pop_front() {
            attempts.push(Box::pin(TcpStream::connect(address)));
        } else if attempts.is_empty() {
            return Err(failure);
        }
        let limit = if addresses.is_empty() { Duration::MAX } else { ATTEMPT_DELAY };
        match timeout(limit, poll_fn(|cx| poll_any(&mut attempts, cx))).await {
            Ok(Ok(stream)) => {
                // Without this, a small message waits for the acknowledgement of the one before.
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Ok(Err(error)) => failure = error,
            // The next one joins the race.
            Err(_) => {}
        }
    }
}

/// Ready with the first attempt that comes to something, which is over then.
fn poll_any(attempts: &mut Vec<Attempt>, cx: &mut Context<'_>) -> Poll<io::Result<TcpStream>> {
    for (index, attempt) in attempts.iter_mut().enumerate() {
        if let Poll::Ready(result) = attempt.as_mut().poll(cx) {
            drop(attempts.swap_remove(index));
            return Poll::Ready(result);
        }
    }
    Poll::Pending
}

/// RFC 8305 4: the families take turns, beginning with that of the first address.
fn by_turns(addresses: impl Iterator<Item = SocketAddr>) -> VecDeque<SocketAddr> {
    let mut addresses = addresses.peekable();
    let is_first_v6 = addresses.peek().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) =
        addresses.partition(|address| address.is_ipv6() == is_first_v6);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut turns = VecDeque::new();
    loop {
        let (one, other) = (first.next(), second.next());
        if one.is_none() && other.is_none() {
            return turns;
        }
        turns.extend(one);
        turns.extend(other);
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;
    use core::net::SocketAddr;

    use super::by_turns;

    fn turns(addresses: &[&str]) -> Vec<SocketAddr> {
        by_turns(addresses.iter().map(|address| address.parse().unwrap())).into()
    }

    #[test]
    fn rfc_8305_4_the_families_take_turns_from_the_first_on() {
        let system = ["[::1]:1", "[::2]:1", "[::3]:1", "1.0.0.1:1"];
        let expected = ["[::1]:1", "1.0.0.1:1", "[::2]:1", "[::3]:1"];
        assert_eq!(turns(&system), expected.map(|address| address.parse().unwrap()));
        let system = ["1.0.0.1:1", "1.0.0.2:1", "[::1]:1"];
        let expected = ["1.0.0.1:1", "[::1]:1", "1.0.0.2:1"];
        assert_eq!(turns(&system), expected.map(|address| address.parse().unwrap()));
        assert_eq!(turns(&[]), []);
    }
}
