//! Every clause of `docs/clauses.md` is shown by tests, in each of its roles, or has an exception;
//! every rule of an RFC is obeyed somewhere in the code, no citation is of a clause that does not
//! exist, and `docs/conformance.md` shows all of this. After a change, `UPDATE=1 cargo test --test
//! traceability` rewrites that page.
//!
//! Tests cite clauses (`// Shows 6455-5.5.1-3.`), the code cites sections (`// RFC 6455 5.5.1: ...`).
//!
//! A test that goes through `ROLES`, in its body or in a function of its file, shows a clause for
//! both roles. Any other says for which role it shows a clause of both: `// Shows 6455-5.1-5
//! (server).` A citation may not name a role that the test leaves out while it names the other.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod architecture;
mod attacks;
mod citations;
mod clauses;
mod examples;
mod page;
mod roles;
#[path = "../source_tree/mod.rs"]
mod source_tree;

use std::collections::BTreeSet;
use std::ops::BitOr as _;
use std::path::Path;
use std::{env, fs};

use citations::{Citation, citations, proofs};
use clauses::{Clause, Clauses, Section};
use roles::{Functions, Roles};
use source_tree::{root, rust_files};

/// The contents of the sources, file by file.
#[derive(Debug, Default)]
struct Evidence {
    /// Files under `src`, and their citations.
    citations: Vec<(String, Citation)>,
    shown: Vec<Shown>,
    complaints: Vec<String>,
}

/// A clause, and a test that shows it.
#[derive(Debug)]
struct Shown {
    clause: String,
    /// With its module.
    test: String,
    /// The roles that the citation names.
    named: Option<Roles>,
    /// The roles under test.
    in_test: Roles,
    is_for_all_roles: bool,
}

impl Shown {
    /// The roles that a clause for `wanted` is shown for, if that is known.
    fn roles(&self, wanted: Roles) -> Option<Roles> {
        let is_known = self.is_for_all_roles || wanted != Roles::BOTH;
        self.named.or_else(|| is_known.then_some(wanted))
    }

    /// What is wrong with the citation of a clause for `wanted`.
    fn complaint(&self, wanted: Roles) -> Option<String> {
        let Self { clause, test, in_test, .. } = self;
        let Some(roles) = self.roles(wanted) else {
            return Some(format!("{test} does not say for which role it shows {clause}"));
        };
        if !roles.without(wanted).is_empty() {
            let (roles, wanted) = (roles.name(), wanted.name());
            return Some(format!("{test} shows {clause} for {roles}, which is for {wanted}"));
        }
        // A test without roles is about code without roles.
        let missing = roles.without(*in_test);
        if !in_test.is_empty() && !missing.is_empty() {
            let missing = missing.name();
            return Some(format!("{test} is to show {clause} for {missing}, and does not"));
        }
        None
    }
}

impl Evidence {
    fn read() -> Self {
        let mut evidence = Self::default();
        for directory in ["src", "tests"] {
            let root = root().join(directory);
            for path in rust_files(&root) {
                let file = path.strip_prefix(&root).unwrap();
                // It cites made-up clauses.
                if !file.starts_with("traceability") {
                    evidence.add(directory, file, &fs::read_to_string(&path).unwrap());
                }
            }
        }
        evidence
    }

    fn add(&mut self, directory: &str, file: &Path, text: &str) {
        let name = file.to_str().unwrap().replace('\\', "/");
        let cited = citations(text).into_iter().map(|mut citation| {
            // A rule that only a test obeys does not count.
            citation.is_obeyed &= directory == "src";
            (name.clone(), citation)
        });
        self.citations.extend(cited);
        let module = module(directory, &name);
        let functions = Functions::read(text);
        match proofs(text) {
            Ok(proofs) => self.shown.extend(proofs.into_iter().map(|proof| Shown {
                clause: proof.clause,
                test: format!("{module}::{}", proof.test),
                named: proof.roles,
                in_test: functions.roles_in(&proof.test),
                is_for_all_roles: functions.is_for_all_roles(&proof.test),
            })),
            Err(error) => self.complaints.push(format!("{directory}/{name}: {error}")),
        }
    }

    fn shown(&self, clause: &Clause) -> impl Iterator<Item = &Shown> {
        self.shown.iter().filter(|shown| shown.clause == clause.id)
    }
}

