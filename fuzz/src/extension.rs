/// An extension and its parameters, taken apart word by word (RFC 6455 9.1).
#[derive(Clone, Debug)]
pub(crate) struct Extension {
    name: String,
    params: Vec<(String, Option<String>)>,
}

/// The parameters of `permessage-deflate` (RFC 7692 7.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) server_no_context_takeover: bool,
    pub(crate) client_no_context_takeover: bool,
    pub(crate) server_max_window_bits: Option<u8>,
    /// In an offer it need not have a value.
    pub(crate) client_max_window_bits: Option<Option<u8>>,
}

/// For the server and the client: the window that it compresses with, and whether each message by
/// itself.
pub(crate) type Agreed = [(u8, bool); 2];

#[derive(Clone, Debug, PartialEq, Eq)]
enum Word {
    Token(String),
    Quoted(String),
    Sign(u8),
}

impl Extension {
    /// The extensions that these lines list; none, if one breaks the grammar.
    pub(crate) fn parse_lines(lines: &[&[u8]]) -> Option<Vec<Self>> {
        let mut extensions = Vec::new();
        for line in lines {
            let words = words(line)?;
            for element in words.split(|word| *word == Word::Sign(b',')) {
                // RFC 9110 5.6.1: empty elements are skipped.
                if !element.is_empty() {
                    extensions.push(Self::parse(element)?);
                }
            }
        }
        Some(extensions)
    }

    fn parse(element: &[Word]) -> Option<Self> {
        let mut parts = element.split(|word| *word == Word::Sign(b';'));
        let Some([Word::Token(name)]) = parts.next() else {
            return None;
        };
        let params = parts.map(|part| match part {
            [Word::Token(name)] => Some((name.clone(), None)),
            [Word::Token(name), Word::Sign(b'='), Word::Token(value) | Word::Quoted(value)] => {
                Some((name.clone(), Some(value.clone())))
            }
            _ => None,
        });
        Some(Self { name: name.clone(), params: params.collect::<Option<_>>()? })
    }

    /// RFC 7692 7.1: what it says of compression; none, if it is another extension, or if a
    /// parameter is unknown, comes twice or has an invalid value.
    pub(crate) fn deflate(&self) -> Option<Terms> {
        const NAMES: [&str; 4] = [
            "server_no_context_takeover",
            "client_no_context_takeover",
            "server_max_window_bits",
            "client_max_window_bits",
        ];
        if self.name != "permessage-deflate"
            || self.params.iter().any(|(name, _)| !NAMES.contains(&&**name))
        {
            return None;
        }
        let mut values = Vec::new();
        for name in NAMES {
            let mut found = self.params.iter().filter(|(own, _)| own == name);
            values.push(found.next().map(|(_, value)| value.as_deref()));
            if found.next().is_some() {
                return None;
            }
        }
        let flag = |index: usize| match values[index] {
            None => Some(false),
            Some(None) => Some(true),
            Some(Some(_)) => None,
        };
        let bits = |value: &str| (8..=15).find(|bits: &u8| bits.to_string() == value);
        Some(Terms {
            server_no_context_takeover: flag(0)?,
            client_no_context_takeover: flag(1)?,
            server_max_window_bits: match values[2] {
                None => None,
                Some(value) => Some(bits(value?)?),
            },
            client_max_window_bits: match values[3] {
                None => None,
                Some(None) => Some(None),
                Some(Some(value)) => Some(Some(bits(value)?)),
            },
        })
    }
}

impl Terms {
    /// What is agreed on by an answer to this offer; none, if it does not fit.
    pub(crate) fn accept(&self, answer: &Self) -> Option<Agreed> {
        // RFC 7692 7.1.1.1: what was asked for is granted.
        if self.server_no_context_takeover && !answer.server_no_context_takeover {
            return None;
        }
        // RFC 7692 7.1.2.1: the window that was asked for, or a smaller one.
        let server_bits = answer.server_max_window_bits.unwrap_or(15);
        if let Some(asked) = self.server_max_window_bits
            && (server_bits > asked || answer.server_max_window_bits.is_none())
        {
            return None;
        }
        // RFC 7692 7.1.2.2: only if it was offered, and with a value. The client keeps to its hint, which a
        // server may ignore.
        let hint = self.client_max_window_bits.map(|hint| hint.unwrap_or(15));
        let client_bits = match answer.client_max_window_bits {
            None => hint.unwrap_or(15),
            Some(bits) => bits?.min(hint?),
        };
        // RFC 7692 7.1.1.2: whoever offers to take no context over can do so unasked.
        let client_flag = self.client_no_context_takeover || answer.client_no_context_takeover;
        Some([(server_bits, answer.server_no_context_takeover), (client_bits, client_flag)])
    }

    /// What a server agrees on that wants this.
    pub(crate) fn answered(&self, [server, client]: Agreed) -> Agreed {
        let server_bits = self.server_max_window_bits.unwrap_or(15);
        let client_bits = match self.client_max_window_bits {
            None => 15,
            Some(hint) => client.0.min(hint.unwrap_or(15)),
        };
        [
            (server.0.min(server_bits), server.1 || self.server_no_context_takeover),
            (client_bits, client.1 || self.client_no_context_takeover),
        ]
    }
}

/// Tokens, quoted strings that hold a token, and the signs between them.
fn words(line: &[u8]) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let mut rest = line.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        match byte {
            b' ' | b'\t' => {}
            b',' | b';' | b'=' => words.push(Word::Sign(byte)),
            b'"' => {
                let mut value = String::new();
                loop {
                    let byte = match rest.next()? {
                        b'"' => break,
                        b'\\' => rest.next()?,
                        byte => byte,
                    };
                    value.push(char::from(byte));
                }
                // RFC 6455 9.1: what is left without quotes and backslashes is a token.
                if value.is_empty() || !value.bytes().all(is_token_byte) {
                    return None;
                }
                words.push(Word::Quoted(value));
            }
            byte if is_token_byte(byte) => {
                let mut token = String::from(char::from(byte));
                while let Some(byte) = rest.next_if(|byte| is_token_byte(*byte)) {
                    token.push(char::from(byte));
                }
                words.push(Word::Token(token));
            }
            _ => return None,
        }
    }
    Some(words)
}

/// RFC 2616 2.2: anything but controls and separators.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?={}".contains(&byte)
}
