use std::io::{self, BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;
use std::{env, fs};

use super::{Serve, Server, node};

/// How long a server may take to go to sleep, when it has nothing left to do.
const REST: Duration = Duration::from_millis(5);

/// A server in a process of its own, which ends with this value.
pub struct Process {
    pub server: &'static Server,
    pub address: SocketAddr,
    child: Child,
}

impl Process {
    pub fn start(server: &'static Server) -> io::Result<Self> {
        let mut command = match server.serve {
            Serve::Node => node::command(),
            _ => this(server)?,
        };
        Self::spawn(&mut command, server)
    }

    /// Starts it under Callgrind, which counts instructions.
    pub fn start_counted(server: &'static Server) -> io::Result<Self> {
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        // Callgrind counts an instruction that repeats itself once for each byte.
        valgrind.env("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-ERMS,-FSRM");
        let this = this(server)?;
        Self::spawn(
            valgrind.arg(this.get_program()).args(this.get_args()).stderr(Stdio::piped()),
            server,
        )
    }

    fn spawn(command: &mut Command, server: &'static Server) -> io::Result<Self> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line.trim().parse().map_err(invalid)?;
        Ok(Self { server, address, child })
    }

    /// The CPU time of all its threads so far, user and system, which is exact as long as they sleep.
    pub fn cpu_time(&self) -> io::Result<Duration> {
        thread::sleep(REST);
        self.cpu_time_so_far()
    }

    /// The same of a server that may be busy, exact to a tick of the scheduler.
    pub fn cpu_time_so_far(&self) -> io::Result<Duration> {
        let mut sum = Duration::ZERO;
        for thread in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let schedstat = fs::read_to_string(thread?.path().join("schedstat"))?;
            let nanos = schedstat.split(' ').next().unwrap_or_default().parse().map_err(invalid)?;
            sum += Duration::from_nanos(nanos);
        }
        Ok(sum)
    }

    /// The memory that is resident, in bytes.
    pub fn resident(&self) -> io::Result<u64> {
        thread::sleep(REST);
        // The sum of `statm` is off by up to 64 pages for each CPU.
        let rollup = self.proc("smaps_rollup")?;
        let line = rollup.lines().find_map(|line| line.strip_prefix("Rss:")).unwrap_or_default();
        let kib: u64 = line.trim().trim_end_matches(" kB").parse().map_err(invalid)?;
        Ok(kib << 10)
    }

    /// Ends it, and gives what was counted.
    pub fn instructions(mut self) -> io::Result<u64> {
        // Unlike `Child::kill`, this gives Callgrind the time to report.
        Command::new("kill").arg(self.child.id().to_string()).status()?;
        let mut report = String::new();
        self.child.stderr.take().expect("it is piped").read_to_string(&mut report)?;
        let (_, count) = report.rsplit_once("Collected :").unwrap_or_default();
        count.lines().next().unwrap_or_default().trim().parse().map_err(invalid)
    }

    fn proc(&self, file: &str) -> io::Result<String> {
        fs::read_to_string(format!("/proc/{}/{file}", self.child.id()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself, which its clients have noticed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// This program as that server.
fn this(server: &Server) -> io::Result<Command> {
    let mut command = Command::new(env::current_exe()?);
    command.args(["server", server.name]);
    Ok(command)
}

fn invalid(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
