//! The closing handshake (RFC 6455 7).
//!
//! Each direction has a state of its own, kept by the half that serves it: [`Inbound`] by the
//! receiver, [`Outbound`] by the sender. A state only ever moves down its list. What is to be
//! done with the transport follows from both and the role, by the table in [`decide`].

use super::{Receiver, Sender, inbound::Inbound, outbound::Outbound};
use crate::{
    close::{CloseInfo, Initiator},
    role::Role,
};

/// What is to be done with the transport once all output is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever drives the transport must know every case")]
pub enum TransportAction {
    /// Go on reading and writing.
    KeepOpen,
    /// The closing handshake is done and we are the client: the server closes first, so read
    /// until the end of the stream, but not for ever (RFC 6455 7.1.1).
    AwaitPeerClose,
    /// Close it: end the sending direction, discard a bounded amount of input so that the last
    /// frame is not lost to a reset, then drop it.
    CloseNow,
}

/// After the connection has ended, at most so many bytes of input are read and thrown away.
pub(crate) const MAX_DRAIN: usize = 64 << 20;

/// What is to be done with the transport of a connection.
pub(crate) const fn transport(receiver: &Receiver, sender: &Sender) -> TransportAction {
    decide(receiver.role(), receiver.inbound(), sender.outbound())
}

/// The transition table.
const fn decide(role: Role, inbound: Inbound, outbound: Outbound) -> TransportAction {
    use {Inbound as In, Outbound as Out};
    match (inbound, outbound, role) {
        // Ours went out: its answer is awaited. Theirs came: the answer is owed.
        (In::Open, _, _) | (In::Closed, Out::Open, _) => TransportAction::KeepOpen,
        // RFC 6455 7.1.1: both crossed; the server closes the transport at once, the client waits.
        (In::Closed, Out::Closed | Out::Answered, Role::Server) => TransportAction::CloseNow,
        (In::Closed, Out::Closed | Out::Answered, Role::Client) => TransportAction::AwaitPeerClose,
        (In::Closed, Out::Lost, _) | (In::Failed | In::Lost, _, _) => TransportAction::CloseNow,
    }
}

/// How the connection ended, once no more can come.
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
        // RFC 6455 7.1.4: clean is a closing handshake that was completed.
        was_clean: inbound == Inbound::Closed && outbound != Outbound::Lost,
    })
}
