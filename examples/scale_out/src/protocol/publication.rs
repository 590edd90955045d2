use serde::{Deserialize, Serialize};

use super::Name;

/// A message that a client asks to publish.
///
/// Publisher and sequence identify it: a client that gets no acknowledgement sends it again, to this node
/// or another, and the log keeps it once.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct Publication {
    /// The room that gets it.
    pub room: Name,
    /// The client that publishes it.
    pub publisher: Name,
    /// Its number among the messages of this publisher, from 1. A publisher sends them in order.
    pub sequence: u64,
    /// The text.
    pub text: String,
}