/// The module of the tests in a file.
fn module(directory: &str, file: &str) -> String {
    let file = file.strip_suffix(".rs").unwrap();
    let module = ["/main", "/mod"].iter().find_map(|end| file.strip_suffix(end)).unwrap_or(file);
    let module = module.replace('/', "::");
    if directory == "src" { format!("sansocket::{module}::tests") } else { module }
}

/// Everything that is wrong.
fn complaints(clauses: &Clauses, evidence: &Evidence) -> Vec<String> {
    let mut complaints = evidence.complaints.clone();
    let mut ids = BTreeSet::new();
    for section in clauses.sections() {
        let is_obeyed = evidence
            .citations
            .iter()
            .any(|(_, citation)| citation.is_obeyed && citation.section == section.key);
        for clause in &section.clauses {
            complaints.extend(complaints_of(section, clause, is_obeyed, evidence));
            if !ids.insert(&clause.id) {
                complaints.push(format!("{} is there twice", clause.id));
            }
        }
    }
    for Shown { clause, test, .. } in &evidence.shown {
        if !ids.contains(clause) {
            complaints.push(format!("{test} shows {clause}, which does not exist"));
        }
    }
    let documents: BTreeSet<_> =
        clauses.chapters.iter().map(|chapter| chapter.document.as_str()).collect();
    let sections: BTreeSet<_> = clauses.sections().map(|section| &section.key).collect();
    for (file, Citation { section, .. }) in &evidence.citations {
        let document = section.split('-').next().unwrap();
        if documents.contains(document) && !sections.contains(section) {
            complaints.push(format!("{file} cites {section}, which does not exist"));
        }
    }
    complaints
}

/// What is wrong with a clause.
fn complaints_of(
    section: &Section,
    clause: &Clause,
    is_obeyed: bool,
    evidence: &Evidence,
) -> Vec<String> {
    let Clause { id, .. } = clause;
    let number = id.strip_prefix(&section.key).and_then(|rest| rest.strip_prefix('-'));
    if number.is_none_or(|number| number.parse::<u32>().is_err()) {
        return vec![format!("{id} stands in section {}", section.key)];
    }
    let mut complaints = Vec::new();
    let is_shown = evidence.shown(clause).next().is_some();
    if !is_shown && clause.exception().is_none() {
        complaints.push(format!("no test shows {id}: {}", clause.rule()));
    } else if is_shown && clause.level == "must" && !is_obeyed {
        complaints.push(format!("no code cites the section of {id}: {}", clause.rule()));
    }
    // A clause for intermediaries has no role to be shown for.
    if is_shown && let Some(wanted) = Roles::named(&clause.role) {
        complaints.extend(evidence.shown(clause).filter_map(|shown| shown.complaint(wanted)));
        let roles = evidence.shown(clause).filter_map(|shown| shown.roles(wanted));
        let missing = wanted.without(roles.fold(Roles::default(), Roles::bitor));
        if complaints.is_empty() && !missing.is_empty() {
            let (missing, rule) = (missing.name(), clause.rule());
            complaints.push(format!("no test shows {id} for {missing}: {rule}"));
        }
    }
    complaints
}

fn read_clauses() -> Clauses {
    Clauses::parse(&fs::read_to_string(root().join("docs/clauses.md")).unwrap())
}

#[test]
fn every_clause_is_shown_and_every_citation_is_of_a_clause() {
    let complaints = complaints(&read_clauses(), &Evidence::read());
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
}

#[test]
fn the_page_matches_the_sources() {
    let path = root().join("docs/conformance.md");
    let page = page::render(&read_clauses(), &Evidence::read());
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let is_written = fs::read_to_string(&path).is_ok_and(|written| written == page);
    assert!(is_written, "run `UPDATE=1 cargo test --test traceability` to write {path:?} anew");
}

#[test]
fn the_places_that_the_clauses_name_exist() {
    for section in read_clauses().sections() {
        for place in section.note.split('`').skip(1).step_by(2).filter(|name| name.ends_with(".rs"))
        {
            assert!(root().join("src").join(place).is_file(), "{place} of {}", section.key);
        }
    }
}

const CLAUSES: &str = "# RFC 6455: Title\n\
    ## 5.1: Masking\n\
    - 6455-5.1-1 (client, must): Masks.\n\
    - 6455-5.1-2 (server, must): Does not. Not kept: Because.\n";
