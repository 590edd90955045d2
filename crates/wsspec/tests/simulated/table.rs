//! Which case fails which mutant: each mutant is failed by a case, by none that is about something else,
//! and no case is there that fails none.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use sansocket::Role;
use wsspec::{Case, Judgement, Level, Verdict, cases};

use super::{
    mutant::{Mutant, Mutation},
    simulation::judge,
};

/// A case that a mutant does not pass.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Failure {
    mutation: Mutation,
    is_client: bool,
    /// Where it stands in the list.
    case: usize,
    verdict: Verdict,
    clause: Option<&'static str>,
    reason: String,
}

#[derive(Default)]
struct Results {
    cases: Vec<Case>,
    /// What the peer that keeps all rules does not pass.
    wrong: Vec<String>,
    failures: BTreeSet<Failure>,
}

/// All cases against all mutants. A mutant differs from the correct peer only in what that was asked about:
/// in other cases it need not be run.
fn results() -> &'static Results {
    static RESULTS: OnceLock<Results> = OnceLock::new();
    RESULTS.get_or_init(|| {
        let cases = cases();
        let next = AtomicUsize::new(0);
        let results = Mutex::new(Results::default());
        thread::scope(|scope| {
            for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
                scope.spawn(|| {
                    while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let at = cases.iter().position(|other| other.id() == case.id()).unwrap();
                        for target in [Role::Server, Role::Client] {
                            if case.is_for(target) && case.level() != Level::Perf {
                                run(case, at, target, &results);
                            }
                        }
                    }
                });
            }
        });
        let results = results.into_inner().unwrap();
        Results { cases, ..results }
    })
}

fn run(case: &Case, at: usize, target: Role, results: &Mutex<Results>) {
    let mut peer = Mutant::new(target, None);
    let judgement = judge(case, target, &mut peer);
    if judgement.verdict != Verdict::Pass {
        let words = describe(case, &judgement);
        return results.lock().unwrap().wrong.push(format!("{target:?}: {words}"));
    }
    for mutation in peer.asked() {
        if !mutation.roles().contains(&target) {
            continue;
        }
        let judgement = judge(case, target, &mut Mutant::new(target, Some(mutation)));
        if !matches!(judgement.verdict, Verdict::Pass | Verdict::Skip) {
            results.lock().unwrap().failures.insert(Failure {
                mutation,
                is_client: target == Role::Client,
                case: at,
                verdict: judgement.verdict,
                clause: judgement.clause,
                reason: describe(case, &judgement),
            });
        }
    }
}

fn describe(case: &Case, judgement: &Judgement) -> String {
    format!(
        "{}: {}: {}; expected {:?}; seen {:?}",
        case.id(),
        judgement.verdict,
        judgement.reason,
        judgement.expected,
        judgement.seen
    )
}

/// The strength of a rule: must, should, may or own.
fn strength(rule: &str) -> &'static str {
    static STRENGTHS: OnceLock<BTreeMap<&str, &str>> = OnceLock::new();
    let strengths = STRENGTHS.get_or_init(|| {
        let page = include_str!("../../../../docs/clauses.md");
        let lines = page.lines().filter_map(|line| line.strip_prefix("- "));
        let rules = lines.filter_map(|line| line.split_once(" ("));
        let strengths = rules.filter_map(|(rule, rest)| {
            let (of, _) = rest.split_once(')')?;
            Some((rule, of.split_once(", ")?.1))
        });
        strengths.collect()
    });
    strengths.get(rule).copied().unwrap_or_else(|| panic!("{rule} is not on the page of clauses"))
}

/// What breaks a MUST has to be a failure; for the others a warning will do.
fn decides(failure: &Failure) -> bool {
    let is_must = failure.mutation.rules().iter().all(|rule| strength(rule) == "must");
    failure.verdict == Verdict::Fail || failure.verdict == Verdict::Warn && !is_must
}

fn names_the_rule(failure: &Failure, case: &Case) -> bool {
    let rules = failure.mutation.rules();
    case.rules().iter().any(|rule| rules.contains(rule))
        || failure.clause.is_some_and(|clause| rules.contains(&clause))
}

