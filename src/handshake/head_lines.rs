use alloc::vec::Vec;

/// The places of the lines of a head in the input, which may move while the head is incomplete.
#[derive(Clone, Debug)]
pub(super) struct HeadLines {
    /// Where the head begins: after the heads of interim responses.
    start: usize,
    /// Where the start line ends, with its CR.
    start_line_end: usize,
    /// The lengths of each header line: of its name, and of the line without its CRLF.
    headers: Vec<(usize, usize)>,
    /// Where the last complete line ends, with its CR.
    line_end: usize,
    /// The length of the name in the next line.
    name_len: usize,
}

/// About as many header lines as a browser sends.
const USUAL_HEADERS: usize = 16;

impl HeadLines {
    /// A head at the start of the input.
    pub(super) const FIRST: Self =
        Self { start: 0, start_line_end: 0, headers: Vec::new(), line_end: 0, name_len: 0 };

    /// Begins with another head, which starts at `start`.
    pub(super) fn begin(&mut self, start: usize) {
        self.start = start;
        self.headers.clear();
    }

    /// Returns where the head begins.
    pub(super) const fn start(&self) -> usize {
        self.start
    }

    /// Records that the start line has ended before `end`, with its CR.
    pub(super) const fn end_start_line(&mut self, end: usize) {
        (self.start_line_end, self.line_end) = (end, end);
    }

    /// Records that the name of a header line has ended before `end`, with its colon.
    pub(super) const fn end_name(&mut self, end: usize) {
        self.name_len = self.len_before(end);
    }

    /// Records that a header line has ended before `end`, with its CR.
    pub(super) fn end_header(&mut self, end: usize) {
        if self.headers.capacity() == 0 {
            self.headers.reserve(USUAL_HEADERS);
        }
        self.headers.push((self.name_len, self.len_before(end)));
        self.line_end = end;
    }

    /// Returns the length of the current line before the byte that ends at `end`.
    const fn len_before(&self, end: usize) -> usize {
        // The LF of the line before, and that byte.
        end.saturating_sub(self.line_end).saturating_sub(2)
    }

    /// Returns the number of complete header lines.
    pub(super) const fn header_count(&self) -> usize {
        self.headers.len()
    }

    /// Returns the start line of the head in `input`.
    pub(super) fn start_line<'b>(&self, input: &'b [u8]) -> &'b [u8] {
        input.get(self.start..self.start_line_end.saturating_sub(1)).unwrap_or_default()
    }

    /// Returns the header lines of the head in `input`: the names, and the values with the
    /// whitespace around them.
    pub(super) fn headers<'b>(
        &self,
        input: &'b [u8],
    ) -> impl ExactSizeIterator<Item = (&'b [u8], &'b [u8])> {
        let mut rest = input.get(self.start_line_end..).unwrap_or_default();
        self.headers.iter().map(move |&(name_len, len)| {
            // A line is between the LF of the line before and its own CR.
            let Some(([_, line @ .., _], next)) = rest.split_at_checked(len.saturating_add(2))
            else {
                return (&[][..], &[][..]);
            };
            rest = next;
            match line.split_at_checked(name_len) {
                Some((name, [_, value @ ..])) => (name, value),
                _ => (line, &[]),
            }
        })
    }
}
