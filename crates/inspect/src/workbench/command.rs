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
        /// Whether Pings, Close frames and broken frames are answered automatically.
        answers: bool,
        /// What the user has made of the request.
        request: Option<Hex>,
    },
    /// Ends the connection without a Close frame, or gives up an attempt to connect.
    Disconnect,
    /// Makes the request of a connection and explains it; sends nothing.
    Request { number: u64, address: Option<String>, deflate: Option<DeflateWish> },
    /// Makes frames and explains them; sends nothing.
    Compose { number: u64, composition: Composition },
    /// Explains bytes; sends nothing.
    Explain {
        number: u64,
        sender: End,
        bytes: String,
        /// The parameters of permessage-deflate, for frames on their own.
        deflate: Option<String>,
        context: Context,
    },
    /// Sends bytes as they are, or makes the built-in peer send them.
    Send { sender: End, bytes: Hex },
}

/// What comes before bytes that are to be explained.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Context {
    /// All that has crossed.
    Connection,
    /// A handshake.
    Opened,
    /// Nothing: they begin with a head.
    Nothing,
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
