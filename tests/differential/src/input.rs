//! Inputs: what a peer might send, and how it is cut into reads.

use rand::{RngExt as _, SeedableRng as _, rngs::ChaCha8Rng, seq::IndexedRandom as _};
use sansocket::Role;

use crate::compressor::Compressor;

/// Frames and messages longer than this are refused by all.
pub const MAX_LEN: usize = 1 << 17;

/// What was agreed on about compression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// Of the window that the peer compresses with: 9 to 15, since zlib has no raw stream of 8.
    pub window_bits: u8,
    pub no_context_takeover: bool,
}

/// The bytes that an endpoint receives.
#[derive(Clone, Debug)]
pub struct Input {
    /// The role of the endpoint that receives them.
    pub role: Role,
    pub deflate: Option<Agreement>,
    pub bytes: Vec<u8>,
    /// The lengths of the reads, over and over.
    pub cuts: Vec<usize>,
}

impl Input {
    /// The input with that number, always the same for a seed.
    pub fn new(seed: u64, number: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(number);
        Writer::new(rng).write()
    }

    pub fn reads(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = &self.bytes[..];
        let mut cuts = self.cuts.iter().cycle();
        std::iter::from_fn(move || {
            let len = rest.len().min(*cuts.next()?);
            let read = rest.split_off(..len)?;
            (!read.is_empty()).then_some(read)
        })
    }
}

/// Writes frames as a peer would, and now and then as none should.
struct Writer {
    rng: ChaCha8Rng,
    input: Input,
    compressor: Option<Compressor>,
    /// Whether a message is begun and not ended.
    is_fragmented: bool,
}

const OPCODES: [u8; 6] = [0x0, 0x1, 0x2, 0x8, 0x9, 0xA];
const LENS: [usize; 8] = [0, 1, 7, 124, 125, 126, 127, 300];
const CODES: [u16; 24] = [
    0, 999, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013,
    1014, 1015, 1016, 2999, 3000, 4999, 5000, 65535,
];
/// Characters of each length, and invalid ones.
const PIECES: [&[u8]; 14] = [
    b"a",
    b"Hello",
    "\u{e9}".as_bytes(),
    "\u{7ff}".as_bytes(),
    "\u{20ac}".as_bytes(),
    "\u{ffff}".as_bytes(),
    "\u{1f600}".as_bytes(),
    "\u{10ffff}".as_bytes(),
    b"\x80",
    b"\xC0\xAF",
    b"\xED\xA0\x80",
    b"\xF4\x90\x80\x80",
    b"\xE2\x82",
    b"\xFF",
];
const VALID_PIECES: usize = 8;

impl Writer {
    fn new(mut rng: ChaCha8Rng) -> Self {
        let role = if rng.random() { Role::Server } else { Role::Client };
        let deflate = rng.random_ratio(1, 3).then(|| Agreement {
            window_bits: rng.random_range(9..=15),
            no_context_takeover: rng.random(),
        });
        let cuts = match rng.random_range(0..4) {
            0 => vec![usize::MAX],
            1 => vec![1],
            _ => (0..rng.random_range(1..5)).map(|_| rng.random_range(1..40)).collect(),
        };
        let compressor = deflate.map(Compressor::new);
        let input = Input { role, deflate, bytes: Vec::new(), cuts };
        Self { rng, input, compressor, is_fragmented: false }
    }

    fn write(mut self) -> Input {
        for _ in 0..self.rng.random_range(1..8) {
            match self.rng.random_range(0..16) {
                0..8 => self.message(),
                8..12 => self.control(),
                12 => self.close(),
                13..15 => self.odd_frame(),
                _ => self.huge_claim(),
            }
        }
        if self.rng.random_ratio(1, 4) {
            self.spoil();
        }
        self.input
    }

    /// A message in one to four fragments, with control frames between; seldom the end is missing.
    fn message(&mut self) {
        let is_text = self.rng.random();
        let data = if is_text { self.text() } else { self.data() };
        let compress = self.rng.random_ratio(2, 3);
        let compressed = match &mut self.compressor {
            Some(compressor) if compress => {
                let mut data = compressor.compress(&data, &mut self.rng);
                if self.rng.random_ratio(1, 8) {
                    flip(&mut data, &mut self.rng);
                }
                Some(data)
            }
            _ => None,
        };
        let rsv1 = if compressed.is_some() { 0x40 } else { 0 };
        let data = compressed.unwrap_or(data);

        let fragments = if self.rng.random_ratio(1, 2) { 1 } else { self.rng.random_range(2..5) };
        let mut rest = &data[..];
        for index in 0..fragments {
            let is_last = index + 1 == fragments;
            let len = if is_last { rest.len() } else { self.rng.random_range(0..=rest.len()) };
            let (payload, more) = rest.split_at(len);
            rest = more;
            if is_last && fragments > 1 && self.rng.random_ratio(1, 12) {
                self.is_fragmented = true;
                return;
            }
            let opcode = match index {
                0 if is_text => 0x41 & (0x0F | rsv1),
                0 => 0x42 & (0x0F | rsv1),
                _ => 0x00,
            };
            self.frame(if is_last { 0x80 | opcode } else { opcode }, payload);
            if !is_last && self.rng.random_ratio(1, 3) {
                self.control();
            }
        }
        self.is_fragmented = false;
    }

