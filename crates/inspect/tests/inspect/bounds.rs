//! Memory stays bounded, however much there is to read.

use std::{
    io::{self, Write},
    process::{Command, Stdio},
};

use crate::packets::Packets;

/// The most that the program may use, in KiB: less than is read.
const MAX_KIB: u64 = 48 << 10;

/// Runs the program with little memory, and writes its standard input.
fn run_bounded(arguments: &str, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
    let program = env!("CARGO_BIN_EXE_sansocket-inspect");
    let script = format!("ulimit -v {MAX_KIB}; exec {program} {arguments}");
    let mut command = Command::new("sh");
    command.args(["-c", &script]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = io::BufWriter::new(child.stdin.take().unwrap());
    write(&mut stdin).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn a_frame_of_64_mib_is_streamed() {
    let text = run_bounded("explain --role server", |out| {
        out.write_all(b"\x82\x7F\0\0\0\0\x04\0\0\0")?;
        let chunk = vec![0xAB; 1 << 20];
        (0..64).try_for_each(|_| out.write_all(&chunk))
    });
    assert!(text.contains("67108864 bytes of payload"), "{text}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_capture_of_64_mib_is_streamed() {
    let text = run_bounded("pcap - --port 9001 --summary", |out| {
        // 100 bytes are never there, so that what comes after them is held.
        let mut payload = b"\x82\x7E\x3F\xFC".to_vec();
        payload.resize(16 << 10, 7);
        let packets = Packets::conversation(&[(false, &payload), (true, b"\x82\x80\0\0\0\0")]);
        let mut packet = packets.packets[3].1.clone();
        let first = packets.packets.len();
        out.write_all(&packets.pcap())?;
        let record = u32::try_from(packet.len()).unwrap().to_le_bytes();
        for index in 1..4096_u32 {
            let lost = if index > 1000 { 100 } else { 0 };
            let sequence = 5001 + index * (16 << 10) + lost;
            packet[24..28].copy_from_slice(&sequence.to_be_bytes());
            let time = u32::try_from(first).unwrap() + index;
            out.write_all(&[time.to_le_bytes(), [0; 4], record, record].concat())?;
            out.write_all(&packet)?;
        }
        Ok(())
    });
    assert!(text.contains("messages 1 > 4096 <"), "{text}");
    assert!(text.contains("bytes lost 100"), "{text}");
}

#[test]
#[cfg(target_os = "linux")]
fn requests_that_are_no_websocket_are_not_held() {
    let text = run_bounded("har -", |out| {
        let headers = [r#"{"name":"Accept","value":"*/*"}"#; 10].join(",");
        let entry =
            format!(r#"{{"request":{{"url":"http://a/","headers":[{headers}]}},"response":{{}}}}"#);
        write!(out, r#"{{"log":{{"entries":[{entry}"#)?;
        (1..40_000).try_for_each(|_| write!(out, ",{entry}"))?;
        out.write_all(b"]}}")
    });
    assert!(text.contains("other requests: 40000"), "{text}");
}

#[test]
fn connections_without_end_are_given_up() {
    let packets = Packets::conversation(&[(true, b"hello")]);
    let mut all = Packets { packets: Vec::new(), ..packets };
    for index in 0..1500_u16 {
        for (time, packet) in &packets.packets {
            let mut packet = packet.clone();
            let port = (10_000 + index).to_be_bytes();
            let is_client = packet[22..24] == 9001_u16.to_be_bytes();
            let at = if is_client { 20 } else { 22 };
            packet[at..at + 2].copy_from_slice(&port);
            all.packets.push((*time, packet));
        }
    }
    let output = crate::program::run_with(&["pcap", "-"], &all.pcap());
    let text = crate::program::printed(&output, 0);
    assert!(text.contains("476 connections were given up before the end"), "{text}");
    assert!(text.contains("other TCP connections: 1500"), "{text}");
}
