use std::net::{IpAddr, SocketAddr};

use etherparse::{LaxNetSlice, LaxSlicedPacket, TransportSlice};
use pcap_parser::Linktype;

/// What a packet says about a TCP connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment<'p> {
    pub(super) source: SocketAddr,
    pub(super) destination: SocketAddr,
    pub(super) sequence: u32,
    pub(super) acknowledged: Option<u32>,
    pub(super) syn: bool,
    pub(super) fin: bool,
    pub(super) rst: bool,
    pub(super) payload: &'p [u8],
    /// How many bytes of the payload the capture has left out, at its end.
    pub(super) missing: u32,
}

/// Why a packet is not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Skipped {
    /// A link type that is not known here.
    Link,
    /// A fragment of an IP packet.
    Fragment,
    /// Something other than TCP over IP.
    NotTcp,
}

/// Finds the segment in a packet.
pub(super) fn segment(link: Linktype, data: &[u8]) -> Result<Segment<'_>, Skipped> {
    let bytes = ip_bytes(link, data)?;
    let packet = LaxSlicedPacket::from_ip(bytes).map_err(|_| Skipped::NotTcp)?;
    let (source, destination, declared): (IpAddr, IpAddr, usize) = match &packet.net {
        Some(LaxNetSlice::Ipv4(ip)) => {
            let header = ip.header();
            if ip.payload().fragmented {
                return Err(Skipped::Fragment);
            }
            let (source, destination) = (header.source_addr(), header.destination_addr());
            (source.into(), destination.into(), header.total_len().into())
        }
        Some(LaxNetSlice::Ipv6(ip)) => {
            let header = ip.header();
            if ip.payload().fragmented {
                return Err(Skipped::Fragment);
            }
            let declared = match usize::from(header.payload_length()) {
                0 => 0,
                len => len.saturating_add(40),
            };
            (header.source_addr().into(), header.destination_addr().into(), declared)
        }
        _ => return Err(Skipped::NotTcp),
    };
    let Some(TransportSlice::Tcp(tcp)) = &packet.transport else { return Err(Skipped::NotTcp) };
    Ok(Segment {
        source: SocketAddr::new(source, tcp.source_port()),
        destination: SocketAddr::new(destination, tcp.destination_port()),
        sequence: tcp.sequence_number(),
        acknowledged: tcp.ack().then(|| tcp.acknowledgment_number()),
        syn: tcp.syn(),
        fin: tcp.fin(),
        rst: tcp.rst(),
        payload: tcp.payload(),
        missing: u32::try_from(declared.saturating_sub(bytes.len())).unwrap_or(u32::MAX),
    })
}

/// Returns the packet of IP inside that of the link.
fn ip_bytes(link: Linktype, data: &[u8]) -> Result<&[u8], Skipped> {
    const ETHERNET: Linktype = Linktype::ETHERNET;
    const NULL: Linktype = Linktype::NULL;
    const LOOP: Linktype = Linktype(108);
    const RAW: Linktype = Linktype::RAW;
    const COOKED: Linktype = Linktype(113);
    const COOKED_2: Linktype = Linktype(276);
    let rest = |from: usize| data.get(from..).ok_or(Skipped::NotTcp);
    match link {
        ETHERNET => ethernet(data),
        NULL | LOOP => rest(4),
        // 12 and 14 are its numbers on some systems.
        RAW | Linktype(12 | 14 | 228 | 229) => Ok(data),
        COOKED => with_type(data, 14, 16),
        COOKED_2 => with_type(data, 0, 20),
        _ => Err(Skipped::Link),
    }
}

fn ethernet(data: &[u8]) -> Result<&[u8], Skipped> {
    let mut at = 12;
    // IEEE 802.1Q and 802.1ad: a tag of four bytes comes before the type.
    while matches!(data.get(at..), Some([0x81, 0x00, ..] | [0x88, 0xA8, ..])) {
        at += 4;
    }
    with_type(data, at, at + 2)
}

/// Returns what begins at `start`, if its type at `at` is IPv4 or IPv6.
fn with_type(data: &[u8], at: usize, start: usize) -> Result<&[u8], Skipped> {
    match data.get(at..) {
        Some([0x08, 0x00, ..] | [0x86, 0xDD, ..]) => data.get(start..).ok_or(Skipped::NotTcp),
        _ => Err(Skipped::NotTcp),
    }
}
