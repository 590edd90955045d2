use alloc::{
    borrow::ToOwned as _,
    string::{String, ToString as _},
    vec,
    vec::Vec,
};

use serde::{Serialize, Serializer, ser};

use super::{Object, Value, ValueError};

/// What a type of serde's became. As arguments, a tuple is several and a unit is none.
pub(super) enum Serialized {
    Unit,
    Tuple(Vec<Value>),
    Single(Value),
}

impl From<Serialized> for Value {
    fn from(serialized: Serialized) -> Self {
        match serialized {
            Serialized::Unit => Self::Null,
            Serialized::Tuple(elements) => Self::Array(elements),
            Serialized::Single(value) => value,
        }
    }
}

/// Makes values of serde's types.
pub(super) struct ValueSerializer;

macro_rules! scalars {
    ($($method:ident($type:ty))*) => {
        $(fn $method(self, value: $type) -> Result<Serialized, ValueError> {
            Ok(Serialized::Single(value.into()))
        })*
    };
}

impl Serializer for ValueSerializer {
    type Ok = Serialized;
    type Error = ValueError;
    type SerializeSeq = Elements;
    type SerializeTuple = Tuple;
    type SerializeTupleStruct = Elements;
    type SerializeTupleVariant = Elements;
    type SerializeMap = Members;
    type SerializeStruct = Members;
    type SerializeStructVariant = Members;

    scalars! {
        serialize_bool(bool) serialize_i32(i32) serialize_i64(i64) serialize_u32(u32) serialize_u64(u64)
        serialize_f64(f64) serialize_str(&str)
    }

    fn serialize_i8(self, value: i8) -> Result<Serialized, ValueError> {
        self.serialize_i32(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<Serialized, ValueError> {
        self.serialize_i32(value.into())
    }

    fn serialize_u8(self, value: u8) -> Result<Serialized, ValueError> {
        self.serialize_u32(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<Serialized, ValueError> {
        self.serialize_u32(value.into())
    }

    fn serialize_f32(self, value: f32) -> Result<Serialized, ValueError> {
        self.serialize_f64(value.into())
    }

    fn serialize_char(self, value: char) -> Result<Serialized, ValueError> {
        self.serialize_str(&value.to_string())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<Serialized, ValueError> {
        Ok(Serialized::Single(Value::Binary(bytes.into())))
    }

    fn serialize_none(self) -> Result<Serialized, ValueError> {
        Ok(Serialized::Single(Value::Null))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Serialized, ValueError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Serialized, ValueError> {
        Ok(Serialized::Unit)
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<Serialized, ValueError> {
        Ok(Serialized::Single(Value::Null))
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<Serialized, ValueError> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<Serialized, ValueError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Serialized, ValueError> {
        Ok(in_variant(Some(variant), Value::new(value)?))
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<Elements, ValueError> {
        Ok(Elements { elements: Vec::new(), variant: None })
    }

    fn serialize_tuple(self, _len: usize) -> Result<Tuple, ValueError> {
        Ok(Tuple { elements: Vec::new() })
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        _len: usize,
    ) -> Result<Elements, ValueError> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Elements, ValueError> {
        Ok(Elements { elements: Vec::new(), variant: Some(variant) })
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<Members, ValueError> {
        Ok(Members { members: Vec::new(), key: String::new(), variant: None })
    }

    fn serialize_struct(self, _name: &'static str, _len: usize) -> Result<Members, ValueError> {
        self.serialize_map(None)
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Members, ValueError> {
        Ok(Members { members: Vec::new(), key: String::new(), variant: Some(variant) })
    }
}

/// A value with data is an object with one member, the name of the variant.
fn in_variant(variant: Option<&str>, value: Value) -> Serialized {
    Serialized::Single(match variant {
        Some(variant) => Value::Object(Object::from(vec![(variant.to_owned(), value)])),
        None => value,
    })
}

pub(super) struct Tuple {
    elements: Vec<Value>,
}

impl ser::SerializeTuple for Tuple {
    type Ok = Serialized;
    type Error = ValueError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ValueError> {
        self.elements.push(Value::new(value)?);
        Ok(())
    }

    fn end(self) -> Result<Serialized, ValueError> {
        Ok(Serialized::Tuple(self.elements))
    }
}

/// An array, of a variant or of its own.
pub(super) struct Elements {
    elements: Vec<Value>,
    variant: Option<&'static str>,
}

macro_rules! elements {
    ($($trait:ident::$method:ident)*) => {
        $(impl ser::$trait for Elements {
            type Ok = Serialized;
            type Error = ValueError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ValueError> {
                self.elements.push(Value::new(value)?);
                Ok(())
            }

            fn end(self) -> Result<Serialized, ValueError> {
                Ok(in_variant(self.variant, Value::Array(self.elements)))
            }
        })*
    };
}

elements! {
    SerializeSeq::serialize_element SerializeTupleStruct::serialize_field
    SerializeTupleVariant::serialize_field
}

/// An object, of a variant or of its own.
pub(super) struct Members {
    members: Vec<(String, Value)>,
    /// The key of the value that comes next.
    key: String,
    variant: Option<&'static str>,
}

impl ser::SerializeMap for Members {
    type Ok = Serialized;
    type Error = ValueError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), ValueError> {
        self.key = match Value::new(key)? {
            Value::String(key) => key,
            Value::Number(key) => key.to_string(),
            Value::Bool(key) => key.to_string(),
            _ => return Err(ValueError::new("a key must be a string, a number or a boolean")),
        };
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ValueError> {
        self.members.push((core::mem::take(&mut self.key), Value::new(value)?));
        Ok(())
    }

    fn end(self) -> Result<Serialized, ValueError> {
        Ok(in_variant(self.variant, Value::Object(self.members.into())))
    }
}

macro_rules! members {
    ($($trait:ident)*) => {
        $(impl ser::$trait for Members {
            type Ok = Serialized;
            type Error = ValueError;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), ValueError> {
                self.members.push((name.to_owned(), Value::new(value)?));
                Ok(())
            }

            fn end(self) -> Result<Serialized, ValueError> {
                Ok(in_variant(self.variant, Value::Object(self.members.into())))
            }
        })*
    };
}

members! { SerializeStruct SerializeStructVariant }
