use std::collections::{BTreeMap, VecDeque};

/// How many bytes, and how many segments, are held of each direction while one before them is
/// missing. With more, the missing one is given up.
pub(crate) const MAX_HELD: usize = 256 << 10;
const MAX_SEGMENTS: usize = 1024;

/// How many segments may still arrive after the other end has acknowledged a missing one: then it was
/// lost by the capture, not by the network.
const GRACE: u32 = 1;

/// Segments farther ahead are not of this connection.
const MAX_AHEAD: u64 = 1 << 30;

/// What one end has sent, put together again from TCP segments: in order, each byte once.
///
/// Push segments, then take the pieces.
#[derive(Debug)]
pub(super) struct Stream<M> {
    /// The sequence number of the first byte that was seen.
    first: Option<u32>,
    /// The sequence number of the next byte; `None` before the first segment.
    next: Option<u32>,
    /// How many bytes came before it.
    position: u64,
    /// What came too early, by its position.
    held: BTreeMap<u64, Held<M>>,
    held_len: usize,
    /// Where the end is.
    end: Option<u64>,
    has_ended: bool,
    acknowledged: u64,
    /// The segments that came since the missing one was acknowledged.
    grace: u32,
    pieces: VecDeque<Piece<M>>,
}

#[derive(Debug)]
struct Held<M> {
    bytes: Vec<u8>,
    missing: u32,
    moment: M,
}

/// What comes out of a [`Stream`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece<M> {
    /// Bytes of one segment, and when it came.
    Bytes(Vec<u8>, M),
    /// So many bytes are not in the capture.
    Lost(u64),
    /// The end has sent all.
    End,
}

impl<M: Copy> Stream<M> {
    pub(super) fn new() -> Self {
        Self {
            first: None,
            next: None,
            position: 0,
            held: BTreeMap::new(),
            held_len: 0,
            end: None,
            has_ended: false,
            acknowledged: 0,
            grace: 0,
            pieces: VecDeque::new(),
        }
    }

    /// Whether the last piece was [`Piece::End`].
    pub(super) fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// Sets the number of the first byte, of a SYN.
    pub(super) fn begin(&mut self, first: u32) {
        self.first.get_or_insert(first);
        self.next.get_or_insert(first);
    }

    /// Returns whether it has begun with another first byte than this one.
    pub(super) fn has_begun_elsewhere(&self, first: u32) -> bool {
        self.first.is_some_and(|other| other != first)
    }

    /// Takes a segment: the number of its first byte, its bytes, and how many more it had.
    pub(super) fn push(&mut self, sequence: u32, bytes: &[u8], missing: u32, moment: M) {
        if bytes.is_empty() && missing == 0 {
            return;
        }
        self.begin(sequence);
        let Some(ahead) = self.ahead(sequence) else { return };
        // How many bytes came before, and from where the segment begins otherwise.
        let old = usize::try_from(ahead.saturating_neg()).unwrap_or_default();
        let ahead = self.position.saturating_add(u64::try_from(ahead).unwrap_or_default());
        let known = bytes.len().saturating_add(usize::try_from(missing).unwrap_or(usize::MAX));
        if old >= known || ahead > self.position.saturating_add(MAX_AHEAD) {
            return;
        }
        if ahead <= self.position {
            let fresh = bytes.get(old..).unwrap_or_default();
            let gone = old.saturating_sub(bytes.len());
            let missing = missing.saturating_sub(u32::try_from(gone).unwrap_or(u32::MAX));
            self.deliver(fresh.to_vec(), missing, moment);
        } else {
            self.hold(ahead, Held { bytes: bytes.to_vec(), missing, moment });
        }
        self.release();
        if self.is_hole_acknowledged() {
            self.grace = self.grace.saturating_add(1);
        }
        if self.grace > GRACE || self.held_len > MAX_HELD || self.held.len() > MAX_SEGMENTS {
            self.give_up();
        }
    }

    /// Learns that the other end has all bytes before this number.
    pub(super) fn acknowledge(&mut self, sequence: u32) {
        if let Some(position) = self.position_of(sequence) {
            self.acknowledged = self.acknowledged.max(position);
        }
    }

    /// Learns that no byte follows that before this number.
    pub(super) fn finish_at(&mut self, sequence: u32) {
        self.begin(sequence);
        // It is of another connection if bytes came after it.
        if let Some(position) = self.position_of(sequence).filter(|end| *end >= self.position) {
            self.end.get_or_insert(position);
        }
        self.release();
    }

