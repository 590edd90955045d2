//! How far back compressed data refers (RFC 1951). The library that inflates has a window of its own and
//! does not tell.

/// The farthest references of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Farthest {
    /// The largest distance.
    pub(super) distance: usize,
    /// How far before the start of the message.
    pub(super) before: usize,
}

/// Measures a message that can be inflated.
pub(super) fn farthest(bytes: &[u8]) -> Farthest {
    let mut meter = Meter { bytes, position: 0, produced: 0, farthest: Farthest::default() };
    // At the end of the bytes it stops inside of a block.
    let _ = meter.blocks();
    meter.farthest
}

struct Meter<'b> {
    bytes: &'b [u8],
    /// In bits.
    position: usize,
    produced: usize,
    farthest: Farthest,
}

/// RFC 1951 3.2.2: how many codes there are of each length, and the symbols in the order of their codes.
struct Code {
    counts: [usize; 16],
    symbols: Vec<usize>,
}

impl Code {
    fn new(lengths: &[usize]) -> Self {
        let counts = core::array::from_fn(|length| match length {
            0 => 0,
            _ => lengths.iter().filter(|other| **other == length).count(),
        });
        let mut symbols: Vec<_> = (0..lengths.len()).collect();
        symbols.retain(|symbol| lengths.get(*symbol) != Some(&0));
        symbols.sort_by_key(|symbol| lengths.get(*symbol));
        Self { counts, symbols }
    }
}

impl Meter<'_> {
    /// The next bits as a number, the first one lowest.
    fn take(&mut self, count: usize) -> Option<usize> {
        let mut number = 0;
        for at in 0..count {
            let byte = self.bytes.get(self.position / 8)?;
            number |= usize::from(byte >> (self.position % 8) & 1) << at;
            self.position += 1;
        }
        Some(number)
    }

    fn symbol(&mut self, code: &Code) -> Option<usize> {
        let (mut bits, mut first, mut index) = (0, 0, 0);
        for count in code.counts.iter().skip(1) {
            bits |= self.take(1)?;
            if bits < first + count {
                return code.symbols.get(index + bits - first).copied();
            }
            index += count;
            first = (first + count) << 1;
            bits <<= 1;
        }
        None
    }

    fn blocks(&mut self) -> Option<()> {
        loop {
            let is_final = self.take(1)? == 1;
            match self.take(2)? {
                0 => {
                    self.position = self.position.next_multiple_of(8);
                    let length = self.take(32)? & 0xFFFF;
                    self.position += length * 8;
                    self.produced += length;
                }
                1 => {
                    let lengths = [&[8; 144][..], &[9; 112], &[7; 24], &[8; 8]].concat();
                    self.block(&Code::new(&lengths), &Code::new(&[5; 30]))?;
                }
                2 => {
                    let (literals, distances) = self.codes()?;
                    self.block(&literals, &distances)?;
                }
                _ => return None,
            }
            if is_final {
                self.position = self.position.next_multiple_of(8);
            }
        }
    }

    /// RFC 1951 3.2.7: the codes of a block with its own.
    fn codes(&mut self) -> Option<(Code, Code)> {
        const ORDER: [usize; 19] =
            [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
        let literals = self.take(5)? + 257;
        let distances = self.take(5)? + 1;
        let count = self.take(4)? + 4;
        let mut lengths = [0; 19];
        for symbol in ORDER.iter().take(count) {
            *lengths.get_mut(*symbol)? = self.take(3)?;
        }
        let code = Code::new(&lengths);
        let mut lengths: Vec<usize> = Vec::new();
        while lengths.len() < literals + distances {
            let (length, times) = match self.symbol(&code)? {
                16 => (*lengths.last()?, 3 + self.take(2)?),
                17 => (0, 3 + self.take(3)?),
                18 => (0, 11 + self.take(7)?),
                length => (length, 1),
            };
            lengths.extend(core::iter::repeat_n(length, times));
        }
        let (literals, distances) = lengths.split_at_checked(literals)?;
        Some((Code::new(literals), Code::new(distances)))
    }

    fn block(&mut self, literals: &Code, distances: &Code) -> Option<()> {
        loop {
            match self.symbol(literals)? {
                256 => return Some(()),
                285 => self.repeat(258, distances)?,
                symbol if symbol > 256 => {
                    let length = 3 + self.number(symbol - 257, 4)?;
                    self.repeat(length, distances)?;
                }
                _ => self.produced += 1,
            }
        }
    }

    /// RFC 1951 3.2.5: of each number of further bits there are `group` symbols, but twice as many
    /// without any.
    fn number(&mut self, symbol: usize, group: usize) -> Option<usize> {
        let bits = (symbol / group).saturating_sub(1);
        let start = if bits == 0 { symbol } else { (group + symbol % group) << bits };
        Some(start + self.take(bits)?)
    }

    fn repeat(&mut self, length: usize, distances: &Code) -> Option<()> {
        let symbol = self.symbol(distances)?;
        let distance = 1 + self.number(symbol, 2)?;
        self.farthest.distance = self.farthest.distance.max(distance);
        self.farthest.before = self.farthest.before.max(distance.saturating_sub(self.produced));
        self.produced += length;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Farthest, farthest};

    #[test]
    fn references_of_the_rfc_s_examples() {
        // RFC 7692 7.2.3: "Hello", "Hello" again, in a stored block, and with BFINAL.
        assert_eq!(farthest(b"\xF2\x48\xCD\xC9\xC9\x07\x00"), Farthest::default());
        assert_eq!(farthest(b"\xF2\x00\x11\x00\x00"), Farthest { distance: 5, before: 4 });
        assert_eq!(farthest(b"\x00\x05\x00\xFA\xFFHello\x00"), Farthest::default());
        assert_eq!(farthest(b"\xF3\x48\xCD\xC9\xC9\x07\x00\x00"), Farthest::default());
    }
}
