use std::{collections::BTreeSet, fs, path::Path};

/// Collects the ids of clauses in string literals of the sources.
fn used(directory: &Path, ids: &mut BTreeSet<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            used(&path, ids);
            continue;
        }
        let source = fs::read_to_string(path).unwrap();
        for literal in source.split('"') {
            let is_id = ["6455-", "7692-", "own-"].iter().any(|start| literal.starts_with(start));
            if is_id && !literal.contains(' ') {
                ids.insert(literal.into());
            }
        }
    }
}

#[test]
fn every_clause_that_is_cited_is_in_the_list() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let clauses = fs::read_to_string(package.join("../../docs/clauses.md")).unwrap();
    let mut ids = BTreeSet::new();
    used(&package.join("src"), &mut ids);
    assert!(ids.len() > 50, "{ids:?}");
    for id in ids {
        assert!(clauses.contains(&format!("- {id} (")), "{id} is no clause");
    }
}
