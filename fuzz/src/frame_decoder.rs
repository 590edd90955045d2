use std::iter;

use sansocket::Parsed;
use sansocket::frame::{Decoder, FrameError, FrameHeader, Masker, Piece};

use crate::input::Input;

/// Any bytes in any chunks: the same frames as in one chunk, and each header encodes to the bytes
/// that it was parsed from.
///
/// Input: [cuts](Input::cuts), bytes.
pub fn frame_decoder(data: &[u8]) {
    let mut input = Input::new(data);
    let cuts = input.cuts();
    let bytes = input.rest();

    check_needed(bytes);
    let whole = decode(iter::once(bytes));
    assert_eq!(decode(cuts.pieces(bytes)), whole);

    let encoded = whole.encode();
    let undecoded = bytes.strip_prefix(&*encoded).expect("the bytes that were decoded");
    // What is not decoded is a header that is not whole yet, or cannot be one.
    let is_inside_header = whole.error.is_some() || whole.is_inside_header();
    assert_eq!(!undecoded.is_empty(), is_inside_header);
    assert!(whole.error.is_some() || undecoded.len() < FrameHeader::MAX_LEN);
}

/// No header is complete before what was said to be missing has come. It may be refused before.
fn check_needed(bytes: &[u8]) {
    let mut least = 0;
    for len in 0..=bytes.len().min(FrameHeader::MAX_LEN) {
        match FrameHeader::parse(&bytes[..len]) {
            Ok(Parsed::Partial { needed }) => {
                assert_ne!(needed, 0);
                least = least.max(len + needed);
            }
            Ok(Parsed::Complete { consumed, .. }) => {
                assert_eq!((consumed, least), (len, len));
                return;
            }
            Err(error) => {
                assert_eq!(FrameHeader::parse(bytes), Err(error));
                return;
            }
        }
    }
}

/// Frames, and how the stream of them ended.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Decoded {
    pub(crate) frames: Vec<Frame>,
    pub(crate) error: Option<FrameError>,
    pub(crate) is_between_frames: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) header: FrameHeader,
    /// As much of it as came, unmasked.
    payload: Vec<u8>,
    is_whole: bool,
}

pub(crate) fn decode<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> Decoded {
    let mut decoder = Decoder::new();
    let mut decoded = Decoded::default();
    for chunk in chunks {
        let mut chunk = chunk.to_vec();
        let mut input = &mut chunk[..];
        loop {
            match decoder.decode(&mut input) {
                Ok(Some(piece)) => decoded.take(piece),
                Ok(None) => break,
                Err(error) => {
                    decoded.error = Some(error);
                    return decoded;
                }
            }
        }
        assert!(input.is_empty(), "no piece, but {} bytes are left", input.len());
    }
    if let Some(Frame { header, payload, is_whole }) = decoded.frames.last() {
        let missing = header.payload_len - u64::try_from(payload.len()).unwrap();
        assert_eq!(decoder.payload_remaining(), (!is_whole).then_some(missing));
    }
    decoded.is_between_frames = decoder.is_between_frames();
    decoded
}

impl Decoded {
    fn is_inside_header(&self) -> bool {
        !self.is_between_frames && self.frames.last().is_none_or(|frame| frame.is_whole)
    }

    fn take(&mut self, piece: Piece<'_>) {
        match piece {
            Piece::Header(header) => {
                assert!(self.frames.last().is_none_or(|frame| frame.is_whole));
                self.frames.push(Frame { header, payload: Vec::new(), is_whole: false });
            }
            Piece::Payload { bytes, is_last } => {
                let frame = self.frames.last_mut().expect("a header comes first");
                assert!(!frame.is_whole, "a payload has one last piece");
                frame.payload.extend_from_slice(bytes);
                frame.is_whole = is_last;
            }
        }
    }

    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for Frame { header, payload, .. } in &self.frames {
            bytes.extend_from_slice(&header.encode());
            let start = bytes.len();
            bytes.extend_from_slice(payload);
            if let Some(key) = header.mask {
                Masker::new(key).apply(&mut bytes[start..]);
            }
        }
        bytes
    }
}
