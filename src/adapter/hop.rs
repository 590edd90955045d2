use alloc::boxed::Box;

use super::{ConnectError, ConnectStep, Error};
use crate::{
    connecting::{Endpoint, Proxy},
    handshake::HandshakeError,
};

/// The destination of a step of connecting: the server or a proxy.
#[derive(Clone, Copy)]
pub(crate) struct Hop<'h> {
    pub(crate) host: &'h str,
    pub(crate) port: u16,
    is_proxy: bool,
}

impl<'h> Hop<'h> {
    pub(crate) fn server(endpoint: &'h Endpoint) -> Self {
        Self { host: &endpoint.host, port: endpoint.port, is_proxy: false }
    }

    pub(crate) fn proxy(proxy: &'h Proxy) -> Self {
        Self { host: proxy.host(), port: proxy.port(), is_proxy: true }
    }

    /// Adds step, host and port to the error of a step. Errors that do not need them stay as they are:
    /// the server has answered, or the application erred.
    pub(crate) fn failed<E: Into<Error>>(self, step: ConnectStep) -> impl FnOnce(E) -> Error {
        move |error| match error.into() {
            Error::Handshake(error) if !needs_a_place(&error) => Error::Handshake(error),
            error @ (Error::Url(_) | Error::Redirect(_) | Error::Connect(_)) => error,
            cause => {
                let Self { host, port, is_proxy } = self;
                let error = ConnectError { step, host: host.into(), port, is_proxy, cause };
                Error::Connect(Box::new(error))
            }
        }
    }
}

fn needs_a_place(error: &HandshakeError) -> bool {
    match error {
        HandshakeError::Proxy(_) => true,
        HandshakeError::Response(error) => error.is_no_response(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;
    use core::error::Error as _;
    use std::io;

    use super::{ConnectStep, Hop};
    use crate::{
        adapter::Error,
        connecting::Endpoint,
        handshake::{HandshakeError, InvalidArgument, ResponseError, proxy::ProxyError},
        time::TimeoutKind,
    };

    const SERVER: Hop<'_> = Hop { host: "h", port: 80, is_proxy: false };
    const PROXY: Hop<'_> = Hop { host: "::1", port: 3128, is_proxy: true };

    #[test]
    fn each_error_names_its_step_and_place() {
        use ConnectStep::{Lookup, Tcp, Tls, Tunnel, Upgrade};

        let refused = || Error::Io(io::Error::other("refused"));
        let timeout = || Error::Timeout(TimeoutKind::Handshake);
        for (hop, step, failed, timed_out) in [
            (SERVER, Lookup, "looking up h: refused", "looking up h took too long"),
            (
                PROXY,
                Lookup,
                "looking up the proxy ::1: refused",
                "looking up the proxy ::1 took too long",
            ),
            (SERVER, Tcp, "connecting to h:80: refused", "connecting to h:80 took too long"),
            (
                PROXY,
                Tcp,
                "connecting to the proxy [::1]:3128: refused",
                "connecting to the proxy [::1]:3128 took too long",
            ),
            (
                PROXY,
                Tunnel,
                "tunnel through the proxy [::1]:3128: refused",
                "tunnel through the proxy [::1]:3128 took too long",
            ),
            (
                SERVER,
                Tls,
                "TLS handshake with h:80: refused",
                "TLS handshake with h:80 took too long",
            ),
            (
                SERVER,
                Upgrade,
                "WebSocket handshake with h:80: refused",
                "no answer from h:80 to the upgrade request in time",
            ),
        ] {
            let (failed_with, timed_out_with) =
                (hop.failed(step)(refused()), hop.failed(step)(timeout()));
            assert_eq!(failed_with.to_string(), failed);
            assert_eq!(timed_out_with.to_string(), timed_out);
            assert!(failed_with.source().is_none() && timed_out_with.source().is_none());
            let Error::Connect(error) = timed_out_with else { panic!() };
            assert_eq!((error.step(), error.host(), error.port()), (step, hop.host, hop.port));
            assert_eq!(error.is_proxy(), hop.is_proxy);
            assert!(matches!(error.error(), Error::Timeout(TimeoutKind::Handshake)));
        }
    }

    #[test]
    fn answers_of_the_server_need_no_place() {
        let wrapped = |error: HandshakeError| {
            matches!(SERVER.failed(ConnectStep::Upgrade)(error), Error::Connect(_))
        };
        assert!(!wrapped(ResponseError::WrongAccept.into()));
        assert!(!wrapped(InvalidArgument::Credentials.into()));
        assert!(wrapped(ResponseError::Missing.into()));
        assert!(wrapped(ResponseError::NotHttp.into()));
        assert!(wrapped(ProxyError::Reply(5).into()));
    }

    #[test]
    fn the_methods_of_an_error_look_through_its_place() {
        let at = |error: Error| SERVER.failed(ConnectStep::Upgrade)(error);
        assert!(at(io::Error::from(io::ErrorKind::ConnectionReset).into()).is_closed());
        assert!(at(Error::Timeout(TimeoutKind::Handshake)).is_retryable());
        assert!(!at(HandshakeError::from(ResponseError::NotHttp).into()).is_retryable());
        let error = io::Error::from(at(Error::Timeout(TimeoutKind::Handshake)));
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let endpoint = Endpoint::parse("ws://user:secret@h:81/?secret").unwrap();
        let error = Hop::server(&endpoint).failed(ConnectStep::Tcp)(Error::ConnectionLost);
        assert_eq!(
            error.to_string(),
            "connecting to h:81: the connection ended without a Close frame"
        );
        // A second call changes nothing.
        let again = PROXY.failed(ConnectStep::Tunnel)(error).to_string();
        assert_eq!(again, "connecting to h:81: the connection ended without a Close frame");
    }
}
