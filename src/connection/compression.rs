//! Compression inside a connection (RFC 7692): what the two halves and a prepared message keep for
//! it. In builds without it `no_compression` stands in its place, and has all that they name.

use alloc::boxed::Box;

pub(super) use super::{
    deflated_frames::DeflatedFrames,
    deflating::Deflating,
    inflating::{Inflating, InflatingChunk},
};

/// Where a half keeps what it needs for compression: apart, so that without an agreement it has
/// room for a pointer alone.
pub(super) type Apart<T> = Box<T>;
