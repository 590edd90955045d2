//! Handshakes with peers that read nothing.

mod tests {
    use alloc::vec;
    use core::{matches, time::Duration};
    use std::io::{self, Read, Write};

    use crate::blocking::simulated::{NOW, ROLES, SECOND, Stream, quiet, stream};
    use crate::blocking::{Acceptor, Connector, Socket};
    use crate::{
        adapter::Error,
        connection::{Connection, Limits, Timeouts},
        role::Role,
        time::TimeoutKind,
    };

    /// A handshake with a peer that reads nothing, over systems that buffer 20 bytes.
    fn handshaking(input: &[u8]) -> Stream {
        NOW.set(Duration::ZERO);
        let stream = stream(Connection::server(&Limits::default()), 20, |_| 0);
        stream.0.borrow_mut().input.extend(input);
        stream
    }

    const REQUEST: &str = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
        Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        Sec-WebSocket-Version: 13\r\n\r\n";

    // Shows own-limits-6 (both).
    #[test]
    fn the_handshake_timeout_includes_writing() {
        for write_timeout in [None, Some(30 * SECOND)] {
            let options = quiet().handshake_timeout(2 * SECOND).write_timeout(write_timeout);
            for role in ROLES {
                let (result, expected) = match role {
                    Role::Client => {
                        let connector = Connector::new().options(options.clone());
                        let connected = connector.connect_over(handshaking(b""), "localhost", "/");
                        (connected.map(|_| ()), TimeoutKind::Response)
                    }
                    Role::Server => {
                        let acceptor = Acceptor::new().options(options.clone());
                        let accepted = acceptor.accept_over(handshaking(REQUEST.as_bytes()));
                        (accepted.map(|_| ()), TimeoutKind::Handshake)
                    }
                };
                let Err(Error::Timeout(kind)) = result else { panic!("{result:?}") };
                assert_eq!(kind, expected);
                assert_eq!(NOW.get().as_secs(), 2);
            }
        }
    }

    // Shows own-limits-6 (server).
    #[test]
    fn a_refusal_is_written_within_the_handshake_timeout() {
        let options = quiet().handshake_timeout(2 * SECOND).write_timeout(None);
        let timeouts = Timeouts::default().close(SECOND);
        let acceptor = Acceptor::new().options(options.timeouts(timeouts));
        let stream = handshaking(b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        let result = acceptor.accept_over(stream.clone()).map(|_| ());
        assert!(matches!(result, Err(Error::Handshake(_))), "{result:?}");
        assert!(NOW.get() <= 3 * SECOND, "{:?}", NOW.get());
        assert!(stream.0.borrow().is_shut_down);
    }

    /// After the opening, writing has its own timeout.
    #[test]
    fn after_the_handshake_its_timeout_ends() {
        let stream = handshaking(REQUEST.as_bytes());
        stream.0.borrow_mut().capacity = 1 << 10;
        let acceptor = Acceptor::new().options(quiet().handshake_timeout(2 * SECOND));
        let mut socket = acceptor.accept_over(stream).unwrap();
        let result = socket.send(vec![7; 1 << 20]);
        assert!(matches!(result, Err(Error::Timeout(TimeoutKind::Write))), "{result:?}");
        assert_eq!(NOW.get(), 30 * SECOND);
    }

    /// An endless head, byte by byte: slowly at first, and so fast shortly before the deadline that
    /// every read has input.
    struct Drip {
        start: &'static [u8],
        timeout: Option<Duration>,
    }

    impl Read for Drip {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let is_slow = NOW.get() < Duration::from_millis(1500);
            let gap = Duration::from_micros(if is_slow { 100_000 } else { 900 });
            if let Some(timeout) = self.timeout.filter(|timeout| *timeout < gap) {
                NOW.set(NOW.get() + timeout);
                return Err(io::ErrorKind::WouldBlock.into());
            }
            NOW.set(NOW.get() + gap);
            buffer[0] = b'x';
            if let [first, rest @ ..] = self.start {
                (buffer[0], self.start) = (*first, rest);
            }
            Ok(1)
        }
    }

    impl Write for Drip {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Socket for Drip {
        fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
            self.timeout = timeout;
            Ok(())
        }

        fn set_write_timeout(&mut self, _: Option<Duration>) -> io::Result<()> {
            Ok(())
        }

        fn set_nonblocking(&mut self, _: bool) -> io::Result<()> {
            Ok(())
        }

        fn shutdown_write(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    // Shows own-limits-6 (both).
    #[test]
    fn a_head_that_drips_fast_does_not_extend_the_timeout() {
        let options = quiet().handshake_timeout(2 * SECOND);
        let options = options.timeouts(Timeouts::default().close(Duration::ZERO));
        let drip = |start| {
            NOW.set(Duration::ZERO);
            Drip { start, timeout: None }
        };
        for role in ROLES {
            let result = match role {
                Role::Client => Connector::new()
                    .options(options.clone())
                    .connect_over(drip(b"HTTP/1.1 101 x\r\nX: "), "localhost", "/")
                    .map(|_| ()),
                Role::Server => Acceptor::new()
                    .options(options.clone())
                    .accept_over(drip(b"GET / HTTP/1.1\r\nX: "))
                    .map(|_| ()),
            };
            let is_timeout = matches!(result, Err(Error::Timeout(_)));
            assert!(is_timeout, "{role:?}: {result:?}");
            assert!(NOW.get() <= Duration::from_millis(2010), "{:?}", NOW.get());
        }
    }
}
