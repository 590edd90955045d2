//! The command line of the echo servers.

mod common;

use std::{io, time::Duration};

use lexopt::{Error, Parser, prelude::*};
use sansocket::handshake::OriginPolicy;

// The blocking or the async one, which have the same settings.
use super::Acceptor;

const USAGE: &str = "
  --listen ADDRESS             where to listen (127.0.0.1:9001); port 0 picks one
  --handshake-timeout SECONDS  how long a handshake may take (10)
  --server NAME                what the Server header of the response says
  --log LEVEL                  what to log to stderr, with the feature tracing: warn, info (the
                               default), debug or trace";

pub(crate) struct Arguments {
    pub(crate) listen: String,
    pub(crate) acceptor: Acceptor,
}

impl Arguments {
    /// Parses the command line, or exits. Options of only this server are passed to `own`, which
    /// returns whether it knows the option.
    pub(crate) fn parse(
        own_usage: &str,
        own: impl FnMut(&str, &mut Parser) -> Result<bool, Error>,
    ) -> Self {
        let name = env!("CARGO_BIN_NAME");
        let usage = format!("usage: {name} [OPTIONS]\n{USAGE}{}{own_usage}", common::USAGE);
        common::or_exit(Self::try_parse(own), &usage)
    }

    fn try_parse(
        mut own: impl FnMut(&str, &mut Parser) -> Result<bool, Error>,
    ) -> Result<Option<Self>, Error> {
        let mut listen = String::from("127.0.0.1:9001");
        let mut acceptor = Acceptor::new().origin_policy(OriginPolicy::Any);
        let mut options = common::options();
        let mut level = tracing::Level::INFO;
        let mut parser = Parser::from_env();
        while let Some(argument) = parser.next()? {
            let Long(name) = argument else { return Err(argument.unexpected()) };
            match &*name.to_owned() {
                "listen" => listen = parser.value()?.string()?,
                "handshake-timeout" => {
                    let seconds = Duration::from_secs(parser.value()?.parse()?);
                    options = options.handshake_timeout(seconds);
                }
                "server" => acceptor = acceptor.header("Server", parser.value()?.string()?),
                "log" => level = parser.value()?.parse()?,
                "help" => return Ok(None),
                name => {
                    if !common::take(&mut options, name, &mut parser)? && !own(name, &mut parser)? {
                        return Err(Long(name).unexpected());
                    }
                }
            }
        }
        tracing_subscriber::fmt().with_max_level(level).with_writer(io::stderr).init();
        Ok(Some(Self { listen, acceptor: acceptor.options(options) }))
    }
}
