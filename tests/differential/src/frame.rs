use crate::input::Input;

/// A frame in the bytes of an input, which may end within it.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Where it begins.
    pub start: usize,
    pub fin: bool,
    /// The three bits, RSV1 the highest.
    pub rsv: u8,
    pub opcode: u8,
    pub is_masked: bool,
    /// How many bytes its length takes after the first two: 0, 2 or 8.
    pub len_bytes: usize,
    /// `None`: the header is not whole.
    pub len: Option<u64>,
    /// Unmasked; of a frame that is whole.
    pub payload: Option<Vec<u8>>,
    /// Where it ends, or the input.
    pub end: usize,
}

impl Frame {
    /// All frames, one after the other, whatever they are.
    pub fn all(input: &Input) -> Vec<Self> {
        let mut frames = Vec::new();
        let mut start = 0;
        while start < input.bytes.len() {
            let frame = Self::parse(&input.bytes, start);
            start = frame.end;
            frames.push(frame);
        }
        frames
    }

    /// The frame that begins there.
    fn parse(bytes: &[u8], start: usize) -> Self {
        let rest = &bytes[start..];
        let (first, second) = (rest[0], rest.get(1).copied());
        let len_bytes = match second.map(|second| second & 0x7F) {
            Some(126) => 2,
            Some(127) => 8,
            _ => 0,
        };
        let is_masked = second.is_some_and(|second| second & 0x80 != 0);
        let header_len = 2 + len_bytes + if is_masked { 4 } else { 0 };
        let len = rest.get(2..2 + len_bytes).filter(|_| second.is_some()).map(|extended| {
            let short = u64::from(second.unwrap_or_default() & 0x7F);
            let long = extended.iter().fold(0, |len, &byte| len << 8 | u64::from(byte));
            if len_bytes == 0 { short } else { long }
        });
        let end = usize::try_from(len.unwrap_or(u64::MAX))
            .ok()
            .and_then(|len| header_len.checked_add(len))
            .filter(|&len| len <= rest.len());
        let payload = end.map(|end| {
            let key = if is_masked { &rest[header_len - 4..header_len] } else { &[0; 4] };
            let payload = rest[header_len..end].iter().zip(key.iter().cycle());
            payload.map(|(byte, key)| byte ^ key).collect()
        });
        Self {
            start,
            fin: first & 0x80 != 0,
            rsv: first >> 4 & 0b111,
            opcode: first & 0x0F,
            is_masked,
            len_bytes,
            len,
            payload,
            end: end.map_or(bytes.len(), |end| start + end),
        }
    }

    pub const fn is_control(&self) -> bool {
        self.opcode & 0x8 != 0
    }

    /// RFC 6455 5.2: "the minimal number of bytes MUST be used to encode the length".
    pub fn is_minimal(&self) -> bool {
        match (self.len_bytes, self.len) {
            (2, Some(len)) => len > 125,
            (8, Some(len)) => len > 0xFFFF,
            _ => true,
        }
    }

    /// What a Close frame says.
    pub fn close(&self) -> Option<(u16, &[u8])> {
        let payload = self.payload.as_deref().filter(|_| self.opcode == 0x8)?;
        let (code, reason) = payload.split_at_checked(2)?;
        Some((u16::from_be_bytes([code[0], code[1]]), reason))
    }

    /// The same input with the shortest encoding of this frame's length.
    pub fn made_minimal(&self, input: &Input) -> Input {
        let mut input = input.clone();
        let len = self.len.unwrap_or_default();
        let mask = input.bytes[self.start + 1] & 0x80;
        let extended = self.start + 1..self.start + 2 + self.len_bytes;
        let encoded = match u16::try_from(len) {
            Ok(len @ 0..=125) => vec![mask | len as u8],
            _ => [&[mask | 126], &(len as u16).to_be_bytes()[..]].concat(),
        };
        input.bytes.splice(extended, encoded);
        input
    }
}
