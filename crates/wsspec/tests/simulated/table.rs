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

/// Numbers prove nothing, and long exchanges take minutes: the engine alone has them. Two that are short
/// stand for the others.
fn is_in_table(case: &Case) -> bool {
    const FAMILY: &str = "rfc7692/6.2/exchange-";
    const SHORT: &[&str] = &["json-of-16", "default-of-16"];
    let exchange = case.id().strip_prefix(FAMILY);
    case.level() != Level::Perf && exchange.is_none_or(|member| SHORT.contains(&member))
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

/// For whom a rule is, both, server or client, and its strength: must, should, may or own.
fn kind(rule: &str) -> (&'static str, &'static str) {
    static KINDS: OnceLock<BTreeMap<&str, (&str, &str)>> = OnceLock::new();
    let kinds = KINDS.get_or_init(|| {
        let page = include_str!("../../../../docs/clauses.md");
        let lines = page.lines().filter_map(|line| line.strip_prefix("- "));
        let rules = lines.filter_map(|line| line.split_once(" ("));
        let kinds = rules.filter_map(|(rule, rest)| {
            let (kind, _) = rest.split_once(')')?;
            Some((rule, kind.split_once(", ")?))
        });
        kinds.collect()
    });
    kinds.get(rule).copied().unwrap_or_else(|| panic!("{rule} is not on the page of clauses"))
}

/// What breaks a MUST has to be a failure; for the others a warning will do.
fn decides(failure: &Failure, case: &Case) -> bool {
    let is_must = failure.mutation.rules().iter().all(|rule| kind(rule).1 == "must");
    let is_binding = is_must && case.level() == Level::Must;
    failure.verdict == Verdict::Fail || failure.verdict == Verdict::Warn && !is_binding
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
/// Where the answer of the run has no parameters, this as well: a client has to accept it first.
const PLAIN_ANSWER: &[&str] = &["7692-5.1-2"];
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
    let has_plain_answer =
        matches!(case.opening(), Opening::Deflate { answer, .. } if !answer.contains([';', ',']));
    let has_end = case.outcomes().iter().any(|outcome| outcome.expected().contains(&Expected::End));
    let parts = [
        (has_answer, ANSWER),
        (has_plain_answer, PLAIN_ANSWER),
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

/// Whether a case finds what it is there to find: its first rule is broken, and it says so. If that rule is
/// for the other role alone, the first one that is for this role counts, too.
fn proves(failure: &Failure, case: &Case) -> bool {
    let other = if failure.is_client { "server" } else { "client" };
    let first = case.rules().first();
    let first_of_role = case.rules().iter().find(|rule| kind(rule).0 != other);
    let is_about = |rule| failure.mutation.rules().contains(rule);
    let is_told = failure.verdict == Verdict::Fail || case.level() > Level::Must;
    is_told && (first.is_none_or(is_about) || first_of_role.is_some_and(is_about))
}

#[test]
fn the_second_peer_passes() {
    let wrong = &results().wrong;
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn each_mutant_fails_a_case_in_each_of_its_roles() {
    let results = results();
    let is_told = |failure: &&Failure| {
        let case = &results.cases[failure.case];
        names_the_rule(failure, case) && decides(failure, case)
    };
    let failed: BTreeSet<_> = results
        .failures
        .iter()
        .filter(is_told)
        .map(|failure| (failure.mutation, failure.is_client))
        .collect();
    let all = Mutation::ALL
        .iter()
        .flat_map(|mutation| mutation.roles().iter().map(|role| (*mutation, *role)));
    let missed: Vec<_> = all
        .filter(|(mutation, role)| !failed.contains(&(*mutation, *role == Role::Client)))
        .collect();
    assert!(missed.is_empty(), "{}: {missed:#?}", missed.len());
}

#[test]
fn a_case_that_fails_a_mutant_names_its_rule() {
    let results = results();
    let others = results.failures.iter().filter_map(|failure| {
        let case = &results.cases[failure.case];
        (!names_the_rule(failure, case)).then(|| format!("{:?}: {}", failure.mutation, case.id()))
    });
    let others: BTreeSet<_> = others.collect();
    assert!(others.is_empty(), "{}: {others:#?}", others.len());
}

#[test]
fn each_case_fails_a_mutant_of_its_first_rule_in_each_of_its_roles() {
    let results = results();
    let proven: BTreeSet<_> = results
        .failures
        .iter()
        .filter(|failure| proves(failure, &results.cases[failure.case]))
        .map(|failure| (failure.case, failure.is_client))
        .collect();
    let mut unproven = Vec::new();
    for (at, case) in results.cases.iter().enumerate().filter(|(_, case)| is_in_table(case)) {
        for role in [Role::Server, Role::Client] {
            if case.is_for(role) && !proven.contains(&(at, role == Role::Client)) {
                unproven.push(format!("{} of a {role:?}", case.id()));
            }
        }
    }
    assert!(unproven.is_empty(), "{}: {unproven:#?}", unproven.len());
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
    let mutants = Mutation::ALL.len();
    let cases = results.cases.iter().filter(|case| is_in_table(case)).count();
    let mut page = format!(
        "\
# Mutants

The proof that the cases find what they are there to find: {mutants} peers that break one rule each, and
{cases} cases. The tests show without exception that

1. each mutant fails a case in each role that it applies to,
2. a case that fails a mutant names a rule that the mutant breaks, or is of a form that depends on it,
3. each case fails, in each role that it is for, a mutant that breaks the rule which the case names first.

Cases that only measure are left out, and of the family `rfc7692/6.2/exchange-*` all but two members. Where
a case sends much, only the mutants of its first rule are run. The rules are those of the
[page of clauses](../../../docs/clauses.md). The tests generate this page.
"
    );
    let mut rules: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for mutation in Mutation::ALL {
        rules.entry(order(mutation.rules()[0])).or_default().push(*mutation);
    }
    for mutations in rules.values() {
        writeln!(page, "\n## {}\n", mutations[0].rules()[0]).unwrap();
        for mutation in mutations {
            let failures = results.failures.iter().filter(|one| one.mutation == *mutation);
            let ids: BTreeSet<_> = failures.map(|one| results.cases[one.case].id()).collect();
            let role = match mutation.roles() {
                [Role::Server] => "A server",
                [Role::Client] => "A client",
                _ => "A peer",
            };
            write!(page, "- **{role} that {}**: ", mutation.words()).unwrap();
            let groups = grouped(&ids);
            let count = ids.len();
            match &groups[..] {
                [group] if group.len() < 80 => writeln!(page, "{group}").unwrap(),
                _ => {
                    writeln!(page, "{count} cases").unwrap();
                    groups.iter().for_each(|group| page += &wrapped(group));
                }
            }
        }
    }
    page
}

/// The numbers in the id of a rule count as such.
fn order(rule: &str) -> Vec<(u32, &str)> {
    rule.split(['-', '.']).map(|part| (part.parse().unwrap_or(u32::MAX), part)).collect()
}

/// The ids, with what they have in common once.
fn grouped(ids: &BTreeSet<&str>) -> Vec<String> {
    let mut groups: BTreeMap<_, (&str, Vec<_>)> = BTreeMap::new();
    for id in ids {
        let (prefix, slug) = id.rsplit_once('/').unwrap();
        groups.entry(order(prefix)).or_insert((prefix, Vec::new())).1.push(slug);
    }
    let groups = groups.into_values();
    groups.map(|(prefix, slugs)| format!("`{prefix}/` {}", slugs.join(", "))).collect()
}

/// An item of an inner list.
fn wrapped(item: &str) -> String {
    let mut page = "  -".to_owned();
    let mut column = page.len();
    for word in item.split(' ') {
        if column + 1 + word.len() > 110 {
            page += "\n   ";
            column = 3;
        }
        page += " ";
        page += word;
        column += 1 + word.len();
    }
    page + "\n"
}
