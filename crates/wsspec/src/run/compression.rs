use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use sansocket::Role;

/// Compression of messages as a handshake has agreed on it (RFC 7692 7), for the run's own messages and
/// those of the target.
#[derive(Debug)]
pub(super) struct Deflate {
    compress: Compress,
    decompress: Decompress,
    compresses_anew: bool,
    decompresses_anew: bool,
}

/// What a flush ends with, which is not sent (RFC 7692 7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xFF, 0xFF];
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
            decompress: Decompress::new_with_window_bits(false, of_target.1),
            compresses_anew: own.0,
            decompresses_anew: of_target.0,
        })
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
        let input = [bytes, &TAIL].concat();
        let mut output = Vec::with_capacity(input.len() * 4 + 64);
        let start = self.decompress.total_in();
        loop {
            let consumed =
                usize::try_from(self.decompress.total_in() - start).unwrap_or(usize::MAX);
            let rest = input.get(consumed..).unwrap_or_default();
            let status =
                self.decompress.decompress_vec(rest, &mut output, FlushDecompress::Sync).map_err(
                    |error| format!("a compressed message that cannot be inflated: {error}"),
                )?;
            if output.len() > MAX_INFLATED {
                return Err("a compressed message that inflates to more than 64 MiB".to_owned());
            }
            match status {
                // A final block: a message may have one, and what follows begins anew.
                Status::StreamEnd => {
                    self.decompress.reset(false);
                    break;
                }
                _ if output.len() < output.capacity() => break,
                _ => output.reserve(output.capacity()),
            }
        }
        if self.decompresses_anew {
            self.decompress.reset(false);
        }
        Ok(output)
    }
}
