//! Control frames, the answers to those of the peer, and the end of what is sent.

use alloc::{boxed::Box, vec::Vec};

use super::Sender;
use crate::{
    close::{CloseFrame, OwnedCloseFrame},
    connection::{
        ProtocolError, Reply, SendError,
        control::{ControlPayload, MAX_CONTROL_LEN},
        outbound::{CloseSent, Outbound},
        reply::ReplyKind,
    },
    frame::OpCode,
};

impl Sender {
    /// Sends a Ping with up to 125 bytes of data, which the peer returns in a Pong.
    ///
    /// # Errors
    ///
    /// A Close frame was sent, or the data is too long.
    pub fn send_ping(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<(), SendError> {
        self.send_control(OpCode::Ping, data, out)
    }

    /// Sends a Pong that nobody asked for, with up to 125 bytes of data (RFC 6455 5.5.3).
    ///
    /// # Errors
    ///
    /// A Close frame was sent, or the data is too long.
    pub fn send_pong(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<(), SendError> {
        self.send_control(OpCode::Pong, data, out)
    }

    /// Sends a Close frame: begins the closing handshake, or answers the peer's Close.
    ///
    /// # Errors
    ///
    /// A Close frame was sent before, the code may not be sent, or the reason is too long.
    ///
    /// ```
    /// use sansocket::connection::Connection;
    /// use sansocket::{CloseCode, CloseFrame, Limits};
    ///
    /// let mut out = Vec::new();
    /// let close = CloseFrame { code: CloseCode::NORMAL, reason: "bye" };
    /// Connection::server(&Limits::default()).sender.send_close(Some(close), &mut out)?;
    /// assert_eq!(out, [0x88, 0x05, 0x03, 0xE8, b'b', b'y', b'e']);
    /// # Ok::<(), sansocket::connection::SendError>(())
    /// ```
    pub fn send_close(
        &mut self,
        frame: Option<CloseFrame<'_>>,
        out: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        self.check_open()?;
        if let Some(CloseFrame { code, reason }) = frame {
            // RFC 6455 7.4.1: 1005, 1006 and 1015 are never set in a frame by an endpoint.
            if !code.is_allowed_on_wire() {
                return Err(SendError::InvalidCloseCode(code));
            }
            let len = reason.len();
            if len > MAX_CONTROL_LEN - 2 {
                return Err(SendError::CloseReasonTooLong { len });
            }
        }
        // RFC 6455 7.1.2: the closing handshake begins with this frame, unless the peer has begun it.
        self.append_close(frame.into(), Outbound::Closed, out);
        Ok(())
    }

    /// Sends what a received frame obliges us to (see [`Event::reply`](crate::connection::Event::reply)).
    ///
    /// While `out` is above the high-water mark, only the latest Pong is kept; it goes out with
    /// the next frame, or with [`Sender::send_deferred`]. After our Close frame, Pings are still
    /// answered; a Close frame needs no other answer then.
    pub fn reply(&mut self, reply: Reply, out: &mut Vec<u8>) {
        match (reply.0, self.outbound) {
            (ReplyKind::Close(close), Outbound::Open) => {
                self.append_close(close, Outbound::Answered, out);
            }
            // RFC 6455 5.5.2: a Ping is answered unless a Close frame was received. Our own Close
            // frame forbids data frames alone (RFC 6455 5.5.1).
            (ReplyKind::Pong(data), Outbound::Open | Outbound::Closed) => self.pong(data, out),
            _ => {}
        }
    }

    fn pong(&mut self, data: ControlPayload, out: &mut Vec<u8>) {
        if self.has_room(out) {
            self.send_deferred(out);
            self.append_pong(&data, out);
        } else {
            match &mut self.deferred_pong {
                Some(deferred) => **deferred = data,
                none => *none = Some(Box::new(data)),
            }
        }
    }

    /// Sends a Pong that was kept back, if `out` is below the high-water mark again.
    ///
    /// Every method that appends a frame to `out` does that first. Call it after writing, before a
    /// wait for input.
    #[inline]
    pub fn send_deferred(&mut self, out: &mut Vec<u8>) {
        if self.deferred_pong.is_some() && self.has_room(out) {
            self.append_deferred(out);
        }
    }

    /// Whether a Pong is kept back.
    #[inline]
    pub(crate) const fn has_deferred(&self) -> bool {
        self.deferred_pong.is_some()
    }

    /// Sends the Close frame that an error of the peer deserves (RFC 6455 7.1.7).
    ///
    /// Nothing is sent if a Close frame was sent before, or if the transport is lost.
    pub fn fail(&mut self, error: &ProtocolError, out: &mut Vec<u8>) {
        let reason = error.reason();
        let frame = CloseFrame { code: error.close_code(), reason: &reason };
        // A code that may not be sent is an error that leaves nobody to send to; a second Close
        // frame may not be sent either.
        let _ = self.send_close(Some(frame), out);
    }

    /// Signals that the transport is lost: nothing can be sent any more. `unwritten` is how many of
    /// the bytes that were appended never left, or `usize::MAX` if that is not known.
    ///
    /// A Close frame that did not leave, or not as a whole, counts as not sent: it is not in
    /// [`CloseInfo::sent`](crate::CloseInfo::sent).
    ///
    /// ```
    /// use sansocket::Limits;
    /// use sansocket::connection::{Connection, SendError};
    ///
    /// let mut connection = Connection::server(&Limits::default());
    /// let mut out = Vec::new();
    /// connection.sender.send_close(None, &mut out)?;
    /// connection.sender.lose(out.len());
    /// assert!(connection.receiver.receive_eof().is_err());
    /// assert_eq!(connection.close_info().and_then(|info| info.sent), None);
    /// assert_eq!(connection.sender.send_text("late", &mut out), Err(SendError::Closed));
    /// # Ok::<(), SendError>(())
    /// ```
    pub fn lose(&mut self, unwritten: usize) {
        let has_left = self.close_sent.as_ref().is_some_and(|close| unwritten <= close.after);
        if !has_left {
            self.close_sent = None;
            self.outbound = Outbound::Lost;
        }
        self.deferred_pong = None;
    }

    fn send_control(
        &mut self,
        opcode: OpCode,
        data: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        self.check_open()?;
        let len = data.len();
        if len > MAX_CONTROL_LEN {
            return Err(SendError::ControlTooLong { len });
        }
        self.send_deferred(out);
        self.writer.append_control(opcode, data, out);
        Ok(())
    }

    fn append_close(&mut self, close: OwnedCloseFrame, next: Outbound, out: &mut Vec<u8>) {
        // RFC 6455 5.5.2: a Ping is answered unless a Close frame was received.
        self.append_deferred(out);
        let payload = ControlPayload::close(close.frame());
        self.writer.append_control(OpCode::Close, payload.as_bytes(), out);
        self.outbound = next;
        self.close_sent = Some(Box::new(CloseSent { frame: close, after: 0 }));
    }

    /// Sends a Pong that was kept back, however much is queued.
    #[cold]
    pub(crate) fn append_deferred(&mut self, out: &mut Vec<u8>) {
        if let Some(pong) = self.deferred_pong.take() {
            self.append_pong(&pong, out);
        }
    }

    fn append_pong(&mut self, data: &ControlPayload, out: &mut Vec<u8>) {
        let start = out.len();
        self.writer.append_control(OpCode::Pong, data.as_bytes(), out);
        if let Some(close) = &mut self.close_sent {
            let len = out.len().saturating_sub(start);
            close.after = close.after.saturating_add(len);
        }
    }
}
