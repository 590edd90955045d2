/// Takes decisions off the front of what the fuzzer made up; the rest is what the peer sends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Input<'a> {
    rest: &'a [u8],
}

impl<'a> Input<'a> {
    pub(crate) fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    /// The next byte, `None` at the end.
    pub(crate) fn next_byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(byte)
    }

    /// The next byte, zero at the end.
    pub(crate) fn byte(&mut self) -> u8 {
        self.next_byte().unwrap_or_default()
    }

    /// As many bytes as are left of `count`.
    pub(crate) fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (front, rest) = self.rest.split_at(count.min(self.rest.len()));
        self.rest = rest;
        front
    }

    /// A number of bytes: any small one, some larger, and some around what 16 bits can hold.
    pub(crate) fn size(&mut self) -> usize {
        size(self.byte())
    }

    /// How to cut a stream: a count, and that many lengths. None, a zero, stands for single bytes.
    pub(crate) fn cuts(&mut self) -> Cuts<'a> {
        let count = self.byte();
        Cuts { lens: self.bytes(count.into()) }
    }

    /// All that is left.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.rest
    }
}

/// The lengths of pieces, used over and over. Some may be empty, but not all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cuts<'a> {
    lens: &'a [u8],
}

impl<'a> Cuts<'a> {
    pub(crate) fn pieces(self, mut rest: &'a [u8]) -> impl Iterator<Item = &'a [u8]> + Clone {
        let lens = match self.lens {
            lens if lens.iter().all(|&len| len == 0) => &[1],
            lens => lens,
        };
        let mut lens = lens.iter().cycle();
        std::iter::from_fn(move || {
            let len = size(*lens.next()?);
            let (piece, behind) = rest.split_at_checked(len).unwrap_or((rest, &[]));
            let is_over = rest.is_empty();
            rest = behind;
            (!is_over).then_some(piece)
        })
    }
}

fn size(choice: u8) -> usize {
    match usize::from(choice) {
        size @ ..128 => size,
        size @ ..240 => (size - 127) * 32,
        size => 65_528 + size - 240,
    }
}
