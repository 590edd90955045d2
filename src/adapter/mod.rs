//! What the adapters share: their error and options, and the handshakes of their acceptors and
//! connectors.

pub(crate) mod client_settings;
#[cfg(feature = "url")]
mod connect_step;
mod end_of_stream;
mod error;
#[cfg(feature = "tracing")]
mod events;
#[cfg(feature = "url")]
mod hop;
mod io_error;
#[cfg(not(feature = "tracing"))]
mod no_events;
mod options;
#[cfg(feature = "tokio")]
mod outbox;
#[cfg(feature = "tokio")]
mod pace;
#[cfg(feature = "tracing")]
mod reasons;
#[cfg(all(feature = "net", feature = "url"))]
mod request_head;
mod reunite_error;
pub(crate) mod server_settings;
mod subprotocol;

#[cfg(feature = "url")]
pub use connect_step::ConnectStep;
pub(crate) use end_of_stream::or_end_of_stream;
#[cfg(feature = "url")]
pub use error::ConnectError;
pub use error::Error;
#[cfg(feature = "tokio")]
pub(crate) use error::fail_writing;
pub(crate) use error::{check_writing, ending_error};
pub(crate) use events::Log;
#[cfg(feature = "url")]
pub(crate) use hop::Hop;
#[cfg(not(feature = "tracing"))]
use no_events as events;
pub use options::Options;
#[cfg(feature = "tokio")]
pub(crate) use outbox::{Outbox, StreamCalls, Written};
#[cfg(feature = "tokio")]
pub(crate) use pace::Pace;
#[cfg(all(feature = "net", feature = "url"))]
pub use request_head::RequestHead;
pub use reunite_error::ReuniteError;
pub(crate) use subprotocol::Subprotocol;
