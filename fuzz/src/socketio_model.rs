//! What the protocol document of Socket.IO says of packets, character by character, with serde_json.

use serde_json::{Map, Value};

/// A packet, with its attachments in their places.
#[derive(Debug, PartialEq)]
pub(crate) struct Model {
    kind: Kind,
    namespace: String,
    id: Option<u64>,
    /// `None` if there is none.
    payload: Option<Value>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Connect,
    Disconnect,
    Event,
    Ack,
    ConnectError,
}

/// The packets of these messages, up to the first that is wrong, and whether there is such a one.
pub(crate) fn decode(messages: &[Message<'_>], max_attachments: u64) -> (Vec<Model>, bool) {
    let mut packets = Vec::new();
    let mut messages = messages.iter();
    while let Some(message) = messages.next() {
        let Message::Text(text) = message else { return (packets, true) };
        let Some((mut model, attachments)) = parse(text, max_attachments) else {
            return (packets, true);
        };
        if attachments > 0 {
            let mut found = Vec::new();
            for _ in 0..attachments {
                match messages.next() {
                    Some(Message::Binary(bytes)) => found.push(*bytes),
                    Some(Message::Text(_)) => return (packets, true),
                    None => return (packets, false),
                }
            }
            replace(model.payload.as_mut().expect("a payload"), &found);
        }
        packets.push(model);
    }
    (packets, false)
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Message<'a> {
    Text(&'a str),
    Binary(&'a [u8]),
}

/// `<type>[<attachments>-][<namespace>,][<id>][<JSON>]`, and the number of attachments.
fn parse(text: &str, max_attachments: u64) -> Option<(Model, u64)> {
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).count();
    let (kind, mut rest) = (text.chars().next()?, text.get(1..)?);
    let mut attachments = 0;
    if matches!(kind, '5' | '6') {
        let (count, after) = rest.split_at(digits(rest));
        attachments = count.parse().ok().filter(|count| (1..=max_attachments).contains(count))?;
        rest = after.strip_prefix('-')?;
    }
    let mut namespace = "/";
    if rest.starts_with('/') {
        (namespace, rest) = rest.split_once(',').unwrap_or((rest, ""));
        if namespace.bytes().any(|byte| byte.is_ascii_control()) {
            return None;
        }
    }
    let kind = match kind {
        '0' => Kind::Connect,
        '1' => Kind::Disconnect,
        '2' | '5' => Kind::Event,
        '3' | '6' => Kind::Ack,
        '4' => Kind::ConnectError,
        _ => return None,
    };
    let mut id = None;
    if matches!(kind, Kind::Event | Kind::Ack) {
        let (number, after) = rest.split_at(digits(rest));
        if !number.is_empty() {
            id = Some(number.parse().ok()?);
        }
        rest = after;
    }
    let mut payload = match rest {
        "" => None,
        json => Some(serde_json::from_str(json).ok()?),
    };
    match (kind, &mut payload) {
        (Kind::Connect, None | Some(Value::Object(_))) | (Kind::Disconnect, None) => {}
        (Kind::Event, Some(Value::Array(elements))) => {
            let name = match elements.first()? {
                Value::String(name) => name.clone(),
                Value::Number(name) => name.to_string(),
                _ => return None,
            };
            let reserved = [
                "connect",
                "connect_error",
                "disconnect",
                "disconnecting",
                "newListener",
                "removeListener",
            ];
            if reserved.contains(&name.as_str()) {
                return None;
            }
            elements[0] = name.into();
        }
        (Kind::Ack, Some(Value::Array(_))) => _ = id?,
        (Kind::ConnectError, Some(error)) => *error = connect_error(error)?,
        _ => return None,
    }
    if attachments > 0 {
        let mut places = Vec::new();
        find(payload.as_ref()?, &mut places);
        places.sort_unstable();
        if places != (0..attachments).map(Some).collect::<Vec<_>>() {
            return None;
        }
    }
    Some((Model { kind, namespace: namespace.to_owned(), id, payload }, attachments))
}

/// What is kept of an error.
fn connect_error(error: &Value) -> Option<Value> {
    let mut kept = Map::new();
    match error {
        Value::String(message) => _ = kept.insert("message".into(), message.as_str().into()),
        Value::Object(error) => {
            let message = error.get("message").and_then(Value::as_str).unwrap_or_default();
            kept.insert("message".into(), message.into());
            if let Some(data) = error.get("data") {
                kept.insert("data".into(), data.clone());
            }
        }
        _ => return None,
    }
    Some(kept.into())
}

fn is_placeholder(object: &Map<String, Value>) -> bool {
    object.get("_placeholder") == Some(&Value::Bool(true))
}

fn find(value: &Value, places: &mut Vec<Option<u64>>) {
    match value {
        Value::Array(elements) => elements.iter().for_each(|element| find(element, places)),
        Value::Object(object) if is_placeholder(object) => {
            places.push(object.get("num").and_then(Value::as_u64));
        }
        Value::Object(object) => object.values().for_each(|member| find(member, places)),
        _ => {}
    }
}

fn replace(value: &mut Value, attachments: &[&[u8]]) {
    match value {
        Value::Array(elements) => {
            elements.iter_mut().for_each(|element| replace(element, attachments));
        }
        Value::Object(object) if is_placeholder(object) => {
            let num = object.get("num").and_then(Value::as_u64).expect("it was checked");
            let bytes = attachments[usize::try_from(num).expect("it was checked")];
            *value = format!("\0an attachment: {bytes:?}").into();
        }
        Value::Object(object) => {
            object.values_mut().for_each(|member| replace(member, attachments));
        }
        _ => {}
    }
}
