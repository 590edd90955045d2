use alloc::{boxed::Box, collections::VecDeque, vec::Vec};
use core::{
    future::{Future, poll_fn},
    net::SocketAddr,
    pin::{Pin, pin},
    task::{Context, Poll},
    time::Duration,
};

/// How long an attempt may take before the next address is tried in parallel (RFC 8305 5).
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// Connects to the first address that answers (RFC 8305 5, "Happy Eyeballs"): in order, each with a
/// head start before the next, which `delay` waits for. Then the other attempts are dropped. Returns
/// the last failure if none answers, and `None` if there is no address.
pub(crate) async fn race<T, E, A: Future<Output = Result<T, E>>, D: Future<Output = ()>>(
    mut addresses: VecDeque<SocketAddr>,
    connect: impl Fn(SocketAddr) -> A,
    delay: impl Fn(Duration) -> D,
) -> Option<A::Output> {
    let (mut attempts, mut failure) = (Vec::new(), None);
    loop {
        match addresses.pop_front() {
            Some(address) => attempts.push(Box::pin(connect(address))),
            None if attempts.is_empty() => return failure,
            None => {}
        }
        let limit = if addresses.is_empty() { Duration::MAX } else { ATTEMPT_DELAY };
        let mut delay = pin!(delay(limit));
        let ended = poll_fn(|cx| match poll_any(&mut attempts, cx) {
            Poll::Ready(result) => Poll::Ready(Some(result)),
            Poll::Pending => delay.as_mut().poll(cx).map(|()| None),
        });
        match ended.await {
            Some(Ok(connected)) => return Some(Ok(connected)),
            Some(failed) => failure = Some(failed),
            // The next one joins the race.
            None => {}
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
            let won = race(addresses.collect(), connect, sleep).await;
            let won = won.unwrap_or_else(|| Err(io::ErrorKind::AddrNotAvailable.into()));
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
