use alloc::{borrow::Cow, string::String};
use core::fmt::{self, Write as _};

use thiserror::Error;

use super::Config;
use crate::role::Role;

/// The name of the extension (RFC 7692 7).
pub(crate) const NAME: &str = "permessage-deflate";

const SERVER_NO_CONTEXT_TAKEOVER: &str = "server_no_context_takeover";
const CLIENT_NO_CONTEXT_TAKEOVER: &str = "client_no_context_takeover";
const SERVER_MAX_WINDOW_BITS: &str = "server_max_window_bits";
const CLIENT_MAX_WINDOW_BITS: &str = "client_max_window_bits";

/// The largest window, which is also the default.
pub(super) const MAX_WINDOW_BITS: u8 = 15;

/// The negotiated parameters (RFC 7692 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Params {
    /// Whether the server compresses each message independently.
    pub server_no_context_takeover: bool,
    /// Whether the client compresses each message independently.
    pub client_no_context_takeover: bool,
    /// The window of the server's messages, as a power of two from 8 to 15.
    pub server_max_window_bits: u8,
    /// The window of the client's messages, as a power of two from 8 to 15.
    pub client_max_window_bits: u8,
}

/// The parameters of an offer or of an answer. Each is valid on its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_max_window_bits: Option<u8>,
    client_max_window_bits: Option<Bits>,
}

/// `client_max_window_bits` in an offer, with or without a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bits {
    Any,
    AtMost(u8),
}

