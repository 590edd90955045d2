use core::{
    ops::{Deref, DerefMut},
    time::Duration,
};
use std::io::{self, Read, Write};

use tokio_rustls::rustls::{ConnectionCommon, SideData, StreamOwned};

use super::Socket;

impl<C, T, D> Socket for StreamOwned<C, T>
where
    C: DerefMut + Deref<Target = ConnectionCommon<D>>,
    T: Read + Write + Socket,
    D: SideData,
{
    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.sock.set_read_timeout(timeout)
    }

    fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.sock.set_write_timeout(timeout)
    }

    fn set_nonblocking(&mut self, nonblocking: bool) -> io::Result<()> {
        self.sock.set_nonblocking(nonblocking)
    }

    fn reads_to_write(&self) -> bool {
        true
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        // RFC 6455 7.1.1: the TLS session is closed cleanly before TCP is.
        self.conn.send_close_notify();
        let told = self.flush();
        self.sock.shutdown_write()?;
        told
    }
}
