//! `docs/architecture.md` has a link for each name in its diagrams, so that rustdoc, which checks
//! only links, reports names that no longer exist.

use std::fs;

use crate::source_tree::root;

/// The names with their type, such as `Reading::next`, in the text of diagrams.
fn names_in_diagrams(page: &str) -> impl Iterator<Item = &str> {
    let texts = page.lines().filter(|line| line.starts_with("<text"));
    let words = texts.flat_map(|line| line.split(['<', '>', ' ', ',']));
    words.filter(|word| word.contains("::"))
}

#[test]
fn every_name_in_a_diagram_is_linked_in_the_text() {
    let page = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    assert!(names_in_diagrams(&page).count() > 20);
    // rustdoc does not check a definition that no text uses.
    let text: Vec<_> = page.lines().filter(|line| !line.contains("`]: crate::")).collect();
    let is_linked = |name: &str| text.iter().any(|line| line.contains(&format!("[`{name}`]")));
    let missing: Vec<_> = names_in_diagrams(&page).filter(|name| !is_linked(name)).collect();
    assert!(missing.is_empty(), "no links: {missing:?}");
}

#[test]
fn names_are_read_out_of_diagrams() {
    let page = "`A::a`\n<svg>\n<text x=\"1\">B::b, by C::c</text>\n</svg>\n";
    assert_eq!(names_in_diagrams(page).collect::<Vec<_>>(), ["B::b", "C::c"]);
}
