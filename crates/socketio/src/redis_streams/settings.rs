use alloc::string::String;
use core::time::Duration;

/// The settings of [`RedisStreams`](super::RedisStreams). All servers of an application must have the same.
///
/// ```
/// use std::time::Duration;
///
/// use sansocket_socketio::redis_streams::Settings;
///
/// let settings = Settings::default().prefix("shop").max_age(Duration::from_secs(300));
/// # let _ = settings;
/// ```
#[derive(Clone, Debug)]
pub struct Settings {
    pub(super) prefix: String,
    pub(super) max_age: Duration,
    pub(super) max_entries: usize,
    pub(super) max_publication_len: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            prefix: "socket.io".into(),
            max_age: Duration::from_secs(120),
            max_entries: 100_000,
            max_publication_len: 8 << 20,
        }
    }
}

impl Settings {
    /// Sets what the names of all keys begin with, to tell applications apart. `socket.io` by default.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets for how long a session can be recovered after its connection was lost; at least a second. Two
    /// minutes by default.
    #[must_use]
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = max_age.max(Duration::from_secs(1));
        self
    }

    /// Sets how many publications Redis keeps, approximately. 100,000 by default. A client that missed
    /// more is not recovered.
    #[must_use]
    pub const fn max_entries(mut self, max_entries: usize) -> Self {
        self.max_entries = max_entries;
        self
    }

    /// Sets the limit of the bytes of one publication: the names of its rooms, and its packets. 8 MiB by
    /// default. A larger one is an error for whoever emits it, and reaches nobody.
    #[must_use]
    pub const fn max_publication_len(mut self, max_publication_len: usize) -> Self {
        self.max_publication_len = max_publication_len;
        self
    }
}
