use std::time::{Duration, Instant};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, split},
    time::timeout,
};
use wsspec::{Action, Run};

use super::dial::Stream;

/// How long a target may read nothing, while a run writes.
const WRITE_LIMIT: Duration = Duration::from_secs(10);
/// No case takes longer.
const RUN_LIMIT: Duration = Duration::from_secs(120);

/// Moves the bytes of a run, until it is finished.
pub(crate) async fn drive(run: &mut Run<'_>, stream: impl Stream) {
    let start = Instant::now();
    let (mut reader, mut writer) = split(stream);
    let mut input = vec![0; 64 << 10];
    let mut unwritten: Vec<u8> = Vec::new();
    let mut can_read = true;
    while start.elapsed() < RUN_LIMIT {
        let (until, is_write) = if unwritten.is_empty() {
            match run.poll(start.elapsed()) {
                Action::Send(bytes) => {
                    unwritten = bytes;
                    continue;
                }
                Action::End => {
                    // If it fails, the target was faster.
                    if timeout(WRITE_LIMIT, writer.shutdown()).await.is_err() {
                        return run.blocked(start.elapsed());
                    }
                    continue;
                }
                Action::Wait(until) => (until.saturating_sub(start.elapsed()), false),
                _ => return,
            }
        } else {
            (WRITE_LIMIT, true)
        };
        let read = async {
            if can_read { reader.read(&mut input).await } else { std::future::pending().await }
        };
        let write = async {
            if !is_write {
                return std::future::pending().await;
            }
            writer.write(&unwritten).await
        };
        let next = async {
            tokio::select! {
                read = read => Next::Read(read.unwrap_or(0)),
                written = write => Next::Written(written.unwrap_or(0)),
            }
        };
        match timeout(until, next).await {
            Ok(Next::Read(0)) => {
                can_read = false;
                unwritten.clear();
                run.ended(start.elapsed());
            }
            Ok(Next::Read(count)) => {
                run.received(input.get(..count).unwrap_or_default(), start.elapsed());
            }
            // It has ended, which reading tells.
            Ok(Next::Written(0)) => unwritten.clear(),
            Ok(Next::Written(count)) => {
                unwritten.drain(..count);
                // If it fails, reading tells.
                if timeout(WRITE_LIMIT, writer.flush()).await.is_err() {
                    return run.blocked(start.elapsed());
                }
            }
            Err(_) if is_write => return run.blocked(start.elapsed()),
            Err(_) => {}
        }
    }
    run.give_up(start.elapsed());
}

enum Next {
    Read(usize),
    Written(usize),
}