const CODE: &str = "fn mask() {\n    // RFC 6455 5.1: masked.\n}\n";
const TEST: &str = "// Shows 6455-5.1-1.\n#[test]\nfn it_is_masked() {}\n";

/// The complaints about clauses, a source and a test.
fn complaints_about(clauses: &str, code: &str, test: &str) -> Vec<String> {
    let mut evidence = Evidence::default();
    evidence.add("src", Path::new("frame/mask.rs"), code);
    evidence.add("tests", Path::new("conformance/masking.rs"), test);
    complaints(&Clauses::parse(clauses), &evidence)
}

#[test]
fn a_clause_without_test_or_code_is_reported() {
    assert_eq!(complaints_about(CLAUSES, CODE, TEST), [""; 0]);
    let missing = ["no test shows 6455-5.1-1: Masks."];
    assert_eq!(complaints_about(CLAUSES, CODE, &TEST.replace("// Shows", "//")), missing);
    assert_eq!(complaints_about(CLAUSES, CODE, ""), missing);
    let missing = ["no code cites the section of 6455-5.1-1: Masks."];
    assert_eq!(complaints_about(CLAUSES, &CODE.replace("5.1:", "5.1,"), TEST), missing);
    // A test does not count as code that obeys.
    assert_eq!(complaints_about(CLAUSES, "", &[TEST, CODE].concat()), missing);
    let should = CLAUSES.replace("client, must", "client, should");
    assert_eq!(complaints_about(&should, "", TEST), [""; 0]);
    let no_exception = CLAUSES.replace("Not kept: ", "");
    let missing = ["no test shows 6455-5.1-2: Does not. Because."];
    assert_eq!(complaints_about(&no_exception, CODE, TEST), missing);
}

#[test]
fn a_clause_of_both_roles_is_shown_in_both() {
    let clauses = CLAUSES.replace("client, must", "both, must");
    let shown = |roles: &str, body: &str| {
        let roles = format!("// Shows 6455-5.1-1{roles}.\n");
        format!("{roles}#[test]\nfn it_is_masked() {{\n{body}\n}}\n")
    };
    let check = |test: &str| complaints_about(&clauses, CODE, test);
    for test in [
        shown("", "    for role in ROLES {}"),
        shown(" (both)", "    f(Role::Client, Role::Server);"),
        shown(" (both)", "    knows_no_role();"),
        shown(" (client)", "    f(Role::Client);")
            + &shown(" (server)", "    f(Role::Server);").replace("it_is", "it_is_not"),
    ] {
        assert_eq!(check(&test), [""; 0], "{test}");
    }
    let name = "conformance::masking::it_is_masked";
    let one = ["no test shows 6455-5.1-1 for server: Masks."];
    assert_eq!(check(&shown(" (client)", "    f(Role::Client);")), one);
    // The test could show both, and says that it does not.
    assert_eq!(check(&shown(" (client)", "    for role in ROLES {}")), one);
    let unsaid = [format!("{name} does not say for which role it shows 6455-5.1-1")];
    assert_eq!(check(&shown("", "    f(Role::Client, Role::Server);")), unsaid);
    let untrue = [format!("{name} is to show 6455-5.1-1 for client, and does not")];
    assert_eq!(check(&shown(" (both)", "    f(Role::Server);")), untrue);
    // That of one role is shown for it, whatever else the test does.
    let other = shown(" (server)", "    f(Role::Server);");
    let wrong = [format!("{name} shows 6455-5.1-1 for server, which is for client")];
    assert_eq!(complaints_about(CLAUSES, CODE, &other), wrong);
    assert_eq!(complaints_about(CLAUSES, CODE, &shown("", "    for role in ROLES {}")), [""; 0]);
    let server = shown("", "    f(Role::Server);");
    assert_eq!(complaints_about(CLAUSES, CODE, &server), untrue);
}

#[test]
fn an_exception_that_has_tests_is_checked() {
    let both = CLAUSES.replace("server, must", "both, must");
    let test = TEST.replace("5.1-1", "5.1-1, 6455-5.1-2 (client)");
    let complaint = ["no test shows 6455-5.1-2 for server: Does not."];
    assert_eq!(complaints_about(&both, CODE, &test), complaint);
    assert_eq!(complaints_about(&both, CODE, &test.replace("(client)", "(both)")), [""; 0]);
}

