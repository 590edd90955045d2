use sansocket::{
    Role,
    frame::{MaskKey, Masker, OpCode},
};

/// The longest payload that a guessed frame may have, if its end is not there.
const MAX_UNSEEN: u64 = 1 << 20;

/// Returns which end sends frames, if `bytes` look like frames from their first byte on, of which the
/// first begins a message.
///
/// It is used where the start of a connection, or a piece of it, is not in the capture. A frame that
/// continues a message would be judged wrongly, as the message is unknown.
pub(super) fn sender_of_frames(bytes: &[u8]) -> Option<Role> {
    let mut sender = None;
    let mut rest = bytes;
    while let Some(frame) = Frame::read(rest) {
        let frame = frame?;
        let role = if frame.key.is_some() { Role::Client } else { Role::Server };
        let begins = matches!(frame.opcode, OpCode::Text | OpCode::Binary);
        if sender.is_none() && !begins || sender.is_some_and(|sender| sender != role) {
            return None;
        }
        sender = Some(role);
        match frame.rest {
            Some(after) => rest = after,
            None => return sender.filter(|_| frame.len <= MAX_UNSEEN),
        }
    }
    sender
}

struct Frame<'b> {
    opcode: OpCode,
    key: Option<[u8; 4]>,
    len: u64,
    /// What comes after it; `None` if its end is not there.
    rest: Option<&'b [u8]>,
}

impl<'b> Frame<'b> {
    /// Reads a frame: `None` if its header is not whole, `Some(None)` if it is not a frame.
    fn read(bytes: &'b [u8]) -> Option<Option<Self>> {
        let (&[first, second], mut rest) = bytes.split_first_chunk()?;
        let opcode = OpCode::from_bits(first & 0x0F).filter(|_| first & 0x30 == 0);
        let Some(opcode) = opcode else { return Some(None) };
        let (fin, rsv1) = (first & 0x80 != 0, first & 0x40 != 0);
        let len = match second & 0x7F {
            126 => {
                let (len, after) = rest.split_first_chunk()?;
                rest = after;
                Some(u64::from(u16::from_be_bytes(*len))).filter(|len| *len > 125)
            }
            127 => {
                let (len, after) = rest.split_first_chunk()?;
                rest = after;
                Some(u64::from_be_bytes(*len)).filter(|len| *len > 0xFFFF && len >> 63 == 0)
            }
            len => Some(len.into()),
        };
        let is_control = opcode.is_control();
        let begins = matches!(opcode, OpCode::Text | OpCode::Binary);
        let len = len.filter(|len| !is_control || fin && *len <= 125);
        let Some(len) = len.filter(|_| begins || !rsv1) else { return Some(None) };
        let mut key = None;
        if second & 0x80 != 0 {
            let (bytes, after) = rest.split_first_chunk()?;
            (key, rest) = (Some(*bytes), after);
        }
        let split = usize::try_from(len).ok().and_then(|len| rest.split_at_checked(len));
        let (payload, rest) = split.map_or((rest, None), |(payload, rest)| (payload, Some(rest)));
        if opcode == OpCode::Text && !rsv1 && !is_text(payload, key) {
            return Some(None);
        }
        Some(Some(Self { opcode, key, len, rest }))
    }
}

/// Returns whether a payload is the start of a text.
fn is_text(payload: &[u8], key: Option<[u8; 4]>) -> bool {
    let mut payload = payload.to_vec();
    if let Some(key) = key {
        Masker::new(MaskKey(key)).apply(&mut payload);
    }
    // A character that is cut has no length of an error.
    str::from_utf8(&payload).map_or_else(|error| error.error_len().is_none(), |_| true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_tell_their_sender() {
        for (bytes, sender) in [
            (&b"\x81\x02Hi"[..], Some(Role::Server)),
            (b"\x81\x82\0\0\0\0Hi", Some(Role::Client)),
            (b"\x81\x82\0\0\0\0Hi\x89\x80\0\0\0\0", Some(Role::Client)),
            (b"\x81\x05Hel", Some(Role::Server)),
            (b"\x82\x02Hi\x82", Some(Role::Server)),
            // The other end, no text, a control frame or a continuation first, a reserved bit, text.
            (b"\x81\x02Hi\x81\x80\0\0\0\0", None),
            (b"\x81\x02H\xFF", None),
            (b"\x89\0", None),
            (b"\x80\0", None),
            (b"\xA1\0", None),
            (b"Hello, here is text", None),
            (b"\x82\x7E\0\x05Hello", None),
            (b"", None),
        ] {
            assert_eq!(sender_of_frames(bytes), sender, "{bytes:?}");
        }
    }
}
