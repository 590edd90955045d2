use sansocket::Parsed;
use sansocket::frame::{Decoder, FrameError, FrameHeader, HeaderBytes, Masker, Piece};

#[unsafe(no_mangle)]
fn frame_parse(input: &[u8]) -> Result<Parsed<FrameHeader>, FrameError> {
    FrameHeader::parse(input)
}

#[unsafe(no_mangle)]
fn frame_encode(header: &FrameHeader) -> HeaderBytes {
    header.encode()
}

#[unsafe(no_mangle)]
fn frame_encoded(header: &HeaderBytes) -> &[u8] {
    header
}

#[unsafe(no_mangle)]
fn frame_mask(masker: &mut Masker, piece: &mut [u8]) {
    masker.apply(piece);
}

#[unsafe(no_mangle)]
fn frame_decode<'b>(
    decoder: &mut Decoder,
    input: &mut &'b mut [u8],
) -> Result<Option<Piece<'b>>, FrameError> {
    decoder.decode(input)
}
