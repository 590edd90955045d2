use super::Writing;
use crate::buffered::{Message, Outgoing};
#[cfg(feature = "tokio")]
use crate::connection::{SendError, ShortFrame};

/// From this length on a message is not copied, if its frame is a header and the message itself.
/// Below it, a copy costs less than writing two slices.
const DIRECT_LEN: usize = 16 << 10;

/// From this length on a copy costs about as much as a write to a local socket.
const COSTLY_LEN: usize = 32 << 10;

/// How far a message is brought before the call that sends it returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a message is either awaited or not")]
pub enum Delivery {
    /// It is queued, to leave together with what follows. Only a queue at the high-water mark is
    /// written, and of a [`Route::Direct`] message what the transport takes without waiting.
    Queued,
    /// The transport has taken it, and all that was queued before it.
    Written,
}

/// The way on which a writer brings a message to the transport, see [`Writing::route`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the writer must handle every case")]
pub enum Route<'a> {
    /// [Queue](Writing::send) it, and nothing more: it leaves with what follows.
    Hold,
    /// Queue it. Nothing else waits, so a single write and a flush usually bring it out.
    Alone,
    /// [Queue its header](Writing::send_header), and write the payload from where it is. If that is
    /// not possible, queue it.
    Direct(Message<'a>),
    /// Queue it. Then write the queue, if that is asked for or if it has reached the high-water mark.
    Queue,
}

impl Writing {
    /// Returns the way on which something is to be sent now.
    ///
    /// ```
    /// use sansocket::connection::{Connection, Limits};
    /// use sansocket::session::{Delivery, Route, Session};
    /// use sansocket::{Message, Sendable};
    ///
    /// let mut writing = Session::new(Connection::server(&Limits::default())).writing;
    /// assert_eq!(writing.route("Hello".as_outgoing(), Delivery::Written), Route::Alone);
    /// assert_eq!(writing.route("Hello".as_outgoing(), Delivery::Queued), Route::Hold);
    /// writing.send("Hello")?;
    /// assert_eq!(writing.route("you".as_outgoing(), Delivery::Written), Route::Queue);
    ///
    /// let large = [7; 100_000];
    /// let message = Message::Binary(&large);
    /// assert_eq!(writing.route(message.as_outgoing(), Delivery::Written), Route::Direct(message));
    /// # Ok::<(), sansocket::connection::SendError>(())
    /// ```
    #[inline(always)]
    #[must_use]
    pub fn route<'a>(&self, item: Outgoing<'a>, to: Delivery) -> Route<'a> {
        let Outgoing::Message(message) = item else {
            return Route::Queue;
        };
        if to == Delivery::Queued && self.has_room_for(message.len()) && !self.has_failed() {
            Route::Hold
        } else if message.len() >= DIRECT_LEN {
            Route::Direct(message)
        } else if to == Delivery::Written && self.is_clear() {
            Route::Alone
        } else {
            Route::Queue
        }
    }

    /// Encodes a message that is [alone](Route::Alone), to be written without the queue. `false`: it is
    /// not short, and must be queued.
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send).
    #[cfg(feature = "tokio")]
    #[inline(always)]
    pub(crate) fn encode_short(
        &mut self,
        item: Outgoing<'_>,
        out: &mut ShortFrame,
    ) -> Result<bool, SendError> {
        match item {
            Outgoing::Message(message) if message.len() <= ShortFrame::MAX_PAYLOAD_LEN => {
                self.sender_mut().encode_short(message.kind(), message.as_bytes(), out)
            }
            _ => Ok(false),
        }
    }

    /// Returns whether there is room for a message below the high-water mark. If a copy of it costs as
    /// much as a write, there must also be room for another like it: only then does the copy save one.
    #[inline]
    fn has_room_for(&self, len: usize) -> bool {
        let more = if len >= COSTLY_LEN { len.saturating_mul(2) } else { len };
        !self.would_reach_high_water(more)
    }

    /// Returns whether a message that is queued now is all there is to write, to a transport that has
    /// taken everything so far.
    #[inline]
    fn is_clear(&self) -> bool {
        !self.has_failed() && self.is_idle() && !self.is_refused()
    }
}

