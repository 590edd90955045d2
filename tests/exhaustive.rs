//! Tables that are small enough to try completely.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod endpoint;
mod wire;

use endpoint::{Endpoint, Received};
use sansocket::Parsed;
use sansocket::connection::{ProtocolError, SendError};
use sansocket::frame::{FrameError, FrameHeader, OpCode, Rsv};
use sansocket::{CloseCode, CloseFrame, Limits, Role};
use wire::{BINARY, CLOSE, CONTINUATION, FIN, KEY, Length, PING, PONG, RSV1, RSV2, RSV3, TEXT};

const ROLES: [Role; 2] = [Role::Client, Role::Server];

/// Returns whether a frame that begins with these two bytes is legal, and otherwise the rule that
/// it breaks.
///
/// A frame may break several rules. They are checked in this order: by byte for what is illegal in
/// any frame, and then by section.
fn judge(first: u8, second: u8, role: Role, state: State) -> Result<(), ProtocolError> {
    let is_inside_message = matches!(state, State::InsideText | State::InsideBinary);
    let opcode = first & 0x0F;
    let is_fin = first & FIN != 0;
    let is_masked = second & 0x80 != 0;
    // RFC 6455 5.2: %x3-7 and %xB-F are reserved.
    if (0x3..=0x7).contains(&opcode) || (0xB..=0xF).contains(&opcode) {
        return Err(FrameError::ReservedOpCode(opcode).into());
    }
    // RFC 6455 5.5: all control frames have a payload of 125 bytes or less and no fragments.
    if [CLOSE, PING, PONG].contains(&opcode) && !is_fin {
        return Err(FrameError::FragmentedControl.into());
    }
    if [CLOSE, PING, PONG].contains(&opcode) && second & 0x7F > 125 {
        return Err(FrameError::ControlTooLong.into());
    }
    // RFC 6455 5.1: a client masks all frames, a server none.
    if role == Role::Server && !is_masked {
        return Err(ProtocolError::UnmaskedFrame);
    }
    if role == Role::Client && is_masked {
        return Err(ProtocolError::MaskedFrame);
    }
    // RFC 6455 5.2: the reserved bits are 0 without an extension. RFC 7692 6: RSV1 marks the first
    // frame of a message.
    let may_be_compressed = state == State::Compressing && [TEXT, BINARY].contains(&opcode);
    let allowed = if may_be_compressed { RSV1 } else { 0 };
    if first & (RSV1 | RSV2 | RSV3) & !allowed != 0 {
        return Err(ProtocolError::ReservedBits);
    }
    // RFC 6455 5.4: a message begins with its kind and goes on with continuations.
    match opcode {
        CONTINUATION if !is_inside_message => Err(ProtocolError::UnexpectedContinuation),
        TEXT | BINARY if is_inside_message => Err(ProtocolError::UnfinishedMessage),
        _ => Ok(()),
    }
}

/// A frame that begins with these two bytes, with a payload that is right for all kinds: zeros,
/// but in a Close frame the code 1000. A payload whose length has more than 7 bits is left out.
fn complete(first: u8, second: u8) -> Vec<u8> {
    let key = (second & 0x80 != 0).then_some(KEY);
    match second & 0x7F {
        126 => wire::header(first, Length::Bits16(1000), key),
        127 => wire::header(first, Length::Bits64(1 << 20), key),
        len => {
            let mut payload = vec![0; usize::from(len)];
            if first & 0x0F == CLOSE && len >= 2 {
                payload[..2].copy_from_slice(&1000_u16.to_be_bytes());
            }
            wire::frame(first, &payload, key)
        }
    }
}

/// The state before the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    InsideText,
    InsideBinary,
    /// A Close frame was sent; the peer may not have read it yet.
    CloseSent,
    /// A Close frame was received, and answered.
    CloseReceived,
    /// Nothing, but compression is agreed on.
    Compressing,
}

