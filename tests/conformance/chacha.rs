//! ChaCha (D. J. Bernstein, 2008) as specified: a generator that shares no code with the library.

/// The keystream of a key with a nonce of zeros, from its beginning: blocks of 64 bytes.
pub(crate) struct ChaCha {
    rounds: usize,
    /// Constants, key, 64 bits of a counter and 64 bits of a nonce.
    state: [u32; 16],
    block: Vec<u8>,
}

impl ChaCha {
    pub(crate) fn new(rounds: usize, key: [u8; 32]) -> Self {
        let word = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().unwrap());
        let mut state = [0; 16];
        for (at, bytes) in b"expand 32-byte k".chunks(4).chain(key.chunks(4)).enumerate() {
            state[at] = word(bytes);
        }
        Self { rounds, state, block: Vec::new() }
    }

    pub(crate) fn take<const N: usize>(&mut self) -> [u8; N] {
        while self.block.len() < N {
            self.extend();
        }
        let rest = self.block.split_off(N);
        std::mem::replace(&mut self.block, rest).try_into().unwrap()
    }

    fn extend(&mut self) {
        let mut words = self.state;
        for round in 0..self.rounds {
            // Columns and diagonals alternate.
            for column in 0..4 {
                let diagonal = |row: usize| 4 * row + (column + row * (round % 2)) % 4;
                quarter_round(&mut words, [0, 1, 2, 3].map(diagonal));
            }
        }
        for (word, own) in words.iter().zip(self.state) {
            self.block.extend(word.wrapping_add(own).to_le_bytes());
        }
        self.state[12] += 1;
    }
}

fn quarter_round(words: &mut [u32; 16], [a, b, c, d]: [usize; 4]) {
    for (x, y, z, bits) in [(a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)] {
        words[x] = words[x].wrapping_add(words[y]);
        words[z] = (words[z] ^ words[x]).rotate_left(bits);
    }
}

#[test]
fn it_gives_the_published_test_vectors() {
    // draft-strombergson-chacha-test-vectors-01, TC1: 256 bits of key, 12 and 20 rounds.
    let vectors = [
        (
            12,
            "9bf49a6a0755f953811fce125f2683d50429c3bb49e074147e0089a52eae155f\
            0564f879d27ae3c02ce82834acfa8c793a629f2ca0de6919610be82f411326be",
        ),
        (
            20,
            "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7\
            da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586",
        ),
    ];
    for (rounds, expected) in vectors {
        let block: [u8; 64] = ChaCha::new(rounds, [0; 32]).take();
        let hex: String = block.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, expected, "{rounds} rounds");
    }
    // The second block of the key and nonce of zeros, RFC 8439 A.1, test vector 2.
    let mut stream = ChaCha::new(20, [0; 32]);
    let _: [u8; 64] = stream.take();
    assert_eq!(stream.take(), [0x9f, 0x07, 0xe7, 0xbe, 0x55, 0x51, 0x38, 0x7a]);
    // Its key with a last byte of 1, RFC 8439 A.1, test vector 3.
    let mut key = [0; 32];
    key[31] = 1;
    let mut stream = ChaCha::new(20, key);
    let _: [u8; 64] = stream.take();
    assert_eq!(stream.take(), [0x3a, 0xeb, 0x52, 0x24, 0xec, 0xf8, 0x49, 0x92]);
}
