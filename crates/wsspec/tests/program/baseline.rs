use std::{fs, path::PathBuf};

use tempfile::TempDir;

use crate::{
    server::{Fault, start},
    wsspec::{BAD, Ended, GOOD, judge, report},
};

/// A folder with a baseline.
fn written(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wsspec.toml");
    fs::write(&path, text).unwrap();
    (folder, path)
}

fn judge_with(fault: Fault, baseline: &str, options: &[&str]) -> Ended {
    let (_folder, path) = written(baseline);
    let options = [&["--baseline", path.to_str().unwrap()], options].concat();
    judge(&start(fault), BAD, &options)
}

fn allow(id: &str, reason: &str) -> String {
    format!("[[allow]]\nid = \"{id}\"\nreason = \"{reason}\"\nissue = \"example.org/1\"\n")
}

#[test]
fn what_is_allowed_may_fail() {
    let ended = judge_with(Fault::Lenient, &allow(BAD, "a bridge needs it"), &["--strict"]);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    assert!(ended.out.contains("0 fail, 0 skip, 1 allowed by the baseline"), "{}", ended.out);
}

#[test]
fn an_entry_that_passes_is_stale() {
    let ended = judge_with(Fault::None, &allow(BAD, "it was so"), &[]);
    assert_eq!(ended.code, 1);
    let line = format!("stale in the baseline: {BAD}: remove it\n");
    assert!(ended.out.contains(&line), "{}", ended.out);
}

#[test]
fn an_entry_for_a_case_that_does_not_exist_is_stale() {
    let baseline = allow(BAD, "a bridge needs it") + &allow("rfc6455/0/nothing", "a typo");
    let ended = judge_with(Fault::Lenient, &baseline, &[]);
    assert_eq!(ended.code, 1);
    assert!(ended.out.contains("stale in the baseline: rfc6455/0/nothing"), "{}", ended.out);
}

#[test]
fn an_entry_for_a_case_that_was_left_out_is_not_stale() {
    let baseline = allow(BAD, "a bridge needs it") + &allow(GOOD, "of another run");
    assert_eq!(judge_with(Fault::Lenient, &baseline, &[]).code, 0);
}

#[test]
fn a_baseline_with_a_mistake_is_a_wrong_call() {
    for (baseline, problem) in [
        (allow(BAD, " "), "the reason is missing"),
        (format!("[[allow]]\nid = \"{BAD}\"\n"), "reason"),
        (allow(BAD, "once") + &allow(BAD, "twice"), "is there twice"),
        (allow(BAD, "it is so") + "level = 3\n", "level"),
        ("allow".to_owned(), "TOML"),
    ] {
        let ended = judge_with(Fault::Lenient, &baseline, &[]);
        assert_eq!(ended.code, 2, "{baseline}");
        assert!(ended.err.contains(problem), "{problem}: {}", ended.err);
    }
}

#[test]
fn a_baseline_that_was_written_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wsspec.toml");
    let path = path.to_str().unwrap();
    let url = start(Fault::Lenient);
    assert_eq!(judge(&url, "masked", &["--write-baseline", path]).code, 1);
    assert!(fs::read_to_string(path).unwrap().contains(&format!("id = \"{BAD}\"")));
    let json = folder.path().join("report.json");
    let again = judge(&url, "masked", &["--baseline", path, "--json", json.to_str().unwrap()]);
    assert_eq!(again.code, 0, "{}{}", again.out, again.err);
    let allowed = report(&json)["cases"]
        .as_array()
        .unwrap()
        .iter()
        .all(|case| case["verdict"] == "pass" || case["allowance"]["id"] == case["id"]);
    assert!(allowed);
}
