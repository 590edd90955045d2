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

/// How much is read at once. At most as much decides about the notation.
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
    /// Reads what decides about the notation, if it is not given.
    pub(super) fn new(mut source: Source, notation: Notation) -> Result<Self, Failure> {
        let mut chunk = vec![0; CHUNK];
        let (notation, first) = match notation {
            Notation::Auto => {
                let len = read_decisive(&mut chunk, |rest| source.read(rest))?;
                let first = chunk.get(..len).unwrap_or_default();
                (detect(first), first.to_vec())
            }
            notation => (notation, Vec::new()),
        };
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

/// Reads until the bytes decide about the notation, the buffer is full, or there are no more. Returns how
/// many there are. A pipe may give less than a line at once.
fn read_decisive(
    buffer: &mut [u8],
    mut read: impl FnMut(&mut [u8]) -> Result<usize, Failure>,
) -> Result<usize, Failure> {
    let mut len = 0;
    while let Some((before, rest)) = buffer.split_at_mut_checked(len)
        && !rest.is_empty()
        && !decides(before)
    {
        match read(rest)? {
            0 => break,
            count => len = len.saturating_add(count),
        }
    }
    Ok(len)
}

/// Returns whether the first bytes decide about the notation: they are no text, or they have a whole line
/// with more than a comment.
fn decides(first: &[u8]) -> bool {
    let mut lines = first.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    // It may go on.
    let _ = lines.next_back();
    !first.iter().all(is_text) || lines.any(|line| !line.is_empty() && !line.starts_with(b"#"))
}

/// Returns whether a byte is one of ASCII text.
fn is_text(byte: &u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n')
}

/// Tells the notation by the first bytes. Frames seldom look like text, and heads do not look like
/// digits.
fn detect(first: &[u8]) -> Notation {
    if first.is_empty() || !first.iter().all(is_text) {
        return Notation::Raw;
    }
    if HexDecoder::fits(first) {
        return Notation::Hex;
    }
    let is_base64 = |byte: &u8| byte.is_ascii_whitespace() || Base64Decoder::knows(*byte);
    if first.iter().all(is_base64) { Notation::Base64 } else { Notation::Raw }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tells the notation of what a pipe gives in these pieces, and how many it has given for that.
    fn detected(pieces: &[&[u8]]) -> (Notation, usize) {
        let (mut buffer, mut given) = (vec![0; 64], 0);
        let len = read_decisive(&mut buffer, |rest| {
            let piece = pieces.get(given).copied().unwrap_or_default();
            given += usize::from(given < pieces.len());
            rest[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        });
        (detect(&buffer[..len.unwrap()]), given)
    }

    #[test]
    fn more_is_read_until_the_notation_is_known() {
        let hex: [&[u8]; 5] = [b"# a text\n", b"\n 8", b"1 0", b"1 61 # a\n", b"81 00\n"];
        assert_eq!(detected(&hex), (Notation::Hex, 4));
        assert_eq!(detected(&[b"8", b"101", b"61"]), (Notation::Hex, 3));
        assert_eq!(detected(&[b"gQ", b"Fh\n", b"gQFh\n"]), (Notation::Base64, 2));
        assert_eq!(detected(&[b"GET ", b"/ HTTP/1.1\r\n", b"\r\n"]), (Notation::Raw, 2));
        assert_eq!(detected(&[b"\x81", b"\x01a"]), (Notation::Raw, 1));
        // What is full decides.
        assert_eq!(detected(&[&[b'#'; 60], b"#\n\n\n", b"81"]), (Notation::Raw, 2));
        assert_eq!(detected(&[]), (Notation::Raw, 0));
    }
}
