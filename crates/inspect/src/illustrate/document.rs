use std::fmt::Write as _;

use super::{calculation::Calculations, card::card, chapter::Chapter};
use crate::page::escaped;

/// Writes the page.
pub(super) fn page(chapters: &[Chapter]) -> String {
    let mut out = START.to_owned();
    out.push_str("<nav aria-label=\"Chapters\">\n<ol>\n");
    for Chapter { id, title, .. } in chapters {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "<li><a href=\"#{id}\">{}</a></li>", escaped(title));
    }
    out.push_str("</ol>\n</nav>\n");
    let mut calculations = Calculations::default();
    for Chapter { id, title, text, elements } in chapters {
        let _ = writeln!(out, "<section id=\"{id}\">\n<h2>{}</h2>", escaped(title));
        for paragraph in *text {
            let _ = writeln!(out, "<p class=\"story\">{}</p>", escaped(paragraph));
        }
        for element in elements {
            out.push_str(&card(element, &mut calculations));
        }
        out.push_str("</section>\n");
    }
    out.push_str(END);
    out
}

const START: &str = concat!(
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
    "<title>The Illustrated WebSocket</title>\n",
    "<meta name=\"description\" content=\"Every byte of a WebSocket connection, explained\">\n<style>\n",
    include_str!("page.css"),
    "</style>\n</head>\n<body>\n<main>\n<header>\n<h1>The Illustrated WebSocket</h1>\n",
    "<p class=\"lead\">Every byte of a WebSocket connection, with its meaning, its reason and its rule.</p>\n",
    "<p>The bytes are those of a real session: the engine <em>sansocket</em> talks with itself, with a fixed ",
    "key and fixed masks. Open a line to see why it is there. Commands check each calculation; they need ",
    "a shell with openssl, xxd and python3.</p>\n",
    "<p class=\"legend\"><span class=\"client\">from the client</span> ",
    "<span class=\"server\">from the server</span> ",
    "<button type=\"button\" id=\"all\" hidden>Open all</button></p>\n</header>\n",
);

const END: &str = concat!(
    "<footer>\n<p>Written by <code>sansocket-inspect illustrate</code>. The rules are those of ",
    "<a href=\"https://www.rfc-editor.org/rfc/rfc6455\">RFC 6455</a> and ",
    "<a href=\"https://www.rfc-editor.org/rfc/rfc7692\">RFC 7692</a>, numbered as in ",
    "<a href=\"clauses.md\">the list of clauses</a>.</p>\n</footer>\n</main>\n<script>\n",
    include_str!("page.js"),
    "</script>\n</body>\n</html>\n",
);
