//! RFC 1951 word for word: an inflater that shares nothing with the library, is slow, and panics
//! at what is not in order.

use crate::wire::{self, CLOSE, CONTINUATION, FIN, RSV1};

/// What a message ends with, and is not sent (RFC 7692 7.2.1).
const TAIL: [u8; 4] = [0x00, 0x00, 0xFF, 0xFF];

/// Reads what an end sends that compresses with this window.
pub(crate) struct NaivePeer {
    window_len: usize,
    no_context_takeover: bool,
    /// What was inflated, as far back as the window.
    history: Vec<u8>,
    /// Whether the message of the last frame is compressed.
    is_compressed: bool,
    /// The farthest that a copy went back.
    pub(crate) max_distance: usize,
}

/// A frame with its payload inflated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NaiveFrame {
    pub(crate) is_compressed: bool,
    /// FIN and the opcode.
    pub(crate) first: u8,
    pub(crate) payload: Vec<u8>,
    /// How long the payload was on the wire.
    pub(crate) wire_len: usize,
}

impl NaivePeer {
    pub(crate) fn new(window_bits: u8, no_context_takeover: bool) -> Self {
        Self {
            window_len: 1 << window_bits,
            no_context_takeover,
            history: Vec::new(),
            is_compressed: false,
            max_distance: 0,
        }
    }

    /// All frames of these bytes. Every part of a message must be there in full when its frame is.
    pub(crate) fn read(&mut self, bytes: &[u8]) -> Vec<NaiveFrame> {
        let frames = wire::frames(bytes).into_iter();
        frames
            .map(|frame| {
                let (rsv1, first) = (frame.first & RSV1 != 0, frame.first & !RSV1);
                let opcode = first & 0x0F;
                let is_data = opcode < CLOSE;
                // RFC 7692 6: on the first frame of a data message only.
                assert!(
                    !rsv1 || (is_data && opcode != CONTINUATION),
                    "RSV1 on {first:#x}"
                );
                if is_data && opcode != CONTINUATION {
                    self.is_compressed = rsv1;
                }
                let is_compressed = is_data && self.is_compressed;
                let wire_len = frame.payload.len();
                let payload = match is_compressed {
                    false => frame.payload,
                    true => self.inflate(frame.payload, first & FIN != 0),
                };
                NaiveFrame {
                    is_compressed,
                    first,
                    payload,
                    wire_len,
                }
            })
            .collect()
    }

    fn inflate(&mut self, mut data: Vec<u8>, is_last: bool) -> Vec<u8> {
        if is_last {
            data.extend(TAIL);
        }
        let before = self.history.len();
        let mut bits = Bits { data: &data, at: 0 };
        while bits.at < 8 * data.len() {
            self.block(&mut bits);
        }
        let inflated = self.history[before..].to_vec();
        let excess = self.history.len().saturating_sub(self.window_len);
        self.history.drain(..excess);
        if is_last && self.no_context_takeover {
            self.history.clear();
        }
        inflated
    }

    /// RFC 1951 3.2.3.
    fn block(&mut self, bits: &mut Bits<'_>) {
        assert_eq!(bits.take(1), 0, "no block is the last one of a connection");
        match bits.take(2) {
            0 => self.stored(bits),
            1 => self.compressed(bits, &Codes::fixed()),
            2 => {
                let codes = Codes::dynamic(bits);
                self.compressed(bits, &codes);
            }
            _ => panic!("a block of a reserved type"),
        }
    }

    /// RFC 1951 3.2.4.
    fn stored(&mut self, bits: &mut Bits<'_>) {
        bits.at = bits.at.next_multiple_of(8);
        let (len, complement) = (bits.take(16), bits.take(16));
        assert_eq!(len, !complement & 0xFFFF, "length of a stored block");
        let start = bits.at / 8;
        self.history.extend(&bits.data[start..start + len]);
        bits.at += 8 * len;
    }

