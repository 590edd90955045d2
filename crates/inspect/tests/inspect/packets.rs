use std::{fs, path::PathBuf};

use crate::program::file;

/// A capture that tests change.
#[derive(Clone)]
pub(crate) struct Packets {
    pub(crate) link: u32,
    /// The time in microseconds, and the packet.
    pub(crate) packets: Vec<(u64, Vec<u8>)>,
}

impl Packets {
    /// Reads a pcap file of `tests/captures`, with the least significant byte first.
    pub(crate) fn read(name: &str) -> Self {
        let bytes = fs::read(file("tests/captures").join(name)).unwrap();
        let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        let (link, mut packets, mut at) = (number(20), Vec::new(), 24);
        while at < bytes.len() {
            let time = u64::from(number(at)) * 1_000_000 + u64::from(number(at + 4));
            let len = number(at + 8) as usize;
            packets.push((time, bytes[at + 16..at + 16 + len].to_vec()));
            at += 16 + len;
        }
        Self { link, packets }
    }

    /// Makes the packets of a TCP connection between two ends, which send in turn.
    pub(crate) fn conversation(turns: &[(bool, &[u8])]) -> Self {
        Self::conversation_from([1000, 5000], turns)
    }

    /// Makes them with these numbers of the SYNs.
    pub(crate) fn conversation_from(mut sequences: [u32; 2], turns: &[(bool, &[u8])]) -> Self {
        let mut packets = Vec::new();
        let flags: [(usize, u8); 3] = [(0, 0x02), (1, 0x12), (0, 0x10)];
        for (from, flags) in flags {
            packets.push(tcp(from, sequences, flags, b""));
            sequences[from] += u32::from(flags & 0x02 != 0);
        }
        for (is_client, bytes) in turns {
            let from = usize::from(!is_client);
            packets.push(tcp(from, sequences, 0x18, bytes));
            sequences[from] += u32::try_from(bytes.len()).unwrap();
        }
        let time = |(index, packet)| (index as u64 * 1000, packet);
        Self { link: 101, packets: packets.into_iter().enumerate().map(time).collect() }
    }

    /// Writes them as a pcap file.
    pub(crate) fn pcap(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for number in [0xA1B2_C3D4_u32, 0x0004_0002, 0, 0, 262_144, self.link] {
            bytes.extend(number.to_le_bytes());
        }
        for (time, packet) in &self.packets {
            let len = packet.len() as u64;
            for number in [time / 1_000_000, time % 1_000_000, len, len] {
                bytes.extend(u32::try_from(number).unwrap().to_le_bytes());
            }
            bytes.extend(packet);
        }
        bytes
    }

    /// Writes them as a pcapng file, whose times count nanoseconds.
    pub(crate) fn pcapng(&self) -> Vec<u8> {
        let block = |kind: u32, body: &[u8]| {
            let len = u32::try_from(body.len() + 12).unwrap().to_le_bytes();
            [&kind.to_le_bytes(), &len, body, &len].concat()
        };
        let mut bytes = block(
            0x0A0D_0D0A,
            &[&0x1A2B_3C4D_u32.to_le_bytes()[..], &[1, 0, 0, 0], &[0xFF; 8]].concat(),
        );
        let link = self.link.to_le_bytes();
        let resolution = [9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0];
        bytes.extend(block(1, &[&link[..], &[0; 4], &resolution].concat()));
        for (time, packet) in &self.packets {
            let nanoseconds = time * 1000;
            let mut body = Vec::new();
            let len = packet.len() as u64;
            for number in [0, nanoseconds >> 32, nanoseconds & 0xFFFF_FFFF, len, len] {
                body.extend(u32::try_from(number).unwrap().to_le_bytes());
            }
            body.extend(packet);
            body.resize(body.len().next_multiple_of(4), 0);
            bytes.extend(block(6, &body));
        }
        bytes
    }

    /// Changes all packets.
    pub(crate) fn map(mut self, change: impl Fn(&[u8]) -> Vec<u8>) -> Self {
        for (_, packet) in &mut self.packets {
            *packet = change(packet);
        }
        self
    }

    /// Writes a pcap file into a folder.
    pub(crate) fn save(&self, folder: &tempfile::TempDir) -> PathBuf {
        let path = folder.path().join("test.pcap");
        fs::write(&path, self.pcap()).unwrap();
        path
    }
}

/// Makes a packet of raw IPv4.
fn tcp(from: usize, sequences: [u32; 2], flags: u8, payload: &[u8]) -> Vec<u8> {
    let ports = [40_000, 9001];
    let mut header =
        etherparse::TcpHeader::new(ports[from], ports[1 - from], sequences[from], 65_000);
    header.syn = flags & 0x02 != 0;
    header.psh = flags & 0x08 != 0;
    header.ack = flags & 0x10 != 0;
    if header.ack {
        header.acknowledgment_number = sequences[1 - from];
    }
    let address = [[10, 0, 0, 1], [10, 0, 0, 2]];
    let builder = etherparse::PacketBuilder::ipv4(address[from], address[1 - from], 64);
    let mut packet = Vec::new();
    builder.tcp_header(header).write(&mut packet, payload).unwrap();
    packet
}