impl State {
    const ALL: &[Self] = &[
        Self::Idle,
        Self::InsideText,
        Self::InsideBinary,
        Self::CloseSent,
        Self::CloseReceived,
        #[cfg(feature = "deflate")]
        Self::Compressing,
    ];

    /// An endpoint in this state, which has written and received nothing yet.
    fn endpoint(self, role: Role) -> Endpoint {
        let mut endpoint = Endpoint::new(role);
        match self {
            Self::Idle => {}
            Self::InsideText => endpoint.receive(&wire::to(role, TEXT, b"")).unwrap(),
            Self::InsideBinary => endpoint.receive(&wire::to(role, BINARY, b"")).unwrap(),
            Self::CloseSent => endpoint.send(|sender, out| sender.send_close(None, out)).unwrap(),
            Self::CloseReceived => endpoint.receive(&wire::to(role, FIN | CLOSE, b"")).unwrap(),
            #[cfg(feature = "deflate")]
            Self::Compressing => {
                let config = sansocket::deflate::Config::default();
                let (_, params) = sansocket::deflate::Offer::new(&config).answer(&config);
                endpoint.connection = endpoint.connection.with_deflate(&params, &config);
            }
            #[cfg(not(feature = "deflate"))]
            Self::Compressing => unreachable!("nobody agrees on it"),
        }
        endpoint.take_out();
        endpoint.received.clear();
        endpoint
    }
}

// Shows 6455-5.1-2, 6455-5.1-4, 6455-10.7-1, own-frames-1.
#[test]
fn every_first_two_bytes_of_a_frame_for_each_role_in_each_state() {
    for role in ROLES {
        for &state in State::ALL {
            for head in 0..=u16::MAX {
                let [first, second] = head.to_be_bytes();
                check_head(first, second, role, state);
            }
        }
    }
}

fn check_head(first: u8, second: u8, role: Role, state: State) {
    let mut endpoint = state.endpoint(role);
    let frame = complete(first, second);
    assert_eq!(frame[..2], [first, second]);
    let (opcode, len) = (first & 0x0F, second & 0x7F);
    let (is_fin, is_compressed) = (first & FIN != 0, first & RSV1 != 0);
    let mut expected = judge(first, second, role, state);
    // RFC 6455 5.5.1: the payload of a Close frame is empty or begins with two bytes of code.
    if expected.is_ok() && opcode == CLOSE && len == 1 {
        expected = Err(ProtocolError::TruncatedCloseCode);
    }
    // RFC 7692 7.2.3: of all that is made of zeros, one is the empty message; five are no block.
    #[cfg(feature = "deflate")]
    if expected.is_ok() && is_compressed && len <= 125 && (len >= 5 || is_fin && len != 1) {
        expected = Err(ProtocolError::InvalidDeflate);
    }
    // Bytes after a Close frame are discarded.
    if state == State::CloseReceived {
        expected = Ok(());
    }

    let context = format!("{first:08b} {second:08b} to a {role:?}, {state:?}");
    assert_eq!(endpoint.receive(&frame), expected, "{context}");
    let sent = wire::contents(&endpoint.out);
    // RFC 6455 5.5.1: no other Close frame is sent after one.
    let may_send = !matches!(state, State::CloseSent | State::CloseReceived);
    if let Err(error) = expected {
        assert_eq!(endpoint.received, [], "{context}");
        let close = (FIN | CLOSE, wire::close_payload(code(error), error.to_string()));
        assert_eq!(sent, Vec::from_iter(may_send.then_some(close)), "{context}");
        return;
    }
    let zeros = vec![0; if is_compressed { 0 } else { usize::from(len) }];
    let text = || Received::Text("\0".repeat(zeros.len()));
    let received = match opcode {
        _ if state == State::CloseReceived => None,
        PING => Some(Received::Ping(zeros.clone())),
        PONG => Some(Received::Pong(zeros.clone())),
        CLOSE if len == 0 => Some(Received::Close(None)),
        CLOSE => Some(Received::close(1000, &"\0".repeat(usize::from(len) - 2))),
        _ if !is_fin || len > 125 => None,
        TEXT => Some(text()),
        CONTINUATION if state == State::InsideText => Some(text()),
        _ => Some(Received::Binary(zeros.clone())),
    };
    assert_eq!(endpoint.received, Vec::from_iter(received), "{context}");
    let reply = match opcode {
        // RFC 6455 5.5.2: after our own Close frame, too.
        PING if state != State::CloseReceived => Some((FIN | PONG, zeros)),
        _ if !may_send => None,
        CLOSE => Some((FIN | CLOSE, frame_payload(&frame))),
        _ => None,
    };
    assert_eq!(sent, Vec::from_iter(reply), "{context}");
    let is_left = len > 125 && state != State::CloseReceived;
    let receiver = &endpoint.connection.receiver;
    assert_eq!(receiver.payload_remaining().is_some(), is_left, "{context}");
}

