//! What events and acknowledgements carry: JSON and binary, from and to serde's types.
//!
//! A [`Value`] is JSON that may have [`Binary`](crate::Binary) anywhere. [`Arguments`] are the values
//! of one event, after its name. Any type of serde's becomes values and can be read from them:
//!
//! ```
//! use sansocket_socketio::{Arguments, Binary};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Debug, PartialEq, Serialize, Deserialize)]
//! struct Upload {
//!     name: String,
//!     file: Binary,
//! }
//!
//! let upload = || Upload { name: "cat.png".into(), file: Binary::from(vec![1, 2, 3]) };
//! let arguments = Arguments::new(&(upload(), true))?;
//! assert_eq!(arguments.len(), 2);
//! assert_eq!(arguments.read::<(Upload, bool)>()?, (upload(), true));
//! # Ok::<(), sansocket_socketio::value::ValueError>(())
//! ```

mod arguments;
mod deserializer;
mod error;
pub(crate) mod json;
mod object;
mod serializer;
mod tree;

pub use arguments::Arguments;
pub use error::ValueError;
pub use object::Object;
pub use tree::Value;
