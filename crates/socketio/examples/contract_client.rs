//! A client for the interoperability tests of `tests/socketio`: it runs scenarios against a server, and
//! prints one line for each.
//!
//!     cargo run -p sansocket-socketio --example contract_client -- http://127.0.0.1:3000 connect acks
//!
//! Exits with 0 if all are ok, 1 otherwise.

use std::{
    error::Error,
    io::Write as _,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sansocket::{Backoff, Seed};
use sansocket_socketio::{
    Arguments, Binary, Namespace, Value,
    client::{Builder, Client, ConnectError, EmitError, Event, Incoming, Socket},
    packet,
    session::DisconnectReason,
    value::ValueError,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::Notify,
    time::{sleep, timeout},
};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const TIME_PER_SCENARIO: Duration = Duration::from_secs(9);
const PATIENCE: Duration = Duration::from_secs(8);
const PING_INTERVAL_AND_TIMEOUT: Duration = Duration::from_secs(3);
const MAX_PAYLOAD: usize = 1_000_000;
/// As long as nothing must happen: some delays of reconnection.
const QUIET: Duration = Duration::from_millis(400);

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
        "connect" => connect(url).await,
        "auth-accepted" => auth_accepted(url).await,
        "auth-refused" => auth_refused(url).await,
        "unknown-namespace" => unknown_namespace(url).await.map(drop),
        "unknown-namespace-message" => {
            equal(&unknown_namespace(url).await?.message, &"Invalid namespace".to_owned())
        }
        "events" => echo_each(&mut client(url).connect().await?, events()?).await,
        "binary" => echo_each(&mut client(url).connect().await?, binary()).await,
        "acks" => acks(url).await,
        "ack-timeout" => ack_timeout(url).await,
        "asked" => asked(url).await,
        "asked-timeout" => asked_timeout(url).await,
        "order" => order(url).await,
        "rooms" => rooms(url).await,
        "namespaces" => namespaces(url).await,
        "volatile" => volatile(url).await,
        "client-disconnect" => client_disconnect(url).await,
        "server-disconnect" => server_disconnect(url).await,
        "websocket" => {
            let who = who_am_i(&client(url).connect().await?).await?;
            equal(&who.transport, &"websocket".to_owned())
        }
        "large" => {
            let large = one(Binary::from(vec![7; MAX_PAYLOAD / 10 * 9]));
            echo(&mut client(url).connect().await?, large).await
        }
        "too-large" => too_large(url).await,
        "heartbeat" => heartbeat(url).await,
        "silent-server" => silent_server(url).await,
        "cut" => cut(url).await,
        "offline-buffer" => offline_buffer(url).await,
        "reconnect" => reconnect(url).await,
        "recovery" => recovery(url).await,
        _ => Err("this client does not have the scenario".into()),
    }
}

// What the scenarios are made of.

fn builder(url: &str) -> Builder {
    let seed = Seed::from_os().expect("the system has no random numbers");
    let backoff = Backoff::new(seed)
        .first_delay(Duration::from_millis(50))
        .max_delay(Duration::from_millis(200));
    Client::builder(url).backoff(backoff).ack_timeout(PATIENCE)
}

fn client(url: &str) -> Client {
    builder(url).build()
}

fn chat() -> Namespace {
    Namespace::new("/chat").expect("it starts with a slash")
}

fn one(value: impl Into<Value>) -> Arguments {
    Arguments::from(vec![value.into()])
}

fn bytes() -> Binary {
    (0..=u8::MAX).collect::<Vec<_>>().into()
}

fn events() -> Outcome<Vec<Arguments>> {
    Ok(vec![
        Arguments::default(),
        one("Grüße, 世界, 👋🏽, \u{1e}, \0, \u{2028}, \", \\"),
        Arguments::new(&(0, -1, 1.5, 9_007_199_254_740_991_u64, 1e21, true, false, ()))?,
        Arguments::new(&(
            json!([]),
            json!({}),
            json!([[["deep"]]]),
            json!({ "a": { "b": [{ "c": null }] }, "": "under an empty key" }),
        ))?,
        one(json!({ "_placeholder": true, "num": 0 })),
    ])
}

