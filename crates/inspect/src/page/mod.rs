//! The HTML pages that the program prints: their start with the style, and their end.

use std::{collections::BTreeSet, fmt::Write as _};

use sansocket_explain::{render::STYLE, rule};

/// Where a clause leads to: the end of the same page.
pub(crate) const CLAUSES: &str = "";

/// Returns what comes before the elements.
pub(crate) fn start() -> String {
    [
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
        "<meta name=\"viewport\" content=\"width=device-width\">\n",
        "<title>WebSocket, explained</title>\n<style>\n",
        STYLE,
        include_str!("page.css"),
        "</style>\n</head>\n<body>\n<main>\n",
    ]
    .concat()
}

/// Returns what comes after them: the rules that they name.
pub(crate) fn end(clauses: &BTreeSet<&'static str>) -> String {
    let mut out = String::from("<h2>Rules</h2>\n");
    for clause in clauses {
        let (address, name) = (rule::address(clause), rule::name(clause));
        let words = rule::words(clause).unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "<p class=\"rule\" id=\"{clause}\"><b>{clause}</b> {} <a href=\"{address}\">{name}</a></p>",
            escaped(&words)
        );
    }
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

/// Returns text as it is written in HTML.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            char => escaped.push(char),
        }
    }
    escaped
}
