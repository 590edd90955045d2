use std::{
    io::{self, Read},
    path::PathBuf,
};

use pcap_parser::{
    Block, LegacyPcapReader, Linktype, PcapBlockOwned, PcapError, PcapNGReader,
    traits::{PcapNGPacketBlock as _, PcapReaderIterator},
};

use crate::{Failure, source::Source};

/// How much of a file is held at first, and at most. A block with more is refused.
const CAPACITY: usize = 256 << 10;
const MAX_CAPACITY: usize = 32 << 20;

/// How many interfaces a section of pcapng may describe. Each takes memory; more are refused.
const MAX_INTERFACES: usize = 1024;

/// How many bytes the first read waits for. A file header fits in.
const FIRST: usize = 24;

/// A packet of a capture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packet<'c> {
    /// Its number, from 1.
    pub(super) number: u64,
    /// The nanoseconds since 1970, 0 if the file has no times.
    pub(super) nanoseconds: i128,
    pub(super) link: Linktype,
    pub(super) data: &'c [u8],
}

/// A file with packets, pcap or pcapng, read from its start to its end.
pub(super) struct Capture {
    path: PathBuf,
    reader: Box<dyn PcapReaderIterator + Send>,
    interfaces: Vec<Interface>,
    /// The bytes held at most.
    capacity: usize,
    /// The number of the last packet.
    number: u64,
    /// The offset of the next block in the file.
    offset: u64,
}

#[derive(Clone, Copy, Debug)]
struct Interface {
    link: Linktype,
    /// The parts of a second that its times count.
    per_second: i128,
    /// The seconds that are added.
    since: i128,
}

impl Capture {
    pub(super) fn open(source: Source) -> Result<Self, Failure> {
        let path = source.path().to_path_buf();
        let failure = |offset: u64, problem: &str| Failure::Content {
            path: path.clone(),
            place: format!("offset {offset}"),
            problem: problem.into(),
        };
        let mut start = vec![0; FIRST];
        let mut file = source.into_reader();
        let len = read_full(&mut file, &mut start)
            .map_err(|error| Failure::File { path: path.clone(), error })?;
        start.truncate(len);
        let is_pcapng = start.starts_with(&[0x0A, 0x0D, 0x0D, 0x0A]);
        let file = WholeFirst { start: true, file: io::Cursor::new(start).chain(file) };
        let reader: Result<Box<dyn PcapReaderIterator + Send>, _> = if is_pcapng {
            PcapNGReader::new(CAPACITY, file).map(|reader| Box::new(reader) as _)
        } else {
            LegacyPcapReader::new(CAPACITY, file).map(|reader| Box::new(reader) as _)
        };
        let reader = reader.map_err(|_| {
            failure(0, "neither pcap nor pcapng: write it with tcpdump -w, tshark -w or dumpcap")
        })?;
        let (interfaces, capacity) = (Vec::new(), CAPACITY);
        Ok(Self { path, reader, interfaces, capacity, number: 0, offset: 0 })
    }

