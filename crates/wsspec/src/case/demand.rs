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
    /// The first line of the head ends with this.
    LastWord(&'static str),
    /// There is no header with this name, or one, with one of these values.
    HeaderAmong(&'static str, &'static [&'static str]),
    /// The headers with this name, if there are some, list tokens, none of them twice.
    DistinctTokens(&'static str),
    /// What is compressed refers no farther back than was agreed on: within the window, and within the
    /// message if there is no context takeover (RFC 7692 7.1.1, 7.1.2).
    AgreedWindow,
    /// Compressed messages come without the four bytes that a flush ends with (RFC 7692 7.2.1).
    NoTail,
    /// A server's answer about compression, if there is one, names this parameter.
    AnswerHas(&'static str),
    /// A server's answer about compression, if there is one, does not name this parameter.
    AnswerLacks(&'static str),
    /// If a server's answer about compression names this parameter, its value is at most this.
    AnswerAtMost(&'static str, u8),
    /// A server's answer about compression, if there is one, is no list, and has each parameter of
    /// RFC 7692 once at most, with a value where one belongs, and no others.
    ValidAnswer,
    /// No frame comes in one piece with the head. For clients: a server may send as soon as it has
    /// answered.
    NothingWithHead,
    /// A client offers compression, if it does, with parameters of RFC 7692, each once at most and with
    /// values that are valid.
    ValidOffers,
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
            Self::LastWord(word) => write!(f, "the first line ends with {word}"),
            Self::HeaderAmong(name, values) => {
                write!(f, "there is no header {name}, or it is {}", values.join(" or "))
            }
            Self::DistinctTokens(name) => write!(f, "{name} lists tokens, none of them twice"),
            Self::AgreedWindow => f.write_str("nothing refers farther back than was agreed on"),
            Self::NoTail => f.write_str("compressed messages do not end with 00 00 FF FF"),
            Self::AnswerHas(name) => write!(f, "the answer has {name}"),
            Self::AnswerLacks(name) => write!(f, "the answer does not have {name}"),
            Self::AnswerAtMost(name, value) => write!(f, "{name} is at most {value}"),
            Self::ValidAnswer => f.write_str("the answer about compression is valid"),
            Self::NothingWithHead => f.write_str("no frame comes together with the head"),
            Self::ValidOffers => f.write_str("the offers of compression are valid"),
        }
    }
}
