use std::{
    ffi::OsStr,
    io::{self, BufReader, BufWriter, Read, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use sansocket::Role;

use crate::{
    input::Input,
    outcome::{End, Outcome, Received},
};

/// A Python process with wsproto. `wsproto_peer.py` has the form of what is said.
pub struct Wsproto {
    child: Child,
    stdin: BufWriter<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Wsproto {
    /// # Errors
    ///
    /// The interpreter cannot be started.
    pub fn start(python: impl AsRef<OsStr>) -> io::Result<Self> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/wsproto_peer.py");
        let mut child = Command::new(python)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let pipe = || io::Error::other("no pipe to the interpreter");
        let stdin = BufWriter::new(child.stdin.take().ok_or_else(pipe)?);
        let stdout = BufReader::new(child.stdout.take().ok_or_else(pipe)?);
        Ok(Self { child, stdin, stdout })
    }

    /// What it made of each of the inputs.
    ///
    /// # Errors
    ///
    /// The process has ended.
    pub fn receive(&mut self, inputs: &[Input]) -> io::Result<Vec<Outcome>> {
        self.stdin.write_all(&(inputs.len() as u32).to_be_bytes())?;
        for input in inputs {
            let (bits, takeover) = match input.deflate {
                Some(agreement) => (agreement.window_bits, agreement.no_context_takeover),
                None => (0, false),
            };
            let is_client = input.role == Role::Client;
            self.stdin.write_all(&[is_client.into(), bits, takeover.into()])?;
            self.stdin.write_all(&(input.reads().count() as u32).to_be_bytes())?;
            for read in input.reads() {
                self.stdin.write_all(&(read.len() as u32).to_be_bytes())?;
                self.stdin.write_all(read)?;
            }
        }
        self.stdin.flush()?;
        inputs.iter().map(|_| self.outcome()).collect()
    }

    fn outcome(&mut self) -> io::Result<Outcome> {
        let count = u32::from_be_bytes(self.bytes()?);
        let mut received = Vec::new();
        for _ in 0..count {
            let [kind] = self.bytes()?;
            let data = self.data()?;
            received.push(match kind {
                0 => Received::Text(data),
                1 => Received::Binary(data),
                2 => Received::Ping(data),
                _ => Received::Pong(data),
            });
        }
        let [kind] = self.bytes()?;
        let code = u16::from_be_bytes(self.bytes()?);
        let reason = self.data()?;
        let end = match kind {
            0 => End::Open,
            1 => End::Closed(Some((code, reason))),
            2 => End::Closed(None),
            _ => End::Failed(code),
        };
        Ok(Outcome { received, end })
    }

    fn data(&mut self) -> io::Result<Vec<u8>> {
        let len = u32::from_be_bytes(self.bytes()?);
        let mut data = vec![0; len as usize];
        self.stdout.read_exact(&mut data)?;
        Ok(data)
    }

    fn bytes<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.stdout.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

impl Drop for Wsproto {
    fn drop(&mut self) {
        // It is of no use any more, and may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
