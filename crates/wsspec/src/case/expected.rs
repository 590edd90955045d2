use core::fmt;

use super::Payload;

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 6455 5.6 has two")]
pub enum Kind {
    /// UTF-8.
    Text,
    /// Any bytes.
    Binary,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Binary => "binary message",
        })
    }
}

/// Which codes a Close frame may have.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Codes {
    /// One of these.
    OneOf(Vec<u16>),
    /// None: an empty payload.
    NoCode,
    /// Any code that a Close frame may have, but these.
    ValidBut(Vec<u16>),
    /// Any code, or none.
    Any,
}

/// Whether a Close frame may have this code: RFC 6455 7.4.1 and 7.4.2, and what the registry has got since.
pub(crate) const fn is_valid_code(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

impl Codes {
    pub(crate) fn contain(&self, code: Option<u16>) -> bool {
        match self {
            Self::OneOf(codes) => code.is_some_and(|code| codes.contains(&code)),
            Self::NoCode => code.is_none(),
            Self::ValidBut(codes) => {
                code.is_some_and(|code| is_valid_code(code) && !codes.contains(&code))
            }
            Self::Any => true,
        }
    }
}

/// Something that the target does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expected {
    /// A server answers with 101; a client sends its request.
    Opened,
    /// A server answers with a status of this list. An empty list is any status but 101.
    Refused(Vec<u16>),
    /// A server answers in another protocol than HTTP/1.1.
    OtherProtocol,
    /// It sends a message.
    Message(Kind, Payload),
    /// It may send this message, or not.
    MaybeMessage(Kind, Payload),
    /// It sends a Pong with this payload, or leaves it out because a later Ping is answered.
    Pong(Payload),
    /// It sends a Close frame.
    Close(Codes),
    /// It ends the stream.
    End,
    /// It is still there: a message comes back.
    StillOpen,
    /// It sends its Close frame, or ends the stream, before the last step of the script is taken.
    Early,
    /// It does not end the stream before the last step of the script is taken.
    NotEarly,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opened => f.write_str("an opened connection"),
            Self::Refused(statuses) if statuses.is_empty() => {
                f.write_str("a status that is not 101")
            }
            Self::Refused(statuses) => {
                f.write_str("status ")?;
                list(f, statuses)
            }
            Self::OtherProtocol => f.write_str("an answer in another protocol"),
            Self::Message(kind, payload) => write!(f, "the {kind} {payload}"),
            Self::MaybeMessage(kind, payload) => write!(f, "perhaps the {kind} {payload}"),
            Self::Pong(payload) => write!(f, "a Pong {payload}"),
            Self::Close(Codes::OneOf(codes)) => {
                f.write_str("a Close frame with ")?;
                list(f, codes)
            }
            Self::Close(Codes::NoCode) => f.write_str("a Close frame without a code"),
            Self::Close(Codes::ValidBut(codes)) => {
                f.write_str("a Close frame with a valid code that is not ")?;
                list(f, codes)
            }
            Self::Close(Codes::Any) => f.write_str("a Close frame"),
            Self::End => f.write_str("the end of the stream"),
            Self::StillOpen => f.write_str("a connection that still echoes"),
            Self::Early => f.write_str("all this before the last step"),
            Self::NotEarly => f.write_str("no end of the stream before the last step"),
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, numbers: &[u16]) -> fmt::Result {
    for (at, number) in numbers.iter().enumerate() {
        let comma = if at == 0 { "" } else { " or " };
        write!(f, "{comma}{number}")?;
    }
    Ok(())
}
