use alloc::vec::Vec;

use super::{
    ProxyError,
    destination::{ADDRESS_NAME, ADDRESS_V4, ADDRESS_V6, Destination},
};
use crate::{
    handshake::{Credentials, HandshakeError},
    parsed::Parsed,
};

/// Asks a SOCKS5 proxy for a tunnel (RFC 1928).
#[derive(Clone, Debug)]
pub(super) struct Socks5 {
    next: Socks5Step,
    /// How long the answers before the next one were.
    position: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Socks5Step {
    SendGreeting,
    ReadMethod,
    ReadStatus,
    ReadReply,
}

impl Socks5 {
    pub(super) const fn new() -> Self {
        Self { next: Socks5Step::SendGreeting, position: 0 }
    }

    pub(super) fn advance(
        &mut self,
        destination: &Destination,
        credentials: Option<&Credentials>,
        input: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Parsed<()>, HandshakeError> {
        loop {
            let answer = input.get(self.position..).unwrap_or_default();
            let (answer_len, next) = match self.next {
                Socks5Step::SendGreeting => {
                    // Nothing is sent unless all can be.
                    destination.socks5()?;
                    credentials.map(Credentials::socks5).transpose()?;
                    // RFC 1928 3: the version, how many methods, and these.
                    out.extend_from_slice(match credentials {
                        None => &[VERSION, 1, NO_AUTHENTICATION],
                        Some(_) => &[VERSION, 2, NO_AUTHENTICATION, USER_NAME_AND_PASSWORD],
                    });
                    (0, Socks5Step::ReadMethod)
                }
                Socks5Step::ReadMethod => {
                    let Some(method) = read_second(answer, VERSION)? else {
                        return Ok(partial(answer, 2));
                    };
                    match (method, credentials) {
                        (NO_AUTHENTICATION, _) => {
                            send_request(destination, out)?;
                            (2, Socks5Step::ReadReply)
                        }
                        (USER_NAME_AND_PASSWORD, Some(credentials)) => {
                            out.extend_from_slice(&credentials.socks5()?);
                            (2, Socks5Step::ReadStatus)
                        }
                        (NO_ACCEPTABLE_METHOD, _) => {
                            return Err(ProxyError::NoAcceptableMethod.into());
                        }
                        _ => return Err(ProxyError::UnofferedMethod(method).into()),
                    }
                }
                Socks5Step::ReadStatus => {
                    // RFC 1929 2: any status but 0 is a failure.
                    match read_second(answer, Credentials::SOCKS5_VERSION)? {
                        None => return Ok(partial(answer, 2)),
                        Some(0) => send_request(destination, out)?,
                        Some(status) => return Err(ProxyError::CredentialsRefused(status).into()),
                    }
                    (2, Socks5Step::ReadReply)
                }
                Socks5Step::ReadReply => {
                    let len = reply_len(answer)?;
                    if answer.len() < len {
                        return Ok(partial(answer, len));
                    }
                    let consumed = self.position.saturating_add(len);
                    return Ok(Parsed::Complete { value: (), consumed });
                }
            };
            self.position = self.position.saturating_add(answer_len);
            self.next = next;
        }
    }
}

const VERSION: u8 = 5;

// RFC 1928 3: methods of authentication.
const NO_AUTHENTICATION: u8 = 0;
const USER_NAME_AND_PASSWORD: u8 = 2;
const NO_ACCEPTABLE_METHOD: u8 = 0xFF;

const fn partial(answer: &[u8], len: usize) -> Parsed<()> {
    Parsed::Partial { needed: len.saturating_sub(answer.len()) }
}

/// The byte behind the version, once both have come.
fn read_second(answer: &[u8], version: u8) -> Result<Option<u8>, ProxyError> {
    match answer.first() {
        Some(&first) if first != version => Err(ProxyError::Version(first)),
        _ => Ok(answer.get(1).copied()),
    }
}

/// Appends the request to connect (RFC 1928 4).
fn send_request(destination: &Destination, out: &mut Vec<u8>) -> Result<(), HandshakeError> {
    const CONNECT: u8 = 1;
    const RESERVED: u8 = 0;
    let destination = destination.socks5()?;
    out.extend_from_slice(&[VERSION, CONNECT, RESERVED]);
    out.extend_from_slice(&destination);
    Ok(())
}

/// How long the reply is at least, by what has come of it (RFC 1928 6).
fn reply_len(answer: &[u8]) -> Result<usize, ProxyError> {
    // Version, reply, a reserved byte and the type of the address; then that, and a port.
    const FIXED_LEN: usize = 6;
    // A refusal is believed before it is complete: some proxies stop there.
    match read_second(answer, VERSION)? {
        None | Some(0) => {}
        Some(reply) => return Err(ProxyError::Reply(reply)),
    }
    let address_len = match answer.get(3) {
        Some(&ADDRESS_V4) => 4,
        Some(&ADDRESS_V6) => 16,
        Some(&ADDRESS_NAME) => answer.get(4).map_or(1, |&len| usize::from(len).saturating_add(1)),
        // An empty name is the shortest.
        None => 1,
        Some(&other) => return Err(ProxyError::AddressType(other)),
    };
    Ok(FIXED_LEN.saturating_add(address_len))
}
