use alloc::vec::Vec;

use crate::redacted::Redacted;

/// The sliding window: the last bytes of a stream.
#[derive(Debug)]
pub(super) struct Window {
    /// A ring once it is full.
    bytes: Redacted<Vec<u8>>,
    /// The position of the oldest byte of a full window. The next byte replaces it.
    start: usize,
    max_len: usize,
}

impl Window {
    pub(super) const fn new(bits: u8) -> Self {
        Self { bytes: Redacted(Vec::new()), start: 0, max_len: 1 << bits }
    }

    /// Returns the bytes, the older ones in the first slice.
    pub(super) fn as_slices(&self) -> [&[u8]; 2] {
        let (newer, older) = self.bytes.split_at_checked(self.start).unwrap_or_default();
        [older, newer]
    }

    /// Returns the size of the window, as a power of two.
    pub(super) const fn bits(&self) -> u32 {
        self.max_len.trailing_zeros()
    }

    pub(super) const fn len(&self) -> usize {
        self.bytes.0.len()
    }

    /// Adds bytes, which replace the oldest ones.
    pub(super) fn extend(&mut self, bytes: &[u8]) {
        let skipped = bytes.len().saturating_sub(self.max_len);
        let bytes = self.fill(bytes.get(skipped..).unwrap_or_default());
        let count = bytes.len().min(self.bytes.len().saturating_sub(self.start));
        let (front, back) = bytes.split_at_checked(count).unwrap_or_default();
        self.overwrite(front);
        if self.start == self.max_len {
            self.start = 0;
            self.overwrite(back);
        }
    }

    pub(super) fn clear(&mut self) {
        self.bytes.0.clear();
        self.start = 0;
    }

    /// Frees the capacity that it does not use.
    pub(super) fn release(&mut self) {
        self.bytes.0.shrink_to_fit();
    }

    /// Adds bytes until the window is full, and returns the rest.
    fn fill<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let len = self.bytes.len();
        let count = bytes.len().min(self.max_len.saturating_sub(len));
        let (front, back) = bytes.split_at_checked(count).unwrap_or_default();
        let new_len = len.saturating_add(count);
        if new_len > self.bytes.0.capacity() {
            // Double the capacity each time, up to the size of the window.
            self.bytes.0.reserve_exact(new_len.next_power_of_two().saturating_sub(len));
        }
        self.bytes.0.extend_from_slice(front);
        back
    }

    fn overwrite(&mut self, bytes: &[u8]) {
        let after = self.bytes.get_mut(self.start..).unwrap_or_default();
        if let Some(oldest) = after.get_mut(..bytes.len()) {
            oldest.copy_from_slice(bytes);
            self.start = self.start.saturating_add(bytes.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(window: &Window) -> Vec<u8> {
        window.as_slices().concat()
    }

    #[test]
    fn it_holds_the_last_bytes_however_they_are_chunked() {
        let stream: Vec<u8> = (0..=u8::MAX).cycle().take(1500).collect();
        for first in 0..600 {
            for second in [0, 1, 2, 100, 255, 256, 257, 512, 600] {
                let mut window = Window::new(8);
                let mut end = 0;
                for len in [first, second, 1, 255] {
                    window.extend(&stream[end..end + len]);
                    end += len;
                    let start = end.saturating_sub(256);
                    assert_eq!(contents(&window), stream[start..end], "{first} {second}");
                    assert!(window.bytes.0.capacity() <= 256);
                }
                window.release();
                assert_eq!(contents(&window), stream[end - 256..end]);
                window.clear();
                window.extend(b"again");
                assert_eq!(contents(&window), b"again");
            }
        }
    }
}
