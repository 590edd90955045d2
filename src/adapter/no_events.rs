//! The replacement for `events` in builds without the feature `tracing`: the same functions, which
//! do nothing, on a zero-sized type.

#![allow(dead_code, reason = "each adapter calls a part of it")]

use core::net::SocketAddr;

use super::Error;
use crate::{
    handshake::{HandshakeError, server::Request},
    role::Role,
    session::{Accepting, Clock, Driven, Failure, Outlet, Step, Writing},
};

#[derive(Clone, Debug, Default)]
pub(crate) struct Log(());

impl Log {
    pub(crate) fn server(_peer: impl FnOnce() -> Option<SocketAddr>) -> Self {
        Self(())
    }

    pub(crate) const fn client(_host: &str, _target: &str) -> Self {
        Self(())
    }

    pub(crate) const fn upgraded(_role: Role) -> Self {
        Self(())
    }

    pub(crate) const fn requested(&self, _accepting: &Accepting) {}

    pub(crate) const fn upgrade_requested(&self, _request: &Request<'_>) {}

    pub(crate) const fn looked_up(&self, _host: &str, _addresses: usize) {}

    pub(crate) fn connected(&self, _peer: impl FnOnce() -> Option<SocketAddr>) {}

    pub(crate) const fn tunnelled(&self, _host: &str, _port: u16) {}

    pub(crate) const fn secured(&self) {}

    pub(crate) const fn requesting(&self) {}

    pub(crate) const fn opened(&self, _has_subprotocol: bool, _writing: &Writing) {}

    pub(crate) fn attempted<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        result
    }

    pub(crate) const fn redirected(&self, _host: &str) {}

    pub(crate) fn rejected<T>(
        &self,
        result: Result<T, HandshakeError>,
    ) -> Result<T, HandshakeError> {
        result
    }

    #[inline(always)]
    pub(crate) fn note(
        &self,
        _next: &Result<Step, Failure>,
        _driven: &impl Driven,
        _clock: impl Clock,
        _out: &mut impl Outlet,
    ) {
    }

    pub(crate) fn left(&self, _clock: impl Clock, _writing: &Writing) {}

    pub(crate) const fn taken_apart(&self) {}
}

#[cfg(test)]
mod tests {
    use super::Log;

    #[test]
    fn without_tracing_the_log_takes_no_space() {
        assert_eq!(size_of::<Log>(), 0);
    }
}