fn binary() -> Vec<Arguments> {
    let part = |range: std::ops::Range<usize>| Value::from(Binary::from(&bytes()[range]));
    let object = |members: Vec<(&str, Value)>| {
        Value::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
    };
    let reversed = bytes().iter().rev().copied().collect::<Vec<_>>();
    vec![
        one(bytes()),
        one(Binary::default()),
        vec![bytes().into(), "between".into(), Binary::from(reversed).into()].into(),
        one(object(vec![
            ("file", bytes().into()),
            ("parts", vec![part(0..1), object(vec![("deep", part(1..3))])].into()),
            ("name", "x".into()),
            ("none", Value::Null),
        ])),
        one(vec![Value::Array(vec![part(7..9)])]),
    ]
}

fn equal<T: PartialEq + std::fmt::Debug>(got: &T, wanted: &T) -> Outcome {
    if got == wanted {
        return Ok(());
    }
    let (got, wanted) = (format!("{got:?}"), format!("{wanted:?}"));
    let short = |text: &str| text.chars().take(200).collect::<String>();
    Err(format!("got {}, wanted {}", short(&got), short(&wanted)).into())
}

/// The same for an event, which may have the offset of recovery as its last argument.
fn equal_arguments(got: Arguments, wanted: Arguments) -> Outcome {
    let mut got = got.into_values();
    if got.len() == wanted.len() + 1 && got.last().is_some_and(|last| last.as_str().is_some()) {
        got.pop();
    }
    equal(&got, &wanted.into_values())
}

async fn next_incoming(socket: &mut Socket) -> Outcome<Incoming> {
    socket.recv().await.ok_or_else(|| "the socket has ended".into())
}

async fn next_event(socket: &mut Socket, name: &str) -> Outcome<Event> {
    loop {
        match next_incoming(socket).await? {
            Incoming::Event(event) if event.name == name => return Ok(event),
            _ => {}
        }
    }
}

/// Returns the first arguments of the events of that name up to the one that is `last`.
async fn heard(socket: &mut Socket, name: &str, last: &Value) -> Outcome<Vec<Value>> {
    let mut heard = Vec::new();
    while heard.last() != Some(last) {
        let arguments = next_event(socket, name).await?.arguments;
        heard.extend(arguments.into_values().into_iter().next());
    }
    Ok(heard)
}

async fn disconnected(socket: &mut Socket) -> Outcome<DisconnectReason> {
    loop {
        if let Incoming::Disconnected(reason) = next_incoming(socket).await? {
            return Ok(reason);
        }
    }
}

/// Returns whether the session was recovered.
async fn connected(socket: &mut Socket) -> Outcome<bool> {
    loop {
        if let Incoming::Connected { recovered } = next_incoming(socket).await? {
            return Ok(recovered);
        }
    }
}

async fn call<A: Serialize>(socket: &Socket, name: &str, arguments: A) -> Outcome<Arguments> {
    Ok(socket.emit_with_ack(name, &arguments).await?)
}

#[derive(Deserialize)]
struct Who {
    id: String,
    transport: String,
    recovered: bool,
}

async fn who_am_i(socket: &Socket) -> Outcome<Who> {
    Ok(call(socket, "who-am-i", ()).await?.read()?)
}

async fn echo(socket: &mut Socket, arguments: Arguments) -> Outcome {
    socket.emit("echo", &arguments).await?;
    equal_arguments(next_event(socket, "echo").await?.arguments, arguments)
}

async fn echo_each(socket: &mut Socket, all: Vec<Arguments>) -> Outcome {
    for arguments in all {
        echo(socket, arguments).await?;
    }
    Ok(())
}

