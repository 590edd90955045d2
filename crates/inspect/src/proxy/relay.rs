use std::{
    io::{self, Read as _, Write as _},
    net::{Shutdown, TcpStream},
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::SyncSender,
    },
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
    let line = Line { number, queue: queue.clone(), is_broken: AtomicBool::new(false) };
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
    /// Whether one end is gone. The connection to the other is closed then, so that its end is not one
    /// that it has sent.
    is_broken: AtomicBool,
}

impl Line {
    fn pass_on(&self, sender: Role, mut from: &TcpStream, mut to: &TcpStream) {
        let mut chunk = vec![0; CHUNK];
        loop {
            let bytes = match from.read(&mut chunk) {
                Ok(0) => {
                    if !self.is_broken.load(Ordering::SeqCst) {
                        self.say(What::Ended { sender });
                    }
                    // The other direction goes on. If this fails, it has ended too.
                    let _ = to.shutdown(Shutdown::Write);
                    return;
                }
                Ok(len) => chunk.get(..len).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    self.broken(sender, error.to_string());
                    let _ = to.shutdown(Shutdown::Both);
                    return;
                }
            };
            // It is queued first, as otherwise an answer could be queued before it. It is explained by
            // another thread, later.
            self.say(What::Bytes { sender, bytes: bytes.to_vec() });
            if let Err(error) = to.write_all(bytes) {
                let problem = format!("the last bytes for it could not be passed on: {error}");
                self.broken(sender.peer(), problem);
                let _ = from.shutdown(Shutdown::Both);
                return;
            }
        }
    }

    /// Says that an end is gone, if the other is not already.
    fn broken(&self, end: Role, problem: String) {
        if !self.is_broken.swap(true, Ordering::SeqCst) {
            self.say(What::Broken { end, problem });
        }
    }

    fn say(&self, what: What) {
        let event = Event { connection: self.number, at: SystemTime::now(), what };
        // Without anyone who explains, the program ends.
        let _ = self.queue.send(event);
    }
}
