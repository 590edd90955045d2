use serde::Serialize;
use serde_json::value::RawValue;

use super::{command::End, ends::EndState, gallery::Picture, hex::Hex, tally::Tally};

/// What the page is told.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum Event {
    /// The first one: what does not change.
    Welcome { max_len: u64, gallery: Vec<Picture>, clauses: Vec<(&'static str, String)> },
    /// An address is dialled.
    Connecting { address: String },
    /// The attempt to connect was given up.
    Cancelled,
    /// The handshake has agreed on this.
    Opened { deflate: Option<Agreed> },
    /// A head, a frame or an end has crossed.
    Crossed { sender: End, millis: f64, element: Box<RawValue>, client: Tally, server: Tally },
    /// The state of both ends, when it changes.
    Ends { client: EndState, server: EndState },
    /// The answer to a composition or to bytes to explain.
    Explained {
        number: u64,
        bytes: Hex,
        elements: Vec<Box<RawValue>>,
        /// What the explanation does not take into account.
        caveat: Option<&'static str>,
    },
    /// Why a composition cannot be made.
    Refused { number: u64, text: String },
    /// Why a command was not carried out, or a connection has ended early.
    Failed { text: String },
}

/// The parameters of permessage-deflate that both ends use.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Agreed {
    pub(super) client_window_bits: u8,
    pub(super) server_window_bits: u8,
    pub(super) client_keeps_window: bool,
    pub(super) server_keeps_window: bool,
}

impl From<sansocket::deflate::Params> for Agreed {
    fn from(params: sansocket::deflate::Params) -> Self {
        Self {
            client_window_bits: params.client_max_window_bits,
            server_window_bits: params.server_max_window_bits,
            client_keeps_window: !params.client_no_context_takeover,
            server_keeps_window: !params.server_no_context_takeover,
        }
    }
}
