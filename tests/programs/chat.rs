//! A chat: `ws://host/Ann` enters as Ann, and what she says reaches everybody.

use std::{pin::pin, sync::Arc, time::Duration};

use sansocket::{
    CloseCode, CloseFrame, Error, PreparedMessage, Rejection,
    tokio::{Acceptor, WriteHalf},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::broadcast::{self, error::RecvError},
    task::JoinSet,
    time::sleep,
};

/// How many lines a person may fall behind before being dropped.
const MAX_LAG: usize = 16;

/// Encoded once for everybody.
type Line = Arc<PreparedMessage>;

/// Serves until `stop` is ready, and then until all connections are closed.
async fn serve(listener: TcpListener, stop: impl Future<Output = ()>) {
    let room = broadcast::Sender::new(MAX_LAG);
    let mut people = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    people.spawn(talk(stream, room.downgrade(), room.subscribe()));
                }
                // Probably out of descriptors: connections that end free some.
                Err(_) => sleep(Duration::from_millis(100)).await,
            },
            Some(ended) = people.join_next() => if let Ok(Err(error)) = ended {
                eprintln!("a connection failed: {error}");
            },
            () = &mut stop => break,
        }
    }
    // Ends the channel of lines, and with it every connection.
    drop(room);
    people.join_all().await;
}

/// Serves one person, and passes on to the room what they say.
async fn talk(
    stream: TcpStream,
    room: broadcast::WeakSender<Line>,
    lines: broadcast::Receiver<Line>,
) -> Result<(), Error> {
    let received = Acceptor::new().receive(stream).await?;
    let name = received.request()?.path().trim_start_matches('/').to_owned();
    if name.is_empty() {
        return received.reject(Rejection::new(404).body("ask for /YourName")).await;
    }
    let (writer, mut reader) = received.accept().await?.split();
    let say = |line: String| {
        if let Some(room) = room.upgrade() {
            // An error means that nobody is left to hear it.
            let _ = room.send(Arc::new(PreparedMessage::text(&line)));
        }
    };
    tokio::spawn(pass_on(lines, writer));
    say(format!("{name} has come"));
    let hear = async {
        while let Some(message) = reader.recv().await? {
            if let Some(text) = message.as_text() {
                say(format!("{name}: {text}"));
            }
        }
        Ok(())
    };
    let ended = hear.await;
    say(format!("{name} has left"));
    ended
}

/// Sends a person what everybody says. One who reads nothing at all is dropped by the write timeout.
async fn pass_on(
    mut lines: broadcast::Receiver<Line>,
    mut writer: WriteHalf<TcpStream>,
) -> Result<(), Error> {
    let (code, reason) = loop {
        match lines.recv().await {
            Ok(line) => writer.send(line).await?,
            Err(RecvError::Lagged(_)) => break (CloseCode::POLICY_VIOLATION, "too slow"),
            Err(RecvError::Closed) => break (CloseCode::GOING_AWAY, "the chat is over"),
        }
    };
    writer.send(CloseFrame { code, reason }).await
}

mod tests {
    use std::net::SocketAddr;

    use sansocket::{
        CloseCode,
        tokio::{Connector, WebSocket},
    };
    use tokio::{
        net::{TcpSocket, TcpStream},
        sync::oneshot,
        task::JoinHandle,
    };

    /// Small, so that a connection that is not read fills up soon.
    const SOCKET_BUFFER: u32 = 64 << 10;

    struct Person(WebSocket<TcpStream>);

    impl Person {
        async fn enter(address: SocketAddr, name: &str) -> Self {
            let socket = TcpSocket::new_v4().unwrap();
            socket.set_recv_buffer_size(SOCKET_BUFFER).unwrap();
            let stream = socket.connect(address).await.unwrap();
            let (socket, _) =
                Connector::new().connect_over(stream, "localhost", name).await.unwrap();
            Self(socket)
        }

        async fn say(&mut self, line: &str) {
            self.0.send(line).await.unwrap();
        }

