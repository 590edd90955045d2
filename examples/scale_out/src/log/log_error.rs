use redis::RedisError;

/// The log could not be read or appended to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// Redis refused, or could not be reached in time. An append may have happened: repeat it.
    #[error("redis: {0}")]
    Redis(#[from] RedisError),
    /// A stream has an entry that no node has written.
    #[error("redis: the entry {id} is not one of this program: give it a database of its own")]
    Foreign {
        /// The id of the entry.
        id: String,
    },
}
