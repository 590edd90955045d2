//! Runs of the program.

use std::{
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;

use crate::server;

/// A case that the engine passes, and a lenient server too.
pub(crate) const GOOD: &str = "rfc6455/5.1/masks-as-its-role";
/// A case that a lenient server fails.
pub(crate) const BAD: &str = "rfc6455/5.1/unmasked-text";

/// How a run ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Runs the program.
pub(crate) fn wsspec(arguments: &[&str]) -> Ended {
    Command::new(env!("CARGO_BIN_EXE_wsspec")).args(arguments).output().unwrap().into()
}

/// Judges the server at a URL by the cases that hold some words.
pub(crate) fn judge(url: &str, words: &str, options: &[&str]) -> Ended {
    wsspec(&[&["server", url, "--filter", words], options].concat())
}

/// The program, with a server that it starts.
pub(crate) fn command(server: &server::Command, options: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wsspec"));
    command.args(["server", &server.url()]).args(options).arg("--").args(&server.words);
    command.envs(server.environment.iter().cloned());
    command
}

/// Judges a server that the program starts.
pub(crate) fn judge_command(server: &server::Command, options: &[&str]) -> Ended {
    command(server, options).output().unwrap().into()
}

/// The report that was written as JSON.
pub(crate) fn report(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The ids of the cases of a report, with their verdicts.
pub(crate) fn verdicts(report: &Value) -> Vec<(&str, &str)> {
    let cases = report["cases"].as_array().unwrap().iter();
    cases.map(|case| (case["id"].as_str().unwrap(), case["verdict"].as_str().unwrap())).collect()
}