/// RFC 6455 7.4.1: 1002 for what breaks the protocol, 1007 for data that is not what it should be.
fn code(error: ProtocolError) -> u16 {
    match error {
        #[cfg(feature = "deflate")]
        ProtocolError::InvalidDeflate => 1007,
        _ => 1002,
    }
}

fn frame_payload(frame: &[u8]) -> Vec<u8> {
    wire::contents(frame).remove(0).1
}

/// RFC 6455 7.4.1 and 7.4.2, and the registry of IANA, which has added 1012 to 1014.
fn may_stand_on_the_wire(code: u16) -> bool {
    let defined = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011];
    let registered_since = [1012, 1013, 1014];
    defined.contains(&code)
        || registered_since.contains(&code)
        || (3000..=3999).contains(&code)
        || (4000..=4999).contains(&code)
}

// Shows 6455-7.4.1-1, 6455-7.4.2-1, own-control-3.
#[test]
fn every_close_code_received_by_each_role() {
    for role in ROLES {
        for number in 0..=u16::MAX {
            let payload = wire::close_payload(number, "why");
            let mut endpoint = Endpoint::new(role);
            let result = endpoint.receive(&wire::to(role, FIN | CLOSE, &payload));
            let sent = wire::contents(&endpoint.out);
            if may_stand_on_the_wire(number) {
                assert_eq!(result, Ok(()), "{number}");
                assert_eq!(endpoint.received, [Received::close(number, "why")]);
                assert_eq!(sent, [(FIN | CLOSE, payload)], "{number} is echoed");
            } else {
                let error = ProtocolError::InvalidCloseCode(CloseCode::from(number));
                assert_eq!(result, Err(error));
                assert_eq!(endpoint.received, []);
                let payload = wire::close_payload(1002, error.to_string());
                assert_eq!(sent, [(FIN | CLOSE, payload)]);
            }
        }
    }
}

// Shows 6455-7.4.1-1, 6455-7.4.2-1, own-control-4.
#[test]
fn every_close_code_sent_by_each_role() {
    for role in ROLES {
        for number in 0..=u16::MAX {
            let code = CloseCode::from(number);
            let mut endpoint = Endpoint::new(role);
            let frame = CloseFrame { code, reason: "why" };
            let result = endpoint.send(|sender, out| sender.send_close(Some(frame), out));
            let sent = wire::contents(&endpoint.out);
            if may_stand_on_the_wire(number) {
                assert_eq!(result, Ok(()), "{number}");
                assert_eq!(sent, [(FIN | CLOSE, wire::close_payload(number, "why"))]);
            } else {
                assert_eq!(result, Err(SendError::InvalidCloseCode(code)));
                assert_eq!(sent, []);
            }
            assert_eq!(endpoint.connection.sender.is_closed(), result.is_ok());
            assert_eq!(code.is_allowed_on_wire(), result.is_ok());
        }
    }
}

