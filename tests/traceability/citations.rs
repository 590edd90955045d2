//! The citations in source code: rules that code obeys, and clauses that tests show.

use std::ops::Range;

use crate::roles::Roles;

/// What a comment begins with that says what a test shows.
const SHOWS: &str = "Shows ";

/// `RFC 6455 5.5.1` in a comment, or elsewhere in the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Citation {
    /// Such as `6455-5.5.1`.
    pub(crate) section: String,
    /// Whether the code obeys the section here: a colon follows, as in `RFC 6455 5.5.1: ...`.
    pub(crate) is_obeyed: bool,
    /// The item that contains the citation, or follows it.
    pub(crate) item: Option<String>,
}

/// `// Shows 6455-5.5.1-3.` in front of a test, or `// Shows 6455-5.5.1-3 (client).`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proof {
    pub(crate) clause: String,
    /// The roles that the citation names.
    pub(crate) roles: Option<Roles>,
    /// The name of the test in its file.
    pub(crate) test: String,
}

/// Lines that belong together: those of one comment, or one of code.
struct Block<'a> {
    lines: Range<usize>,
    /// What makes each line a comment, such as `///`; empty for code.
    mark: &'a str,
    text: String,
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        let end = line.find(|c| !['/', '!'].contains(&c)).unwrap_or(line.len());
        let (mark, words) = line.split_at(if line.starts_with("//") { end } else { 0 });
        match blocks.last_mut() {
            Some(block) if !mark.is_empty() && block.mark == mark && !is_proof(words) => {
                block.lines.end = index + 1;
                block.text = [&block.text, words.trim()].join(" ");
            }
            _ => blocks.push(Block { lines: index..index + 1, mark, text: words.trim().into() }),
        }
    }
    blocks
}

fn is_proof(words: &str) -> bool {
    words.trim().starts_with(SHOWS)
}

/// All sections of RFCs that a source file cites.
pub(crate) fn citations(text: &str) -> Vec<Citation> {
    let lines: Vec<&str> = text.lines().collect();
    let mut citations = Vec::new();
    for block in blocks(text) {
        for (at, name) in block.text.match_indices("RFC ") {
            let rest = &block.text[at + name.len()..];
            let (rfc, rest) = split_number(rest);
            let (sections, rest) = split_sections(rest);
            citations.extend(sections.into_iter().map(|section| Citation {
                section: format!("{rfc}-{section}"),
                is_obeyed: !block.mark.is_empty() && rest.starts_with(':'),
                item: item(&lines, &block.lines),
            }));
        }
    }
    citations
}

/// Takes a number or a section, such as `6455` or `5.5.1`, off the front.
fn split_number(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    // A full stop belongs to the sentence.
    let number = text[..end].trim_end_matches('.');
    text.split_at(number.len())
}

/// Takes sections off the front, as in ` 5.1, 5.2 and 5.4`.
fn split_sections(mut text: &str) -> (Vec<&str>, &str) {
    let mut sections = Vec::new();
    let mut separators = &[" "][..];
    while let Some(rest) = separators.iter().find_map(|separator| text.strip_prefix(separator)) {
        let (section, rest) = split_number(rest);
        if section.is_empty() {
            break;
        }
        sections.push(section);
        (text, separators) = (rest, &[", ", " and ", " or ", " to "]);
    }
    (sections, text)
}

/// Returns the item that a comment documents, or else the one that contains it.
fn item(lines: &[&str], comment: &Range<usize>) -> Option<String> {
    let documented = lines[comment.end..].iter().find(|line| !is_attribute(line));
    let indent = |line: &str| line.len() - line.trim_start().len();
    let own = indent(lines[comment.start]);
    let mut around = lines[..comment.start].iter().rev().filter(|line| indent(line) < own);
    documented
        .and_then(|line| declared(line))
        .or_else(|| around.find_map(|line| declared(line)))
        .map(String::from)
}

fn is_attribute(line: &str) -> bool {
    line.trim().starts_with("#[")
}

/// Whether an attribute makes a function a test.
fn is_test(attribute: &str) -> bool {
    attribute.trim() == "#[test]" || attribute.trim().starts_with("#[tokio::test")
}

/// The name of the item that a line declares.
fn declared(line: &str) -> Option<&str> {
    const ITEMS: [&str; 7] = ["fn", "struct", "enum", "const", "static", "mod", "trait"];

    let mut is_item = false;
    let words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
    for word in words.filter(|word| !word.is_empty()) {
        if ITEMS.contains(&word) {
            is_item = true;
        } else if !["pub", "crate", "super", "async"].contains(&word) {
            return is_item.then_some(word);
        }
    }
    None
}

