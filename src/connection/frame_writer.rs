use alloc::{boxed::Box, vec::Vec};

#[cfg(feature = "tokio")]
use super::short_frame::ShortFrame;
use super::{
    append_payload::{append_payload, append_unmasked},
    traffic::Traffic,
};
use crate::{
    frame::{FrameHeader, MaskKey, Masker, OpCode, Rsv, len_u64},
    random::{Random, Seed},
    role::Role,
};

/// The encoder of frames. It appends them to the output, and masks them if we are the client.
#[derive(Debug)]
pub(super) struct FrameWriter {
    /// The source of mask keys; `None` for a server.
    random: Option<Box<Random>>,
    data_frames: u32,
    pub(super) traffic: Traffic,
}

impl FrameWriter {
    pub(super) const fn server() -> Self {
        Self::new(None)
    }

    pub(super) fn client(seed: Seed) -> Self {
        Self::new(Some(Box::new(Random::new(seed))))
    }

    const fn new(random: Option<Box<Random>>) -> Self {
        Self { random, data_frames: 0, traffic: Traffic::NONE }
    }

    pub(super) const fn role(&self) -> Role {
        if self.random.is_some() { Role::Client } else { Role::Server }
    }

    /// Returns the number of data frames sent so far, modulo 2^32.
    pub(super) const fn data_frames(&self) -> u32 {
        self.data_frames
    }

    /// Appends a frame that was encoded before.
    pub(super) fn append_encoded(&mut self, frame: &[u8], out: &mut Vec<u8>) {
        self.data_frames = self.data_frames.wrapping_add(1);
        self.traffic.count_whole(frame.len());
        append_unmasked(frame, out);
    }

    pub(super) fn append_control(&mut self, opcode: OpCode, payload: &[u8], out: &mut Vec<u8>) {
        self.append(opcode, true, Rsv::NONE, payload, out);
    }

    /// Appends the frame of a whole message. The fast path is for a short one that is not masked.
    #[inline(always)]
    pub(super) fn append_whole(&mut self, opcode: OpCode, payload: &[u8], out: &mut Vec<u8>) {
        if let Ok(len @ 0..=125) = u8::try_from(payload.len())
            && self.random.is_none()
        {
            self.data_frames = self.data_frames.wrapping_add(1);
            self.traffic.count_whole(payload.len().saturating_add(2));
            out.extend_from_slice(&FrameHeader::short_whole(opcode, len));
            out.extend_from_slice(payload);
        } else {
            self.append(opcode, true, Rsv::NONE, payload, out);
        }
    }

    /// Encodes the frame of a whole message that is short.
    #[cfg(feature = "tokio")]
    #[inline(always)]
    pub(super) fn encode_short(&mut self, opcode: OpCode, payload: &[u8], out: &mut ShortFrame) {
        out.encode(&self.header(opcode, true, Rsv::NONE, payload), payload);
    }

    #[inline(never)]
    pub(super) fn append(
        &mut self,
        opcode: OpCode,
        fin: bool,
        rsv: Rsv,
        payload: &[u8],
        out: &mut Vec<u8>,
    ) {
        let header = self.header(opcode, fin, rsv, payload);
        header.put_parts(|part| out.extend_from_slice(part));
        append_payload(header.mask.map_or(Masker::NONE, Masker::new), payload, out);
    }

    /// Returns the header of the next frame.
    #[inline]
    pub(super) fn header(
        &mut self,
        opcode: OpCode,
        fin: bool,
        rsv: Rsv,
        payload: &[u8],
    ) -> FrameHeader {
        if !opcode.is_control() {
            self.data_frames = self.data_frames.wrapping_add(1);
        }
        let header = FrameHeader {
            fin,
            rsv,
            opcode,
            // RFC 6455 5.3 and 10.3: a fresh key for every frame, unpredictable to the application.
            mask: self.random.as_mut().map(|random| MaskKey(random.mask_key())),
            payload_len: len_u64(payload),
        };
        self.traffic.count_frame(&header);
        header
    }
}

#[cfg(test)]
mod tests {
    use alloc::{vec, vec::Vec};

    use super::FrameWriter;
    #[cfg(feature = "tokio")]
    use super::ShortFrame;
    use crate::frame::{OpCode, Rsv};

    #[test]
    fn the_fast_path_of_a_complete_message_writes_the_same_frame() {
        let server = || FrameWriter::server();
        let client = || FrameWriter::client([7; 32].into());
        for len in (0..300).chain([65_535, 65_536]) {
            let payload = vec![0xA5; len];
            for (mut short, mut long) in [(server(), server()), (client(), client())] {
                let (mut out, mut expected) = (Vec::new(), Vec::new());
                short.append_whole(OpCode::Text, &payload, &mut out);
                long.append(OpCode::Text, true, Rsv::NONE, &payload, &mut expected);
                assert_eq!(out, expected);
                assert_eq!(short.data_frames(), long.data_frames());
                assert_eq!(short.traffic, long.traffic);
                #[cfg(feature = "tokio")]
                if len <= ShortFrame::MAX_PAYLOAD_LEN {
                    expected.clear();
                    long.append(OpCode::Text, true, Rsv::NONE, &payload, &mut expected);
                    let mut alone = ShortFrame::EMPTY;
                    short.encode_short(OpCode::Text, &payload, &mut alone);
                    assert_eq!(*alone, *expected);
                    assert_eq!(short.data_frames(), long.data_frames());
                    assert_eq!(short.traffic, long.traffic);
                }
            }
        }
    }
}
