//! RFC 1951 blocks written by hand, which no compressor would write.

/// The end of each message, which is not sent (RFC 7692 7.2.1).
pub(crate) const TAIL: [u8; 4] = [0x00, 0x00, 0xFF, 0xFF];

/// Compressed data, bit by bit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Blocks {
    bytes: Vec<u8>,
    /// How many bits of the last byte are used; 0 is all of them.
    used: usize,
}

impl Blocks {
    /// A stored block (RFC 1951 3.2.4).
    pub(crate) fn stored(mut self, data: &[u8]) -> Self {
        let len = u16::try_from(data.len()).unwrap();
        self.bits(0, 3);
        self.used = 0;
        self.bytes.extend(len.to_le_bytes());
        self.bytes.extend((!len).to_le_bytes());
        self.bytes.extend(data);
        self
    }

    /// Begins a block with the fixed codes (RFC 1951 3.2.6).
    pub(crate) fn fixed(mut self, is_final: bool) -> Self {
        self.bits(usize::from(is_final) | 1 << 1, 3);
        self
    }

    /// Begins a block of the type that RFC 1951 reserves.
    pub(crate) fn reserved(mut self) -> Self {
        self.bits(3 << 1, 3);
        self
    }

    /// Begins a block (RFC 1951 3.2.7) in which 'a' is `0`, 'b' is `10`, and so on to 'i', and the
    /// end of the block is nine bits of `1`.
    pub(crate) fn unary(mut self) -> Self {
        self.bits(2 << 1, 3);
        // 257 literals, one distance, 19 lengths.
        self.bits(0, 5);
        self.bits(0, 5);
        self.bits(15, 4);
        // The lengths from 0 to 15 have codes of four bits, the repeat codes have none.
        for repeats in [true, true, true].into_iter().chain([false; 16]) {
            self.bits(if repeats { 0 } else { 4 }, 3);
        }
        for symbol in 0..258 {
            let len = match symbol {
                0x61..0x6A => symbol - 0x60,
                256 => 9,
                _ => 0,
            };
            self.code(len, 4);
        }
        self
    }

    /// Letters of such a block.
    pub(crate) fn unary_letters(mut self, letters: &[u8]) -> Self {
        for letter in letters {
            let ones = usize::from(letter - b'a');
            self.bits((1 << ones) - 1, ones + 1);
        }
        self
    }

    pub(crate) fn literals(mut self, data: &[u8]) -> Self {
        for &byte in data {
            match usize::from(byte) {
                byte @ 0..144 => self.code(0x30 + byte, 8),
                byte => self.code(0x190 + byte - 144, 9),
            }
        }
        self
    }

    /// A copy of 3 to 10 bytes.
    pub(crate) fn copy(mut self, len: usize, distance: usize) -> Self {
        assert!((3..=10).contains(&len));
        self.code(len - 2, 7);
        self.distance(distance);
        self
    }

    /// A symbol that has a code but no meaning (RFC 1951 3.2.6).
    pub(crate) fn invalid_length(mut self) -> Self {
        self.code(0xC6, 8);
        self
    }

    /// A copy whose distance has a code but no meaning (RFC 1951 3.2.6).
    pub(crate) fn copy_from_invalid_distance(mut self) -> Self {
        self.code(1, 7);
        self.code(30, 5);
        self
    }

    pub(crate) fn end_of_block(mut self) -> Self {
        self.code(0, 7);
        self
    }

    /// Aligns to the next byte, where data after a final block begins.
    pub(crate) fn align(mut self) -> Self {
        self.used = 0;
        self
    }

    /// The data so far.
    pub(crate) fn bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The payload of a message (RFC 7692 7.2.1).
    pub(crate) fn message(self) -> Vec<u8> {
        let mut bytes = self.stored(&[]).bytes;
        bytes.truncate(bytes.len() - TAIL.len());
        bytes
    }

    fn distance(&mut self, distance: usize) {
        // RFC 1951 3.2.5: each pair of symbols has one extra bit more than the pair before.
        let (symbol, extra, base) = (0..30)
            .map(|symbol| match symbol {
                0..4 => (symbol, 0, symbol + 1),
                _ => (symbol, symbol / 2 - 1, 1 + ((2 + symbol % 2) << (symbol / 2 - 1))),
            })
            .rfind(|&(_, _, base)| base <= distance)
            .unwrap();
        self.code(symbol, 5);
        self.bits(distance - base, extra);
    }

    /// RFC 1951 3.1.1: codes begin with their most significant bit.
    fn code(&mut self, code: usize, len: usize) {
        for position in (0..len).rev() {
            self.bits(code >> position & 1, 1);
        }
    }

    /// RFC 1951 3.1.1: other values begin with their least significant bit.
    fn bits(&mut self, value: usize, count: usize) {
        for position in 0..count {
            if self.used == 0 {
                self.bytes.push(0);
            }
            let bit = u8::from(value >> position & 1 == 1);
            *self.bytes.last_mut().unwrap() |= bit << self.used;
            self.used = (self.used + 1) % 8;
        }
    }
}
