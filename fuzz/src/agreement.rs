use sansocket::{
    Role,
    connection::Connection,
    deflate::{Config, Offer, Params},
};

/// What two ends that want the same have agreed on to compress messages.
#[derive(Clone, Debug)]
pub(crate) struct Agreement {
    pub(crate) config: Config,
    pub(crate) params: Params,
}

impl Agreement {
    pub(crate) fn new(config: Config) -> Self {
        let (_, params) = Offer::new(&config).answer(&config);
        Self { config, params }
    }

    /// A connection that keeps to it.
    pub(crate) fn apply(&self, connection: Connection) -> Connection {
        connection.with_deflate(&self.params, &self.config)
    }

    /// The window of what this end sends, and whether it compresses each message by itself.
    pub(crate) fn of_sender(&self, role: Role) -> (u8, bool) {
        let Params {
            server_max_window_bits,
            server_no_context_takeover,
            client_max_window_bits,
            client_no_context_takeover,
            ..
        } = self.params;
        match role {
            Role::Server => (server_max_window_bits, server_no_context_takeover),
            Role::Client => (client_max_window_bits, client_no_context_takeover),
        }
    }

    /// What a receiver may hold to inflate, by the documentation of `deflate`, besides the message:
    /// the library's state, a window, and input and output of their greatest lengths. The output
    /// counts twice, since a reader may have taken one over.
    pub(crate) fn max_held_to_receive(&self, role: Role) -> usize {
        let (bits, _) = self.of_sender(role.peer());
        let window = 1 << bits;
        let output = (2 * window).max(16 << 10);
        (48 << 10) + window + output / 4 + 2 * output
    }
}

/// Any two windows, the server's in the lowest bits, and whether contexts are taken over, in the
/// highest. Uses little memory, and compresses short messages too.
pub(crate) fn config(choice: u8) -> Config {
    Config::default()
        .server_max_window_bits(8 + (choice & 7))
        .client_max_window_bits(8 + (choice >> 3 & 7))
        .server_no_context_takeover(choice & 0x40 != 0)
        .client_no_context_takeover(choice & 0x80 != 0)
        .mem_level(1)
        .min_len(8)
}
