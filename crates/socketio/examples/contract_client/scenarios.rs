//! The scenarios whose connection stays open.

use std::{error::Error, time::Duration};

use sansocket_socketio::{
    Arguments, Binary, Namespace, Value,
    client::{Client, ConnectError, EmitError, Incoming, Socket, Transports},
    packet,
    session::DisconnectReason,
    value::{Object, ValueError},
};
use serde::Deserialize;
use serde_json::json;
use tokio::time::sleep;

use crate::{
    Outcome,
    sockets::{
        builder, call, chat, client, disconnected, echo, echo_each, heard, next_event,
        next_incoming, stays_gone, who_am_i,
    },
    values::{binary, bytes, equal, equal_arguments, events, one},
};

pub(crate) async fn connect(url: &str) -> Outcome {
    let socket = client(url).connect().await?;
    let who = who_am_i(&socket).await?;
    equal(&socket.id().as_deref(), &Some(who.id.as_str()))?;
    equal(&(who.recovered, socket.is_recovered()), &(false, false))
}

pub(crate) async fn auth_accepted(url: &str) -> Outcome {
    let client = builder(url).auth(&json!({ "token": "sesame" }))?.build();
    let mut socket = client.connect_to(Namespace::new("/admin")?).await?;
    echo(&mut socket, one("let in")).await
}

pub(crate) async fn auth_refused(url: &str) -> Outcome {
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

pub(crate) async fn unknown_namespace(url: &str) -> Outcome<packet::ConnectError> {
    refusal(&client(url), "/nowhere").await
}

pub(crate) async fn refusal(client: &Client, namespace: &str) -> Outcome<packet::ConnectError> {
    match client.connect_to(Namespace::new(namespace)?).await {
        Err(ConnectError::Refused(refusal)) => Ok(refusal),
        Err(error) => Err(error.into()),
        Ok(_) => Err("connected although refused".into()),
    }
}

pub(crate) async fn websocket(url: &str) -> Outcome {
    let who = who_am_i(&client(url).connect().await?).await?;
    equal(&who.transport, &"websocket".to_owned())
}

pub(crate) async fn polling(url: &str) -> Outcome {
    let mut socket = builder(url).transports(Transports::Polling).build().connect().await?;
    echo_each(&mut socket, events()?).await?;
    echo_each(&mut socket, binary()).await?;
    acknowledge_each(&socket).await?;
    equal(&who_am_i(&socket).await?.transport, &"polling".to_owned())
}

pub(crate) async fn upgrade(url: &str) -> Outcome {
    let client = builder(url).transports(Transports::PollingThenUpgrade).build();
    let mut socket = client.connect().await?;
    echo_in_order(&mut socket, 50, Duration::from_millis(1)).await?;
    equal(&who_am_i(&socket).await?.transport, &"websocket".to_owned())
}

pub(crate) async fn acks(url: &str) -> Outcome {
    acknowledge_each(&client(url).connect().await?).await
}

async fn acknowledge_each(socket: &Socket) -> Outcome {
    for arguments in events()?.into_iter().chain(binary()) {
        let answer = call(socket, "echo-ack", arguments.clone()).await?;
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

pub(crate) async fn ack_timeout(url: &str) -> Outcome {
    let mut socket = client(url).connect().await?;
    let short = Duration::from_millis(200);
    match socket.emit_with_ack_within("ignored", &(), short).await {
        Err(EmitError::AckTimeout(_)) => echo(&mut socket, one("after it")).await,
        other => Err(format!("got {other:?}, wanted a timeout").into()),
    }
}

pub(crate) async fn asked(url: &str) -> Outcome {
    #[derive(Deserialize)]
    struct Reply {
        answer: (Vec<Value>, Binary),
    }

    let mut socket = client(url).connect().await?;
    let mut file = Object::default();
    file.insert("file", bytes());
    let question = vec![Value::from("What?"), Value::Object(file)];
    let mut arguments = vec![Value::from(8000)];
    arguments.extend(question.clone());

    let emitter = socket.emitter();
    let arguments = Arguments::from(arguments);
    let asking = emitter.emit_with_ack("ask-me", &arguments);
    let answering = async {
        let event = next_event(&mut socket, "question").await?;
        let values = event.arguments().to_vec();
        Ok::<_, Box<dyn Error>>(event.ack(&(values, bytes())).await?)
    };
    let (reply, answered) = tokio::join!(asking, answering);
    answered?;
    let Reply { answer } = reply?.read()?;
    equal(&answer, &(question, bytes()))
}

pub(crate) async fn asked_timeout(url: &str) -> Outcome {
    let mut socket = client(url).connect().await?;
    let emitter = socket.emitter();
    let asking = emitter.emit_with_ack("ask-me", &200);
    let answering = async {
        let event = next_event(&mut socket, "question").await?;
        sleep(Duration::from_millis(500)).await;
        Ok::<_, Box<dyn Error>>(event.ack("too late").await?)
    };
    let (reply, answered) = tokio::join!(asking, answering);
    answered?;
    equal(&reply?.first().and_then(|reply| reply.get("timeout")), &Some(&Value::Bool(true)))?;
    echo(&mut socket, one("after it")).await
}

pub(crate) async fn order(url: &str) -> Outcome {
    echo_in_order(&mut client(url).connect().await?, 200, Duration::ZERO).await
}

async fn echo_in_order(socket: &mut Socket, count: u8, pause: Duration) -> Outcome {
    let all = (0..count).map(|number| match number % 3 {
        0 => Arguments::new(&(number, Binary::from(&bytes()[usize::from(number)..]))),
        _ => Arguments::new(&number),
    });
    let all = all.collect::<Result<Vec<_>, ValueError>>()?;
    for arguments in &all {
        socket.emit("echo", arguments).await?;
        if !pause.is_zero() {
            sleep(pause).await;
        }
    }
    for arguments in all {
        let echo = next_event(socket, "echo").await?;
        equal_arguments(echo.into_arguments(), arguments)?;
    }
    Ok(())
}

pub(crate) async fn rooms(url: &str) -> Outcome {
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

pub(crate) async fn namespaces(url: &str) -> Outcome {
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
            let name = event.name().to_owned();
            match event.into_arguments().into_values().into_iter().next() {
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

pub(crate) async fn volatile(url: &str) -> Outcome {
    let mut socket = client(url).connect().await?;
    for _ in 0..20 {
        socket.emit("volatile", &5).await?;
        let mut ticks = Vec::new();
        loop {
            let Incoming::Event(event) = next_incoming(&mut socket).await? else { continue };
            match event.name() {
                "tick" => ticks.push(event.read::<u32>()?),
                _ => break equal(&event.read()?, &5)?,
            }
        }
        if !ticks.is_empty() {
            let ascending = ticks.is_sorted_by(|one, next| one < next);
            return equal(&(ascending, ticks.iter().all(|&tick| tick < 5)), &(true, true));
        }
    }
    Err("no tick in 20 rounds".into())
}

pub(crate) async fn client_disconnect(url: &str) -> Outcome {
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

pub(crate) async fn server_disconnect(url: &str) -> Outcome {
    let client = client(url);
    let (mut main, mut other) = (client.connect().await?, client.connect_to(chat()).await?);
    other.emit("disconnect-me", &()).await?;
    equal(&disconnected(&mut other).await?, &DisconnectReason::Server)?;
    stays_gone(&mut other).await?;
    echo(&mut main, one("still here")).await?;
    other.connect().await?;
    echo(&mut other, one("here again")).await
}
