//! Example programs that run while a test does.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// The echo servers, each with its arguments before the address.
pub(crate) const SERVERS: [(&str, &[&str]); 3] =
    [("sans_io", &[]), ("embed_smol", &["server"]), ("embed_compio", &["server"])];

/// An example, which Cargo builds together with the tests, though not if only one is asked for.
pub(crate) fn example(name: &str) -> Command {
    let test = std::env::current_exe().unwrap();
    // target/debug/deps/embedding-0123456789abcdef
    let profile = test.ancestors().nth(2).unwrap();
    let path: PathBuf = profile.join("examples").join(name);
    assert!(path.exists(), "first `cargo build --examples` with the same features: {path:?}");
    Command::new(path)
}

/// A server that listens, and is ended with this value.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start(name: &str, arguments: &[&str]) -> Self {
        let mut child = example(name)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim_end().strip_prefix("listening on ").expect(&line);
        Self { url: format!("{url}/"), child }
    }

    /// One of the [`SERVERS`], which sends Pings so often.
    pub(crate) fn echo((name, arguments): (&str, &[&str]), ping_seconds: &str) -> Self {
        Self::start(name, &[arguments, &["127.0.0.1:0", ping_seconds]].concat())
    }

    pub(crate) fn address(&self) -> &str {
        self.url.strip_prefix("ws://").unwrap().trim_end_matches('/')
    }

    /// The most memory that it has ever had, where the system tells.
    pub(crate) fn peak_memory(&self) -> Option<usize> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kibibytes: usize = line.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kibibytes << 10)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