/// Fails if the socket does not stay disconnected.
async fn stays_gone(socket: &mut Socket) -> Outcome {
    if let Ok(Some(incoming)) = timeout(QUIET, socket.recv()).await {
        return Err(format!("got {incoming:?} from a socket that has left").into());
    }
    equal(&socket.is_connected(), &false)
}

/// Passes bytes on to a server, to cut the connections of a client.
struct Relay {
    url: String,
    is_open: Arc<AtomicBool>,
    cut: Arc<Notify>,
}

impl Relay {
    async fn new(url: &str) -> Outcome<Self> {
        let server = url.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let (is_open, cut) = (Arc::new(AtomicBool::new(true)), Arc::new(Notify::new()));
        let relay = Self { url, is_open: Arc::clone(&is_open), cut: Arc::clone(&cut) };
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                if !is_open.load(Ordering::Relaxed) {
                    continue;
                }
                let (server, cut) = (server.clone(), Arc::clone(&cut));
                tokio::spawn(async move {
                    let Ok(mut upstream) = TcpStream::connect(server).await else { return };
                    tokio::select! {
                        _ = copy_bidirectional(&mut stream, &mut upstream) => {}
                        () = cut.notified() => {}
                    }
                });
            }
        });
        Ok(relay)
    }

    /// Ends all connections, and accepts no other.
    fn close(&self) {
        self.is_open.store(false, Ordering::Relaxed);
        self.cut.notify_waiters();
    }

    fn open(&self) {
        self.is_open.store(true, Ordering::Relaxed);
    }
}

/// Asks the runner for something.
fn ask(what: &str) -> Outcome {
    println!("server: {what}");
    Ok(std::io::stdout().flush()?)
}

// The scenarios.

async fn connect(url: &str) -> Outcome {
    let socket = client(url).connect().await?;
    let who = who_am_i(&socket).await?;
    equal(&socket.id().as_deref(), &Some(who.id.as_str()))?;
    equal(&(who.recovered, socket.is_recovered()), &(false, false))
}

async fn auth_accepted(url: &str) -> Outcome {
    let client = builder(url).auth(&json!({ "token": "sesame" }))?.build();
    let mut socket = client.connect_to(Namespace::new("/admin")?).await?;
    echo(&mut socket, one("let in")).await
}

async fn auth_refused(url: &str) -> Outcome {
    let wrong = builder(url).auth(&json!({ "token": "wrong" }))?.build();
    for client in [wrong, client(url)] {
        let refusal = refusal(&client, "/admin").await?;
        equal(&refusal.message, &"not authorized".to_owned())?;
        let data = json!({ "status": 401, "hint": "auth.token" });
        let members = |data: &Value| (data.get("status").cloned(), data.get("hint").cloned());
        equal(&refusal.data.as_ref().map(members), &Some(members(&data.into())))?;
    }
    Ok(())
}

async fn unknown_namespace(url: &str) -> Outcome<packet::ConnectError> {
    refusal(&client(url), "/nowhere").await
}

async fn refusal(client: &Client, namespace: &str) -> Outcome<packet::ConnectError> {
    match client.connect_to(Namespace::new(namespace)?).await {
        Err(ConnectError::Refused(refusal)) => Ok(refusal),
        Err(error) => Err(error.into()),
        Ok(_) => Err("connected although refused".into()),
    }
}

async fn acks(url: &str) -> Outcome {
    let socket = client(url).connect().await?;
    for arguments in events()?.into_iter().chain(binary()) {
        let answer = call(&socket, "echo-ack", arguments.clone()).await?;
        equal(&answer, &arguments)?;
    }
    let mut calls = tokio::task::JoinSet::new();
    for number in 0..50 {
        let emitter = socket.emitter();
        calls.spawn(async move { (number, emitter.emit_with_ack("echo-ack", &number).await) });
    }
    while let Some(answer) = calls.join_next().await {
        let (number, answer) = answer?;
        equal(&answer?.read::<u32>()?, &number)?;
    }
    Ok(())
}

