use sansocket::Role;

use crate::{
    Element, Field, Options, Place, Span,
    conversation::Conversation,
    excerpt::{Excerpt, len_u64},
    frame::FrameReader,
    head::{AfterHead, HeadReader},
    opening::Opening,
    options::Start,
    role_name,
};

/// The bytes that one end sends.
#[derive(Debug)]
pub(crate) struct Direction {
    sender: Role,
    options: Options,
    /// The offset of the next byte.
    position: u64,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// The first byte decides.
    Start,
    Head(Box<HeadReader>),
    Frames(Box<FrameReader>),
    Unread(Unread),
    Ended,
}

/// Bytes that cannot be read.
#[derive(Clone, Debug)]
struct Unread {
    from: u64,
    reason: &'static str,
    bytes: Excerpt,
    /// Whether they belong to HTTP, so that they end when the other end goes on.
    is_body: bool,
}

impl Direction {
    pub(crate) fn new(sender: Role, options: &Options) -> Self {
        Self { sender, options: options.clone(), position: 0, stage: Stage::Start }
    }

    pub(crate) fn try_clone(&self) -> Option<Self> {
        let stage = match &self.stage {
            Stage::Start => Stage::Start,
            Stage::Head(reader) => Stage::Head(Box::new(reader.try_clone()?)),
            Stage::Frames(reader) => Stage::Frames(Box::new(reader.try_clone()?)),
            Stage::Unread(unread) => Stage::Unread(unread.clone()),
            Stage::Ended => Stage::Ended,
        };
        let Self { sender, position, .. } = *self;
        Some(Self { sender, options: self.options.clone(), position, stage })
    }

    /// Reads up to the end of the next element.
    pub(crate) fn read(
        &mut self,
        input: &mut &[u8],
        conversation: &mut Conversation,
    ) -> Option<Element> {
        let first = *input.first()?;
        if let Stage::Start = self.stage {
            self.stage = self.first_stage(first, conversation);
        } else if let Some(next) = self.turn(first, conversation) {
            let next = self.next_stage(next, conversation);
            if let Stage::Unread(mut unread) = std::mem::replace(&mut self.stage, next)
                && let Some(element) = unread.take(self.sender, self.options.shown)
            {
                return Some(element);
            }
        }
        let before = len_u64(input);
        let start = self.position;
        let (element, next) = match &mut self.stage {
            Stage::Head(reader) => reader.read(input, conversation).unzip(),
            Stage::Frames(reader) => {
                let element = reader.read(start, input, conversation);
                let stuck = AfterHead::Unread("the payload of a frame without end");
                (element, reader.is_stuck().then_some(stuck))
            }
            Stage::Unread(unread) => {
                unread.bytes.push(input);
                *input = &[];
                (None, None)
            }
            Stage::Start | Stage::Ended => {
                *input = &[];
                (None, None)
            }
        };
        self.position = start.saturating_add(before.saturating_sub(len_u64(input)));
        if let Some(next) = next {
            self.stage = self.next_stage(next, conversation);
        }
        element
    }

    /// Returns what the end of the stream leaves: an unfinished element, and then the end.
    pub(crate) fn end(&mut self, conversation: &mut Conversation) -> Option<Element> {
        let unfinished = match &mut self.stage {
            Stage::Head(reader) => reader.end(conversation),
            Stage::Frames(reader) => reader.end(conversation),
            Stage::Unread(unread) => unread.take(self.sender, self.options.shown),
            Stage::Start => None,
            Stage::Ended => return None,
        };
        unfinished.or_else(|| {
            let end = self.end_element(conversation);
            self.stage = Stage::Ended;
            Some(end)
        })
    }

    fn first_stage(&self, first: u8, conversation: &Conversation) -> Stage {
        let is_head = match self.options.start {
            Start::Head => true,
            Start::Frames => false,
            Start::Detect => {
                let is_answer = conversation.opening == Opening::Requested;
                begins_head(first) || self.sender == Role::Server && is_answer
            }
        };
        self.next_stage(if is_head { AfterHead::Head } else { AfterHead::Frames }, conversation)
    }

