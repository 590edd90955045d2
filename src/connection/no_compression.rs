//! The replacement of `compression` in builds without it: the same names, for types without values.
//! An option of such a type is always `None` and takes no space. So the code of a connection is
//! written once, and its parts for compression compile to nothing.

use alloc::vec::Vec;

use super::{
    ChunkMut, ProtocolError, SendError, frame_writer::FrameWriter,
    unfinished_message::UnfinishedMessage,
};
use crate::{deflate::Agreement, frame::OpCode, role::Role};

pub(super) type Apart<T> = T;

#[derive(Debug)]
pub(super) enum Inflating {}

#[derive(Debug)]
pub(super) enum InflatingChunk {}

#[derive(Debug)]
pub(super) enum Deflating {}

/// No frames.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct DeflatedFrames(());

impl Inflating {
    pub(super) const fn by(agreement: Option<&Agreement>, _role: Role) -> Option<Self> {
        match agreement {
            Some(agreement) => match *agreement {},
            None => None,
        }
    }

    pub(super) const fn is_active(&self) -> bool {
        match *self {}
    }

    pub(super) const fn is_compressed(&self) -> bool {
        match *self {}
    }

    pub(super) const fn max_input(&self) -> usize {
        match *self {}
    }

    pub(super) const fn begin(&mut self, _is_compressed: bool) {
        match *self {}
    }

    pub(super) const fn push(&mut self, _compressed: &[u8], _is_end: bool) {
        match *self {}
    }

    pub(super) const fn next(
        &mut self,
        _message: &mut Option<UnfinishedMessage>,
        _max_len: u64,
    ) -> Result<Option<InflatingChunk>, ProtocolError> {
        match *self {}
    }

    pub(super) const fn take_output(&mut self, _len: usize, _message: &mut Vec<u8>, _from: usize) {
        match *self {}
    }

    pub(super) const fn release(&mut self) {
        match *self {}
    }
}

impl InflatingChunk {
    pub(super) const fn is_last(&self) -> bool {
        match *self {}
    }

    pub(super) const fn of(self, _inflating: &mut Option<Inflating>) -> ChunkMut<'_> {
        match self {}
    }
}

impl Deflating {
    pub(super) const fn by(agreement: Option<&Agreement>, _role: Role) -> Option<Self> {
        match agreement {
            Some(agreement) => match *agreement {},
            None => None,
        }
    }

    pub(super) const fn wants(&self, _len: usize) -> bool {
        match *self {}
    }

    pub(super) const fn send_whole(
        &mut self,
        _opcode: OpCode,
        _payload: &[u8],
        _writer: &mut FrameWriter,
        _out: &mut Vec<u8>,
    ) -> bool {
        match *self {}
    }

    pub(super) const fn send_chunk(
        &mut self,
        _opcode: OpCode,
        _payload: &[u8],
        _is_last: bool,
        _writer: &mut FrameWriter,
        _out: &mut Vec<u8>,
    ) -> bool {
        match *self {}
    }

    pub(super) const fn check_in_place(&self) -> Result<(), SendError> {
        match *self {}
    }

    pub(super) const fn prepared<'m>(
        &mut self,
        _frames: &'m DeflatedFrames,
        _len: usize,
    ) -> Option<&'m [u8]> {
        match *self {}
    }

    pub(super) const fn release(&mut self) {
        match *self {}
    }
}

#[cfg(test)]
mod tests {
    use super::{Apart, DeflatedFrames, Deflating, Inflating};

    #[test]
    fn options_of_types_without_values_take_no_space() {
        assert_eq!(size_of::<Option<Apart<Inflating>>>(), 0);
        assert_eq!(size_of::<Option<Apart<Deflating>>>(), 0);
        assert_eq!(size_of::<DeflatedFrames>(), 0);
    }
}
