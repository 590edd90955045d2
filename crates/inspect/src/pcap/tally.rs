use sansocket::Role;
use sansocket_explain::{Element, Field};

/// What a connection had, for its line in the summary.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    target: Option<String>,
    client: End,
    server: End,
    violations: u64,
    lost: u64,
    is_without_handshake: bool,
}

#[derive(Clone, Debug, Default)]
struct End {
    messages: u64,
    bytes: u64,
    close: Option<String>,
}

impl Tally {
    pub(super) fn without_handshake() -> Self {
        Self { is_without_handshake: true, ..Self::default() }
    }

    /// Counts an element that is whole.
    pub(super) fn element(&mut self, element: &Element) {
        self.cut_off(element);
        let value = |field| element.root.find(field).map(|span| span.value.as_str());
        if element.root.field == Field::Request {
            self.target = value(Field::Target).map(Into::into);
        }
        // A frame that breaks a rule gives its receiver no message.
        let is_message = element.violations.is_empty()
            && value(Field::Fin) == Some("1")
            && matches!(value(Field::Opcode), Some("0" | "1" | "2"));
        let close = match value(Field::Opcode) {
            Some("8") => Some(value(Field::CloseCode).unwrap_or("without a code").to_owned()),
            _ => None,
        };
        let end = self.end(element.sender);
        end.messages = end.messages.saturating_add(is_message.into());
        end.close = end.close.take().or(close);
    }

    /// Counts an element whose end is missing: nobody has received it.
    pub(super) fn cut_off(&mut self, element: &Element) {
        self.violations = self.violations.saturating_add(element.violations.len() as u64);
    }

    /// Counts bytes of TCP.
    pub(super) fn bytes(&mut self, sender: Role, len: usize) {
        let end = self.end(sender);
        end.bytes = end.bytes.saturating_add(len as u64);
    }

    /// Counts bytes that are not in the capture.
    pub(super) fn lost(&mut self, len: u64) {
        self.lost = self.lost.saturating_add(len);
    }

    fn end(&mut self, role: Role) -> &mut End {
        match role {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }

    /// Returns the line of a connection.
    pub(super) fn line(&self, number: u64, ends: &str) -> String {
        let Self { client, server, .. } = self;
        let target = match &self.target {
            Some(target) => target,
            None => "handshake not captured",
        };
        let close = |end: &End| end.close.clone().unwrap_or_else(|| "none".into());
        let mut line = format!(
            "{number}  {ends}  {target}  messages {} > {} <  bytes {} > {} <  Close {} > {} <  violations {}",
            client.messages,
            server.messages,
            client.bytes,
            server.bytes,
            close(client),
            close(server),
            self.violations
        );
        if self.lost > 0 {
            line.push_str(&format!("  bytes lost {}", self.lost));
        }
        line
    }

    /// Returns the same as JSON.
    pub(super) fn json(&self, number: u64, client: &str, server: &str) -> serde_json::Value {
        let end = |address: &str, end: &End| {
            serde_json::json!({
                "address": address,
                "messages": end.messages,
                "bytes": end.bytes,
                "close": end.close,
            })
        };
        serde_json::json!({
            "connection": number,
            "client": end(client, &self.client),
            "server": end(server, &self.server),
            "target": self.target,
            "handshake": !self.is_without_handshake,
            "violations": self.violations,
            "lost": self.lost,
        })
    }
}
