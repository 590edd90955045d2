use crate::frame::{FrameHeader, OpCode};

/// Counts of what a connection has carried in one direction.
///
/// They are those of the frames on the wire, whether messages are compressed or not, whole or in chunks.
/// What is sent counts when it is queued; [`Stats::queued`](crate::Stats::queued) is how much of it has
/// not been written yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Traffic {
    /// Messages whose last frame is complete. A compressed message counts when its end is inflated.
    pub messages: u64,
    /// Bytes of frames as they are on the wire, including headers and control frames, with payloads
    /// compressed. The heads of the opening handshake and what TLS adds are not among them.
    pub bytes: u64,
    /// Ping frames.
    pub pings: u64,
    /// Pong frames.
    pub pongs: u64,
}

impl Traffic {
    pub(crate) const NONE: Self = Self { messages: 0, bytes: 0, pings: 0, pongs: 0 };

    #[inline]
    pub(super) fn count_bytes(&mut self, count: usize) {
        self.bytes = self.bytes.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
    }

    /// Adds bytes that have arrived and wait.
    pub(super) fn with_bytes(mut self, count: usize) -> Self {
        self.count_bytes(count);
        self
    }

    #[inline]
    pub(super) const fn count_messages(&mut self, is_complete: bool) {
        if is_complete {
            self.messages = self.messages.saturating_add(1);
        }
    }

    pub(super) const fn count_control(&mut self, opcode: OpCode) {
        match opcode {
            OpCode::Ping => self.pings = self.pings.saturating_add(1),
            OpCode::Pong => self.pongs = self.pongs.saturating_add(1),
            _ => {}
        }
    }

    /// Counts a frame whose payload follows.
    #[inline]
    pub(super) fn count_frame(&mut self, header: &FrameHeader) {
        if header.opcode.is_control() {
            self.count_control(header.opcode);
        } else {
            self.count_messages(header.fin);
        }
        let len = usize::try_from(header.payload_len).unwrap_or(usize::MAX);
        self.count_bytes(len.saturating_add(header.encoded_len()));
    }

    /// Counts a complete message whose frame is so long.
    #[inline]
    pub(super) fn count_whole(&mut self, frame_len: usize) {
        self.count_messages(true);
        self.count_bytes(frame_len);
    }
}
