use std::{collections::BTreeMap, fmt, io};

use crate::{
    input::Input,
    outcome::Outcome,
    peer::{self, wsproto::Wsproto},
    rule::{Class, Disagreement, Endpoint, Peer, compare},
};

/// How many inputs go to Python at a time.
const BATCH_LEN: u64 = 256;
/// How many unexplained disagreements are told in full.
const MAX_TOLD: u64 = 5;

/// Those that run in this process.
const PEERS: [(&str, Endpoint); 3] = [
    ("zlib", peer::zlib::receive),
    ("tungstenite", peer::tungstenite::receive),
    ("tokio-websockets", peer::tokio_websockets::receive),
];

/// Compares inputs, and counts.
pub struct Run {
    pub seed: u64,
    wsproto: Option<Wsproto>,
    inputs: u64,
    bytes: u64,
    tallies: BTreeMap<&'static str, Tally>,
}

/// What was seen of one peer.
#[derive(Default)]
struct Tally {
    compared: u64,
    classes: BTreeMap<Class, u64>,
    unexplained: u64,
}

impl Run {
    pub fn new(seed: u64, wsproto: Option<Wsproto>) -> Self {
        Self { seed, wsproto, inputs: 0, bytes: 0, tallies: BTreeMap::new() }
    }

    /// # Errors
    ///
    /// The Python process has ended.
    pub fn compare(&mut self, first: u64, count: u64) -> io::Result<()> {
        let end = first + count;
        for first in (first..end).step_by(BATCH_LEN as usize) {
            let numbers = first..end.min(first + BATCH_LEN);
            let inputs: Vec<_> = numbers.map(|number| Input::new(self.seed, number)).collect();
            let mut outcomes = match &mut self.wsproto {
                Some(wsproto) => wsproto.receive(&inputs)?.into_iter(),
                None => Vec::new().into_iter(),
            };
            for (number, input) in (first..).zip(&inputs) {
                self.compare_one(number, input, outcomes.next());
            }
        }
        Ok(())
    }

    fn compare_one(&mut self, number: u64, input: &Input, mut of_wsproto: Option<Outcome>) {
        self.inputs += 1;
        self.bytes += input.bytes.len() as u64;
        for (name, mut receive) in PEERS {
            // The others know no compression.
            if input.deflate.is_none() || name == "zlib" {
                let mut peer = Peer { has_limit: true, is_complete: true, receive: &mut receive };
                self.compare_with(name, number, input, &mut peer);
            }
        }
        if let Some(mut wsproto) = self.wsproto.take() {
            // It has seen the input itself already; variants of it come one by one.
            let mut receive = |input: &Input| {
                let one = || wsproto.receive(std::slice::from_ref(input)).ok()?.pop();
                of_wsproto.take().or_else(one).expect("wsproto goes on")
            };
            let mut peer = Peer { has_limit: false, is_complete: false, receive: &mut receive };
            self.compare_with("wsproto", number, input, &mut peer);
            self.wsproto = Some(wsproto);
        }
    }

    fn compare_with(
        &mut self,
        name: &'static str,
        number: u64,
        input: &Input,
        peer: &mut Peer<'_>,
    ) {
        let tally = self.tallies.entry(name).or_default();
        tally.compared += 1;
        match compare(input, peer::sansocket::receive, peer) {
            None => {}
            Some(Ok(class)) => *tally.classes.entry(class).or_default() += 1,
            Some(Err(disagreement)) => {
                tally.unexplained += 1;
                if tally.unexplained <= MAX_TOLD {
                    self.tell(name, number, input, &disagreement);
                }
            }
        }
    }

    fn tell(&self, name: &str, number: u64, input: &Input, disagreement: &Disagreement) {
        let hex: String = input.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let Disagreement { ours, theirs } = disagreement;
        eprintln!("unexplained: --seed {} --only {number}, {name}", self.seed);
        eprintln!("  {:?}, {:?}, reads {:?}", input.role, input.deflate, input.cuts);
        eprintln!("  {hex}\n  ours   {ours:?}\n  theirs {theirs:?}");
    }

    pub fn has_unexplained(&self) -> bool {
        self.tallies.values().any(|tally| tally.unexplained > 0)
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, inputs, bytes, .. } = self;
        writeln!(f, "seed {seed}: {inputs} inputs, {bytes} bytes")?;
        for (name, tally) in &self.tallies {
            let explained: u64 = tally.classes.values().sum();
            let Tally { compared, unexplained, .. } = tally;
            writeln!(
                f,
                "{name}: {compared} compared, {explained} explained, {unexplained} unexplained",
            )?;
            for (class, count) in &tally.classes {
                writeln!(f, "    {class:?} {count}")?;
            }
        }
        Ok(())
    }
}
