//! The subcommand `proxy`.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use crate::program::{command, error, printed, run};

const REQUEST: &[u8] =
    b"GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const RESPONSE: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// The program as a proxy between tests.
struct Proxy {
    child: Child,
    address: SocketAddr,
}

impl Proxy {
    fn start(to: SocketAddr, arguments: &[&str]) -> Self {
        Self::start_with(command(), to, arguments)
    }

    fn start_with(mut command: Command, to: SocketAddr, arguments: &[&str]) -> Self {
        let to = format!("ws://{to}/chat");
        command.args(["proxy", "--listen", "127.0.0.1:0", "--to", &to]).args(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.split_once("listening on ").unwrap().1.split_once(',').unwrap().0;
        Self { child, address: address.parse().unwrap() }
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).unwrap()
    }

    /// Waits for its end, with `--once`.
    #[track_caller]
    fn finish(self, code: i32) -> String {
        printed(&self.child.wait_with_output().unwrap(), code)
    }
}

fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Reads as many bytes, and compares them.
#[track_caller]
fn expect(stream: &mut TcpStream, bytes: &[u8]) {
    let mut received = vec![0; bytes.len()];
    stream.read_exact(&mut received).unwrap();
    assert!(received == bytes, "{}", received.escape_ascii());
}

#[test]
fn bytes_pass_unchanged_and_are_explained() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session.pcapng");
    let path = path.to_str().unwrap();
    let (listener, address) = listen();
    let proxy = Proxy::start(address, &["--once", "--write", path]);
    let mut client = proxy.connect();
    client.write_all(REQUEST).unwrap();
    let (mut server, _) = listener.accept().unwrap();
    expect(&mut server, REQUEST);
    server.write_all(RESPONSE).unwrap();
    expect(&mut client, RESPONSE);
    let hello = b"\x81\x85\x37\xFA\x21\x3D\x7F\x9F\x4D\x51\x58";
    client.write_all(hello).unwrap();
    expect(&mut server, hello);
    // A frame that breaks a rule passes too, and an end of one direction leaves the other.
    let close = b"\x88\x82\x01\x02\x03\x04\x02\xEA";
    client.write_all(close).unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    expect(&mut server, close);
    assert_eq!(server.read(&mut [0]).unwrap(), 0);
    server.write_all(b"\x81\x06Hello\xFF\x88\x02\x03\xEA").unwrap();
    drop(server);
    expect(&mut client, b"\x81\x06Hello\xFF\x88\x02\x03\xEA");
    assert_eq!(client.read(&mut [0]).unwrap(), 0);
    let live = proxy.finish(1);
    assert!(live.starts_with("== connection 1: client 127.0.0.1:"), "{live}");
    assert!(live.contains("text is not UTF-8; the receiver must close with 1007"), "{live}");
    assert!(live.contains(": a clean end: both ends have sent a Close frame"), "{live}");

    // The file says the same.
    let file = printed(&run(&["pcap", path]), 1);
    let elements = |text: &str| {
        let lines = text.lines().filter(|line| !line.starts_with("=="));
        let lines = lines.map(|line| match line.split_once(": ") {
            Some((start, element)) if start.starts_with('[') => element.to_owned(),
            _ => line.to_owned(),
        });
        lines.collect::<Vec<_>>()
    };
    assert_eq!(elements(&file), elements(&live));
}

#[test]
fn connections_are_numbered_and_do_not_disturb_each_other() {
    let (listener, address) = listen();
    let mut proxy = Proxy::start(address, &[]);
    let mut ends = Vec::new();
    for _ in 0..3 {
        let client = proxy.connect();
        let (server, _) = listener.accept().unwrap();
        ends.push((client, server));
    }
    for (client, server) in ends.iter_mut().rev() {
        client.write_all(REQUEST).unwrap();
        expect(server, REQUEST);
    }
    let mut lines = BufReader::new(proxy.child.stdout.take().unwrap()).lines();
    for number in [3, 2, 1] {
        let start = format!("[{number}] ");
        let line = lines.find(|line| line.as_ref().unwrap().starts_with(&start)).unwrap().unwrap();
        assert!(line.contains("client request at 0: GET /chat"), "{line}");
    }
    proxy.child.kill().unwrap();
    proxy.child.wait().unwrap();
}

