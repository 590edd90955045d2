//! Every target's body over its seeds, and over mutations of them: what a fuzzer does, in short
//! and without one.

use std::{fs, panic::catch_unwind, path::Path};

const MUTATIONS: usize = 4000;

macro_rules! targets {
    ($($target:ident)*) => {
        const TARGETS: &[&str] = &[$(stringify!($target)),*];

        $(#[test]
        fn $target() {
            run(stringify!($target), sansocket_fuzz::$target);
        })*
    };
}

targets! {
    client_connection close connection_pair deflate explain frame_decoder offers request_head
    response_head server_connection socketio_client socketio_codec socketio_server tunnel utf8_stream
}

#[test]
fn every_target_is_run_and_has_seeds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["fuzz_targets", "seeds"] {
        let mut names: Vec<_> = fs::read_dir(root.join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_owned())
            .collect();
        names.sort();
        assert_eq!(names, TARGETS, "in {folder}");
    }
}

fn run(target: &str, body: fn(&[u8])) {
    let seeds = seeds(target);
    for (name, seed) in &seeds {
        check(name, seed, body);
    }
    let mut random = Random(0x5EED);
    for _ in 0..MUTATIONS {
        let (name, seed) = random.choose(&seeds);
        let mut bytes = seed.clone();
        for _ in 0..=random.below(4) {
            let (_, other) = random.choose(&seeds);
            random.mutate(&mut bytes, other);
        }
        check(name, &bytes, body);
    }
}

fn check(name: &str, bytes: &[u8], body: fn(&[u8])) {
    if catch_unwind(|| body(bytes)).is_err() {
        panic!("made of {name}: b\"{}\"", bytes.escape_ascii());
    }
}

/// The files of a target, in the order of their names.
fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
    let mut seeds: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.display().to_string(), fs::read(path).unwrap()))
        .collect();
    seeds.sort();
    seeds
}

/// SplitMix64: the same numbers in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    fn choose<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        const INTERESTING: [u8; 12] = *b"\0\x01\x7D\x7E\x7F\x80\x81\xC3\xFE\xFF\r\n";
        let at = self.below(bytes.len() + 1);
        let end = at + self.below(bytes.len() - at + 1).min(16);
        match self.below(6) {
            0 => bytes.insert(at, *self.choose(&INTERESTING)),
            1 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
            2 if at < bytes.len() => bytes[at] = *self.choose(&INTERESTING),
            3 => _ = bytes.drain(at..end),
            4 => {
                let copy = bytes[at..end].to_vec();
                let to = self.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            _ => {
                bytes.truncate(at);
                bytes.extend_from_slice(&other[self.below(other.len() + 1)..]);
            }
        }
    }
}
