//! What two ends agree on about compression (RFC 6455 9.1, RFC 7692 7.1).

use super::{
    head::is_token,
    mutation::{Conduct, Mutation},
};

/// The parameters of permessage-deflate that hold for a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Agreement {
    pub(crate) server: Sender,
    pub(crate) client: Sender,
}

/// How one end compresses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sender {
    pub(crate) keeps_window: bool,
    pub(crate) window_bits: u8,
}

const SERVER_NO_TAKEOVER: &str = "server_no_context_takeover";
const CLIENT_NO_TAKEOVER: &str = "client_no_context_takeover";
const SERVER_BITS: &str = "server_max_window_bits";
const CLIENT_BITS: &str = "client_max_window_bits";
const PLAIN: Sender = Sender { keeps_window: true, window_bits: 15 };

/// One element of Sec-WebSocket-Extensions.
#[derive(Debug)]
struct Extension {
    name: String,
    parameters: Vec<(String, Option<Value>)>,
}

#[derive(Debug)]
struct Value {
    text: String,
    is_quoted: bool,
}

impl Extension {
    fn has_quotes(&self) -> bool {
        self.parameters.iter().any(|(_, value)| value.as_ref().is_some_and(|value| value.is_quoted))
    }
}

/// permessage-deflate as an offer or an answer has it.
#[derive(Debug, Default)]
struct Parameters {
    server_no_takeover: bool,
    client_no_takeover: bool,
    server_bits: Option<u8>,
    /// Without a value it may be any.
    client_bits: Option<Option<u8>>,
}

/// Which end reads the parameters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reader {
    Server,
    Client,
}

/// What a client offers.
#[derive(Debug)]
pub(crate) struct Offers {
    extensions: Vec<Extension>,
}

impl Offers {
    /// `None` if the headers break the grammar.
    pub(crate) fn parse(headers: &[&str], conduct: &Conduct) -> Option<Self> {
        let is_known = |extension: &Extension| extension.name == "permessage-deflate";
        match extensions(headers) {
            Some(extensions)
                if !extensions.iter().all(is_known)
                    && conduct.does(Mutation::RefusesUnknownOffers) =>
            {
                None
            }
            Some(extensions)
                if extensions.iter().any(Extension::has_quotes)
                    && conduct.does(Mutation::RefusesQuotedValues) =>
            {
                None
            }
            Some(extensions) => {
                let is_invalid = |one: &Extension| {
                    is_known(one) && Parameters::read(one, Reader::Server, conduct).is_none()
                };
                let has_invalid = extensions.iter().any(is_invalid);
                let is_refused = has_invalid && conduct.does(Mutation::RefusesInvalidOffers);
                (!is_refused).then_some(Self { extensions })
            }
            None if conduct.does(Mutation::AcceptsInvalidExtensions) => {
                Some(Self { extensions: Vec::new() })
            }
            None => None,
        }
    }

    /// The value of the header in the response, and what holds then. The first offer that is valid is
    /// taken (RFC 7692 5.1), and other extensions are declined.
    pub(crate) fn answer(&self, conduct: &Conduct) -> (String, Option<Agreement>) {
        let does = |mutation| conduct.does(mutation);
        let offers: Vec<_> =
            self.extensions.iter().filter(|one| one.name == "permessage-deflate").collect();
        let mut valid = Vec::new();
        for offer in offers {
            valid.extend(Parameters::read(offer, Reader::Server, conduct));
        }
        let Some(taken) = valid.first() else {
            if self.extensions.is_empty() && does(Mutation::SendsUnaskedExtension) {
                return ("permessage-deflate".to_owned(), None);
            }
            let name = self.extensions.first().map_or("", |extension| &extension.name[..]);
            let is_other = !name.is_empty() && name != "permessage-deflate";
            return match is_other && does(Mutation::EchoesExtensions) {
                true => (name.to_owned(), None),
                false => (String::new(), None),
            };
        };
        let (answer, agreement) = taken.answer(conduct);
        match valid.len() {
            2.. if does(Mutation::AnswersAllOffers) => {
                (format!("{answer}, permessage-deflate"), Some(agreement))
            }
            _ => (answer, Some(agreement)),
        }
    }
}

