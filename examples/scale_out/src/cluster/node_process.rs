use std::{
    fs::File,
    io::{self, BufRead as _, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// A process of the program `node`, which is killed when it is dropped.
#[derive(Debug)]
pub struct NodeProcess {
    program: PathBuf,
    arguments: Vec<String>,
    /// Where its error messages go.
    log: PathBuf,
    address: SocketAddr,
    child: Child,
}

/// A signal for a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Signal {
    /// Stops it, until it may continue.
    Stop,
    /// Lets it continue.
    Continue,
    /// Asks it to end: it sends its clients away first.
    Terminate,
}

impl NodeProcess {
    /// Starts a node on a port that the system picks.
    ///
    /// # Errors
    ///
    /// The program cannot be started, or does not say where it listens.
    pub fn start(program: &Path, arguments: &[&str], log: &Path) -> io::Result<Self> {
        let (program, log) = (program.to_path_buf(), log.to_path_buf());
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.into()).collect();
        let (child, address) = spawn(&program, &arguments, &log, "127.0.0.1:0")?;
        Ok(Self { program, arguments, log, address, child })
    }

    /// Starts it again, on the same port. The process must have ended.
    ///
    /// # Errors
    ///
    /// As for [`start`](Self::start).
    pub fn start_again(&mut self) -> io::Result<()> {
        let address = self.address.to_string();
        (self.child, self.address) = spawn(&self.program, &self.arguments, &self.log, &address)?;
        Ok(())
    }

    /// Ends the process at once, as `kill -9` does.
    ///
    /// # Errors
    ///
    /// The process cannot be signalled.
    pub fn kill(&mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }

    /// Sends a signal.
    ///
    /// # Errors
    ///
    /// The process cannot be signalled.
    pub fn signal(&self, signal: Signal) -> io::Result<()> {
        let name = match signal {
            Signal::Stop => "-STOP",
            Signal::Continue => "-CONT",
            Signal::Terminate => "-TERM",
        };
        let status = Command::new("kill").args([name, &self.child.id().to_string()]).status()?;
        if status.success() { Ok(()) } else { Err(io::Error::other(format!("kill {name}"))) }
    }

    /// Returns whether the process has not ended.
    ///
    /// # Errors
    ///
    /// The process cannot be asked for.
    pub fn is_running(&mut self) -> io::Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// Returns where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for NodeProcess {
    fn drop(&mut self) {
        // It has ended, or there is nothing more to do.
        let _ = self.kill();
    }
}

fn spawn(
    program: &Path,
    arguments: &[String],
    log: &Path,
    address: &str,
) -> io::Result<(Child, SocketAddr)> {
    let log = File::options().create(true).append(true).open(log)?;
    let mut child = Command::new(program)
        .args(arguments)
        .args(["--listen", address])
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()?;
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut line)?;
    }
    match line.trim().strip_prefix("listening on ").and_then(|address| address.parse().ok()) {
        Some(address) => Ok((child, address)),
        None => {
            child.kill()?;
            child.wait()?;
            Err(io::Error::other(format!("{}: {line:?}, see its log", program.display())))
        }
    }
}
