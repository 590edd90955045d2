/// The last bytes that were inflated in one direction, as many as the peer may refer to.
#[derive(Clone, Debug)]
pub(super) struct Window {
    bytes: Vec<u8>,
    size: usize,
}

impl Window {
    /// Creates an empty window. One of the size 0 stays empty.
    pub(super) const fn new(size: usize) -> Self {
        Self { bytes: Vec::new(), size }
    }

    pub(super) fn extend(&mut self, inflated: &[u8]) {
        let surplus = inflated.len().saturating_sub(self.size);
        self.bytes.extend_from_slice(inflated.get(surplus..).unwrap_or_default());
        // At twice the size, so that the bytes move once per window, not once per call.
        if self.bytes.len() > self.size.saturating_mul(2) {
            self.bytes.drain(..self.bytes.len().saturating_sub(self.size));
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(self.bytes.len().saturating_sub(self.size)..).unwrap_or_default()
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
    }
}
