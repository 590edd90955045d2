use alloc::{
    string::{String, ToString as _},
    vec,
    vec::Vec,
};

use super::{Body, ConnectError, EncodeError, Packet, event_name, placeholders};
use crate::{
    engine_io::EncodedPacket,
    value::{Object, json},
};

impl Packet {
    /// Encodes the packet as messages of Engine.IO: a text, and a binary for each attachment. They
    /// must be sent one after another, in this order.
    ///
    /// # Errors
    ///
    /// The protocol has no form for the packet.
    pub fn encode(&self) -> Result<Vec<EncodedPacket>, EncodeError> {
        // The type of the Engine.IO packet, a message.
        let mut text = String::from("4");
        let mut attachments = Vec::new();
        match &self.body {
            Body::Connect(data) => {
                self.append_header('0', 0, None, &mut text);
                if let Some(data) = data {
                    append_data("CONNECT", data, &mut text)?;
                }
            }
            Body::Disconnect => self.append_header('1', 0, None, &mut text),
            Body::Event { name, .. } if event_name::is_reserved(name) => {
                return Err(EncodeError::ReservedEvent(name.clone()));
            }
            Body::Event { id, name, arguments } => {
                let count = placeholders::count_binary(arguments)?;
                self.append_header(if count == 0 { '2' } else { '5' }, count, *id, &mut text);
                text.push('[');
                json::append_string(name, &mut text);
                if !arguments.is_empty() {
                    text.push(',');
                }
                json::append_elements(arguments, &mut text, &mut attachments);
                text.push(']');
            }
            Body::Ack { id, arguments } => {
                let count = placeholders::count_binary(arguments)?;
                self.append_header(if count == 0 { '3' } else { '6' }, count, Some(*id), &mut text);
                text.push('[');
                json::append_elements(arguments, &mut text, &mut attachments);
                text.push(']');
            }
            Body::ConnectError(error) => {
                self.append_header('4', 0, None, &mut text);
                append_data("CONNECT_ERROR", &error.to_object(), &mut text)?;
            }
        }
        let mut messages = vec![EncodedPacket::Text(text.into())];
        messages.extend(attachments.into_iter().map(EncodedPacket::Binary));
        Ok(messages)
    }

    /// Appends all before the JSON.
    fn append_header(&self, kind: char, attachments: usize, id: Option<u64>, text: &mut String) {
        text.push(kind);
        if attachments > 0 {
            text.push_str(&attachments.to_string());
            text.push('-');
        }
        if !self.namespace.is_main() {
            text.push_str(self.namespace.as_str());
            text.push(',');
        }
        if let Some(id) = id {
            text.push_str(&id.to_string());
        }
    }
}

/// Appends the data of a packet that has no form with attachments.
fn append_data(kind: &'static str, data: &Object, text: &mut String) -> Result<(), EncodeError> {
    let mut attachments = Vec::new();
    json::append_object(data, text, &mut attachments);
    if attachments.is_empty() { Ok(()) } else { Err(EncodeError::Binary(kind)) }
}

impl ConnectError {
    fn to_object(&self) -> Object {
        let mut object = Object::default();
        object.insert("message", self.message.as_str());
        if let Some(data) = &self.data {
            object.insert("data", data.clone());
        }
        object
    }
}
