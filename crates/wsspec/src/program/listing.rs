use std::{fmt::Write as _, process::ExitCode};

use sansocket::Role;
use wsspec::{Case, cases};

use super::{
    command_line::{ExplainArguments, ListArguments},
    failure::Failure,
    output::print,
};

/// Lists cases.
pub(crate) fn list(arguments: &ListArguments) -> Result<ExitCode, Failure> {
    let pattern = arguments.pattern.join(" ");
    let found: Vec<_> = cases().into_iter().filter(|case| case.matches(&pattern)).collect();
    let mut out = String::new();
    for case in &found {
        let aliases = case.autobahn_ids().join(" ");
        let _ = match arguments.autobahn {
            true => writeln!(out, "{:<48} {aliases}", case.id()),
            false => writeln!(
                out,
                "{:<48} {:<7} {:<7} {}",
                case.id(),
                case.level(),
                roles(case),
                case.title()
            ),
        };
    }
    print(&out)?;
    Ok(ExitCode::from(u8::from(found.is_empty())))
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
