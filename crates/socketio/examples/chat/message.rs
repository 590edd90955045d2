use serde::{Deserialize, Serialize};

/// How many messages of a room are kept.
pub(crate) const HISTORY: usize = 50;

/// What somebody said.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Message {
    /// The name that the server knows the sender by, not one that the sender's page gives.
    pub(crate) name: String,
    pub(crate) text: String,
    /// What the sender's page calls the message, so that it is known if it is sent again.
    pub(crate) key: String,
}

/// A message of the history. The id is `TIME-NUMBER`, the time in milliseconds since 1970; greater ids
/// are later ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Said {
    pub(crate) id: String,
    #[serde(flatten)]
    pub(crate) message: Message,
}

/// Who is in a room. Of two lists, the one with the greater version is the later one, also if it arrives
/// first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct People {
    pub(crate) version: u64,
    pub(crate) names: Vec<String>,
}