    /// Gives up all that is missing, as no more segments come.
    pub(super) fn finish(&mut self) {
        while !self.held.is_empty() {
            self.give_up();
        }
        // The acknowledgement of a FIN counts one more.
        let end = self.end.unwrap_or(self.acknowledged.saturating_sub(1));
        self.lose(end.saturating_sub(self.position));
        self.release();
    }

    /// Takes the next piece.
    pub(super) fn piece(&mut self) -> Option<Piece<M>> {
        self.pieces.pop_front()
    }

    /// Returns the position of a sequence number, near to the next byte; `None` if it is before the
    /// first byte, or too far ahead.
    fn position_of(&self, sequence: u32) -> Option<u64> {
        let position = self.position.checked_add_signed(self.ahead(sequence)?)?;
        (position <= self.position.saturating_add(MAX_AHEAD)).then_some(position)
    }

    /// Returns how far a sequence number is ahead of the next byte.
    fn ahead(&self, sequence: u32) -> Option<i64> {
        self.next.map(|next| sequence.wrapping_sub(next).cast_signed().into())
    }

    fn hold(&mut self, position: u64, held: Held<M>) {
        if self.held.get(&position).is_none_or(|other| other.bytes.len() < held.bytes.len()) {
            self.held_len = self.held_len.saturating_add(held.bytes.len());
            if let Some(old) = self.held.insert(position, held) {
                self.held_len = self.held_len.saturating_sub(old.bytes.len());
            }
        }
    }

    /// Delivers what is held and has its turn.
    fn release(&mut self) {
        while let Some(first) = self.held.first_entry() {
            let position = *first.key();
            if position > self.position {
                break;
            }
            let Held { bytes, missing, moment } = first.remove();
            self.held_len = self.held_len.saturating_sub(bytes.len());
            let old = usize::try_from(self.position.saturating_sub(position)).unwrap_or(usize::MAX);
            let fresh = bytes.get(old..).unwrap_or_default().to_vec();
            let gone = u32::try_from(old.saturating_sub(bytes.len())).unwrap_or(u32::MAX);
            self.deliver(fresh, missing.saturating_sub(gone), moment);
            self.grace = 0;
        }
        if self.end.is_some_and(|end| end <= self.position) && !self.has_ended {
            self.has_ended = true;
            self.pieces.push_back(Piece::End);
        }
    }

    fn deliver(&mut self, bytes: Vec<u8>, missing: u32, moment: M) {
        if !bytes.is_empty() {
            self.advance(bytes.len() as u64);
            self.pieces.push_back(Piece::Bytes(bytes, moment));
        }
        self.lose(missing.into());
    }

    /// Goes on with the first that is held, without what is missing before it.
    fn give_up(&mut self) {
        if let Some((&position, _)) = self.held.first_key_value() {
            self.lose(position.saturating_sub(self.position));
        }
        self.grace = 0;
        self.release();
    }

    fn lose(&mut self, len: u64) {
        if len > 0 {
            self.advance(len);
            self.pieces.push_back(Piece::Lost(len));
        }
    }

    fn advance(&mut self, len: u64) {
        self.position = self.position.saturating_add(len);
        // Sequence numbers count modulo 2^32 (RFC 9293 3.4).
        let low = u32::try_from(len & u64::from(u32::MAX)).unwrap_or_default();
        self.next = self.next.map(|next| next.wrapping_add(low));
    }

