//! Whatever a file holds, the program ends with one of its exit codes.

use crate::{
    packets::Packets,
    program::{error, run_with},
};

/// Numbers that are always the same (Knuth's MMIX).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

/// Damages a file in several ways, and passes it to the program.
fn damage(arguments: &[&str], file: &[u8]) {
    let mut numbers = Numbers(7);
    for round in 0..150 {
        let mut file = file.to_vec();
        for _ in 0..=numbers.below(8) {
            if file.is_empty() {
                break;
            }
            let at = numbers.below(file.len());
            match numbers.below(4) {
                0 => file[at] = 0xFF,
                1 => file[at] ^= 1 << numbers.below(8),
                2 => drop(file.drain(at..(at + 1 + numbers.below(40)).min(file.len()))),
                _ => file.insert(at, 0),
            }
        }
        file.truncate(file.len() - numbers.below(file.len() / 4 + 1));
        let output = run_with(arguments, &file);
        let code = output.status.code();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(code, Some(0..=2)), "round {round}: {code:?} {error}");
    }
}

#[test]
fn damaged_captures_are_read_as_far_as_possible() {
    let packets = Packets::read("node.pcap");
    damage(&["pcap", "-", "--port", "9301"], &packets.pcap());
    damage(&["pcap", "-", "--port", "9301"], &packets.pcapng());
}

#[test]
fn damaged_text_is_read_as_far_as_possible() {
    damage(
        &["explain", "--input", "auto"],
        b"00000000: 8105 4865 6c6c 6f81 0548 656c 6c6f  ..Hello",
    );
    let har = br#"{"log":{"entries":[{"request":{"url":"ws://a/b?EIO=4"},"response":{"status":101},
        "_webSocketMessages":[{"type":"send","time":1.5,"opcode":1,"data":"42[\"a\"]"}]}]}}"#;
    damage(&["har", "-"], har);
}

#[test]
fn interfaces_without_end_are_refused() {
    let file = Packets::read("node.pcap").pcapng();
    // A section header of 28 bytes, and an interface of 32.
    let (section, interface) = (&file[..28], &file[28..60]);
    let section = |interfaces| [section, &interface.repeat(interfaces)].concat();
    let output = run_with(&["pcap", "-"], &section(1024).repeat(3));
    assert_eq!(output.status.code(), Some(0));
    let text = error(&run_with(&["pcap", "-"], &section(1025)));
    assert!(text.contains(": the section describes more than 1024 interfaces"), "{text}");
}
