//! Describes the machine and the versions of what is measured.

use std::fs;
use std::io;
use std::process::Command;
use std::thread;

/// Returns two sentences: date, machine and compiler; then the versions, as the lock file has them.
pub fn describe(lock: &str, packages: &[&str], node_package: &str) -> io::Result<String> {
    let cpus = fs::read_to_string("/proc/cpuinfo")?;
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name"));
    let model = model.unwrap_or(": unknown CPU").trim_start_matches([' ', '\t', ':']);
    let cores = thread::available_parallelism()?;
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let versions: Vec<_> = packages
        .iter()
        .map(|name| format!("{name} {}", locked(lock, name).unwrap_or("?")))
        .collect();
    Ok(format!(
        "Measured on {} at commit {}, on {cores} cores of {model}, Linux {}, with {}.\n\
         Compared: {}; {} on Node {}.",
        output("date", &["+%F"])?,
        output("git", &["rev-parse", "--short", "HEAD"])?,
        kernel.trim(),
        output("rustc", &["--version"])?,
        versions.join(", "),
        node_package,
        output("node", &["--version"]).unwrap_or_else(|_| "absent".into()),
    ))
}

/// Returns the version of a package in the lock file.
fn locked<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
    let (_, entry) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    entry.split('"').next()
}

fn output(program: &str, arguments: &[&str]) -> io::Result<String> {
    let output = Command::new(program).args(arguments).output()?;
    String::from_utf8(output.stdout).map(|text| text.trim().into()).map_err(io::Error::other)
}
