use flate2::{Decompress, FlushDecompress, Status};
use sansocket::Role;

use crate::{
    frame::Frame,
    input::{Agreement, Input, MAX_LEN},
    outcome::{End, Outcome, Received},
};

/// An endpoint that does all by the book, slowly, a frame and a message at a time, and inflates by
/// zlib in C.
pub fn receive(input: &Input) -> Outcome {
    let mut received = Vec::new();
    let mut message: Option<Message> = None;
    let mut inflater = input.deflate.map(Inflater::new);
    for frame in Frame::all(input) {
        if let Err(code) = check_header(input, &frame, message.as_ref()) {
            return Outcome { received, end: End::Failed(code) };
        }
        let Some(payload) = frame.payload else {
            break;
        };
        match frame.opcode {
            0x8 => return Outcome { received, end: close(&payload) },
            0x9 => received.push(Received::Ping(payload)),
            0xA => received.push(Received::Pong(payload)),
            opcode => {
                let message_ref = message.get_or_insert_with(|| Message {
                    is_text: opcode == 1,
                    is_compressed: frame.rsv & 0b100 != 0,
                    data: Vec::new(),
                });
                message_ref.data.extend(payload);
                if !frame.fin {
                    if message_ref.is_impossible() {
                        return Outcome { received, end: End::Failed(1007) };
                    }
                    continue;
                }
                match message.take().map(|message| message.finish(inflater.as_mut())) {
                    Some(Ok(message)) => received.push(message),
                    Some(Err(code)) => return Outcome { received, end: End::Failed(code) },
                    None => {}
                }
            }
        }
    }
    Outcome { received, end: End::Open }
}

/// RFC 6455 5.2, 5.4 and 5.5, RFC 7692 6.1.
fn check_header(input: &Input, frame: &Frame, message: Option<&Message>) -> Result<(), u16> {
    let Some(len) = frame.len else {
        return Ok(());
    };
    let is_first = matches!(frame.opcode, 1 | 2);
    let may_be_compressed = input.deflate.is_some() && is_first;
    let allowed_rsv = if may_be_compressed { 0b100 } else { 0 };
    let is_wrong = frame.rsv & !allowed_rsv != 0
        || !matches!(frame.opcode, 0..=2 | 8..=10)
        || frame.is_control() && (!frame.fin || len > 125)
        || frame.is_masked != (input.role == Role::Server)
        || !frame.is_minimal()
        || len >> 63 != 0
        || frame.opcode == 0 && message.is_none()
        || is_first && message.is_some();
    let message = message.filter(|_| frame.opcode == 0);
    let is_compressed = message.map_or(frame.rsv != 0, |message| message.is_compressed);
    let len = len.saturating_add(message.map_or(0, |message| message.data.len() as u64));
    // The limit is one of the inflated message; blocks that do not compress have headers.
    let max_len = if is_compressed { 2 * MAX_LEN + 1024 } else { MAX_LEN };
    match () {
        () if is_wrong => Err(1002),
        () if len > max_len as u64 => Err(1009),
        () => Ok(()),
    }
}

/// RFC 6455 5.5.1 and 7.4.
fn close(payload: &[u8]) -> End {
    match payload {
        [] => End::Closed(None),
        [_] => End::Failed(1002),
        [high, low, reason @ ..] => {
            let code = u16::from_be_bytes([*high, *low]);
            match code {
                1000..=1003 | 1007..=1014 | 3000..=4999 if str::from_utf8(reason).is_ok() => {
                    End::Closed(Some((code, reason.to_vec())))
                }
                1000..=1003 | 1007..=1014 | 3000..=4999 => End::Failed(1007),
                _ => End::Failed(1002),
            }
        }
    }
}

struct Message {
    is_text: bool,
    is_compressed: bool,
    data: Vec<u8>,
}

impl Message {
    /// Whether no further bytes make a text of it.
    fn is_impossible(&self) -> bool {
        let is_invalid =
            |data: &[u8]| str::from_utf8(data).is_err_and(|it| it.error_len().is_some());
        self.is_text && !self.is_compressed && is_invalid(&self.data)
    }

    fn finish(self, inflater: Option<&mut Inflater>) -> Result<Received, u16> {
        let data = match inflater {
            Some(inflater) if self.is_compressed => inflater.inflate(self.data)?,
            _ => self.data,
        };
        match self.is_text {
            true if str::from_utf8(&data).is_err() => Err(1007),
            true => Ok(Received::Text(data)),
            false => Ok(Received::Binary(data)),
        }
    }
}

/// RFC 7692 7.2.2, a new stream for each message.
struct Inflater {
    agreement: Agreement,
    window: Vec<u8>,
}

impl Inflater {
    const fn new(agreement: Agreement) -> Self {
        Self { agreement, window: Vec::new() }
    }

    fn inflate(&mut self, mut data: Vec<u8>) -> Result<Vec<u8>, u16> {
        data.extend_from_slice(&[0x00, 0x00, 0xFF, 0xFF]);
        let mut rest = &data[..];
        let mut message = Vec::new();
        while !rest.is_empty() {
            let mut zlib = self.stream(&message);
            let mut out = vec![0; MAX_LEN + 1 - message.len()];
            let status = zlib.decompress(rest, &mut out, FlushDecompress::Sync);
            rest = &rest[zlib.total_in() as usize..];
            message.extend_from_slice(&out[..zlib.total_out() as usize]);
            if message.len() > MAX_LEN {
                return Err(1009);
            }
            match status {
                // RFC 7692 7.2.3: after a block with BFINAL another stream begins.
                Ok(Status::StreamEnd) => {}
                Ok(_) if rest.is_empty() && is_between_blocks(&mut zlib) => {}
                _ => return Err(1007),
            }
        }
        self.window = match self.agreement.no_context_takeover {
            true => Vec::new(),
            false => self.context(&message),
        };
        Ok(message)
    }

    /// A stream that goes on after the part of the message that there is.
    fn stream(&self, message: &[u8]) -> Decompress {
        let mut zlib = Decompress::new_with_window_bits(false, self.agreement.window_bits);
        zlib.set_dictionary(&self.context(message))
            .expect("a raw stream takes one at its beginning");
        zlib
    }

    /// The window once this part of the message is in it.
    fn context(&self, message: &[u8]) -> Vec<u8> {
        let context = [&self.window, message].concat();
        let len = context.len().min(1 << self.agreement.window_bits);
        context[context.len() - len..].to_vec()
    }
}

/// Whether a last block could follow: an empty one, which takes both bytes.
fn is_between_blocks(zlib: &mut Decompress) -> bool {
    let (read, written) = (zlib.total_in(), zlib.total_out());
    let status = zlib.decompress(&[0x03, 0x00], &mut [0; 512], FlushDecompress::Sync);
    let is_empty = (zlib.total_in(), zlib.total_out()) == (read + 2, written);
    is_empty && matches!(status, Ok(Status::StreamEnd))
}