async fn ack_timeout(url: &str) -> Outcome {
    let mut socket = client(url).connect().await?;
    let short = Duration::from_millis(200);
    match socket.emit_with_ack_within("ignored", &(), short).await {
        Err(EmitError::AckTimeout(_)) => echo(&mut socket, one("after it")).await,
        other => Err(format!("got {other:?}, wanted a timeout").into()),
    }
}

async fn asked(url: &str) -> Outcome {
    #[derive(Deserialize)]
    struct Reply {
        answer: (Vec<Value>, Binary),
    }

    let mut socket = client(url).connect().await?;
    let mut file = sansocket_socketio::value::Object::default();
    file.insert("file", bytes());
    let question = vec![Value::from("What?"), Value::Object(file)];
    let mut arguments = vec![Value::from(8000)];
    arguments.extend(question.clone());

    let emitter = socket.emitter();
    let arguments = Arguments::from(arguments);
    let asking = emitter.emit_with_ack("ask-me", &arguments);
    let answering = async {
        let event = next_event(&mut socket, "question").await?;
        let ack = event.ack.ok_or("no acknowledgement is wanted")?;
        ack.send(&(event.arguments.into_values(), bytes())).await?;
        Outcome::Ok(())
    };
    let (reply, answered) = tokio::join!(asking, answering);
    answered?;
    let Reply { answer } = reply?.read()?;
    equal(&answer, &(question, bytes()))
}

async fn asked_timeout(url: &str) -> Outcome {
    let mut socket = client(url).connect().await?;
    let emitter = socket.emitter();
    let asking = emitter.emit_with_ack("ask-me", &200);
    let answering = async {
        let event = next_event(&mut socket, "question").await?;
        sleep(Duration::from_millis(500)).await;
        let ack = event.ack.ok_or("no acknowledgement is wanted")?;
        ack.send("too late").await?;
        Outcome::Ok(())
    };
    let (reply, answered) = tokio::join!(asking, answering);
    answered?;
    equal(&reply?.first().and_then(|reply| reply.get("timeout")), &Some(&Value::Bool(true)))?;
    echo(&mut socket, one("after it")).await
}

async fn order(url: &str) -> Outcome {
    let mut socket = client(url).connect().await?;
    let all = (0..200_u8).map(|number| match number % 3 {
        0 => Arguments::new(&(number, Binary::from(&bytes()[usize::from(number)..]))),
        _ => Arguments::new(&number),
    });
    let all = all.collect::<Result<Vec<_>, ValueError>>()?;
    for arguments in &all {
        socket.emit("echo", arguments).await?;
    }
    for arguments in all {
        let echo = next_event(&mut socket, "echo").await?;
        equal_arguments(echo.arguments, arguments)?;
    }
    Ok(())
}

async fn rooms(url: &str) -> Outcome {
    let mut a = client(url).connect().await?;
    let mut b = client(url).connect().await?;
    let mut c = client(url).connect().await?;
    let rooms = |arguments: Arguments| arguments.read::<Vec<String>>();
    equal(&rooms(call(&a, "join", "kitchen").await?)?, &vec!["kitchen".to_owned()])?;
    let both = vec!["hall".to_owned(), "kitchen".to_owned()];
    equal(&rooms(call(&a, "join", "hall").await?)?, &both)?;
    call(&b, "join", "kitchen").await?;
    call(&c, "join", "hall").await?;
    call(&a, "to-all", 1).await?;
    call(&a, "to-all-but-me", 2).await?;
    call(&c, "to-room", ("kitchen", 3)).await?;
    call(&a, "to-room", ("kitchen", 4)).await?;
    call(&a, "to-room-but-me", ("kitchen", 5)).await?;
    call(&c, "to-room-except", ("kitchen", "hall", 6)).await?;
    equal(&rooms(call(&b, "leave", "kitchen").await?)?, &Vec::new())?;
    call(&a, "to-room", ("kitchen", 7)).await?;
    call(&a, "to-room", ("nobody's", 8)).await?;
    call(&b, "to-room", ("hall", bytes())).await?;
    call(&a, "to-all", "end").await?;

    let end = Value::from("end");
    let values = |numbers: &[i32]| numbers.iter().map(|&number| number.into()).collect::<Vec<_>>();
    let wanted = [values(&[1, 3, 4, 7]), values(&[1, 2, 3, 4, 5, 6]), values(&[1, 2])];
    let [mut of_a, mut of_b, mut of_c] = wanted;
    of_a.extend([bytes().into(), end.clone()]);
    of_b.push(end.clone());
    of_c.extend([bytes().into(), end.clone()]);
    equal(&heard(&mut a, "said", &end).await?, &of_a)?;
    equal(&heard(&mut b, "said", &end).await?, &of_b)?;
    equal(&heard(&mut c, "said", &end).await?, &of_c)
}

