use core::fmt;

/// What a case demands of the way in which the target sends, whatever it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Demand {
    /// A client masks each frame, a server none (RFC 6455 5.1).
    Masking,
    /// No two frames with payload have the same masking key (RFC 6455 5.3).
    FreshKeys,
    /// Lengths are in as few bytes as possible (RFC 6455 5.2).
    MinimalLengths,
    /// No reserved bit is set that no extension defines (RFC 6455 5.2).
    NoReservedBits,
    /// No reserved opcode is sent (RFC 6455 5.2).
    KnownOpcodes,
    /// Fragments follow each other, and begin with an opcode (RFC 6455 5.4).
    FragmentsInOrder,
    /// Control frames are whole, of at most 125 bytes (RFC 6455 5.5).
    SmallControls,
    /// Texts are UTF-8 (RFC 6455 5.6).
    ValidText,
    /// Close frames have no payload, or a valid code and a reason in UTF-8 (RFC 6455 5.5.1, 7.4).
    ValidClose,
    /// Nothing comes after a Close frame (RFC 6455 5.5.1).
    NothingAfterClose,
    /// No Pong with this payload is sent.
    NoPong(&'static str),
    /// Masking keys do not follow from those before, as those of a counter do (RFC 6455 5.3).
    UnpredictableKeys,
    /// A message that is not compressed stays so without the extension, and RSV1 is on the first
    /// fragment alone with it (RFC 7692 6).
    CompressionBits,
    /// The response has this header with this value; a server's token is compared without case.
    /// `{accept}` is the value for the key that was sent.
    Header(&'static str, &'static str),
    /// The head has no header with this name.
    NoHeader(&'static str),
    /// The head has exactly one header with this name.
    OneHeader(&'static str),
    /// The first line of the head begins with this, without case.
    FirstLine(&'static str),
    /// The key of a client is 16 bytes in base64 (RFC 6455 4.1).
    KeyOf16Bytes,
    /// The target of the request is a path without a fragment (RFC 6455 3).
    NoFragment,
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Masking => {
                f.write_str("frames of a client are masked, those of a server are not")
            }
            Self::FreshKeys => f.write_str("each frame has a masking key of its own"),
            Self::MinimalLengths => f.write_str("lengths are in as few bytes as possible"),
            Self::NoReservedBits => f.write_str("no reserved bit is set"),
            Self::KnownOpcodes => f.write_str("no reserved opcode is sent"),
            Self::FragmentsInOrder => f.write_str("the fragments of a message follow each other"),
            Self::SmallControls => f.write_str("control frames are whole, of at most 125 bytes"),
            Self::ValidText => f.write_str("texts are valid UTF-8"),
            Self::ValidClose => {
                f.write_str("Close frames have a valid code and reason, or neither")
            }
            Self::NothingAfterClose => f.write_str("nothing is sent after the Close frame"),
            Self::NoPong(payload) => write!(f, "no Pong {payload:?} is sent"),
            Self::UnpredictableKeys => {
                f.write_str("a masking key does not follow from those before")
            }
            Self::CompressionBits => f.write_str("RSV1 is set on first fragments alone"),
            Self::Header(name, value) => write!(f, "the header {name} has the value {value}"),
            Self::NoHeader(name) => write!(f, "there is no header {name}"),
            Self::OneHeader(name) => write!(f, "there is one header {name}"),
            Self::FirstLine(start) => write!(f, "the first line begins with {start}"),
            Self::KeyOf16Bytes => f.write_str("the key is 16 bytes in base64"),
            Self::NoFragment => f.write_str("the target of the request has no fragment"),
        }
    }
}
