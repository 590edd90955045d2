//! What is asked of a target before its cases, and between them.

use std::time::Duration;

use sansocket::Role;
use wsspec::{Case, Kind, Transcript};

/// The case that asks whether a target is there.
pub(crate) fn echo() -> Case {
    Case::must("probe", "An echo").send([wsspec::text("wsspec")]).echoes(Kind::Text, "wsspec")
}

/// The longest time between bytes of the run and what the target sent next.
pub(crate) fn answer_time(transcript: &Transcript, target: Role) -> Duration {
    let pairs = transcript.entries().windows(2);
    let answers = pairs.filter_map(|pair| match pair {
        [asked, answered] if asked.sender != target && answered.sender == target => {
            Some(answered.at.saturating_sub(asked.at))
        }
        _ => None,
    });
    answers.max().unwrap_or_default()
}
