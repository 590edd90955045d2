//! The figures in the README match the code. `cargo test --test figures -- --nocapture` prints
//! them.

#![cfg(target_pointer_width = "64")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use sansocket::{Error, HeadLimits, Limits, Options, Timeouts};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

/// Returns the first number in a text after some words.
fn number_after(text: &str, words: &str) -> usize {
    let rest = text.split(words).nth(1).unwrap_or_else(|| panic!("no {words:?}"));
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

fn faults() -> usize {
    let folder = fs::read_dir(root().join("tests/planted")).unwrap();
    let files = folder.map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    files.map(|text| text.matches("[[fault]]").count()).sum()
}

/// Returns how many packages a program with these features compiles, including ours.
fn packages(features: &str) -> usize {
    let arguments = ["tree", "--locked", "--edges", "normal", "--prefix", "none", "--package"];
    let tree = Command::new(env!("CARGO"))
        .args(arguments)
        .args(["sansocket", "--no-default-features", "--features", features])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let text = String::from_utf8(tree.stdout).unwrap();
    let mut packages: Vec<&str> =
        text.lines().filter_map(|line| line.split_whitespace().next()).collect();
    packages.sort_unstable();
    packages.dedup();
    packages.len()
}

#[test]
fn the_figures_in_the_readme_are_true() {
    let page = fs::read_to_string(root().join("docs/conformance.md")).unwrap();
    let size = size_of::<Error>();
    let socket = size_of::<sansocket::tokio::WebSocket<tokio::io::DuplexStream>>();
    let figures = [
        ("clauses of the RFCs and of our own, with code and tests", number_after(&page, "\n\n")),
        ("faults that `.ci/planted` plants one at a time", faults()),
        ("bytes of a `tokio::WebSocket`", socket),
        ("bytes of an `Error`", size),
        ("packages with `std`, the default", packages("std")),
        ("packages without any feature", packages("")),
    ];
    let (readme, mut missing) = (readme(), Vec::new());
    for (figure, value) in figures {
        let line = format!("| {figure} | {value} |");
        println!("{line}");
        missing.extend((!readme.contains(&line)).then_some(line));
    }
    assert!(missing.is_empty(), "the README has no lines:\n{}", missing.join("\n"));
}

/// Each feature with its number of packages, in a table of the documentation.
#[cfg(target_os = "linux")]
#[test]
fn the_packages_of_each_feature_are_those_of_the_documentation() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let features = manifest.split("\n[features]\n").nth(1).unwrap().split("\n[").next().unwrap();
    let features =
        features.lines().filter_map(|line| line.split_once(" = [")).map(|(name, _)| name);
    let text = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let mut count = 0;
    for feature in features.filter(|feature| *feature != "default") {
        let row = format!("//! | `{feature}` | {} | ", packages(feature));
        assert!(text.contains(&row), "src/lib.rs has no row: {row}");
        count += 1;
    }
    assert!(count > 10, "the features are found");
    assert!(text.contains(&format!("without features it is {}.", packages(""))));
}

/// Formats a size like the README.
fn bytes(len: usize) -> String {
    match len {
        len if len % (1 << 20) == 0 => format!("{} MiB", len >> 20),
        len => format!("{} KiB", len >> 10),
    }
}

fn grouped(count: u32) -> String {
    format!("{},{:03}", count / 1000, count % 1000)
}

fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs())
}

#[test]
fn the_defaults_in_the_readme_are_true() {
    let (limits, heads) = (Limits::default(), HeadLimits::default());
    let (times, options) = (Timeouts::default(), Options::default());
    let message = usize::try_from(limits.get_max_message_len()).unwrap();
    let every = format!("every {}", seconds(times.get_ping_interval().unwrap()));
    let readme = readme();
    for (name, default) in [
        ("HeadLimits::max_head_len", bytes(heads.get_max_head_len())),
        ("HeadLimits::max_headers", heads.get_max_headers().to_string()),
        ("HeadLimits::max_target_len", bytes(heads.get_max_target_len())),
        ("HeadLimits::max_body_len", bytes(heads.get_max_body_len())),
        ("Limits::max_message_len", bytes(message)),
        ("Limits::max_fragments", grouped(limits.get_max_fragments())),
        ("Limits::max_controls_per_message", grouped(limits.get_max_controls_per_message())),
        ("Limits::high_water_mark", bytes(limits.get_high_water_mark())),
        ("Options::handshake_timeout", seconds(options.get_handshake_timeout())),
        ("Timeouts::ping_interval", every),
        ("Timeouts::pong", seconds(times.get_pong())),
        ("Timeouts::close", seconds(times.get_close())),
        ("Options::write_timeout", seconds(options.get_write_timeout().unwrap())),
    ] {
        let cells = format!("| `{name}` | {default} |");
        println!("{cells}");
        assert!(readme.contains(&cells), "the README does not say: {cells}");
    }
}
