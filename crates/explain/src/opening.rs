/// How far the opening handshake is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opening {
    /// It was not seen: the bytes begin with frames, or with a response.
    Unseen,
    /// The client waits for the response.
    Requested,
    Open,
    /// The server has answered with another status than 101.
    Refused,
}
