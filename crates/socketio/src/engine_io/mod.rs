//! Engine.IO v4: packets, the payloads of HTTP long-polling, the opening handshake.
//!
//! A packet is a WebSocket message, or one of several in the body of a polling request or response,
//! separated by 0x1E.
//!
//! ```
//! use sansocket_socketio::engine_io::{EncodedPacket, Limits, Message, Packet, PayloadDecoder};
//!
//! let mut body = String::new();
//! for packet in [Packet::from("hello"), Packet::Ping(""), Packet::from(&[1, 2, 3, 4][..])] {
//!     EncodedPacket::from(&packet).append_to_payload(&mut body);
//! }
//! assert_eq!(body, "4hello\x1e2\x1ebAQIDBA==");
//!
//! let mut decoder = PayloadDecoder::new(&Limits::default());
//! let mut input = body.as_bytes(); // in chunks of any size
//! assert_eq!(decoder.decode(&mut input)?, Some(Packet::Message(Message::Text("hello"))));
//! assert_eq!(decoder.decode(&mut input)?, Some(Packet::Ping("")));
//! assert_eq!(decoder.decode(&mut input)?, None);
//! assert_eq!(decoder.finish()?, Packet::from(&[1, 2, 3, 4][..]));
//! # Ok::<(), sansocket_socketio::engine_io::PacketError>(())
//! ```

mod encoded_packet;
mod handshake;
mod limits;
mod packet;
mod packet_error;
mod payload_decoder;
mod query;
mod rejection;
mod transport;

pub use encoded_packet::EncodedPacket;
pub use handshake::Handshake;
pub use limits::Limits;
pub use packet::{Message, Packet};
pub use packet_error::PacketError;
pub use payload_decoder::PayloadDecoder;
pub use query::Query;
pub use rejection::Rejection;
pub use transport::Transport;

/// The character between the packets of a payload: the record separator of ASCII.
const SEPARATOR: char = '\x1e';
