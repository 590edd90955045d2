use std::{
    env,
    net::{Shutdown, SocketAddr},
    path::{Path, PathBuf},
    process::{self, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use sansocket::{Backoff, Error, Seed, tokio::Connector};
use sansocket_socketio::client::{Client, EmitError, Incoming, Socket};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    net::TcpStream,
    process::{Child, Command},
    time::{sleep, timeout},
};

/// How long something may take before a test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// A Redis and servers that share it, each a process.
pub(crate) struct Cluster {
    redis: Redis,
    servers: Vec<Server>,
    addresses: Arc<Vec<SocketAddr>>,
}

struct Redis {
    folder: PathBuf,
}

struct Server {
    process: Child,
    errors: Arc<Mutex<Vec<String>>>,
}

impl Redis {
    fn call(&self, command: &str) -> String {
        let script =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/scale_out/redis.sh");
        let done = process::Command::new(script).arg(command).arg(&self.folder).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.call("stop");
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Server {
    async fn start(redis: &str) -> (Self, SocketAddr) {
        // Beside the folder of this test.
        let program = env::current_exe()
            .unwrap()
            .ancestors()
            .nth(2)
            .unwrap()
            .join("examples/contract_server");
        let mut process = Command::new(&program)
            .args(["--listen", "127.0.0.1:0", "--max-payload", "50000000"])
            .args(["--redis", redis])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}: build the examples", program.display()));
        let mut output = BufReader::new(process.stdout.take().unwrap()).lines();
        let line = output.next_line().await.unwrap().expect("the line of a server that listens");
        let address = line.strip_prefix("listening on http://").unwrap().parse().unwrap();
        let errors = Arc::new(Mutex::new(Vec::new()));
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let kept = Arc::clone(&errors);
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                kept.lock().unwrap().push(line);
            }
        });
        (Self { process, errors }, address)
    }
}

impl Cluster {
    pub(crate) async fn start(servers: usize) -> Self {
        let name = format!("socketio-redis-{}-{:?}", process::id(), std::thread::current().id());
        let redis = Redis { folder: env::temp_dir().join(name) };
        let url = format!("redis://127.0.0.1:{}", redis.call("start"));
        let (mut started, mut addresses) = (Vec::new(), Vec::new());
        for _ in 0..servers {
            let (server, address) = Server::start(&url).await;
            started.push(server);
            addresses.push(address);
        }
        let cluster = Self { redis, servers: started, addresses: Arc::new(addresses) };
        for server in 0..servers {
            cluster.member(server).await.settled().await;
        }
        cluster
    }

    /// Connects a client to a server.
    pub(crate) async fn member(&self, server: usize) -> Member {
        Member::connect(Arc::clone(&self.addresses), server).await
    }

    /// Kills a server, which has no time to save anything.
    pub(crate) async fn kill(&mut self, server: usize) {
        self.servers[server].process.kill().await.unwrap();
    }

    pub(crate) async fn signal(&self, server: usize, signal: &str) {
        let id = self.servers[server].process.id().unwrap().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status().await.unwrap();
        assert!(sent.success());
    }

    /// Kills Redis, and starts it again with its data.
    pub(crate) async fn restart_redis(&mut self) {
        self.redis.call("stop");
        self.redis.call("start");
    }

    /// Removes all data from Redis.
    pub(crate) async fn flush(&self) {
        let port = std::fs::read_to_string(self.redis.folder.join("port")).unwrap();
        let client = redis::Client::open(format!("redis://127.0.0.1:{}", port.trim())).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let () = redis::cmd("FLUSHALL").query_async(&mut connection).await.unwrap();
    }

    /// Returns the lines that a server has written to stderr, once there are any.
    pub(crate) async fn errors(&self, server: usize) -> Vec<String> {
        let errors = &self.servers[server].errors;
        let some = async {
            while errors.lock().unwrap().is_empty() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, some).await.expect("an error of the server");
        errors.lock().unwrap().clone()
    }
}

