use sansocket::Role;
use serde::Deserialize;

use super::{composition::Composition, deflate_wish::DeflateWish, hex::Hex};

/// The largest message of the page in bytes.
pub(super) const MAX_LEN: u64 = 256 << 10;

/// What the page asks for.
///
/// A number of its own choice comes back with the answer, so that the page can leave out an answer to
/// what was changed meanwhile.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(super) enum Command {
    /// Connects to an address, or to the built-in peer, and sends the request.
    Connect {
        address: Option<String>,
        deflate: Option<DeflateWish>,
        /// Whether Pings and Close frames are answered automatically.
        answers: bool,
    },
    /// Ends the connection without a Close frame.
    Disconnect,
    /// Makes frames and explains them; sends nothing.
    Compose { number: u64, composition: Composition },
    /// Explains bytes as the next ones of the connection, or on their own; sends nothing.
    Explain {
        number: u64,
        sender: End,
        bytes: String,
        /// The parameters of permessage-deflate, for bytes on their own.
        deflate: Option<String>,
        is_alone: bool,
    },
    /// Sends bytes as they are.
    Send { bytes: Hex },
}

/// An end of a connection.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum End {
    Client,
    Server,
}

impl From<End> for Role {
    fn from(end: End) -> Self {
        match end {
            End::Client => Self::Client,
            End::Server => Self::Server,
        }
    }
}

impl From<Role> for End {
    fn from(role: Role) -> Self {
        match role {
            Role::Client => Self::Client,
            Role::Server => Self::Server,
        }
    }
}