impl Agreement {
    /// What the answer of a server says, whom permessage-deflate was offered with
    /// `client_max_window_bits`. `None` if it must not be accepted.
    pub(crate) fn of_answer(headers: &[&str], conduct: &Conduct) -> Option<Option<Self>> {
        let Some(extensions) = extensions(headers) else {
            return conduct.does(Mutation::AcceptsInvalidExtensions).then_some(None);
        };
        if extensions.iter().any(Extension::has_quotes)
            && conduct.does(Mutation::RefusesQuotedValues)
        {
            return None;
        }
        let parameters = match &extensions[..] {
            [] => return Some(None),
            [one] if one.name == "permessage-deflate" => {
                Parameters::read(one, Reader::Client, conduct)?
            }
            [one, other]
                if one.name == "permessage-deflate"
                    && one.name == other.name
                    && conduct.does(Mutation::AcceptsTwoAgreements) =>
            {
                Parameters::read(one, Reader::Client, conduct)?
            }
            _ if conduct.does(Mutation::AcceptsUnaskedExtension) => return Some(None),
            _ => return None,
        };
        let is_unasked = parameters.server_no_takeover
            || parameters.client_no_takeover
            || parameters.server_bits.is_some();
        let is_plain = !is_unasked && parameters.client_bits.is_none();
        if is_unasked && conduct.does(Mutation::RefusesUnaskedServerParameters)
            || is_plain && conduct.does(Mutation::RefusesPlainAnswers)
            || parameters.client_bits.is_some() && conduct.does(Mutation::RefusesClientWindow)
        {
            return None;
        }
        Some(Some(parameters.agreement()))
    }
}

impl Parameters {
    /// The parameters of an offer or answer; `None` if one of them is invalid (RFC 7692 7.1).
    fn read(extension: &Extension, reader: Reader, conduct: &Conduct) -> Option<Self> {
        let does = |mutation| conduct.does(mutation);
        let mut parameters = Self::default();
        let mut seen = Vec::new();
        for (name, value) in &extension.parameters {
            if seen.contains(&name) {
                let is_accepted = match reader {
                    Reader::Server => does(Mutation::AcceptsDuplicateParameters),
                    Reader::Client => does(Mutation::AcceptsBadAnswers),
                };
                if !is_accepted {
                    return None;
                }
                continue;
            }
            seen.push(name);
            match &name[..] {
                SERVER_NO_TAKEOVER | CLIENT_NO_TAKEOVER => {
                    if value.is_some() && !does(Mutation::AcceptsTakeoverWithValue) {
                        return None;
                    }
                    match &name[..] {
                        SERVER_NO_TAKEOVER => parameters.server_no_takeover = true,
                        _ => parameters.client_no_takeover = true,
                    }
                }
                SERVER_BITS => parameters.server_bits = bits(value.as_ref(), reader, conduct)?,
                // Only an offer may have it without a value (RFC 7692 7.1.2.2).
                CLIENT_BITS if value.is_none() && reader == Reader::Server => {
                    parameters.client_bits = Some(None);
                }
                CLIENT_BITS => {
                    parameters.client_bits = Some(bits(value.as_ref(), reader, conduct)?);
                }
                _ if reader == Reader::Server && does(Mutation::AcceptsUnknownParameters) => {}
                _ if reader == Reader::Client && does(Mutation::AcceptsBadAnswers) => {}
                _ => return None,
            }
        }
        Some(parameters)
    }

