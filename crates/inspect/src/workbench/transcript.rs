use sansocket::Role;
use sansocket_explain::{Element, Explainer};

use super::explanation;

/// Explains a connection, and brings further explainers into the state that it is in.
///
/// An explainer can be copied between two messages only. So the copy is an earlier one, and the bytes since
/// then are explained again for each preview.
#[derive(Debug)]
pub(super) struct Transcript {
    explainer: Explainer,
    earlier: Explainer,
    /// What has crossed since the copy; `None` if that is too much to keep.
    pieces: Option<Vec<(Role, Vec<u8>)>>,
    len: usize,
}

impl Transcript {
    /// From here on a new copy costs less than to explain the bytes again.
    const COPIED_AT: usize = 4 << 10;

    /// Up to here a preview is explained in the time of a keystroke.
    const MAX_LEN: usize = 256 << 10;

    /// Creates a transcript before the first byte.
    pub(super) fn new() -> Self {
        let new = || Explainer::new(&explanation::options());
        Self { explainer: new(), earlier: new(), pieces: Some(Vec::new()), len: 0 }
    }

    /// Takes the next element off the front of `input`, as [`Explainer::explain`] does.
    pub(super) fn explain(&mut self, sender: Role, input: &mut &[u8]) -> Option<Element> {
        let before = *input;
        let element = self.explainer.explain(sender, input);
        let consumed = before.len().saturating_sub(input.len());
        self.keep(sender, before.get(..consumed).unwrap_or_default());
        element
    }

    /// Returns what the end of a direction leaves, as [`Explainer::end`] does. No preview follows it.
    pub(super) fn end(&mut self, sender: Role) -> Option<Element> {
        self.explainer.end(sender)
    }

    /// Returns what the handshake has agreed on for compressed messages.
    pub(super) const fn deflate(&self) -> Option<sansocket::deflate::Params> {
        self.explainer.deflate()
    }

    /// Returns an explainer in the same state, unless a message before it is too long.
    pub(super) fn preview(&self) -> Option<Explainer> {
        let mut explainer = self.earlier.try_clone()?;
        for (sender, piece) in self.pieces.as_ref()? {
            let mut input = &piece[..];
            while explainer.explain(*sender, &mut input).is_some() {}
        }
        Some(explainer)
    }

    fn keep(&mut self, sender: Role, bytes: &[u8]) {
        self.len = self.len.saturating_add(bytes.len());
        if self.len >= Self::COPIED_AT
            && let Some(copy) = self.explainer.try_clone()
        {
            (self.earlier, self.pieces, self.len) = (copy, Some(Vec::new()), 0);
        } else if self.len > Self::MAX_LEN {
            self.pieces = None;
        } else if let Some(pieces) = &mut self.pieces {
            match pieces.last_mut() {
                Some((last, piece)) if *last == sender => piece.extend_from_slice(bytes),
                _ => pieces.push((sender, bytes.to_vec())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\
        Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        Sec-WebSocket-Version: 13\r\n\r\n";
    const RESPONSE: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
        Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

    fn explain(transcript: &mut Transcript, sender: Role, mut bytes: &[u8]) {
        while transcript.explain(sender, &mut bytes).is_some() {}
    }

    /// Returns the clauses that a client's frame would break.
    fn clauses(transcript: &Transcript, frame: &[u8]) -> Vec<&'static str> {
        let mut explainer = transcript.preview().unwrap();
        let elements = explanation::explain(&mut explainer, Role::Client, frame);
        let violations = elements.into_iter().flat_map(|element| element.violations);
        violations.map(|violation| violation.clause).collect()
    }

    #[test]
    fn a_preview_knows_the_state_after_any_number_of_bytes() {
        let continuation = b"\x80\x80\0\0\0\0";
        let mut transcript = Transcript::new();
        explain(&mut transcript, Role::Client, REQUEST);
        explain(&mut transcript, Role::Server, RESPONSE);
        let message = [&b"\x82\xFE\x03\xE8\0\0\0\0"[..], &[7; 1000]].concat();
        for _ in 0..600 {
            explain(&mut transcript, Role::Client, &message);
            assert!(transcript.len <= Transcript::COPIED_AT);
        }
        assert_eq!(clauses(&transcript, continuation), ["6455-5.4-3"]);
        explain(&mut transcript, Role::Client, b"\x01\x81\0\0\0\0a");
        assert_eq!(clauses(&transcript, continuation), [""; 0]);
        assert_eq!(clauses(&transcript, b"\x81\x80\0\0\0\0"), ["6455-5.4-7"]);
    }

    #[test]
    fn a_preview_is_impossible_inside_a_long_message_only() {
        let mut transcript = Transcript::new();
        explain(&mut transcript, Role::Client, REQUEST);
        explain(&mut transcript, Role::Server, RESPONSE);
        explain(&mut transcript, Role::Server, b"\x82\x7F\0\0\0\0\0\x10\0\0");
        for _ in 0..16 {
            explain(&mut transcript, Role::Server, &[0; 60 << 10]);
        }
        assert!(transcript.preview().is_none());
        explain(&mut transcript, Role::Server, &[0; 64 << 10]);
        assert!(transcript.preview().is_some());
    }
}
