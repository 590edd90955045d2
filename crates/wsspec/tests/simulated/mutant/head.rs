//! The heads of HTTP (RFC 9112 2 to 5), as strictly as they are written down.

use super::mutation::{Conduct, Mutation};

/// A request or response without its body.
#[derive(Debug, Default)]
pub(crate) struct Head {
    pub(crate) first_line: String,
    /// In order; bytes above 7F as characters of Latin 1.
    headers: Vec<(String, String)>,
    /// Whether there is one space after each colon, and none at the end of a line.
    pub(crate) has_usual_spaces: bool,
}

pub(crate) enum Parsed {
    Incomplete,
    /// It breaks the grammar.
    Malformed,
    TooLong,
    /// So many bytes.
    Complete(Head, usize),
}

pub(crate) const MAX_HEAD: usize = 16 << 10;
const MAX_HEADERS: usize = 128;

pub(crate) fn parse(bytes: &[u8], conduct: &Conduct) -> Parsed {
    let mut head = Head { has_usual_spaces: true, ..Head::default() };
    let mut start = 0;
    while let Some(length) = bytes[start..].iter().position(|byte| *byte == b'\n') {
        let line = &bytes[start..start + length];
        let line = match line.strip_suffix(b"\r") {
            Some(line) => line,
            None if conduct.does(Mutation::AcceptsBareLf) => line,
            None => return Parsed::Malformed,
        };
        let is_first = start == 0;
        start += length + 1;
        let is_over = start > MAX_HEAD || head.headers.len() > MAX_HEADERS;
        if is_over && !conduct.does(Mutation::HasNoLimitOfHeads)
            || head.headers.len() > 20 && conduct.does(Mutation::HasFewHeaders)
            || !is_first && length > 1024 && conduct.does(Mutation::HasShortLines)
        {
            return Parsed::TooLong;
        }
        let mut line: String = line.iter().copied().map(char::from).collect();
        if !line.is_ascii() && conduct.does(Mutation::RefusesOtherBytes) {
            return Parsed::Malformed;
        }
        if line.bytes().any(is_control) {
            let is_accepted = conduct.does(Mutation::AcceptsAnyName)
                || is_first && conduct.does(Mutation::AcceptsAnyFirstLine)
                || line.contains('\r') && conduct.does(Mutation::AcceptsBareCr);
            if conduct.does(Mutation::DropsControlBytes) {
                line.retain(|character| !is_control(character as u8));
            } else if !is_accepted {
                return Parsed::Malformed;
            }
        }
        if is_first {
            head.first_line = line;
        } else if line.is_empty() {
            return Parsed::Complete(head, start);
        } else if !line.split('\r').all(|line| head.add(line, conduct)) {
            return Parsed::Malformed;
        }
    }
    if bytes.len() > MAX_HEAD && !conduct.does(Mutation::HasNoLimitOfHeads) {
        return Parsed::TooLong;
    }
    Parsed::Incomplete
}

fn is_control(byte: u8) -> bool {
    byte < b' ' && byte != b'\t' || byte == 0x7F
}

pub(crate) fn is_token(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_allowed)
}

impl Head {
    /// Adds a header from its line. Returns `false` if it is none.
    fn add(&mut self, line: &str, conduct: &Conduct) -> bool {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = self.headers.last_mut()
                && conduct.does(Mutation::AcceptsFoldedLines)
            {
                value.push_str(line);
                return true;
            }
            return false;
        }
        let Some((name, value)) = line.split_once(':') else {
            return conduct.does(Mutation::AcceptsLinesWithoutColon);
        };
        let has_space = name.ends_with([' ', '\t']);
        let name = match has_space && conduct.does(Mutation::AcceptsSpaceBeforeColon) {
            true => name.trim_end(),
            false => name,
        };
        let trimmed = value.trim_matches([' ', '\t']);
        self.has_usual_spaces &= value.strip_prefix(' ') == Some(trimmed);
        let value = trimmed;
        self.headers.push((name.to_owned(), value.to_owned()));
        is_token(name) || conduct.does(Mutation::AcceptsAnyName)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.headers.iter().map(|(name, _)| name.as_str())
    }

    /// The values of all headers with a name, which is compared without case (RFC 6455 4.1).
    pub(crate) fn all<'h>(&'h self, name: &'h str, conduct: &'h Conduct) -> Vec<&'h str> {
        let is_it = |other: &str| {
            let is_it = other.eq_ignore_ascii_case(name);
            is_it && (other == name || !conduct.does(Mutation::ComparesNamesWithCase))
        };
        self.headers.iter().filter(|(other, _)| is_it(other)).map(|(_, value)| &value[..]).collect()
    }

    /// The value of the only header with a name: an error if there are more.
    pub(crate) fn one<'h>(
        &'h self,
        name: &'h str,
        conduct: &'h Conduct,
        accepts_more: Mutation,
    ) -> Result<Option<&'h str>, ()> {
        match self.all(name, conduct)[..] {
            [] => Ok(None),
            [value] => Ok(Some(value)),
            [value, ..] if conduct.does(accepts_more) => Ok(Some(value)),
            _ => Err(()),
        }
    }

    /// The elements of a list, over all headers with this name.
    pub(crate) fn list<'h>(&'h self, name: &'h str, conduct: &'h Conduct) -> Vec<&'h str> {
        let values = self.all(name, conduct).into_iter();
        let elements = values.flat_map(|value| value.split(',')).map(str::trim);
        elements.filter(|element| !element.is_empty()).collect()
    }
}
