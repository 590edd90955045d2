//! Compression inside a connection (RFC 7692): what the two halves keep for it, and what an
//! application may ask of them. In builds without it `no_compression` stands in its place, and has
//! all that the halves name.

use alloc::{boxed::Box, vec::Vec};

use super::{Connection, PreparedMessage, Sender, prepared_message::encode};
pub(super) use super::{
    deflating::Deflating,
    inflating::{Inflating, InflatingChunk},
};
use crate::{
    deflate::{Agreement, Compression, Config, Deflater, Params},
    frame::Rsv,
    redacted::Redacted,
};

/// Where a half keeps what it needs for compression: apart, so that without an agreement it has
/// room for a pointer alone.
pub(super) type Apart<T> = Box<T>;

impl Connection {
    /// Compresses and inflates messages from now on, as `params` say: for a connection whose
    /// handshake was done elsewhere.
    #[must_use]
    pub fn with_deflate(mut self, params: &Params, config: &Config) -> Self {
        self.receiver.inflating = Some(Inflating::new(self.role(), params));
        self.sender.deflating = Some(Deflating::new(self.role(), params, config));
        self
    }

    /// The same, if there is an agreement.
    pub(crate) fn with_agreement(self, agreement: Option<&Agreement>) -> Self {
        match agreement {
            Some(Agreement { params, config }) => self.with_deflate(params, config),
            None => self,
        }
    }
}

impl Sender {
    /// Sets which messages are compressed from the next one on. Without an agreement none is.
    pub fn set_compression(&mut self, compression: Compression) {
        if let Some(deflating) = &mut self.deflating {
            deflating.compression = compression;
        }
    }

    /// Returns how compression was agreed on, if it was.
    #[must_use]
    pub fn deflate(&self) -> Option<Params> {
        self.deflating.as_ref().map(|deflating| deflating.params)
    }
}

/// A message as compressed frames, and the window that each needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct DeflatedFrames(Vec<(u8, Redacted<Vec<u8>>)>);

impl PreparedMessage {
    /// Adds a compressed frame, for connections that have agreed on compression with a window of
    /// at least [`server_max_window_bits`](Config::server_max_window_bits) of `config`.
    ///
    /// It refers to no message before it, and none after it on the same connection refers to it.
    /// Call it again with other settings for connections with smaller windows.
    #[must_use]
    pub fn with_deflate(mut self, config: &Config) -> Self {
        let window_bits = config.server_max_window_bits;
        let mut compressed = Vec::new();
        Deflater::new(config, window_bits, true).compress(self.payload(), true, &mut compressed);
        if compressed.len() < self.payload().len() {
            let (frame, _) = encode(self.kind(), Rsv::RSV1, &compressed);
            self.deflated.0.push((window_bits, frame.into()));
        }
        self
    }
}

impl DeflatedFrames {
    /// The frame for a connection with this window, if there is one.
    pub(super) fn fitting(&self, window_bits: u8) -> Option<&[u8]> {
        let fitting = self.0.iter().filter(|(needed, _)| *needed <= window_bits);
        fitting.max_by_key(|(needed, _)| *needed).map(|(_, frame)| &**frame)
    }
}
