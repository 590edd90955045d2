//! The endpoints that are compared. Each takes an input, and says what it made of it.

pub mod sansocket;
pub mod stream;
pub mod tokio_websockets;
pub mod tungstenite;
pub mod wsproto;
pub mod zlib;
