use flate2::{Decompress, FlushDecompress, Status};

use crate::{
    frame::Frame,
    input::{Input, MAX_LEN},
    outcome::{End, Outcome, Received},
};

/// Why two endpoints may differ about the same bytes. The README has the paragraphs of the RFCs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// What a frame breaks is seen before all of it is there, or afterwards.
    UnfinishedFrame,
    /// What spoils a message is seen at once, or later in the message.
    UnfinishedMessage,
    /// A length of more bytes than it needs is let pass.
    LengthNotMinimal,
    /// Limits of its own, or none.
    Limit,
    /// Close codes that are not for the wire, or are not yet known.
    CloseCode,
    /// A Close frame breaks two rules.
    CloseCodeAndReason,
    /// An empty last fragment ends a text within a character.
    CutCharacter,
    /// A control frame is between the fragments of a compressed message.
    ControlInCompressed,
    /// A compressed message has a block with BFINAL.
    FinalBlock,
    /// The data of a compressed message is cut off.
    CutData,
    /// A message begins within another, and its bytes are no DEFLATE stream.
    BeginWithinCompressed,
}

/// What an endpoint makes of an input.
pub type Endpoint = fn(&Input) -> Outcome;

/// An implementation that is compared with ours.
pub struct Peer<'a> {
    /// Whether it refuses messages of more than [`MAX_LEN`] bytes.
    pub has_limit: bool,
    /// Whether it inflates whatever RFC 7692 allows.
    pub is_complete: bool,
    pub receive: &'a mut dyn FnMut(&Input) -> Outcome,
}

/// Two outcomes for which there is no reason.
#[derive(Debug)]
pub struct Disagreement {
    pub ours: Outcome,
    pub theirs: Outcome,
}

/// `None` if both agree, else why they do not.
pub fn compare(
    input: &Input,
    receive: Endpoint,
    peer: &mut Peer<'_>,
) -> Option<Result<Class, Box<Disagreement>>> {
    let (ours, theirs) = (receive(input), (peer.receive)(input));
    if ours == theirs {
        return None;
    }
    let class = Case { input, receive, ours: &ours, theirs: &theirs }.explain(peer);
    Some(class.ok_or_else(|| Box::new(Disagreement { ours, theirs })))
}

struct Case<'a> {
    input: &'a Input,
    receive: Endpoint,
    ours: &'a Outcome,
    theirs: &'a Outcome,
}

impl Case<'_> {
    fn explain(&self, peer: &mut Peer<'_>) -> Option<Class> {
        let frames = Frame::all(self.input);
        let (ours, theirs) = (&self.ours.end, &self.theirs.end);
        let is_same = self.ours.received == self.theirs.received;

        // Theirs ended it within the last frame, of which ours waits for more.
        if let (End::Open, End::Failed(_)) = (ours, theirs)
            && is_same
            && let Some(last) = frames.last()
            && last.payload.is_none()
            && (peer.receive)(&before(self.input, last)).end == End::Open
        {
            return Some(Class::UnfinishedFrame);
        }

        let decisive = self.decisive_frame(&frames);
        if let Some(frame) = decisive
            && !frame.is_minimal()
            && *ours == End::Failed(1002)
        {
            return self.mended(frame.made_minimal(self.input), Class::LengthNotMinimal, peer);
        }
        if let Some(class) = decisive.and_then(|frame| self.at_frame(frame, is_same, peer)) {
            return Some(class);
        }
        if self.input.deflate.is_some() && !peer.is_complete {
            return self.of_compressed(&frames, decisive, peer);
        }
        None
    }

    /// What the frame can explain in which ours ended the connection.
    fn at_frame(&self, frame: &Frame, is_same: bool, peer: &Peer<'_>) -> Option<Class> {
        let (ours, theirs) = (&self.ours.end, &self.theirs.end);
        let more = self.theirs.received.strip_prefix(&self.ours.received[..])?;
        let is_control = |it: &Received| matches!(it, Received::Ping(_) | Received::Pong(_));
        let is_too_long = frame.len.is_some_and(|len| len > MAX_LEN as u64);
        match (ours, theirs) {
            (End::Failed(_), End::Open) if is_same && frame.payload.is_none() => {
                Some(Class::UnfinishedFrame)
            }
            (End::Failed(1002), End::Failed(1009)) if is_same && is_too_long => Some(Class::Limit),
            (End::Failed(1009), _) if !peer.has_limit => Some(Class::Limit),
            (End::Failed(1002) | End::Closed(_), End::Failed(1002) | End::Closed(_))
                if is_same && is_disputed(frame.close()?.0) =>
            {
                Some(Class::CloseCode)
            }
            (End::Failed(1002), End::Failed(1007)) | (End::Failed(1007), End::Failed(1002))
                if is_same && frame.opcode == 0x8 =>
            {
                let (code, reason) = frame.close()?;
                let is_both = is_disputed(code) && str::from_utf8(reason).is_err();
                is_both.then_some(Class::CloseCodeAndReason)
            }
            (End::Failed(1007), _)
                if !frame.is_control() && !frame.fin && more.iter().all(is_control) =>
            {
                Some(Class::UnfinishedMessage)
            }
            (End::Failed(1007), _) if is_cut_character(frame, more) => Some(Class::CutCharacter),
            _ => None,
        }
    }

    /// What differs only with compression.
    fn of_compressed(
        &self,
        frames: &[Frame],
        decisive: Option<&Frame>,
        peer: &mut Peer<'_>,
    ) -> Option<Class> {
        if let Some(frame) = first_within_message(frames) {
            let mut mended = self.input.clone();
            mended.bytes.drain(frame.start..frame.end);
            return self.mended(mended, Class::ControlInCompressed, peer);
        }
        if let Some(frame) = first_with_final_block(frames) {
            return self.mended(before(self.input, frame), Class::FinalBlock, peer);
        }
        if let (End::Failed(1002), End::Failed(1007)) = (&self.ours.end, &self.theirs.end)
            && self.ours.received == self.theirs.received
            && decisive.is_some_and(|frame| matches!(frame.opcode, 1 | 2))
        {
            return Some(Class::BeginWithinCompressed);
        }
        // Ours fails the message at its end, theirs delivers what there is of it.
        let is_cut = self.ours.end == End::Failed(1007)
            && decisive.is_some_and(|frame| frame.fin && !frame.is_control());
        let more = self.theirs.received.strip_prefix(&self.ours.received[..]);
        let is_delivered = more.is_some_and(|more| !more.is_empty());
        let is_failed_too = self.theirs.end == End::Failed(1007);
        (is_cut && (is_delivered || is_failed_too)).then_some(Class::CutData)
    }

    /// With the reason away they agree, or differ for another one.
    fn mended(&self, input: Input, class: Class, peer: &mut Peer<'_>) -> Option<Class> {
        match compare(&input, self.receive, peer) {
            None => Some(class),
            Some(result) => result.ok(),
        }
    }

    /// The frame in which ours ended the connection.
    fn decisive_frame<'f>(&self, frames: &'f [Frame]) -> Option<&'f Frame> {
        if self.ours.end == End::Open {
            return None;
        }
        let is_open = |frame: &&Frame| (self.receive)(&before(self.input, frame)).end == End::Open;
        let count = frames.iter().take_while(is_open).count();
        frames.get(count.checked_sub(1)?)
    }
}

