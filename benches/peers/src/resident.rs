//! The resident memory of a server for each of its connections.

use std::io;

use crate::server::{Process, Server};

/// How many open files a process has beside its connections, at most.
const OTHERS: u64 = 20;

/// Raises the limit of open files as far as it may.
pub fn allow(connections: usize) -> io::Result<()> {
    let descriptors = rlimit::increase_nofile_limit(u64::MAX)?;
    if connections as u64 + OTHERS > descriptors {
        return Err(io::Error::other(format!("a process may have {descriptors} open files only")));
    }
    Ok(())
}

/// The resident memory of the process for each connection that is opened, in bytes.
pub fn each<T>(
    server: &'static Server,
    connections: usize,
    open: impl Fn(&Process, usize) -> io::Result<T>,
) -> io::Result<f64> {
    let process = Process::start(server)?;
    // The code, and what all connections share, is in memory before anything is counted.
    drop(open(&process, 0)?);
    let before = process.resident()?;
    let open = |number| open(&process, number);
    let opened = (0..connections).map(open).collect::<io::Result<Vec<_>>>()?;
    let after = process.resident()?;
    Ok((after - before) as f64 / opened.len() as f64)
}
