//! The subcommand `illustrate`, and the page that it has written.

use std::{
    collections::BTreeMap,
    env, fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::program::{file, printed, run};

fn page() -> String {
    printed(&run(&["illustrate"]), 0)
}

fn committed() -> PathBuf {
    file("../../docs/illustrated.html")
}

#[test]
fn the_committed_page_is_the_one_that_is_written() {
    let page = page();
    if env::var_os("UPDATE").is_some() {
        fs::write(committed(), &page).unwrap();
    }
    let committed = fs::read_to_string(committed()).unwrap_or_default();
    assert!(page == committed, "docs/illustrated.html is old: run with UPDATE=1");
}

/// Returns the contents of all elements with a class.
fn contents<'p>(page: &'p str, start: &'static str) -> Vec<&'p str> {
    let parts = page.split(start).skip(1);
    parts.map(|part| part.split_once("</pre>").unwrap().0).collect()
}

fn unescaped(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&amp;", "&")
}

fn is_there(tool: &str) -> bool {
    let mut command = Command::new(tool);
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok()
}

#[test]
fn each_command_prints_what_the_page_says() {
    let page = page();
    let commands = contents(&page, "<pre class=\"command\">");
    let results = contents(&page, "<pre class=\"result\">");
    assert_eq!(commands.len(), results.len());
    let mut kinds = BTreeMap::new();
    for (command, result) in commands.into_iter().zip(results) {
        let (command, result) = (unescaped(command), unescaped(result));
        let tools = ["openssl", "xxd", "python3"];
        let mut tools = tools.into_iter().filter(|tool| command.contains(tool)).peekable();
        *kinds.entry(tools.peek().copied().unwrap_or("echo")).or_insert(0) += 1;
        if !tools.all(is_there) {
            continue;
        }
        let output = Command::new("sh").args(["-c", &command]).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        assert_eq!(printed.trim_end(), result, "{command}\n{output:?}");
    }
    // The accept value and the key, letters, unmasking and inflating, numbers.
    let expected = BTreeMap::from([("openssl", 2), ("xxd", 2), ("python3", 13), ("echo", 4)]);
    assert_eq!(kinds, expected);
}

#[test]
fn every_part_has_a_reason_and_a_rule() {
    let page = page();
    let fields: Vec<_> = page.split("<div class=\"field ").skip(1).collect();
    assert!(fields.len() > 150, "{}", fields.len());
    for field in fields {
        let own = field.split("<div class=\"field").next().unwrap();
        assert!(own.contains("<p"), "{own}");
        assert!(
            own.contains("<p class=\"rule\"><a href=\"https://www.rfc-editor.org/rfc/rfc"),
            "{own}"
        );
    }
    // Nothing comes from the network.
    for part in ["src=", "url(", "@import", "<link"] {
        assert!(!page.contains(part), "{part}");
    }
}

/// Returns the colours of a theme: the block after `start`.
fn colours(page: &str, start: &str) -> BTreeMap<String, String> {
    let block = page.split_once(start).unwrap().1.split_once('}').unwrap().0;
    let pairs = block.split(';').filter_map(|pair| pair.split_once(": #"));
    pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect()
}

/// The luminance of a colour (WCAG 2.2).
fn luminance(colour: &str) -> f64 {
    let wide: String = match colour.len() {
        3 => colour.chars().flat_map(|digit| [digit, digit]).collect(),
        _ => colour.into(),
    };
    let part = |at: usize| {
        let value = f64::from(u8::from_str_radix(&wide[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
}

#[test]
fn the_contrast_suffices_in_both_themes() {
    let page = page();
    for start in [":root {", "dark) {\n  :root {", "print {\n  :root {"] {
        let colours = colours(&page, start);
        let papers = ["paper", "sheet", "code"].map(|paper| ("ink", paper));
        let tiles = ["flags", "length", "key", "payload"].map(|tile| ("ink", tile));
        let texts = ["quiet", "client", "server", "wrong", "link"];
        let texts = texts.into_iter().flat_map(|text| [(text, "paper"), (text, "sheet")]);
        let pairs = papers.into_iter().chain(tiles).chain(texts).chain([("quiet", "code")]);
        for (text, paper) in pairs {
            let of = |name: &str| luminance(&colours[&format!("--{name}")]);
            let (one, other) = (of(text), of(paper));
            let contrast = (one.max(other) + 0.05) / (one.min(other) + 0.05);
            assert!(contrast >= 4.5, "{start} {text} on {paper}: {contrast:.2}");
        }
    }
}
