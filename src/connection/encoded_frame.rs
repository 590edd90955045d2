use crate::frame::HeaderBytes;

/// A frame whose payload stays where the application has it.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "a frame is a header and a payload")]
pub struct EncodedFrame<'p> {
    /// The header, to be written first.
    pub header: HeaderBytes,
    /// The payload as it goes on the wire, masked if we are the client.
    pub payload: &'p mut [u8],
}
