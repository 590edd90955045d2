//! The other processes, which run this program with another part. A line to a process is a
//! question, a line from it the answer. The end of its input asks it to exit.

use std::{
    env,
    io::{self, BufRead as _, BufReader, Write as _},
    net::SocketAddr,
    process::{self, ChildStdin, ChildStdout, Command, Stdio},
    thread,
};

use tokio::sync::mpsc;

pub(crate) struct Child {
    process: process::Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Child {
    /// Starts this program with the same arguments, and with `part`, which uses the server at
    /// `address`.
    pub(crate) fn start(part: &str, address: SocketAddr, seed: u64) -> io::Result<Self> {
        let mut process = Command::new(env::current_exe()?)
            .args(env::args_os().skip(1))
            .args(["--seed", &seed.to_string(), "--part", part, &address.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(questions), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        Ok(Self { process, questions, answers: BufReader::new(answers) })
    }

    pub(crate) fn ask(&mut self) -> io::Result<String> {
        writeln!(self.questions)?;
        self.answer()
    }

    /// Waits for a line.
    pub(crate) fn answer(&mut self) -> io::Result<String> {
        let mut answer = String::new();
        if self.answers.read_line(&mut answer)? == 0 {
            return Err(io::Error::other("a child has ended early"));
        }
        Ok(String::from(answer.trim_end()))
    }

    /// Asks the process to exit, and waits for its last line.
    pub(crate) fn end(mut self) -> io::Result<String> {
        drop(self.questions);
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        if !self.process.wait()?.success() {
            return Err(io::Error::other("a child has failed"));
        }
        Ok(String::from(answer.trim_end()))
    }
}

/// In the child: the questions, until the child must exit.
pub(crate) fn questions() -> mpsc::Receiver<()> {
    let (sender, receiver) = mpsc::channel(1);
    thread::spawn(move || {
        for _ in io::stdin().lock().lines() {
            if sender.blocking_send(()).is_err() {
                return;
            }
        }
    });
    receiver
}