/// Parameters that RFC 7692 7.1 does not allow, or an answer that does not match the offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidParams {
    /// RFC 7692 7.1 does not define the parameter.
    #[error("unknown parameter of permessage-deflate")]
    Unknown,
    /// The parameter occurs more than once.
    #[error("parameter {0} occurs more than once")]
    Duplicate(&'static str),
    /// The value is missing, out of range, or not allowed.
    #[error("parameter {0} has an invalid value")]
    Value(&'static str),
    /// The answer grants less than requested, or something that was not offered.
    #[error("parameter {0} in the answer does not match the offer")]
    Unfitting(&'static str),
}

impl Params {
    /// Returns the window of one end, and whether it compresses each message independently.
    pub(crate) const fn of_sender(&self, role: Role) -> (u8, bool) {
        match role {
            Role::Server => (self.server_max_window_bits, self.server_no_context_takeover),
            Role::Client => (self.client_max_window_bits, self.client_no_context_takeover),
        }
    }
}

impl Offer {
    /// Parses the parameters of one `permessage-deflate` element.
    ///
    /// # Errors
    ///
    /// A parameter is unknown, duplicate, or has an invalid value. A server then declines the
    /// offer, and a client fails the connection (RFC 7692 5.1).
    ///
    /// ```
    /// use sansocket::deflate::{InvalidParams, Offer};
    ///
    /// Offer::parse([("client_max_window_bits", None)])?;
    /// let error = Offer::parse([("server_max_window_bits", Some("010".into()))]);
    /// assert_eq!(error, Err(InvalidParams::Value("server_max_window_bits")));
    /// # Ok::<(), InvalidParams>(())
    /// ```
    pub fn parse<'a>(
        params: impl IntoIterator<Item = (&'a str, Option<Cow<'a, str>>)>,
    ) -> Result<Self, InvalidParams> {
        let mut offer = Self::default();
        for (name, value) in params {
            let value = value.as_deref();
            match name {
                SERVER_NO_CONTEXT_TAKEOVER => set_flag(
                    &mut offer.server_no_context_takeover,
                    SERVER_NO_CONTEXT_TAKEOVER,
                    value,
                )?,
                CLIENT_NO_CONTEXT_TAKEOVER => set_flag(
                    &mut offer.client_no_context_takeover,
                    CLIENT_NO_CONTEXT_TAKEOVER,
                    value,
                )?,
                SERVER_MAX_WINDOW_BITS => {
                    let bits = value
                        .and_then(parse_bits)
                        .ok_or(InvalidParams::Value(SERVER_MAX_WINDOW_BITS))?;
                    if offer.server_max_window_bits.replace(bits).is_some() {
                        return Err(InvalidParams::Duplicate(SERVER_MAX_WINDOW_BITS));
                    }
                }
                CLIENT_MAX_WINDOW_BITS => {
                    let bits = match value {
                        None => Bits::Any,
                        Some(value) => parse_bits(value)
                            .map(Bits::AtMost)
                            .ok_or(InvalidParams::Value(CLIENT_MAX_WINDOW_BITS))?,
                    };
                    if offer.client_max_window_bits.replace(bits).is_some() {
                        return Err(InvalidParams::Duplicate(CLIENT_MAX_WINDOW_BITS));
                    }
                }
                _ => return Err(InvalidParams::Unknown),
            }
        }
        Ok(offer)
    }

    /// Creates the offer of a client.
    #[must_use]
    pub const fn new(config: &Config) -> Self {
        let (server_bits, client_bits) =
            (config.server_max_window_bits, config.client_max_window_bits);
        Self {
            server_no_context_takeover: config.server_no_context_takeover,
            client_no_context_takeover: config.client_no_context_takeover,
            server_max_window_bits: if server_bits < MAX_WINDOW_BITS {
                Some(server_bits)
            } else {
                None
            },
            // RFC 7692 7.1.2.2: without this, the server could not ask for a smaller window.
            client_max_window_bits: if client_bits < MAX_WINDOW_BITS {
                Some(Bits::AtMost(client_bits))
            } else {
                Some(Bits::Any)
            },
        }
    }

    /// Formats the element of `Sec-WebSocket-Extensions`.
    pub(crate) fn to_header(self) -> String {
        let mut header = String::new();
        // Writing to a string cannot fail.
        let _ = write!(header, "{self}");
        header
    }

    /// Returns the answer of a server to this offer, and the parameters negotiated by it.
    #[must_use]
    pub fn answer(&self, config: &Config) -> (Self, Params) {
        // RFC 7692 7.1.1.1 and 7.1.1.2: the server does what is requested of it. It may add both
        // parameters without a request.
        let server_no_context_takeover =
            self.server_no_context_takeover || config.server_no_context_takeover;
        let client_no_context_takeover =
            self.client_no_context_takeover || config.client_no_context_takeover;
        // RFC 7692 7.1.2.1: the requested window, or a smaller one.
        let asked = self.server_max_window_bits.unwrap_or(MAX_WINDOW_BITS);
        let server_max_window_bits = asked.min(config.server_max_window_bits);
        // RFC 7692 7.1.2.2: only for a client that offered this.
        let client_max_window_bits = match self.client_max_window_bits {
            None => MAX_WINDOW_BITS,
            Some(Bits::Any) => config.client_max_window_bits,
            Some(Bits::AtMost(bits)) => bits.min(config.client_max_window_bits),
        };
        let answer = Self {
            server_no_context_takeover,
            client_no_context_takeover,
            server_max_window_bits: (self.server_max_window_bits.is_some()
                || server_max_window_bits < MAX_WINDOW_BITS)
                .then_some(server_max_window_bits),
            client_max_window_bits: (client_max_window_bits < MAX_WINDOW_BITS)
                .then_some(Bits::AtMost(client_max_window_bits)),
        };
        let params = Params {
            server_no_context_takeover,
            client_no_context_takeover,
            server_max_window_bits,
            client_max_window_bits,
        };
        (answer, params)
    }

    /// Returns the parameters that a server's answer to this offer negotiates, for the client.
    ///
    /// # Errors
    ///
    /// The answer grants less than requested, or has a parameter that was not offered.
    pub fn accept(&self, answer: &Self) -> Result<Params, InvalidParams> {
        if self.server_no_context_takeover && !answer.server_no_context_takeover {
            return Err(InvalidParams::Unfitting(SERVER_NO_CONTEXT_TAKEOVER));
        }
        // RFC 7692 7.1.2.1: the server grants the requested window, or a smaller one.
        let server_max_window_bits =
            match (self.server_max_window_bits, answer.server_max_window_bits) {
                (Some(asked), Some(granted)) if granted <= asked => granted,
                (None, granted) => granted.unwrap_or(MAX_WINDOW_BITS),
                (Some(_), _) => return Err(InvalidParams::Unfitting(SERVER_MAX_WINDOW_BITS)),
            };
        // RFC 7692 7.1.2.2: in an answer it has a value, and only if it was offered. The server may ignore
        // the hint, which the client keeps.
        let client_max_window_bits =
            match (self.client_max_window_bits, answer.client_max_window_bits) {
                (None | Some(Bits::Any), None) => MAX_WINDOW_BITS,
                (Some(Bits::AtMost(bits)), None) => bits,
                (Some(Bits::Any), Some(Bits::AtMost(granted))) => granted,
                (Some(Bits::AtMost(bits)), Some(Bits::AtMost(granted))) => granted.min(bits),
                _ => return Err(InvalidParams::Unfitting(CLIENT_MAX_WINDOW_BITS)),
            };
        Ok(Params {
            server_no_context_takeover: answer.server_no_context_takeover,
            client_no_context_takeover: self.client_no_context_takeover
                || answer.client_no_context_takeover,
            server_max_window_bits,
            client_max_window_bits,
        })
    }
}

/// The element of `Sec-WebSocket-Extensions`.
impl fmt::Display for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAME)?;
        for (name, is_set) in [
            (SERVER_NO_CONTEXT_TAKEOVER, self.server_no_context_takeover),
            (CLIENT_NO_CONTEXT_TAKEOVER, self.client_no_context_takeover),
        ] {
            if is_set {
                write!(f, "; {name}")?;
            }
        }
        if let Some(bits) = self.server_max_window_bits {
            write!(f, "; {SERVER_MAX_WINDOW_BITS}={bits}")?;
        }
        match self.client_max_window_bits {
            None => Ok(()),
            Some(Bits::Any) => write!(f, "; {CLIENT_MAX_WINDOW_BITS}"),
            Some(Bits::AtMost(bits)) => write!(f, "; {CLIENT_MAX_WINDOW_BITS}={bits}"),
        }
    }
}

fn set_flag(flag: &mut bool, name: &'static str, value: Option<&str>) -> Result<(), InvalidParams> {
    if value.is_some() {
        return Err(InvalidParams::Value(name));
    }
    if core::mem::replace(flag, true) {
        return Err(InvalidParams::Duplicate(name));
    }
    Ok(())
}

/// Parses a window. RFC 7692 7.1.2: a decimal integer from 8 to 15, without leading zeros.
fn parse_bits(value: &str) -> Option<u8> {
    match value {
        "8" => Some(8),
        "9" => Some(9),
        "10" => Some(10),
        "11" => Some(11),
        "12" => Some(12),
        "13" => Some(13),
        "14" => Some(14),
        "15" => Some(15),
        _ => None,
    }
}
