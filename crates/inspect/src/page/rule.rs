//! The rules of `docs/clauses.md`, for pages.

/// The rules in words, of which each line that begins with an id is one.
const CLAUSES: &str = include_str!("../../../../docs/clauses.md");

/// Returns the words of a rule.
pub(crate) fn words(clause: &str) -> Option<String> {
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
pub(crate) fn name(clause: &str) -> String {
    let mut parts = clause.split('-');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(rfc @ ("6455" | "7692" | "9112")), Some(section), number) => {
            let number = number.map(|number| format!(" · rule {number}")).unwrap_or_default();
            format!("RFC {rfc} {section}{number}")
        }
        _ => clause.into(),
    }
}

/// Returns the address of the section that a rule is from.
pub(crate) fn address(clause: &str) -> String {
    let mut parts = clause.split('-');
    match (parts.next(), parts.next()) {
        (Some(rfc @ ("6455" | "7692" | "9112")), Some(section)) => {
            format!("https://www.rfc-editor.org/rfc/rfc{rfc}#section-{section}")
        }
        _ => "clauses.md".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_have_words_and_an_address() {
        assert_eq!(words("6455-3-1").unwrap(), "Without a port, ws means port 80.");
        assert!(words("6455-3-3").unwrap().ends_with("unless it is empty."));
        assert_eq!(words("6455-99-1"), None);
        assert_eq!(address("7692-7.2.1-1"), "https://www.rfc-editor.org/rfc/rfc7692#section-7.2.1");
        assert_eq!(name("7692-7.2.1-1"), "RFC 7692 7.2.1 · rule 1");
        assert_eq!(name("9112-2.1"), "RFC 9112 2.1");
        assert_eq!(address("own-limits-1"), "clauses.md");
    }
}
