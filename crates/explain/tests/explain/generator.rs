//! Streams of frames that are near to breaking a rule, the same in every run.

use sansocket::{
    CloseCode, CloseFrame, Limits, Role, Seed,
    connection::{Chunk, Connection},
    deflate::{Config, Offer, Params},
    frame::{FrameHeader, MaskKey, Masker, OpCode, Rsv},
};

/// A generator of numbers: xorshift64*.
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Returns a number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) % end
    }

    fn one_in(&mut self, end: u64) -> bool {
        self.below(end) == 0
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }
}

/// What was agreed on, in three kinds.
pub(crate) fn params(numbers: &mut Numbers) -> Option<Params> {
    let config = match numbers.below(4) {
        0 => Config::default(),
        1 => Config::default().client_no_context_takeover(true).server_no_context_takeover(true),
        2 => Config::default().client_max_window_bits(9).server_max_window_bits(9),
        _ => return None,
    };
    Some(Offer::new(&config).answer(&config).1)
}

/// Returns what an end sends that keeps most rules.
pub(crate) fn stream(numbers: &mut Numbers, sender: Role, params: Option<&Params>) -> Vec<u8> {
    let mut bytes = match params {
        Some(params) if !numbers.one_in(3) => messages(numbers, sender, params),
        _ => Vec::new(),
    };
    for _ in 0..numbers.below(6) {
        bytes.extend(frame(numbers, sender));
    }
    if numbers.one_in(3) {
        for _ in 0..=numbers.below(3) {
            if let Ok(len @ 1..) = u64::try_from(bytes.len()) {
                let index = usize::try_from(numbers.below(len)).unwrap();
                bytes[index] = u8::try_from(numbers.below(256)).unwrap();
            }
        }
    }
    bytes
}

/// Compressed messages, as the engine sends them, and at times a Close frame.
pub(crate) fn messages(numbers: &mut Numbers, sender: Role, params: &Params) -> Vec<u8> {
    let (limits, config) = (Limits::default(), Config::default().min_len(0));
    let connection = match sender {
        Role::Client => Connection::client(&limits, Seed::from([7; 32])),
        Role::Server => Connection::server(&limits),
    };
    let mut sender = connection.with_deflate(params, &config).sender;
    let mut out = Vec::new();
    for _ in 0..=numbers.below(3) {
        let text =
            numbers.pick(&["Hello", "to be or not to be, that is the question to be", "aaaaääää"]);
        let text = text.repeat(usize::try_from(1 + numbers.below(40)).unwrap());
        match numbers.below(3) {
            0 => sender.send_text(&text, &mut out).unwrap(),
            1 => sender.send_binary(text.as_bytes(), &mut out).unwrap(),
            _ => {
                let (head, tail) = text.as_bytes().split_at(text.len() / 3);
                let kind = sansocket::MessageKind::Text;
                sender.send_chunk(Chunk::more(kind, head), &mut out).unwrap();
                if numbers.one_in(2) {
                    sender.send_ping(b"between", &mut out).unwrap();
                }
                sender.send_chunk(Chunk::last(kind, tail), &mut out).unwrap();
            }
        }
    }
    if numbers.one_in(4) {
        let code = CloseCode::NORMAL;
        sender.send_close(Some(CloseFrame { code, reason: "bye" }), &mut out).unwrap();
    }
    out
}

/// A frame, of which one field in some is wrong.
fn frame(numbers: &mut Numbers, sender: Role) -> Vec<u8> {
    use OpCode::{Binary, Close, Continuation, Ping, Pong, Text};
    let opcode =
        numbers.pick(&[Text, Text, Text, Binary, Continuation, Continuation, Ping, Pong, Close]);
    let mut payload = match opcode {
        Close => numbers.pick(&[
            &b""[..],
            b"\x03\xE8",
            b"\x03\xE8bye",
            b"\x03",
            b"\x03\xED",
            b"\x0F\xA0\xFF",
            b"\0\0",
        ]),
        _ => numbers.pick(&[
            &b""[..],
            b"Hello",
            "k\u{f6}ln".as_bytes(),
            b"\xC3",
            b"\xB6",
            b"\xF0\x9F",
            b"\x98\x80",
            b"\xFFx",
            b"\xF2\x48\xCD\xC9\xC9\x07\x00",
            b"\0",
            &[b'x'; 130],
        ]),
    }
    .to_vec();
    let is_masked = (sender == Role::Client) != numbers.one_in(20);
    let key = MaskKey(numbers.pick(&[[0; 4], [1, 2, 3, 4], [0x37, 0xFA, 0x21, 0x3D]]));
    let mask = is_masked.then_some(key);
    let rsv = if numbers.one_in(6) { Rsv::RSV1 } else { Rsv::NONE };
    let fin = opcode.is_control() && !numbers.one_in(20) || numbers.one_in(2);
    let header = FrameHeader { fin, rsv, opcode, mask, payload_len: payload.len() as u64 };
    if let Some(key) = mask {
        Masker::new(key).apply(&mut payload);
    }
    [&header.encode(), payload.as_slice()].concat()
}
