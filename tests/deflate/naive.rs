//! RFC 1951 as specified: a slow inflater that shares no code with the library.

use crate::wire::{self, CLOSE, CONTINUATION, FIN, RSV1};

/// The end of each message, which is not sent (RFC 7692 7.2.1).
const TAIL: [u8; 4] = [0x00, 0x00, 0xFF, 0xFF];

/// What is wrong with the data.
pub(crate) type Fault = &'static str;

/// Inflates the messages of one direction.
pub(crate) struct NaiveInflater {
    window_len: usize,
    no_context_takeover: bool,
    /// What was inflated.
    history: Vec<u8>,
    /// How far back references may go: a window at the start of a message or of a stream, and what
    /// was inflated since.
    reach: usize,
    /// The farthest that a copy went back.
    pub(crate) max_distance: usize,
    /// How many blocks were marked as the last.
    final_blocks: usize,
}

impl NaiveInflater {
    pub(crate) fn new(window_bits: u8, no_context_takeover: bool) -> Self {
        Self {
            window_len: 1 << window_bits,
            no_context_takeover,
            history: Vec::new(),
            reach: 0,
            max_distance: 0,
            final_blocks: 0,
        }
    }

    /// Inflates a whole message (RFC 7692 7.2.2), or the end of one.
    pub(crate) fn message(&mut self, data: &[u8]) -> Result<Vec<u8>, Fault> {
        let inflated = self.part(&[data, &TAIL].concat())?;
        self.reach = if self.no_context_takeover { 0 } else { self.reach.min(self.window_len) };
        Ok(inflated)
    }

    /// Inflates blocks up to a flush.
    pub(crate) fn part(&mut self, data: &[u8]) -> Result<Vec<u8>, Fault> {
        let before = self.history.len();
        let mut bits = Bits { data, at: 0 };
        let mut is_flushed = true;
        while bits.at < 8 * data.len() {
            is_flushed = self.block(&mut bits)?;
        }
        if !is_flushed {
            return Err("no empty block at the end");
        }
        let inflated = self.history[before..].to_vec();
        let excess = self.history.len().saturating_sub(1 << 15);
        self.history.drain(..excess);
        Ok(inflated)
    }

    /// RFC 1951 3.2.3. Returns whether it is what a flush writes.
    fn block(&mut self, bits: &mut Bits<'_>) -> Result<bool, Fault> {
        let is_final = bits.take(1)? == 1;
        let is_empty = match bits.take(2)? {
            0 => self.stored(bits)? == 0,
            1 => self.compressed(bits, &Codes::fixed()?)?,
            2 => {
                let codes = Codes::dynamic(bits)?;
                self.compressed(bits, &codes)?
            }
            _ => return Err("block of a reserved type"),
        };
        if is_final {
            self.final_blocks += 1;
            // RFC 7692 7.2.3.4: what follows begins with a byte.
            bits.align();
            self.reach = self.reach.min(self.window_len);
        }
        Ok(is_empty)
    }

    /// RFC 1951 3.2.4. Returns the length.
    fn stored(&mut self, bits: &mut Bits<'_>) -> Result<usize, Fault> {
        bits.align();
        let (len, complement) = (bits.take(16)?, bits.take(16)?);
        if len != !complement & 0xFFFF {
            return Err("length of a stored block");
        }
        let start = bits.at / 8;
        let data = bits.data.get(start..start + len).ok_or("cut off")?;
        self.history.extend(data);
        self.reach += len;
        bits.at += 8 * len;
        Ok(len)
    }

    /// RFC 1951 3.2.5.
    fn compressed(&mut self, bits: &mut Bits<'_>, codes: &Codes) -> Result<bool, Fault> {
        loop {
            let len = match codes.literals.symbol(bits)? {
                literal @ 0..256 => {
                    self.history.push(u8::try_from(literal).unwrap());
                    self.reach += 1;
                    continue;
                }
                256 => return Ok(false),
                symbol @ 257..265 => symbol - 254,
                symbol @ 265..285 => {
                    let extra = (symbol - 261) / 4;
                    3 + ((4 + (symbol - 257) % 4) << extra) + bits.take(extra)?
                }
                285 => 258,
                _ => return Err("symbol of no length"),
            };
            let distance = match codes.distances.symbol(bits)? {
                symbol @ 0..4 => symbol + 1,
                symbol @ 4..30 => {
                    let extra = symbol / 2 - 1;
                    1 + ((2 + symbol % 2) << extra) + bits.take(extra)?
                }
                _ => return Err("symbol of no distance"),
            };
            if distance > self.reach {
                return Err("distance before the window");
            }
            self.max_distance = self.max_distance.max(distance);
            for _ in 0..len {
                self.history.push(self.history[self.history.len() - distance]);
            }
            self.reach += len;
        }
    }
}

/// Bits in the order of RFC 1951 3.1.1.
struct Bits<'a> {
    data: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: usize) -> Result<usize, Fault> {
        let byte = |index| self.data.get(self.at / 8 + index).copied().map_or(0, usize::from);
        let bytes = byte(0) | byte(1) << 8 | byte(2) << 16;
        let value = bytes >> (self.at % 8) & ((1 << count) - 1);
        self.at += count;
        if self.at > 8 * self.data.len() {
            return Err("cut off");
        }
        Ok(value)
    }

    fn align(&mut self) {
        self.at = self.at.next_multiple_of(8);
    }
}

