//! The HTML pages that the program prints: their start with the style, and their end.

/// Where a clause leads to, from the folder of the repository.
pub(crate) const CLAUSES: &str = "docs/clauses.md";

/// What comes before the elements.
pub(crate) const START: &str = concat!(
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
    "<meta name=\"viewport\" content=\"width=device-width\">\n",
    "<title>WebSocket, explained</title>\n<style>\n",
    include_str!("elements.css"),
    "</style>\n</head>\n<body>\n<main>\n",
);

/// What comes after them.
pub(crate) const END: &str = "</main>\n</body>\n</html>\n";

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