/// A client, whose attempts to connect reach one of the servers.
pub(crate) struct Member {
    socket: Socket,
    server: Arc<Mutex<usize>>,
    /// The stream of the last attempt.
    stream: Arc<Mutex<Option<std::net::TcpStream>>>,
}

impl Member {
    async fn connect(addresses: Arc<Vec<SocketAddr>>, server: usize) -> Self {
        let server = Arc::new(Mutex::new(server));
        let stream = Arc::new(Mutex::new(None));
        let (chosen, kept) = (Arc::clone(&server), Arc::clone(&stream));
        let dial = move || {
            let address = addresses[*chosen.lock().unwrap()];
            let kept = Arc::clone(&kept);
            async move {
                let stream = TcpStream::connect(address).await?.into_std()?;
                *kept.lock().unwrap() = Some(stream.try_clone()?);
                let stream = TcpStream::from_std(stream)?;
                let target = "/socket.io/?EIO=4&transport=websocket";
                let host = address.to_string();
                Ok::<_, Error>(Connector::new().connect_over(stream, &host, target).await?.0)
            }
        };
        let (first, longest) = (Duration::from_millis(100), Duration::from_millis(300));
        let backoff = Backoff::new(Seed::from_os().unwrap()).first_delay(first).max_delay(longest);
        let client = Client::builder("")
            .backoff(backoff)
            .ack_timeout(Duration::from_secs(5))
            .max_queued_len(64 << 20)
            .build_over(dial);
        Self { socket: client.connect().await.unwrap(), server, stream }
    }

    pub(crate) fn id(&self) -> String {
        self.socket.id().expect("a client that is connected")
    }

    /// Lets later attempts reach another server.
    pub(crate) fn use_server(&self, server: usize) {
        *self.server.lock().unwrap() = server;
    }

    /// Ends the connection, as a network does.
    pub(crate) fn cut(&self) {
        self.stream.lock().unwrap().take().unwrap().shutdown(Shutdown::Both).unwrap();
    }

    pub(crate) async fn join(&self, room: &str) {
        self.socket.emit_with_ack("join", room).await.unwrap();
    }

    pub(crate) async fn say(&self, room: &str, text: &str) -> Result<(), EmitError> {
        self.socket.emit_with_ack("to-room", &(room, text)).await.map(|_| ())
    }

    /// Says a text to several rooms at once.
    pub(crate) async fn say_to(&self, rooms: &[String], text: &str) -> Result<(), EmitError> {
        let timeout = Duration::from_secs(1);
        let said = self.socket.emit_with_ack_within("to-rooms", &(rooms, text), timeout).await;
        said.map(|_| ())
    }

    /// Returns the ids of the sockets in a room, of all servers, sorted.
    pub(crate) async fn sockets(&self, room: &str) -> Vec<String> {
        let mut ids: Vec<String> =
            self.socket.emit_with_ack("sockets", room).await.unwrap().read().unwrap();
        ids.sort();
        ids
    }

    /// Waits until the server hears of others.
    pub(crate) async fn settled(&self) {
        let healthy = async {
            while !self.socket.emit_with_ack("healthy", &()).await.unwrap().read::<bool>().unwrap()
            {
                sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(PATIENCE, healthy).await.expect("a server that hears of others");
    }

    /// Waits for what comes next.
    pub(crate) async fn next(&mut self) -> Incoming {
        let next = timeout(PATIENCE, self.socket.recv()).await;
        next.expect("something in time").expect("a client that goes on")
    }
}

/// Returns the texts of the next events `said`.
pub(crate) async fn texts(member: &mut Member, count: usize) -> Vec<String> {
    let mut texts = Vec::new();
    while texts.len() < count {
        match member.next().await {
            Incoming::Event(event) if event.name() == "said" => {
                // With the offset behind it.
                texts.push(event.read::<(String, String)>().unwrap().0);
            }
            other => panic!("{other:?} after {texts:?}"),
        }
    }
    texts
}
