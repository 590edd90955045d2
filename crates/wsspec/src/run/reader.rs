use sansocket::Role;
use sansocket::frame::{MaskKey, Masker};

use crate::case::Kind;

use super::{
    compression::Deflate,
    seen::{Event, SeenFrame, SeenHead},
};

/// Reads what the target sends, right or wrong: heads, then frames.
#[derive(Debug)]
pub(super) struct Reader {
    target: Role,
    state: State,
    buffer: Vec<u8>,
    /// How much of the buffer is read.
    start: usize,
    /// How much of the buffer came in one piece with the end of the head.
    with_head: usize,
    /// The message whose fragments come.
    message: Option<Message>,
    is_closed: bool,
    deflate: Option<Deflate>,
    frames: Vec<SeenFrame>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Head,
    Frames,
    /// What comes is no more of interest: the body of a response, or what cannot be read.
    Ignored,
}

#[derive(Debug)]
struct Message {
    kind: Kind,
    is_compressed: bool,
    payload: Vec<u8>,
}

/// A head or a message of more than this is not read.
const MAX_HEAD: usize = 64 << 10;
const MAX_MESSAGE: u64 = 64 << 20;
/// Further frames are read, but not remembered.
const MAX_FRAMES: usize = 10_000;

impl Reader {
    pub(super) fn new(target: Role) -> Self {
        Self {
            target,
            state: State::Head,
            buffer: Vec::new(),
            start: 0,
            with_head: 0,
            message: None,
            is_closed: false,
            deflate: None,
            frames: Vec::new(),
        }
    }

    pub(super) fn frames(&self) -> &[SeenFrame] {
        &self.frames
    }

    /// Whether a data frame is on its way that takes more than one packet.
    pub(super) fn is_inside_long_frame(&self) -> bool {
        let is_long = |(frame, _): (SeenFrame, usize)| frame.opcode < 8 && frame.payload_len > 1024;
        self.state == State::Frames && header(self.unread()).is_some_and(is_long)
    }

    /// Compressed messages come from now on.
    pub(super) fn set_deflate(&mut self, deflate: Deflate) {
        self.deflate = Some(deflate);
    }

    pub(super) fn deflate(&mut self) -> Option<&mut Deflate> {
        self.deflate.as_mut()
    }

    /// What the target has compressed against the agreement.
    pub(super) fn breach(&self) -> Option<&str> {
        self.deflate.as_ref().and_then(Deflate::breach)
    }

    /// Whether the target has left the tail on a compressed message.
    pub(super) fn has_seen_tail(&self) -> bool {
        self.deflate.as_ref().is_some_and(Deflate::has_seen_tail)
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.state != State::Ignored {
            self.buffer.drain(..self.start);
            self.with_head = self.with_head.saturating_sub(self.start);
            self.start = 0;
            self.buffer.extend(bytes);
        }
    }

    /// The next event, if all of it is there.
    pub(super) fn next_event(&mut self) -> Option<Event> {
        let read = match self.state {
            State::Head => self.head().transpose(),
            State::Frames => loop {
                match self.frame() {
                    Ok(Step::Event(event)) => break Some(Ok(event)),
                    Ok(Step::Fragment) => {}
                    Ok(Step::Incomplete) => break None,
                    Err(reason) => break Some(Err(reason)),
                }
            },
            State::Ignored => None,
        };
        read.map(|read| {
            read.unwrap_or_else(|reason| {
                self.ignore();
                Event::Unreadable(reason)
            })
        })
    }

    fn ignore(&mut self) {
        self.state = State::Ignored;
        self.buffer = Vec::new();
        self.start = 0;
    }

