use std::collections::HashSet;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use sansocket::{Role, frame::OpCode};

use crate::case::{Demand, is_valid_code};

use super::{SeenFrame, SeenHead, negotiation::Extension};

/// What was seen of a target, for the demands of a case.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent<'r> {
    pub(super) target: Role,
    pub(super) head: Option<&'r SeenHead>,
    pub(super) frames: &'r [SeenFrame],
    pub(super) has_deflate: bool,
    /// What it has compressed against the agreement.
    pub(super) breach: Option<&'r str>,
    /// Whether it has compressed a message and left the tail on.
    pub(super) has_sent_tail: bool,
    /// The value of Sec-WebSocket-Accept that is right.
    pub(super) accept: &'r str,
}

impl Demand {
    /// Checks what a target has sent: what is wrong, if something is.
    pub(super) fn check(self, sent: &Sent<'_>) -> Result<(), String> {
        let every = |is_right: fn(&SeenFrame) -> bool, wrong: &str| match sent
            .frames
            .iter()
            .find(|frame| !is_right(frame))
        {
            None => Ok(()),
            Some(frame) => Err(format!("it sent a frame with opcode {} {wrong}", frame.opcode)),
        };
        match self {
            Self::Masking => match sent.target {
                Role::Client => every(|frame| frame.key.is_some(), "that is not masked"),
                Role::Server => every(|frame| frame.key.is_none(), "that is masked"),
            },
            Self::FreshKeys => {
                let mut keys = HashSet::new();
                let with_payload = sent.frames.iter().filter(|frame| frame.payload_len > 0);
                match with_payload.filter_map(|frame| frame.key).find(|key| !keys.insert(*key)) {
                    None => Ok(()),
                    Some([a, b, c, d]) => Err(format!(
                        "two frames have the masking key {a:02X} {b:02X} {c:02X} {d:02X}"
                    )),
                }
            }
            Self::MinimalLengths => {
                every(|frame| frame.has_minimal_length, "whose length takes too many bytes")
            }
            Self::NoReservedBits => every(|frame| frame.rsv == 0, "with a reserved bit set"),
            Self::KnownOpcodes => {
                every(|frame| OpCode::from_bits(frame.opcode).is_some(), "which is reserved")
            }
            Self::FragmentsInOrder => every(|frame| frame.is_in_order, "out of order"),
            Self::SmallControls => every(
                |frame| frame.opcode < 8 || frame.fin && frame.payload_len <= 125,
                "that is a fragment or longer than 125 bytes",
            ),
            Self::ValidText => {
                every(|frame| !frame.ends_invalid_text, "that ends a text which is not UTF-8")
            }
            Self::ValidClose => every(
                |frame| frame.opcode != 8 || is_valid_close(&frame.control),
                "with a code or reason that must not be sent",
            ),
            Self::NothingAfterClose => {
                every(|frame| !frame.is_after_close, "after its Close frame")
            }
            Self::NoPong(payload) => {
                let is_it =
                    |frame: &SeenFrame| frame.opcode == 10 && frame.control == payload.as_bytes();
                match sent.frames.iter().any(is_it) {
                    true => Err(format!("it sent a Pong {payload:?}, which nothing asked for")),
                    false => Ok(()),
                }
            }
            Self::UnpredictableKeys => {
                let keys = sent.frames.iter().filter_map(|frame| frame.key.map(u32::from_be_bytes));
                let keys: Vec<_> = keys.collect();
                let has_same_steps = |keys: &[u32]| matches!(keys, [a, b, c] if b.wrapping_sub(*a) == c.wrapping_sub(*b));
                match keys.windows(3).find(|keys| has_same_steps(keys)) {
                    None => Ok(()),
                    Some(keys) => Err(format!("its masking keys follow a pattern: {keys:08X?}")),
                }
            }
            Self::CompressionBits if sent.has_deflate => every(
                |frame| frame.rsv & 0b011 == 0 && (frame.rsv == 0 || matches!(frame.opcode, 1 | 2)),
                "with RSV1 on a control frame or a continuation",
            ),
            Self::CompressionBits => every(|frame| frame.rsv == 0, "with RSV1 set"),
            Self::NothingWithHead => {
                every(|frame| !frame.is_with_head, "before the response had come")
            }
            Self::NoTail if sent.has_sent_tail => {
                Err("it sent a compressed message that ends with 00 00 FF FF".to_owned())
            }
            Self::NoTail => Ok(()),
            Self::AgreedWindow => sent.breach.map_or(Ok(()), |breach| Err(breach.to_owned())),
            _ => self.check_head(sent.head.ok_or("it sent no head")?, sent.accept),
        }
    }

