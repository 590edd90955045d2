//! The command line of the clients.

mod common;

use lexopt::{Error, Parser, prelude::*};

// The blocking or the async one, which have the same settings.
use super::Connector;

const USAGE: &str = "
  --header 'NAME: VALUE'       a further header of the request (repeatable)
  --subprotocol NAME           a subprotocol to offer (repeatable)
  --origin ORIGIN              the Origin to send
  --echo                       no terminal: every message goes back as it came";

const EXIT_STATUS: &str = "

Exit status: 0 closed cleanly, 1 the handshake failed, 2 ended otherwise, 3 wrong usage";

pub(crate) struct Arguments {
    pub(crate) url: String,
    pub(crate) connector: Connector,
    pub(crate) echo: bool,
}

impl Arguments {
    /// Parses the command line, or exits. Options of only this client are passed to `own`, which
    /// returns whether it knows the option.
    pub(crate) fn parse(
        own_usage: &str,
        own: impl FnMut(&str, &mut Parser, &mut Connector) -> Result<bool, Error>,
    ) -> Self {
        let name = env!("CARGO_BIN_NAME");
        let usage = format!(
            "usage: {name} [OPTIONS] URL\n{USAGE}{}{own_usage}{EXIT_STATUS}",
            common::USAGE
        );
        common::or_exit(Self::try_parse(own), &usage)
    }

    fn try_parse(
        mut own: impl FnMut(&str, &mut Parser, &mut Connector) -> Result<bool, Error>,
    ) -> Result<Option<Self>, Error> {
        let mut url = None;
        let mut connector = Connector::new();
        let mut options = common::options();
        let mut echo = false;
        let mut parser = Parser::from_env();
        while let Some(argument) = parser.next()? {
            let name = match argument {
                Long(name) => name.to_owned(),
                Value(value) if url.is_none() => {
                    url = Some(value.string()?);
                    continue;
                }
                _ => return Err(argument.unexpected()),
            };
            match &*name {
                "header" => {
                    let header = parser.value()?.string()?;
                    let (name, value) =
                        header.split_once(':').ok_or("a header is 'NAME: VALUE'")?;
                    connector = connector.header(name, value.trim());
                }
                "subprotocol" => connector = connector.subprotocol(parser.value()?.string()?),
                "origin" => connector = connector.origin(parser.value()?.string()?),
                "echo" => echo = true,
                "help" => return Ok(None),
                name => {
                    if !common::take(&mut options, name, &mut parser)?
                        && !own(name, &mut parser, &mut connector)?
                    {
                        return Err(Long(name).unexpected());
                    }
                }
            }
        }
        let url = url.ok_or("which URL?")?;
        Ok(Some(Self { url, connector: connector.options(options), echo }))
    }
}
