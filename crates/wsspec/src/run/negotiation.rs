use core::fmt;

use super::SeenHead;

/// An extension that a head names, with its parameters.
#[derive(Debug)]
pub(super) struct Extension {
    name: String,
    /// Names and values. A value is empty if there is none.
    params: Vec<(String, String)>,
}

const DEFLATE: &str = "permessage-deflate";

impl Extension {
    /// All extensions that a head names.
    pub(super) fn all(head: &SeenHead) -> impl Iterator<Item = Self> {
        let values = head.values("Sec-WebSocket-Extensions").flat_map(|value| value.split(','));
        values.filter(|value| !value.trim().is_empty()).map(|value| {
            let mut parts = value.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default().to_owned();
            let params = parts.map(|part| {
                let (name, value) = part.split_once('=').unwrap_or((part, ""));
                (name.trim().to_owned(), value.trim().trim_matches('"').to_owned())
            });
            Self { name, params: params.collect() }
        })
    }

    pub(super) fn is_deflate(&self) -> bool {
        self.name == DEFLATE
    }

    /// The value of a parameter: empty if it has none, `None` if it is not there.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let param = self.params.iter().find(|(other, _)| other == name);
        param.map(|(_, value)| value.as_str())
    }

    /// Checks it by the rules of RFC 7692 7.1.
    pub(super) fn check(&self, is_offer: bool) -> Result<(), String> {
        if !self.is_deflate() {
            return Err(format!("it names the extension {self}"));
        }
        for (at, (name, value)) in self.params.iter().enumerate() {
            let is_window =
                value.len() < 3 && !value.starts_with('0') && matches!(value.parse(), Ok(8..=15));
            let is_valid = match name.as_str() {
                "server_no_context_takeover" | "client_no_context_takeover" => value.is_empty(),
                "server_max_window_bits" => is_window,
                "client_max_window_bits" => is_window || is_offer && value.is_empty(),
                _ => false,
            };
            if !is_valid || self.params.iter().skip(at + 1).any(|(other, _)| other == name) {
                return Err(format!("it sent {self}, where {name} is wrong"));
            }
        }
        Ok(())
    }
}

impl fmt::Display for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        for (name, value) in &self.params {
            write!(f, "; {name}")?;
            if !value.is_empty() {
                write!(f, "={value}")?;
            }
        }
        Ok(())
    }
}