/// All that the tests in a source file show.
///
/// # Errors
///
/// A comment that begins with `Shows` and is no list of clauses, or that no test follows.
pub(crate) fn proofs(text: &str) -> Result<Vec<Proof>, String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut proofs = Vec::new();
    for block in blocks(text).iter().filter(|block| block.mark == "//") {
        let Some(clauses) = block.text.strip_prefix(SHOWS) else {
            continue;
        };
        let no_list = || format!("{:?} is no list of clauses", block.text);
        let clauses = clauses.strip_suffix('.').ok_or_else(no_list)?;
        let Some(test) = test_at_start(&lines[block.lines.end..]) else {
            return Err(format!("no test that runs follows {:?}", block.text));
        };
        for cited in clauses.split(", ") {
            let (clause, roles) = cited_clause(cited).ok_or_else(no_list)?;
            proofs.push(Proof { clause: clause.into(), roles, test: test.into() });
        }
    }
    Ok(proofs)
}

/// A clause, and the roles in parentheses after it, if there are any.
fn cited_clause(cited: &str) -> Option<(&str, Option<Roles>)> {
    match cited.split_once(' ') {
        None => Some((cited, None)),
        Some((clause, roles)) => {
            let name = roles.strip_prefix('(')?.strip_suffix(')')?;
            Some((clause, Some(Roles::named(name)?)))
        }
    }
}

/// The name of the test that the first lines, its attributes, belong to, if it is one that runs.
fn test_at_start<'a>(lines: &[&'a str]) -> Option<&'a str> {
    let attributes = lines.iter().take_while(|line| is_attribute(line));
    let is_test = attributes.clone().any(|line| is_test(line))
        && !attributes.clone().any(|line| line.contains("#[ignore"));
    let declaration = lines.get(attributes.count()).filter(|_| is_test)?;
    declared(declaration)
}

/// The names of all tests that run.
pub(crate) fn tests(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().collect();
    let starts = (0..lines.len()).filter(|&at| is_test(lines[at]));
    starts.filter_map(|at| test_at_start(&lines[at..])).collect()
}

#[test]
fn sections_are_read_out_of_comments() {
    let text = "//! About RFC 6455 5.\n\
        /// RFC 6455 7.4.1 and 7.4.2, with\n\
        /// more (RFC 7692\n\
        /// 7.1.1). Not RFC 6455 itself.\n\
        #[must_use]\n\
        pub(crate) const fn one() {\n\
        \x20   let a = b;\n\
        \x20   match a {\n\
        \x20       // RFC 6455 4.3, 9.1: the grammar.\n\
        \x20       _ => RFC 6455 10.4: no comment,\n\
        \x20   }\n\
        }\n\
        struct Two {\n\
        \x20   /// RFC 6455 5.5.3: of a field.\n\
        \x20   field: u8,\n\
        }\n";
    let citation = |section: &str, is_obeyed, item: Option<&str>| Citation {
        section: section.into(),
        is_obeyed,
        item: item.map(String::from),
    };
    let expected = [
        citation("6455-5", false, None),
        citation("6455-7.4.1", false, Some("one")),
        citation("6455-7.4.2", false, Some("one")),
        citation("7692-7.1.1", false, Some("one")),
        citation("6455-4.3", true, Some("one")),
        citation("6455-9.1", true, Some("one")),
        citation("6455-10.4", false, Some("one")),
        citation("6455-5.5.3", true, Some("Two")),
    ];
    assert_eq!(citations(text), expected);
}

#[test]
fn clauses_are_read_in_front_of_tests() {
    let text = "/// It is documented.\n\
        // Why.\n\
        // Shows 6455-5.1-1, 6455-5.1-2 (server),\n\
        // own-server-3 (both).\n\
        #[test]\n\
        #[cfg(feature = \"std\")]\n\
        fn one() {}\n\
        \n\
        // Shows 7692-6-1.\n\
        #[tokio::test(start_paused = true)]\n\
        async fn two() {}\n\
        \n\
        // Shows that this is no citation but\n\
        fn other() {}\n";
    let result = proofs(&text.replace("// Shows that", "// It shows that")).unwrap();
    let clauses: Vec<_> = result
        .iter()
        .map(|proof| (&*proof.clause, proof.roles.map(Roles::name), &*proof.test))
        .collect();
    let expected = [
        ("6455-5.1-1", None, "one"),
        ("6455-5.1-2", Some("server"), "one"),
        ("own-server-3", Some("both"), "one"),
        ("7692-6-1", None, "two"),
    ];
    assert_eq!(clauses, expected);
    for text in [
        text,
        "// Shows 6455-5.1-1.\nfn no_test() {}\n",
        "// Shows 6455-5.1-1.\n\n#[test]\nfn too_far_away() {}\n",
        "// Shows 6455-5.1-1.\n#[test]\n#[ignore = \"why\"]\nfn never_run() {}\n",
        "// Shows 6455-5.1-1\n#[test]\nfn no_full_stop() {}\n",
        "// Shows 6455-5.1-1 (peer).\n#[test]\nfn no_role() {}\n",
        "// Shows 6455-5.1-1 client.\n#[test]\nfn no_parentheses() {}\n",
        "// Shows 6455-5.1-1.\n",
    ] {
        assert!(proofs(text).is_err(), "{text}");
    }
}
