use std::fmt;

use sansocket::Role;
use zlib_rs::{DeflateFlush, Inflate, InflateFlush, Status};

use super::distances::farthest;

/// Compression of messages as a handshake has agreed on it (RFC 7692 7), for the run's own messages and
/// those of the target.
pub(super) struct Deflate {
    // By name, and not by a crate with a choice of libraries, of which another package of the build may choose
    // another: the bytes of a case are the same in every build.
    compress: zlib_rs::Deflate,
    decompress: Inflate,
    compresses_anew: bool,
    /// What the target has agreed to: whether each message begins anew, and its window.
    agreement: (bool, u8),
    is_held_to_agreement: bool,
    /// What the target has sent against the agreement.
    breach: Option<String>,
    has_seen_tail: bool,
}

/// What a flush ends with, which is not sent (RFC 7692 7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xFF, 0xFF];
const MAX_WINDOW_BITS: u8 = 15;
/// The usual one.
const LEVEL: i32 = 6;
/// No message of a target may inflate to more.
const MAX_INFLATED: usize = 64 << 20;
/// What is compressed or inflated at once.
const ROOM_LEN: usize = 16 << 10;

impl Deflate {
    /// What the answer of a server says, for the end that talks to `target`. `None` if it is no
    /// permessage-deflate.
    pub(super) fn agreed(answer: &str, target: Role) -> Option<Self> {
        let mut answers = answer.split(',').map(|answer| answer.split(';').map(str::trim));
        let parts = answers
            .find_map(|mut parts| (parts.next() == Some("permessage-deflate")).then_some(parts))?;
        let (mut server, mut client) = ((false, 15), (false, 15));
        for part in parts {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let bits = value.trim().trim_matches('"').parse().unwrap_or(15_u8).clamp(8, 15);
            match name.trim() {
                "server_no_context_takeover" => server.0 = true,
                "client_no_context_takeover" => client.0 = true,
                "server_max_window_bits" => server.1 = bits,
                "client_max_window_bits" => client.1 = bits,
                _ => {}
            }
        }
        let (own, of_target) = match target {
            Role::Server => (client, server),
            Role::Client => (server, client),
        };
        Some(Self {
            compress: zlib_rs::Deflate::new(LEVEL, false, own.1.max(9)),
            // What refers too far back is inflated, too: that is judged where a case is about it.
            decompress: Inflate::new(false, MAX_WINDOW_BITS),
            compresses_anew: own.0,
            agreement: of_target,
            is_held_to_agreement: false,
            breach: None,
            has_seen_tail: false,
        })
    }

    /// Looks from now on for references farther back than was agreed.
    pub(super) fn hold_target_to_agreement(&mut self) {
        self.is_held_to_agreement = true;
    }

    /// What the target has sent against the agreement.
    pub(super) fn breach(&self) -> Option<&str> {
        self.breach.as_deref()
    }

    /// Whether the target has left the tail on a message.
    pub(super) const fn has_seen_tail(&self) -> bool {
        self.has_seen_tail
    }

    fn check(&mut self, message: &[u8]) {
        let farthest = farthest(message);
        let (begins_anew, window_bits) = self.agreement;
        if farthest.distance > 1 << window_bits {
            self.breach = Some(format!(
                "it refers {} bytes back, where the window has {window_bits} bits",
                farthest.distance
            ));
        } else if begins_anew && farthest.before > 0 {
            self.breach = Some("it refers to an earlier message".to_owned());
        }
    }

    pub(super) fn compress(&mut self, message: &[u8]) -> Vec<u8> {
        let mut room = vec![0; ROOM_LEN];
        let mut rest = message;
        let mut output = Vec::new();
        loop {
            let (total_in, total_out) = (self.compress.total_in(), self.compress.total_out());
            let status = self.compress.compress(rest, &mut room, DeflateFlush::SyncFlush);
            let consumed = (self.compress.total_in() - total_in) as usize;
            let produced = (self.compress.total_out() - total_out) as usize;
            rest = rest.get(consumed..).unwrap_or_default();
            output.extend(room.iter().take(produced));
            if status != Ok(Status::Ok) || produced < ROOM_LEN {
                break;
            }
        }
        // RFC 7692 7.2.3.6: nothing comes of an empty message after a flush, and it is sent as an empty block.
        if output.is_empty() {
            output.extend([&[0], &TAIL[..]].concat());
        }
        output.truncate(output.len().saturating_sub(TAIL.len()));
        if self.compresses_anew {
            self.compress.reset();
        }
        output
    }