#[test]
fn a_citation_of_something_that_does_not_exist_is_reported() {
    let unknown = TEST.replace("5.1-1", "5.1-1, 6455-5.1-3");
    let complaint = ["conformance::masking::it_is_masked shows 6455-5.1-3, which does not exist"];
    assert_eq!(complaints_about(CLAUSES, CODE, &unknown), complaint);
    let complaint = ["frame/mask.rs cites 6455-5.12, which does not exist"];
    let unknown = [CODE, "// See RFC 6455 5.12.\n"].concat();
    assert_eq!(complaints_about(CLAUSES, &unknown, TEST), complaint);
    // There are no clauses of this one.
    let other = [CODE, "// RFC 9110 5.12: ...\n"].concat();
    assert_eq!(complaints_about(CLAUSES, &other, TEST), [""; 0]);
}

#[test]
fn clauses_have_unique_ids_of_their_section() {
    let complaint = ["6455-5.2-2 stands in section 6455-5.1"];
    assert_eq!(complaints_about(&CLAUSES.replace("5.1-2", "5.2-2"), CODE, TEST), complaint);
    let complaint = ["6455-5.1-1 is there twice"];
    assert_eq!(complaints_about(&CLAUSES.replace("5.1-2", "5.1-1"), CODE, TEST), complaint);
}

#[test]
fn the_page_has_an_item_for_each_clause_and_begins_with_those_not_kept() {
    let mut evidence = Evidence::default();
    evidence.add("src", Path::new("frame/mask.rs"), CODE);
    let test = TEST.replace("5.1-1", "5.1-1, 6455-5.1-3 (client), 6455-5.1-4 (both)");
    evidence.add("tests", Path::new("conformance/main.rs"), &test);
    let more = "- 6455-5.1-3 (both, may): Is both.\n\
        - 6455-5.1-4 (both, may): Is here.\n\
        - 6455-5.1-5 (both, may): Is not ours. Does not apply: No.\n";
    let clauses = Clauses::parse(&["Preface.\n\nMore of it.\n\n", CLAUSES, more].concat());
    let page = page::render(&clauses, &evidence);
    let expected = "Preface.\n\n\
        5 clauses: 3 are shown by 1 tests, 1 do not apply here, 1 are not kept.\n\n\
        <div class=\"warning\">\n\nNot kept:\n\n\
        - [6455-5.1-2](#6455-5.1-2) (server, must): Does not. *Because.*\n\n\
        </div>\n\n\
        <details><summary>RFC 6455: Title · 5 clauses, 1 do not apply, 1 not kept</summary>\n\
        <ul style=\"columns: 20em\">\n\
        <li style=\"break-inside: avoid\"><a href=\"#51-masking\">5.1: Masking</a>: 5</li>\n\
        </ul></details>\n\n\
        More of it.\n\n\
        # RFC 6455: Title\n\n\
        ## 5.1: Masking\n\n\
        <small>Code: `frame/mask.rs` (`mask`).</small>\n\n\
        - <span id=\"6455-5.1-1\"></span>Masks.\n  \
        <details><summary style=\"margin: 0\">\
        <small>6455-5.1-1 · client · must · 1 test</small></summary><ul>\n  \
        <li><small><code>it_is_masked</code> in conformance</small></li>\n  \
        </ul></details>\n\
        - <span id=\"6455-5.1-2\"></span>Does not.\n  \
        <br><small>6455-5.1-2 · server · must · <mark>not kept</mark>: Because.</small>\n\
        - <span id=\"6455-5.1-3\"></span>Is both.\n  \
        <details><summary style=\"margin: 0\">\
        <small>6455-5.1-3 · both · may · 1 test</small></summary><ul>\n  \
        <li><small><code>it_is_masked</code> (client) in conformance</small></li>\n  \
        </ul></details>\n\
        - <span id=\"6455-5.1-4\"></span>Is here.\n  \
        <details><summary style=\"margin: 0\">\
        <small>6455-5.1-4 · both · may · 1 test</small></summary><ul>\n  \
        <li><small><code>it_is_masked</code> in conformance</small></li>\n  \
        </ul></details>\n\
        - <span id=\"6455-5.1-5\"></span>Is not ours.\n  \
        <br><small>6455-5.1-5 · both · may · <b>does not apply</b>: No.</small>\n";
    assert_eq!(page, expected);
}
