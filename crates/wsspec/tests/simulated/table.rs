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
use wsspec::{Case, Expected, Judgement, Level, Opening, Step, Verdict, cases};

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
                            if case.is_for(target) && is_in_table(case) {
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

/// Numbers prove nothing, and long exchanges take minutes: the engine alone has them.
fn is_in_table(case: &Case) -> bool {
    case.level() != Level::Perf && !case.id().starts_with("rfc7692/6.2/exchange-")
}

fn run(case: &Case, at: usize, target: Role, results: &Mutex<Results>) {
    let mut peer = Mutant::new(target, None);
    let judgement = judge(case, target, &mut peer);
    if judgement.verdict != Verdict::Pass {
        let words = describe(case, &judgement);
        return results.lock().unwrap().wrong.push(format!("{target:?}: {words}"));
    }
    // Where much is sent, the mutants of the case's first rule are enough: the others show in shorter cases.
    let is_long = judgement.transcript.left_out() > 0;
    for mutation in peer.asked() {
        let is_own = case.rules().first().is_some_and(|rule| mutation.rules().contains(rule));
        if !mutation.roles().contains(&target) || is_long && !is_own {
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

/// An echo comes back only if messages are read and sent as these rules say.
const ECHO: &[&str] = &[
    "6455-5.2-4",
    "6455-5.2-5",
    "6455-5.3-5",
    "6455-5.6-1",
    "6455-5.6-2",
    "6455-6.1-3",
    "6455-6.1-4",
    "6455-6.2-3",
    "6455-6.2-4",
    "6455-6.2-5",
    "6455-6.2-6",
];
/// Where there are fragments, these as well.
const FRAGMENTS: &[&str] =
    &["6455-5.4-3", "6455-5.4-9", "6455-5.4-14", "6455-5.4-8", "6455-5.5.3-3"];
/// Where messages are compressed, these as well.
const COMPRESSION: &[&str] =
    &["7692-6.2-1", "7692-6.2-2", "7692-7.2.1-1", "7692-7.2.2-1", "7692-7.2.2-2", "7692-7.2.2-3"];

/// Where the answer of the run has parameters that a client did not ask for, this as well.
const ANSWER: &[&str] = &["7692-7.1.2.1-5"];
/// Where the target has to end the stream, these as well.
const END: &[&str] = &["6455-7.1.7-1", "6455-7.2.1-1", "6455-7.2.1-3"];

/// The rules on which every case of this form depends, whatever it is about.
fn depends_on(case: &Case) -> Vec<&'static str> {
    let is_echo = |expected: &Expected| {
        use Expected::{MaybeMessage, Message, StillOpen};
        matches!(expected, Message(..) | MaybeMessage(..) | StillOpen)
    };
    let exchanges = case.script().iter().any(|step| matches!(step, Step::Exchange(..)));
    let has_echo =
        exchanges || case.outcomes().iter().any(|outcome| outcome.expected().iter().any(is_echo));
    let has_fragments = case.script().iter().map(Step::to_string).any(|step| {
        step.contains("FIN clear") || step.contains("continuation") || step.contains("in fragments")
    });
    let is_compressed = matches!(case.opening(), Opening::Deflate { .. });
    let has_answer =
        matches!(case.opening(), Opening::Deflate { answer, .. } if answer.contains(';'));
    let has_end = case.outcomes().iter().any(|outcome| outcome.expected().contains(&Expected::End));
    let parts = [
        (has_answer, ANSWER),
        (has_end, END),
        (has_echo, ECHO),
        (has_fragments, FRAGMENTS),
        (is_compressed, COMPRESSION),
    ];
    parts.into_iter().filter(|(has, _)| *has).flat_map(|(_, rules)| rules.iter().copied()).collect()
}

fn names_the_rule(failure: &Failure, case: &Case) -> bool {
    let rules = failure.mutation.rules();
    let mut of_case = case.rules().iter().copied().chain(failure.clause).chain(depends_on(case));
    of_case.any(|rule| rules.contains(&rule))
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

/// What does not hold yet: mutants that no case fails, cases that fail no mutant of their first rule, and
/// cases that fail a mutant whose rule they do not name.
fn exceptions(results: &Results) -> BTreeSet<String> {
    let mut exceptions = BTreeSet::new();
    let (mut failed, mut proven) = (BTreeSet::new(), BTreeSet::new());
    for failure in &results.failures {
        let case = &results.cases[failure.case];
        if !names_the_rule(failure, case) {
            exceptions.insert(format!("unnamed {:?} {}", failure.mutation, case.id()));
        } else if decides(failure) {
            failed.insert((failure.mutation, failure.is_client));
        }
        if proves(failure, case) {
            proven.insert(failure.case);
        }
    }
    for mutation in Mutation::ALL {
        for role in mutation.roles() {
            if !failed.contains(&(*mutation, *role == Role::Client)) {
                exceptions.insert(format!("mutant {mutation:?} {role:?}"));
            }
        }
    }
    for (at, case) in results.cases.iter().enumerate() {
        if is_in_table(case) && !proven.contains(&at) {
            exceptions.insert(format!("case {}", case.id()));
        }
    }
    exceptions
}

/// The list is exact, so that what holds at last goes on to hold.
#[test]
fn mutants_and_cases_fit_but_for_what_is_listed() {
    let found = exceptions(results());
    if std::env::var_os("UPDATE").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/simulated/exceptions.txt");
        let lines: String = found.iter().map(|line| format!("{line}\n")).collect();
        return std::fs::write(path, lines).unwrap();
    }
    let listed: BTreeSet<_> = include_str!("exceptions.txt").lines().map(str::to_owned).collect();
    let new: Vec<_> = found.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&found).collect();
    assert!(new.is_empty() && gone.is_empty(), "new: {new:#?}; no more: {gone:#?}");
}

#[test]
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
that fail them. A case that fails a mutant names its rule. What does not hold yet is listed in
`tests/simulated/exceptions.txt`. Cases that only measure and long exchanges are left out. The tests
generate this page.

"
    .to_owned();
    let mutants = Mutation::ALL.len();
    let cases = results.cases.iter().filter(|case| is_in_table(case)).count();
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