struct Codes {
    literals: Code,
    distances: Code,
}

impl Codes {
    /// RFC 1951 3.2.6.
    fn fixed() -> Result<Self, Fault> {
        let lens = [[8; 144].as_slice(), &[9; 112], &[7; 24], &[8; 8]].concat();
        Ok(Self { literals: Code::new(&lens)?, distances: Code::new(&[5; 32])? })
    }

    /// RFC 1951 3.2.7.
    fn dynamic(bits: &mut Bits<'_>) -> Result<Self, Fault> {
        let (literals, distances, count) =
            (bits.take(5)? + 257, bits.take(5)? + 1, bits.take(4)? + 4);
        if literals > 286 || distances > 30 {
            return Err("more symbols than there are");
        }
        let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
        let mut lens = [0; 19];
        for &symbol in order.iter().take(count) {
            lens[symbol] = bits.take(3)?;
        }
        let code = Code::new(&lens)?;
        if code.counts[1] == 1 && code.symbols.len() == 1 {
            return Err("incomplete code of lengths");
        }
        let mut lens = Vec::new();
        while lens.len() < literals + distances {
            let (len, repeat) = match code.symbol(bits)? {
                16 => (*lens.last().ok_or("nothing to repeat")?, 3 + bits.take(2)?),
                17 => (0, 3 + bits.take(3)?),
                18 => (0, 11 + bits.take(7)?),
                len => (len, 1),
            };
            lens.extend(core::iter::repeat_n(len, repeat));
        }
        if lens.len() > literals + distances {
            return Err("more lengths than symbols");
        }
        if lens[256] == 0 {
            return Err("no end of the block");
        }
        Ok(Self {
            literals: Code::new(&lens[..literals])?,
            distances: Code::new(&lens[literals..])?,
        })
    }
}

/// A Huffman code: how many codes there are of each length, and their symbols in order.
struct Code {
    counts: [usize; 16],
    symbols: Vec<usize>,
}

impl Code {
    /// RFC 1951 3.2.2.
    fn new(lens: &[usize]) -> Result<Self, Fault> {
        let mut counts = [0; 16];
        let mut symbols: Vec<usize> = (0..lens.len()).filter(|&symbol| lens[symbol] > 0).collect();
        symbols.sort_by_key(|&symbol| lens[symbol]);
        for &symbol in &symbols {
            counts[lens[symbol]] += 1;
        }
        let used: usize = (1..16).map(|len| counts[len] << (15 - len)).sum();
        // RFC 1951 3.2.7: of one symbol alone, one bit may be left unused.
        let is_single = symbols.len() == 1 && counts[1] == 1;
        if used == 1 << 15 || symbols.is_empty() || is_single {
            Ok(Self { counts, symbols })
        } else {
            Err("code that is not complete")
        }
    }

    fn symbol(&self, bits: &mut Bits<'_>) -> Result<usize, Fault> {
        let (mut code, mut first, mut index) = (0, 0, 0);
        for count in &self.counts[1..] {
            let byte = bits.data.get(bits.at / 8).ok_or("cut off")?;
            code = code << 1 | usize::from(byte >> (bits.at % 8) & 1);
            bits.at += 1;
            if code < first + count {
                return Ok(self.symbols[index + code - first]);
            }
            index += count;
            first = (first + count) << 1;
        }
        Err("no such code")
    }
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

/// Reads what an endpoint with this window sends. Each part of a message must be complete when its
/// frame is.
pub(crate) struct NaivePeer {
    pub(crate) inflater: NaiveInflater,
    /// Whether the message of the last frame is compressed.
    is_compressed: bool,
}

impl NaivePeer {
    pub(crate) fn new(window_bits: u8, no_context_takeover: bool) -> Self {
        Self {
            inflater: NaiveInflater::new(window_bits, no_context_takeover),
            is_compressed: false,
        }
    }

    pub(crate) fn read(&mut self, bytes: &[u8]) -> Vec<NaiveFrame> {
        let frames = wire::frames(bytes).into_iter();
        frames
            .map(|frame| {
                let (rsv1, first) = (frame.first & RSV1 != 0, frame.first & !RSV1);
                let opcode = first & 0x0F;
                let is_data = opcode < CLOSE;
                // RFC 7692 6: on the first frame of a data message only.
                assert!(!rsv1 || (is_data && opcode != CONTINUATION), "RSV1 on {first:#x}");
                if is_data && opcode != CONTINUATION {
                    self.is_compressed = rsv1;
                }
                let is_compressed = is_data && self.is_compressed;
                let data = &frame.payload;
                let payload = match (is_compressed, first & FIN != 0) {
                    (false, _) => data.clone(),
                    (true, true) => self.inflater.message(data).unwrap(),
                    (true, false) => self.inflater.part(data).unwrap(),
                };
                // RFC 7692 7.2.1: so that none needs to be padded.
                assert_eq!(self.inflater.final_blocks, 0, "no block is marked as the last");
                // RFC 7692 7.1.2: within long messages, too.
                assert!(self.inflater.max_distance <= self.inflater.window_len);
                NaiveFrame { is_compressed, first, payload, wire_len: data.len() }
            })
            .collect()
    }
}
