use std::io;

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;

/// Prints its address, and starts the task of each connection on a runtime.
pub fn serve(runtime: &mut Builder, spawn: fn(TcpStream)) -> io::Result<()> {
    runtime.enable_all().build()?.block_on(accept(spawn))
}

async fn accept(spawn: fn(TcpStream)) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        spawn(stream);
    }
}
