use std::net::{Ipv4Addr, SocketAddr};

use clap::Args;
use tokio::net::TcpListener;

use super::{gate::Gate, router::router};
use crate::{Failure, report::Outcome};

/// Open the workbench: a page in the browser that connects, sends any bytes and explains them
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Where the page is served; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS", default_value_t = default_listen())]
    listen: SocketAddr,
    /// Open the page in the browser
    #[arg(long)]
    open: bool,
}

/// Only programs of this machine can connect.
fn default_listen() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 8455).into()
}

/// Serves the page until Ctrl-C.
pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let failure = |error| Failure::Network { address: arguments.listen.to_string(), error };
    let runtime = tokio::runtime::Runtime::new().map_err(failure)?;
    runtime.block_on(serve(arguments)).map_err(failure)?;
    // A session may be waiting for its peer.
    runtime.shutdown_background();
    Ok(Outcome::Obeyed)
}

async fn serve(arguments: &Arguments) -> std::io::Result<()> {
    let listener = TcpListener::bind(arguments.listen).await?;
    let address = listener.local_addr()?;
    println!("workbench at http://{address}/ (Ctrl-C ends it)");
    if !address.ip().is_loopback() {
        eprintln!("sansocket-inspect: whoever reaches {address} can connect as this machine");
    }
    if arguments.open
        && let Err(error) = open::that_detached(format!("http://{address}/"))
    {
        eprintln!("sansocket-inspect: the browser cannot be opened: {error}");
    }
    let router = router(Gate::new(address.port()));
    tokio::select! {
        served = async { axum::serve(listener, router).await } => served,
        interrupted = tokio::signal::ctrl_c() => interrupted,
    }
}
