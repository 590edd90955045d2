//! The shell parts of the action for GitHub, run as its runner does.

use std::{fs, path::Path, process::Command};

use tempfile::TempDir;

use crate::{
    server::{self, Fault, start},
    wsspec::{BAD, Ended, GOOD},
};

const ACTION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/action");

/// A runner with a folder for temporary files, and files for what steps tell it.
struct Runner(TempDir);

impl Runner {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join(name)).unwrap_or_default()
    }

    fn step(&self, script: &str, programs: &Path, inputs: &[(&str, &str)]) -> Ended {
        let path = std::env::var_os("PATH").unwrap();
        let folders = [programs.to_owned()].into_iter().chain(std::env::split_paths(&path));
        let file = |name| self.0.path().join(name);
        Command::new("bash")
            .arg(format!("{ACTION}/{script}"))
            .env("PATH", std::env::join_paths(folders).unwrap())
            .env("GITHUB_ACTION_PATH", ACTION)
            .env("GITHUB_STEP_SUMMARY", file("summary"))
            .env("GITHUB_OUTPUT", file("output"))
            .env("GITHUB_PATH", file("path"))
            .env("RUNNER_TEMP", self.0.path())
            .envs([("WSSPEC_MODE", "server"), ("WSSPEC_PROFILE", "full")])
            .envs(inputs.iter().copied())
            .output()
            .unwrap()
            .into()
    }

    fn judge(&self, inputs: &[(&str, &str)]) -> Ended {
        self.step("judge", Path::new(env!("CARGO_BIN_EXE_wsspec")).parent().unwrap(), inputs)
    }
}

#[test]
fn the_step_ends_as_the_program_and_writes_the_summary() {
    for (fault, case, code) in [(Fault::None, GOOD, 0), (Fault::Lenient, BAD, 1)] {
        let runner = Runner::new();
        let options = format!("--filter {case} --strict");
        let ended = runner.judge(&[("WSSPEC_URL", &start(fault)), ("WSSPEC_OPTIONS", &options)]);
        assert_eq!(ended.code, code, "{}{}", ended.out, ended.err);
        assert!(runner.text("summary").contains("wsspec: server `ws://127.0.0.1:"));
        for line in runner.text("output").lines() {
            assert!(Path::new(line.split_once('=').unwrap().1).exists(), "{line}");
        }
        assert!(
            runner.text("output").contains("junit=")
                && runner.text("wsspec/reports/report.xml").contains(case)
        );
    }
}

#[test]
fn a_command_is_a_line_of_bash_and_is_stopped() {
    let server = server::Command::new(Fault::Slow);
    let command = format!("'{}'", server.words.join("' '"));
    let (url, options) = (server.url(), format!("--filter {GOOD}"));
    let environment = server.environment.clone();
    let mut inputs =
        vec![("WSSPEC_URL", &*url), ("WSSPEC_COMMAND", &command), ("WSSPEC_OPTIONS", &options)];
    inputs.extend(environment.iter().map(|(name, value)| (*name, &**value)));
    let ended = Runner::new().judge(&inputs);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    assert!(server.is_gone());
}

#[test]
fn a_baseline_is_used() {
    let runner = Runner::new();
    let baseline = runner.0.path().join("with space.toml");
    fs::write(&baseline, format!("[[allow]]\nid = \"{BAD}\"\nreason = \"a bridge\"\n")).unwrap();
    let options = format!("--filter {BAD}");
    let ended = runner.judge(&[
        ("WSSPEC_URL", &start(Fault::Lenient)),
        ("WSSPEC_OPTIONS", &options),
        ("WSSPEC_BASELINE", baseline.to_str().unwrap()),
    ]);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
}

#[test]
fn inputs_that_cannot_be_are_refused() {
    assert_ne!(Runner::new().judge(&[("WSSPEC_URL", "")]).code, 0);
    assert_eq!(Runner::new().judge(&[("WSSPEC_MODE", "both")]).code, 2);
    assert_eq!(Runner::new().judge(&[("WSSPEC_URL", "http://127.0.0.1/")]).code, 2);
}

#[test]
fn the_package_of_the_checkout_is_installed_or_a_release() {
    let programs = tempfile::tempdir().unwrap();
    let cargo = programs.path().join("cargo");
    fs::write(&cargo, "#!/bin/sh\necho \"$@\"\n").unwrap();
    assert!(Command::new("chmod").arg("+x").arg(&cargo).status().unwrap().success());
    let runner = Runner::new();
    let installed = |inputs: &[(&str, &str)]| runner.step("install", programs.path(), inputs).out;
    let root = format!("--locked --root {}/wsspec\n", runner.0.path().display());
    assert_eq!(installed(&[]), format!("install --path {ACTION}/.. {root}"));
    assert_eq!(installed(&[("WSSPEC_PATH", "here")]), format!("install --path here {root}"));
    let release = installed(&[("WSSPEC_VERSION", "1.2.3")]);
    assert_eq!(release, format!("install wsspec --version 1.2.3 {root}"));
    assert!(
        runner.text("path").starts_with(&format!("{}/wsspec/bin\n", runner.0.path().display()))
    );
}
