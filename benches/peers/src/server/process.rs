use std::io::{self, BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;
use std::{env, fs};

use super::Server;

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
        let mut child = Command::new(env::current_exe()?)
            .args(["server", server.name])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line.trim().parse().map_err(invalid)?;
        Ok(Self { server, address, child })
    }

    /// The CPU time of the server so far, user and system, which is exact as long as it sleeps.
    pub fn cpu_time(&self) -> io::Result<Duration> {
        thread::sleep(REST);
        let schedstat = self.proc("schedstat")?;
        let nanos = schedstat.split(' ').next().unwrap_or_default().parse().map_err(invalid)?;
        Ok(Duration::from_nanos(nanos))
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

fn invalid(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