#[cfg(test)]
mod tests {
    use alloc::{vec, vec::Vec};

    use super::{COSTLY_LEN, DIRECT_LEN, Delivery, Route};
    use crate::{
        buffered::{Message, Outgoing, Ping, Sendable as _},
        connection::{Connection, Limits},
        session::{Session, Writing},
        time::Timestamp,
    };

    const MARK: usize = 100_000;

    fn writing() -> Writing {
        Session::new(Connection::server(&Limits::default().high_water_mark(MARK))).writing
    }

    /// The ways of a small message and of a large one: queued, and to be written.
    fn routes(writing: &Writing) -> Vec<Route<'static>> {
        static PAYLOAD: [u8; DIRECT_LEN] = [7; DIRECT_LEN];
        let [small, large] = [10, DIRECT_LEN].map(|len| Message::Binary(&PAYLOAD[..len]));
        let route = |message, to| writing.route(Outgoing::Message(message), to);
        vec![
            route(small, Delivery::Queued),
            route(large, Delivery::Queued),
            route(small, Delivery::Written),
            route(large, Delivery::Written),
        ]
    }

    fn direct() -> Route<'static> {
        Route::Direct(Message::Binary(&[7; DIRECT_LEN]))
    }

    #[test]
    fn a_message_is_alone_while_nothing_waits_and_the_transport_has_taken_everything() {
        let alone = [Route::Hold, Route::Hold, Route::Alone, direct()];
        let queued = [Route::Hold, Route::Hold, Route::Queue, direct()];
        let mut writing = writing();
        assert_eq!(routes(&writing), alone);
        writing.send("Hello").unwrap();
        assert_eq!(routes(&writing), queued, "something waits");
        writing.refused(Timestamp::default());
        writing.written(7);
        assert_eq!(routes(&writing), queued, "it is not flushed");
        writing.flushed();
        assert_eq!(routes(&writing), queued, "nobody has looked whether the stall is over");
        writing.wants(Timestamp::default());
        assert_eq!(routes(&writing), alone);
        writing.failed();
        assert_eq!(routes(&writing), [Route::Queue, direct(), Route::Queue, direct()], "failed");
    }

    #[test]
    fn a_message_is_held_while_it_has_room() {
        for (waiting, small, large) in [
            (MARK - DIRECT_LEN - 1, Route::Hold, Route::Hold),
            (MARK - DIRECT_LEN, Route::Hold, direct()),
            (MARK - 11, Route::Hold, direct()),
            (MARK - 10, Route::Queue, direct()),
        ] {
            let mut writing = writing();
            writing.out().resize(waiting, 0);
            assert_eq!(routes(&writing)[..2], [small, large], "{waiting} bytes wait");
        }
    }

    #[test]
    fn a_message_whose_copy_is_costly_is_held_while_there_is_room_for_two() {
        static PAYLOAD: [u8; COSTLY_LEN] = [7; COSTLY_LEN];
        for (len, waiting, is_held) in [
            (COSTLY_LEN, MARK - 2 * COSTLY_LEN - 1, true),
            (COSTLY_LEN, MARK - 2 * COSTLY_LEN, false),
            (COSTLY_LEN - 1, MARK - 2 * COSTLY_LEN, true),
        ] {
            let mut writing = writing();
            writing.out().resize(waiting, 0);
            let message = Message::Binary(&PAYLOAD[..len]);
            let route = writing.route(Outgoing::Message(message), Delivery::Queued);
            assert_eq!(route == Route::Hold, is_held, "{len} bytes, {waiting} wait");
        }
    }

    #[test]
    fn what_is_no_whole_message_is_queued() {
        for to in [Delivery::Queued, Delivery::Written] {
            assert_eq!(writing().route(Ping(b"").as_outgoing(), to), Route::Queue);
        }
    }
}
