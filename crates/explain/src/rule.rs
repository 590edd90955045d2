//! The rules of `docs/clauses.md`: their words, and where they are from.
//!
//! ```
//! use sansocket_explain::rule;
//!
//! assert_eq!(rule::words("6455-3-1").as_deref(), Some("Without a port, ws means port 80."));
//! assert_eq!(rule::name("7692-7.2.1-1"), "RFC 7692 7.2.1 · rule 1");
//! ```

use std::collections::BTreeSet;

use crate::Span;

/// The rules in words, of which each line that begins with an id is one.
const CLAUSES: &str = include_str!("../../../docs/clauses.md");

/// Returns the words of a rule.
///
/// ```
/// use sansocket_explain::rule::words;
///
/// assert_eq!(words("6455-3-1").as_deref(), Some("Without a port, ws means port 80."));
/// assert_eq!(words("no such rule"), None);
/// ```
#[must_use]
pub fn words(clause: &str) -> Option<String> {
    let start = format!("- {clause} (");
    let mut lines = CLAUSES.lines().skip_while(|line| !line.starts_with(&start));
    let (_, first) = lines.next()?.split_once("): ")?;
    let mut words = first.to_owned();
    for line in lines.take_while(|line| line.starts_with("  ") && !line.trim().is_empty()) {
        if line.trim_start().starts_with('<') {
            break;
        }
        words.push(' ');
        words.push_str(line.trim());
    }
    Some(words.replace('`', ""))
}

/// Returns the name of a rule for readers: the RFC, the section, and the number of the rule in it.
///
/// ```
/// use sansocket_explain::rule::name;
///
/// assert_eq!(name("7692-7.2.1-1"), "RFC 7692 7.2.1 · rule 1");
/// assert_eq!(name("9112-2.1"), "RFC 9112 2.1");
/// assert_eq!(name("own-limits-1"), "own-limits-1");
/// ```
#[must_use]
pub fn name(clause: &str) -> String {
    let mut parts = clause.split('-');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(rfc @ ("6455" | "7692" | "9112")), Some(section), number) => {
            let number = number.map(|number| format!(" · rule {number}")).unwrap_or_default();
            format!("RFC {rfc} {section}{number}")
        }
        _ => clause.into(),
    }
}

/// Returns the address of the section that a rule is from. It is `clauses.md` for one that no RFC has.
///
/// ```
/// use sansocket_explain::rule::address;
///
/// assert_eq!(address("7692-7.2.1-1"), "https://www.rfc-editor.org/rfc/rfc7692#section-7.2.1");
/// assert_eq!(address("own-limits-1"), "clauses.md");
/// ```
#[must_use]
pub fn address(clause: &str) -> String {
    let mut parts = clause.split('-');
    match (parts.next(), parts.next()) {
        (Some(rfc @ ("6455" | "7692" | "9112")), Some(section)) => {
            format!("https://www.rfc-editor.org/rfc/rfc{rfc}#section-{section}")
        }
        _ => "clauses.md".into(),
    }
}

/// Adds the rules that a span and those inside it name.
///
/// ```
/// use std::collections::BTreeSet;
///
/// use sansocket::Role;
/// use sansocket_explain::{Explainer, Options, rule};
///
/// let mut explainer = Explainer::new(&Options::frames());
/// let frame = explainer.explain(Role::Client, &mut &b"\x81\x02Hi"[..]).unwrap();
/// let mut rules = BTreeSet::new();
/// rule::collect(&frame.root, &mut rules);
/// assert!(rules.contains("6455-5.1-2"));
/// ```
pub fn collect(span: &Span, rules: &mut BTreeSet<&'static str>) {
    rules.extend(span.clause);
    for child in &span.children {
        collect(child, rules);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn rules_of_two_lines_are_joined() {
        assert!(super::words("6455-3-3").unwrap().ends_with("unless it is empty."));
    }
}
