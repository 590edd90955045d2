//! Logging with the crate `tracing`: a span for each connection, and events in it.
//!
//! All events are emitted here, and listed in `docs/events.md`. They contain nothing that a peer or
//! the application chose, except for the host, the path without the query, and a rejected origin:
//! no payloads, no credentials, no other header values, no subprotocol.
//!
//! At the level `info` a connection logs one line, when it ends. So after that nothing more is
//! logged, whatever happens to the stream.

#![allow(dead_code, reason = "each adapter calls a part of it")]

use alloc::sync::Arc;
use core::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use tracing::{
    Level, Span, debug, enabled,
    field::{Empty, display},
    info, info_span, trace,
};

use super::{
    Error,
    reasons::{handshake_reason, reason, refused_origin, text},
};
use crate::{
    close::{CloseInfo, Initiator},
    connection::{ProtocolError, Traffic},
    handshake::{HandshakeError, server::Request},
    role::Role,
    session::{Accepting, Clock, Driven, Failure, Outlet, Stats, Step, Writing},
    time::{TimeoutKind, Timestamp},
};

/// The target of all events and spans.
macro_rules! emit {
    ($event:ident, $log:expr, $($rest:tt)+) => {
        $event!(target: "sansocket", parent: &$log.span, $($rest)+)
    };
}

/// The log of a connection. Clones are about the same connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Option<Arc<Logged>>);

#[derive(Debug)]
struct Logged {
    span: Span,
    role: Role,
    state: Mutex<LogState>,
}

/// What was logged so far.
#[derive(Debug)]
struct LogState {
    stage: LogStage,
    received: Traffic,
    sent: Traffic,
    /// The counts when a half was last dropped.
    last: Stats,
    has_sent_close: bool,
    has_failed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LogStage {
    Opening,
    Open,
    Over,
}

impl Log {
    /// Begins a span of a server.
    pub(crate) fn server(peer: impl FnOnce() -> Option<SocketAddr>) -> Self {
        Self::new(Role::Server, || {
            let peer = peer().map(display);
            info_span!(
                target: "sansocket",
                "websocket",
                role = "server",
                peer,
                host = Empty,
                path = Empty,
                subprotocol = Empty,
                compression = Empty,
            )
        })
    }

    /// Begins a span of a client that connects to this host and target.
    pub(crate) fn client(host: &str, target: &str) -> Self {
        Self::new(Role::Client, || {
            info_span!(
                target: "sansocket",
                "websocket",
                role = "client",
                peer = Empty,
                host,
                path = without_query(target),
                subprotocol = Empty,
                compression = Empty,
            )
        })
    }

    /// Begins a span of a connection whose handshake was done elsewhere.
    pub(crate) fn upgraded(role: Role) -> Self {
        match role {
            Role::Server => Self::server(|| None),
            Role::Client => Self::new(Role::Client, || {
                info_span!(
                    target: "sansocket",
                    "websocket",
                    role = "client",
                    subprotocol = Empty,
                    compression = Empty,
                )
            }),
        }
    }

    fn new(role: Role, span: impl FnOnce() -> Span) -> Self {
        let span = span();
        if span.is_disabled() {
            return Self(None);
        }
        let state = LogState {
            stage: LogStage::Opening,
            received: Traffic::NONE,
            sent: Traffic::NONE,
            last: Stats::default(),
            has_sent_close: false,
            has_failed: false,
        };
        Self(Some(Arc::new(Logged { span, role, state: Mutex::new(state) })))
    }

    /// Logs that a server has received a request.
    pub(crate) fn requested(&self, accepting: &Accepting) {
        if let Some(log) = &self.0
            && let Ok(request) = accepting.request()
        {
            let host = request.headers().get_all("Host").next();
            log.received(host.and_then(|host| str::from_utf8(host).ok()), request.path());
        }
    }

    /// Logs that an HTTP server has received an upgrade request.
    pub(crate) fn upgrade_requested(&self, request: &Request<'_>) {
        if let Some(log) = &self.0 {
            log.received(Some(request.host()), request.path());
        }
    }

    /// Logs that a client has resolved a name.
    pub(crate) fn looked_up(&self, host: &str, addresses: usize) {
        if let Some(log) = &self.0 {
            emit!(debug, log, host, addresses, "name looked up");
        }
    }

    /// Logs that a client has a stream to the server, or to the proxy.
    pub(crate) fn connected(&self, peer: impl FnOnce() -> Option<SocketAddr>) {
        if let Some(log) = &self.0 {
            let peer = peer().map(display);
            log.span.record("peer", &peer);
            emit!(debug, log, peer, "connected");
        }
    }

