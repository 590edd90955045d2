//! Describes the machine and the versions of what is measured.

use std::fs;
use std::io;
use std::process::Command;
use std::thread;

use crate::server::NODE_PACKAGE;

/// The libraries that are compared, and the runtime.
const PACKAGES: [&str; 11] = [
    "fastwebsockets",
    "nexus-async-web",
    "nexus-web",
    "sockudo-ws",
    "soketto",
    "tokio",
    "tokio-tungstenite",
    "tokio-websockets",
    "tungstenite",
    "wtx",
    "yawc",
];

/// Returns two sentences: date, machine and compiler; then the versions.
pub fn describe() -> io::Result<String> {
    let cpus = fs::read_to_string("/proc/cpuinfo")?;
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name"));
    let model = model.unwrap_or(": unknown CPU").trim_start_matches([' ', '\t', ':']);
    let cores = thread::available_parallelism()?;
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let versions: Vec<_> =
        PACKAGES.iter().map(|name| format!("{name} {}", locked(name).unwrap_or("?"))).collect();
    Ok(format!(
        "Measured on {} at commit {}, on {cores} cores of {model}, Linux {}, with {}.\n\
         Compared: {}; {} on Node {}.",
        output("date", &["+%F"])?,
        output("git", &["rev-parse", "--short", "HEAD"])?,
        kernel.trim(),
        output("rustc", &["--version"])?,
        versions.join(", "),
        NODE_PACKAGE,
        output("node", &["--version"]).unwrap_or_else(|_| "absent".into()),
    ))
}

/// Returns the version of a package in the lock file.
fn locked(name: &str) -> Option<&'static str> {
    let lock = include_str!("../Cargo.lock");
    let (_, entry) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    entry.split('"').next()
}

fn output(program: &str, arguments: &[&str]) -> io::Result<String> {
    let output = Command::new(program).args(arguments).output()?;
    String::from_utf8(output.stdout).map(|text| text.trim().into()).map_err(io::Error::other)
}
