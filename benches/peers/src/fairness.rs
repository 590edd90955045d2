//! What a client waits for while another one floods the server, and what the server does meanwhile.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use sansocket::frame::OpCode;

use crate::client::{binary_echo, connect};
use crate::goal::Goal;
use crate::report::Report;
use crate::server::{LENT, Process, RAW, Server, WORKING};
use crate::table::Table;
use crate::wire;

/// How long a flood runs before the first echo.
const WARM_UP: Duration = Duration::from_millis(300);
/// How much of a flood is written at a time.
const CHUNK: usize = 1 << 20;
/// The length of the message that waits for its turn.
const LEN: usize = 16;

/// The most CPU time that a server may spend while another client waits, in ms, and how long that
/// one may wait where the application works on each message.
const MOST_CPU: f64 = 60.0;
const MOST_WAIT: f64 = 100.0;

struct Flood {
    name: &'static str,
    opcode: OpCode,
    len: usize,
    /// How many bytes a second; `None`: as many as the server takes.
    rate: Option<usize>,
}

const FLOODS: [Flood; 3] = [
    Flood { name: "empty messages", opcode: OpCode::Binary, len: 0, rate: None },
    Flood { name: "Pings", opcode: OpCode::Ping, len: 4, rate: None },
    Flood { name: "256 KiB frames", opcode: OpCode::Binary, len: 256 << 10, rate: None },
];

const TRICKLE: Flood = Flood {
    name: "0.5 MB/s of empty messages, 10 us of work each",
    opcode: OpCode::Binary,
    len: 0,
    rate: Some(500_000),
};

/// A client that floods a server until it is stopped.
struct Flooder {
    stream: TcpStream,
    threads: [JoinHandle<()>; 2],
}

impl Flooder {
    fn start(process: &Process, flood: &Flood) -> io::Result<Self> {
        let stream = connect(process, 0)?;
        let frame = wire::message(flood.opcode, &wire::binary(flood.len));
        let (mut writing, mut reading) = (stream.try_clone()?, stream.try_clone()?);
        let rate = flood.rate;
        let writer = thread::spawn(move || {
            let len = rate.map_or(CHUNK, |rate| rate / 1000);
            let chunk = frame.repeat(len / frame.len() + 1);
            // An error is how it is stopped.
            while writing.write_all(&chunk).is_ok() {
                if rate.is_some() {
                    thread::sleep(Duration::from_millis(1));
                }
            }
        });
        let reader = thread::spawn(move || {
            let mut scratch = vec![0; CHUNK];
            while reading.read(&mut scratch).is_ok_and(|count| count > 0) {}
        });
        Ok(Self { stream, threads: [writer, reader] })
    }

    fn stop(self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Both)?;
        for thread in self.threads {
            thread.join().expect("it ends with the stream");
        }
        Ok(())
    }
}

/// What an echo took, in ms.
#[derive(Clone, Copy, Default)]
struct Cost {
    wait: f64,
    cpu: f64,
}

pub fn measure(echoes: usize) -> io::Result<Report> {
    let title = format!("An echo of {LEN} B during a flood, the worst of {echoes}");
    let mut table = Table::new(title, ["wait, ms", "CPU of the server, ms"]);
    let mut goals = Vec::new();
    for flood in &FLOODS {
        for name in [RAW, LENT] {
            let Cost { cpu, .. } = worst(Server::known(name), flood, echoes, &mut table)?;
            if name == LENT {
                let what = format!("{}: CPU of the server during an echo, ms", flood.name);
                goals.push(Goal { what, at_most: MOST_CPU, measured: cpu });
            }
        }
    }
    let Cost { wait, .. } = worst(Server::known(WORKING), &TRICKLE, echoes, &mut table)?;
    let what = format!("{}: wait of an echo, ms", TRICKLE.name);
    goals.push(Goal { what, at_most: MOST_WAIT, measured: wait });
    Ok(Report { tables: vec![table], goals })
}

/// The most that an echo took during a flood.
fn worst(
    server: &'static Server,
    flood: &Flood,
    echoes: usize,
    table: &mut Table,
) -> io::Result<Cost> {
    let process = Process::start(server)?;
    let flooder = Flooder::start(&process, flood)?;
    thread::sleep(WARM_UP);
    let echo = binary_echo(server, LEN);
    let mut stream = connect(&process, 1)?;
    let mut worst = Cost::default();
    for _ in 0..echoes {
        let (start, before) = (Instant::now(), process.cpu_time_so_far()?);
        echo.run(&mut stream).map_err(|error| server.blame(error))?;
        let (wait, cpu) = (start.elapsed(), process.cpu_time_so_far()? - before);
        worst.wait = worst.wait.max(wait.as_secs_f64() * 1e3);
        worst.cpu = worst.cpu.max(cpu.as_secs_f64() * 1e3);
    }
    flooder.stop()?;
    let title = format!("{}: {}", server.name, flood.name);
    table.push(title, [Some(worst.wait), Some(worst.cpu)]);
    Ok(worst)
}
