use clap::ValueEnum;

use super::{
    base64_decoder::Base64Decoder,
    decoder::{Decoder, Mistake},
    hex_decoder::HexDecoder,
};
use crate::{Failure, source::Source};

/// How bytes are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Notation {
    /// The first bytes decide
    Auto,
    /// Hexadecimal digits
    Hex,
    /// Base64, with either alphabet
    Base64,
    /// The bytes themselves
    Raw,
}

/// How much is read at once, and decides about the notation.
const CHUNK: usize = 64 << 10;

/// The bytes that are explained, taken out of their notation chunk by chunk.
pub(super) struct Input {
    source: Source,
    decoder: Decoder,
    /// What was read to decide about the notation.
    first: Option<Vec<u8>>,
    chunk: Vec<u8>,
}

impl Input {
    /// Reads the first chunk.
    pub(super) fn new(mut source: Source, notation: Notation) -> Result<Self, Failure> {
        let mut chunk = vec![0; CHUNK];
        let len = source.read(&mut chunk)?;
        let first = chunk.get(..len).unwrap_or_default().to_vec();
        let notation = if notation == Notation::Auto { detect(&first) } else { notation };
        let decoder = match notation {
            Notation::Hex => Decoder::Hex(HexDecoder::new()),
            Notation::Base64 => Decoder::Base64(Base64Decoder::new()),
            Notation::Raw | Notation::Auto => Decoder::Raw,
        };
        Ok(Self { source, decoder, first: Some(first), chunk })
    }

    /// Appends the next bytes to `bytes`. Returns `false` at the end.
    pub(super) fn read(&mut self, bytes: &mut Vec<u8>) -> Result<bool, Failure> {
        let result = if let Some(first) = self.first.take() {
            self.decoder.decode(&first, bytes).map(|()| true)
        } else {
            let len = self.source.read(&mut self.chunk)?;
            match self.chunk.get(..len) {
                Some([]) | None => self.decoder.end(bytes).map(|()| false),
                Some(chunk) => self.decoder.decode(chunk, bytes).map(|()| true),
            }
        };
        result.map_err(|Mistake { place, problem }| self.source.failure(place, problem))
    }
}

/// Tells the notation by the first bytes. Frames seldom look like text, and heads do not look like
/// digits.
fn detect(first: &[u8]) -> Notation {
    let is_text = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n');
    if first.is_empty() || !first.iter().all(is_text) {
        return Notation::Raw;
    }
    if HexDecoder::fits(first) {
        return Notation::Hex;
    }
    let is_base64 = |byte: &u8| byte.is_ascii_whitespace() || Base64Decoder::knows(*byte);
    if first.iter().all(is_base64) { Notation::Base64 } else { Notation::Raw }
}
