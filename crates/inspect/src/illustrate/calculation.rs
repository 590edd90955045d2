use std::fmt::Write as _;

use sansocket::{
    Role,
    frame::{MaskKey, Masker},
};
use sansocket_explain::{Element, Field, Span};

/// A calculation that readers can repeat: what it is, a command for a shell, and what the command prints.
#[derive(Debug)]
pub(super) struct Calculation {
    pub(super) what: &'static str,
    pub(super) command: String,
    pub(super) result: String,
}

/// Finds the calculations in elements. It keeps what those of the next element need.
#[derive(Debug, Default)]
pub(super) struct Calculations {
    key: String,
    /// The compressed messages of each end that its window has.
    client: Vec<String>,
    server: Vec<String>,
}

const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

impl Calculations {
    /// Returns the calculations of a field.
    pub(super) fn of(&mut self, element: &Element, span: &Span) -> Vec<Calculation> {
        let calculation = match span.field {
            Field::Header => self.header(span),
            Field::ExtendedLen => number(element, span, "The two bytes are one number."),
            Field::Payload => payload(element, span),
            Field::Message => self.inflate(element, span),
            _ => None,
        };
        calculation.into_iter().chain(close_code(element, span)).collect()
    }

    fn header(&mut self, span: &Span) -> Option<Calculation> {
        let (name, value) = span.value.split_once(": ")?;
        match name {
            "Sec-WebSocket-Key" => {
                self.key = value.into();
                Some(Calculation {
                    what: "The key is 16 bytes in base64. Here they are letters; real ones are random.",
                    command: format!("printf '%s' {value} | openssl base64 -d -A | xxd -p"),
                    result: hex(b"the sample nonce"),
                })
            }
            "Sec-WebSocket-Accept" => Some(Calculation {
                what: "The key and a fixed text, hashed with SHA-1, in base64.",
                command: format!(
                    "printf '%s' {}{GUID} |\n  openssl dgst -sha1 -binary | openssl base64 -A",
                    self.key
                ),
                result: value.into(),
            }),
            _ => None,
        }
    }

    fn inflate(&mut self, element: &Element, span: &Span) -> Option<Calculation> {
        let window = span.find(Field::Window)?;
        let payload = element.root.find(Field::Payload)?;
        let data = hex(&unmasked(element, payload));
        let history = match element.sender {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        };
        let mut command = "python3 -c \"import zlib\nwindow = zlib.decompressobj(-15)\n".to_owned();
        for before in history.iter() {
            command.push_str(&format!("window.decompress(bytes.fromhex('{before}0000ffff'))\n"));
        }
        command.push_str(&format!(
            "print(window.decompress(bytes.fromhex('{data}0000ffff')).decode())\""
        ));
        let what = if history.is_empty() {
            "The payload and the four bytes that were left out, inflated with an empty window."
        } else {
            "The message before fills the window; then this one, and the four bytes that were left out, are inflated."
        };
        history.clear();
        if window.value == "kept" {
            history.push(data);
        }
        let result = span.value.trim_matches('"').to_owned();
        Some(Calculation { what, command, result })
    }
}

/// Unmasking, or the letters of a payload that is not masked.
fn payload(element: &Element, span: &Span) -> Option<Calculation> {
    let wire = wire(element, span);
    let plain = unmasked(element, span);
    if let Some(key) = element.root.find(Field::MaskingKey) {
        let key = hex(self::wire(element, key));
        let wire = hex(wire);
        return Some(Calculation {
            what: "Each byte of the payload XOR its byte of the key.",
            command: format!(
                "python3 -c \"key = bytes.fromhex('{key}')\nwire = bytes.fromhex('{wire}')\nprint(bytes(byte ^ key[i % 4] for i, byte in enumerate(wire)).hex())\""
            ),
            result: hex(&plain),
        });
    }
    let is_text = plain.iter().all(|byte| (b' '..=b'~').contains(byte));
    (is_text && !plain.is_empty()).then(|| Calculation {
        what: "The bytes are the letters.",
        command: format!("printf '%s' {} | xxd -r -p", hex(wire)),
        result: String::from_utf8_lossy(&plain).into_owned(),
    })
}

/// The code of a Close frame, or what is not UTF-8.
fn close_code(element: &Element, span: &Span) -> Option<Calculation> {
    if span.field != Field::Payload {
        return None;
    }
    if let Some(code) = element.root.find(Field::CloseCode) {
        let plain = unmasked(element, span);
        let bytes = plain.get(..2)?;
        return Some(Calculation {
            what: "The first two bytes are the code.",
            command: format!("echo $((0x{}))", hex(bytes)),
            result: code.value.clone(),
        });
    }
    let is_wrong = element.violations.iter().any(|broken| broken.clause.starts_with("6455-8.1"));
    is_wrong.then(|| {
        let plain = unmasked(element, span);
        let mut result = String::new();
        for chunk in plain.utf8_chunks() {
            result.push_str(chunk.valid());
            for byte in chunk.invalid() {
                // Writing to a string cannot fail.
                let _ = write!(result, "\\x{byte:02x}");
            }
        }
        Calculation {
            what: "What is not UTF-8 has a backslash.",
            command: format!(
                "python3 -c \"print(bytes.fromhex('{}').decode('utf-8', 'backslashreplace'))\"",
                hex(&plain)
            ),
            result,
        }
    })
}

fn number(element: &Element, span: &Span, what: &'static str) -> Option<Calculation> {
    let bytes = wire(element, span);
    let command = format!("echo $((0x{}))", hex(bytes));
    (!bytes.is_empty()).then(|| Calculation { what, command, result: span.value.clone() })
}

/// Returns the bytes of a span as they were on the wire.
pub(super) fn wire<'e>(element: &'e Element, span: &Span) -> &'e [u8] {
    let start = element.root.place.range().start;
    let range = span.place.range();
    let index = |at: u64| usize::try_from(at.saturating_sub(start)).unwrap_or(usize::MAX);
    element.bytes.get(index(range.start)..index(range.end)).unwrap_or_default()
}

fn unmasked(element: &Element, payload: &Span) -> Vec<u8> {
    let mut bytes = wire(element, payload).to_vec();
    let key = element.root.find(Field::MaskingKey).map(|key| wire(element, key));
    if let Some(key) = key.and_then(|key| key.try_into().ok()) {
        Masker::new(MaskKey(key)).apply(&mut bytes);
    }
    bytes
}

/// Returns bytes as hexadecimal digits without spaces.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
