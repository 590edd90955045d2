use alloc::vec::Vec;

use super::{ProxyError, destination::Destination};
use crate::{
    handshake::{Credentials, HandshakeError, HeadLimits, client::ResponseScanner, head},
    parsed::Parsed,
};

/// Asks an HTTP proxy for a tunnel (RFC 9110 9.3.6).
#[derive(Clone, Debug)]
pub(super) struct Connect {
    is_sent: bool,
    scanner: ResponseScanner,
}

impl Connect {
    pub(super) fn new(limits: &HeadLimits) -> Self {
        Self { is_sent: false, scanner: ResponseScanner::new(limits) }
    }

    pub(super) fn advance(
        &mut self,
        destination: &Destination,
        credentials: Option<&Credentials>,
        input: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Parsed<()>, HandshakeError> {
        if !self.is_sent {
            send(destination, credentials, out)?;
            self.is_sent = true;
        }
        let is_success = |status| (200..=299).contains(&status);
        match self.scanner.scan(input, is_success).map_err(ProxyError::from)? {
            // RFC 9110 9.3.6: behind the head there is no body, whatever the headers say.
            Parsed::Complete { value: Ok(_), consumed } => {
                Ok(Parsed::Complete { value: (), consumed })
            }
            Parsed::Complete { value: Err(refusal), .. } => {
                Err(ProxyError::UnexpectedResponse(refusal).into())
            }
            Parsed::Partial { needed } => Ok(Parsed::Partial { needed }),
        }
    }

    pub(super) fn advance_eof(&self, input: &[u8]) -> ProxyError {
        match self.scanner.scan_eof(input) {
            Ok(refusal) => ProxyError::UnexpectedResponse(refusal),
            Err(error) => error.into(),
        }
    }
}

fn send(
    destination: &Destination,
    credentials: Option<&Credentials>,
    out: &mut Vec<u8>,
) -> Result<(), HandshakeError> {
    let authority = destination.authority()?;
    let authorization = credentials.map(Credentials::basic).transpose()?;
    // RFC 9112 3.2: `Host` is the same as the target.
    let headers = [("Host", authority.as_str())]
        .into_iter()
        .chain(authorization.as_deref().map(|value| ("Proxy-Authorization", value)));
    head::write(&["CONNECT ", &authority, " HTTP/1.1"], headers, out);
    Ok(())
}