    /// Logs that a proxy has opened a tunnel.
    pub(crate) fn tunnelled(&self, host: &str, port: u16) {
        if let Some(log) = &self.0 {
            emit!(debug, log, proxy_host = host, proxy_port = port, "tunnel opened");
        }
    }

    /// Logs that a client has done the TLS handshake.
    pub(crate) fn secured(&self) {
        if let Some(log) = &self.0 {
            emit!(debug, log, "TLS established");
        }
    }

    /// Logs that a client sends its request.
    pub(crate) fn requesting(&self) {
        if let Some(log) = &self.0 {
            emit!(debug, log, "request sent");
        }
    }

    /// Logs that the connection is open.
    pub(crate) fn opened(&self, has_subprotocol: bool, writing: &Writing) {
        if let Some(log) = &self.0 {
            let compression = writing.sender().is_deflating();
            log.span.record("subprotocol", has_subprotocol);
            log.span.record("compression", compression);
            // Reunited halves are the same connection.
            if log.with(|state| core::mem::replace(&mut state.stage, LogStage::Open))
                == LogStage::Opening
            {
                emit!(debug, log, subprotocol = has_subprotocol, compression, "connection opened");
            }
        }
    }

    /// Logs that an attempt has failed, if it has.
    pub(crate) fn attempted<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        if let (Some(log), Err(error)) = (&self.0, &result) {
            log.with(|state| state.stage = LogStage::Over);
            let status = error.error_response().map(|response| response.status());
            emit!(info, log, status, reason = reason(error), "handshake failed");
        }
        result
    }

    /// Logs that a client follows a redirect.
    pub(crate) fn redirected(&self, host: &str) {
        if let Some(log) = &self.0 {
            log.with(|state| state.stage = LogStage::Over);
            emit!(debug, log, host, "redirected");
        }
    }

    /// Logs that an HTTP server has rejected an upgrade request, if it has.
    pub(crate) fn rejected<T>(
        &self,
        result: Result<T, HandshakeError>,
    ) -> Result<T, HandshakeError> {
        if let (Some(log), Err(error)) = (&self.0, &result) {
            log.with(|state| state.stage = LogStage::Over);
            log.reject(error);
        }
        result
    }

    /// Logs what has happened before the next step.
    #[inline]
    pub(crate) fn note(
        &self,
        next: &Result<Step, Failure>,
        driven: &impl Driven,
        clock: impl Clock,
        out: &mut impl Outlet,
    ) {
        if let Some(log) = &self.0 {
            driven.note_received(out);
            if !matches!(next, Ok(Step::Message)) {
                out.with(|writing| {
                    log.with(|state| log.note(state, next, driven, clock, writing));
                });
            }
        }
    }

    /// Records that a half of the connection is dropped. If it was the last one, logs that.
    pub(crate) fn left(&self, clock: impl Clock, writing: &Writing) {
        if let Some(log) = &self.0 {
            log.with(|state| state.last = writing.stats(clock));
        }
    }

    /// Logs that the connection is taken apart. What happens to it afterwards is not logged.
    pub(crate) fn taken_apart(&self) {
        if let Some(log) = &self.0 {
            log.with(|state| state.stage = LogStage::Over);
            emit!(debug, log, "connection taken apart");
        }
    }
}

