//! The verdict of an explanation is that of the engine: the same close code at the same byte.

use sansocket::{CloseCode, Limits, Role, connection::Event, deflate::Params};
use sansocket_explain::Explainer;

use crate::{
    generator::{self, Numbers},
    verdict::{Verdict, closes, engine, options, receiver},
};

/// Returns the code of the engine that gets all bytes at once.
fn engine_at_once(
    sender: Role,
    limits: &Limits,
    params: Option<&Params>,
    bytes: &[u8],
) -> Option<CloseCode> {
    let mut receiver = receiver(sender, limits, params);
    let mut bytes = bytes.to_vec();
    let mut input = &mut bytes[..];
    loop {
        match receiver.receive(&mut input) {
            Ok(Some(Event::Close(_)) | None) => return None,
            Ok(Some(_)) => {}
            Err(error) => return Some(error.close_code()),
        }
    }
}

/// Returns the verdicts of the explanation, each on what follows the one before.
pub(crate) fn explained(
    sender: Role,
    limits: &Limits,
    params: Option<&Params>,
    mut bytes: &[u8],
) -> impl Iterator<Item = (CloseCode, u64)> {
    let mut explainer = Explainer::new(&options(limits, params));
    let elements = std::iter::from_fn(move || {
        explainer.explain(sender, &mut bytes).or_else(|| explainer.end(sender))
    });
    closes(elements)
}

#[track_caller]
fn check(sender: Role, limits: &Limits, params: Option<&Params>, bytes: &[u8]) -> Verdict {
    let verdict = engine(sender, limits, params, bytes);
    assert_eq!(
        explained(sender, limits, params, bytes).next(),
        verdict,
        "{sender:?} {params:?} {bytes:02x?}"
    );
    let code = verdict.map(|(code, _)| code);
    assert_eq!(code, engine_at_once(sender, limits, params, bytes), "{bytes:02x?}");
    verdict
}

fn check_streams(count: u64) {
    let mut violations = 0;
    for seed in 0..count {
        let mut numbers = Numbers::new(seed);
        let params = generator::params(&mut numbers);
        let limits = match numbers.below(4) {
            0 => Limits::default().max_message_len(100).max_fragments(3),
            1 => Limits::default().max_frame_len(64).max_controls_per_message(1),
            _ => Limits::default(),
        };
        for sender in [Role::Client, Role::Server] {
            let bytes = generator::stream(&mut numbers, sender, params.as_ref());
            violations += u64::from(check(sender, &limits, params.as_ref(), &bytes).is_some());
        }
    }
    // Both occur often, so that neither is compared in vain.
    assert!((count / 2..count * 2 - count / 4).contains(&violations), "{violations} of {count}");
}

#[test]
fn the_engine_and_the_explanation_agree_on_20000_streams() {
    check_streams(10_000);
}

#[test]
#[ignore = "takes minutes: `.ci/run exhaustive`"]
fn the_engine_and_the_explanation_agree_on_a_million_streams() {
    check_streams(500_000);
}

#[test]
fn section_5_2_they_agree_on_all_heads_of_two_bytes() {
    let limits = Limits::default();
    let compressed = generator::params(&mut Numbers::new(2));
    for head in 0..=u16::MAX {
        let [first, second] = head.to_be_bytes();
        let bytes = [first, second, 0, 0, 0, 0, 1, 2, 3, 4];
        for sender in [Role::Client, Role::Server] {
            check(sender, &limits, None, &bytes);
            if first & 0x70 == 0x40 {
                check(sender, &limits, compressed.as_ref(), &bytes);
            }
        }
    }
}
