use alloc::{sync::Arc, vec::Vec};
use core::{fmt, ops::Deref};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Bytes, such as a Buffer or a Blob of JavaScript. A clone shares them.
///
/// In an argument, and anywhere inside one, it travels as an attachment. A `Vec<u8>` does not: to
/// serde, and on the wire, that is an array of numbers.
///
/// ```
/// use sansocket_socketio::Binary;
///
/// let image = Binary::from(vec![0x89, b'P', b'N', b'G']);
/// assert_eq!(image[1..], *b"PNG");
/// assert_eq!(image.into_vec(), [0x89, b'P', b'N', b'G']);
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Binary(Arc<Vec<u8>>);

impl Binary {
    /// Returns the bytes; without a copy if no clone shares them.
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        Arc::unwrap_or_clone(self.0)
    }
}

impl Deref for Binary {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for Binary {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl From<Vec<u8>> for Binary {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Arc::new(bytes))
    }
}

impl From<&[u8]> for Binary {
    fn from(bytes: &[u8]) -> Self {
        Self::from(bytes.to_vec())
    }
}

impl fmt::Debug for Binary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Binary({} bytes)", self.len())
    }
}

impl Serialize for Binary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self)
    }
}

impl<'de> Deserialize<'de> for Binary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(Bytes)
    }
}

struct Bytes;

impl<'de> de::Visitor<'de> for Bytes {
    type Value = Binary;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("binary")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Binary, E> {
        Ok(bytes.into())
    }

    fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Binary, E> {
        Ok(bytes.into())
    }
}
