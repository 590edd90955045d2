use base64::{Engine as _, engine::general_purpose::STANDARD};
#[cfg(feature = "deflate")]
use sansocket::deflate::{Config, InvalidParams, Offer, Params};
use sansocket::handshake::{
    Extensions, HeadLimits,
    client::{AwaitingResponse, Request},
    server,
};

#[cfg(feature = "deflate")]
use crate::negotiated::DEFLATE;

/// What a request offers, which its response must fit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Offered {
    key: Option<String>,
    /// The values of `Sec-WebSocket-Protocol`.
    subprotocols: Vec<Vec<u8>>,
    /// The values of `Sec-WebSocket-Extensions`.
    extensions: Vec<Vec<u8>>,
    #[cfg(feature = "deflate")]
    has_deflate: bool,
}

impl Offered {
    /// Records a header of the request.
    pub(super) fn note(&mut self, name: &[u8], value: &[u8]) {
        if name.eq_ignore_ascii_case(b"Sec-WebSocket-Key") {
            self.key = str::from_utf8(value).ok().map(Into::into);
        } else if name.eq_ignore_ascii_case(b"Sec-WebSocket-Protocol") {
            self.subprotocols.push(value.into());
        } else if name.eq_ignore_ascii_case(b"Sec-WebSocket-Extensions") {
            #[cfg(feature = "deflate")]
            {
                let mut offers = Extensions::new(value).flatten();
                self.has_deflate |= offers.any(|offer| offer.name() == DEFLATE);
            }
            self.extensions.push(value.into());
        }
    }

    /// Returns the 16 bytes that the key encodes.
    pub(super) fn nonce(&self) -> Option<[u8; 16]> {
        STANDARD.decode(self.key.as_ref()?).ok()?.try_into().ok()
    }

    pub(super) fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// Returns the `Sec-WebSocket-Accept` that fits the key.
    pub(super) fn accept(&self) -> Option<String> {
        let headers: [(&str, &[u8]); 5] = [
            ("Host", b"localhost"),
            ("Upgrade", b"websocket"),
            ("Connection", b"Upgrade"),
            ("Sec-WebSocket-Version", b"13"),
            ("Sec-WebSocket-Key", self.key.as_ref()?.as_bytes()),
        ];
        let response = server::Request::from_parts("/", headers.into_iter()).ok()?.accept();
        let mut headers = response.headers().ok()?;
        let (_, value) = headers.find(|(name, _)| *name == "Sec-WebSocket-Accept")?;
        Some(value.into())
    }

    /// Returns the engine's client that has sent such a request, to judge a response that names
    /// `subprotocol`. Host and target make no difference to it, nor do the other subprotocols: with all
    /// of them the work would grow with their number, for each interim response anew.
    pub(super) fn client(
        &self,
        limits: &HeadLimits,
        subprotocol: Option<&[u8]>,
    ) -> Option<AwaitingResponse> {
        let mut request = Request::new("localhost", "/").limits(limits.clone());
        let name = subprotocol.filter(|name| self.offers_subprotocol(name));
        if let Some(name) = name.and_then(|name| str::from_utf8(name).ok()) {
            // A name that is no token was a fault of the request, and cannot be accepted.
            let with_it = request.clone().subprotocol(name);
            if with_it.send([0; 16], &mut Vec::new()).is_ok() {
                request = with_it;
            }
        }
        #[cfg(feature = "deflate")]
        if self.has_deflate {
            // What is offered by default fits every answer. Which offer it fits is judged apart.
            request = request.deflate(&Config::default());
        }
        // Without the key, no accept value can be judged.
        request.send(self.nonce().unwrap_or_default(), &mut Vec::new()).ok()
    }

    fn offers_subprotocol(&self, name: &[u8]) -> bool {
        let mut names =
            self.subprotocols.iter().flat_map(|value| value.split(|&byte| byte == b','));
        names.any(|own| own.trim_ascii() == name)
    }

    /// Returns whether the request offers an extension.
    pub(super) fn offers(&self, name: &str) -> bool {
        let mut offers = self.extensions.iter().flat_map(|value| Extensions::new(value)).flatten();
        offers.any(|offer| offer.name() == name)
    }

    /// Returns what an answer agrees on, if it fits one of the offers; or why it does not fit the last
    /// one.
    #[cfg(feature = "deflate")]
    pub(super) fn agree(&self, answer: &Offer) -> Result<Params, InvalidParams> {
        let offers = self.extensions.iter().flat_map(|value| Extensions::new(value)).flatten();
        let mut agreed = Err(InvalidParams::Unknown);
        for offer in offers.filter(|offer| offer.name() == DEFLATE) {
            agreed = Offer::parse(offer.params()).and_then(|offer| offer.accept(answer));
            if agreed.is_ok() {
                break;
            }
        }
        agreed
    }
}