    fn is_hole_acknowledged(&self) -> bool {
        self.held.first_key_value().is_some_and(|(first, _)| self.acknowledged >= *first)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pieces(stream: &mut Stream<()>) -> Vec<Piece<()>> {
        std::iter::from_fn(|| stream.piece()).collect()
    }

    fn bytes(stream: &mut Stream<()>) -> Vec<u8> {
        let bytes = pieces(stream).into_iter().flat_map(|piece| match piece {
            Piece::Bytes(bytes, ()) => bytes,
            other => panic!("{other:?}"),
        });
        bytes.collect()
    }

    #[test]
    fn numbers_may_wrap() {
        let mut stream = Stream::new();
        stream.begin(u32::MAX - 1);
        stream.push(1, b"de", 0, ());
        stream.push(u32::MAX - 1, b"abc", 0, ());
        assert_eq!(bytes(&mut stream), b"abcde");
    }

    #[test]
    fn a_repeated_segment_may_overlap() {
        let mut stream = Stream::new();
        stream.push(10, b"abc", 0, ());
        stream.push(10, b"abcde", 0, ());
        stream.push(9, b"?abcdef", 0, ());
        stream.push(12, b"cd", 0, ());
        assert_eq!(bytes(&mut stream), b"abcdef");
    }

    #[test]
    fn a_lost_segment_is_given_up_at_the_end() {
        let mut stream = Stream::new();
        stream.begin(0);
        stream.push(3, b"de", 0, ());
        stream.finish_at(5);
        assert_eq!(pieces(&mut stream), []);
        stream.finish();
        let expected = [Piece::Lost(3), Piece::Bytes(b"de".into(), ()), Piece::End];
        assert_eq!(pieces(&mut stream), expected);
    }

    #[test]
    fn a_lost_segment_is_given_up_once_it_was_acknowledged() {
        let mut stream = Stream::new();
        stream.begin(0);
        stream.push(1, b"b", 0, ());
        stream.acknowledge(2);
        stream.push(2, b"c", 0, ());
        assert_eq!(pieces(&mut stream), []);
        stream.push(3, b"d", 0, ());
        assert_eq!(pieces(&mut stream).first(), Some(&Piece::Lost(1)));
    }

    #[test]
    fn no_more_is_held_than_the_bound() {
        let mut stream = Stream::new();
        stream.begin(0);
        let segment = [7; 1000];
        for index in 1..2000_u32 {
            stream.push(index * 1000, &segment, 0, ());
            assert!(stream.held_len <= MAX_HELD);
        }
        let pieces = pieces(&mut stream);
        assert_eq!(pieces.first(), Some(&Piece::Lost(1000)));
        assert_eq!(pieces.len(), 2000);
        stream.push(5_000_000, &segment, 0, ());
        for _ in 0..2 * MAX_SEGMENTS {
            stream.push(5_000_000, &segment, 0, ());
        }
        assert_eq!(stream.held_len, 1000);
    }

    #[test]
    fn what_the_capture_has_left_out_is_lost() {
        let mut stream = Stream::new();
        stream.push(0, b"ab", 3, ());
        stream.push(5, b"f", 0, ());
        let expected =
            [Piece::Bytes(b"ab".into(), ()), Piece::Lost(3), Piece::Bytes(b"f".into(), ())];
        assert_eq!(pieces(&mut stream), expected);
    }

    #[test]
    fn segments_of_another_connection_are_ignored() {
        let mut stream = Stream::new();
        stream.push(0, b"ab", 0, ());
        stream.push(1 << 31, b"far", 0, ());
        stream.push((1 << 30) + 10, b"far", 0, ());
        stream.finish();
        assert_eq!(bytes(&mut stream), b"ab");
    }

    #[test]
    fn numbers_of_another_connection_are_ignored() {
        let mut stream = Stream::new();
        stream.push(0, b"ab", 0, ());
        // It has acknowledged, and ended, what was never sent, or what was not the end.
        stream.acknowledge((1 << 30) + 10);
        stream.finish_at((1 << 30) + 10);
        stream.finish_at(1);
        assert!(!stream.has_ended());
        stream.push(2, b"c", 0, ());
        assert_eq!(bytes(&mut stream), b"abc");
        stream.finish_at(3);
        assert_eq!(pieces(&mut stream), [Piece::End]);
        stream.finish();
        assert_eq!(pieces(&mut stream), []);
    }

    proptest! {
        /// Any cuts, any order within a window and any repetitions give the same bytes.
        #[test]
        fn segments_in_any_order_give_the_same_bytes(
            content in proptest::collection::vec(any::<u8>(), 1..2000),
            first in any::<u32>(),
            cuts in proptest::collection::vec((0_usize..2000, 0_usize..200), 0..60),
            order in proptest::collection::vec(any::<u16>(), 200),
            window in 1_usize..20,
        ) {
            let mut segments: Vec<(usize, usize)> = Vec::new();
            for (start, len) in cuts {
                let start = start.min(content.len());
                segments.push((start, (start + len).min(content.len())));
            }
            for start in (0..content.len()).step_by(97) {
                segments.push((start, (start + 97).min(content.len())));
            }
            segments.sort_unstable();
            for (index, key) in order.iter().enumerate() {
                let from = index % segments.len();
                let to = (from + usize::from(*key) % window).min(segments.len() - 1);
                segments.swap(from, to);
            }
            let mut stream = Stream::new();
            stream.begin(first);
            for (start, end) in segments {
                let sequence = first.wrapping_add(u32::try_from(start).unwrap());
                stream.push(sequence, &content[start..end], 0, ());
            }
            let end = first.wrapping_add(u32::try_from(content.len()).unwrap());
            stream.finish_at(end);
            let mut all = Vec::new();
            let mut ends = 0;
            for piece in pieces(&mut stream) {
                match piece {
                    Piece::Bytes(bytes, ()) => all.extend(bytes),
                    Piece::Lost(len) => panic!("{len} lost"),
                    Piece::End => ends += 1,
                }
            }
            prop_assert_eq!(all, content);
            prop_assert_eq!(ends, 1);
        }
    }
}
