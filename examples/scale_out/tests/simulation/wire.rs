use std::collections::VecDeque;

use scale_out::engine::ReaderId;
use scale_out::protocol::{Event, Publication, Request};

/// A connection between a client and a server: bytes under way in both directions, which arrive in
/// order or not at all.
#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) client: usize,
    pub(crate) server: usize,
    pub(crate) reader: ReaderId,
    pub(crate) to_server: VecDeque<Request>,
    pub(crate) to_client: VecDeque<Event>,
    /// The message that the server is appending to the log.
    pub(crate) appending: Option<Publication>,
    /// The server has nothing to send until it is told so.
    pub(crate) is_waiting: bool,
    /// Nothing more is sent in this direction.
    pub(crate) client_is_gone: bool,
    pub(crate) server_is_gone: bool,
}

impl Wire {
    pub(crate) const fn new(client: usize, server: usize, reader: ReaderId) -> Self {
        Self {
            client,
            server,
            reader,
            to_server: VecDeque::new(),
            to_client: VecDeque::new(),
            appending: None,
            is_waiting: false,
            client_is_gone: false,
            server_is_gone: false,
        }
    }
}
