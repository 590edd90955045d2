use std::net::SocketAddr;

use sansocket::Role;

use super::{
    moment::Moment,
    plausible::sender_of_frames,
    printer::Printer,
    segment::Segment,
    stream::{Piece, Stream},
    websocket::WebSocket,
};
use crate::{
    Failure,
    har::{Archive, Recorder},
    view::View,
};

/// The longest request that is held to see whether it asks for a WebSocket.
const MAX_REQUEST: usize = 16 << 10;

/// A TCP connection in a capture.
#[derive(Debug)]
pub(super) struct Flow {
    /// Its ends; the first one sent the first packet.
    ends: [SocketAddr; 2],
    streams: [Stream<Moment>; 2],
    /// Which end has sent a SYN without ACK.
    opener: Option<usize>,
    kind: Kind,
    /// The number of its last packet.
    pub(super) last_packet: u64,
}

#[derive(Debug)]
enum Kind {
    /// The bytes have not told yet what it is.
    Undecided(Undecided),
    /// The first end of [`Flow::ends`] may be the server.
    WebSocket {
        client: usize,
        connection: Box<WebSocket>,
    },
    Tls,
    /// The TCP connection has ended, or was given up.
    Over,
}

#[derive(Debug, Default)]
struct Undecided {
    /// The end that sends a request, and its bytes so far.
    request: Option<(usize, Vec<u8>)>,
    /// A response that came before its request, as the capture has disordered them, and what follows it.
    early: Option<(Vec<u8>, Moment)>,
    /// Whether it is looked at now without its request, and not held again.
    is_request_missing: bool,
    has_bytes: [bool; 2],
    /// The bytes of each end that were not looked at.
    skipped: [u64; 2],
    looks_like_frames: bool,
}

/// What a flow needs from the table of all.
pub(super) struct Around<'a> {
    pub(super) printer: &'a mut Printer,
    pub(super) view: View,
    pub(super) port: Option<u16>,
    /// The HAR file that is written.
    pub(super) archive: Option<&'a Archive>,
    /// How many WebSocket connections there were.
    pub(super) connections: &'a mut u64,
}

impl Around<'_> {
    /// Creates what records a connection, if it is to be in the HAR file.
    fn recorder(&self, number: u64, server: SocketAddr) -> Option<Box<Recorder>> {
        let archive = self.archive.filter(|_| self.printer.includes(number))?;
        Some(Box::new(archive.recorder(server)))
    }
}

/// What a flow was, when it has ended.
#[derive(Debug)]
pub(super) enum Ended {
    WebSocket(Option<Box<Recorder>>),
    Tls([SocketAddr; 2]),
    /// No handshake was seen, though its bytes look like frames.
    LooksLikeFrames([SocketAddr; 2]),
    Other,
}

impl Flow {
    pub(super) fn new(segment: &Segment<'_>) -> Self {
        Self {
            ends: [segment.source, segment.destination],
            streams: [Stream::new(), Stream::new()],
            opener: None,
            kind: Kind::Undecided(Undecided::default()),
            last_packet: 0,
        }
    }