    /// The answer to an offer. What limits the server is granted; a hint of the client is taken.
    fn answer(&self, conduct: &Conduct) -> (String, Agreement) {
        let does = |mutation| conduct.does(mutation);
        let mut answer = "permessage-deflate".to_owned();
        if self.server_no_takeover && !does(Mutation::AnswersNoTakeover) {
            answer += "; server_no_context_takeover";
        }
        if self.client_no_takeover {
            answer += "; client_no_context_takeover";
        }
        if let Some(bits) = self.server_bits
            && !does(Mutation::AnswersLargerWindow)
        {
            answer += &format!("; server_max_window_bits={bits}");
        }
        match self.client_bits {
            Some(_) if does(Mutation::AnswersClientWindowWithoutValue) => {
                answer += "; client_max_window_bits";
            }
            Some(Some(bits)) => answer += &format!("; client_max_window_bits={bits}"),
            None if does(Mutation::AnswersClientWindowUnasked) => {
                answer += "; client_max_window_bits=15";
            }
            _ => {}
        }
        if does(Mutation::AnswersUnknownParameter) {
            answer += "; x-unknown";
        }
        (answer, self.agreement())
    }

    fn agreement(&self) -> Agreement {
        let client_bits = self.client_bits.flatten();
        Agreement {
            server: Sender {
                keeps_window: !self.server_no_takeover,
                window_bits: self.server_bits.unwrap_or(PLAIN.window_bits),
            },
            client: Sender {
                keeps_window: !self.client_no_takeover,
                window_bits: client_bits.unwrap_or(PLAIN.window_bits),
            },
        }
    }
}

/// A window: a number from 8 to 15, without leading zeros (RFC 7692 7.1.2). `None` if it is none.
fn bits(value: Option<&Value>, reader: Reader, conduct: &Conduct) -> Option<Option<u8>> {
    let text = value.map(|value| &value.text[..]);
    let number = text.and_then(|text| text.parse::<u8>().ok());
    let is_canonical = number.map(|number| number.to_string()).as_deref() == text;
    if let Some(8..=15) = number
        && is_canonical
    {
        return Some(number);
    }
    let is_accepted = match reader {
        Reader::Client => conduct.does(Mutation::AcceptsBadWindows),
        Reader::Server => conduct.does(match (text, number) {
            (None, _) => Mutation::AcceptsServerWindowWithoutValue,
            (_, Some(8..=15)) => Mutation::AcceptsLeadingZero,
            (_, Some(0..8)) => Mutation::AcceptsWindowOf7Bits,
            _ => Mutation::AcceptsWindowOf16Bits,
        }),
    };
    is_accepted.then_some(Some(number.unwrap_or(15).clamp(8, 15)))
}

/// The elements of all headers; `None` if they break the grammar of RFC 6455 9.1.
fn extensions(headers: &[&str]) -> Option<Vec<Extension>> {
    let elements = headers.iter().flat_map(|header| split(header, ','));
    elements.filter(|element| !element.is_empty()).map(extension).collect()
}

fn extension(element: &str) -> Option<Extension> {
    let mut parts = split(element, ';').into_iter();
    let name = parts.next().filter(|name| is_token(name))?.to_owned();
    let parameter = |part: &str| {
        let Some((name, value)) = part.split_once('=') else {
            return is_token(part).then(|| (part.to_owned(), None));
        };
        let (name, value) = (name.trim(), value.trim());
        let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        let text = quoted.map_or_else(|| value.to_owned(), unescaped);
        let is_right = is_token(name) && is_token(&text);
        is_right.then(|| (name.to_owned(), Some(Value { text, is_quoted: quoted.is_some() })))
    };
    Some(Extension { name, parameters: parts.map(parameter).collect::<Option<_>>()? })
}

fn unescaped(quoted: &str) -> String {
    let mut characters = quoted.chars();
    let next = || match characters.next() {
        Some('\\') => characters.next(),
        other => other,
    };
    std::iter::from_fn(next).collect()
}

/// Splits at what is not in quotes.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut is_quoted = false;
    let at_separator = |character: char| {
        is_quoted ^= character == '"';
        character == separator && !is_quoted
    };
    text.split(at_separator).map(str::trim).collect()
}
