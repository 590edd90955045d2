use std::fs;

use quick_junit::{NonSuccessKind, Report as Junit, TestCaseStatus};
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    server::{Command, Fault, start},
    wsspec::{BAD, Ended, GOOD, judge, judge_command, report},
};

/// A folder for the files of a run.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).into_os_string().into_string().unwrap()
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// The files of all formats.
    fn options(&self) -> [String; 8] {
        let path = |name: &str| self.path(name);
        [
            "--json".to_owned(),
            path("report.json"),
            "--junit".to_owned(),
            path("report.xml"),
            "--html".to_owned(),
            path("report.html"),
            "--summary".to_owned(),
            path("summary.md"),
        ]
    }

    /// Judges a server that fails, with all formats.
    fn judge(&self, fault: Fault, further: &[&str]) -> Ended {
        let options = self.options();
        let options: Vec<_> =
            options.iter().map(String::as_str).chain(further.iter().copied()).collect();
        judge(&format!("{}?<b>`|", start(fault)), "rfc6455/5.1/", &options)
    }
}

#[test]
fn the_json_report_is_as_the_schema_says() {
    let files = Files::new();
    assert_eq!(files.judge(Fault::Lenient, &[]).code, 1);
    let schema: Value =
        serde_json::from_str(include_str!("../../docs/report.schema.json")).unwrap();
    let mut schema_without_more = schema.clone();
    forbid_more(&mut schema_without_more);
    let validator = jsonschema::validator_for(&schema_without_more).unwrap();
    let report = report(files.0.path().join("report.json").as_path());
    let problems: Vec<_> = validator
        .iter_errors(&report)
        .map(|problem| format!("{}: {problem}", problem.instance_path()))
        .collect();
    assert!(problems.is_empty(), "{problems:#?}");
    for case in report["cases"].as_array().unwrap() {
        let wires = case["transcript"].as_array().unwrap();
        assert!(!wires.is_empty(), "{}", case["id"]);
        let digits: usize = wires.iter().map(|wire| wire["hex"].as_str().unwrap().len()).sum();
        assert!(case["verdict"] != "pass" || digits <= 2 * 4096, "{}", case["id"]);
    }
    // It does find mistakes.
    let mut wrong = report;
    wrong["cases"][0]["verdict"] = "perhaps".into();
    assert!(!jsonschema::is_valid(&schema, &wrong));
}

/// Refuses properties that the schema does not describe: so that none of this version is forgotten in it.
fn forbid_more(schema: &mut Value) {
    if let Some(fields) = schema.as_object_mut() {
        if fields.contains_key("properties") {
            fields.insert("additionalProperties".to_owned(), false.into());
        }
        fields.values_mut().for_each(forbid_more);
    }
}

#[test]
fn a_reader_of_junit_finds_what_failed() {
    let files = Files::new();
    files.judge(Fault::Lenient, &[]);
    let junit = Junit::deserialize_from_str(&files.text("report.xml")).unwrap();
    assert!(junit.failures > 0 && junit.errors == 0 && junit.tests > junit.failures);
    let suite =
        junit.test_suites.iter().find(|suite| suite.name.as_str() == "rfc6455 5.1").unwrap();
    let test = |id| suite.test_cases.iter().find(|test| test.name.as_str() == id).unwrap();
    assert_eq!(test(BAD).classname.as_ref().unwrap().as_str(), "wsspec.rfc6455.5.1");
    assert!(matches!(test(GOOD).status, TestCaseStatus::Success { .. }));
    match &test(BAD).status {
        TestCaseStatus::NonSuccess { kind, message, description, .. } => {
            assert_eq!(*kind, NonSuccessKind::Failure);
            assert!(!message.as_ref().unwrap().as_str().is_empty());
            assert!(description.as_ref().unwrap().as_str().contains("the text \"Hello\""));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_server_that_dies_is_in_each_format() {
    let files = Files::new();
    let options = files.options();
    let options: Vec<_> =
        options.iter().map(String::as_str).chain(["--filter", GOOD, "--tap"]).collect();
    let ended = judge_command(&Command::new(Fault::Dies), &options);
    assert_eq!(ended.code, 3);
    assert!(ended.out.contains("not ok 2 - the server died: exit status: 7"), "{}", ended.out);
    for name in ["report.json", "report.xml", "report.html", "summary.md"] {
        assert!(
            files.text(name).contains("the server died: exit status: 7, in the case"),
            "{name}"
        );
    }
    assert_eq!(Junit::deserialize_from_str(&files.text("report.xml")).unwrap().errors, 1);
}

#[test]
fn tap_takes_the_place_of_the_text() {
    let files = Files::new();
    let baseline = files.path("wsspec.toml");
    let text = format!("[[allow]]\nid = \"{BAD}\"\nreason = \"see #7\"\n");
    fs::write(&baseline, text).unwrap();
    let ended = files.judge(Fault::Lenient, &["--tap", "--baseline", &baseline]);
    let mut lines = ended.out.lines();
    assert_eq!(lines.next(), Some("TAP version 13"));
    assert!(lines.next().unwrap().starts_with("1.."));
    let point =
        |id: &str| ended.out.lines().find(|line| line.contains(&format!("{id}: "))).unwrap();
    assert!(point(BAD).starts_with("not ok ") && point(BAD).ends_with(" # TODO see \\#7"));
    assert!(point(GOOD).starts_with("ok "));
    assert!(ended.out.contains("  came: [\"status 101\""), "{}", ended.out);
}

#[test]
fn a_summary_is_appended() {
    let files = Files::new();
    fs::write(files.path("summary.md"), "# Before\n").unwrap();
    files.judge(Fault::Lenient, &[]);
    let summary = files.text("summary.md");
    assert!(summary.starts_with("# Before\n## ❌ wsspec: server ``ws://127.0.0.1:"), "{summary}");
    assert!(summary.contains("\n| rfc6455 5.1 | "), "{summary}");
    assert!(summary.contains(&format!("<details><summary>fail: {BAD}</summary>")), "{summary}");
    assert!(summary.contains("  expected  a Close frame with 1002\n"), "{summary}");
}

#[test]
fn a_page_opens_what_decides_and_loads_nothing() {
    let files = Files::new();
    files.judge(Fault::Lenient, &[]);
    let page = files.text("report.html");
    assert!(page.contains(&format!("<details class=\"case\" id=\"{BAD}\" open>")), "{page}");
    assert!(page.contains(&format!("<details class=\"case\" id=\"{GOOD}\">")));
    // The figure of the bits, and the fields.
    assert!(
        page.contains("+-+-+-+-+-------+-+-------------+")
            && page.contains("<article class=\"explain client\">")
    );
    for loads in ["<script", "<link", "src=", "url(", "@import", "<b>`"] {
        assert!(!page.contains(loads), "{loads}");
    }
}

#[test]
fn the_readme_shows_what_is_printed() {
    let readme = include_str!("../../README.md").replace("\r\n", "\n");
    let (_, rest) = readme.split_once("## What a failure looks like").unwrap();
    let block = rest.split("```").nth(1).unwrap().trim_start_matches("text\n");
    let printed = without_numbers(&judge(&start(Fault::Lenient), BAD, &[]).out);
    for line in block.lines().filter(|line| *line != "…") {
        assert!(
            printed.contains(&format!("{}\n", without_numbers(line))),
            "{line}: not in\n{printed}"
        );
    }
}

/// The port of the server moves the places of the bytes.
fn without_numbers(text: &str) -> String {
    text.replace(|char: char| char.is_ascii_digit(), "0")
}