    /// Whether nothing more is expected of it.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.kind, Kind::Over)
    }

    pub(super) fn is_websocket(&self) -> bool {
        matches!(self.kind, Kind::WebSocket { .. })
    }

    /// Whether a segment opens another connection between the same ends. A SYN that is repeated has the
    /// number of the first one.
    pub(super) fn is_opened_anew_by(&self, segment: &Segment<'_>) -> bool {
        let [first, _] = self.ends;
        let [one, other] = &self.streams;
        let stream = if segment.source == first { one } else { other };
        segment.syn && stream.has_begun_elsewhere(segment.sequence.wrapping_add(1))
    }

    /// Takes a segment. Returns what the flow was if it ends with it.
    pub(super) fn segment(
        &mut self,
        segment: &Segment<'_>,
        moment: Moment,
        around: &mut Around<'_>,
    ) -> Result<Option<Ended>, Failure> {
        self.last_packet = moment.packet;
        let [first, _] = self.ends;
        let from = usize::from(segment.source != first);
        let to = 1 - from;
        if matches!(self.kind, Kind::Over) {
            return Ok(None);
        }
        let [one, other] = &mut self.streams;
        let (sending, receiving) = if from == 0 { (one, other) } else { (other, one) };
        let first_byte = segment.sequence.wrapping_add(segment.syn.into());
        if segment.syn {
            sending.begin(first_byte);
            if segment.acknowledged.is_none() {
                self.opener = Some(from);
            }
        }
        if let Some(acknowledged) = segment.acknowledged {
            receiving.acknowledge(acknowledged);
        }
        sending.push(first_byte, segment.payload, segment.missing, moment);
        if segment.fin {
            let len = u32::try_from(segment.payload.len()).unwrap_or(u32::MAX);
            let len = len.wrapping_add(segment.missing);
            sending.finish_at(first_byte.wrapping_add(len));
        }
        self.take(from, moment, around)?;
        if segment.rst {
            self.streams.iter_mut().for_each(Stream::finish);
            self.take(from, moment, around)?;
            self.take(to, moment, around)?;
            return self.end("the connection was reset", around).map(Some);
        }
        if self.streams.iter().all(Stream::has_ended) {
            return self.end("", around).map(Some);
        }
        Ok(None)
    }

    /// Ends the flow: no more of it is in the capture, or is looked at.
    pub(super) fn finish(
        &mut self,
        why: &str,
        moment: Moment,
        around: &mut Around<'_>,
    ) -> Result<Ended, Failure> {
        for index in 0..2 {
            if let Some(stream) = self.streams.get_mut(index) {
                stream.finish();
            }
            self.take(index, moment, around)?;
        }
        self.end(why, around)
    }

    fn end(&mut self, why: &str, around: &mut Around<'_>) -> Result<Ended, Failure> {
        self.release_early(around)?;
        Ok(match std::mem::replace(&mut self.kind, Kind::Over) {
            Kind::WebSocket { connection, .. } => {
                Ended::WebSocket(connection.finish(why, around.printer)?)
            }
            Kind::Tls => Ended::Tls(self.ends),
            Kind::Undecided(undecided) if undecided.looks_like_frames => {
                Ended::LooksLikeFrames(self.ends)
            }
            Kind::Undecided(_) | Kind::Over => Ended::Other,
        })
    }

    /// Takes the pieces of a stream that have their turn.
    fn take(&mut self, from: usize, now: Moment, around: &mut Around<'_>) -> Result<(), Failure> {
        while let Some(piece) = self.streams.get_mut(from).and_then(Stream::piece) {
            match piece {
                Piece::Bytes(bytes, moment) => self.bytes(from, &bytes, moment, around)?,
                Piece::Lost(len) => self.lost(from, len, around.printer)?,
                Piece::End => self.end_of_stream(from, now, around.printer)?,
            }
        }
        Ok(())
    }

    fn bytes(
        &mut self,
        from: usize,
        bytes: &[u8],
        moment: Moment,
        around: &mut Around<'_>,
    ) -> Result<(), Failure> {
        let undecided = match &mut self.kind {
            Kind::WebSocket { client, connection } => {
                let sender = if *client == from { Role::Client } else { Role::Server };
                return connection.bytes(sender, bytes, moment, around.printer);
            }
            Kind::Undecided(undecided) => undecided,
            Kind::Tls | Kind::Over => return Ok(()),
        };
        let is_port =
            around.port.is_some_and(|port| self.ends.iter().any(|address| address.port() == port));
        match undecided.bytes(from, bytes, moment, self.opener) {
            Verdict::Unknown => Ok(()),
            Verdict::EarlyInVain => {
                self.release_early(around)?;
                self.bytes(from, bytes, moment, around)
            }
            Verdict::Tls => {
                self.kind = Kind::Tls;
                Ok(())
            }
            Verdict::Request(request) => {
                let early = undecided.early.take();
                *around.connections = around.connections.saturating_add(1);
                let (ends, number) = (self.ends_of(from), *around.connections);
                let recorder = around.recorder(number, ends.1);
                let connection =
                    WebSocket::with_handshake(number, ends, around.view, moment, recorder);
                self.websocket(from, connection, around.printer, None)?;
                self.bytes(from, &request, moment, around)?;
                match early {
                    Some((early, moment)) => self.bytes(1 - from, &early, moment, around),
                    None => Ok(()),
                }
            }
            Verdict::Frames(sender) if is_port => {
                let client = match (self.opener, sender) {
                    (Some(opener), _) => opener,
                    (None, Role::Client) => from,
                    (None, Role::Server) => 1 - from,
                };
                let how = match self.opener {
                    Some(_) => "by the SYN",
                    None => "by the MASK bit",
                };
                let remark = format!(
                    "the handshake is not in the capture: the extensions are unknown, so that compressed messages are not inflated; the client is known {how}"
                );
                let skipped = undecided.skipped;
                *around.connections = around.connections.saturating_add(1);
                let (ends, number) = (self.ends_of(client), *around.connections);
                let recorder = around.recorder(number, ends.1);
                let mut connection =
                    WebSocket::in_the_middle(number, ends, around.view, moment, recorder);
                let [of_first, of_second] = skipped;
                let (of_client, of_server) =
                    if client == 0 { (of_first, of_second) } else { (of_second, of_first) };
                connection.skip(of_client, of_server);
                self.websocket(client, connection, around.printer, Some(&remark))?;
                self.bytes(from, bytes, moment, around)
            }
            Verdict::Frames(_) => {
                undecided.looks_like_frames = true;
                undecided.skip(from, bytes.len() as u64);
                Ok(())
            }
        }
    }

    fn websocket(
        &mut self,
        client: usize,
        connection: WebSocket,
        printer: &mut Printer,
        remark: Option<&str>,
    ) -> Result<(), Failure> {
        connection.heading(printer)?;
        if let Some(remark) = remark {
            connection.remark(printer, remark)?;
        }
        self.kind = Kind::WebSocket { client, connection: Box::new(connection) };
        Ok(())
    }

    /// Looks at an early response, and at what follows it, without the request.
    fn release_early(&mut self, around: &mut Around<'_>) -> Result<(), Failure> {
        let Kind::Undecided(undecided) = &mut self.kind else { return Ok(()) };
        let (Some((early, moment)), Some(opener)) = (undecided.early.take(), self.opener) else {
            return Ok(());
        };
        undecided.is_request_missing = true;
        // The first frame begins after the head.
        let end = early.windows(4).position(|four| four == b"\r\n\r\n");
        let head_len = end.map_or(early.len(), |end| end.saturating_add(4));
        let (head, frames) = early.split_at_checked(head_len).unwrap_or((&early, &[]));
        for bytes in [head, frames].into_iter().filter(|bytes| !bytes.is_empty()) {
            self.bytes(1 - opener, bytes, moment, around)?;
        }
        if let Kind::Undecided(undecided) = &mut self.kind {
            undecided.is_request_missing = false;
        }
        Ok(())
    }

    fn lost(&mut self, from: usize, len: u64, printer: &mut Printer) -> Result<(), Failure> {
        match &mut self.kind {
            Kind::WebSocket { client, connection } => {
                let sender = if *client == from { Role::Client } else { Role::Server };
                connection.lost(sender, len, printer)
            }
            Kind::Undecided(undecided) => {
                undecided.request = None;
                undecided.skip(from, len);
                Ok(())
            }
            Kind::Tls | Kind::Over => Ok(()),
        }
    }

    fn end_of_stream(
        &mut self,
        from: usize,
        now: Moment,
        printer: &mut Printer,
    ) -> Result<(), Failure> {
        let Kind::WebSocket { client, connection } = &mut self.kind else { return Ok(()) };
        let sender = if *client == from { Role::Client } else { Role::Server };
        connection.end(sender, now, printer)
    }

    /// Returns the client and the server.
    fn ends_of(&self, client: usize) -> (SocketAddr, SocketAddr) {
        let [first, second] = self.ends;
        if client == 0 { (first, second) } else { (second, first) }
    }
}

