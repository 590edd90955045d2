//! The echo server under test. Nothing in it is made for hostile peers: the defaults of the crate
//! must be enough.

use std::{io, net::SocketAddr, time::Duration};

use sansocket::{Error, Options, tokio::Acceptor};
use tokio::{
    net::{TcpListener, TcpStream},
    time,
};

/// Starts to serve, and returns the address.
pub(crate) async fn start(options: &Options, address: SocketAddr) -> io::Result<SocketAddr> {
    let acceptor = Acceptor::new().options(options.clone());
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    tokio::spawn(serve(acceptor, listener));
    Ok(address)
}

async fn serve(acceptor: Acceptor, listener: TcpListener) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let acceptor = acceptor.clone();
                // The peers check how connections end.
                tokio::spawn(async move { drop(echo(acceptor, stream).await) });
            }
            Err(error) => {
                eprintln!("cannot accept: {error}");
                time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn echo(acceptor: Acceptor, stream: TcpStream) -> Result<(), Error> {
    let mut socket = acceptor.accept(stream).await?;
    while let Some((message, mut writer)) = socket.read().await? {
        writer.feed(message).await?;
    }
    Ok(())
}
