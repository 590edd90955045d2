//! The codec: every packet form of both protocols as bytes, in both directions.

mod engine_io;
mod malformed;
mod packets;
mod property;
mod query;
mod values;
