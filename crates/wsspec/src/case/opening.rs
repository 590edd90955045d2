use super::Head;

/// How the run opens the connection: its request to a server, or its response to a client.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Opening {
    /// A valid head, without extensions.
    Plain,
    /// This head. What comes after it depends on the case.
    Head(Head),
    /// permessage-deflate. If the target does not agree, the case is skipped.
    Deflate {
        /// What the run offers to a server.
        offer: &'static str,
        /// What the run answers to a client.
        answer: &'static str,
    },
}
