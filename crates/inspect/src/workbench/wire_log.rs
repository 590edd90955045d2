use sansocket::Role;
use sansocket_explain::Explainer;

use super::explanation;

/// All bytes of a connection in their order, to bring a second explainer into the same state.
#[derive(Debug, Default)]
pub(super) struct WireLog {
    pieces: Vec<(Role, Vec<u8>)>,
    len: usize,
}

impl WireLog {
    /// Up to here a preview is explained in the time of a keystroke.
    const MAX_LEN: usize = 256 << 10;

    pub(super) fn push(&mut self, sender: Role, bytes: &[u8]) {
        self.len = self.len.saturating_add(bytes.len());
        if self.len > Self::MAX_LEN {
            self.pieces = Vec::new();
            return;
        }
        match self.pieces.last_mut() {
            Some((last, piece)) if *last == sender => piece.extend_from_slice(bytes),
            _ => self.pieces.push((sender, bytes.to_vec())),
        }
    }

    /// Returns an explainer that has seen all of it, unless it was too much to keep.
    pub(super) fn replay(&self) -> Option<Explainer> {
        if self.len > Self::MAX_LEN {
            return None;
        }
        let mut explainer = Explainer::new(&explanation::options());
        for (sender, piece) in &self.pieces {
            let mut input = &piece[..];
            while explainer.explain(*sender, &mut input).is_some() {}
        }
        Some(explainer)
    }
}
