//! Servers that die, hang, dawdle or close.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    server::{Command, Fault, start},
    wsspec::{BAD, GOOD, command, judge, judge_command, report, verdicts, wsspec},
};

#[test]
fn a_server_that_the_program_starts_is_stopped() {
    let server = Command::new(Fault::Slow);
    let ended = judge_command(&server, &["--filter", GOOD]);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    assert!(server.is_gone());
}

#[test]
fn a_server_that_dies_is_named_with_the_case_and_the_others_run() {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("report.json");
    let server = Command::new(Fault::Dies);
    let options = ["--filter", "rfc6455/5.1/", "--json", json.to_str().unwrap()];
    let ended = judge_command(&server, &options);
    assert_eq!(ended.code, 3, "{}{}", ended.out, ended.err);
    let line = format!("the server died: exit status: 7, in the case {GOOD}\n");
    assert!(ended.out.contains(&line), "{}", ended.out);
    let report = report(&json);
    let verdicts = verdicts(&report);
    assert!(
        verdicts.contains(&(GOOD, "fail")) && verdicts.contains(&(BAD, "pass")),
        "{verdicts:?}"
    );
    assert!(!verdicts.iter().any(|(_, verdict)| *verdict == "error"), "{verdicts:?}");
    assert!(server.is_gone());
}

#[test]
fn a_server_that_hangs_is_named_with_the_case_and_is_stopped() {
    let server = Command::new(Fault::Hangs);
    let start = Instant::now();
    let ended = judge_command(&server, &["--filter", GOOD]);
    assert_eq!(ended.code, 3, "{}{}", ended.out, ended.err);
    let line = format!("the server hangs: it does not echo any more, in the case {GOOD}\n");
    assert!(ended.out.contains(&line), "{}", ended.out);
    assert!(server.is_gone());
    assert!(start.elapsed() < Duration::from_secs(60));
}

#[test]
fn a_slow_server_is_judged_like_a_fast_one() {
    let folder = tempfile::tempdir().unwrap();
    let judged = |name: &str, fault| {
        let json = folder.path().join(name);
        let options = ["--profile", "chapter-5", "--json", json.to_str().unwrap()];
        wsspec(&[&["server", &start(fault)], &options[..]].concat());
        report(&json)
    };
    let (slow, fast) = (judged("slow.json", Fault::Slow), judged("fast.json", Fault::None));
    assert!(slow["round_trip_us"].as_u64().unwrap() >= 200_000);
    assert_eq!(verdicts(&slow), verdicts(&fast));
}

#[test]
fn a_server_that_closes_at_once_is_no_echo_server() {
    let started = Instant::now();
    let ended = judge(&start(Fault::Closes), GOOD, &[]);
    assert_eq!((ended.code, &*ended.out), (3, ""));
    assert!(ended.err.contains("the server must echo messages"), "{}", ended.err);
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_server_that_is_there_already_is_not_taken_for_the_command() {
    let server = Command::new(Fault::Slow);
    let listener = std::net::TcpListener::bind(server.address).unwrap();
    let ended = judge_command(&server, &["--filter", GOOD]);
    drop(listener);
    assert_eq!(ended.code, 3);
    assert!(ended.err.contains("another server is there"), "{}", ended.err);
}

/// The words of a command of the shell that starts the server as a process of its own.
#[cfg(unix)]
fn in_a_script(mut server: Command) -> Command {
    let script = format!("'{}' & wait", server.words.join("' '"));
    server.words = ["sh", "-c", &script].map(String::from).to_vec();
    server
}

#[test]
#[cfg(unix)]
fn a_server_that_a_script_has_started_is_stopped() {
    let server = in_a_script(Command::new(Fault::Slow));
    let ended = judge_command(&server, &["--filter", GOOD]);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    assert!(server.is_gone());
}

#[test]
#[cfg(unix)]
fn a_stop_leaves_nothing_running_and_a_report_of_what_was_done() {
    use std::{
        io::{BufRead as _, BufReader},
        process::Stdio,
    };

    let folder = tempfile::tempdir().unwrap();
    let [path, baseline] = ["report.json", "wsspec.toml"].map(|name| folder.path().join(name));
    for signal in ["-TERM", "-INT"] {
        let server = in_a_script(Command::new(Fault::Slow));
        let last = "rfc7692/6.2/exchange-three-offers-of-131072-in-32768";
        let entry = format!("[[allow]]\nid = \"{last}\"\nreason = \"so far\"\n");
        std::fs::write(&baseline, entry).unwrap();
        let [json_path, baseline_path] = [&path, &baseline].map(|path| path.to_str().unwrap());
        let options = ["--filter", "rfc7692/6.2/exchange", "-j", "1", "--json", json_path];
        let baselines = ["--baseline", baseline_path, "--write-baseline", baseline_path];
        let mut command = command(&server, &[&options[..], &baselines].concat());
        let mut program = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(program.stderr.take().unwrap()).lines().map(Result::unwrap);
        // Six connections come before the first case. All cases take minutes.
        assert_eq!(lines.by_ref().filter(|line| line == "accepted").take(8).count(), 8);
        assert_eq!(program.try_wait().unwrap(), None);
        let id = program.id().to_string();
        assert!(std::process::Command::new("kill").args([signal, &id]).status().unwrap().success());
        assert_eq!(program.wait().unwrap().code(), Some(130));
        assert!(server.is_gone());
        let report = report(&path);
        assert_eq!(report["troubles"], json!(["stopped by a signal"]));
        let cases = report["cases"].as_array().unwrap();
        let is_stopped = |case: &&Value| case["reason"] == "the run was stopped";
        let stopped = cases.iter().filter(is_stopped).count();
        assert!(0 < stopped && stopped < cases.len(), "{stopped} of {}", cases.len());
        assert!(cases.iter().filter(is_stopped).all(|case| case["verdict"] == "error"));
        assert!(std::fs::read_to_string(&baseline).unwrap().contains(last));
    }
}
