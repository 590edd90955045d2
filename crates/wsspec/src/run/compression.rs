use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use sansocket::Role;

/// Compression of messages as a handshake has agreed on it (RFC 7692 7), for the run's own messages and
/// those of the target.
#[derive(Debug)]
pub(super) struct Deflate {
    compress: Compress,
    decompress: Decompress,
    compresses_anew: bool,
    /// What the target has agreed to: whether each message begins anew, and its window.
    agreement: (bool, u8),
    is_strict: bool,
}

/// What a flush ends with, which is not sent (RFC 7692 7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xFF, 0xFF];
const MAX_WINDOW_BITS: u8 = 15;
/// No message of a target may inflate to more.
const MAX_INFLATED: usize = 64 << 20;

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
            let bits = value.trim().trim_matches('"').parse().unwrap_or(15_u8).clamp(9, 15);
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
            compress: Compress::new_with_window_bits(Compression::default(), false, own.1),
            // What refers too far back is inflated, too: that is judged where a case is about it.
            decompress: Decompress::new_with_window_bits(false, MAX_WINDOW_BITS),
            compresses_anew: own.0,
            agreement: of_target,
            is_strict: false,
        })
    }

    /// Inflates nothing from now on that refers farther back than was agreed.
    pub(super) fn hold_target_to_agreement(&mut self) {
        self.decompress = Decompress::new_with_window_bits(false, self.agreement.1);
        self.is_strict = true;
    }

    pub(super) fn compress(&mut self, message: &[u8]) -> Vec<u8> {
        let mut output = Vec::with_capacity(message.len() + 64);
        let start = self.compress.total_in();
        loop {
            let consumed = usize::try_from(self.compress.total_in() - start).unwrap_or(usize::MAX);
            let rest = message.get(consumed..).unwrap_or_default();
            match self.compress.compress_vec(rest, &mut output, FlushCompress::Sync) {
                Ok(Status::Ok) if output.len() == output.capacity() => output.reserve(output.len()),
                _ => break,
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
        // The library looks for references in its output as well as in its window. So if the output is
        // a single byte each time, the window is all that there is.
        let room_len = if self.is_strict { 1 } else { 16 << 10 };
        let mut room = vec![0; room_len];
        let input = [bytes, &TAIL].concat();
        let mut rest = &input[..];
        let mut output = Vec::new();
        loop {
            let (total_in, total_out) = (self.decompress.total_in(), self.decompress.total_out());
            let status =
                self.decompress.decompress(rest, &mut room, FlushDecompress::Sync).map_err(
                    |error| format!("a compressed message that cannot be inflated: {error}"),
                )?;
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
                _ if produced < room_len || consumed == 0 && produced == 0 => break,
                _ => {}
            }
        }
        if self.is_strict && self.agreement.0 {
            self.decompress.reset(false);
        }
        Ok(output)
    }
}

#[cfg(test)]
mod tests {
    use sansocket::Role;

    use super::Deflate;
    use crate::case::Sample;

    /// What the target of `answer` makes of a message that it compresses with the largest window.
    fn inflate(answer: &str, messages: &[&[u8]], is_strict: bool) -> Vec<Result<Vec<u8>, String>> {
        let target = Deflate::agreed("permessage-deflate", Role::Client);
        let run = Deflate::agreed(answer, Role::Server);
        let (Some(mut target), Some(mut run)) = (target, run) else { return Vec::new() };
        if is_strict {
            run.hold_target_to_agreement();
        }
        messages.iter().map(|message| run.decompress(&target.compress(message))).collect()
    }

    #[test]
    fn what_refers_too_far_back_is_inflated_unless_the_case_is_about_it() {
        let half = Sample::Noise.bytes(0, 700);
        let message = [&half[..], &half[..]].concat();
        let answer = "permessage-deflate; server_max_window_bits=9";
        assert_eq!(inflate(answer, &[&message], false), [Ok(message.clone())]);
        assert!(matches!(inflate(answer, &[&message], true)[..], [Err(_)]));
        let answer = "permessage-deflate; server_max_window_bits=10";
        assert_eq!(inflate(answer, &[&message], true), [Ok(message.clone())]);
    }

    #[test]
    fn what_refers_to_an_earlier_message_is_inflated_unless_the_case_is_about_it() {
        let answer = "permessage-deflate; server_no_context_takeover";
        let messages = [&b"Hello, Hello"[..], b"Hello, Hello"];
        let all = messages.map(|message| Ok(message.to_vec()));
        assert_eq!(inflate(answer, &messages, false), all);
        assert!(matches!(inflate(answer, &messages, true)[..], [Ok(_), Err(_)]));
        assert_eq!(inflate("permessage-deflate", &messages, true), all);
    }

    #[test]
    fn empty_messages_are_a_byte() {
        assert_eq!(
            inflate("permessage-deflate", &[b"", b"", b"a"], true),
            [Ok(vec![]), Ok(vec![]), Ok(b"a".to_vec())]
        );
    }
}
