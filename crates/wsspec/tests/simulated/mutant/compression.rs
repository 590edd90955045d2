//! Compression of messages (RFC 7692 7.2).

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::{
    agreement::Sender,
    distances,
    mutation::{Conduct, Mutation},
};

/// The empty stored block with which a message ends, but for its first bits, and which is not sent.
const TAIL: [u8; 4] = [0, 0, 0xFF, 0xFF];
/// An empty stored block that is marked as the last.
const LAST_BLOCK: [u8; 5] = [1, 0, 0, 0xFF, 0xFF];
/// The farthest that anything refers back.
const LARGEST_WINDOW: usize = 1 << 15;
/// The window of a mutant.
const SMALL_WINDOW: usize = 1 << 12;

/// Why a message cannot be inflated.
pub(crate) enum Failure {
    Invalid,
    TooBig,
}

#[derive(Debug)]
pub(crate) struct Deflater {
    compress: Compress,
    keeps_window: bool,
}

impl Deflater {
    /// `ignores` are the mutations that ignore the size of the window, and that it must not be kept.
    pub(crate) fn new(sender: Sender, ignores: (Mutation, Mutation), conduct: &Conduct) -> Self {
        let bits = match sender.window_bits < 15 && conduct.does(ignores.0) {
            true => 15,
            // A window of 9 bits refers back by 250 bytes at most: zlib looks ahead by the others.
            false => sender.window_bits.max(9),
        };
        let keeps_window = sender.keeps_window || conduct.does(ignores.1);
        let compress = Compress::new_with_window_bits(Compression::new(3), false, bits);
        Self { compress, keeps_window }
    }

    pub(crate) fn deflate(&mut self, message: &[u8], conduct: &Conduct) -> Vec<u8> {
        // An empty message is one byte (RFC 7692 7.2.3.6).
        if message.is_empty() {
            return vec![0];
        }
        let mut output = Vec::with_capacity(message.len() / 2 + 64);
        let start = self.compress.total_in();
        loop {
            let consumed = (self.compress.total_in() - start) as usize;
            let rest = &message[consumed..];
            self.compress.compress_vec(rest, &mut output, FlushCompress::Sync).unwrap();
            if output.len() < output.capacity() {
                break;
            }
            output.reserve(output.capacity());
        }
        if !conduct.does(Mutation::SendsTail) {
            output.truncate(output.len() - TAIL.len());
        }
        if !self.keeps_window {
            self.compress.reset();
        }
        output
    }
}

#[derive(Debug)]
pub(crate) struct Inflater {
    decompress: Decompress,
    keeps_window: bool,
    /// What the next message may refer to.
    window: Vec<u8>,
    /// Whether no byte of the message has come.
    is_at_start: bool,
    is_ending: bool,
    /// What has come of the message, as it is compressed.
    compressed: Vec<u8>,
    /// Whether a mutant inflates nothing more.
    is_lost: bool,
}

impl Inflater {
    pub(crate) fn new(sender: Sender) -> Self {
        Self {
            decompress: Decompress::new(false),
            keeps_window: sender.keeps_window,
            window: Vec::new(),
            is_at_start: true,
            is_ending: false,
            compressed: Vec::new(),
            is_lost: false,
        }
    }

    /// Inflates the next bytes of a message.
    pub(crate) fn inflate(
        &mut self,
        input: &[u8],
        output: &mut Vec<u8>,
        limit: usize,
        conduct: &Conduct,
    ) -> Result<(), Failure> {
        if self.is_lost {
            return Err(Failure::Invalid);
        }
        if self.is_at_start
            && let [first, ..] = input
        {
            self.is_at_start = false;
            let refuses = match first >> 1 & 3 {
                // The one byte of an empty message.
                0 if *first == 0 && input.len() == 1 => Mutation::FailsAtEmptyCompressed,
                0 => Mutation::FailsAtStoredBlock,
                1 => Mutation::FailsAtFixedBlock,
                _ => Mutation::AcceptsInvalidData,
            };
            if refuses != Mutation::AcceptsInvalidData && conduct.does(refuses) {
                return Err(Failure::Invalid);
            }
        }
        self.compressed.extend(input);
        self.feed(input, output, limit, conduct).map(|_| ())
    }

    /// Returns whether the input ends with a block that is marked as the last.
    fn feed(
        &mut self,
        mut input: &[u8],
        output: &mut Vec<u8>,
        limit: usize,
        conduct: &Conduct,
    ) -> Result<bool, Failure> {
        let mut piece = Vec::with_capacity(16 << 10);
        loop {
            piece.clear();
            let start = self.decompress.total_in();
            let status = self.decompress.decompress_vec(input, &mut piece, FlushDecompress::Sync);
            input = &input[(self.decompress.total_in() - start) as usize..];
            output.extend(&piece);
            self.remember(&piece);
            if output.len() > limit {
                if !conduct.does(Mutation::CutsWhatInflates) {
                    return Err(Failure::TooBig);
                }
                output.truncate(limit);
            }
            match status {
                Ok(Status::StreamEnd)
                    if !self.is_ending && conduct.does(Mutation::FailsAtFinalBlock) =>
                {
                    return Err(Failure::Invalid);
                }
                // Blocks may follow one that is marked as the last (RFC 7692 7.2.3.5), in the same window.
                Ok(Status::StreamEnd) => {
                    self.begin_anew();
                    if input.is_empty() {
                        return Ok(true);
                    }
                }
                Ok(_) if piece.len() == piece.capacity() => {}
                Ok(_) if input.is_empty() => return Ok(false),
                Ok(_) => {}
                Err(_) if conduct.does(Mutation::AcceptsInvalidData) => return Ok(true),
                Err(_) => return Err(Failure::Invalid),
            }
        }
    }

    /// Ends a message.
    pub(crate) fn end(
        &mut self,
        output: &mut Vec<u8>,
        limit: usize,
        conduct: &Conduct,
    ) -> Result<(), Failure> {
        self.is_at_start = false;
        self.inflate(&TAIL, output, limit, conduct)?;
        // A block of our own shows whether the last block of the message is whole.
        self.is_ending = true;
        let is_whole = self.feed(&LAST_BLOCK, output, limit, conduct)?;
        self.is_ending = false;
        if !is_whole && !conduct.does(Mutation::AcceptsInvalidData) {
            return Err(Failure::Invalid);
        }
        self.is_at_start = true;
        let compressed = std::mem::take(&mut self.compressed);
        if output.len() > SMALL_WINDOW
            && conduct.does(Mutation::HasSmallWindow)
            && distances::farthest(&compressed).distance > SMALL_WINDOW
        {
            return Err(Failure::Invalid);
        }
        if !self.keeps_window || conduct.does(Mutation::ForgetsItsWindow) {
            self.forget();
        }
        self.is_lost = !self.keeps_window && conduct.does(Mutation::LosesItsInflater);
        Ok(())
    }

    pub(crate) fn forget(&mut self) {
        self.window.clear();
        self.begin_anew();
    }

    fn begin_anew(&mut self) {
        self.decompress.reset(false);
        if !self.window.is_empty() {
            let start = self.window.len().saturating_sub(LARGEST_WINDOW);
            self.decompress.set_dictionary(&self.window[start..]).unwrap();
        }
    }

    fn remember(&mut self, bytes: &[u8]) {
        self.window.extend(bytes);
        if self.window.len() > 4 * LARGEST_WINDOW {
            self.window.drain(..self.window.len() - LARGEST_WINDOW);
        }
    }
}
