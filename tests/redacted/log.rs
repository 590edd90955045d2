//! Secrets, and the search for them. `sansocket-socketio` uses it too.

use core::any::type_name;
use core::fmt::{Debug, Display};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::source_tree::{root, rust_files};

pub(crate) const COOKIE: &str = "cookie-5e1f";
pub(crate) const AUTHORIZATION: &str = "bearer-9a7c";
pub(crate) const QUERY: &str = "querytoken-77d1";
pub(crate) const SUBPROTOCOL: &str = "subtoken-31bb";
pub(crate) const PASSWORD: &str = "urlpass-c0de";
pub(crate) const PROXY_PASSWORD: &str = "proxypass-4b1d";
pub(crate) const PAYLOAD: &str = "payload-8d2e-\u{20AC}-";
/// The secret of another connection in the same thread.
pub(crate) const OTHER: &str = "someone-elses-f00d";
/// As long as the Pings that measure the latency.
pub(crate) const PING: [u8; 8] = *b"ping-3c4";
/// A mask key.
pub(crate) const KEY: [u8; 4] = *b"key!";
pub(crate) const SEED: [u8; 32] = *b"a seed: all mask keys come of it";

const SECRETS: [&str; 10] = [
    COOKIE,
    AUTHORIZATION,
    QUERY,
    SUBPROTOCOL,
    PASSWORD,
    PROXY_PASSWORD,
    PAYLOAD,
    OTHER,
    // The user "user" with each of the passwords, as encoded in a header.
    "dXNlcjp1cmxwYXNzLWMwZGU",
    "dXNlcjpwcm94eXBhc3MtNGIxZA",
];

/// Everything that should not have been printed.
#[derive(Default)]
pub(crate) struct Log {
    types: BTreeSet<String>,
    /// The first of each type.
    leaks: BTreeMap<String, String>,
}

impl Log {
    /// Checks the `Debug` output of a value.
    pub(crate) fn check<T: Debug>(&mut self, value: &T) {
        let path = type_name::<T>();
        let path = path.split('<').next().unwrap();
        let within = path.split_once("::").map_or(path, |(_, within)| within);
        self.types.insert(within.to_owned());
        self.look(path, &format!("{value:?}"));
        self.look(path, &format!("{value:#?}"));
    }

    /// Also checks its `Display` output.
    pub(crate) fn check_error<T: Debug + Display>(&mut self, error: &T) {
        self.check(error);
        self.look(type_name::<T>(), &format!("{error}"));
    }

    fn look(&mut self, name: &str, printed: &str) {
        if is_leak(printed) {
            self.leaks.entry(name.to_owned()).or_insert(printed.to_owned());
        }
    }

    /// Checks that nothing has leaked, and that all public types were looked at or are exempt; of each
    /// of those, the module and a reason.
    pub(crate) fn finish(self, exempt: &[(&str, &str)]) {
        assert!(self.leaks.is_empty(), "{:#?}", self.leaks);
        let types = public_types();
        assert!(types.len() > 40, "the types are found");
        let exempt: BTreeSet<_> = exempt.iter().map(|(name, _)| (*name).to_owned()).collect();
        let expected: BTreeSet<_> = types.difference(&exempt).cloned().collect();
        let forgotten: Vec<_> = expected.difference(&self.types).collect();
        assert!(forgotten.is_empty(), "neither looked at nor exempt: {forgotten:#?}");
        let seen = exempt.intersection(&self.types);
        let unknown: Vec<_> = exempt.difference(&types).chain(seen).collect();
        assert!(unknown.is_empty(), "exempt without need: {unknown:#?}");
    }
}

/// The public types of the source tree, by module.
fn public_types() -> BTreeSet<String> {
    let mut types = BTreeSet::new();
    let sources = root().join("src");
    for file in rust_files(&sources) {
        let module = file.strip_prefix(&sources).unwrap().with_extension("");
        let mut module: Vec<_> = module.iter().map(|name| name.to_str().unwrap()).collect();
        module.retain(|name| *name != "mod");
        for line in fs::read_to_string(&file).unwrap().lines() {
            let item = ["pub struct ", "pub enum ", "pub union "]
                .into_iter()
                .find_map(|start| line.trim_start().strip_prefix(start));
            if let Some(item) = item {
                let end = item.find(|c: char| !c.is_alphanumeric() && c != '_');
                let name = &item[..end.unwrap_or(item.len())];
                types.insert([&module[..], &[name]].concat().join("::"));
            }
        }
    }
    types
}

/// Returns whether it contains a secret, as text, as a number, or as four consecutive bytes in a
/// list.
pub(crate) fn is_leak(printed: &str) -> bool {
    let dense: String = printed.chars().filter(|c| !c.is_whitespace()).collect();
    let mut secrets: Vec<Vec<u8>> = SECRETS.iter().map(|secret| secret.as_bytes().into()).collect();
    secrets.extend([PING.into(), SEED.into(), KEY.into()]);
    secrets.iter().any(|secret| {
        let text = String::from_utf8_lossy(secret);
        printed.contains(&*text)
            || secret.windows(4).any(|bytes| {
                let list: Vec<_> = bytes.iter().map(u8::to_string).collect();
                dense.contains(&list.join(","))
            })
    }) || printed.contains(&u64::from_be_bytes(PING).to_string())
        || printed.contains(&u32::from_le_bytes(KEY).to_string())
}
