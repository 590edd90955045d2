use crate::case::{Part, Step};

/// Whether the last of these steps that sends something ends inside a frame, so that no other frame can
/// be sent.
pub(super) fn ends_inside_frame(steps: &[Step]) -> bool {
    let last = steps.iter().rev().find_map(|step| match step {
        Step::Send(parts) | Step::SendInPieces(_, parts) | Step::Drip(_, _, parts) => Some(parts),
        _ => None,
    });
    last.is_some_and(|parts| parts.iter().any(Part::is_cut_off))
}
