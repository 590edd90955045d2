//! How a stream is split into reads does not change what is received.

use proptest::prelude::*;
use sansocket::Role;

use crate::endpoint::Endpoint;
use crate::model;
use crate::session::{garbage, read_lens, role, session};
use crate::wire::{self, CLOSE, FIN};

fn role_and_garbage() -> impl Strategy<Value = (Role, Vec<u8>)> {
    role().prop_flat_map(|role| (Just(role), garbage(role)))
}

proptest! {
    // Shows 6455-5.4-1 (both).
    #[test]
    fn a_valid_session_is_received_as_it_was_sent(
        role in role(),
        session in session(),
        read_lens in read_lens(),
    ) {
        let bytes = session.bytes(role);
        let mut endpoint = Endpoint::new(role);
        prop_assert_eq!(endpoint.receive_in(&bytes, &read_lens), Ok(()));
        prop_assert_eq!(&endpoint.received, &session.received);
        prop_assert!(!endpoint.is_inside_message());

        let mut whole = Endpoint::new(role);
        prop_assert_eq!(whole.receive(&bytes), Ok(()));
        prop_assert_eq!(&whole.received, &session.received);
        prop_assert_eq!(whole.out, endpoint.out, "the same replies");
    }

    #[test]
    fn any_bytes_give_the_same_events_and_the_same_error(
        (role, bytes) in role_and_garbage(),
        read_lens in read_lens(),
    ) {
        let mut whole = Endpoint::new(role);
        let result = whole.receive(&bytes);
        let mut chunked = Endpoint::new(role);
        prop_assert_eq!(chunked.receive_in(&bytes, &read_lens), result);
        prop_assert_eq!(&chunked.received, &whole.received);
        prop_assert_eq!(&chunked.out, &whole.out);
        prop_assert_eq!(chunked.connection.transport(), whole.connection.transport());
        prop_assert_eq!(chunked.receive_eof(), whole.receive_eof());
        prop_assert_eq!(chunked.connection.close_info(), whole.connection.close_info());
    }

    // Shows 6455-6.2-1 (both), 6455-10.7-1 (both).
    #[test]
    fn any_bytes_are_received_as_in_the_naive_model((role, bytes) in role_and_garbage()) {
        let (received, failure) = model::receive(role, &bytes);
        let mut endpoint = Endpoint::new(role);
        let result = endpoint.receive(&bytes);
        prop_assert_eq!(&endpoint.received, &received);
        prop_assert_eq!(result.err().map(|error| u16::from(error.close_code())), failure);
        if let Some(code) = failure {
            let frames = wire::contents(&endpoint.out);
            let (first, payload) = frames.last().expect("a Close frame");
            prop_assert_eq!((*first, &payload[..2]), (FIN | CLOSE, &code.to_be_bytes()[..]));
        }
    }
}
