//! Explains the bytes of one direction, from a file or from standard input.

mod base64_decoder;
mod decoder;
mod hex_decoder;
mod input;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use sansocket::Role;
use sansocket_explain::{Explainer, Options};

use crate::{
    Failure,
    report::{Outcome, Report},
    source::Source,
    view::View,
};
use input::{Input, Notation};

/// Explain the bytes that one end has sent
///
/// They may begin with the handshake or with a frame. The input may be the bytes themselves, hexadecimal
/// digits as people and tools write them (spaces, 0x, the offsets of `xxd` and `hexdump -C`, comments
/// after #), or base64.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The file with the bytes; standard input without it, or if it is -
    file: Option<PathBuf>,
    /// How the bytes are written
    #[arg(long, value_enum, default_value = "auto")]
    input: Notation,
    /// The end that has sent them
    #[arg(long, value_enum, default_value = "client")]
    role: Sender,
    /// The answer of the server in Sec-WebSocket-Extensions, such as "permessage-deflate;
    /// server_no_context_takeover"; the name alone may be left out
    #[arg(long, value_name = "PARAMS", conflicts_with = "handshake")]
    deflate: Option<String>,
    /// The bytes begin with a frame, and no extension is used
    #[arg(long, conflicts_with = "handshake")]
    frames: bool,
    /// The bytes begin with the opening handshake, whatever the first byte is
    #[arg(long)]
    handshake: bool,
    #[command(flatten)]
    view: View,
}

const EXAMPLES: &str = "\
Examples:
  A text from a client, by RFC 6455 5.7:
    echo 81 85 37 fa 21 3d 7f 9f 4d 51 58 | sansocket-inspect explain

  A compressed text from a server, with the figure of its bits:
    echo c1 07 f2 48 cd c9 c9 07 00 |
      sansocket-inspect explain --role server --deflate '' --format bits

  Whether recorded bytes obey the rules, in a script:
    sansocket-inspect explain --input raw --format json bytes.bin > explained.json || echo broken

Exit codes: 0 every rule is obeyed, 1 a rule is broken, 2 the input cannot be read.";

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Sender {
    Client,
    Server,
}

impl From<Sender> for Role {
    fn from(sender: Sender) -> Self {
        match sender {
            Sender::Client => Self::Client,
            Sender::Server => Self::Server,
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let mut explainer = Explainer::new(&options(arguments)?);
    let mut input = Input::new(Source::open(arguments.file.as_deref())?, arguments.input)?;
    let sender = arguments.role.into();
    let mut report = Report::new(arguments.view.format)?;
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        let more = input.read(&mut bytes);
        // What came before a mistake is explained.
        let mut rest = &bytes[..];
        while let Some(element) = explainer.explain(sender, &mut rest) {
            report.element(None, &element)?;
        }
        if !more.inspect_err(|_| drop(report.flush()))? {
            break;
        }
    }
    while let Some(element) = explainer.end(sender) {
        report.element(None, &element)?;
    }
    report.finish()
}

fn options(arguments: &Arguments) -> Result<Options, Failure> {
    let options = match &arguments.deflate {
        Some(params) => deflate(params)?,
        None if arguments.frames => Options::frames(),
        None if arguments.handshake => Options::handshake(),
        None => Options::default(),
    };
    Ok(arguments.view.set(options))
}

fn deflate(params: &str) -> Result<Options, Failure> {
    let params = params.trim().trim_start_matches("permessage-deflate").trim();
    let params = params.trim_start_matches(';').trim();
    let answer = match params {
        "" => "permessage-deflate".into(),
        params => format!("permessage-deflate; {params}"),
    };
    Options::deflate(&answer).ok_or_else(|| {
        let params = "server_no_context_takeover, client_no_context_takeover, \
                      server_max_window_bits=8 to 15, client_max_window_bits=8 to 15";
        Failure::Argument(format!(
            "--deflate: no server can answer \"{answer}\"; the parameters are {params}, with ; between them"
        ))
    })
}
