use sansocket::Role;
use sansocket_explain::{Element, Field};
use serde::Serialize;

/// How far an end is with closing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum EndState {
    Connecting,
    /// The server has not accepted the request.
    Refused,
    Open,
    CloseSent,
    CloseReceived,
    Closed,
    TcpClosed,
}

/// The closing handshake (RFC 6455 7), as both ends have seen it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    is_open: bool,
    is_refused: bool,
    client: Sent,
    server: Sent,
}

/// What an end has sent.
#[derive(Clone, Copy, Debug, Default)]
struct Sent {
    has_close: bool,
    has_ended: bool,
}

impl Ends {
    /// Creates the state before the handshake.
    pub(super) fn connecting() -> Self {
        Self { is_open: false, is_refused: false, client: Sent::default(), server: Sent::default() }
    }

    pub(super) fn open(&mut self) {
        self.is_open = true;
    }

    pub(super) fn refuse(&mut self) {
        self.is_refused = true;
    }

    pub(super) fn element(&mut self, element: &Element) {
        let is_close = element.root.field == Field::Frame && element.root.value == "Close";
        let sent = self.sent(element.sender);
        sent.has_close |= is_close;
        sent.has_ended |= element.root.field == Field::End;
    }

    fn sent(&mut self, sender: Role) -> &mut Sent {
        match sender {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }

    /// Returns whether more than the answer to a Close frame may be sent.
    pub(super) const fn is_open(&self) -> bool {
        let Self { client, server, .. } = self;
        let is_closing = client.has_close || server.has_close;
        self.is_open && !is_closing && !client.has_ended && !server.has_ended
    }

    pub(super) const fn client_has_closed(&self) -> bool {
        self.client.has_close
    }

    pub(super) const fn client(&self) -> EndState {
        self.state(self.client, self.server)
    }

    pub(super) const fn server(&self) -> EndState {
        self.state(self.server, self.client)
    }

    const fn state(&self, own: Sent, other: Sent) -> EndState {
        match (own.has_ended, self.is_open, own.has_close, other.has_close) {
            (true, ..) => EndState::TcpClosed,
            (_, false, ..) if self.is_refused => EndState::Refused,
            (_, false, ..) => EndState::Connecting,
            (_, _, true, true) => EndState::Closed,
            (_, _, true, false) => EndState::CloseSent,
            (_, _, false, true) => EndState::CloseReceived,
            _ => EndState::Open,
        }
    }
}