async fn namespaces(url: &str) -> Outcome {
    let client = client(url);
    let (mut main, mut other) = (client.connect().await?, client.connect_to(chat()).await?);
    if main.id() == other.id() {
        return Err("both namespaces have the same id".into());
    }
    for socket in [&main, &other] {
        call(socket, "join", "kitchen").await?;
    }
    main.emit("echo", &1).await?;
    other.emit("echo", &2).await?;
    let answers = tokio::try_join!(call(&main, "echo-ack", 3), call(&other, "echo-ack", 4))?;
    equal(&(answers.0.read()?, answers.1.read()?), &(3, 4))?;
    call(&main, "to-room", ("kitchen", 5)).await?;
    call(&other, "to-all", 6).await?;
    for (socket, echoed, said) in [(&mut main, 1, 5), (&mut other, 2, 6)] {
        call(socket, "to-all", "end").await?;
        let mut got = Vec::new();
        loop {
            let Incoming::Event(event) = next_incoming(socket).await? else { continue };
            let name = event.name.clone();
            match event.arguments.into_values().into_iter().next() {
                Some(Value::String(end)) if end == "end" => break,
                value => got.push((name, value)),
            }
        }
        let event = |name: &str, value: i32| (name.to_owned(), Some(value.into()));
        equal(&got, &vec![event("echo", echoed), event("said", said)])?;
    }
    other.disconnect();
    echo(&mut main, one(7)).await?;
    equal(&(main.is_connected(), other.is_connected()), &(true, false))
}

async fn volatile(url: &str) -> Outcome {
    let mut socket = client(url).connect().await?;
    for _ in 0..20 {
        socket.emit("volatile", &5).await?;
        let mut ticks = Vec::new();
        loop {
            let Incoming::Event(event) = next_incoming(&mut socket).await? else { continue };
            match event.name.as_str() {
                "tick" => ticks.push(event.arguments.read::<u32>()?),
                _ => break equal(&event.arguments.read()?, &5)?,
            }
        }
        if !ticks.is_empty() {
            let ascending = ticks.is_sorted_by(|one, next| one < next);
            return equal(&(ascending, ticks.iter().all(|&tick| tick < 5)), &(true, true));
        }
    }
    Err("no tick in 20 rounds".into())
}

async fn client_disconnect(url: &str) -> Outcome {
    let mut watcher = client(url).connect().await?;
    let mut leaver = client(url).connect().await?;
    call(&watcher, "join", "watchers").await?;
    let id = leaver.id().ok_or("no id")?;
    leaver.disconnect();
    // Sockets of the scenario before may leave late.
    heard(&mut watcher, "left", &id.as_str().into()).await?;
    equal(&disconnected(&mut leaver).await?, &DisconnectReason::Client)?;
    stays_gone(&mut leaver).await
}

async fn server_disconnect(url: &str) -> Outcome {
    let client = client(url);
    let (mut main, mut other) = (client.connect().await?, client.connect_to(chat()).await?);
    other.emit("disconnect-me", &()).await?;
    equal(&disconnected(&mut other).await?, &DisconnectReason::Server)?;
    stays_gone(&mut other).await?;
    echo(&mut main, one("still here")).await?;
    other.connect().await?;
    echo(&mut other, one("here again")).await
}

