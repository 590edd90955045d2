//! The places of attachments in the JSON of a packet: `{"_placeholder":true,"num":0}`.
//!
//! The recursion ends: the JSON of a peer is nested 127 deep at most.

use super::{DecodeError, EncodeError};
use crate::{Binary, Value, value::Object};

/// Counts the binary values of a packet to send.
///
/// An application may pass on objects of a peer. One that looks like a placeholder must not get an
/// attachment of another.
pub(super) fn count_binary(values: &[Value]) -> Result<usize, EncodeError> {
    let mut count = Count::default();
    values.iter().for_each(|value| count.add(value));
    if count.has_placeholder && count.binary > 0 {
        return Err(EncodeError::Placeholder);
    }
    Ok(count.binary)
}

#[derive(Default)]
struct Count {
    binary: usize,
    has_placeholder: bool,
}

impl Count {
    fn add(&mut self, value: &Value) {
        match value {
            Value::Binary(_) => self.binary = self.binary.saturating_add(1),
            Value::Array(array) => array.iter().for_each(|element| self.add(element)),
            Value::Object(object) => {
                self.has_placeholder |= is_placeholder(object);
                object.iter().for_each(|(_, member)| self.add(member));
            }
            _ => {}
        }
    }
}

/// Checks that each attachment has one place. Otherwise, the few bytes of a peer could multiply its
/// attachments when the packet is passed on.
pub(super) fn check(values: &[Value], attachments: usize) -> Result<(), DecodeError> {
    let mut has_place = alloc::vec![false; attachments];
    values.iter().try_for_each(|value| find(value, &mut has_place))?;
    match has_place.iter().position(|has_place| !has_place) {
        None => Ok(()),
        Some(num) => Err(DecodeError::UnusedAttachment { num }),
    }
}

fn find(value: &Value, has_place: &mut [bool]) -> Result<(), DecodeError> {
    match value {
        Value::Array(array) => array.iter().try_for_each(|element| find(element, has_place)),
        Value::Object(object) if is_placeholder(object) => {
            let attachments = has_place.len();
            match num(object).and_then(|num| has_place.get_mut(num)) {
                Some(has_place) if !*has_place => {
                    *has_place = true;
                    Ok(())
                }
                _ => Err(DecodeError::Placeholder { attachments }),
            }
        }
        Value::Object(object) => object.iter().try_for_each(|(_, member)| find(member, has_place)),
        _ => Ok(()),
    }
}

/// Puts the attachments in their places.
pub(super) fn replace(value: &mut Value, attachments: &[Binary]) {
    match value {
        Value::Array(array) => {
            array.iter_mut().for_each(|element| replace(element, attachments));
        }
        Value::Object(object) if is_placeholder(object) => {
            if let Some(attachment) = num(object).and_then(|num| attachments.get(num)) {
                *value = Value::Binary(attachment.clone());
            }
        }
        Value::Object(object) => {
            object.values_mut().for_each(|member| replace(member, attachments));
        }
        _ => {}
    }
}

fn is_placeholder(object: &Object) -> bool {
    object.get("_placeholder") == Some(&Value::Bool(true))
}

fn num(object: &Object) -> Option<usize> {
    match object.get("num") {
        Some(Value::Number(num)) => num.as_u64()?.try_into().ok(),
        _ => None,
    }
}
