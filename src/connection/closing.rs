//! The closing handshake (RFC 6455 7).
//!
//! Each direction has a state of its own, kept by its half: [`Inbound`] by the receiver,
//! [`Outbound`] by the sender. A state only ever moves down its list. The two states and the role
//! determine what to do with the transport; [`decide`] has the table.

use super::{Receiver, Sender, inbound::Inbound, outbound::Outbound};
use crate::{
    close::{CloseInfo, Initiator},
    role::Role,
};

/// The action on the transport that is due once all output is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the caller must handle every case")]
pub enum TransportAction {
    /// Continue reading and writing.
    KeepOpen,
    /// The closing handshake is complete and we are the client. The server closes first, so read
    /// until the end of the stream, with a timeout (RFC 6455 7.1.1).
    AwaitPeerClose,
    /// Close it: shut down the sending direction, discard a bounded amount of input so that a reset
    /// does not destroy the last frame, then drop it.
    CloseNow,
}

/// The most bytes of input that are read and discarded after the connection has ended.
pub(crate) const MAX_DRAIN: usize = 64 << 20;

/// Returns the action on the transport that is due once all output is written.
pub(crate) const fn transport(receiver: &Receiver, sender: &Sender) -> TransportAction {
    decide(receiver.role(), receiver.inbound(), sender.outbound())
}

/// Looks the action up in the transition table.
const fn decide(role: Role, inbound: Inbound, outbound: Outbound) -> TransportAction {
    use {Inbound as In, Outbound as Out};
    match (inbound, outbound, role) {
        // Our Close frame awaits its answer, or theirs awaits ours.
        (In::Open, _, _) | (In::Closed, Out::Open, _) => TransportAction::KeepOpen,
        // RFC 6455 7.1.1: both were sent; the server closes the transport at once, the client
        // waits.
        (In::Closed, Out::Closed | Out::Answered, Role::Server) => TransportAction::CloseNow,
        (In::Closed, Out::Closed | Out::Answered, Role::Client) => TransportAction::AwaitPeerClose,
        (In::Closed, Out::Lost, _) | (In::Failed | In::Lost, _, _) => TransportAction::CloseNow,
    }
}

/// Returns how the connection ended, or `None` while more can arrive.
pub(crate) fn close_info(receiver: &Receiver, sender: &Sender) -> Option<CloseInfo> {
    if transport(receiver, sender) == TransportAction::KeepOpen {
        return None;
    }
    let (inbound, outbound) = (receiver.inbound(), sender.outbound());
    let initiator = match (inbound, outbound) {
        (_, Outbound::Answered) | (Inbound::Closed, Outbound::Lost) => Initiator::Peer,
        (Inbound::Lost, Outbound::Open | Outbound::Lost) => Initiator::Transport,
        _ => Initiator::Local,
    };
    Some(CloseInfo {
        initiator,
        received: receiver.close_received().cloned(),
        sent: sender.close_sent().cloned(),
        // RFC 6455 7.1.4: the closing handshake completed.
        was_clean: inbound == Inbound::Closed && outbound != Outbound::Lost,
    })
}
