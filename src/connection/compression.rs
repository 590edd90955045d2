//! Compression inside a connection (RFC 7692): the state that the two halves and a prepared message
//! keep for it. Builds without it use `no_compression` instead, which has the same names.

use alloc::boxed::Box;

pub(super) use super::{
    deflated_frames::DeflatedFrames,
    deflating::Deflating,
    inflating::{Inflating, InflatingChunk},
};

/// The compression state of a half. It is boxed, so that a connection without compression has only
/// a null pointer for it.
pub(super) type Apart<T> = Box<T>;