        async fn hears(&mut self, line: &str) {
            assert_eq!(self.0.recv().await.unwrap().unwrap().as_text(), Some(line));
        }

        /// Reads until the chat closes; returns the code, the reason and the number of lines.
        async fn end(mut self) -> (CloseCode, String, usize) {
            let mut lines = 0;
            while self.0.recv().await.unwrap().is_some() {
                lines += 1;
            }
            let info = self.0.close_info().unwrap();
            assert!(info.was_clean);
            (info.code(), info.reason().to_owned(), lines)
        }
    }

    struct Chat {
        address: SocketAddr,
        stop: oneshot::Sender<()>,
        serving: JoinHandle<()>,
    }

    impl Chat {
        fn open() -> Self {
            let socket = TcpSocket::new_v4().unwrap();
            socket.set_send_buffer_size(SOCKET_BUFFER).unwrap();
            socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
            let listener = socket.listen(8).unwrap();
            let address = listener.local_addr().unwrap();
            let (stop, stopped) = oneshot::channel();
            let serving = tokio::spawn(async {
                super::serve(listener, async { stopped.await.unwrap() }).await;
            });
            Self { address, stop, serving }
        }

        /// Connects Ann, Ben and Cleo, and reads what that announces.
        async fn three(&self) -> [Person; 3] {
            let mut ann = Person::enter(self.address, "/Ann").await;
            ann.hears("Ann has come").await;
            let mut ben = Person::enter(self.address, "/Ben").await;
            for person in [&mut ann, &mut ben] {
                person.hears("Ben has come").await;
            }
            let mut cleo = Person::enter(self.address, "/Cleo").await;
            for person in [&mut ann, &mut ben, &mut cleo] {
                person.hears("Cleo has come").await;
            }
            [ann, ben, cleo]
        }

        async fn stop(self) {
            self.stop.send(()).unwrap();
            self.serving.await.unwrap();
        }
    }

    #[tokio::test]
    async fn what_one_says_reaches_all_and_leaving_is_announced() {
        let chat = Chat::open();
        let [mut ann, mut ben, mut cleo] = chat.three().await;
        ann.say("hello").await;
        for person in [&mut ann, &mut ben, &mut cleo] {
            person.hears("Ann: hello").await;
        }
        let info = cleo.0.close(CloseCode::NORMAL, "bye").await.unwrap();
        assert!(info.was_clean);
        assert_eq!(info.code(), CloseCode::NORMAL);
        for person in [&mut ann, &mut ben] {
            person.hears("Cleo has left").await;
        }
    }

    #[tokio::test]
    async fn somebody_whose_connection_is_lost_has_left_too() {
        let chat = Chat::open();
        let [mut ann, mut ben, cleo] = chat.three().await;
        drop(cleo);
        for person in [&mut ann, &mut ben] {
            person.hears("Cleo has left").await;
        }
    }

    #[tokio::test]
    async fn a_chat_that_stops_tells_everybody_and_waits_for_them() {
        let chat = Chat::open();
        let people = chat.three().await.map(|person| tokio::spawn(person.end()));
        chat.stop().await;
        for person in people {
            let end = (CloseCode::GOING_AWAY, "the chat is over".to_owned(), 0);
            assert_eq!(person.await.unwrap(), end);
        }
    }

    #[tokio::test]
    async fn a_slow_reader_is_dropped_and_nobody_waits_for_it() {
        const LINES: usize = 100;
        let chat = Chat::open();
        let [mut ann, mut ben, cleo] = chat.three().await;
        let long = "x".repeat(16 << 10);
        for _ in 0..LINES {
            ann.say(&long).await;
            for person in [&mut ann, &mut ben] {
                person.hears(&format!("Ann: {long}")).await;
            }
        }
        let (code, reason, lines) = cleo.end().await;
        assert_eq!((code, reason.as_str()), (CloseCode::POLICY_VIOLATION, "too slow"));
        assert!(lines < LINES, "{lines} lines");
        for person in [&mut ann, &mut ben] {
            person.hears("Cleo has left").await;
        }
    }
}