/// The input up to a frame.
fn before(input: &Input, frame: &Frame) -> Input {
    let mut input = input.clone();
    input.bytes.truncate(frame.start);
    input
}

/// Codes that RFC 6455 7.4 keeps off the wire, reserves, or leaves to the registry.
const fn is_disputed(code: u16) -> bool {
    matches!(code, 0..=999 | 1004..=1006 | 1014..=2999 | 5000..)
}

/// The message ends within a character, and theirs delivers it.
fn is_cut_character(frame: &Frame, more: &[Received]) -> bool {
    let is_empty_end = frame.fin && frame.opcode == 0 && frame.len == Some(0);
    let is_invalid = |text: &Vec<u8>| str::from_utf8(text).is_err();
    is_empty_end && matches!(more.first(), Some(Received::Text(text)) if is_invalid(text))
}

/// The first control frame between the fragments of a compressed message.
fn first_within_message(frames: &[Frame]) -> Option<&Frame> {
    let mut is_within = false;
    frames.iter().find(|frame| {
        match frame.opcode {
            1 | 2 => is_within = frame.rsv & 0b100 != 0 && !frame.fin,
            0 => is_within &= !frame.fin,
            _ => {}
        }
        is_within && frame.is_control()
    })
}

/// The first frame of the first compressed message that has a block with BFINAL.
fn first_with_final_block(frames: &[Frame]) -> Option<&Frame> {
    let mut zlib = Decompress::new(false);
    let mut first = None;
    for frame in frames.iter().filter(|frame| !frame.is_control()) {
        match frame.opcode {
            1 | 2 => first = (frame.rsv & 0b100 != 0).then_some(frame),
            _ => {}
        }
        if let (Some(first), Some(payload)) = (first, &frame.payload) {
            let tail: &[u8] = if frame.fin { &[0x00, 0x00, 0xFF, 0xFF] } else { &[] };
            let data = [payload, tail].concat();
            let mut out = vec![0; 4 * MAX_LEN];
            let status = zlib.decompress(&data, &mut out, FlushDecompress::Sync);
            if matches!(status, Ok(Status::StreamEnd)) {
                return Some(first);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peer::{sansocket, zlib};

    /// How many of some inputs have a disagreement without a reason.
    fn unexplained(receive: Endpoint) -> usize {
        let mut receive_peer = zlib::receive;
        let mut peer = Peer { has_limit: true, is_complete: true, receive: &mut receive_peer };
        let inputs = (0..2_000).map(|number| Input::new(7, number));
        let results = inputs.map(|input| compare(&input, receive, &mut peer));
        results.filter(|result| matches!(result, Some(Err(_)))).count()
    }

    #[test]
    fn without_a_fault_everything_is_explained() {
        assert_eq!(unexplained(sansocket::receive), 0);
    }

    #[test]
    fn a_changed_byte_is_found() {
        assert!(
            unexplained(|input| {
                let mut outcome = sansocket::receive(input);
                if let Some(Received::Binary(data)) = outcome.received.last_mut()
                    && let Some(byte) = data.last_mut()
                {
                    *byte ^= 1;
                }
                outcome
            }) > 100
        );
    }

    #[test]
    fn a_lost_control_frame_is_found() {
        assert!(
            unexplained(|input| {
                let mut outcome = sansocket::receive(input);
                outcome.received.pop_if(|it| matches!(it, Received::Ping(_)));
                outcome
            }) > 100
        );
    }

    #[test]
    fn a_wrong_close_code_is_found() {
        assert!(
            unexplained(|input| {
                let mut outcome = sansocket::receive(input);
                if outcome.end == End::Failed(1007) {
                    outcome.end = End::Failed(1002);
                }
                outcome
            }) > 50
        );
    }

    #[test]
    fn a_violation_that_passes_is_found() {
        assert!(
            unexplained(|input| {
                let mut outcome = sansocket::receive(input);
                if outcome.end == End::Failed(1002) {
                    outcome.end = End::Open;
                }
                outcome
            }) > 100
        );
    }
}
