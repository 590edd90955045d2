use alloc::{boxed::Box, string::String};

/// The reason why a transport could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The server could not be reached, or refused the WebSocket.
    #[error(transparent)]
    Connect(#[from] sansocket::Error),
    /// The server answered a request of long-polling with an error.
    #[error("the server answered a request of long-polling with status {status}: {body:?}")]
    Response {
        /// The status, other than 200.
        status: u16,
        /// The first 1024 bytes of the body, in which invalid UTF-8 is replaced. Engine.IO servers send
        /// JSON with a code and a message.
        body: String,
    },
    /// A request of long-polling could not be sent, or its answer was not HTTP/1.1 or ended early.
    #[error("a request of long-polling failed")]
    Request(#[source] Box<dyn core::error::Error + Send + Sync>),
}
