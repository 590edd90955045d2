use std::io::{self, Read as _, Write as _};
use std::net as blocking;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const ROOM: usize = 64 << 10;

pub async fn echo(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = vec![0; ROOM];
    loop {
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..count]).await?;
    }
}

pub fn echo_blocking(mut stream: blocking::TcpStream) -> io::Result<()> {
    let mut buffer = vec![0; ROOM];
    loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..count])?;
    }
}
