//! Cases about open connections against peers that break one rule each: a case fails only if it names
//! that rule.

use sansocket::Role;
use wsspec::{Case, Opening, Part, Step, Verdict, cases};

use super::naive::{Breaks, Naive};
use super::simulation::judge;

/// What is broken, and the rules that say otherwise.
#[rustfmt::skip]
static BROKEN: [(Breaks, &[&str]); 52] = [
    (Breaks::ReservedBits, &["6455-5.2-2"]),
    (Breaks::Opcodes, &["6455-5.2-3"]),
    (Breaks::ControlFragments, &["6455-5.5-2"]),
    (Breaks::LongControls, &["6455-5.5-1"]),
    (Breaks::Masking, &["6455-5.1-2", "6455-5.1-4"]),
    (Breaks::WideLengths, &["6455-5.2-6"]),
    (Breaks::TopBit, &["6455-5.2-7"]),
    (Breaks::StrayContinuations, &["6455-5.4-3"]),
    (Breaks::MixedMessages, &["6455-5.4-7"]),
    (Breaks::InvalidText, &["6455-8.1-1"]),
    (Breaks::ShortClose, &["6455-5.5.1-1"]),
    (Breaks::CloseCodes, &["6455-7.4.1-1", "6455-7.4.2-1"]),
    (Breaks::CloseReasons, &["6455-5.5.1-2"]),
    (Breaks::StaleKey, &["6455-5.3-5", "6455-6.2-6"]),
    (Breaks::NoUnmasking, &["6455-5.3-5", "6455-6.2-6"]),
    (Breaks::UnmasksWords, &["6455-5.3-5", "6455-6.2-6"]),
    (Breaks::RefusesKeyOfZeros, &["6455-5.3-5", "6455-5.2-8"]),
    (Breaks::ByteOrder, &["6455-5.2-5"]),
    (Breaks::RefusesCutLetters, &["6455-5.6-1"]),
    (Breaks::RefusesNonCharacters, &["6455-5.6-1"]),
    (Breaks::RefusesNewCodes, &["6455-7.4.2-1"]),
    (Breaks::RefusesPongs, &["6455-5.5.3-3"]),
    (Breaks::ControlsEndMessages, &["6455-5.4-8"]),
    (Breaks::EchoesPings, &["6455-6.2-2", "6455-5.5.2-1"]),
    (Breaks::OwnByteOrder, &["6455-5.2-5"]),
    (Breaks::CutFrames, &["6455-6.2-1"]),
    (Breaks::SecondFrames, &["6455-6.2-1"]),
    (Breaks::EmptyFragments, &["6455-5.4-9"]),
    (Breaks::ForgetsType, &["6455-6.2-3"]),
    (Breaks::GoesOnAfterFailure, &["6455-7.1.7-6", "6455-7.1.7-1"]),
    (Breaks::NeverFails, &["6455-7.1.7-1"]),
    (Breaks::OwnMasking, &["6455-5.1-1", "6455-5.1-3"]),
    (Breaks::SameKey, &["6455-5.3-2"]),
    (Breaks::CountedKeys, &["6455-5.3-4"]),
    (Breaks::OwnWideLengths, &["6455-5.2-6"]),
    (Breaks::OwnReservedBits, &["6455-5.2-1"]),
    (Breaks::OwnFragments, &["6455-5.4-3"]),
    (Breaks::NoPongs, &["6455-5.5.2-1"]),
    (Breaks::EmptyPongs, &["6455-5.5.3-1"]),
    (Breaks::LatePongs, &["6455-5.5.2-3", "6455-5.5.2-1"]),
    (Breaks::PongsForPongs, &["6455-5.5.3-3"]),
    (Breaks::PongFragments, &["6455-5.5-2"]),
    (Breaks::NoCloseAnswer, &["6455-5.5.1-6"]),
    (Breaks::LateCloseAnswer, &["6455-5.5.1-7", "6455-5.5.1-6"]),
    (Breaks::EchoesAfterClose, &["6455-5.5.1-5"]),
    (Breaks::AnswersEachClose, &["6455-5.5.1-6"]),
    (Breaks::Sends1005, &["6455-7.4.1-1"]),
    (Breaks::Sends1006, &["6455-7.4.1-1", "6455-7.4.1-3"]),
    (Breaks::FailsWith1000, &["6455-7.4.1-3"]),
    (Breaks::StaysAfterClose, &["6455-5.5.1-10"]),
    (Breaks::StaysAfterFailure, &["6455-7.1.7-1"]),
    (Breaks::StaysAfterEnd, &["6455-7.2.1-1", "6455-5.5.1-9"]),
];