    fn unread(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    fn head(&mut self) -> Result<Option<Event>, String> {
        let mut headers = [httparse::EMPTY_HEADER; 128];
        let parsed = match self.target {
            Role::Server => {
                let mut response = httparse::Response::new(&mut headers);
                let status = response.parse(self.unread()).map_err(unreadable)?;
                (status, response.code.unwrap_or(0), response.headers.to_vec())
            }
            Role::Client => {
                let mut request = httparse::Request::new(&mut headers);
                let status = request.parse(self.unread()).map_err(unreadable)?;
                (status, 0, request.headers.to_vec())
            }
        };
        let (httparse::Status::Complete(length), status, headers) = parsed else {
            return if self.unread().len() > MAX_HEAD {
                Err("a head of more than 64 KiB".to_owned())
            } else {
                Ok(None)
            };
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let head = SeenHead {
            first_line: text(self.unread().split(|byte| *byte == b'\n').next().unwrap_or_default())
                .trim_end()
                .to_owned(),
            status,
            headers: headers
                .iter()
                .map(|header| (header.name.to_owned(), text(header.value)))
                .collect(),
        };
        self.start += length;
        self.with_head = self.buffer.len();
        if matches!(status, 0 | 101) {
            self.state = State::Frames;
        } else if status >= 200 {
            self.ignore();
        }
        Ok(Some(Event::Head(head)))
    }

    fn frame(&mut self) -> Result<Step, String> {
        let Some((header, length)) = header(self.unread()) else {
            return Ok(Step::Incomplete);
        };
        if header.payload_len > MAX_MESSAGE {
            return Err(format!("a frame of {} bytes", header.payload_len));
        }
        let end = length + header.payload_len as usize;
        let Some(payload) = self.unread().get(length..end) else {
            return Ok(Step::Incomplete);
        };
        let mut payload = payload.to_vec();
        let is_with_head = self.start < self.with_head;
        self.start += end;
        if let Some(key) = header.key {
            Masker::new(MaskKey(key)).apply(&mut payload);
        }
        let mut seen = SeenFrame { is_with_head, is_after_close: self.is_closed, ..header };
        let event = match seen.opcode {
            0..8 => self.data(&mut seen, payload),
            8 => {
                seen.control.clone_from(&payload);
                self.is_closed = true;
                Ok(Some(Event::Close(payload.first_chunk().map(|code| u16::from_be_bytes(*code)))))
            }
            9 => {
                seen.control.clone_from(&payload);
                Ok(Some(Event::Ping(payload)))
            }
            10 => {
                seen.control.clone_from(&payload);
                Ok(Some(Event::Pong(payload)))
            }
            _ => Ok(None),
        };
        if self.frames.len() < MAX_FRAMES {
            self.frames.push(seen);
        }
        Ok(event?.map_or(Step::Fragment, Step::Event))
    }

    /// Takes a frame of a message; returns the message if it is the last.
    fn data(&mut self, seen: &mut SeenFrame, payload: Vec<u8>) -> Result<Option<Event>, String> {
        seen.is_in_order = (seen.opcode == 0) == self.message.is_some();
        let is_compressed = seen.rsv & 0b100 != 0 && self.deflate.is_some();
        let mut message = match self.message.take() {
            Some(message) if seen.opcode == 0 => message,
            _ => {
                let kind = if seen.opcode == 1 { Kind::Text } else { Kind::Binary };
                Message { kind, is_compressed, payload: Vec::new() }
            }
        };
        if (message.payload.len() + payload.len()) as u64 > MAX_MESSAGE {
            return Err("a message of more than 64 MiB".to_owned());
        }
        message.payload.extend(payload);
        if !seen.fin {
            self.message = Some(message);
            return Ok(None);
        }
        let payload = match &mut self.deflate {
            Some(deflate) if message.is_compressed => deflate.decompress(&message.payload)?,
            _ => message.payload,
        };
        seen.ends_invalid_text =
            message.kind == Kind::Text && core::str::from_utf8(&payload).is_err();
        Ok(Some(Event::Message(message.kind, payload)))
    }
}

enum Step {
    Event(Event),
    /// Nothing to tell yet.
    Fragment,
    Incomplete,
}

fn unreadable(error: httparse::Error) -> String {
    format!("bytes that are no head of HTTP: {error}")
}

/// The header at the start of `bytes`, right or wrong, and how long it is.
fn header(bytes: &[u8]) -> Option<(SeenFrame, usize)> {
    let [first, second] = *bytes.first_chunk()?;
    let rest = bytes.get(2..)?;
    let (payload_len, width) = match second & 0x7F {
        126 => (u64::from(u16::from_be_bytes(*rest.first_chunk()?)), 2),
        127 => (u64::from_be_bytes(*rest.first_chunk()?), 8),
        length => (u64::from(length), 0),
    };
    let key = match second & 0x80 {
        0 => None,
        _ => Some(*rest.get(width..)?.first_chunk()?),
    };
    let needed = match payload_len {
        0..126 => 0,
        126..0x1_0000 => 2,
        _ => 8,
    };
    let header = SeenFrame {
        fin: first & 0x80 != 0,
        rsv: first >> 4 & 7,
        opcode: first & 0x0F,
        key,
        has_minimal_length: width == needed,
        payload_len,
        control: Vec::new(),
        is_with_head: false,
        is_after_close: false,
        is_in_order: true,
        ends_invalid_text: false,
    };
    Some((header, 2 + width + if key.is_some() { 4 } else { 0 }))
}
