//! The roles for which a test shows a clause: those that its citation names, or both if it loops
//! over `ROLES`.

use std::collections::BTreeMap;
use std::ops::BitOr;

/// A client, a server, both or neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Roles {
    client: bool,
    server: bool,
}

impl Roles {
    pub(crate) const BOTH: Self = Self { client: true, server: true };

    const CLIENT: Self = Self { client: true, server: false };
    const SERVER: Self = Self { client: false, server: true };

    /// The roles that a clause or a citation names; neither for an intermediary.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "client" => Some(Self::CLIENT),
            "server" => Some(Self::SERVER),
            "both" => Some(Self::BOTH),
            _ => None,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::BOTH => "both",
            Self::CLIENT => "client",
            Self::SERVER => "server",
            _ => "neither",
        }
    }

    /// Those of `self` that `others` lack.
    pub(crate) const fn without(self, others: Self) -> Self {
        Self { client: self.client && !others.client, server: self.server && !others.server }
    }

    pub(crate) fn is_empty(self) -> bool {
        self == Self::default()
    }
}

impl BitOr for Roles {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self { client: self.client || other.client, server: self.server || other.server }
    }
}

/// The functions of a source file, each with its lines.
#[derive(Debug)]
pub(crate) struct Functions<'a>(BTreeMap<&'a str, Vec<&'a str>>);

impl<'a> Functions<'a> {
    /// Parses a formatted file: a function ends at the first brace with the indentation of its
    /// first line.
    pub(crate) fn read(text: &'a str) -> Self {
        let lines: Vec<&str> = text.lines().map(without_comment).collect();
        let mut functions = BTreeMap::new();
        for (at, line) in lines.iter().enumerate() {
            let Some(name) = function(line) else {
                continue;
            };
            let indent = line.len() - line.trim_start().len();
            let is_end = |line: &&&str| line.len() == indent + 1 && line.ends_with('}');
            let len = match line.ends_with('}') {
                true => 1,
                false => lines[at..].iter().take_while(|line| !is_end(line)).count(),
            };
            functions.insert(name, lines[at..at + len].to_vec());
        }
        Self(functions)
    }

    /// The lines of a function, and of those of the same file that it names.
    fn reached(&self, name: &str) -> Vec<&'a str> {
        let mut names: Vec<&str> = self.0.keys().filter(|known| **known == name).copied().collect();
        let mut at = 0;
        while let Some(lines) = names.get(at).and_then(|name| self.0.get(name)) {
            for word in lines.iter().flat_map(|line| own_words(line)) {
                if self.0.contains_key(word) && !names.contains(&word) {
                    names.push(word);
                }
            }
            at += 1;
        }
        names.iter().flat_map(|name| &self.0[name]).copied().collect()
    }

    /// Returns whether a test loops over `ROLES`.
    pub(crate) fn is_for_all_roles(&self, test: &str) -> bool {
        self.reached(test).iter().any(|line| line.split(|c| !is_word(c)).any(|it| it == "ROLES"))
    }

    /// The roles under test: those of the connections that a test makes, or else those that it
    /// names.
    pub(crate) fn roles_in(&self, test: &str) -> Roles {
        if self.is_for_all_roles(test) {
            return Roles::BOTH;
        }
        let lines = self.reached(test);
        let named = |role: &str| lines.iter().any(|line| is_given(line, role));
        let roles = |client, server| Roles { client: named(client), server: named(server) };
        let made = roles("Connection::client(", "Connection::server(");
        if made.is_empty() { roles("Role::Client", "Role::Server") } else { made }
    }
}

/// Returns whether a line names a role other than to compare with it.
fn is_given(line: &str, role: &str) -> bool {
    line.match_indices(role).any(|(at, _)| {
        let is_asked = line[..at].ends_with("== ") || line[..at].ends_with("!= ");
        !is_asked && !line[at + role.len()..].trim_start().starts_with("=>")
    })
}

/// The words of a line, except for those of another module, such as `open` in `peer::open()`.
fn own_words(line: &str) -> impl Iterator<Item = &str> {
    let words = line.split(|c| !is_word(c) && c != ':');
    words.filter_map(|path| match path.rsplit_once("::") {
        Some((before, _)) if before.starts_with(|c: char| c.is_lowercase()) => None,
        Some((_, word)) => Some(word),
        None => Some(path.trim_matches(':')),
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn without_comment(line: &str) -> &str {
    line.split("//").next().unwrap_or_default().trim_end()
}

/// The name of the function that begins in a line.
fn function(line: &str) -> Option<&str> {
    let (before, rest) = line.split_once("fn ")?;
    let is_declared = before
        .split_whitespace()
        .all(|word| word.starts_with("pub") || ["async", "const"].contains(&word));
    let name = rest.split(|c| !is_word(c)).next()?;
    (is_declared && !name.is_empty()).then_some(name)
}

#[test]
fn roles_are_read_out_of_tests() {
    let text = "fn all() {\n    // ROLES\n    over(ROLES)\n}\n\
        #[test]\nfn one() {\n    let a = Role::Server;\n    if a == Role::Client {}\n    \
        match a {\n        Role::Client => {}\n        _ => {}\n    }\n}\n\
        #[test]\nfn two() {\n    all();\n    one()\n}\n\
        mod inner {\n    async fn three() { f(Role::Client) }\n    fn four() {\n        one();\n        \
        three()\n    }\n}\n\
        fn none() {\n    // all()\n}\n\
        fn made() {\n    to(Role::Client, Connection::server());\n}\n\
        fn other() {\n    peer::one(all: u8);\n    Type::three()\n}\n";
    let functions = Functions::read(text);
    let read = ["all", "one", "two", "three", "four", "none", "made", "other", "unknown"]
        .map(|name| (functions.roles_in(name).name(), functions.is_for_all_roles(name)));
    let expected = [
        ("both", true),
        ("server", false),
        ("both", true),
        ("client", false),
        ("both", false),
        ("neither", false),
        ("server", false),
        ("both", true),
        ("neither", false),
    ];
    assert_eq!(read, expected);
}