    fn control(&mut self) {
        let mut data = self.data();
        data.truncate(125);
        let opcode = if self.rng.random() { 0x89 } else { 0x8A };
        self.frame(opcode, &data);
    }

    fn close(&mut self) {
        let mut payload = Vec::new();
        if self.rng.random_ratio(3, 4) {
            let code = CODES.choose(&mut self.rng).copied().unwrap_or_default();
            payload.extend_from_slice(&code.to_be_bytes());
            payload.extend(self.text());
        }
        payload.truncate(if self.rng.random_ratio(1, 8) { 1 } else { 125 });
        self.frame(0x88, &payload);
    }

    /// Any bits, and most lengths, in any encoding.
    fn odd_frame(&mut self) {
        let opcode = match self.rng.random_range(0..4) {
            0 => self.rng.random_range(0..16),
            _ => OPCODES.choose(&mut self.rng).copied().unwrap_or_default(),
        };
        let fin = if self.rng.random_ratio(3, 4) { 0x80 } else { 0 };
        let rsv = if self.rng.random_ratio(1, 4) { self.rng.random_range(0..8) << 4 } else { 0 };
        let payload = if opcode == 1 || self.is_fragmented { self.text() } else { self.data() };
        let is_masked = (self.input.role == Role::Server) ^ self.rng.random_ratio(1, 8);
        let encoding = match self.rng.random_range(0..8) {
            0 => 126,
            1 => 127,
            _ => shortest(payload.len()),
        };
        self.frame_with(fin | rsv | opcode, &payload, is_masked, encoding);
    }

    /// A header whose payload does not come.
    fn huge_claim(&mut self) {
        let len: u64 = match self.rng.random_range(0..4) {
            0 => MAX_LEN as u64,
            1 => MAX_LEN as u64 + 1,
            2 => 1 << 63,
            _ => u64::MAX >> self.rng.random_range(0..47),
        };
        let mask = if self.input.role == Role::Server { 0x80 } else { 0 };
        self.input.bytes.extend_from_slice(&[0x82, mask | 127]);
        self.input.bytes.extend_from_slice(&len.to_be_bytes());
    }

    fn frame(&mut self, first: u8, payload: &[u8]) {
        let is_masked = self.input.role == Role::Server;
        self.frame_with(first, payload, is_masked, shortest(payload.len()));
    }

    fn frame_with(&mut self, first: u8, payload: &[u8], is_masked: bool, encoding: u8) {
        let bytes = &mut self.input.bytes;
        bytes.push(first);
        let mask_bit = if is_masked { 0x80 } else { 0 };
        match encoding {
            126 => {
                bytes.push(mask_bit | 126);
                bytes.extend_from_slice(&(payload.len() as u16).to_be_bytes());
            }
            127 => {
                bytes.push(mask_bit | 127);
                bytes.extend_from_slice(&(payload.len() as u64).to_be_bytes());
            }
            _ => bytes.push(mask_bit | payload.len() as u8),
        }
        let key: [u8; 4] = if is_masked { self.rng.random() } else { [0; 4] };
        if is_masked {
            bytes.extend_from_slice(&key);
        }
        bytes.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
    }

    fn text(&mut self) -> Vec<u8> {
        let is_valid = self.rng.random_ratio(7, 8);
        let pieces = if is_valid { &PIECES[..VALID_PIECES] } else { &PIECES[..] };
        let mut text = Vec::new();
        for _ in 0..self.rng.random_range(0..12) {
            text.extend_from_slice(pieces.choose(&mut self.rng).copied().unwrap_or_default());
        }
        text
    }

    fn data(&mut self) -> Vec<u8> {
        let len = match self.rng.random_range(0..64) {
            0 => 65_535,
            1 => 65_536,
            2..20 => LENS.choose(&mut self.rng).copied().unwrap_or_default(),
            _ => self.rng.random_range(0..64),
        };
        if len > 1000 && !self.rng.random_ratio(1, 16) {
            return vec![b'x'; 20];
        }
        let mask = if self.rng.random() { 0x03 } else { 0xFF };
        (0..len).map(|_| self.rng.random::<u8>() & mask).collect()
    }

    /// Changes, drops, adds or cuts off bytes.
    fn spoil(&mut self) {
        let bytes = &mut self.input.bytes;
        if bytes.is_empty() {
            return;
        }
        let at = self.rng.random_range(0..bytes.len());
        match self.rng.random_range(0..4) {
            0 => flip(bytes, &mut self.rng),
            1 => bytes.truncate(at),
            2 => {
                bytes.remove(at);
            }
            _ => bytes.insert(at, self.rng.random()),
        }
    }
}

fn shortest(len: usize) -> u8 {
    match len {
        0..=125 => len as u8,
        126..=0xFFFF => 126,
        _ => 127,
    }
}

fn flip(bytes: &mut [u8], rng: &mut ChaCha8Rng) {
    if !bytes.is_empty() {
        let at = rng.random_range(0..bytes.len());
        bytes[at] ^= 1 << rng.random_range(0..8);
    }
}
