use std::{
    env, fs,
    path::PathBuf,
    process,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use fastrand::Rng;
use sansocket::Seed;
use scale_out::{
    cluster::{NodeProcess, RedisServer},
    engine::{Client, Counts},
    log::{Kept, Options, RedisLog},
    protocol::{Name, Position},
};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep},
};

use crate::{
    chaos::{Chaos, Harm},
    driver::Driver,
    witness::{Truth, WatchedClient},
};

const NODES: usize = 3;
const ROOMS: [&str; 2] = ["red", "green"];
const READERS: usize = 5;
const PUBLISHERS: usize = 8;
/// Of each publisher: 320 messages a second in all.
const INTERVAL: Duration = Duration::from_millis(25);
/// How long it may take until everybody has everything, after all is up again.
const PATIENCE: Duration = Duration::from_secs(60);

/// A part of the proof.
pub(crate) struct Plan {
    pub(crate) name: &'static str,
    pub(crate) messages: usize,
    /// How many messages Redis keeps of each room, and of each feed.
    pub(crate) kept: &'static str,
    pub(crate) flushes: bool,
}

/// What came of it.
pub(crate) struct Outcome {
    pub(crate) published: u64,
    pub(crate) readers: u64,
    pub(crate) counts: Counts,
}

/// A cluster with clients.
pub(crate) struct Trial {
    plan: &'static Plan,
    seed: u64,
    directory: PathBuf,
    redis: RedisServer,
    nodes: Vec<NodeProcess>,
    log: RedisLog,
    truth: Arc<Mutex<Truth>>,
    readers: Vec<Arc<Mutex<Client>>>,
    publishers: Vec<Arc<Mutex<Client>>>,
    tasks: Vec<JoinHandle<Driver>>,
    stop: watch::Sender<bool>,
}

