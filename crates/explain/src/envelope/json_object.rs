use core::ops::Range;

/// The members of a JSON object in a message, by their places. It finds where values end, and leaves
/// the rest of the grammar to JSON parsers.
#[derive(Clone, Debug)]
pub(super) struct JsonObject<'m> {
    json: &'m [u8],
    /// The places of names, without quotes, and of values.
    members: Vec<(Range<usize>, Range<usize>)>,
}

impl<'m> JsonObject<'m> {
    /// Takes apart the object that `json` is.
    pub(super) fn parse(json: &'m [u8]) -> Option<Self> {
        let mut scanner = Scanner { json, at: 0 };
        let mut members = Vec::new();
        scanner.eat(b'{')?;
        if scanner.eat(b'}').is_none() {
            loop {
                scanner.skip_whitespace();
                let name = scanner.string()?;
                scanner.eat(b':')?;
                members.push((name, scanner.value()?));
                if scanner.eat(b',').is_none() {
                    scanner.eat(b'}')?;
                    break;
                }
            }
        }
        scanner.skip_whitespace();
        scanner.is_at_end().then_some(Self { json, members })
    }

    /// Returns the place of a value.
    pub(super) fn place(&self, name: &str) -> Option<Range<usize>> {
        let is_it =
            |member: &&(Range<usize>, _)| self.json.get(member.0.clone()) == Some(name.as_bytes());
        self.members.iter().find(is_it).map(|(_, value)| value.clone())
    }

    /// Returns the text of a value that is a string. Escapes are left as they are.
    pub(super) fn string(&self, name: &str) -> Option<&'m str> {
        let value = self.json.get(self.place(name)?)?;
        str::from_utf8(value).ok()?.strip_prefix('"')?.strip_suffix('"')
    }
}

/// Returns the place of the first element of an array, if it is a string: without quotes.
pub(super) fn first_string(json: &[u8]) -> Option<Range<usize>> {
    let mut scanner = Scanner { json, at: 0 };
    scanner.eat(b'[')?;
    scanner.skip_whitespace();
    scanner.string()
}

/// A scanner that holds its place, not a stack: it counts brackets.
struct Scanner<'m> {
    json: &'m [u8],
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.json.get(self.at).copied()
    }

    fn advance(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    const fn is_at_end(&self) -> bool {
        self.at >= self.json.len()
    }

    fn skip_whitespace(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.advance();
        }
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        self.skip_whitespace();
        if self.peek()? != byte {
            return None;
        }
        self.advance();
        Some(())
    }

    /// Consumes a string, and returns the place of its text.
    fn string(&mut self) -> Option<Range<usize>> {
        if self.peek()? != b'"' {
            return None;
        }
        self.advance();
        let start = self.at;
        loop {
            match self.peek()? {
                b'"' => {
                    let end = self.at;
                    self.advance();
                    return Some(start..end);
                }
                b'\\' => {
                    self.advance();
                    self.advance();
                }
                _ => self.advance(),
            }
        }
    }

    fn value(&mut self) -> Option<Range<usize>> {
        self.skip_whitespace();
        let start = self.at;
        let mut depth = 0_u32;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.string()?;
                }
                Some(b'{' | b'[') => {
                    depth = depth.saturating_add(1);
                    self.advance();
                    continue;
                }
                Some(b'}' | b']') if depth > 0 => {
                    depth = depth.saturating_sub(1);
                    self.advance();
                }
                Some(b',' | b'}' | b']') | None if depth == 0 => {
                    let value = self.json.get(start..self.at)?.trim_ascii_end();
                    let end = start.saturating_add(value.len());
                    return (end > start).then_some(start..end);
                }
                None => return None,
                Some(_) => self.advance(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{JsonObject, first_string};

    #[test]
    fn members_are_found_by_name() {
        let json = br#" { "a" : "x\"}" , "b":[1,{"a":2}], "c": -1e9 ,"d":{}}"#;
        let object = JsonObject::parse(json).unwrap();
        let value = |name| str::from_utf8(&json[object.place(name).unwrap()]).unwrap();
        assert_eq!(object.string("a"), Some(r#"x\"}"#));
        assert_eq!(value("b"), r#"[1,{"a":2}]"#);
        assert_eq!((value("c"), value("d")), ("-1e9", "{}"));
        assert!(object.place("x").is_none() && object.string("b").is_none());
        assert_eq!(first_string(br#" [ "msg", 1]"#), Some(4..7));
    }

    #[test]
    fn other_texts_are_no_objects() {
        for json in [
            "",
            "{",
            "[]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{\"a\":1}x",
            "{\"a\":\"",
            "{\"a\":[}",
        ] {
            assert!(JsonObject::parse(json.as_bytes()).is_none(), "{json}");
        }
        assert!(JsonObject::parse(b"{}").is_some());
    }
}
