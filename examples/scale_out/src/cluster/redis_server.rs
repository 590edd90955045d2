use std::{
    ffi::OsStr,
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A Redis of its own, which `redis.sh` starts, and which ends when it is dropped.
#[derive(Debug)]
pub struct RedisServer {
    directory: PathBuf,
    port: u16,
}

impl RedisServer {
    /// Starts a Redis with its data in this directory. It keeps what it acknowledges across restarts.
    ///
    /// # Errors
    ///
    /// There is no `redis-server`, and it cannot be installed, or it does not start.
    pub fn start(directory: &Path) -> io::Result<Self> {
        let mut server = Self { directory: directory.to_path_buf(), port: 0 };
        server.start_again()?;
        Ok(server)
    }

    /// Ends it as a crash would, with `kill -9`.
    ///
    /// # Errors
    ///
    /// The script cannot be run.
    pub fn crash(&self) -> io::Result<()> {
        self.call("stop").map(drop)
    }

    /// Starts it again, with the same port and the same data.
    ///
    /// # Errors
    ///
    /// As for [`start`](Self::start).
    pub fn start_again(&mut self) -> io::Result<()> {
        let port = self.call("start")?;
        self.port =
            port.trim().parse().map_err(|_| io::Error::other(format!("a port: {port:?}")))?;
        Ok(())
    }

    /// Returns the URL for the option `--redis` of a node.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    fn call(&self, verb: &str) -> io::Result<String> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("redis.sh");
        let arguments = [OsStr::new(verb), self.directory.as_os_str()];
        let output = Command::new(&script).args(arguments).stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            return Err(io::Error::other(format!(
                "{} {verb}: {}",
                script.display(),
                output.status
            )));
        }
        String::from_utf8(output.stdout).map_err(io::Error::other)
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        // It has ended, or there is nothing more to do.
        let _ = self.crash();
    }
}
