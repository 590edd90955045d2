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
        let mut parts = answer.split(';').map(str::trim);
        if parts.next()? != "permessage-deflate" {
            return None;
        }
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
            let done = self.compress.compress_vec(rest, &mut output, FlushCompress::Sync);
            if done.is_err() || output.ends_with(&TAIL) && output.len() < output.capacity() {
                break;
            }
            output.reserve(output.capacity().max(64));
        }
        output.truncate(output.len().saturating_sub(TAIL.len()));
        // RFC 7692 7.2.3.6: an empty message is an empty block.
        if output.is_empty() {
            output.push(0);
        }
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
