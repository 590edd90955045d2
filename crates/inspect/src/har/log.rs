//! The parts of a HAR file that belong to WebSocket connections, as Chromium writes them. Only the URL must
//! be there to read them: other programs leave out parts, or write `null`.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::entries::{list, list_or_empty, or_default};

/// A HAR file that is written.
#[derive(Debug, Serialize)]
pub(super) struct File {
    pub(super) log: Log,
}

#[derive(Debug, Serialize)]
pub(super) struct Log {
    pub(super) version: &'static str,
    pub(super) creator: Creator,
    pub(super) entries: Vec<Entry>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Creator {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
}

/// A request, its response, and the messages after it.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) started_date_time: String,
    /// The milliseconds that it took.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) time: f64,
    pub(super) request: Request,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) response: Response,
    #[serde(skip_deserializing)]
    pub(super) cache: Empty,
    #[serde(skip_deserializing)]
    pub(super) timings: Timings,
    #[serde(rename = "serverIPAddress", skip_deserializing)]
    pub(super) server_ip_address: String,
    #[serde(rename = "_resourceType", skip_deserializing)]
    pub(super) resource_type: &'static str,
    #[serde(
        rename = "_webSocketMessages",
        default,
        deserialize_with = "list",
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) messages: Option<Vec<Message>>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Empty {}

#[derive(Debug, Default, Serialize)]
pub(super) struct Timings {
    pub(super) send: f64,
    pub(super) wait: f64,
    pub(super) receive: f64,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) method: String,
    pub(super) url: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) http_version: String,
    #[serde(default, deserialize_with = "list_or_empty")]
    pub(super) headers: Vec<Header>,
    #[serde(skip_deserializing)]
    pub(super) query_string: [(); 0],
    #[serde(skip_deserializing)]
    pub(super) cookies: [(); 0],
    #[serde(skip_deserializing)]
    pub(super) headers_size: i64,
    #[serde(skip_deserializing)]
    pub(super) body_size: i64,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Response {
    /// It is 0 if there was none.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) status: i64,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) status_text: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) http_version: String,
    #[serde(default, deserialize_with = "list_or_empty")]
    pub(super) headers: Vec<Header>,
    #[serde(skip_deserializing)]
    pub(super) cookies: [(); 0],
    #[serde(skip_deserializing)]
    pub(super) content: Content,
    #[serde(rename = "redirectURL", skip_deserializing)]
    pub(super) redirect_url: &'static str,
    #[serde(skip_deserializing)]
    pub(super) headers_size: i64,
    #[serde(skip_deserializing)]
    pub(super) body_size: i64,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Content {
    pub(super) size: i64,
    pub(super) mime_type: &'static str,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(super) struct Header {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) name: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) value: String,
}

/// A message of a WebSocket connection.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Message {
    /// `send`, `receive`, or `error`.
    #[serde(rename = "type", default, deserialize_with = "or_default")]
    pub(super) kind: Cow<'static, str>,
    /// The seconds since 1970.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) time: f64,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) opcode: i64,
    /// Text as it is, and everything else in base64.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) data: String,
}

impl Entry {
    /// Returns whether it is a WebSocket connection, be it without messages.
    pub(super) fn is_websocket(&self) -> bool {
        let url = &self.request.url;
        self.messages.is_some() || url.starts_with("ws://") || url.starts_with("wss://")
    }

    /// Returns the value of a header of the response.
    pub(super) fn answered(&self, name: &str) -> Option<&str> {
        let mut headers = self.response.headers.iter();
        let header = headers.find(|header| header.name.eq_ignore_ascii_case(name));
        header.map(|header| header.value.as_str())
    }
}
