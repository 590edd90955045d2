use std::{
    collections::HashMap,
    fs,
    io::{self, BufWriter, Write as _},
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::UNIX_EPOCH,
};

use etherparse::{PacketBuilder, TcpHeader};
use pcap_parser::{
    EnhancedPacketBlock, InterfaceDescriptionBlock, Linktype, SectionHeaderBlock, ToVec,
};
use sansocket::Role;

use super::event::{Event, What};
use crate::Failure;

/// A pcapng file with what has passed through, as packets. Only the addresses and the bytes are those of
/// the connection: how TCP has cut them was not seen.
#[derive(Debug)]
pub(super) struct PcapngFile {
    path: PathBuf,
    out: BufWriter<fs::File>,
    connections: HashMap<u64, Ends>,
}

#[derive(Clone, Copy, Debug)]
struct Ends {
    client: End,
    server: End,
}

#[derive(Clone, Copy, Debug)]
struct End {
    address: SocketAddr,
    /// The sequence number of its next byte.
    next: u32,
    is_over: bool,
}

/// The flags of a segment.
#[derive(Clone, Copy, Debug, Default)]
struct Flags {
    syn: bool,
    ack: bool,
    fin: bool,
    rst: bool,
}

const ACK: Flags = Flags { syn: false, ack: true, fin: false, rst: false };

impl PcapngFile {
    /// Creates the file and writes its header.
    pub(super) fn create(path: PathBuf) -> Result<Self, Failure> {
        let file =
            fs::File::create(&path).map_err(|error| Failure::File { path: path.clone(), error })?;
        let mut this = Self { path, out: BufWriter::new(file), connections: HashMap::new() };
        this.block(&mut SectionHeaderBlock {
            block_type: 0,
            block_len1: 0,
            bom: 0,
            major_version: 1,
            minor_version: 0,
            // It is not known yet.
            section_len: -1,
            options: Vec::new(),
            block_len2: 0,
        })?;
        this.block(&mut InterfaceDescriptionBlock {
            block_type: 0,
            block_len1: 0,
            linktype: Linktype::RAW,
            reserved: 0,
            snaplen: 0,
            options: Vec::new(),
            block_len2: 0,
            if_tsresol: 6,
            if_tsoffset: 0,
        })?;
        this.flush()?;
        Ok(this)
    }

    /// Writes the packets of an event.
    pub(super) fn event(&mut self, event: &Event) -> Result<(), Failure> {
        let since = event.at.duration_since(UNIX_EPOCH).unwrap_or_default();
        let time = u64::try_from(since.as_micros()).unwrap_or(u64::MAX);
        let number = event.connection;
        match &event.what {
            What::Opened { client, server } => {
                let (client, server) = same_family(*client, *server);
                let end = |address| End { address, next: 0, is_over: false };
                let ends = Ends { client: end(client), server: end(server) };
                self.connections.insert(number, ends);
                let syn = Flags { syn: true, ..Flags::default() };
                self.packet(number, time, Role::Client, syn, &[])?;
                self.packet(number, time, Role::Server, Flags { ack: true, ..syn }, &[])?;
                self.packet(number, time, Role::Client, ACK, &[])
            }
            What::Bytes { sender, bytes } => {
                self.packet(number, time, *sender, ACK, bytes)?;
                self.packet(number, time, sender.peer(), ACK, &[])
            }
            What::Ended { sender } => {
                self.packet(number, time, *sender, Flags { fin: true, ..ACK }, &[])?;
                self.packet(number, time, sender.peer(), ACK, &[])
            }
            What::Broken { end, .. } => {
                self.packet(number, time, *end, Flags { rst: true, ..ACK }, &[])
            }
            What::Over => {
                self.connections.remove(&number);
                Ok(())
            }
            What::Refused { .. } => Ok(()),
        }
    }

    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        let result = self.out.flush();
        result.map_err(|error| self.failure(error))
    }

    fn packet(
        &mut self,
        number: u64,
        time: u64,
        sender: Role,
        flags: Flags,
        payload: &[u8],
    ) -> Result<(), Failure> {
        let Some(ends) = self.connections.get_mut(&number) else { return Ok(()) };
        let (from, to) = match sender {
            Role::Client => (&mut ends.client, &ends.server),
            Role::Server => (&mut ends.server, &ends.client),
        };
        if from.is_over && (flags.fin || flags.rst) {
            return Ok(());
        }
        let (source, destination) = (from.address, to.address);
        let mut header = TcpHeader::new(source.port(), destination.port(), from.next, u16::MAX);
        header.syn = flags.syn;
        header.ack = flags.ack;
        header.fin = flags.fin;
        header.rst = flags.rst;
        header.psh = !payload.is_empty();
        header.acknowledgment_number = if flags.ack { to.next } else { 0 };
        let len = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        let len = len.wrapping_add(u32::from(flags.syn || flags.fin));
        from.next = from.next.wrapping_add(len);
        from.is_over |= flags.fin || flags.rst;
        let data = ip_packet(source.ip(), destination.ip(), header, payload);
        let data = data.map_err(|error| self.failure(error))?;
        let caplen = u32::try_from(data.len()).unwrap_or(u32::MAX);
        self.block(&mut EnhancedPacketBlock {
            block_type: 0,
            block_len1: 0,
            if_id: 0,
            ts_high: u32::try_from(time >> 32).unwrap_or(u32::MAX),
            ts_low: u32::try_from(time & u64::from(u32::MAX)).unwrap_or(u32::MAX),
            caplen,
            origlen: caplen,
            data: &data,
            options: Vec::new(),
            block_len2: 0,
        })
    }

    fn block(&mut self, block: &mut dyn ToVec) -> Result<(), Failure> {
        let bytes = block.to_vec().map_err(|error| io::Error::other(format!("{error:?}")));
        let result = bytes.and_then(|bytes| self.out.write_all(&bytes));
        result.map_err(|error| self.failure(error))
    }

    fn failure(&self, error: io::Error) -> Failure {
        Failure::File { path: self.path.clone(), error }
    }
}

/// Returns both addresses as IPv4 or both as IPv6, as those of a packet are.
fn same_family(client: SocketAddr, server: SocketAddr) -> (SocketAddr, SocketAddr) {
    if client.is_ipv4() == server.is_ipv4() {
        return (client, server);
    }
    let mapped = |address: SocketAddr| match address.ip() {
        IpAddr::V4(ip) => SocketAddr::new(ip.to_ipv6_mapped().into(), address.port()),
        IpAddr::V6(_) => address,
    };
    (mapped(client), mapped(server))
}

fn ip_packet(
    source: IpAddr,
    destination: IpAddr,
    header: TcpHeader,
    payload: &[u8],
) -> io::Result<Vec<u8>> {
    let mut packet = Vec::new();
    let builder = match (source, destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            PacketBuilder::ipv4(source.octets(), destination.octets(), 64)
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            PacketBuilder::ipv6(source.octets(), destination.octets(), 64)
        }
        _ => return Err(io::Error::other("the ends have addresses of two kinds")),
    };
    builder.tcp_header(header).write(&mut packet, payload).map_err(io::Error::other)?;
    Ok(packet)
}
