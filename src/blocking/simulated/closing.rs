//! Farewells to peers that take little or nothing.

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

    /// Nothing but the limit of the close holds: writing may take for ever.
    fn unlimited() -> Options {
        let limits = Limits::default().high_water_mark(usize::MAX);
        quiet().limits(limits).write_timeout(None)
    }

    // Shows own-limits-7 (both).
    #[test]
    fn a_peer_that_takes_nothing_holds_up_the_answer_to_its_violation_no_longer_than_a_close() {
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
    fn a_peer_that_takes_nothing_holds_up_the_answer_to_its_close_no_longer_than_ours() {
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
