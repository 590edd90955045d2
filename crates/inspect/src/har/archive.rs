use std::{
    fs,
    io::{BufWriter, Write as _},
    net::SocketAddr,
    path::PathBuf,
};

use super::{
    held::{Held, MAX_HELD},
    log::{Creator, File, Log},
    recorder::Recorder,
};
use crate::Failure;

/// A HAR file that is written, as Chromium's tools open it.
#[derive(Debug)]
pub(crate) struct Archive {
    path: PathBuf,
    file: fs::File,
    har: File,
    held: Held,
}

impl Archive {
    /// Creates the file, so that it is known early whether that is possible.
    pub(crate) fn create(path: PathBuf) -> Result<Self, Failure> {
        let file =
            fs::File::create(&path).map_err(|error| Failure::File { path: path.clone(), error })?;
        let creator = Creator { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };
        let log = Log { version: "1.2", creator, entries: Vec::new() };
        Ok(Self { path, file, har: File { log }, held: Held::new(MAX_HELD) })
    }

    /// Creates what records a connection.
    pub(crate) fn recorder(&self, server: SocketAddr) -> Recorder {
        Recorder::new(server, self.held.clone())
    }

    /// Adds a connection that has ended.
    pub(crate) fn add(&mut self, recorder: Recorder) {
        self.har.log.entries.push(recorder.into_entry());
    }

    pub(crate) fn write(self) -> Result<(), Failure> {
        let mut file = BufWriter::new(self.file);
        let result = serde_json::to_writer_pretty(&mut file, &self.har).map_err(Into::into);
        let result = result.and_then(|()| file.flush());
        result.map_err(|error| Failure::File { path: self.path, error })
    }
}
