use super::{base64_decoder::Base64Decoder, hex_decoder::HexDecoder};

/// Where and why text is not in its notation.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) place: String,
    pub(super) problem: String,
}

/// Takes bytes out of a notation.
#[derive(Debug)]
pub(super) enum Decoder {
    Raw,
    Hex(HexDecoder),
    Base64(Base64Decoder),
}

impl Decoder {
    pub(super) fn decode(&mut self, text: &[u8], bytes: &mut Vec<u8>) -> Result<(), Mistake> {
        match self {
            Self::Raw => {
                bytes.extend_from_slice(text);
                Ok(())
            }
            Self::Hex(decoder) => decoder.decode(text, bytes),
            Self::Base64(decoder) => decoder.decode(text, bytes),
        }
    }

    pub(super) fn end(&mut self, bytes: &mut Vec<u8>) -> Result<(), Mistake> {
        match self {
            Self::Raw => Ok(()),
            Self::Hex(decoder) => decoder.end(bytes),
            Self::Base64(decoder) => decoder.end(bytes),
        }
    }
}
