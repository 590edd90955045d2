use std::{collections::VecDeque, time::Duration};

use super::Cut;

/// What is to be sent, cut into writes.
#[derive(Debug)]
pub(super) struct Outgoing {
    pieces: VecDeque<Piece>,
    cut: Cut,
    /// How many bytes were queued that are cut.
    queued: usize,
    /// Before this time nothing is sent.
    not_before: Duration,
}

#[derive(Debug)]
enum Piece {
    Bytes(Vec<u8>),
    /// Bytes that answer the target, and are no step of the case.
    Aside(Vec<u8>),
    /// Time that passes before the next write.
    Gap(Duration),
}

/// Time for the target to read what was sent.
const GAP: Duration = Duration::from_millis(1);

impl Outgoing {
    pub(super) const fn new(cut: Cut) -> Self {
        Self { pieces: VecDeque::new(), cut, queued: 0, not_before: Duration::ZERO }
    }

    /// Queues a write as it is.
    pub(super) fn push_whole(&mut self, bytes: Vec<u8>) {
        self.pieces.push_back(Piece::Bytes(bytes));
    }

    /// Queues a write that answers the target.
    pub(super) fn push_aside(&mut self, bytes: Vec<u8>) {
        self.pieces.push_back(Piece::Aside(bytes));
    }

    /// Queues a write, cut as the settings say.
    pub(super) fn push(&mut self, bytes: Vec<u8>) {
        let start = self.queued;
        self.queued += bytes.len();
        match self.cut {
            Cut::OneByte => self.push_in_pieces(1, &bytes),
            Cut::After(position) if start < position && position < self.queued => {
                let (before, after) = bytes.split_at(position - start);
                self.push_whole(before.to_vec());
                self.pieces.push_back(Piece::Gap(GAP));
                self.push_whole(after.to_vec());
            }
            _ => self.push_whole(bytes),
        }
    }

    /// Queues writes of `size` bytes.
    pub(super) fn push_in_pieces(&mut self, size: usize, bytes: &[u8]) {
        self.push_slowly(size, Duration::ZERO, bytes);
    }

    /// Queues writes of `size` bytes with time between them.
    pub(super) fn push_slowly(&mut self, size: usize, gap: Duration, bytes: &[u8]) {
        for (at, piece) in bytes.chunks(size.max(1)).enumerate() {
            if at > 0 && !gap.is_zero() {
                self.pieces.push_back(Piece::Gap(gap));
            }
            self.push_whole(piece.to_vec());
        }
    }

    pub(super) fn clear(&mut self) {
        self.pieces.clear();
        self.not_before = Duration::ZERO;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// How many bytes were queued that are cut.
    pub(super) const fn queued(&self) -> usize {
        self.queued
    }

    /// The next write, if there is one.
    pub(super) fn next_write(&mut self, now: Duration) -> Option<Write> {
        loop {
            if now < self.not_before {
                return Some(Write::NotBefore(self.not_before));
            }
            match self.pieces.pop_front()? {
                Piece::Bytes(bytes) => return Some(Write::Step(bytes)),
                Piece::Aside(bytes) => return Some(Write::Aside(bytes)),
                Piece::Gap(gap) => self.not_before = now + gap,
            }
        }
    }
}

/// The next write.
#[derive(Debug)]
pub(super) enum Write {
    /// Bytes of the case: the time for an answer begins with them.
    Step(Vec<u8>),
    /// Bytes that answer the target.
    Aside(Vec<u8>),
    /// None before this time.
    NotBefore(Duration),
}