/// Whether a case finds what it is there to find: its first rule is broken, and it says so.
fn proves(failure: &Failure, case: &Case) -> bool {
    let is_about = |rule| failure.mutation.rules().contains(rule);
    let is_told = failure.verdict == Verdict::Fail || case.level() > Level::Must;
    is_told && case.rules().first().is_none_or(is_about)
}

#[test]
fn the_second_peer_passes() {
    let wrong = &results().wrong;
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
#[ignore = "most cases are still to come"]
fn each_mutant_is_failed_by_a_case() {
    let results = results();
    let failed: BTreeSet<_> = results
        .failures
        .iter()
        .filter(|failure| decides(failure))
        .filter(|failure| names_the_rule(failure, &results.cases[failure.case]))
        .map(|failure| (failure.mutation, failure.is_client))
        .collect();
    let mut missed = Vec::new();
    for mutation in Mutation::ALL {
        for role in mutation.roles() {
            if !failed.contains(&(*mutation, *role == Role::Client)) {
                missed.push(format!("{role:?} {mutation:?}: {}", mutation.words()));
            }
        }
    }
    assert!(missed.is_empty(), "{}:\n{}", missed.len(), missed.join("\n"));
}

#[test]
#[ignore = "most cases are still to come"]
fn only_cases_about_the_rule_fail_a_mutant() {
    let results = results();
    let mut others = Vec::new();
    for failure in &results.failures {
        let case = &results.cases[failure.case];
        if !names_the_rule(failure, case) {
            let Failure { mutation, reason, .. } = failure;
            let (rules, of_case) = (mutation.rules(), case.rules());
            others.push(format!("{mutation:?} {rules:?}, {of_case:?}: {reason}"));
        }
    }
    assert!(others.is_empty(), "{}:\n{}", others.len(), others.join("\n"));
}

#[test]
#[ignore = "most cases are still to come"]
fn each_case_fails_a_mutant() {
    let results = results();
    let failing: BTreeSet<_> = results
        .failures
        .iter()
        .filter(|failure| proves(failure, &results.cases[failure.case]))
        .map(|failure| failure.case)
        .collect();
    let of_no_use: Vec<_> = (0..results.cases.len())
        .filter(|at| !failing.contains(at) && results.cases[*at].level() != Level::Perf)
        .map(|at| format!("{} {:?}", results.cases[at].id(), results.cases[at].rules()))
        .collect();
    assert!(of_no_use.is_empty(), "{}:\n{}", of_no_use.len(), of_no_use.join("\n"));
}

#[test]
#[ignore = "most cases are still to come"]
fn the_page_of_mutants_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/mutants.md");
    let page = page(results());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/docs")).unwrap();
        std::fs::write(path, page).unwrap();
    } else {
        let is_current = std::fs::read_to_string(path).is_ok_and(|current| current == page);
        assert!(is_current, "docs/mutants.md: write it with UPDATE=1");
    }
}

fn page(results: &Results) -> String {
    /// Further cases of a mutant are counted.
    const SHOWN: usize = 6;
    let mut page = "\
# Mutants

The proof that the cases find what they are there to find: peers that break one rule each, and the cases
that fail them. A case that fails no mutant would be of no use, and one that fails a mutant names its rule.
The tests generate this page.

"
    .to_owned();
    let mutants = Mutation::ALL.len();
    let perf = results.cases.iter().filter(|case| case.level() == Level::Perf).count();
    let cases = results.cases.len() - perf;
    writeln!(page, "{mutants} mutants, {cases} cases.\n").unwrap();
    page += "| Rule | The mutant | Role | Cases |\n| --- | --- | --- | --- |\n";
    for mutation in Mutation::ALL {
        let failures = || results.failures.iter().filter(|failure| failure.mutation == *mutation);
        let ids: BTreeSet<_> = failures().map(|failure| results.cases[failure.case].id()).collect();
        let role = match mutation.roles() {
            [Role::Server] => "server",
            [Role::Client] => "client",
            _ => "both",
        };
        let shown: Vec<_> = ids.iter().take(SHOWN).map(|id| format!("`{id}`")).collect();
        let mut shown = shown.join(", ");
        if let more @ 1.. = ids.len().saturating_sub(SHOWN) {
            write!(shown, " and {more} more").unwrap();
        }
        let rule = mutation.rules()[0];
        writeln!(page, "| {rule} | It {} | {role} | {shown} |", mutation.words()).unwrap();
    }
    page
}