/// What bytes tell about a connection.
enum Verdict {
    Unknown,
    /// The request of a response that was held does not come. The bytes were not looked at.
    EarlyInVain,
    Tls,
    /// A client asks for a WebSocket.
    Request(Vec<u8>),
    /// Frames of an end.
    Frames(Role),
}

impl Undecided {
    fn bytes(
        &mut self,
        from: usize,
        bytes: &[u8],
        moment: Moment,
        opener: Option<usize>,
    ) -> Verdict {
        let is_first =
            self.has_bytes.get_mut(from).is_some_and(|has| !std::mem::replace(has, true));
        // RFC 8446 5.1: the type of a record, and its version.
        if is_first && matches!(bytes, [0x14..=0x17, 3, 0..=4, ..]) {
            return Verdict::Tls;
        }
        if opener.is_some_and(|opener| opener != from) && !self.is_request_missing {
            if self.early.is_none() && bytes.starts_with(b"HTTP/1.1 101") {
                self.early = Some((bytes.to_vec(), moment));
                return Verdict::Unknown;
            }
            if let Some((early, _)) = &mut self.early {
                if early.len() >= MAX_REQUEST {
                    return Verdict::EarlyInVain;
                }
                early.extend_from_slice(bytes);
                return Verdict::Unknown;
            }
        }
        if self.request.is_none()
            && opener.is_none_or(|opener| opener == from)
            && (bytes.starts_with(b"GET ") || b"GET ".starts_with(bytes))
        {
            self.request = Some((from, Vec::new()));
        }
        if let Some((_, mut request)) = self.request.take_if(|(sender, _)| *sender == from) {
            let checked = request.len().saturating_sub(3);
            request.extend_from_slice(bytes);
            let is_whole = request
                .get(checked..)
                .is_some_and(|new| new.windows(4).any(|four| four == b"\r\n\r\n"));
            if is_whole && asks_for_websocket(&request) {
                return Verdict::Request(request);
            }
            if !is_whole && request.len() < MAX_REQUEST {
                self.request = Some((from, request));
            }
            return Verdict::Unknown;
        }
        if let Some(sender) = sender_of_frames(bytes) {
            if self.early.is_some() {
                return Verdict::EarlyInVain;
            }
            return Verdict::Frames(sender);
        }
        self.skip(from, bytes.len() as u64);
        Verdict::Unknown
    }

    fn skip(&mut self, from: usize, len: u64) {
        if let Some(skipped) = self.skipped.get_mut(from) {
            *skipped = skipped.saturating_add(len);
        }
    }
}

/// Returns whether a request has a line `Upgrade: websocket`.
fn asks_for_websocket(request: &[u8]) -> bool {
    let head = request.to_ascii_lowercase();
    let mut lines = head.split(|byte| *byte == b'\n');
    lines.any(|line| {
        let value = line.strip_prefix(b"upgrade:").unwrap_or_default();
        value.windows(9).any(|word| word == b"websocket")
    })
}
