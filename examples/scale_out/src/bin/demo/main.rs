//! Nodes and a Redis on this machine, with a page that shows them, and kills them:
//!
//!     cargo run --manifest-path examples/scale_out/Cargo.toml
//!
//! Then open the address that it prints. Ctrl-C ends all of it.

mod assets;
mod fleet;
mod page;

use std::{env, error::Error, fs, process, sync::Arc, time::Duration};

use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    time::sleep,
};

use fleet::Fleet;

const USAGE: &str = "\
usage: demo [--listen ADDRESS]

  --listen ADDRESS  where the page is (127.0.0.1:3000); port 0 picks one";

/// How often to look after the nodes.
const INTERVAL: Duration = Duration::from_millis(100);

fn parse_arguments() -> Result<Option<String>, lexopt::Error> {
    use lexopt::prelude::*;

    let mut listen = String::from("127.0.0.1:3000");
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("listen") => listen = parser.value()?.string()?,
            Long("help") => return Ok(None),
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Some(listen))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Some(listen) = parse_arguments()? else {
        println!("{USAGE}");
        return Ok(());
    };
    let listener = TcpListener::bind(listen).await?;
    let origin = format!("http://{}", listener.local_addr()?);
    let directory = env::temp_dir().join(format!("scale_out-demo-{}", process::id()));
    fs::create_dir_all(&directory)?;
    let fleet = Arc::new(Fleet::start(&directory, &origin)?);
    println!("open {origin}/");
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        served = axum::serve(listener, page::routes(&fleet, &origin)) => served?,
        failed = look_after(&fleet) => failed?,
        _ = terminated.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    fleet.end();
    fs::remove_dir_all(&directory)?;
    Ok(())
}

/// Starts nodes again that have ended, for ever.
async fn look_after(fleet: &Fleet) -> std::io::Result<()> {
    loop {
        fleet.look_after()?;
        sleep(INTERVAL).await;
    }
}