/// The lengths at which the form changes, and their neighbours.
const LENGTHS: [u64; 18] = [
    0,
    1,
    124,
    125,
    126,
    127,
    128,
    255,
    256,
    65534,
    65535,
    65536,
    65537,
    (1 << 32) - 1,
    1 << 32,
    (1 << 63) - 1,
    1 << 63,
    u64::MAX,
];

// Shows 6455-5.2-5 (both).
#[test]
fn every_boundary_of_the_length_in_each_form() {
    for len in LENGTHS {
        let forms = [
            u8::try_from(len).ok().filter(|&len| len <= 125).map(Length::Bits7),
            u16::try_from(len).ok().map(Length::Bits16),
            Some(Length::Bits64(len)),
        ];
        for length in forms.into_iter().flatten() {
            let expected = match length {
                Length::Bits7(_)
                | Length::Bits16(126..)
                | Length::Bits64(65536..=0x7FFF_FFFF_FFFF_FFFF) => Ok(()),
                Length::Bits64(0x8000_0000_0000_0000..) => Err(FrameError::LengthTopBit(len)),
                _ => Err(FrameError::NonMinimalLength(len)),
            };
            for key in [None, Some(KEY)] {
                let bytes = wire::header(FIN | BINARY, length, key);
                let parsed = FrameHeader::parse(&bytes);
                let Err(error) = expected else {
                    let Ok(Parsed::Complete { value, consumed }) = parsed else {
                        panic!("{length:?} is legal, {parsed:?}");
                    };
                    assert_eq!((value.payload_len, consumed), (len, bytes.len()));
                    assert_eq!(value.mask.is_some(), key.is_some());
                    continue;
                };
                assert_eq!(parsed, Err(error), "{length:?}");
            }
        }
    }
}

// Shows 6455-5.2-6 (both).
#[test]
fn every_boundary_of_the_length_is_encoded_in_its_shortest_form() {
    for len in LENGTHS.into_iter().filter(|&len| len < 1 << 63) {
        for key in [None, Some(KEY)] {
            let header = FrameHeader {
                fin: true,
                rsv: Rsv::NONE,
                opcode: OpCode::Text,
                mask: key.map(sansocket::frame::MaskKey),
                payload_len: len,
            };
            assert_eq!(*header.encode(), *wire::header(FIN | TEXT, Length::of(len), key));
        }
    }
}

#[test]
fn every_boundary_of_the_length_reaches_a_receiver_without_limits() {
    let config = Limits::default().max_message_len(u64::MAX);
    for role in ROLES {
        for len in LENGTHS.into_iter().filter(|&len| len < 1 << 63) {
            let mut endpoint = Endpoint::with(role, &config);
            let header = wire::header(FIN | BINARY, Length::of(len), wire::key_to(role));
            assert_eq!(endpoint.receive(&header), Ok(()));
            let remaining = endpoint.connection.receiver.payload_remaining();
            assert_eq!(remaining, Some(len).filter(|&len| len > 0));
        }
    }
}

/// Three bytes are tried next to the code that checks them, in `src/connection/utf8.rs`.
// Shows 6455-8.1-1.
#[test]
fn every_text_of_one_and_two_bytes_at_every_split() {
    for role in ROLES {
        for text in (0..=u16::MAX).map(u16::to_be_bytes) {
            for (text, cut) in
                [(&text[..1], 0), (&text[..1], 1), (&text, 0), (&text, 1), (&text, 2)]
            {
                let (head, tail) = text.split_at(cut);
                let frames = [wire::to(role, TEXT, head), wire::to(role, FIN | CONTINUATION, tail)];
                let mut endpoint = Endpoint::new(role);
                let result = endpoint.receive(&frames.concat());
                match core::str::from_utf8(text) {
                    Ok(text) => assert_eq!(endpoint.received, [Received::text(text)]),
                    Err(_) => assert_eq!(result, Err(ProtocolError::InvalidUtf8)),
                }
            }
        }
    }
}