impl Logged {
    fn with<T>(&self, action: impl FnOnce(&mut LogState) -> T) -> T {
        action(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn received(&self, host: Option<&str>, path: &str) {
        self.span.record("host", host);
        self.span.record("path", path);
        emit!(debug, self, "request received");
    }

    #[cold]
    fn note(
        &self,
        state: &mut LogState,
        next: &Result<Step, Failure>,
        driven: &impl Driven,
        clock: impl Clock,
        writing: &Writing,
    ) {
        match state.stage {
            LogStage::Opening => {
                if let (Err(failure), Role::Server) = (next, self.role) {
                    state.stage = LogStage::Over;
                    self.fail_opening(failure);
                }
            }
            LogStage::Open => {
                self.trace_pings(state, writing);
                let failure = driven.failure();
                if let Some(failure) = &failure
                    && !core::mem::replace(&mut state.has_failed, true)
                {
                    self.fail(failure);
                }
                if let Some(close) = writing.sender().close_sent()
                    && !core::mem::replace(&mut state.has_sent_close, true)
                {
                    emit!(trace, self, code = u16::from(close.code), "Close sent");
                }
                if let (Ok(Step::Ended) | Err(_), Some(info)) = (next, driven.close_info(writing)) {
                    state.stage = LogStage::Over;
                    let failure = next.as_ref().err().cloned().or(failure);
                    self.close(&info, failure.as_ref(), clock, writing);
                }
            }
            LogStage::Over => {}
        }
    }

    /// Logs the Pings and Pongs since the last call.
    fn trace_pings(&self, state: &mut LogState, writing: &Writing) {
        // The age is not needed.
        let stats = writing.stats(Timestamp::default());
        let before = (
            core::mem::replace(&mut state.received, stats.received),
            core::mem::replace(&mut state.sent, stats.sent),
        );
        if !enabled!(target: "sansocket", Level::TRACE) {
            return;
        }
        for _ in before.0.pings..stats.received.pings {
            emit!(trace, self, "Ping received");
        }
        for _ in before.0.pongs..stats.received.pongs {
            emit!(trace, self, "Pong received");
        }
        for _ in before.1.pings..stats.sent.pings {
            emit!(trace, self, "Ping sent");
        }
        for _ in before.1.pongs..stats.sent.pongs {
            emit!(trace, self, "Pong sent");
        }
    }

    /// Logs that a server's opening handshake has failed.
    fn fail_opening(&self, failure: &Failure) {
        match failure {
            Failure::Handshake(error) => self.reject(error),
            failure => emit!(info, self, reason = text(failure), "request failed"),
        }
    }

    /// Logs that a server rejects a request.
    fn reject(&self, error: &HandshakeError) {
        let (status, origin) = (error.rejection_status(), refused_origin(error));
        emit!(info, self, status, origin, reason = handshake_reason(error), "request rejected");
    }

    /// Logs why the connection fails.
    fn fail(&self, failure: &Failure) {
        match failure {
            Failure::Protocol(ProtocolError::ConnectionLost) => {
                emit!(debug, self, "connection lost");
            }
            Failure::Protocol(error) => {
                let code = u16::from(error.close_code());
                let error = text(failure);
                if is_limit(failure) {
                    emit!(debug, self, code, error, "limit exceeded");
                } else {
                    emit!(debug, self, code, error, "protocol violation");
                }
            }
            Failure::Timeout(TimeoutKind::Write) => emit!(debug, self, "write stalled"),
            Failure::Timeout(TimeoutKind::Close) => emit!(debug, self, "close expired"),
            Failure::Timeout(_) => {
                emit!(debug, self, reason = text(failure), "keepalive expired");
            }
            _ => {}
        }
    }

    /// Logs that the connection has ended: its only event at `info`.
    fn close(
        &self,
        info: &CloseInfo,
        failure: Option<&Failure>,
        clock: impl Clock,
        writing: &Writing,
    ) {
        if let Some(close) = &info.received {
            emit!(trace, self, code = u16::from(close.code), "Close received");
        }
        let stats = writing.stats(clock);
        let began = match info.initiator {
            Initiator::Local => "local",
            Initiator::Peer => "peer",
            Initiator::Transport => "transport",
        };
        emit!(
            info,
            self,
            began,
            code = u16::from(info.code()),
            sent_code = info.sent.as_ref().map(|close| u16::from(close.code)),
            clean = info.was_clean,
            error = failure.map(text),
            duration_ms = stats.age.as_millis(),
            messages_received = stats.received.messages,
            bytes_received = stats.received.bytes,
            messages_sent = stats.sent.messages,
            bytes_sent = stats.sent.bytes,
            "connection closed"
        );
    }
}

impl Drop for Logged {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        let (stage, stats) = (state.stage, state.last);
        match stage {
            LogStage::Open => emit!(
                info,
                self,
                queued = stats.queued,
                duration_ms = stats.age.as_millis(),
                messages_received = stats.received.messages,
                bytes_received = stats.received.bytes,
                messages_sent = stats.sent.messages,
                bytes_sent = stats.sent.bytes,
                "connection dropped"
            ),
            LogStage::Opening if self.role == Role::Server => emit!(info, self, "request dropped"),
            LogStage::Opening | LogStage::Over => {}
        }
    }
}

fn without_query(target: &str) -> &str {
    target.split_once('?').map_or(target, |(path, _)| path)
}

const fn is_limit(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::Protocol(
            ProtocolError::FrameTooLong { .. }
                | ProtocolError::MessageTooLong { .. }
                | ProtocolError::TooManyFragments { .. }
                | ProtocolError::TooManyControls { .. }
        )
    )
}
