use alloc::{vec, vec::Vec};
use core::ops::Deref;

use serde::{
    Deserializer, Serialize, Serializer,
    de::{DeserializeOwned, Visitor, value::SeqDeserializer},
};

use super::{
    Value, ValueError,
    serializer::{Serialized, ValueSerializer},
};

/// The values that an event or an acknowledgement carries.
///
/// Of serde's types, a tuple is several arguments, `()` is none, and anything else is one:
///
/// ```
/// use sansocket_socketio::Arguments;
///
/// assert_eq!(Arguments::new(&("hello", 1))?.len(), 2);
/// assert_eq!(Arguments::new("hello")?.len(), 1);
/// assert_eq!(Arguments::new(&vec!["hello", "world"])?.len(), 1); // one argument, an array
/// assert_eq!(Arguments::new(&())?.len(), 0);
///
/// let arguments = Arguments::new(&("hello", 1))?;
/// assert_eq!(arguments.clone().read::<(String, u8)>()?, ("hello".into(), 1));
/// // Further arguments are ignored, as in JavaScript.
/// assert_eq!(arguments.read::<String>()?, "hello");
/// # Ok::<(), sansocket_socketio::value::ValueError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments(Vec<Value>);

impl Arguments {
    /// Makes arguments of any type of serde's.
    ///
    /// # Errors
    ///
    /// As with [`Value::new`].
    pub fn new<T: Serialize + ?Sized>(arguments: &T) -> Result<Self, ValueError> {
        Ok(Self(match arguments.serialize(ValueSerializer)? {
            Serialized::Unit => Vec::new(),
            Serialized::Tuple(arguments) => arguments,
            Serialized::Single(argument) => vec![argument],
        }))
    }

    /// Reads the arguments as a type of serde's: a tuple from as many, `()` from any, and any other
    /// type from the first. An `Option` is `None` if there is no argument.
    ///
    /// # Errors
    ///
    /// There are too few arguments, or they are of other types.
    pub fn read<T: DeserializeOwned>(self) -> Result<T, ValueError> {
        T::deserialize(Reader(self.0))
    }

    /// Returns the values.
    #[must_use]
    pub fn into_values(self) -> Vec<Value> {
        self.0
    }

    pub(crate) fn values_mut(&mut self) -> &mut [Value] {
        &mut self.0
    }
}

impl From<Vec<Value>> for Arguments {
    fn from(values: Vec<Value>) -> Self {
        Self(values)
    }
}

impl Deref for Arguments {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.0
    }
}

/// As a tuple, so that [`Arguments::new`] returns the same arguments.
impl Serialize for Arguments {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeTuple as _;

        let mut tuple = serializer.serialize_tuple(self.len())?;
        for value in self.iter() {
            tuple.serialize_element(value)?;
        }
        tuple.end()
    }
}

struct Reader(Vec<Value>);

impl Reader {
    fn first(self) -> Result<Value, ValueError> {
        self.0.into_iter().next().ok_or_else(|| ValueError::new("there is no argument"))
    }
}

macro_rules! first {
    ($($method:ident($($parameter:ident: $type:ty),*))*) => {
        $(fn $method<V: Visitor<'de>>(
            self,
            $($parameter: $type,)*
            visitor: V,
        ) -> Result<V::Value, ValueError> {
            self.first()?.$method($($parameter,)* visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for Reader {
    type Error = ValueError;

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        visitor.visit_seq(SeqDeserializer::new(self.0.into_iter()))
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_unit()
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self.0.first() {
            None | Some(Value::Null) => visitor.visit_none(),
            Some(_) => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        visitor.visit_newtype_struct(self)
    }

    first! {
        deserialize_any() deserialize_bool() deserialize_i8() deserialize_i16() deserialize_i32()
        deserialize_i64() deserialize_i128() deserialize_u8() deserialize_u16() deserialize_u32()
        deserialize_u64() deserialize_u128() deserialize_f32() deserialize_f64() deserialize_char()
        deserialize_str() deserialize_string() deserialize_bytes() deserialize_byte_buf()
        deserialize_seq() deserialize_map() deserialize_identifier()
        deserialize_unit_struct(name: &'static str)
        deserialize_tuple_struct(name: &'static str, len: usize)
        deserialize_struct(name: &'static str, fields: &'static [&'static str])
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
    }
}