#[test]
#[cfg(target_os = "linux")]
fn too_many_connections_are_waited_for() {
    // A connection needs two files: with one of the limits, the last one cannot be accepted.
    for limit in [16, 17] {
        let (_listener, address) = listen();
        let mut command = Command::new("sh");
        let script = format!("ulimit -n {limit}; exec \"$0\" \"$@\"");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_sansocket-inspect")]);
        let mut proxy = Proxy::start_with(command, address, &[]);
        let _clients = (0..20).map(|_| proxy.connect()).collect::<Vec<_>>();
        thread::sleep(Duration::from_millis(500));
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", proxy.child.id())).unwrap();
        let (_, fields) = stat.rsplit_once(") ").unwrap();
        // The ticks of a hundredth of a second in the program and in the kernel.
        let ticks = fields.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap());
        let ticks = ticks.sum::<u64>();
        proxy.child.kill().unwrap();
        proxy.child.wait().unwrap();
        assert!(ticks < 15, "{ticks}");
    }
}

#[test]
fn a_slow_reader_of_the_explanation_loses_nothing() {
    let (listener, address) = listen();
    let proxy = Proxy::start(address, &["--once"]);
    let mut client = proxy.connect();
    let (mut server, _) = listener.accept().unwrap();
    client.write_all(REQUEST).unwrap();
    expect(&mut server, REQUEST);
    server.write_all(RESPONSE).unwrap();
    expect(&mut client, RESPONSE);
    // That is more than what waits to be explained, and what fits in the pipe of the program besides.
    let frames = [&b"\x82\x7E\x3E\x80"[..], &[7; 16_000]].concat().repeat(600);
    let sent = frames.clone();
    let sender = thread::spawn(move || server.write_all(&sent).unwrap());
    let received = Arc::new(AtomicUsize::new(0));
    let receiver = thread::spawn({
        let received = received.clone();
        move || {
            for part in frames.chunks(1000) {
                expect(&mut client, part);
                received.fetch_add(part.len(), Ordering::SeqCst);
            }
        }
    });
    // While nobody reads what the program prints, the connection waits.
    let mut before = 0;
    loop {
        thread::sleep(Duration::from_millis(300));
        let now = received.load(Ordering::SeqCst);
        if now == before && now > 0 {
            break;
        }
        before = now;
    }
    assert!((1 << 20..8 << 20).contains(&before), "{before}");
    // Then all passes.
    let text = proxy.finish(0);
    assert_eq!(text.matches("binary, 16000 bytes of payload").count(), 600);
    sender.join().unwrap();
    receiver.join().unwrap();
}

#[test]
fn the_end_that_is_gone_is_named() {
    let hi = b"\x81\x82\x01\x02\x03\x04Ik";
    for has_read in [true, false] {
        let (listener, address) = listen();
        let proxy = Proxy::start(address, &["--once"]);
        let mut client = proxy.connect();
        let (mut server, _) = listener.accept().unwrap();
        client.write_all(REQUEST).unwrap();
        expect(&mut server, REQUEST);
        server.write_all(RESPONSE).unwrap();
        expect(&mut client, RESPONSE);
        if has_read {
            // It ends, and then refuses what comes.
            drop(server);
            while client.write_all(hi).is_ok() {
                thread::sleep(Duration::from_millis(10));
            }
        } else {
            // What it does not read, it refuses.
            client.write_all(hi).unwrap();
            server.peek(&mut [0]).unwrap();
            drop(server);
            assert_eq!(client.read(&mut [0]).unwrap_or_default(), 0);
        }
        let text = proxy.finish(0);
        assert!(text.contains("the server is gone: "), "{text}");
        assert_eq!(
            text.contains("the last bytes for it could not be passed on"),
            has_read,
            "{text}"
        );
        assert!(!text.contains("the client is gone"), "{text}");
        assert!(!text.contains("client end at"), "{text}");
    }
}

#[test]
fn a_server_that_is_not_there_is_said() {
    // Nobody listens on the port of a listener that is gone.
    let (_, address) = listen();
    let proxy = Proxy::start(address, &["--once"]);
    let mut client = proxy.connect();
    assert_eq!(client.read(&mut [0]).unwrap_or_default(), 0);
    let text = proxy.finish(0);
    assert!(text.contains(&format!("{address} cannot be connected to")), "{text}");
}

#[test]
fn addresses_that_cannot_be_used_are_errors() {
    let (_listener, address) = listen();
    let listen = address.to_string();
    let text = error(&run(&["proxy", "--listen", &listen, "--to", "localhost:1"]));
    assert!(text.contains(&format!("{address}: ")), "{text}");
    let text = error(&run(&["proxy", "--to", "wss://localhost"]));
    assert!(text.contains("what TLS has encrypted cannot be explained"), "{text}");
}
