use std::{collections::BTreeSet, fmt::Write as _, process::ExitCode};

use sansocket::Role;
use serde::Serialize;
use wsspec::{Case, autobahn_ids, cases};

use super::{
    command_line::{ExplainArguments, ListArguments},
    failure::Failure,
    output::print,
};

/// Lists cases.
pub(crate) fn list(arguments: &ListArguments) -> Result<ExitCode, Failure> {
    let pattern = arguments.pattern.join(" ");
    let is_shown = |case: &Case| !arguments.autobahn || !case.autobahn_ids().is_empty();
    let found: Vec<_> =
        cases().into_iter().filter(|case| case.matches(&pattern) && is_shown(case)).collect();
    let width = found.iter().map(|case| case.id().len()).max().unwrap_or_default();
    let mut out = String::new();
    if arguments.json {
        let listed: Vec<_> = found.iter().map(Listed::from).collect();
        // There is no key that is not a string.
        out = serde_json::to_string_pretty(&listed).unwrap_or_default() + "\n";
    }
    for case in found.iter().filter(|_| !arguments.json) {
        let aliases = case.autobahn_ids().join(" ");
        let _ = match arguments.autobahn {
            true => writeln!(out, "{:<width$} {aliases}", case.id()),
            false => writeln!(
                out,
                "{:<width$} {:<7} {:<7} {}",
                case.id(),
                case.level(),
                roles(case),
                case.title()
            ),
        };
    }
    if arguments.autobahn && !arguments.json {
        out.push_str(&without_counterpart(&arguments.pattern));
    }
    print(&out)?;
    Ok(ExitCode::from(u8::from(found.is_empty())))
}

/// Autobahn's ids that no case has: those that hold these words.
fn without_counterpart(words: &[String]) -> String {
    let cases = cases();
    let aliases: BTreeSet<_> = cases.iter().flat_map(Case::autobahn_ids).collect();
    let mut ids = autobahn_ids();
    let count = ids.len();
    ids.retain(|id| !aliases.contains(id) && words.iter().all(|word| id.contains(word.as_str())));
    match ids.is_empty() {
        true if words.is_empty() => {
            format!("\nEach of Autobahn's {count} cases has a counterpart.\n")
        }
        true => String::new(),
        false => format!("\nWithout a counterpart:\n{}\n", ids.join("\n")),
    }
}

/// A case in the list as JSON.
#[derive(Serialize)]
struct Listed<'c> {
    id: &'c str,
    title: &'c str,
    level: String,
    roles: &'static str,
    section: &'c str,
    rules: &'c [&'static str],
    why: &'c str,
    autobahn: &'c [String],
    set: u32,
}

impl<'c> From<&'c Case> for Listed<'c> {
    fn from(case: &'c Case) -> Self {
        Self {
            id: case.id(),
            title: case.title(),
            level: case.level().to_string(),
            roles: roles(case),
            section: case.section(),
            rules: case.rules(),
            why: case.reason(),
            autobahn: case.autobahn_ids(),
            set: case.set(),
        }
    }
}

/// Explains a case.
pub(crate) fn explain(arguments: &ExplainArguments) -> Result<ExitCode, Failure> {
    let case = find(&arguments.id)?;
    print(&case.explained())?;
    Ok(ExitCode::SUCCESS)
}

/// The case with this id, or with this one of Autobahn's.
pub(crate) fn find(id: &str) -> Result<Case, Failure> {
    let alias = id.strip_prefix("autobahn/").unwrap_or(id);
    let mut all = cases().into_iter();
    let found =
        all.find(|case| case.id() == id || case.autobahn_ids().iter().any(|other| other == alias));
    found.ok_or_else(|| {
        Failure::Argument(format!("there is no case {id}: `wsspec list` prints them all"))
    })
}

fn roles(case: &Case) -> &'static str {
    match (case.is_for(Role::Server), case.is_for(Role::Client)) {
        (true, true) => "both",
        (true, false) => "server",
        _ => "client",
    }
}
