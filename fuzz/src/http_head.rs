/// An HTTP head, taken apart line by line. Whatever is not well formed panics.
#[derive(Debug)]
pub(crate) struct HttpHead<'a> {
    pub(crate) start_line: &'a [u8],
    lines: Vec<(&'a str, &'a [u8])>,
    /// What follows the head.
    pub(crate) rest: &'a [u8],
}

impl<'a> HttpHead<'a> {
    /// The head at the start of `input`.
    pub(crate) fn parse(input: &'a [u8]) -> Self {
        let mut rest = input;
        let start_line = line(&mut rest);
        let mut lines = Vec::new();
        loop {
            let line = line(&mut rest);
            if line.is_empty() {
                break;
            }
            let colon = line.iter().position(|&byte| byte == b':').expect("a colon");
            let name = ascii(&line[..colon]);
            // RFC 9110 5.1: a token.
            let is_token = |c: char| c.is_ascii_graphic() && !"\"(),/:;<=>?@[\\]{}".contains(c);
            assert!(!name.is_empty() && name.chars().all(is_token), "{name:?} is no name");
            lines.push((name, line[colon + 1..].trim_ascii()));
        }
        Self { start_line, lines, rest }
    }

    /// The values of all lines of that name.
    pub(crate) fn values(&self, name: &str) -> Vec<&'a [u8]> {
        let lines = self.lines.iter();
        lines.filter(|(own, _)| own.eq_ignore_ascii_case(name)).map(|&(_, value)| value).collect()
    }

    /// The value of the only line of that name.
    pub(crate) fn value(&self, name: &str) -> &'a str {
        let values = self.values(name);
        assert_eq!(values.len(), 1, "{name} comes once");
        ascii(values[0])
    }

    /// The elements of the list that all lines of that name make; empty ones do not count.
    pub(crate) fn tokens(&self, name: &str) -> Vec<String> {
        let values = self.values(name).join(&b',');
        let elements = values.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
        elements
            .filter(|element| !element.is_empty())
            .map(|element| String::from_utf8_lossy(element).to_ascii_lowercase())
            .collect()
    }

    /// Whether the list of that name holds the token, in any case.
    pub(crate) fn has_token(&self, name: &str, token: &str) -> bool {
        self.tokens(name).contains(&token.to_ascii_lowercase())
    }
}

/// Takes a line off the front.
fn line<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let end = rest.windows(2).position(|pair| pair == b"\r\n").expect("a line");
    let line = &rest[..end];
    // RFC 9110 5.5: no control bytes, CR and LF among them.
    assert!(line.iter().all(|&byte| byte == b'\t' || !byte.is_ascii_control()));
    *rest = &rest[end + 2..];
    line
}

fn ascii(bytes: &[u8]) -> &str {
    assert!(bytes.is_ascii());
    str::from_utf8(bytes).expect("ASCII is UTF-8")
}
