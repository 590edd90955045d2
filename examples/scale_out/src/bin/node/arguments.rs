use lexopt::prelude::*;
use scale_out::{
    engine::Settings,
    log::{Kept, Options},
    protocol::Name,
};

pub(crate) const USAGE: &str = "\
usage: node --name NAME --redis URL [OPTION...]

  --name NAME             of this node, and of no other
  --redis URL             such as redis://127.0.0.1:6379
  --listen ADDRESS        an IPv4 address (127.0.0.1:0); port 0 picks one, which is printed
  --origin ORIGIN         pages that may connect, such as http://127.0.0.1:3000; can be repeated
  --shards COUNT          how many shards the rooms are spread over (4)
  --room-length COUNT     how many messages of a room Redis keeps at least (10000)
  --feed-length COUNT     how many messages of a shard Redis keeps at least for its nodes (10000)
  --window COUNT          how many messages of a room this node keeps for its readers (256)
  --redis-survives-restart
                          Redis has all that it acknowledged after a restart (appendfsync always, and no
                          replica takes over); without it, clients are told that something may be missing
  --help";

pub(crate) struct Arguments {
    pub(crate) name: Name,
    pub(crate) redis: String,
    pub(crate) listen: String,
    pub(crate) origins: Vec<String>,
    pub(crate) options: Options,
    pub(crate) settings: Settings,
}

impl Arguments {
    /// Returns `None` if the usage was asked for.
    pub(crate) fn parse() -> Result<Option<Self>, lexopt::Error> {
        let (mut name, mut redis) = (None, None);
        let mut listen = String::from("127.0.0.1:0");
        let mut origins = Vec::new();
        let mut settings = Settings::default();
        let kept = Kept { room: 10_000, feed: 10_000 };
        let mut options = Options { shards: settings.shards, kept, survives_restart: false };
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("name") => name = Some(parser.value()?.parse()?),
                Long("redis") => redis = Some(parser.value()?.string()?),
                Long("listen") => listen = parser.value()?.string()?,
                Long("origin") => origins.push(parser.value()?.string()?),
                Long("shards") => options.shards = count(&mut parser)?,
                Long("room-length") => options.kept.room = count(&mut parser)?,
                Long("feed-length") => options.kept.feed = count(&mut parser)?,
                Long("window") => settings.window = count(&mut parser)?,
                Long("redis-survives-restart") => options.survives_restart = true,
                Long("help") => return Ok(None),
                _ => return Err(argument.unexpected()),
            }
        }
        settings.shards = options.shards;
        let name = name.ok_or("--name is missing")?;
        let redis = redis.ok_or("--redis is missing")?;
        Ok(Some(Self { name, redis, listen, origins, options, settings }))
    }
}

/// At least 1.
fn count(parser: &mut lexopt::Parser) -> Result<usize, lexopt::Error> {
    let count = parser.value()?.parse()?;
    if count == 0 { Err("a count is at least 1".into()) } else { Ok(count) }
}
