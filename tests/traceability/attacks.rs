//! `docs/attacks.md` names tests that exist.

use std::collections::BTreeSet;
use std::fs;

use crate::citations::tests;
use crate::source_tree::{root, rust_files};

/// The last cell of each row, except for the heads of tables.
fn last_cells(page: &str) -> impl Iterator<Item = &str> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    rows.map(|row| row.rsplit(" | ").next().unwrap())
        .filter(|cell| !["tests", "---"].contains(cell))
}

fn names(cell: &str) -> BTreeSet<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_attack_is_tried_by_tests_that_exist() {
    let page = fs::read_to_string(root().join("docs/attacks.md")).unwrap();
    let mut existing = BTreeSet::new();
    for path in ["src", "tests"].iter().flat_map(|directory| rust_files(&root().join(directory))) {
        let text = fs::read_to_string(path).unwrap();
        existing.extend(tests(&text).into_iter().map(String::from));
    }
    assert!(last_cells(&page).count() > 30);
    for cell in last_cells(&page) {
        let names = names(cell);
        assert!(!names.is_empty(), "no tests: {cell:?}");
        let missing: Vec<_> = names.iter().filter(|name| !existing.contains(**name)).collect();
        assert!(missing.is_empty(), "no such tests: {missing:?}");
    }
}

#[test]
fn tests_are_in_the_last_cell() {
    let page = "| attack | tests |\n| --- | --- |\n| A `b` | `c`, `d_e` |\n";
    let cells: Vec<_> = last_cells(page).map(names).collect();
    assert_eq!(cells, [BTreeSet::from(["c", "d_e"])]);
    let text = "fn a() {}\n#[test]\nfn b() {}\n    #[tokio::test]\n    async fn c() {}\n\
        #[test]\n#[ignore = \"why\"]\nfn d() {}\n";
    assert_eq!(tests(text), ["b", "c"]);
}
