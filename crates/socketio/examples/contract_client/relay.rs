use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::Notify,
};

use crate::Outcome;

/// Passes bytes on to a server, to cut the connections of a client.
pub(crate) struct Relay {
    pub(crate) url: String,
    is_open: Arc<AtomicBool>,
    cut: Arc<Notify>,
}

impl Relay {
    pub(crate) async fn new(url: &str) -> Outcome<Self> {
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
    pub(crate) fn close(&self) {
        self.is_open.store(false, Ordering::Relaxed);
        self.cut.notify_waiters();
    }

    pub(crate) fn open(&self) {
        self.is_open.store(true, Ordering::Relaxed);
    }
}