/// Those that begin with a plain handshake, and are about what comes then.
fn open_connections() -> Vec<Case> {
    let is_about_it = |rule: &&str| {
        let sections = ["6455-5.", "6455-6.", "6455-7.", "6455-8.", "own-frames"];
        sections.iter().any(|section| rule.starts_with(section))
    };
    let mut cases = cases();
    cases.retain(|case| {
        matches!(case.opening(), Opening::Plain) && case.rules().first().is_some_and(is_about_it)
    });
    cases
}

fn verdicts(cases: &[Case], breaks: Breaks) -> Vec<(Case, Role, Verdict, String)> {
    let mut all = Vec::new();
    for case in cases {
        for role in [Role::Server, Role::Client] {
            if case.is_for(role) {
                let judgement = judge(case, role, &mut Naive::new(role, breaks));
                all.push((case.clone(), role, judgement.verdict, judgement.reason));
            }
        }
    }
    all
}

#[test]
fn another_good_peer_passes() {
    for (case, role, verdict, reason) in verdicts(&open_connections(), Breaks::Nothing) {
        assert_eq!(verdict, Verdict::Pass, "{} {role:?}: {reason}", case.id());
    }
}

/// Whether it sends so little that it can be run for each broken rule.
fn is_short(case: &Case) -> bool {
    let sent = |step: &Step| match step {
        Step::Send(parts) | Step::SendInPieces(_, parts) => parts
            .iter()
            .map(|part| match part {
                Part::Frame(frame) => frame.encode(Role::Server, [0; 4]).len(),
                _ => 0,
            })
            .sum(),
        _ => 0,
    };
    case.script().iter().map(sent).sum::<usize>() < 2_000
}

/// What is wrong with how the cases judge a peer that breaks this.
fn misjudged(cases: &[Case], breaks: Breaks, rules: &[&str]) -> Vec<String> {
    let mut verdicts = verdicts(cases, breaks);
    verdicts.retain(|(_, _, verdict, _)| *verdict == Verdict::Fail);
    if verdicts.is_empty() {
        return vec![format!("{breaks:?}: no case fails")];
    }
    verdicts.retain(|(case, ..)| !case.rules().iter().any(|rule| rules.contains(rule)));
    let words = verdicts.iter().map(|(case, role, _, reason)| {
        format!("{breaks:?}: {} of a {role:?} fails: {reason}", case.id())
    });
    words.collect()
}

#[test]
fn a_broken_rule_fails_the_cases_that_name_it_and_no_others() {
    let mut cases = open_connections();
    cases.retain(is_short);
    let (left, right) = BROKEN.split_at(BROKEN.len() / 2);
    let judge_all = |broken: &[(Breaks, &[&str])]| -> Vec<String> {
        broken.iter().flat_map(|(breaks, rules)| misjudged(&cases, *breaks, rules)).collect()
    };
    let wrong = std::thread::scope(|scope| {
        let halves = [left, right].map(|half| scope.spawn(|| judge_all(half)));
        halves.map(|half| half.join().unwrap()).concat()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_only_late_or_impolite_is_a_warning() {
    for breaks in [Breaks::LateText, Breaks::EndsFirst] {
        let verdicts = verdicts(&open_connections(), breaks);
        assert!(verdicts.iter().all(|(_, _, verdict, _)| *verdict != Verdict::Fail));
        assert!(verdicts.iter().any(|(_, _, verdict, _)| *verdict == Verdict::Warn));
    }
}
