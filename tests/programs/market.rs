//! A client that follows prices. After a lost connection it reconnects with backoff and subscribes
//! again, until the market closes.

use std::{thread, time::Instant};

use sansocket::{Backoff, CloseCode, CloseInfo, Error, blocking::WebSocket};
use serde::Deserialize;
use serde_json::json;

/// Borrowed from the message, which is borrowed from the connection's buffer.
#[derive(Deserialize)]
struct Tick<'a> {
    symbol: &'a str,
    price: f64,
}

/// Follows the prices of `symbols` until the market closes, and returns how it did.
fn follow(
    url: &str,
    symbols: &[&str],
    mut backoff: Backoff,
    mut on_tick: impl FnMut(Tick<'_>),
) -> Result<CloseInfo, Error> {
    loop {
        let begin = Instant::now();
        match watch(url, symbols, &mut on_tick) {
            Ok(Some(info)) if info.code() == CloseCode::NORMAL => return Ok(info),
            Ok(info) => eprintln!("the market closed the connection: {info:?}"),
            Err(error) if error.is_retryable() => eprintln!("no connection: {error}"),
            Err(error) => return Err(error),
        }
        backoff.connected_for(begin.elapsed());
        thread::sleep(backoff.next_delay());
    }
}

/// Follows the prices over one connection. Reading also answers Pings.
fn watch(
    url: &str,
    symbols: &[&str],
    on_tick: &mut impl FnMut(Tick<'_>),
) -> Result<Option<CloseInfo>, Error> {
    let mut socket = WebSocket::connect(url)?;
    socket.send(json!({ "subscribe": symbols }).to_string())?;
    while let Some((message, _)) = socket.read()? {
        if let Ok(tick) = serde_json::from_slice(message.as_bytes()) {
            on_tick(tick);
        }
    }
    Ok(socket.close_info())
}

mod tests {
    use std::{
        io::{Read as _, Write as _},
        net::{TcpListener, TcpStream},
        thread,
        time::Duration,
    };

    use sansocket::{Backoff, CloseCode, Ping, Seed, blocking::WebSocket};

    fn without_delays() -> Backoff {
        Backoff::new(Seed::from([7; 32])).max_delay(Duration::ZERO)
    }

    fn listen() -> (TcpListener, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("ws://{}/prices", listener.local_addr().unwrap());
        (listener, url)
    }

    /// Accepts the next connection and its subscription.
    fn accept(listener: &TcpListener) -> WebSocket<TcpStream> {
        let mut socket = WebSocket::accept(listener.accept().unwrap().0).unwrap();
        let request = socket.recv().unwrap().unwrap();
        assert_eq!(request.as_text(), Some(r#"{"subscribe":["ACME","INIT"]}"#));
        socket
    }

    fn tick(socket: &mut WebSocket<TcpStream>, symbol: &str, price: f64) {
        socket.send(format!(r#"{{"symbol":"{symbol}","price":{price:?}}}"#)).unwrap();
    }

    /// Sends a Ping and reads the Pong, which is masked, from the stream.
    fn ping(socket: &mut WebSocket<TcpStream>) {
        socket.send(Ping(b"?")).unwrap();
        let mut pong = [0; 7];
        socket.get_ref().read_exact(&mut pong).unwrap();
        let [head, len, mask, .., data] = pong;
        assert_eq!([head, len, mask ^ data], [0x8a, 0x81, b'?']);
    }

    #[test]
    fn a_lost_connection_is_replaced_and_subscribed_again_until_the_market_closes() {
        let (listener, url) = listen();
        let market = thread::spawn(move || {
            let mut socket = accept(&listener);
            tick(&mut socket, "ACME", 12.5);
            ping(&mut socket);
            drop(socket);

            let mut socket = accept(&listener);
            tick(&mut socket, "INIT", 0.25);
            socket.close(CloseCode::SERVICE_RESTART, "back soon").unwrap();

            let mut socket = accept(&listener);
            tick(&mut socket, "ACME", 13.0);
            socket.close(CloseCode::NORMAL, "the market is closed").unwrap();
        });
        let mut ticks = Vec::new();
        let info = super::follow(&url, &["ACME", "INIT"], without_delays(), |tick| {
            ticks.push((tick.symbol.to_owned(), tick.price));
        });
        market.join().unwrap();
        let info = info.unwrap();
        assert!(info.was_clean);
        assert_eq!((info.code(), info.reason()), (CloseCode::NORMAL, "the market is closed"));
        assert_eq!(ticks, [("ACME", 12.5), ("INIT", 0.25), ("ACME", 13.0)].map(owned));
    }

    fn owned((symbol, price): (&str, f64)) -> (String, f64) {
        (symbol.to_owned(), price)
    }

    #[test]
    fn a_404_is_not_retried() {
        let (listener, url) = listen();
        let market = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").unwrap();
            // Ends when the client, which has read the answer, hangs up.
            stream.read_to_end(&mut Vec::new()).unwrap();
        });
        let error = super::follow(&url, &[], without_delays(), |_| {}).unwrap_err();
        assert_eq!(error.error_response().map(|response| response.status()), Some(404));
        market.join().unwrap();
    }
}
