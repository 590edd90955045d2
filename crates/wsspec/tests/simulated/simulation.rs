//! A run and a peer in memory, with a clock that only waiting moves.

use std::time::Duration;

use sansocket::Role;
use wsspec::{Action, Case, Judgement, Run, Settings};

/// An implementation in memory.
pub(crate) trait Peer {
    /// Takes bytes, returns those that it sends.
    fn receive(&mut self, bytes: &[u8], now: Duration) -> Vec<u8>;

    /// The end of the stream has come; returns what it sends.
    fn end_of_stream(&mut self, now: Duration) -> Vec<u8>;

    /// Time has passed; returns what it sends.
    fn tick(&mut self, now: Duration) -> Vec<u8>;

    /// Whether it has ended what it sends.
    fn has_ended(&self) -> bool;
}

/// Runs a case against a peer.
pub(crate) fn judge(case: &Case, target: Role, peer: &mut dyn Peer) -> Judgement {
    let mut run = Run::new(case, target, &Settings { seed: 7, ..Settings::default() });
    let mut now = Duration::ZERO;
    let mut has_told_end = false;
    let begin = peer.tick(now);
    run.received(&begin, now);
    for _ in 0..1_000_000 {
        let sent = match run.poll(now) {
            Action::Send(bytes) => peer.receive(&bytes, now),
            Action::End => peer.end_of_stream(now),
            Action::Wait(until) => {
                now = until;
                peer.tick(now)
            }
            _ => return run.judgement(),
        };
        if !sent.is_empty() {
            run.received(&sent, now);
        }
        if peer.has_ended() && !has_told_end {
            has_told_end = true;
            run.ended(now);
        }
    }
    panic!("{} does not end", case.id());
}
