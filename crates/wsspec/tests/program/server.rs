//! Echo servers with faults: in a thread of the test, or in a process of their own.
//!
//! The process is this very test program: it runs the test `serve`, which the environment tells what to
//! do. So there is no other program to be built or installed.

use std::{
    env,
    io::{self, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use sansocket::blocking::Acceptor;
use sha1::{Digest as _, Sha1};

const ADDRESS: &str = "WSSPEC_TEST_SERVER_ADDRESS";
const FAULT: &str = "WSSPEC_TEST_SERVER_FAULT";

/// What is wrong with a server, or nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is the engine.
    None,
    /// It checks nothing: it reads frames that are not masked.
    Lenient,
    /// As that, but it ends the connection after a frame that is not masked, without a Close frame.
    Silent,
    /// Its process ends when the text "Hello" comes.
    Dies,
    /// From the text "Hello" on, it neither answers nor accepts.
    Hangs,
    /// It answers each message after 200 milliseconds.
    Slow,
    /// It closes each connection at once.
    Closes,
}

impl Fault {
    /// Those of a process.
    const ALL: [Self; 5] = [Self::Lenient, Self::Dies, Self::Hangs, Self::Slow, Self::Closes];
}

/// Starts a server in a thread, and returns its URL.
pub(crate) fn start(fault: Fault) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    thread::spawn(move || accept(listener.incoming(), fault));
    url
}

/// A server that the program under test starts as a command.
pub(crate) struct Command {
    pub(crate) address: SocketAddr,
    pub(crate) words: Vec<String>,
    pub(crate) environment: [(&'static str, String); 2],
}

impl Command {
    pub(crate) fn new(fault: Fault) -> Self {
        // It is free when the listener is gone.
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let program = env::current_exe().unwrap().into_os_string().into_string().unwrap();
        Self {
            address,
            words: [&*program, "--ignored", "--exact", "server::serve"].map(String::from).to_vec(),
            environment: [(ADDRESS, address.to_string()), (FAULT, format!("{fault:?}"))],
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("ws://{}/", self.address)
    }

    /// Whether nothing listens there any more.
    pub(crate) fn is_gone(&self) -> bool {
        TcpStream::connect(self.address).is_err()
    }
}

#[test]
#[ignore = "it is the process of a server, which other tests start"]
fn serve() {
    let Ok(address) = env::var(ADDRESS) else { return };
    let fault = env::var(FAULT).unwrap();
    let fault = Fault::ALL.into_iter().find(|known| format!("{known:?}") == fault).unwrap();
    let listener = TcpListener::bind(address).unwrap();
    // For the test that counts them; the macros that print are captured here.
    let said = |_: &io::Result<TcpStream>| writeln!(io::stderr(), "accepted").unwrap();
    accept(listener.incoming().inspect(said), fault);
}

/// Whether the server hangs. One in a thread of the test never does.
static HANGS: AtomicBool = AtomicBool::new(false);

fn accept(streams: impl Iterator<Item = io::Result<TcpStream>>, fault: Fault) {
    for stream in streams {
        let stream = stream.unwrap();
        if HANGS.load(Ordering::Relaxed) {
            // It stays open, and silent.
            std::mem::forget(stream);
            continue;
        }
        thread::spawn(move || match fault {
            Fault::Closes => drop(stream),
            // Clients that go end it.
            Fault::Lenient | Fault::Silent => drop(echo_anything(stream, fault)),
            _ => drop(echo(stream, fault)),
        });
    }
}

fn echo(stream: TcpStream, fault: Fault) -> Result<(), sansocket::Error> {
    let mut socket = Acceptor::new().accept(stream)?;
    while let Some(message) = socket.recv()? {
        let is_hello = message.as_bytes() == b"Hello";
        match fault {
            Fault::Dies if is_hello => std::process::exit(7),
            Fault::Hangs if is_hello => HANGS.store(true, Ordering::Relaxed),
            Fault::Slow => thread::sleep(Duration::from_millis(200)),
            _ => {}
        }
        while HANGS.load(Ordering::Relaxed) {
            thread::park();
        }
        socket.send(message)?;
    }
    Ok(())
}

/// Echoes frame by frame, whatever the frames are.
pub(crate) fn echo_anything(mut stream: impl Read + Write, fault: Fault) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.extend(bytes::<1>(&mut stream)?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    let key = lines.find(|(name, _)| name.eq_ignore_ascii_case("Sec-WebSocket-Key"));
    let key = key.map_or("", |(_, value)| value.trim());
    let digest = Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
    let accept = BASE64_STANDARD.encode(digest);
    write!(
        stream,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    )?;
    stream.flush()?;
    loop {
        let [first, second] = bytes(&mut stream)?;
        let len = match second & 0x7F {
            126 => u16::from_be_bytes(bytes(&mut stream)?).into(),
            127 => u64::from_be_bytes(bytes(&mut stream)?),
            len => len.into(),
        };
        if fault == Fault::Silent && second & 0x80 == 0 {
            return Ok(());
        }
        let key = if second & 0x80 == 0 { [0; 4] } else { bytes(&mut stream)? };
        let mut payload = Vec::new();
        Read::by_ref(&mut stream).take(len).read_to_end(&mut payload)?;
        for (byte, key) in payload.iter_mut().zip(key.into_iter().cycle()) {
            *byte ^= key;
        }
        match first & 0x0F {
            0x9 => stream.write_all(&frame(0x8A, &payload))?,
            0xA => {}
            _ => stream.write_all(&frame(first, &payload))?,
        }
        stream.flush()?;
        if first & 0x0F == 0x8 {
            return Ok(());
        }
    }
}

fn bytes<const LEN: usize>(stream: &mut impl Read) -> io::Result<[u8; LEN]> {
    let mut bytes = [0; LEN];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match u16::try_from(payload.len()) {
        Ok(len @ ..126) => frame.push(len as u8),
        Ok(len) => {
            frame.push(126);
            frame.extend(len.to_be_bytes());
        }
        Err(_) => {
            frame.push(127);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend(payload);
    frame
}
