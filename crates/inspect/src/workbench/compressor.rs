use sansocket::{
    Limits, MessageKind, Parsed,
    connection::{Chunk, Connection},
    deflate::{Compression, Config, Params},
    frame::FrameHeader,
};

/// Compresses the client's messages as the engine would, as often as the user changes them.
///
/// It has no state that a preview would change: a new compressor first gets what the receiver's window
/// holds, so that the next message refers to it at the same distances.
#[derive(Debug)]
pub(super) struct Compressor {
    params: Params,
    /// The end of what was sent compressed, before compression.
    window: Vec<u8>,
}

impl Compressor {
    pub(super) fn new(params: Params) -> Self {
        Self { params, window: Vec::new() }
    }

    /// Returns the compressed payload of a message.
    pub(super) fn compress(&self, data: &[u8]) -> Option<Vec<u8>> {
        // A server's frames are not masked; the one here has the parameters of the client.
        let mut params = self.params;
        params.server_no_context_takeover = params.client_no_context_takeover;
        params.server_max_window_bits = params.client_max_window_bits;
        let config = Config::default().min_len(0);
        let connection = Connection::server(&Limits::default()).with_deflate(&params, &config);
        let mut sender = connection.sender;
        sender.set_compression(Compression::Always);
        if !self.window.is_empty() && !self.params.client_no_context_takeover {
            let window = Chunk::last(MessageKind::Binary, &self.window);
            sender.send_chunk(window, &mut Vec::new()).ok()?;
        }
        let mut frame = Vec::new();
        sender.send_chunk(Chunk::last(MessageKind::Binary, data), &mut frame).ok()?;
        let Ok(Parsed::Complete { consumed, .. }) = FrameHeader::parse(&frame) else { return None };
        Some(frame.split_off(consumed))
    }

    /// Records that this was sent compressed.
    pub(super) fn sent(&mut self, data: &[u8]) {
        self.window.extend_from_slice(data);
        let size = 1_usize << self.params.client_max_window_bits;
        let excess = self.window.len().saturating_sub(size);
        self.window.drain(..excess);
    }

    /// Records that something else was sent compressed, so that no distance is known any more.
    pub(super) fn forget(&mut self) {
        self.window.clear();
    }
}
