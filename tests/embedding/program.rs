//! Example programs that run while a test does.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Once;

/// The echo servers, each with its arguments before the address.
pub(crate) const SERVERS: [(&str, &[&str]); 3] =
    [("sans_io", &[]), ("embed_smol", &["server"]), ("embed_compio", &["server"])];

/// The features of this test, which the examples must have as well.
const FEATURES: [(&str, bool); 18] = [
    ("axum", cfg!(feature = "axum")),
    ("bytes", cfg!(feature = "bytes")),
    ("default", cfg!(feature = "default")),
    ("deflate", cfg!(feature = "deflate")),
    ("http", cfg!(feature = "http")),
    ("hyper", cfg!(feature = "hyper")),
    ("net", cfg!(feature = "net")),
    ("rustls", cfg!(feature = "rustls")),
    ("rustls-aws-lc-rs", cfg!(feature = "rustls-aws-lc-rs")),
    ("rustls-platform-verifier", cfg!(feature = "rustls-platform-verifier")),
    ("rustls-ring", cfg!(feature = "rustls-ring")),
    ("rustls-webpki-roots", cfg!(feature = "rustls-webpki-roots")),
    ("std", cfg!(feature = "std")),
    ("stats", cfg!(feature = "stats")),
    ("tokio", cfg!(feature = "tokio")),
    ("tokio-rustls", cfg!(feature = "tokio-rustls")),
    ("tracing", cfg!(feature = "tracing")),
    ("url", cfg!(feature = "url")),
];

pub(crate) fn example(name: &str) -> Command {
    let test = std::env::current_exe().unwrap();
    // target/debug/deps/embedding-0123456789abcdef
    let profile = test.ancestors().nth(2).unwrap();
    static BUILT: Once = Once::new();
    BUILT.call_once(|| build(profile.ends_with("release")));
    Command::new(profile.join("examples").join(name))
}

/// Builds the examples if they are out of date. Cargo has built them with most tests, but not if
/// only this test was requested; then the existing ones may have other features.
fn build(is_release: bool) {
    let Some(cargo) = std::env::var_os("CARGO") else { return };
    let features = FEATURES.iter().filter(|(_, is_on)| *is_on);
    let features: Vec<&str> = features.map(|(name, _)| *name).collect();
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "-p", "sansocket", "--no-default-features"]);
    command.args(["--features", &features.join(",")]);
    for name in ["sans_io", "embed_smol", "embed_compio", "relay"] {
        command.args(["--example", name]);
    }
    if is_release {
        command.arg("--release");
    }
    assert!(command.current_dir(env!("CARGO_MANIFEST_DIR")).status().unwrap().success());
}

/// A running server, which is killed when this value is dropped.
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

    /// One of the [`SERVERS`], with this Ping interval.
    pub(crate) fn echo((name, arguments): (&str, &[&str]), ping_seconds: &str) -> Self {
        Self::start(name, &[arguments, &["127.0.0.1:0", ping_seconds]].concat())
    }

    pub(crate) fn address(&self) -> &str {
        self.url.strip_prefix("ws://").unwrap().trim_end_matches('/')
    }

    /// The peak of its memory, if the system reports it.
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
