use std::io;

use sansocket::{
    Options, Role, Timeouts,
    deflate::Compression,
    tokio::{Acceptor, WebSocket},
};
use sansocket_explain::{Explainer, Field, Options as ExplainOptions};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex},
    sync::mpsc::{Receiver, Sender, channel},
};

use super::deflate_wish::DeflateWish;

/// How much may be on the way, as in the buffers of a socket.
const IN_FLIGHT: usize = 64 << 10;

/// How many prompts may wait.
const MAX_PROMPTS: usize = 16;

/// Makes the built-in peer send bytes as they are, between two of its messages.
#[derive(Debug)]
pub(super) struct Prompter(Sender<Vec<u8>>);

impl Prompter {
    /// Passes it bytes. The error is for the user.
    pub(super) fn prompt(&self, bytes: Vec<u8>) -> Result<(), String> {
        self.0.try_send(bytes).map_err(|_| "the built-in peer has ended, or is busy".into())
    }
}

/// Starts an endpoint of the engine that returns every message, and returns the other end of its stream.
pub(super) fn start(deflate: Option<DeflateWish>) -> (DuplexStream, Prompter) {
    let (ours, theirs) = duplex(IN_FLIGHT);
    let (prompter, prompts) = channel(MAX_PROMPTS);
    tokio::spawn(async move {
        // No Ping but the user's own appears in the list.
        let timeouts = Timeouts::default().ping_interval(None);
        let deflate = deflate.map(DeflateWish::config);
        let options = Options::default().timeouts(timeouts).deflate(deflate);
        let accepting = Acceptor::new().options(options.clone()).accept_over(theirs);
        // An error is on the wire: the engine has sent the Close frame or the rejection.
        if let Ok(socket) = accepting.await {
            let _ = echo(socket, prompts, &options).await;
        }
    });
    (ours, Prompter(prompter))
}

async fn echo(
    mut socket: WebSocket<DuplexStream>,
    mut prompts: Receiver<Vec<u8>>,
    options: &Options,
) -> Result<(), sansocket::Error> {
    socket.set_compression(Compression::Always);
    loop {
        tokio::select! {
            received = socket.recv() => {
                let Some(message) = received? else { return Ok(()) };
                socket.send(message).await?;
            }
            Some(bytes) = prompts.recv() => {
                let mut parts = socket.into_parts();
                parts.stream.write_all(&bytes).await?;
                // The engine does not know of it, and would send a second one.
                if has_close(&mut frames(), Role::Server, &bytes) {
                    return Ok(await_close(parts.stream).await?);
                }
                socket = WebSocket::from_parts(parts, options);
            }
        }
    }
}

/// Reads up to the client's Close frame, or to its end.
async fn await_close(mut stream: DuplexStream) -> io::Result<()> {
    let mut explainer = frames();
    let mut input = vec![0; 4 << 10];
    loop {
        let len = stream.read(&mut input).await?;
        let bytes = input.get(..len).unwrap_or_default();
        if bytes.is_empty() || has_close(&mut explainer, Role::Client, bytes) {
            return Ok(());
        }
    }
}

fn frames() -> Explainer {
    Explainer::new(&ExplainOptions::frames())
}

fn has_close(explainer: &mut Explainer, sender: Role, bytes: &[u8]) -> bool {
    let mut input = bytes;
    let elements = std::iter::from_fn(|| explainer.explain(sender, &mut input));
    let mut frames = elements.filter(|element| element.root.field == Field::Frame);
    frames.any(|frame| frame.root.value == "Close")
}
