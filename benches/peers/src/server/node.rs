use std::process::{Command, Stdio};
use std::sync::LazyLock;

use super::{LIFETIME, NODE_PACKAGE};

/// The folder that it is installed into.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/node");
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/server/node.cjs");

static IS_INSTALLED: LazyLock<bool> = LazyLock::new(|| {
    let mut install = Command::new("npm");
    install.args(["install", "--prefix", FOLDER, "--no-audit", "--no-fund", "--silent"]);
    install.arg(NODE_PACKAGE);
    let is_installed = install.stdout(Stdio::null()).status().is_ok_and(|status| status.success());
    if !is_installed {
        eprintln!("{NODE_PACKAGE}: left out: npm cannot install it");
    }
    is_installed
});

/// Installs the package, if that is possible.
pub fn is_installed() -> bool {
    *IS_INSTALLED
}

pub fn command() -> Command {
    let mut node = Command::new("node");
    node.arg(PROGRAM).arg(LIFETIME.as_millis().to_string());
    node.env("NODE_PATH", format!("{FOLDER}/node_modules"));
    node
}
