//! Closing to peers that read little or nothing.

mod tests {
    use alloc::vec;
    use core::{matches, time::Duration};

    use crate::blocking::simulated::{NOW, ROLES, SECOND, open, quiet};
    use crate::{
        adapter::{Error, Options},
        close::CloseCode,
        connection::Limits,
        role::Role,
    };

    /// Only the close timeout applies: writing may take for ever.
    fn unlimited() -> Options {
        let limits = Limits::default().high_water_mark(usize::MAX);
        quiet().limits(limits).write_timeout(None)
    }

    // Shows own-limits-7 (both).
    #[test]
    fn a_peer_that_reads_nothing_delays_the_end_after_its_violation_by_at_most_the_close_timeout() {
        for role in ROLES {
            let violation =
                if role == Role::Server { &[0x83, 0x80, 0, 0, 0, 0][..] } else { &[0x83, 0] };
            NOW.set(Duration::ZERO);
            let (mut socket, stream) = open(role, 10, |_| 0, &unlimited());
            socket.feed(vec![7; 1 << 20]).unwrap();
            stream.0.borrow_mut().input.extend(violation);
            let result = socket.recv();
            assert!(matches!(result, Err(Error::Protocol(_))), "{result:?}");
            assert_eq!(NOW.get().as_secs(), 10);
            assert!(stream.0.borrow().is_shut_down);

            NOW.set(Duration::ZERO);
            let (socket, stream) = open(role, 10, |_| 0, &unlimited());
            let (writer, mut reader) = socket.split();
            writer.feed(vec![7; 1 << 20]).unwrap();
            stream.0.borrow_mut().input.extend(violation);
            let result = reader.recv();
            assert!(matches!(result, Err(Error::Protocol(_))), "{result:?}");
            assert_eq!(NOW.get().as_secs(), 10);
        }
    }

    // Shows own-limits-7 (both).
    #[test]
    fn a_peer_that_reads_nothing_delays_the_end_after_its_close_by_at_most_the_close_timeout() {
        for role in ROLES {
            NOW.set(Duration::ZERO);
            let (mut socket, stream) = open(role, 10, |_| 0, &unlimited());
            socket.feed(vec![7; 1 << 20]).unwrap();
            stream.0.borrow_mut().close();
            assert_eq!(socket.recv().unwrap(), None);
            assert_eq!(NOW.get().as_secs(), 10);
            let info = socket.close_info().unwrap();
            assert_eq!((info.code(), info.was_clean), (CloseCode::NORMAL, false));
        }
    }

    // Shows own-closing-1 (both).
    #[test]
    fn the_answer_to_a_close_waits_while_the_peer_accepts_what_is_before_it() {
        for role in ROLES {
            NOW.set(Duration::ZERO);
            let (mut socket, stream) = open(role, 64 << 10, |_| 32, &unlimited());
            socket.feed(vec![7; 1 << 20]).unwrap();
            stream.0.borrow_mut().close();
            assert_eq!(socket.recv().unwrap(), None);
            assert!(NOW.get() > 30 * SECOND, "{:?}", NOW.get());
            assert!(socket.close_info().unwrap().was_clean);
        }
    }
}
