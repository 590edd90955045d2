use std::{
    env, io,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use scale_out::cluster::{NodeProcess, RedisServer, Signal};
use serde::Serialize;

/// How many nodes there are.
const NODES: usize = 2;
/// How long a node stays away after it was killed: long enough to see it.
const AWAY: Duration = Duration::from_secs(4);

/// The nodes and their Redis, until [`end`](Self::end).
pub(crate) struct Fleet(Mutex<Processes>);

struct Processes {
    nodes: Vec<Member>,
    redis: Option<RedisServer>,
}

struct Member {
    process: NodeProcess,
    /// When it is started again, if it has ended.
    returns: Option<Instant>,
}

/// A node, as the page sees it.
#[derive(Serialize)]
pub(crate) struct Status {
    name: String,
    socket: String,
    is_running: bool,
}

impl Fleet {
    /// Starts everything. Pages of this origin may connect to the nodes.
    pub(crate) fn start(directory: &Path, origin: &str) -> io::Result<Self> {
        let redis = RedisServer::start(&directory.join("redis"))?;
        // Cargo puts both programs into the same folder.
        let program = env::current_exe()?.with_file_name("node");
        let nodes = (0..NODES).map(|number| {
            let (name, url) = (name(number), redis.url());
            let arguments =
                ["--name", &name, "--redis", &url, "--origin", origin, "--redis-survives-restart"];
            let process = NodeProcess::start(&program, &arguments, &directory.join(&name))?;
            Ok(Member { process, returns: None })
        });
        let nodes = nodes.collect::<io::Result<_>>()?;
        Ok(Self(Mutex::new(Processes { nodes, redis: Some(redis) })))
    }

    /// Starts nodes again that have been away for long enough.
    pub(crate) fn look_after(&self) -> io::Result<()> {
        for member in &mut self.lock().nodes {
            match member.returns {
                None if !member.process.is_running()? => {
                    member.returns = Some(Instant::now() + AWAY);
                }
                Some(at) if at <= Instant::now() => {
                    member.process.start_again()?;
                    member.returns = None;
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(crate) fn status(&self) -> Vec<Status> {
        let status = |(number, member): (usize, &Member)| Status {
            name: name(number),
            socket: format!("ws://{}/socket", member.process.address()),
            is_running: member.returns.is_none(),
        };
        self.lock().nodes.iter().enumerate().map(status).collect()
    }

    /// Ends a node at once. Returns whether there is such a node.
    pub(crate) fn kill(&self, node: usize) -> io::Result<bool> {
        let mut processes = self.lock();
        let Some(member) = processes.nodes.get_mut(node) else { return Ok(false) };
        if member.returns.is_none() {
            member.process.kill()?;
            member.returns = Some(Instant::now() + AWAY);
        }
        Ok(true)
    }

    /// Lets a node send its clients away and end. Returns whether there is such a node.
    pub(crate) fn drain(&self, node: usize) -> io::Result<bool> {
        let processes = self.lock();
        let Some(member) = processes.nodes.get(node) else { return Ok(false) };
        if member.returns.is_none() {
            member.process.signal(Signal::Terminate)?;
        }
        Ok(true)
    }

    /// Ends Redis at once, and starts it again with what it has kept.
    pub(crate) fn restart_redis(&self) -> io::Result<()> {
        let mut processes = self.lock();
        let Some(redis) = &mut processes.redis else { return Ok(()) };
        redis.crash()?;
        redis.start_again()
    }

    pub(crate) fn redis_url(&self) -> Option<String> {
        self.lock().redis.as_ref().map(RedisServer::url)
    }

    /// Ends everything.
    pub(crate) fn end(&self) {
        let mut processes = self.lock();
        processes.nodes.clear();
        processes.redis = None;
    }

    fn lock(&self) -> MutexGuard<'_, Processes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn name(number: usize) -> String {
    format!("node {}", number + 1)
}