    /// The message that was compressed to `bytes`, or what is wrong with them.
    pub(super) fn decompress(&mut self, bytes: &[u8]) -> Result<Vec<u8>, String> {
        if self.is_held_to_agreement {
            self.check(bytes);
        }
        let mut room = vec![0; ROOM_LEN];
        // What remains of a flush without its tail ends with bits of a header, which are zeros. So
        // this is the tail itself, which a case of its own is about.
        let has_tail = bytes.ends_with(&TAIL);
        self.has_seen_tail |= has_tail;
        let input = [bytes, if has_tail { &[] } else { &TAIL[..] }].concat();
        let mut rest = &input[..];
        let mut output = Vec::new();
        loop {
            let (total_in, total_out) = (self.decompress.total_in(), self.decompress.total_out());
            let status = self
                .decompress
                .decompress(rest, &mut room, InflateFlush::SyncFlush)
                .map_err(|error| {
                    format!("a compressed message that cannot be inflated: {}", error.as_str())
                })?;
            let consumed = (self.decompress.total_in() - total_in) as usize;
            let produced = (self.decompress.total_out() - total_out) as usize;
            rest = rest.get(consumed..).unwrap_or_default();
            output.extend(room.iter().take(produced));
            if output.len() > MAX_INFLATED {
                return Err("a compressed message that inflates to more than 64 MiB".to_owned());
            }
            match status {
                // A final block: a message may have one, and what follows begins anew.
                Status::StreamEnd => {
                    self.decompress.reset(false);
                    if rest.len() <= TAIL.len() {
                        break;
                    }
                }
                _ if produced < ROOM_LEN || consumed == 0 && produced == 0 => break,
                _ => {}
            }
        }
        Ok(output)
    }
}

impl fmt::Debug for Deflate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deflate").field("agreement", &self.agreement).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use sansocket::Role;

    use super::Deflate;
    use crate::case::Sample;

    /// What is made of messages that a target compresses with the largest window, whatever it has
    /// agreed to: whether they are inflated, and whether that is a breach.
    fn inflate(answer: &str, messages: &[&[u8]]) -> Option<bool> {
        let mut target = Deflate::agreed("permessage-deflate", Role::Client)?;
        let mut run = Deflate::agreed(answer, Role::Server)?;
        run.hold_target_to_agreement();
        for message in messages {
            let inflated = run.decompress(&target.compress(message)).ok()?;
            assert_eq!(&inflated, message);
        }
        Some(run.breach().is_some())
    }

    #[test]
    fn what_refers_too_far_back_is_inflated_but_a_breach() {
        let half = Sample::Noise.bytes(0, 700);
        let repeated = [&half[..], &half[..]].concat();
        let bits = |bits: u8| format!("permessage-deflate; server_max_window_bits={bits}");
        assert_eq!(inflate(&bits(8), &[&repeated]), Some(true));
        assert_eq!(inflate(&bits(9), &[&repeated]), Some(true));
        assert_eq!(inflate(&bits(10), &[&repeated]), Some(false));
        assert_eq!(inflate(&bits(9), &[&half, &half]), Some(true));
        // Codes of their own.
        let text = Sample::Json.bytes(0, 20_000);
        assert_eq!(inflate(&bits(9), &[&text]), Some(true));
        assert_eq!(inflate(&bits(15), &[&text, &text]), Some(false));
    }

    #[test]
    fn what_refers_to_an_earlier_message_is_inflated_but_a_breach() {
        let messages = [&b"Hello, Hello"[..], b"Hello, Hello"];
        let anew = "permessage-deflate; server_no_context_takeover";
        assert_eq!(inflate(anew, &messages[..1]), Some(false));
        assert_eq!(inflate(anew, &messages), Some(true));
        assert_eq!(inflate("permessage-deflate", &messages), Some(false));
    }

    #[test]
    fn empty_messages_are_inflated() {
        assert_eq!(inflate("permessage-deflate", &[b"", b"", b"a", b""]), Some(false));
    }
}
