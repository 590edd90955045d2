use std::{
    io::{self, Read as _, Write as _},
    net::{Shutdown, TcpStream},
    sync::mpsc::SyncSender,
    thread,
    time::SystemTime,
};

use sansocket::Role;

use super::{
    event::{Event, What},
    target::Target,
};

/// The most that is passed on at once.
const CHUNK: usize = 16 << 10;

/// Passes on the bytes of a connection, in both directions, until both have ended.
pub(super) fn relay(number: u64, client: TcpStream, target: &Target, queue: &SyncSender<Event>) {
    let line = Line { number, queue: queue.clone() };
    let Ok(client_address) = client.peer_addr() else { return };
    let server = match TcpStream::connect(target.address()) {
        Ok(server) => server,
        Err(error) => {
            let problem = format!("{target} cannot be connected to: {error}");
            return line.say(What::Refused { client: client_address, problem });
        }
    };
    let Ok(server_address) = server.peer_addr() else { return };
    // What is passed on waits for nothing.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    line.say(What::Opened { client: client_address, server: server_address });
    thread::scope(|scope| {
        scope.spawn(|| line.pass_on(Role::Client, &client, &server));
        line.pass_on(Role::Server, &server, &client);
    });
    line.say(What::Over);
}

/// What a connection says about itself.
struct Line {
    number: u64,
    queue: SyncSender<Event>,
}

impl Line {
    fn pass_on(&self, sender: Role, mut from: &TcpStream, mut to: &TcpStream) {
        let mut chunk = vec![0; CHUNK];
        loop {
            let bytes = match from.read(&mut chunk) {
                Ok(0) => {
                    self.say(What::Ended { sender });
                    // The other direction goes on. If this fails, it has ended too.
                    let _ = to.shutdown(Shutdown::Write);
                    return;
                }
                Ok(len) => chunk.get(..len).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    self.say(What::Broken { sender, problem: error.to_string() });
                    let _ = to.shutdown(Shutdown::Both);
                    return;
                }
            };
            // It is queued first, as otherwise an answer could be queued before it. It is explained by
            // another thread, later.
            self.say(What::Bytes { sender, bytes: bytes.to_vec() });
            if let Err(error) = to.write_all(bytes) {
                let problem = format!("its last bytes could not be passed on: {error}");
                self.say(What::Broken { sender, problem });
                let _ = from.shutdown(Shutdown::Both);
                return;
            }
        }
    }

    fn say(&self, what: What) {
        let event = Event { connection: self.number, at: SystemTime::now(), what };
        // Without anyone who explains, the program ends.
        let _ = self.queue.send(event);
    }
}
