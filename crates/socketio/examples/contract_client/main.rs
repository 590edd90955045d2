//! A client for the interoperability tests of `tests/socketio`: it runs scenarios against a server, and
//! prints one line for each.
//!
//!     cargo run -p sansocket-socketio --example contract_client -- http://127.0.0.1:3000 connect acks
//!
//! Exits with 0 if all are ok, 1 otherwise.

mod losses;
mod relay;
mod scenarios;
mod sockets;
mod values;

use std::{error::Error, process::ExitCode, time::Duration};

use sansocket_socketio::client::Transports::{Polling, WebSocket};
use tokio::time::timeout;

use sockets::{client, echo_each};
use values::{binary, equal, events};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const TIME_PER_SCENARIO: Duration = Duration::from_secs(9);

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(url) = arguments.next() else {
        eprintln!("usage: contract_client URL SCENARIO...");
        return ExitCode::from(2);
    };
    let mut code = ExitCode::SUCCESS;
    for scenario in arguments {
        let outcome = timeout(TIME_PER_SCENARIO, run(&url, &scenario)).await;
        match outcome.unwrap_or_else(|_| Err("it takes too long".into())) {
            Ok(()) => println!("ok {scenario}"),
            Err(error) => {
                println!("FAILED {scenario}: {error}");
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}

async fn run(url: &str, scenario: &str) -> Outcome {
    match scenario {
        "connect" => scenarios::connect(url).await,
        "auth-accepted" => scenarios::auth_accepted(url).await,
        "auth-refused" => scenarios::auth_refused(url).await,
        "unknown-namespace" => scenarios::unknown_namespace(url).await.map(drop),
        "unknown-namespace-message" => equal(
            &scenarios::unknown_namespace(url).await?.message,
            &"Invalid namespace".to_owned(),
        ),
        "events" => echo_each(&mut client(url).connect().await?, events()?).await,
        "binary" => echo_each(&mut client(url).connect().await?, binary()).await,
        "acks" => scenarios::acks(url).await,
        "ack-timeout" => scenarios::ack_timeout(url).await,
        "asked" => scenarios::asked(url).await,
        "asked-timeout" => scenarios::asked_timeout(url).await,
        "order" => scenarios::order(url).await,
        "rooms" => scenarios::rooms(url).await,
        "namespaces" => scenarios::namespaces(url).await,
        "volatile" => scenarios::volatile(url).await,
        "client-disconnect" => scenarios::client_disconnect(url).await,
        "server-disconnect" => scenarios::server_disconnect(url).await,
        "websocket" => scenarios::websocket(url).await,
        "polling" => scenarios::polling(url).await,
        "upgrade" => scenarios::upgrade(url).await,
        "large" => losses::large(url, WebSocket, 900_000).await,
        "large-polling" => losses::large(url, Polling, 700_000).await,
        "too-large" => losses::too_large(url, WebSocket).await,
        "too-large-polling" => losses::too_large(url, Polling).await,
        "heartbeat" => losses::heartbeat(url, WebSocket).await,
        "heartbeat-polling" => losses::heartbeat(url, Polling).await,
        "silent-server" => losses::silent_server(url).await,
        "cut" => losses::cut(url).await,
        "offline-buffer" => losses::offline_buffer(url).await,
        "reconnect" => losses::reconnect(url).await,
        "recovery" => losses::recovery(url).await,
        _ => Err("this client does not have the scenario".into()),
    }
}
