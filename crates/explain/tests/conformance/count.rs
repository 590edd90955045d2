//! How many cases were compared, so that they are not compared in vain.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    process::Command,
};

use crate::judge::MARK;

#[test]
fn cases_of_each_kind_are_explained() {
    // The other tests, once more: each says what it has judged. Two take long and have few cases.
    let mut tests = Command::new(env::current_exe().unwrap());
    tests.args(["--nocapture", "--skip", "count::"]);
    tests.args(["--skip", "the_limits_have_defaults", "--skip", "65537_fragments"]);
    let output = tests.output().unwrap();
    assert!(output.status.success(), "run the others alone");
    let printed = String::from_utf8(output.stdout).unwrap();
    let mut cases: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for said in printed.lines().filter_map(|line| line.split_once(MARK)).map(|(_, said)| said) {
        let (kind, bytes) = said.rsplit_once(' ').unwrap();
        cases.entry(kind).or_default().insert(bytes);
    }
    for (kind, bytes) in &cases {
        println!("{kind}: {} different inputs", bytes.len());
    }
    for (kind, at_least) in [
        ("frames-to-the-Client broken", 450),
        ("frames-to-the-Server broken", 450),
        ("requests broken", 150),
        ("responses broken", 40),
    ] {
        let count = cases.get(kind).map_or(0, BTreeSet::len);
        assert!(count >= at_least, "{kind}: {count}");
    }
}