async fn too_large(url: &str) -> Outcome {
    let mut socket = client(url).connect().await?;
    socket.emit("echo", &Binary::from(vec![0; MAX_PAYLOAD / 10 * 11])).await?;
    disconnected(&mut socket).await?;
    connected(&mut socket).await?;
    echo(&mut socket, one("smaller")).await
}

async fn heartbeat(url: &str) -> Outcome {
    let mut socket = client(url).connect().await?;
    let id = socket.id();
    sleep(PING_INTERVAL_AND_TIMEOUT + Duration::from_millis(300)).await;
    equal(&(socket.is_connected(), socket.id()), &(true, id))?;
    echo(&mut socket, one("still here")).await
}

async fn silent_server(url: &str) -> Outcome {
    let mut socket = client(url).connect().await?;
    ask("stop")?;
    let reason = disconnected(&mut socket).await;
    ask("continue")?;
    equal(&reason?, &DisconnectReason::PingTimeout)?;
    connected(&mut socket).await?;
    echo(&mut socket, one("here again")).await
}

async fn cut(url: &str) -> Outcome {
    let relay = Relay::new(url).await?;
    let mut socket = client(&relay.url).connect().await?;
    relay.close();
    disconnected(&mut socket).await?;
    relay.open();
    connected(&mut socket).await?;
    echo(&mut socket, one("here again")).await
}

async fn offline_buffer(url: &str) -> Outcome {
    let relay = Relay::new(url).await?;
    let mut socket = client(&relay.url).connect().await?;
    relay.close();
    disconnected(&mut socket).await?;
    let all = [one(1), vec![2.into(), bytes().into()].into(), one(3)];
    for arguments in &all {
        socket.emit("echo", arguments).await?;
    }
    equal(&socket.is_connected(), &false)?;
    relay.open();
    for arguments in all {
        let echo = next_event(&mut socket, "echo").await?;
        equal_arguments(echo.arguments, arguments)?;
    }
    Ok(())
}

async fn reconnect(url: &str) -> Outcome {
    let mut socket = client(url).connect().await?;
    let id = socket.id();
    ask("kill")?;
    disconnected(&mut socket).await?;
    equal(&connected(&mut socket).await?, &false)?;
    if socket.id() == id {
        return Err("the id is that of before".into());
    }
    echo(&mut socket, one("here again")).await
}

async fn recovery(url: &str) -> Outcome {
    let relay = Relay::new(url).await?;
    let mut away = client(&relay.url).connect().await?;
    let other = client(url).connect().await?;
    let id = away.id();
    call(&away, "join", "kitchen").await?;
    call(&other, "to-room", ("kitchen", 0)).await?;
    heard(&mut away, "said", &0.into()).await?;
    relay.close();
    disconnected(&mut away).await?;
    for what in [1.into(), 2.into(), Value::from(bytes()), 4.into(), 5.into()] {
        call(&other, "to-room", ("kitchen", what)).await?;
    }
    relay.open();
    let mut said = Vec::new();
    let recovered = loop {
        match next_incoming(&mut away).await? {
            Incoming::Event(event) => said.extend(event.arguments.into_values().into_iter().next()),
            Incoming::Connected { recovered } => break recovered,
            _ => {}
        }
    };
    equal(&(recovered, away.is_recovered(), away.id()), &(true, true, id.clone()))?;
    let who = who_am_i(&away).await?;
    equal(&(Some(who.id), who.recovered), &(id, true))?;
    call(&other, "to-room", ("kitchen", 6)).await?;
    said.extend(heard(&mut away, "said", &6.into()).await?);
    equal(&said, &vec![1.into(), 2.into(), bytes().into(), 4.into(), 5.into(), 6.into()])
}
