use alloc::{string::String, vec::Vec};
use core::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, DeserializeOwned},
};
use serde_json::Number;

use super::{Object, ValueError, serializer::ValueSerializer};
use crate::Binary;

/// JSON that may contain binary.
///
/// ```
/// use sansocket_socketio::{Binary, Value};
///
/// let mut value = Value::from(serde_json::json!({ "name": "cat.png" }));
/// if let Value::Object(object) = &mut value {
///     object.insert("file", Binary::from(vec![1, 2, 3]));
/// }
/// assert_eq!(value.get("name").and_then(Value::as_str), Some("cat.png"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "JSON has these, and Socket.IO adds binary")]
pub enum Value {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(String),
    /// Bytes, an attachment on the wire.
    Binary(Binary),
    /// An array.
    Array(Vec<Self>),
    /// An object.
    Object(Object),
}

impl Value {
    /// Makes a value of any type of serde's.
    ///
    /// # Errors
    ///
    /// JSON does not have it: a key that is no string, number or boolean, or an integer beyond 64
    /// bits. Numbers that are not finite become `null`, as in JavaScript.
    pub fn new<T: Serialize + ?Sized>(value: &T) -> Result<Self, ValueError> {
        value.serialize(ValueSerializer).map(Self::from)
    }

    /// Reads the value as a type of serde's.
    ///
    /// # Errors
    ///
    /// The value is of another type.
    pub fn read<T: DeserializeOwned>(self) -> Result<T, ValueError> {
        T::deserialize(self)
    }

    /// Returns the text of a string, or `None` if this is none.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the member of an object, or `None` if it has none of this name or this is no object.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(object) => object.get(key),
            _ => None,
        }
    }
}

macro_rules! from {
    ($($variant:ident($type:ty))*) => {
        $(impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        })*
    };
}

from! {
    Bool(bool) Number(Number) Number(i64) Number(u64) Number(i32) Number(u32)
    String(String) String(&str) Binary(Binary) Array(Vec<Self>) Object(Object)
}

/// Numbers that are not finite become `null`, as in JavaScript.
impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Number::from_f64(number).map_or(Self::Null, Self::Number)
    }
}

impl From<serde_json::Value> for Value {
    fn from(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(bool) => Self::Bool(bool),
            serde_json::Value::Number(number) => Self::Number(number),
            serde_json::Value::String(text) => Self::String(text),
            serde_json::Value::Array(array) => {
                Self::Array(array.into_iter().map(Self::from).collect())
            }
            serde_json::Value::Object(object) => Self::Object(
                object.into_iter().map(|(key, value)| (key, Self::from(value))).collect(),
            ),
        }
    }
}

/// In JSON, [`Binary`] becomes an array of numbers. Packets make attachments of it instead.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(bool) => serializer.serialize_bool(*bool),
            Self::Number(number) => number.serialize(serializer),
            Self::String(text) => serializer.serialize_str(text),
            Self::Binary(binary) => binary.serialize(serializer),
            Self::Array(array) => serializer.collect_seq(array),
            Self::Object(object) => {
                serializer.collect_map(object.iter().map(|(name, value)| (name, value)))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Visitor)
    }
}

struct Visitor;

impl<'de> de::Visitor<'de> for Visitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON or binary")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_bool<E>(self, bool: bool) -> Result<Value, E> {
        Ok(bool.into())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Value, E> {
        Ok(Value::Binary(bytes.into()))
    }

    fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Value, E> {
        Ok(Value::Binary(bytes.into()))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(element) = elements.next_element()? {
            array.push(element);
        }
        // A peer may send many short arrays: without this, each had room for four elements.
        array.shrink_to_fit();
        Ok(Value::Array(array))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Vec::new();
        while let Some(member) = members.next_entry()? {
            object.push(member);
        }
        object.shrink_to_fit();
        Ok(Value::Object(object.into()))
    }
}
