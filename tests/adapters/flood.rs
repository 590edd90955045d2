//! A stream that repeats the same frame, and is always ready.

use std::cell::Cell;
use std::io::{self, ErrorKind, Read, Write};
use std::rc::Rc;

use crate::script::impl_socket;

#[derive(Debug)]
pub(crate) struct Flood {
    frame: Vec<u8>,
    /// How much of the next frame was read.
    at: usize,
    /// How many bytes a read gets at most.
    sip: usize,
    is_interrupted: bool,
    gauge: Gauge,
}

/// The state of a stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gauge(Rc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    frames_left: Cell<usize>,
    reads: Cell<usize>,
    /// How much a write accepts; if nothing, it would block.
    take: Cell<usize>,
    drips: Cell<bool>,
    is_tired: Cell<bool>,
    written: Cell<usize>,
}

impl Flood {
    /// Creates a stream with `count` frames that accepts nothing.
    pub(crate) fn new(frame: Vec<u8>, count: usize) -> Self {
        let gauge = Gauge::default();
        gauge.0.frames_left.set(count);
        Self { frame, at: 0, sip: usize::MAX, is_interrupted: false, gauge }
    }

    /// The same, but each write accepts this many bytes.
    #[cfg(feature = "net")]
    pub(crate) fn take(self, count: usize) -> Self {
        self.gauge.0.take.set(count);
        self
    }

    /// The same, but only every other write accepts something.
    #[cfg(feature = "net")]
    pub(crate) fn drip(self, count: usize) -> Self {
        self.gauge.0.drips.set(true);
        self.take(count)
    }

    /// The same, but each read gets at most this many bytes.
    #[cfg(feature = "net")]
    pub(crate) fn sip(self, count: usize) -> Self {
        Self { sip: count, ..self }
    }

    /// The same, but each read is interrupted.
    #[cfg(feature = "net")]
    pub(crate) fn interrupted(self) -> Self {
        Self { is_interrupted: true, ..self }
    }

    #[cfg(feature = "net")]
    pub(crate) fn gauge(&self) -> Gauge {
        self.gauge.clone()
    }

    fn shut_down(&self) {}
}

#[cfg(feature = "net")]
impl Gauge {
    /// How many frames are still to be read.
    pub(crate) fn frames_left(&self) -> usize {
        self.0.frames_left.get()
    }

    /// Returns how often the stream was read since the last call.
    pub(crate) fn take_reads(&self) -> usize {
        self.0.reads.take()
    }

    /// How many bytes were written.
    pub(crate) fn written(&self) -> usize {
        self.0.written.get()
    }
}

impl_socket!(Flood, _flood => false);

impl Read for Flood {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let counts = &self.gauge.0;
        counts.reads.set(counts.reads.get() + 1);
        if self.is_interrupted {
            return Err(ErrorKind::Interrupted.into());
        }
        let mut filled = 0;
        let room = buffer.len().min(self.sip);
        let buffer = &mut buffer[..room];
        while counts.frames_left.get() > 0 && filled < buffer.len() {
            let count = (&self.frame[self.at..]).read(&mut buffer[filled..])?;
            filled += count;
            self.at += count;
            if self.at == self.frame.len() {
                self.at = 0;
                counts.frames_left.set(counts.frames_left.get() - 1);
            }
        }
        Ok(filled)
    }
}

impl Write for Flood {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let counts = &self.gauge.0;
        let is_tired = counts.is_tired.replace(counts.drips.get() && !counts.is_tired.get());
        match bytes.len().min(counts.take.get()) {
            _ if is_tired => Err(ErrorKind::WouldBlock.into()),
            0 => Err(ErrorKind::WouldBlock.into()),
            count => {
                counts.written.set(counts.written.get() + count);
                Ok(count)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
