use core::fmt;

use crate::{frame::HeaderBytes, redacted::Redacted};

/// A zero-copy frame: the payload is borrowed from the application.
#[expect(clippy::exhaustive_structs, reason = "a frame is a header and a payload")]
pub struct EncodedFrame<'p> {
    /// The header, to be written first.
    pub header: HeaderBytes,
    /// The payload for the wire, masked if we are the client.
    pub payload: &'p mut [u8],
}

impl fmt::Debug for EncodedFrame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncodedFrame")
            .field("header", &self.header)
            .field("payload", &Redacted(&*self.payload))
            .finish()
    }
}