    /// Returns what the byte `first` begins, if the other end has ended what came before: a response
    /// decides what a client goes on with, and a new request ends the body of a response.
    fn turn(&self, first: u8, conversation: &Conversation) -> Option<AfterHead> {
        let is_body = matches!(&self.stage, Stage::Unread(unread) if unread.is_body);
        let is_between = matches!(&self.stage, Stage::Frames(reader) if reader.is_between_frames());
        match (self.sender, conversation.opening) {
            (Role::Client, Opening::Open) if is_body => Some(AfterHead::Frames),
            (Role::Client, Opening::Refused) if is_body || is_between => {
                let other = AfterHead::Unread("the server has not opened the connection");
                Some(if begins_head(first) { AfterHead::Head } else { other })
            }
            (Role::Server, Opening::Requested) if is_body => {
                let other = AfterHead::Unread("no response to the request");
                Some(if begins_head(first) { AfterHead::Head } else { other })
            }
            _ => None,
        }
    }

    fn next_stage(&self, next: AfterHead, conversation: &Conversation) -> Stage {
        let (sender, position) = (self.sender, self.position);
        match next {
            AfterHead::Head => Stage::Head(Box::new(HeadReader::new(sender, position))),
            AfterHead::Frames => {
                Stage::Frames(Box::new(FrameReader::new(sender, &self.options, conversation)))
            }
            AfterHead::Unread(reason) | AfterHead::Body(reason) => {
                let bytes = Excerpt::new(self.options.shown);
                let is_body = matches!(next, AfterHead::Body(_));
                Stage::Unread(Unread { from: position, reason, bytes, is_body })
            }
        }
    }

    fn end_element(&self, conversation: &Conversation) -> Element {
        let at = self.position;
        let root = Span::new(Place::Bytes(at..at), Field::End);
        let peer = self.sender.peer();
        let (own, other) = (conversation.end(self.sender), conversation.end(peer));
        let is_open = matches!(conversation.opening, Opening::Unseen | Opening::Open);
        let root = match (own.has_closed, other.has_closed, &self.stage) {
            (true, true, _) if own.has_closed_wrongly || other.has_closed_wrongly => {
                let note = "no clean end: both ends have sent a Close frame, but not as they must";
                root.note(note).clause("6455-7.1.4-1").remark()
            }
            (true, true, _) => {
                root.note("a clean end: both ends have sent a Close frame").clause("6455-7.1.4-1")
            }
            (true, false, _) => {
                let note = format!("the {} has not sent a Close frame yet", role_name(peer));
                root.note(note).clause("6455-7.1.4-1")
            }
            (false, _, Stage::Frames(_)) if is_open => {
                let note = "no Close frame came before the end: the peer reports 1006";
                root.note(note).clause("6455-7.1.5-3").remark()
            }
            _ => root.note("the end of the bytes"),
        };
        Element { sender: self.sender, root, bytes: Vec::new(), violations: Vec::new() }
    }
}

/// Returns whether a head may begin with a byte. No frame does.
const fn begins_head(first: u8) -> bool {
    matches!(first, b'G' | b'H')
}

impl Unread {
    /// Returns the bytes as an element, once.
    fn take(&mut self, sender: Role, shown: usize) -> Option<Element> {
        let len = self.bytes.len();
        let bytes = std::mem::replace(&mut self.bytes, Excerpt::new(0));
        (len > 0).then(|| {
            let place = Place::Bytes(self.from..self.from.saturating_add(len));
            let root = Span::new(place, Field::Unread).value(bytes.hex(shown));
            let root = root.note(self.reason).remark();
            Element { sender, root, bytes: bytes.bytes().into(), violations: Vec::new() }
        })
    }
}
