use sansocket::{
    Limits, ProtocolError, Role, Seed,
    connection::{Connection, Event, Receiver},
    frame::{FrameHeader, MaskKey, OpCode, Rsv},
};

use super::window::Window;
use crate::{
    excerpt::{Excerpt, len_u64},
    negotiated::Negotiated,
};

/// The engine's receiver, which judges every byte.
///
/// A receiver that has failed accepts no more input. To continue, the judge creates a new one and brings
/// it to the state of the old one with frames that were never on the wire: the inflated bytes of the
/// window, in stored blocks, and the start of a message.
#[derive(Debug)]
pub(super) struct Judge {
    sender: Role,
    limits: Limits,
    negotiated: Negotiated,
    receiver: Receiver,
    window: Window,
    /// Whether the window is unknown, so that nothing more can be inflated.
    is_window_lost: bool,
    /// Whether the receiver is a new one, which has not got the window yet.
    is_window_due: bool,
}

/// The most bytes of the window in one message: so few that a compressed frame with them is within each
/// limit of a frame.
const WINDOW_PIECE: usize = 1000;

impl Judge {
    pub(super) fn new(sender: Role, limits: &Limits, negotiated: Negotiated) -> Self {
        Self {
            sender,
            limits: limits.clone(),
            negotiated,
            receiver: receiver(sender, limits, negotiated),
            window: Window::new(match negotiated.window_of(sender) {
                Some((size, true)) => size,
                _ => 0,
            }),
            is_window_lost: false,
            is_window_due: false,
        }
    }

    /// Returns a judge in the same state. Call it between two messages: then that is the window alone.
    pub(super) fn clone_between_messages(&self) -> Self {
        Self {
            sender: self.sender,
            limits: self.limits.clone(),
            negotiated: self.negotiated,
            receiver: receiver(self.sender, &self.limits, self.negotiated),
            window: self.window.clone(),
            is_window_lost: self.is_window_lost,
            is_window_due: true,
        }
    }

    /// Sets what was agreed on, if that was unknown. Call it between two messages.
    pub(super) fn learn(&mut self, negotiated: Negotiated) {
        if !self.is_known() && !matches!(negotiated, Negotiated::Unknown) {
            *self = Self::new(self.sender, &self.limits, negotiated);
        }
    }

    /// Returns whether it is known which extensions were agreed on.
    pub(super) const fn is_known(&self) -> bool {
        !matches!(self.negotiated, Negotiated::Unknown)
    }

    /// Returns whether RSV1 may mark a compressed message.
    pub(super) const fn may_compress(&self) -> bool {
        self.negotiated.may_compress()
    }

    /// Returns whether a compressed message that begins can be inflated.
    pub(super) fn can_inflate(&self) -> bool {
        !self.is_window_lost && self.negotiated.window_of(self.sender).is_some()
    }

    /// Returns whether the window is kept after a compressed message.
    pub(super) fn keeps_window(&self) -> bool {
        self.negotiated.window_of(self.sender).is_some_and(|(_, is_kept)| is_kept)
    }

    /// Passes bytes to the receiver, which unmasks them in place. If they are of a compressed message,
    /// what it inflates goes to `inflated`.
    pub(super) fn feed(
        &mut self,
        mut bytes: &mut [u8],
        mut inflated: Option<&mut Excerpt>,
    ) -> Result<(), ProtocolError> {
        while let Some(event) = self.receiver.receive(&mut bytes)? {
            if let (Event::Chunk(chunk), Some(inflated)) = (event, &mut inflated) {
                inflated.push(chunk.payload);
                self.window.extend(chunk.payload);
            }
        }
        Ok(())
    }

    /// Gives up the window, because of a compressed message whose content is unknown.
    pub(super) fn lose_window(&mut self) {
        self.is_window_lost = self.keeps_window();
        self.window.clear();
    }

    /// Continues after a violation, inside a message or between two.
    pub(super) fn resume(&mut self, is_inside_message: bool) {
        self.receiver = receiver(self.sender, &self.limits, self.negotiated);
        self.is_window_due = true;
        if is_inside_message {
            // Binary: which characters have begun is not known any more.
            self.prime(Rsv::NONE, false, &[]);
        }
    }

    /// Prepares for a compressed message, whose first byte comes next. Only then is the window restored:
    /// after each violation it would cost much more than the bytes of the peer.
    pub(super) fn prepare_to_inflate(&mut self) {
        if !std::mem::take(&mut self.is_window_due) {
            return;
        }
        let limit = usize::try_from(self.limits.get_max_message_len()).unwrap_or(usize::MAX);
        let window = self.window.bytes().to_vec();
        for piece in window.chunks(limit.clamp(1, WINDOW_PIECE)) {
            let len = u16::try_from(piece.len()).unwrap_or_default();
            // RFC 1951 3.2.4: a stored block; RFC 7692 7.2.1: and the start of an empty one.
            let [low, high] = len.to_le_bytes();
            let block = [&[0, low, high, !low, !high], piece, &[0]].concat();
            self.prime(Rsv::RSV1, true, &block);
        }
    }

    /// Brings the receiver into a state, by a frame that was not on the wire.
    fn prime(&mut self, rsv: Rsv, fin: bool, payload: &[u8]) {
        // With zeros for a key, the payload stays as it is.
        let mask = (self.sender == Role::Client).then_some(MaskKey([0; 4]));
        let payload_len = len_u64(payload);
        let header = FrameHeader { fin, rsv, opcode: OpCode::Binary, mask, payload_len };
        let mut frame = [&header.encode(), payload].concat();
        // It breaks no rule, and its length is within the limits.
        let _ = self.feed(&mut frame, None);
    }
}

fn receiver(sender: Role, limits: &Limits, negotiated: Negotiated) -> Receiver {
    let connection = match sender {
        Role::Client => Connection::server(limits),
        // Nothing is sent, so that no mask depends on the seed.
        Role::Server => Connection::client(limits, Seed::from([0; 32])),
    };
    match negotiated {
        #[cfg(feature = "deflate")]
        Negotiated::Deflate(params) => {
            connection.with_deflate(&params, &sansocket::deflate::Config::default()).receiver
        }
        _ => connection.receiver,
    }
}
