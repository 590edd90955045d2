//! Frames: read, judged by the engine, and explained (RFC 6455 5).

mod annotation;
mod context;
mod fault;
mod header_spans;
mod judge;
mod layout;
mod message;
mod message_spans;
mod open_frame;
mod payload_spans;
mod reader;
mod window;

pub(crate) use reader::FrameReader;