impl Trial {
    pub(crate) async fn start(plan: &'static Plan) -> Self {
        let seed =
            env::var("SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().unwrap());
        let directory = env::temp_dir().join(format!("scale_out-proof-{}", process::id()));
        fs::create_dir_all(&directory).unwrap();
        let redis = RedisServer::start(&directory.join("redis")).unwrap();
        let program = PathBuf::from(env!("CARGO_BIN_EXE_node"));
        let nodes = (0..NODES).map(|number| {
            let (name, url) = (format!("node {number}"), redis.url());
            let arguments = [
                ["--name", &name, "--redis", &url],
                ["--shards", "1", "--window", "64"],
                ["--room-length", plan.kept, "--feed-length", plan.kept],
            ];
            let arguments = [arguments.as_flattened(), &["--redis-survives-restart"]].concat();
            NodeProcess::start(&program, &arguments, &directory.join(&name)).unwrap()
        });
        let nodes = nodes.collect();
        let kept = Kept { room: 0, feed: 0 };
        let options = Options { shards: 1, kept, survives_restart: true };
        let log = RedisLog::open(&redis.url(), options).unwrap();
        Self {
            plan,
            seed,
            directory,
            redis,
            nodes,
            log,
            truth: Arc::default(),
            readers: Vec::new(),
            publishers: Vec::new(),
            tasks: Vec::new(),
            stop: watch::Sender::new(false),
        }
    }

    pub(crate) async fn run(mut self) -> Outcome {
        println!("{}; SEED={}", self.plan.name, self.seed);
        let begun = Instant::now();
        for number in 0..READERS {
            let client = self.spawn(&format!("reader-{number}"), number == 0, Vec::new());
            self.readers.push(client);
        }
        // From the beginning, so that everybody must get everything.
        self.wait_until(|trial| {
            trial.readers.iter().all(|reader| position_in_all(&reader.lock().unwrap()).is_some())
        })
        .await;
        let rooms = ROOMS.map(|room| room.parse::<Name>().unwrap());
        for number in 0..PUBLISHERS {
            let texts = (0..self.plan.messages / PUBLISHERS).map(|at| {
                (rooms[at % ROOMS.len()].clone(), format!("message {at} of publisher {number}"))
            });
            let client = self.spawn(&format!("publisher-{number}"), false, texts.collect());
            self.publishers.push(client);
        }
        let harm = self.rage().await;
        self.wait_until(Self::is_published).await;
        let ends = self.ends().await;
        self.wait_until(|trial| {
            let is_there = |reader: &Arc<Mutex<Client>>| {
                position_in_all(&reader.lock().unwrap()).as_ref() == Some(&ends)
            };
            trial.readers.iter().all(is_there)
        })
        .await;
        self.finish(&ends, &harm, begun.elapsed()).await
    }

    fn spawn(
        &mut self,
        name: &str,
        is_slow: bool,
        mut publishes: Vec<(Name, String)>,
    ) -> Arc<Mutex<Client>> {
        let name: Name = name.parse().unwrap();
        let mut client = Client::new(name.clone(), Seed::from_os().unwrap());
        if publishes.is_empty() {
            ROOMS.iter().for_each(|room| client.join(room.parse().unwrap()));
        }
        publishes.reverse();
        let client = Arc::new(Mutex::new(client));
        let driver = Driver {
            name,
            client: Arc::clone(&client),
            truth: Arc::clone(&self.truth),
            watched: WatchedClient::default(),
            nodes: self.nodes.iter().map(NodeProcess::address).collect(),
            next: self.tasks.len(),
            is_slow,
            publishes,
            interval: INTERVAL,
            begun: Instant::now(),
            twice: 0,
            resumes: 0,
        };
        self.tasks.push(tokio::spawn(driver.run(self.stop.subscribe())));
        client
    }

    async fn rage(&mut self) -> Harm {
        let is_over = Arc::new(AtomicBool::new(false));
        let published = tokio::spawn({
            let (publishers, is_over) = (self.publishers.clone(), Arc::clone(&is_over));
            let messages = self.plan.messages;
            async move {
                while acknowledged(&publishers) < messages {
                    sleep(Duration::from_millis(20)).await;
                }
                is_over.store(true, Ordering::Relaxed);
            }
        });
        let chaos = Chaos {
            random: Rng::with_seed(self.seed),
            redis: &mut self.redis,
            nodes: &mut self.nodes,
            flushes: self.plan.flushes,
            harm: Harm::default(),
        };
        let harm = chaos.rage(&is_over).await;
        published.await.unwrap();
        harm
    }

    fn is_published(&self) -> bool {
        acknowledged(&self.publishers) == self.plan.messages
    }

    /// The end of each room.
    async fn ends(&self) -> Vec<Position> {
        let mut ends = Vec::new();
        for room in ROOMS {
            let page = self.log.read(&room.parse().unwrap(), None, 1).await.unwrap();
            ends.push(Position { epoch: page.epoch, number: page.last });
        }
        ends
    }

    async fn wait_until(&self, is_done: impl Fn(&Self) -> bool) {
        let until = Instant::now() + PATIENCE;
        while !is_done(self) {
            assert!(Instant::now() < until, "it does not settle; see {}", self.directory.display());
            sleep(Duration::from_millis(20)).await;
        }
    }

    async fn finish(self, ends: &[Position], harm: &Harm, took: Duration) -> Outcome {
        self.stop.send_replace(true);
        let mut drivers = Vec::new();
        for task in self.tasks {
            drivers.push(task.await.expect("no rule is broken"));
        }
        let truth = self.truth.lock().unwrap();
        let mut counts = Counts::default();
        let (mut published, mut seen, mut twice, mut resumes) = (0, 0, 0, 0);
        for driver in drivers {
            let client = driver.client.lock().unwrap();
            for sequence in 1..=client.acknowledged() as u64 {
                published += 1;
                seen += u64::from(truth.has(&(driver.name.clone(), sequence)));
            }
            twice += driver.twice;
            resumes += driver.resumes;
            if position_in_all(&client).is_none() {
                continue;
            }
            for (room, end) in ROOMS.iter().zip(ends) {
                driver.watched.finish(&room.parse().unwrap(), *end, &truth);
            }
            counts += client.counts();
        }
        let Harm { kills, stops, drains, restarts, flushes } = harm;
        let Counts { shown, repeated, not_newer, resumed, not_recovered, gaps } = counts;
        println!(
            "  published and acknowledged: {published}, of them sent twice {twice}; reached a reader: {seen}\n  \
             nodes killed: {kills}, stopped: {stops}, drained: {drains}; \
             Redis restarted: {restarts}, flushed: {flushes}\n  \
             {READERS} readers: shown {shown}, resumed {resumed}, not recovered {not_recovered}, \
             told to resume {resumes}\n  \
             ignored: repeated {repeated}, not newer {not_newer}; gaps: {gaps}; {:.1} s",
            took.as_secs_f64()
        );
        drop((self.redis, self.nodes));
        fs::remove_dir_all(&self.directory).unwrap();
        Outcome { published, readers: READERS as u64, counts }
    }
}

fn acknowledged(publishers: &[Arc<Mutex<Client>>]) -> usize {
    publishers.iter().map(|client| client.lock().unwrap().acknowledged()).sum()
}

fn position_in_all(client: &Client) -> Option<Vec<Position>> {
    ROOMS.iter().map(|room| client.position(&room.parse().unwrap())).collect()
}