    /// RFC 1951 3.2.5.
    fn compressed(&mut self, bits: &mut Bits<'_>, codes: &Codes) {
        loop {
            let len = match codes.literals.symbol(bits) {
                literal @ 0..256 => {
                    self.history.push(u8::try_from(literal).unwrap());
                    continue;
                }
                256 => return,
                symbol @ 257..265 => symbol - 254,
                symbol @ 265..285 => {
                    let extra = (symbol - 261) / 4;
                    3 + ((4 + (symbol - 257) % 4) << extra) + bits.take(extra)
                }
                285 => 258,
                symbol => panic!("length symbol {symbol}"),
            };
            let distance = match codes.distances.symbol(bits) {
                symbol @ 0..4 => symbol + 1,
                symbol @ 4..30 => {
                    let extra = symbol / 2 - 1;
                    1 + ((2 + symbol % 2) << extra) + bits.take(extra)
                }
                symbol => panic!("distance symbol {symbol}"),
            };
            assert!(
                distance <= self.window_len,
                "distance {distance} is beyond the window"
            );
            assert!(
                distance <= self.history.len(),
                "distance {distance} is before the start"
            );
            self.max_distance = self.max_distance.max(distance);
            for _ in 0..len {
                self.history
                    .push(self.history[self.history.len() - distance]);
            }
        }
    }
}

/// Bits in the order of RFC 1951 3.1.1.
struct Bits<'a> {
    data: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: usize) -> usize {
        let bytes = self.data[self.at / 8..].iter().take(3);
        let value = bytes
            .rev()
            .fold(0, |value, &byte| value << 8 | usize::from(byte));
        let value = value >> (self.at % 8) & ((1 << count) - 1);
        self.at += count;
        assert!(self.at <= 8 * self.data.len(), "the data is cut off");
        value
    }
}

struct Codes {
    literals: Code,
    distances: Code,
}

impl Codes {
    /// RFC 1951 3.2.6.
    fn fixed() -> Self {
        let lens = [[8; 144].as_slice(), &[9; 112], &[7; 24], &[8; 8]].concat();
        Self {
            literals: Code::new(&lens),
            distances: Code::new(&[5; 30]),
        }
    }

    /// RFC 1951 3.2.7.
    fn dynamic(bits: &mut Bits<'_>) -> Self {
        let (literals, distances, count) = (bits.take(5) + 257, bits.take(5) + 1, bits.take(4) + 4);
        let order = [
            16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
        ];
        let mut lens = [0; 19];
        for &symbol in order.iter().take(count) {
            lens[symbol] = bits.take(3);
        }
        let code = Code::new(&lens);
        let mut lens = Vec::new();
        while lens.len() < literals + distances {
            let (len, repeat) = match code.symbol(bits) {
                16 => (*lens.last().unwrap(), 3 + bits.take(2)),
                17 => (0, 3 + bits.take(3)),
                18 => (0, 11 + bits.take(7)),
                len => (len, 1),
            };
            lens.extend(core::iter::repeat_n(len, repeat));
        }
        assert_eq!(lens.len(), literals + distances, "lengths run over");
        Self {
            literals: Code::new(&lens[..literals]),
            distances: Code::new(&lens[literals..]),
        }
    }
}

/// A Huffman code: how many codes there are of each length, and their symbols in order.
struct Code {
    counts: [usize; 16],
    symbols: Vec<usize>,
}

impl Code {
    /// RFC 1951 3.2.2.
    fn new(lens: &[usize]) -> Self {
        let mut counts = [0; 16];
        let mut symbols: Vec<usize> = (0..lens.len()).filter(|&symbol| lens[symbol] > 0).collect();
        symbols.sort_by_key(|&symbol| lens[symbol]);
        for &symbol in &symbols {
            counts[lens[symbol]] += 1;
        }
        Self { counts, symbols }
    }

    fn symbol(&self, bits: &mut Bits<'_>) -> usize {
        let (mut code, mut first, mut index) = (0, 0, 0);
        for count in &self.counts[1..] {
            code = code << 1 | usize::from(bits.data[bits.at / 8] >> (bits.at % 8) & 1);
            bits.at += 1;
            if code < first + count {
                return self.symbols[index + code - first];
            }
            index += count;
            first = (first + count) << 1;
        }
        panic!("no such code");
    }
}
