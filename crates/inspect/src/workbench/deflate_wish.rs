use sansocket::deflate::Config;
use serde::Deserialize;

/// What the user wishes of permessage-deflate.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct DeflateWish {
    client_window_bits: u8,
    server_window_bits: u8,
    client_keeps_window: bool,
    server_keeps_window: bool,
}

impl DeflateWish {
    /// Returns the settings of an end that compresses also the shortest message, to show it.
    pub(super) fn config(self) -> Config {
        Config::default()
            .min_len(0)
            .client_max_window_bits(self.client_window_bits)
            .server_max_window_bits(self.server_window_bits)
            .client_no_context_takeover(!self.client_keeps_window)
            .server_no_context_takeover(!self.server_keeps_window)
    }
}
