//! An echo server among thousands of ordinary peers and some hostile ones, which checks for minutes
//! that the ordinary ones do not notice.
//!
//!     cargo run --release --features net --example soak -- --connections 10000 --seconds 600
//!
//! The server is in this process, the ordinary peers are in a second one, and in a third one, some
//! time later:
//!
//! - a flooder, which sends Pings and messages as fast as it can;
//! - a peer that sends, but never reads;
//! - peers that reconnect after a random time, and end each connection in another way: with a reset, with a
//!   half-close, within a frame, without a Close frame.
//!
//! Before that time they do the same to a separate server, so that the machine and the ordinary
//! peers are equally busy, and latencies can be compared.
//!
//! Exits with 0 if all conditions in [`verdict`] hold, otherwise with 1.

#[path = "../arguments/common.rs"]
mod arguments;
mod child;
mod hostile;
mod latency;
mod ordinary;
mod process;
mod server;
mod verdict;

use std::{
    error::Error as StdError,
    io::{self, Read as _},
    net::SocketAddr,
    process::ExitCode,
    thread,
    time::{Duration, Instant, SystemTime},
};

use lexopt::{Error, Parser, prelude::*};
use sansocket::Options;
use tokio::runtime::Runtime;

use child::Child;
use latency::Latency;
use verdict::Verdict;

const USAGE: &str = "usage: soak [OPTIONS]

  --connections N              how many there are at a time (10000)
  --seconds N                  for how long, beside the connecting and closing (600)
  --seed N                     what the random choices of the peers follow from
  --any-latency                latencies are measured, but do not decide";

const EXIT_STATUS: &str = "
Exit status: 0 every promise was kept, 1 one was broken, 3 wrong usage";

/// One in this many connections comes and goes.
const ONE_IN: usize = 50;
/// How many open files a process has besides its connections, at most.
const OTHER_FILES: usize = 100;

#[derive(Clone)]
struct Arguments {
    connections: usize,
    seconds: u64,
    seed: u64,
    any_latency: bool,
    options: Options,
    /// The part of this process if it is a child, and the server's address.
    part: Option<(String, SocketAddr)>,
}

fn main() -> Result<ExitCode, Box<dyn StdError + Send + Sync>> {
    let usage = format!("{USAGE}{}\n{EXIT_STATUS}", arguments::USAGE);
    let arguments = arguments::or_exit(parse(), &usage);
    let kept = match &arguments.part {
        None => soak(&arguments)?,
        Some((part, address)) => {
            match &**part {
                "ordinary" => ordinary::run(&arguments, *address)?,
                "hostile" => hostile::run(&arguments, *address)?,
                _ => serve(&arguments, *address)?,
            }
            true
        }
    };
    Ok(ExitCode::from(u8::from(!kept)))
}

/// Runs everything, and returns whether all conditions hold.
fn soak(arguments: &Arguments) -> Result<bool, Box<dyn StdError + Send + Sync>> {
    let &Arguments { connections, seconds, seed, .. } = arguments;
    let needed = connections + OTHER_FILES;
    if process::descriptor_limit().is_some_and(|limit| limit < needed) {
        return Err(format!("more open files are needed: ulimit -n {needed}").into());
    }
    println!("{connections} connections, {seconds} s, seed {seed}");
    let runtime = Runtime::new()?;
    let address =
        runtime.block_on(server::start(&arguments.options, ([127, 0, 0, 1], 0).into()))?;
    let descriptors = process::descriptors();

    let mut ordinary = Child::start("ordinary", address, seed)?;
    ordinary.answer()?;
    println!("connected");
    let mut other_server = Child::start("server", address, seed)?;
    let other = other_server.answer()?.parse()?;

    // A fifth of the time without the hostile peers, the rest with them; a tenth of each passes
    // before anything is measured.
    let mut phase =
        |hostile: Child, time: Duration| -> Result<_, Box<dyn StdError + Send + Sync>> {
            thread::sleep(time / 10);
            ordinary.ask()?;
            let memory = sample_memory(time * 9 / 10);
            let latency: Latency = ordinary.ask()?.parse()?;
            Ok((latency, memory, hostile.end()?))
        };
    let calm_time = Duration::from_secs(seconds) / 5;
    let (calm, ..) = phase(Child::start("hostile", other, seed)?, calm_time)?;
    println!("calm: {calm}");
    other_server.end()?;
    let hostile = Child::start("hostile", address, seed)?;
    let (hostile, memory, deeds) = phase(hostile, Duration::from_secs(seconds) - calm_time)?;
    println!("among hostile peers: {hostile}");
    println!("hostile peers: {deeds}");

    let end = ordinary.end()?;
    let (echoed, failed) = end.split_once(' ').ok_or("the ordinary peers did not end")?;
    let (echoed, failed): (u64, u64) = (echoed.parse()?, failed.parse()?);
    let mut verdict = Verdict::default();
    verdict.add("messages echoed", echoed, "more than 0", echoed > 0);
    verdict.add("ordinary peers that lost one or got another", failed, 0, failed == 0);
    verdict.memory(&memory);
    verdict.descriptors(descriptors, process::descriptors_at_most(descriptors));
    verdict.latency(&calm, &hostile, arguments.any_latency);
    Ok(verdict.print())
}

/// The memory of this process, once a second.
fn sample_memory(time: Duration) -> Vec<u64> {
    let start = Instant::now();
    let mut samples = Vec::new();
    while let Some(left) = time.checked_sub(start.elapsed()) {
        samples.extend(process::memory());
        thread::sleep(left.min(Duration::from_secs(1)));
    }
    samples
}

/// Serves in a separate process, until the end of the input.
fn serve(arguments: &Arguments, address: SocketAddr) -> io::Result<()> {
    let runtime = Runtime::new()?;
    let address = (address.ip(), 0).into();
    println!("{}", runtime.block_on(server::start(&arguments.options, address))?);
    io::stdin().read_to_end(&mut Vec::new())?;
    println!("served");
    Ok(())
}

fn parse() -> Result<Option<Arguments>, Error> {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let mut arguments = Arguments {
        connections: 10_000,
        seconds: 600,
        seed: since_epoch.unwrap_or_default().as_secs(),
        any_latency: false,
        options: arguments::options(),
        part: None,
    };
    let mut parser = Parser::from_env();
    while let Some(argument) = parser.next()? {
        let Long(name) = argument else { return Err(argument.unexpected()) };
        match &*name.to_owned() {
            "connections" => arguments.connections = parser.value()?.parse()?,
            "seconds" => arguments.seconds = parser.value()?.parse()?,
            "seed" => arguments.seed = parser.value()?.parse()?,
            "any-latency" => arguments.any_latency = true,
            "part" => arguments.part = Some((parser.value()?.parse()?, parser.value()?.parse()?)),
            "help" => return Ok(None),
            name => {
                if !arguments::take(&mut arguments.options, name, &mut parser)? {
                    return Err(Long(name).unexpected());
                }
            }
        }
    }
    Ok(Some(arguments))
}