    /// How many bytes of the file were read.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Passes the next packet to `take`, if the next block is one. Returns `false` at the end.
    pub(super) fn read(
        &mut self,
        take: &mut dyn FnMut(Packet<'_>) -> Result<(), Failure>,
    ) -> Result<bool, Failure> {
        let number = self.number.saturating_add(1);
        let problem = match self.reader.next() {
            Ok((len, block)) => {
                let packet = packet(&block, number, &mut self.interfaces);
                let is_packet = packet.is_some();
                let result = packet.map_or(Ok(()), take);
                if self.interfaces.len() > MAX_INTERFACES {
                    let problem = format!(
                        "the section describes more than {MAX_INTERFACES} interfaces: the file is damaged"
                    );
                    drop(block);
                    return Err(self.failure(problem));
                }
                if is_packet {
                    self.number = number;
                }
                drop(block);
                self.reader.consume(len);
                self.offset = self.offset.saturating_add(len as u64);
                return result.map(|()| true);
            }
            Err(PcapError::Eof) => return Ok(false),
            Err(PcapError::Incomplete(_) | PcapError::BufferTooSmall) => return self.read_more(),
            Err(PcapError::UnexpectedEof) => {
                format!("the file ends inside the block after packet {}", self.number)
            }
            Err(_) => format!("the block after packet {} cannot be read", self.number),
        };
        Err(self.failure(problem))
    }

    fn read_more(&mut self) -> Result<bool, Failure> {
        let held = self.reader.data().len();
        if self.reader.reader_exhausted() {
            return Err(self
                .failure(format!("the file ends inside the block after packet {}", self.number)));
        }
        // A block needs more than there is room for.
        if held >= self.capacity / 2 {
            if self.capacity >= MAX_CAPACITY {
                let problem = format!(
                    "the block after packet {} is longer than 16 MiB: the file is damaged",
                    self.number
                );
                return Err(self.failure(problem));
            }
            self.capacity = self.capacity.saturating_mul(2);
            self.reader.grow(self.capacity);
        }
        let result = self.reader.refill().map_err(|_| ());
        result.map_err(|()| self.failure("the file cannot be read on".into()))?;
        Ok(true)
    }

    fn failure(&self, problem: String) -> Failure {
        let place = format!("offset {}", self.offset);
        Failure::Content { path: self.path.clone(), place, problem }
    }
}

/// Returns the packet in a block. Learns from the blocks that describe interfaces.
fn packet<'c>(
    block: &'c PcapBlockOwned<'c>,
    number: u64,
    interfaces: &mut Vec<Interface>,
) -> Option<Packet<'c>> {
    match block {
        PcapBlockOwned::LegacyHeader(header) => {
            let per_second =
                if header.is_nanosecond_precision() { 1_000_000_000 } else { 1_000_000 };
            let link = header.network;
            *interfaces = vec![Interface { link, per_second, since: 0 }];
            None
        }
        PcapBlockOwned::Legacy(packet) => {
            let interface = interfaces.first()?;
            let parts = interface.nanoseconds(packet.ts_usec.into());
            let nanoseconds =
                i128::from(packet.ts_sec).saturating_mul(1_000_000_000).saturating_add(parts);
            Some(Packet { number, nanoseconds, link: interface.link, data: packet.data })
        }
        PcapBlockOwned::NG(Block::SectionHeader(_)) => {
            interfaces.clear();
            None
        }
        PcapBlockOwned::NG(Block::InterfaceDescription(about)) => {
            let per_second = resolution(about.if_tsresol);
            let since = about.if_tsoffset.into();
            interfaces.push(Interface { link: about.linktype, per_second, since });
            None
        }
        PcapBlockOwned::NG(Block::EnhancedPacket(packet)) => {
            let interface = interfaces.get(usize::try_from(packet.if_id).ok()?)?;
            let time = u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low);
            let since = interface.since.saturating_mul(1_000_000_000);
            let nanoseconds = interface.nanoseconds(time.into()).saturating_add(since);
            let data = packet.packet_data();
            Some(Packet { number, nanoseconds, link: interface.link, data })
        }
        PcapBlockOwned::NG(Block::SimplePacket(packet)) => {
            let link = interfaces.first()?.link;
            let len = usize::try_from(packet.origlen).unwrap_or(usize::MAX);
            let data = packet.data.get(..len).unwrap_or(packet.data);
            Some(Packet { number, nanoseconds: 0, link, data })
        }
        PcapBlockOwned::NG(_) => None,
    }
}

impl Interface {
    fn nanoseconds(&self, time: i128) -> i128 {
        time.saturating_mul(1_000_000_000).checked_div(self.per_second).unwrap_or_default()
    }
}

/// Returns the parts of a second that `if_tsresol` means: a power of ten, or of two.
fn resolution(if_tsresol: u8) -> i128 {
    let power = u32::from(if_tsresol & 0x7F);
    let base: i128 = if if_tsresol & 0x80 == 0 { 10 } else { 2 };
    base.checked_pow(power).unwrap_or(1_000_000)
}

/// A reader whose first read waits until the start of the file is there, as a pipe may give less.
struct WholeFirst<R> {
    start: bool,
    file: R,
}

impl<R: Read> Read for WholeFirst<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !std::mem::take(&mut self.start) {
            return self.file.read(buffer);
        }
        // The header of a section has options: what is there is taken, and a little is waited for.
        let len = buffer.len().min(512);
        read_full(&mut self.file, buffer.get_mut(..len).unwrap_or_default())
    }
}

/// Reads until the buffer is full or the file ends.
fn read_full(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut len = 0;
    while let Some(rest) = buffer.get_mut(len..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(count) => len = len.saturating_add(count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(len)
}