    fn check_head(self, head: &SeenHead, accept: &str) -> Result<(), String> {
        let right = |is_right: bool, wrong: &dyn Fn() -> String| {
            if is_right { Ok(()) } else { Err(wrong()) }
        };
        match self {
            Self::Header(name, value) => {
                let is_accept = value == "{accept}";
                let wanted = if is_accept { accept } else { value };
                // Only the accept value has a case.
                let is_it = |found: &str| {
                    if is_accept { found == wanted } else { found.eq_ignore_ascii_case(wanted) }
                };
                let found: Vec<_> =
                    head.values(name).flat_map(|value| value.split(',')).map(str::trim).collect();
                right(found.iter().any(|found| is_it(found)), &|| match &found[..] {
                    [] => format!("it sent no {name}, which must be {wanted}"),
                    found => {
                        format!("it sent {name}: {}, which must be {wanted}", found.join(", "))
                    }
                })
            }
            Self::NoHeader(name) => {
                let found = head.values(name).next();
                right(found.is_none(), &|| format!("it sent {name}: {}", found.unwrap_or_default()))
            }
            Self::OneHeader(name) => {
                let count = head.values(name).count();
                right(count == 1, &|| format!("it sent {count} headers {name}"))
            }
            Self::FirstLine(start) => {
                let line = head.first_line.to_ascii_lowercase();
                right(line.starts_with(&start.to_ascii_lowercase()), &|| {
                    format!("its first line is {:?}", head.first_line)
                })
            }
            Self::KeyOf16Bytes => {
                let key = head.values("Sec-WebSocket-Key").next().unwrap_or_default();
                let bytes = BASE64_STANDARD.decode(key).map(|bytes| bytes.len());
                right(bytes == Ok(16), &|| format!("its key is {key:?}"))
            }
            Self::NoFragment => right(!head.first_line.contains('#'), &|| {
                format!("its first line is {:?}", head.first_line)
            }),
            Self::LastWord(word) => {
                right(head.first_line.split(' ').next_back() == Some(word), &|| {
                    format!("its first line is {:?}", head.first_line)
                })
            }
            Self::HeaderAmong(name, values) => {
                let found: Vec<_> = head.values(name).map(str::trim).collect();
                let is_right = found.len() < 2 && found.iter().all(|found| values.contains(found));
                right(is_right, &|| format!("it sent {name}: {}", found.join(" and again ")))
            }
            Self::DistinctTokens(name) => {
                let found: Vec<_> =
                    head.values(name).flat_map(|value| value.split(',')).map(str::trim).collect();
                let mut seen = HashSet::new();
                let wrong = found.iter().find(|found| !is_token(found) || !seen.insert(**found));
                wrong.map_or(Ok(()), |wrong| Err(format!("{name} lists {wrong:?}")))
            }
            Self::AnswerHas(_) | Self::AnswerLacks(_) | Self::AnswerAtMost(..) => {
                let agreed = Extension::all(head).find(Extension::is_deflate);
                agreed.map_or(Ok(()), |answer| self.check_answer(&answer))
            }
            Self::ValidAnswer => {
                let all: Vec<_> = Extension::all(head).collect();
                right(all.len() < 2, &|| "it agrees on several extensions".to_owned())?;
                all.iter().try_for_each(|answer| answer.check(false))
            }
            Self::ValidOffers => Extension::all(head)
                .filter(Extension::is_deflate)
                .try_for_each(|offer| offer.check(true)),
            _ => Ok(()),
        }
    }

    fn check_answer(self, answer: &Extension) -> Result<(), String> {
        match self {
            Self::AnswerHas(name) if answer.value(name).is_none() => {
                Err(format!("its answer is {answer}, without {name}"))
            }
            Self::AnswerLacks(name) if answer.value(name).is_some() => {
                Err(format!("its answer is {answer}, and {name} was not offered"))
            }
            Self::AnswerAtMost(name, most)
                if answer.value(name).is_some_and(|value| {
                    value.parse().is_ok_and(|value: u32| value > u32::from(most))
                }) =>
            {
                Err(format!("its answer is {answer}, which is more than {most}"))
            }
            _ => Ok(()),
        }
    }
}

/// RFC 9110 5.6.2.
fn is_token(text: &str) -> bool {
    let is_token_byte =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_token_byte)
}

fn is_valid_close(payload: &[u8]) -> bool {
    let Some((code, reason)) = payload.split_first_chunk() else {
        return payload.is_empty();
    };
    is_valid_code(u16::from_be_bytes(*code)) && core::str::from_utf8(reason).is_ok()
}
