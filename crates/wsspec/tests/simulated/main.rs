//! All cases against peers in memory: the engine, which must pass, and peers that break one rule each.
//! Bytes and time are simulated.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod autobahn;
mod engine;
mod mutant;
mod simulation;
mod table;

use std::time::Duration;

use engine::{Client, Server};
use sansocket::Role;
use simulation::{Peer, judge};
use wsspec::{Case, Level, Verdict, cases};

#[test]
fn ids_are_unique_and_slugs() {
    let cases = cases();
    let mut ids: Vec<_> = cases.iter().map(|case| case.id()).collect();
    ids.sort_unstable();
    assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{ids:?}");
    let is_slug = |id: &&str| {
        id.bytes().all(|byte| byte.is_ascii_lowercase() || b"0123456789-./".contains(&byte))
    };
    assert_eq!(ids.iter().find(|id| !is_slug(id)), None);
}

#[test]
fn each_case_says_what_it_is_about() {
    for case in cases() {
        assert!(!case.outcomes().is_empty(), "{}: no outcome", case.id());
        assert!(!case.title().is_empty() && !case.reason().is_empty(), "{}: no words", case.id());
        let is_robust = case.level() >= Level::Robust;
        assert!(is_robust || !case.rules().is_empty(), "{}: no rule", case.id());
    }
}

#[test]
fn rules_are_those_of_the_page_of_clauses() {
    let page = include_str!("../../../../docs/clauses.md");
    for case in cases() {
        for rule in case.rules() {
            assert!(page.contains(&format!("- {rule} (")), "{}: {rule}", case.id());
        }
    }
}

#[test]
fn the_engine_passes_as_a_server() {
    all_pass(Role::Server);
}

#[test]
fn the_engine_passes_as_a_client() {
    all_pass(Role::Client);
}

#[test]
fn a_silent_peer_passes_nothing() {
    struct Silent;
    impl Peer for Silent {
        fn receive(&mut self, _: &[u8], _: Duration) -> Vec<u8> {
            Vec::new()
        }
        fn end_of_stream(&mut self, _: Duration) -> Vec<u8> {
            Vec::new()
        }
        fn tick(&mut self, _: Duration) -> Vec<u8> {
            Vec::new()
        }
        fn has_ended(&self) -> bool {
            false
        }
    }
    for target in [Role::Server, Role::Client] {
        for case in cases().iter().filter(|case| case.is_for(target)) {
            let verdict = judge(case, target, &mut Silent).verdict;
            assert_eq!(verdict, Verdict::Fail, "{} of a {target:?}", case.id());
        }
    }
}

fn all_pass(target: Role) {
    let mut wrong = Vec::new();
    // A build without optimization measures nothing, and takes long for it.
    let is_slow = |case: &Case| cfg!(debug_assertions) && case.level() == Level::Perf;
    for case in cases().iter().filter(|case| case.is_for(target) && !is_slow(case)) {
        let judgement = match target {
            Role::Server => judge(case, target, &mut Server::new()),
            Role::Client => judge(case, target, &mut Client::new()),
        };
        if judgement.verdict != Verdict::Pass {
            wrong.push(format!(
                "{}: {}: {}; expected {:?}; seen {:?}",
                case.id(),
                judgement.verdict,
                judgement.reason,
                judgement.expected,
                judgement.seen
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of a {target:?}:\n{}", wrong.len(), wrong.join("\n"));
}
